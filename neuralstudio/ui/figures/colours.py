"""Turns values into pixels (negative, neutral at zero, positive), and classes into colours."""

from functools import cache

import numpy as np
from numpy.typing import NDArray
from PySide6.QtGui import QColor, QImage

from neuralstudio.ui.theme import Theme
from neuralstudio.views._base import Floats

Pixels = NDArray[np.uint8]

_LEVELS = 255
"""Steps from zero to either end: as many as a screen can show."""

_LIGHT = ("#2e7a0c", "#5f3d98", "#e8003e", "#31dbdb", "#703304", "#d283b8", "#c0cd78", "#807978")
_DARK = ("#68c177", "#7e4faf", "#ce0000", "#7be7d5", "#805846", "#e797cd", "#968b0f", "#909498")
"""Green, purple, red, teal, brown, pink, olive, grey: far from each other, and from orange and blue, also for
people who do not see red or green (the least distance in OKLab was made as large as the names allow)."""


def class_colours(theme: Theme, count: int) -> tuple[str, ...]:
    """Names ``#rrggbb`` of the colours of classes by their index: orange, blue, green, … More begin again."""
    names = (theme.negative, theme.positive, *(_DARK if theme.dark else _LIGHT))
    return tuple(names[index % len(names)] for index in range(count))


def class_pixels(theme: Theme, count: int) -> Pixels:
    """The colours of classes as pixels, (count, 3), to be blended into a map."""
    return np.array([_channels(name) for name in class_colours(theme, count)], dtype=np.uint8)


def signed_pixels(values: Floats, zero: str, positive: str, negative: str) -> Pixels:
    """Colours between ``#rrggbb`` ends for values in −1…1 (clipped): the shape of ``values`` plus (3,)."""
    levels = np.rint(np.clip(np.nan_to_num(values), -1, 1) * _LEVELS).astype(np.intp)
    pixels: Pixels = _scale(zero, positive, negative)[levels + _LEVELS]
    return pixels


def image_from(pixels: Pixels) -> QImage:
    """The image of (rows, columns, 3) pixels; it keeps no reference to the array."""
    rows, columns, _ = pixels.shape
    return QImage(pixels.data, columns, rows, 3 * columns, QImage.Format.Format_RGB888).copy()


@cache
def _scale(zero: str, positive: str, negative: str) -> Pixels:
    """The colour of each level, (2·255 + 1, 3): looking colours up is much quicker than mixing them."""
    share = np.linspace(-1.0, 1.0, 2 * _LEVELS + 1)[:, None]
    start, above, under = (_channels(name) for name in (zero, positive, negative))
    mixed = start + (np.where(share >= 0, above, under) - start) * np.abs(share)
    return mixed.round().astype(np.uint8)


def _channels(name: str) -> NDArray[np.float64]:
    colour = QColor(name)
    return np.array([colour.red(), colour.green(), colour.blue()], dtype=np.float64)
