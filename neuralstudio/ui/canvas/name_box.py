"""A line to type another name for a group in, at the very place of the old one."""

from collections.abc import Callable

from PySide6.QtCore import QPoint, Qt, Signal
from PySide6.QtGui import QFocusEvent, QKeyEvent
from PySide6.QtWidgets import QLineEdit, QWidget

_LETTERS = 26


class NameBox(QLineEdit):
    """Enter takes the name (unless it is refused), Escape or a click elsewhere leaves the old one."""

    closed = Signal()
    """Enter or Escape was pressed, and the keyboard is free again."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.setObjectName("group-name")
        self.setAccessibleName(self.tr("Name of the group"))
        self._take: Callable[[str], bool] = lambda _name: True
        self.hide()

    def open_at(self, corner: QPoint, name: str, take: Callable[[str], bool]) -> None:
        """Opens with its top left corner at a point of its parent; ``take`` says whether the name will do."""
        self._take = take
        self.setText(name)
        self.selectAll()
        self.resize(self.fontMetrics().averageCharWidth() * _LETTERS, self.sizeHint().height())
        over = self.parentWidget()
        assert over is not None
        room = over.rect().adjusted(4, 4, -self.width() - 4, -self.height() - 4)
        x, y = min(corner.x(), room.right()), min(corner.y(), room.bottom())
        self.move(max(room.left(), x), max(room.top(), y))
        self.show()
        self.raise_()
        self.setFocus()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        is_taken = event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter)
        if is_taken and not self._take(self.text()):
            self.selectAll()
        elif is_taken or event.key() == Qt.Key.Key_Escape:
            self.hide()
            self.closed.emit()
        else:
            super().keyPressEvent(event)

    def focusOutEvent(self, event: QFocusEvent) -> None:
        super().focusOutEvent(event)
        if event.reason() not in (Qt.FocusReason.PopupFocusReason, Qt.FocusReason.ActiveWindowFocusReason):
            self.hide()
