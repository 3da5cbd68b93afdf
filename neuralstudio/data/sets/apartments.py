"""Apartments and their prices: a table made up from a formula, so that the right answer is known."""

from typing import Annotated, Any, ClassVar

import numpy as np
from msgspec import Meta
from numpy.typing import NDArray

from neuralstudio.data._base import Data, Dataset, Quantity, Samples, Signature
from neuralstudio.data.sets._settings import FineNoise, TestShare
from neuralstudio.data.split import split

Floats = NDArray[np.float64]

COLUMNS = (
    Quantity("Area", "m²", 25, 160, centre=80, spread=30),
    Quantity("Rooms", "", 1, 6, centre=3, spread=1.3, is_whole=True),
    Quantity("Floor", "", 0, 12, centre=4, spread=3.2, is_whole=True),
    Quantity("Lift", "", 0, 1, centre=0.5, spread=0.5, is_whole=True),
    Quantity("Balcony", "", 0, 1, centre=0.5, spread=0.5, is_whole=True),
    Quantity("To the centre", "km", 0.5, 20, centre=7, spread=4),
    Quantity("Year built", "", 1900, 2025, centre=1970, spread=35, is_whole=True),
)
"""Centre and spread are about mean and deviation, as round numbers: they are the same for every table."""
PRICE = Quantity("Price", "thousand €", 50, 1700, centre=400, spread=200)


class Apartments(Dataset, tag="apartments"):
    """Apartments with their prices: a network learns what area, floor, lift and the rest are worth.

    The table is made up; price in thousand € = area · (2.2 + 5·exp(−km/6)) · year · height · (1.05 with a
    balcony) + 8·rooms, with year = 1 + 0.25·((built − 1970)/55)²: the sixties are the least wanted.
    height = 1 + 0.012·floor with a lift, else 1.02 − 0.03·|floor − 1|: nobody likes to climb.
    Noise multiplies the price by a factor around 1. Inputs and price are (value − centre)/spread.
    """

    title: ClassVar[str] = "Apartments"
    group: ClassVar[str] = "Numbers"

    count: Annotated[
        int,
        Meta(
            ge=50, le=50000, title="Apartments", description="Rows in the table, training and test together."
        ),
    ] = 3000
    noise: Annotated[
        FineNoise, Meta(description="How far prices stray from what the apartment is worth.")
    ] = 5
    test: Annotated[TestShare, Meta(description="Part of the table kept to test the network with.")] = 0.2

    @property
    def signature(self) -> Signature:
        """Seven numbers in, the price out."""
        names = tuple(column.name for column in COLUMNS)
        return Signature((len(COLUMNS),), numbers=1, features=names, columns=COLUMNS, predicted=(PRICE,))

    def load(self, seed: int) -> Data:
        """Draws the table and splits it; there is no validation part."""
        draw, blur, order = (
            np.random.default_rng(stream) for stream in np.random.SeedSequence(seed).spawn(3)
        )
        table = _table(self.count, draw)
        prices = worth(table) * np.maximum(0.1, 1 + self.noise / 100 * blur.standard_normal(self.count))
        inputs = np.stack([column.scaled(table[:, i]) for i, column in enumerate(COLUMNS)], axis=1)
        samples = Samples(inputs, PRICE.scaled(prices)[:, np.newaxis])
        train, validation, test = split(samples, 1 - self.test, 0.0, order)
        return Data(self.signature, train, validation, test)

    def truth(self, inputs: NDArray[Any]) -> NDArray[np.float32]:
        """What apartments are worth by the formula: (count, 1), scaled like the targets."""
        table = np.stack([column.real(inputs[:, i]) for i, column in enumerate(COLUMNS)], axis=1)
        return PRICE.scaled(worth(table))[:, np.newaxis]


def worth(table: Floats) -> Floats:
    """Prices in thousand € by the formula: (count,). table: (count, 7) in the units of ``COLUMNS``."""
    area, rooms, floor, lift, balcony, distance, built = table.T
    place = 2.2 + 5.0 * np.exp(-distance / 6)
    year = 1 + 0.25 * ((built - 1970) / 55) ** 2
    height = np.where(lift > 0.5, 1 + 0.012 * floor, 1.02 - 0.03 * np.abs(floor - 1))
    price: Floats = area * place * year * height * (1 + 0.05 * balcony) + 8 * rooms
    return price


def _table(count: int, random: np.random.Generator) -> Floats:
    """Apartments as they might be: (count, 7). Large ones have more rooms, high and new houses a lift."""
    area = (25 + 135 * random.beta(2, 3, count)).round()
    rooms = np.clip((area / 27 + random.normal(0, 0.6, count)).round(), 1, 6)
    floor = np.clip(random.exponential(4.0, count).round(), 0, 12)
    built = random.integers(1900, 2026, count).astype(np.float64)
    lift = random.random(count) < np.clip(0.1 + 0.07 * floor + 0.003 * (built - 1950), 0.05, 0.95)
    balcony = random.random(count) < 0.5
    distance = (0.5 + 19.5 * random.beta(1.5, 3, count)).round(1)
    return np.stack((area, rooms, floor, lift, balcony, distance, built), axis=1)
