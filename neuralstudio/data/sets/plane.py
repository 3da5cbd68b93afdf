"""A slope: the simplest number to predict from two others."""

from typing import Any, ClassVar, Literal

import numpy as np
from numpy.typing import NDArray

from neuralstudio.data.sets._base import AREA, Floats, PlaneSet
from neuralstudio.data.sets._settings import Count


class Plane(PlaneSet, tag="plane"):
    """A slope to predict, rising from one corner to the other: a single neuron is enough.

    With ν = noise: x, y ~ U(−6, 6); the value is (x + U(−6, 6)·ν + y + U(−6, 6)·ν) / 10.
    Source: behaviour of TensorFlow Playground's plane data.
    """

    title: ClassVar[str] = "Plane"
    wanted: ClassVar[Literal["colours", "numbers"]] = "numbers"

    count: Count = 1200

    def points(self, random: np.random.Generator) -> tuple[Floats, Floats]:
        """Positions (count, 2) within −6 and 6, and values (count,)."""
        positions = random.uniform(-AREA, AREA, (self.count, 2))
        seen = positions + random.uniform(-AREA, AREA, positions.shape) * (self.noise / 100)
        return positions, seen.sum(axis=1) / 10

    def truth(self, inputs: NDArray[Any]) -> NDArray[np.float32]:
        """The values without noise: (count, 1)."""
        return np.asarray(inputs.sum(axis=1, keepdims=True) / 10, dtype=np.float32)
