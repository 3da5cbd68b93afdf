"""The network's answer as a surface over its two inputs: hills where it says more, valleys where less."""

import numpy as np
from numpy.typing import NDArray

from neuralstudio.views._base import Axis, Floats, Surface

SIDE = 32
"""Cells along a side: as many as can be painted anew in every frame of a turn."""


def compute(
    answers: Floats, axes: tuple[Axis, Axis, Axis], colours: NDArray[np.uint8] | None = None
) -> Surface:
    """The surface of a network's answers.

    answers: (side, side), row 0 on top, from −1 to 1 or in the units of the third axis; or shares of several
    classes, (side, side, classes), which are then mixed from ``colours``, (classes, 3): the height is the
    share of the winner. axes: across, up and height.
    """
    height = axes[2]
    if answers.ndim == 3:
        assert colours is not None
        shares = np.clip(np.nan_to_num(answers), 0, None)
        shares = shares / np.maximum(shares.sum(axis=2, keepdims=True), 1e-9)
        mixed = np.rint(shares @ colours.astype(np.float64)).astype(np.uint8)
        return Surface("", shares.max(axis=2), mixed, axes)
    heights = np.clip(np.nan_to_num(answers), height.low, height.high)
    largest = max(abs(height.low), abs(height.high)) or 1.0
    return Surface("", heights, heights / largest, axes)
