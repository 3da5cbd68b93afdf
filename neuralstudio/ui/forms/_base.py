"""What the editors of a form have in common."""

from collections.abc import Iterator
from itertools import count

from PySide6.QtCore import QCoreApplication, Signal
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from neuralstudio.schema.fields import Field
from neuralstudio.schema.kind import Kind

_gestures: Iterator[int] = count(1)


def several() -> str:
    """What stands in an editor of values that differ."""
    return QCoreApplication.translate("Editor", "several")


def new_gesture() -> str:
    """A name no other gesture has: changes of one gesture become one undo step."""
    return str(next(_gestures))


class Editor(QWidget):
    """Edits the value of one field. ``control`` is the widget that gets the focus and has the object name.

    A leaf editor shows values (``show_value``) and emits ``edited`` with what was chosen or typed, right or
    wrong: the form checks it against the declaration.
    """

    edited = Signal(object, str)
    """The value as entered, and the gesture it belongs to ("" for a choice that is a step of its own)."""

    typed = Signal(str)
    """An unfinished text."""

    reverted = Signal()
    """A wrong entry was taken back."""

    has_own_title = False
    """The editor shows the field's title itself."""

    def __init__(self, field: Field, control: QWidget) -> None:
        super().__init__()
        self.field = field
        self.control = control
        self.setFocusProxy(control)
        self.column = QVBoxLayout(self)
        self.column.setContentsMargins(0, 0, 0, 0)
        self.column.setSpacing(10)
        self.row = QHBoxLayout()
        self.row.setSpacing(6)
        self.row.addWidget(control, 1)
        self.column.addLayout(self.row)

    def show_value(self, value: object) -> None:
        """Show ``value``; focus, caret and unfinished typing stay where the value is the same."""
        raise NotImplementedError

    def show_whole(self, value: Kind) -> None:
        """The value that the field belongs to has changed: for editors whose choices follow another field."""

    def show_several(self) -> None:
        """Show that there are several values; the next entry is the value of all."""
        raise NotImplementedError

    def mark(self, *, wrong: bool) -> None:
        """Draw the editor as refused, or as usual."""
        if bool(self.control.property("wrong")) != wrong:
            self.control.setProperty("wrong", wrong)
            self.control.style().unpolish(self.control)
            self.control.style().polish(self.control)
