"""Two spirals wound into each other: the hard problem of the plane."""

from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from neuralstudio.data.sets._base import BLUE, ORANGE, PlaneSet

RADIUS = 5.0
TURNS = 1.75


class Spiral(PlaneSet, tag="spiral"):
    """Two spirals wound into each other: it takes several layers, or good features, to tell them apart.

    Point i of the n of one class has r = 5·i/n and t = 1.75·2π·i/n + Δ with Δ = 0 for blue and π for orange;
    x = r·sin t + U(−1, 1)·ν, y = r·cos t + U(−1, 1)·ν with ν = noise.
    Source: behaviour of TensorFlow Playground's spiral data.
    """

    title: ClassVar[str] = "Spiral"

    def points(self, random: np.random.Generator) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
        """Positions (count, 2) within radius 5 (noise aside), and class indices (count,)."""
        arms = []
        for number, offset in zip(self._halves(), (0.0, np.pi), strict=True):
            along = np.arange(number) / number
            angle = TURNS * 2 * np.pi * along + offset
            arms.append(RADIUS * along[:, np.newaxis] * np.stack((np.sin(angle), np.cos(angle)), axis=1))
        positions = np.concatenate(arms)
        classes = np.repeat(np.array([BLUE, ORANGE], dtype=np.int64), self._halves())
        return positions + random.uniform(-1, 1, positions.shape) * (self.noise / 100), classes
