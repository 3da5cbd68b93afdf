"""What the sets of points in the plane have in common: count, noise, training share and signature."""

from typing import Annotated, ClassVar, Literal

import numpy as np
from msgspec import Meta
from numpy.typing import NDArray

from neuralstudio.data._base import Data, Dataset, Quantity, Samples, Signature
from neuralstudio.data.sets._settings import Count, Noise, Share
from neuralstudio.data.split import split

COLOURS = ("orange", "blue", "green", "purple", "red", "teal", "brown", "pink", "olive", "grey")
"""Names of the classes in the plane, by their index."""
ORANGE, BLUE = 0, 1
"""Class indices; the labels −1 and +1 of the two-class problems."""
AREA = 6.0
"""Points lie within −6 and 6 in both directions."""
FEATURES = ("X₁", "X₂")

Floats = NDArray[np.float64]
Labels = NDArray[np.int64] | NDArray[np.float64]


class PlaneSet(Dataset):
    """Abstract: points with two coordinates, to be told apart by colour or with a number to predict."""

    group: ClassVar[str] = "Points in the plane"
    wanted: ClassVar[Literal["colours", "numbers"]] = "colours"
    """Whether there are two classes, "orange" (−1) and "blue" (+1), or a number for each point."""

    count: Count = 500
    noise: Annotated[Noise, Meta(description="How far the classes blur into each other.")] = 0
    share: Share = 50

    @property
    def signature(self) -> Signature:
        """Two numbers in; one of two classes out, or a number from −1 to 1."""
        if self.wanted == "colours":
            return Signature((2,), classes=COLOURS[:2], features=FEATURES)
        return Signature((2,), numbers=1, features=FEATURES, predicted=(Quantity("Value", low=-1, high=1),))

    def points(self, random: np.random.Generator) -> tuple[Floats, Labels]:
        """All points before they are shuffled: positions (count, 2), class indices or numbers (count,)."""
        raise NotImplementedError

    def load(self, seed: int) -> Data:
        """Draws the points, shuffles them and splits at floor(count · share); there is no validation part."""
        draw, order = (np.random.default_rng(stream) for stream in np.random.SeedSequence(seed).spawn(2))
        positions, labels = self.points(draw)
        inputs = positions.astype(np.float32)
        if self.wanted == "colours":
            samples = Samples(inputs, labels.astype(np.int64))
        else:
            samples = Samples(inputs, labels.astype(np.float32)[:, np.newaxis])
        train, validation, test = split(samples, self.share / 100, 0.0, order)
        return Data(self.signature, train, validation, test)

    def _halves(self) -> tuple[int, int]:
        """How many points each class gets; of an odd count the first class has one more."""
        return self.count - self.count // 2, self.count // 2
