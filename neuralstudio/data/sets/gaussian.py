"""Two round clouds: the problem a single neuron solves."""

from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from neuralstudio.data.sets._base import BLUE, ORANGE, PlaneSet


class Gaussian(PlaneSet, tag="gaussian"):
    """Two clouds of points that a straight line separates: a single neuron is enough.

    Half the points around (2, 2) are blue, half around (−2, −2) orange. The variance of each coordinate grows
    linearly from 0.5 without noise to 4 at 50 %. Source: behaviour of TensorFlow Playground's Gaussian data.
    """

    title: ClassVar[str] = "Gaussian"

    def points(self, random: np.random.Generator) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
        """Positions (count, 2) and class indices (count,)."""
        classes = np.repeat(np.array([BLUE, ORANGE], dtype=np.int64), self._halves())
        centres = np.where(classes == BLUE, 2.0, -2.0)[:, np.newaxis]
        variance = 0.5 + 3.5 * self.noise / 50
        return centres + random.normal(0, np.sqrt(variance), (self.count, 2)), classes
