"""Points in the plane that a typed formula colours, or gives a number to predict."""

from functools import lru_cache
from typing import Annotated, Any, ClassVar

import numpy as np
from msgspec import Meta
from numpy.typing import NDArray

from neuralstudio.data._base import Data, Dataset, Samples, Signature
from neuralstudio.data.sets._base import AREA, COLOURS, FEATURES, Floats
from neuralstudio.data.sets._settings import Count, Noise, Share
from neuralstudio.data.split import split, split_by_class
from neuralstudio.data.typed import Surveyed, refused, survey
from neuralstudio.schema.formula import PLANE_NAMES, read
from neuralstudio.schema.problem import ProblemError

SIDE = 121
"""Places in a row of the lattice on which a formula is tried; 0 is among them."""


class Formula(Dataset, tag="formula"):
    """Points coloured by a formula that you type, or with its value to predict.

    x1, x2 ~ U(−6, 6), drawn only where the formula is a finite number. With ν = noise, the formula is worked
    out at (x1 + U(−6, 6)·ν, x2 + U(−6, 6)·ν); the position kept is the one without noise. Where it compares,
    as in sin(x1) + x2^2 > 1, points are blue if it is true and orange if not. Otherwise its value is to be
    predicted: the network gets (value − centre) / spread, which is from −1 to 1.
    """

    title: ClassVar[str] = "Formula"
    group: ClassVar[str] = "Points in the plane"

    expression: Annotated[
        str,
        Meta(
            title="Formula",
            description="In x1 and x2, such as sin(x1) + x2^2 > 1. With a comparison it says which points "
            "are blue, without one which number is to be predicted.",
            extra={"role": "formula"},
        ),
    ] = "sin(x1) + x2^2 > 1"
    count: Count = 500
    noise: Annotated[
        Noise, Meta(description="How far a point's colour or number may be that of a place beside it.")
    ] = 0
    share: Share = 50

    @property
    def signature(self) -> Signature:
        """Two numbers in; two classes out where the formula compares, else one number.

        Of a formula that cannot be used nothing is known: two classes are taken for granted, and ``check``
        and ``load`` say what is wrong.
        """
        try:
            formula = _surveyed(self.expression)
        except ProblemError:
            return Signature((2,), classes=COLOURS[:2], features=FEATURES)
        if formula.is_condition:
            return Signature((2,), classes=COLOURS[:2], features=FEATURES)
        return Signature((2,), numbers=1, features=FEATURES, predicted=(formula.quantity("Value"),))

    def check(self) -> None:
        """Raises ``ProblemError`` for a formula that cannot be read or that makes no data."""
        _surveyed(self.expression)

    def load(self, seed: int) -> Data:
        """Draws the points, shuffles and splits them, without a validation part. Raises ``ProblemError``."""
        formula = _surveyed(self.expression)
        draw, order = (np.random.default_rng(stream) for stream in np.random.SeedSequence(seed).spawn(2))

        def points() -> tuple[Floats, Floats]:
            positions = draw.uniform(-AREA, AREA, (self.count, 2))
            seen = positions + draw.uniform(-AREA, AREA, positions.shape) * (self.noise / 100)
            return positions, np.where(np.isfinite(_at(formula, positions)), _at(formula, seen), np.nan)

        positions, values = formula.drawn(self.count, points)
        inputs = positions.astype(np.float32)
        if not formula.is_condition:
            numbers = Samples(inputs, formula.quantity("Value").scaled(values)[:, np.newaxis])
            return Data(self.signature, *split(numbers, self.share / 100, 0.0, order), note=formula.note)
        if values.min() == values.max():
            rare = "false" if values[0] else "true"
            what = f"“{formula.text}” is so rarely {rare} that it is nowhere among the {self.count:,} points"
            raise refused(what, "Draw more points, or change the formula.")
        classes = Samples(inputs, values.astype(np.int64))
        return Data(self.signature, *split_by_class(classes, self.share / 100, order), note=formula.note)

    def truth(self, inputs: NDArray[Any]) -> NDArray[np.float32] | None:
        """The values without noise, from −1 to 1: (count, 1); of a comparison there are none."""
        formula = _surveyed(self.expression)
        if formula.is_condition:
            return None
        values = _at(formula, inputs.astype(np.float64))
        return formula.quantity("Value").scaled(values)[:, np.newaxis]


def _at(formula: Surveyed, positions: Floats) -> Floats:
    """The formula at positions (n, 2): (n,)."""
    return formula.at(x1=positions[:, 0], x2=positions[:, 1])


@lru_cache(maxsize=64)
def _surveyed(expression: str) -> Surveyed:
    across, up = np.meshgrid(*[np.linspace(-AREA, AREA, SIDE)] * 2)
    return survey(expression, read(expression, PLANE_NAMES, compares=True), {"x1": across, "x2": up})
