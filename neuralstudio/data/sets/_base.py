"""What the sets of points in the plane have in common: count, noise, training share and signature."""

from typing import Annotated, ClassVar

import numpy as np
from msgspec import Meta
from numpy.typing import NDArray

from neuralstudio.data._base import Data, Dataset, Samples, Signature
from neuralstudio.data.split import split

ORANGE, BLUE = 0, 1
"""Class indices; the labels −1 and +1 of the two-class problems."""


class PlaneSet(Dataset):
    """Abstract: points with two coordinates in two classes, "orange" (−1) and "blue" (+1)."""

    group: ClassVar[str] = "Points in the plane"

    count: Annotated[
        int,
        Meta(ge=10, le=10000, title="Points", description="Points drawn, half of them for each class."),
    ] = 500
    noise: Annotated[
        int,
        Meta(
            ge=0,
            le=50,
            title="Noise",
            description="How far the classes blur into each other.",
            extra={"unit": "%", "step": 5},
        ),
    ] = 0
    share: Annotated[
        int,
        Meta(
            ge=10,
            le=90,
            title="Training share",
            description="Part of the points the network learns from; the rest tests it.",
            extra={"unit": "%", "step": 10},
        ),
    ] = 50

    @property
    def signature(self) -> Signature:
        """Two numbers in, one of two classes out."""
        return Signature(input_shape=(2,), classes=("orange", "blue"), features=("X₁", "X₂"))

    def points(self, random: np.random.Generator) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
        """All points before they are shuffled: positions (count, 2) and class indices (count,)."""
        raise NotImplementedError

    def load(self, seed: int) -> Data:
        """Draws the points, shuffles them and splits at floor(count · share); there is no validation part."""
        draw, order = (np.random.default_rng(stream) for stream in np.random.SeedSequence(seed).spawn(2))
        positions, classes = self.points(draw)
        samples = Samples(positions.astype(np.float32), classes)
        train, validation, test = split(samples, self.share / 100, 0.0, order)
        return Data(self.signature, train, validation, test)

    def _halves(self) -> tuple[int, int]:
        """How many points each class gets; of an odd count the first class has one more."""
        return self.count - self.count // 2, self.count // 2
