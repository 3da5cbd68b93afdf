"""How large the window is when it opens for the first time."""

from PySide6.QtCore import QSize, Qt
from PySide6.QtWidgets import QWidget

_FRAME = QSize(16, 48)
"""Room for the frame and title bar a desktop puts around a window."""


def take_a_good_size(window: QWidget) -> None:
    """1440×900 where the screen has room for it and a frame, else all of the screen."""
    room = window.screen().availableGeometry()
    if room.width() >= 1440 + _FRAME.width() and room.height() >= 900 + _FRAME.height():
        window.resize(1440, 900)
    else:
        window.resize(min(1440, room.width()), min(900, room.height()) - _FRAME.height())
        window.setWindowState(Qt.WindowState.WindowMaximized)
