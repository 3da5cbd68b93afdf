"""Colours of numbers and classes on the board, as tables that whole maps are looked up in."""

import numpy as np
from numpy.typing import NDArray
from PySide6.QtGui import QColor

from neuralstudio.ui.theme import Theme, blend
from neuralstudio.views._base import Floats

_SHADES = 256


def signed_table(theme: Theme, share: float = 1.0, ground: str = "") -> NDArray[np.uint32]:
    """Colours of −1…1 in 256 shades; ``share`` below 1 fades them into the ground."""
    half = _SHADES // 2
    colours = [blend(theme.neutral, theme.negative, 1 - index / (half - 1)) for index in range(half)]
    colours += [blend(theme.neutral, theme.positive, index / (half - 1)) for index in range(half)]
    if share < 1:
        colours = [blend(ground or theme.window, each.name(), share) for each in colours]
    return _packed(colours)


def class_table(theme: Theme, colour: str) -> NDArray[np.uint32]:
    """Colours of the shares 0…1 of a class. What lies below 0 looks like 0."""
    half = _SHADES // 2
    shades = [blend(theme.neutral, colour, index / (half - 1)) for index in range(half)]
    return _packed([QColor(theme.neutral)] * half + shades)


def looked_up(table: NDArray[np.uint32], values: Floats) -> NDArray[np.uint32]:
    """Colours of numbers from −1 to 1, of the same shape."""
    shades = (values * np.float32(127.5) + np.float32(128)).astype(np.uint8)
    return table[shades]


def _packed(colours: list[QColor]) -> NDArray[np.uint32]:
    return np.array([each.rgb() for each in colours], dtype=np.uint32)
