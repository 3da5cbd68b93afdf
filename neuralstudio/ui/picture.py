"""Takes a picture of the window as a person would see it."""

import numpy as np
from PySide6.QtCore import QEventLoop, QTimer
from PySide6.QtGui import QPixmap

from neuralstudio.ui.pad import DigitPad
from neuralstudio.ui.window import StudioWindow

_SETTLE = 1200
"""Milliseconds for data to load, cards to arrive at their places and figures to be drawn."""


def picture(window: StudioWindow) -> QPixmap:
    """Draws a digit on the pad, waits until everything has settled, and grabs the window."""
    pad = window.findChild(DigitPad, "pad")
    if pad is not None:
        pad.set_strokes([_three()])
    loop = QEventLoop()
    QTimer.singleShot(_SETTLE, loop.quit)
    loop.exec()
    return window.grab()


def _three() -> np.ndarray[tuple[int, int], np.dtype[np.float64]]:
    """The stroke of a 3: two bows, one above the other."""
    upper = np.linspace(-0.8 * np.pi, 0.5 * np.pi, 20)
    lower = np.linspace(-0.5 * np.pi, 0.8 * np.pi, 20)
    bows = [
        np.stack([0.48 + 0.19 * np.cos(upper), 0.34 + 0.16 * np.sin(upper)], axis=1),
        np.stack([0.48 + 0.22 * np.cos(lower), 0.68 + 0.18 * np.sin(lower)], axis=1),
    ]
    return np.concatenate(bows)
