"""Six bumps of two colours: a number to predict that no slope comes near."""

from typing import Any, ClassVar, Literal

import numpy as np
from numpy.typing import NDArray

from neuralstudio.data.sets._base import AREA, Floats, PlaneSet
from neuralstudio.data.sets._settings import Count

CENTRES = np.array([[-4.0, 2.5], [0.0, 2.5], [4.0, 2.5], [-4.0, -2.5], [0.0, -2.5], [4.0, -2.5]])
SIGNS = np.array([1.0, -1.0, 1.0, -1.0, 1.0, -1.0])
RADIUS = 2.0


class MultiGaussian(PlaneSet, tag="multi-gaussian"):
    """Six bumps to predict, up and down like a chessboard, with nothing in between.

    With ν = noise: x, y ~ U(−6, 6); the value is that of the bump that is strongest at
    (x + U(−6, 6)·ν, y + U(−6, 6)·ν). A bump has s·max(0, 1 − d/2) at the distance d from its centre; the
    centres are (−4, 2.5), (0, 2.5), (4, 2.5) with s = +1, −1, +1 and (−4, −2.5), (0, −2.5), (4, −2.5) with
    −1, +1, −1. Source: behaviour of TensorFlow Playground's multi-Gaussian data.
    """

    title: ClassVar[str] = "Multi Gaussian"
    wanted: ClassVar[Literal["colours", "numbers"]] = "numbers"

    count: Count = 1200

    def points(self, random: np.random.Generator) -> tuple[Floats, Floats]:
        """Positions (count, 2) within −6 and 6, and values (count,) from −1 to 1."""
        positions = random.uniform(-AREA, AREA, (self.count, 2))
        return positions, _height(
            positions + random.uniform(-AREA, AREA, positions.shape) * (self.noise / 100)
        )

    def truth(self, inputs: NDArray[Any]) -> NDArray[np.float32]:
        """The values without noise: (count, 1)."""
        return _height(inputs.astype(np.float64))[:, np.newaxis].astype(np.float32)


def _height(positions: Floats) -> Floats:
    """The value of the strongest bump at positions (n, 2): (n,)."""
    distances = np.linalg.norm(positions[:, np.newaxis] - CENTRES, axis=2)
    bumps = SIGNS * np.clip(1 - distances / RADIUS, 0, 1)
    strongest = np.abs(bumps).argmax(axis=1)
    height: Floats = np.take_along_axis(bumps, strongest[:, np.newaxis], axis=1)[:, 0]
    return height
