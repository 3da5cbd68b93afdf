"""A disc inside a ring: the first problem a straight line cannot solve."""

from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from neuralstudio.data.sets._base import BLUE, ORANGE, PlaneSet

RADIUS = 5.0


class Circle(PlaneSet, tag="circle"):
    """A blue disc inside an orange ring: no straight line separates them, a few neurons together do.

    With R = 5 and ν = noise: half the points have radius U(0, R/2), half U(0.7·R, R), angle U(0, 2π).
    A point is blue if (x + U(−R, R)·ν, y + U(−R, R)·ν) lies nearer than R/2 to the middle; the position
    kept is the one without noise. Source: behaviour of TensorFlow Playground's circle data.
    """

    title: ClassVar[str] = "Circle"

    def points(self, random: np.random.Generator) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
        """Positions (count, 2) within radius 5, and class indices (count,)."""
        inner, outer = self._halves()
        radius = np.concatenate(
            (random.uniform(0, RADIUS / 2, inner), random.uniform(0.7 * RADIUS, RADIUS, outer))
        )
        angle = random.uniform(0, 2 * np.pi, self.count)
        positions = np.stack((radius * np.sin(angle), radius * np.cos(angle)), axis=1)
        seen = positions + random.uniform(-RADIUS, RADIUS, (self.count, 2)) * (self.noise / 100)
        is_blue = np.hypot(seen[:, 0], seen[:, 1]) < RADIUS / 2
        return positions, np.where(is_blue, BLUE, ORANGE).astype(np.int64)
