"""Exclusive or: opposite corners belong together."""

from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from neuralstudio.data.sets._base import BLUE, ORANGE, PlaneSet

REACH = 5.0
GAP = 0.3


class Xor(PlaneSet, tag="xor"):
    """Opposite corners share a colour: the classic problem one neuron alone cannot solve.

    With ν = noise: x, y ~ U(−5, 5), each pushed 0.3 away from 0. A point is blue if
    (x + U(−5, 5)·ν) · (y + U(−5, 5)·ν) ≥ 0; the position kept is the one without noise.
    Source: behaviour of TensorFlow Playground's exclusive-or data.
    """

    title: ClassVar[str] = "Exclusive or"

    def points(self, random: np.random.Generator) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
        """Positions (count, 2) with coordinates of size 0.3 to 5.3, and class indices (count,)."""
        positions = random.uniform(-REACH, REACH, (self.count, 2))
        positions += np.where(positions > 0, GAP, -GAP)
        seen = positions + random.uniform(-REACH, REACH, (self.count, 2)) * (self.noise / 100)
        is_blue = seen[:, 0] * seen[:, 1] >= 0
        return positions, np.where(is_blue, BLUE, ORANGE).astype(np.int64)
