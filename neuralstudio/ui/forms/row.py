"""One field of a form: its title, its editor, the way back to the default, and what is wrong with it."""

from collections.abc import Sequence
from typing import Any

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QHBoxLayout, QLabel, QToolButton, QVBoxLayout, QWidget

from neuralstudio.schema.fields import Field
from neuralstudio.schema.kind import Kind
from neuralstudio.schema.problem import Problem
from neuralstudio.ui.forms._base import Editor
from neuralstudio.ui.forms.problem import Offers, ProblemNote


class Row(QWidget):
    """A field of a form. Help is a tooltip, and for the keyboard "What's this?" (Shift+F1)."""

    remedy_chosen = Signal(object, str)

    def __init__(self, field: Field, editor: Editor, path: str, default: Any) -> None:
        super().__init__()
        self.field = field
        self.editor = editor
        self.default = default
        control = editor.control
        control.setObjectName(f"field-{path}")
        control.setAccessibleName(field.title)
        self.help = "\n".join(filter(None, (field.description, *self._limits())))
        control.setAccessibleDescription(self.help)
        control.setWhatsThis(f"{field.title}\n{self.help}")
        self.setToolTip(self.help)
        self.reset = QToolButton()
        self.reset.setObjectName(f"default-{path}")
        self.reset.setProperty("role", "default")
        self.reset.setText("↺")
        self.reset.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        back = self.tr("Back to the default: {value}").format(value=self._worded(default))
        self.reset.setToolTip(back)
        self.reset.setAccessibleName(f"{field.title}: {back}")
        self.reset.clicked.connect(lambda: editor.edited.emit(self.default, ""))
        self.reset.setFixedHeight(self.fontMetrics().height())
        kept = self.reset.sizePolicy()
        kept.setRetainSizeWhenHidden(True)
        self.reset.setSizePolicy(kept)
        self.reset.hide()
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(3)
        if editor.has_own_title:
            editor.row.addWidget(self.reset)
        else:
            title = QLabel(field.title)
            title.setProperty("role", "muted")
            title.setBuddy(control)
            top = QHBoxLayout()
            top.addWidget(title, 1)
            top.addWidget(self.reset)
            column.addLayout(top)
        column.addWidget(editor)
        self.setTabOrder(control, self.reset)
        self.note = ProblemNote(f"wrong-{path}", self)
        self.note.remedy_chosen.connect(self.remedy_chosen)
        column.addWidget(self.note)

    def show_value(self, value: Any) -> None:
        """Shows a value, and the way back where it is not the default."""
        self.editor.show_value(value)
        self.note_value(value)

    def note_value(self, value: Any) -> None:
        """The value is this one; the editor shows it already."""
        is_kind = isinstance(value, Kind)
        is_default = type(value) is type(self.default) if is_kind else value == self.default
        self.reset.setHidden(is_default)

    def show_several(self) -> None:
        """Shows that there are several values."""
        self.editor.show_several()
        self.reset.show()

    def refuse(self, sentence: str) -> None:
        """Says why what was entered does not count."""
        self.note.refuse(sentence)
        self._mark()

    def accept(self) -> None:
        """What is entered counts."""
        self.note.refuse("")
        self._mark()

    def show_problems(self, problems: Sequence[Problem], offers: Offers) -> None:
        """What the document's check says of this field."""
        self.note.show_problems(problems, offers)
        self._mark()

    def _mark(self) -> None:
        self.editor.mark(wrong=not self.note.is_quiet)

    def _limits(self) -> tuple[str, ...]:
        """What is allowed where that is not to be seen, and the default."""
        default = self.tr("Default: {value}").format(value=self._worded(self.default))
        if self.field.editor not in ("integer", "number"):
            return (default,)
        return self.tr("Allowed: {what}").format(what=self.field.allowed), default

    def _worded(self, value: Any) -> str:
        if isinstance(value, Kind):
            return value.title
        if value == ():
            return self.tr("empty")
        if isinstance(value, tuple) and self.field.labels:
            return ", ".join(self.field.labels[each] for each in value)
        if isinstance(value, bool):
            return self.tr("on") if value else self.tr("off")
        if isinstance(value, int | float):
            return (
                f"{value:g} {self.field.unit}".strip()
                if isinstance(value, float)
                else (f"{value:,} {self.field.unit}".strip())
            )
        return str(value).replace("-", " ") or self.tr("empty")
