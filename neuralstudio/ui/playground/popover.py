"""A small form that opens below a button and closes with Escape or a click beside it."""

from PySide6.QtCore import QEvent, QObject, QPoint, Qt
from PySide6.QtGui import QKeyEvent, QMouseEvent
from PySide6.QtWidgets import QApplication, QFrame, QToolButton, QVBoxLayout, QWidget

from neuralstudio.ui.forms.sentence import Sentence

_WIDTH = 280


class Popover(QToolButton):
    """A button, and what opens below it. Content goes into ``column``.

    The form is part of the window, not a window of its own: no system needs to grant it the keyboard.
    """

    def __init__(self, title: str, about: str, name: str) -> None:
        super().__init__()
        self.setObjectName(name)
        self.setText(title)
        self.setToolTip(about)
        self.setAccessibleName(title)
        self.setAccessibleDescription(about)
        self.setProperty("role", "compact")
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.frame = QFrame(self)
        self.frame.setObjectName(f"{name}-form")
        self.frame.setAccessibleName(title)
        self.frame.setProperty("role", "popover")
        self.frame.setFixedWidth(_WIDTH)
        self.frame.hide()
        self.column = QVBoxLayout(self.frame)
        self.column.setContentsMargins(14, 12, 14, 12)
        self.column.setSpacing(9)
        self.column.addWidget(Sentence(about, "muted", self.frame))
        self.clicked.connect(self.toggle_form)

    def toggle_form(self) -> None:
        """Opens below the button, within the window, or closes."""
        if self.frame.isVisible():
            self.close_form()
            return
        self.fill()
        window = self.window()
        self.frame.setParent(window)
        self.frame.adjustSize()
        below = self.mapTo(window, QPoint(0, self.height() + 2))
        x = max(4, min(below.x(), window.width() - self.frame.width() - 4))
        y = max(4, min(below.y(), window.height() - self.frame.height() - 4))
        self.frame.move(x, y)
        self.frame.show()
        self.frame.raise_()
        first = self.first_control()
        if first is not None:
            first.setFocus(Qt.FocusReason.PopupFocusReason)
        application = QApplication.instance()
        if application is not None:
            application.installEventFilter(self)

    def close_form(self) -> None:
        """What was typed counts; the button gets the keyboard back."""
        application = QApplication.instance()
        if application is not None:
            application.removeEventFilter(self)
        if self.frame.isVisible():
            self.setFocus()  # first, so that an editor takes over what was typed
            self.frame.hide()

    def fill(self) -> None:
        """Brings the content up to date before it is seen."""

    def first_control(self) -> QWidget | None:
        """What gets the keyboard when it opens."""
        return None

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() == QEvent.Type.MouseButtonPress and isinstance(event, QMouseEvent):
            is_inside = isinstance(watched, QWidget) and (
                self.frame.isAncestorOf(watched) or watched in (self, self.frame)
            )
            is_of_window = isinstance(watched, QWidget) and watched.window() is self.window()
            if is_of_window and not is_inside:  # a list that opened from within is a window of its own
                self.close_form()
        elif event.type() == QEvent.Type.KeyPress and isinstance(event, QKeyEvent):
            is_ours = isinstance(watched, QWidget) and self.frame.isAncestorOf(watched)
            if is_ours and event.key() == Qt.Key.Key_Escape:
                self.close_form()
                return True
        return super().eventFilter(watched, event)
