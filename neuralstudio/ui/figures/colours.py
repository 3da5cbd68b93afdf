"""Turns matrices of values into pixels: negative, neutral at zero, positive."""

import numpy as np
from numpy.typing import NDArray
from PySide6.QtGui import QColor, QImage

from neuralstudio.views._base import Floats

Pixels = NDArray[np.uint8]


def signed_pixels(values: Floats, zero: str, positive: str, negative: str) -> Pixels:
    """Colours between ``#rrggbb`` ends for values in −1…1 (clipped): the shape of ``values`` plus (3,)."""
    share = np.clip(np.nan_to_num(values.astype(np.float64)), -1.0, 1.0)[..., None]
    start, above, under = (_channels(name) for name in (zero, positive, negative))
    mixed = start + (np.where(share >= 0, above, under) - start) * np.abs(share)
    return np.ascontiguousarray(mixed.round().astype(np.uint8))


def image_from(pixels: Pixels) -> QImage:
    """The image of (rows, columns, 3) pixels; it keeps no reference to the array."""
    rows, columns, _ = pixels.shape
    return QImage(pixels.data, columns, rows, 3 * columns, QImage.Format.Format_RGB888).copy()


def _channels(name: str) -> NDArray[np.float64]:
    colour = QColor(name)
    return np.array([colour.red(), colour.green(), colour.blue()], dtype=np.float64)
