"""A form for any kind, made from its declaration: an editor for each field, a sentence if it is wrong."""

from collections.abc import Collection, Mapping, Sequence
from typing import Any

from PySide6.QtCore import QSignalBlocker, Qt, Signal
from PySide6.QtWidgets import QVBoxLayout, QWidget

from neuralstudio.engine.activations import ActivationFunction
from neuralstudio.schema.fields import Field, fields, replaced
from neuralstudio.schema.kind import Kind
from neuralstudio.schema.problem import Problem, ProblemError
from neuralstudio.ui.forms._base import Editor, several
from neuralstudio.ui.forms.choices import ChoiceBox, ChoiceEditor, SwitchEditor, TextEditor
from neuralstudio.ui.forms.columns import ColumnEditor, PointsEditor
from neuralstudio.ui.forms.curve import ActivationBox, activation_curve
from neuralstudio.ui.forms.numbers import NumberEditor
from neuralstudio.ui.forms.paths import FileEditor, FolderEditor, PathEditor
from neuralstudio.ui.forms.problem import Offers
from neuralstudio.ui.forms.row import Row
from neuralstudio.ui.forms.section import Section
from neuralstudio.ui.forms.several import SeveralEditor

_INDENT = 14
_LONGEST_LIST = 24
"""Entries of a list that are seen without scrolling."""


class KindForm(QWidget):
    """Edits a value of one kind, live. ``value`` is always a right one: a wrong entry only gets a sentence.

    Every control is named ``field-NAME``, a nested one ``field-optimiser.learning_rate``. Fields in
    ``seldom`` stand in ``section``, below the others. With ``only``, the other fields are left out.
    """

    changed = Signal(object, str, str)
    """The new value, the field changed, and a merge key: changes with the same key are one undo step.

    The key is "" for a change that is a step of its own."""

    remedy_chosen = Signal(object, str)
    """A problem, and the title of the remedy clicked beside its field."""

    def __init__(
        self,
        value: Kind,
        prefix: str = "",
        parent: QWidget | None = None,
        *,
        section: Section | None = None,
        seldom: Collection[str] = (),
        only: Collection[str] | None = None,
        default: Kind | None = None,
    ) -> None:
        super().__init__(parent)
        self._value = value
        self._prefix = prefix
        self._section, self._seldom = section, seldom
        self._several: set[str] = set()
        self._rows: dict[str, Row] = {}
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(9)
        for field in fields(type(value)):
            if only is not None and field.name not in only:
                continue
            usual = getattr(default, field.name) if type(default) is type(value) else field.default
            path = f"{prefix}{field.name}"
            row = Row(field, _editor(field, path), path, usual)
            row.show_value(getattr(value, field.name))
            row.remedy_chosen.connect(self.remedy_chosen)
            row.editor.reverted.connect(row.accept)
            row.editor.edited.connect(
                lambda entry, gesture, name=field.name: self._on_edited(name, entry, gesture)
            )
            row.editor.typed.connect(lambda entry, name=field.name: self._on_typed(name, entry))
            (section.column if section is not None and field.name in seldom else column).addWidget(row)
            self._rows[field.name] = row
        if section is not None:
            column.addWidget(section)
        self._show_those_that_apply()

    @property
    def value(self) -> Kind:
        return self._value

    def editor(self, name: str) -> Editor:
        """The editor of a field."""
        return self._rows[name].editor

    def sentence(self, name: str) -> str:
        """What is said beside a field, "" if nothing."""
        return self._rows[name].note.text()

    def focus_first(self) -> bool:
        """Puts the focus into the first editor; False if there is none."""
        for row in self._rows.values():
            if not row.isHidden():
                row.editor.setFocus(Qt.FocusReason.ShortcutFocusReason)
                return True
        return False

    def show_value(self, value: Kind, differing: Collection[str] = ()) -> None:
        """Shows another value of the same kind; focus, caret and unfinished typing stay.

        Fields in ``differing`` have more than one value: they show that, and an entry is one for all.
        """
        assert type(value) is type(self._value)
        before, self._value = self._value, value
        for name, row in self._rows.items():
            entry, was_several = getattr(value, name), name in self._several
            if name in differing:
                if not was_several:
                    row.show_several()
                    row.accept()
            elif was_several or entry != getattr(before, name):
                row.show_value(entry)
                row.accept()
        self._several = set(differing)
        self._show_those_that_apply()

    def show_problems(self, problems: Mapping[str, Sequence[Problem]], offers: Offers) -> None:
        """Puts problems beside the fields they are about; fields not named have none."""
        for name, row in self._rows.items():
            row.show_problems(problems.get(name, ()), offers)
            if self._section is not None and name in problems and name in self._seldom:
                self._section.open()

    def _checked(self, name: str, entry: Any) -> Kind:
        """The value with another entry. Raises ``ProblemError`` where that is wrong."""
        editor = self._rows[name].editor
        if isinstance(editor, PathEditor):
            editor.check(entry)
        value = replaced(self._value, **{name: entry})
        value.check()
        if isinstance(value, ActivationFunction):
            activation_curve(value)  # a formula says here what is wrong with it
        return value

    def _on_typed(self, name: str, entry: str) -> None:
        """Says at once what is wrong with an unfinished text; it counts once it is finished."""
        try:
            self._checked(name, entry)
        except ProblemError as error:
            self._rows[name].refuse(_told(error))
        else:
            self._rows[name].accept()

    def _on_edited(self, name: str, entry: Any, gesture: str) -> None:
        row = self._rows[name]
        try:
            value = self._checked(name, entry)
        except ProblemError as error:
            row.refuse(_told(error))
            return
        is_new = value != self._value or name in self._several
        self._value = value
        self._several.discard(name)
        row.show_value(getattr(value, name))
        row.accept()
        self._show_those_that_apply()
        if is_new:
            self.changed.emit(value, name, f"{self._prefix}{name}#{gesture}" if gesture else "")

    def _show_those_that_apply(self) -> None:
        for row in self._rows.values():
            row.setVisible(_applies(row.field, self._value))
            if row.field.name not in self._several:
                row.editor.show_whole(self._value)
        if self._section is not None:
            seldom = {name: row.field for name, row in self._rows.items() if name in self._seldom}
            told = _notes([field for name, field in seldom.items() if name not in self._several], self._value)
            told += [f"{seldom[name].title}: {several()}" for name in seldom if name in self._several]
            self._section.show_note(", ".join(told))


class PartEditor(Editor):
    """Edits a field that can only be of one kind: its fields stand below, with nothing to choose."""

    control: KindForm

    def __init__(self, field: Field, path: str) -> None:
        super().__init__(field, KindForm(field.default, f"{path}.", default=field.default))
        self.row.setContentsMargins(_INDENT, 0, 0, 0)
        self.control.changed.connect(lambda value, _field, key: self.edited.emit(value, key))

    def show_value(self, value: object) -> None:
        assert isinstance(value, Kind)
        self.control.show_value(value)

    def show_several(self) -> None:
        """The fields inside stay as they are: what is chosen there is chosen for all."""

    def mark(self, *, wrong: bool) -> None:
        """What is wrong is marked inside."""


class KindEditor(Editor):
    """Chooses a kind by its title; the fields of the chosen one stand below, indented."""

    control: ChoiceBox

    def __init__(self, field: Field, path: str) -> None:
        is_activation = bool(field.kinds) and issubclass(field.kinds[0], ActivationFunction)
        box = ActivationBox() if is_activation else ChoiceBox()
        box.setMaxVisibleItems(_LONGEST_LIST)
        super().__init__(field, box)
        self._path = path
        self.nested: KindForm | None = None
        for number, kind in enumerate(field.kinds):
            box.addItem(kind.title, kind)
            box.setItemData(number, kind.summary(), Qt.ItemDataRole.ToolTipRole)
        box.currentIndexChanged.connect(self._on_chosen)

    def show_value(self, value: object) -> None:
        assert isinstance(value, Kind)
        with QSignalBlocker(self.control):
            self.control.setCurrentIndex(self.field.kinds.index(type(value)))
        self.control.setToolTip("\n".join(filter(None, (type(value).summary(), self.field.description))))
        if isinstance(self.control, ActivationBox) and isinstance(value, ActivationFunction):
            self.control.show_function(value)
        if self.nested is not None and type(self.nested.value) is type(value):
            self.nested.show_value(value)
            return
        self._drop_nested()
        if fields(type(value)):
            self.nested = KindForm(value, f"{self._path}.", default=self.field.default)
            self.nested.setContentsMargins(_INDENT, 0, 0, 0)
            self.nested.changed.connect(lambda nested, _field, key: self.edited.emit(nested, key))
            self.column.addWidget(self.nested)

    def show_several(self) -> None:
        self.control.show_several()
        self.control.setToolTip(self.field.description)
        if isinstance(self.control, ActivationBox):
            self.control.show_function(None)
        self._drop_nested()

    def _drop_nested(self) -> None:
        if self.nested is not None:
            self.nested.hide()
            self.nested.deleteLater()
            self.nested = None

    def _on_chosen(self, index: int) -> None:
        kind: type[Kind] = self.control.itemData(index)
        self.edited.emit(kind(), "")


def _editor(field: Field, path: str) -> Editor:
    match field.editor:
        case "integer" | "number":
            return NumberEditor(field)
        case "switch":
            return SwitchEditor(field)
        case "choice":
            return ChoiceEditor(field)
        case "kind":
            return KindEditor(field, path) if len(field.kinds) > 1 else PartEditor(field, path)
        case "text":
            roles = {"folder": FolderEditor, "file": FileEditor, "column": ColumnEditor}
            return roles.get(field.role, TextEditor)(field)
        case "several":
            return SeveralEditor(field)
        case "points":
            return PointsEditor(field)


def _told(error: ProblemError) -> str:
    """What is wrong, and what to do about it."""
    problem = error.problems[0]
    return f"{problem.what.rstrip('.')}. {problem.remedy}" if problem.remedy else problem.what


def _notes(seldom: list[Field], value: Kind) -> list[str]:
    """What is set other than by default among some fields, in a word or two each."""
    notes = []
    for field in seldom:
        entry = getattr(value, field.name)
        if entry == field.default:
            continue
        if isinstance(entry, Kind) and len(field.kinds) > 1:
            notes.append(entry.title)
        elif field.editor in ("integer", "number"):
            notes.append(f"{field.title} {entry:g}")
        else:
            notes.append(field.title)
    return notes


def _applies(field: Field, value: Kind) -> bool:
    """Whether a field is shown: all of its conditions hold (a value, several, or the tag of a kind)."""
    for name, wanted in (field.shown_when or {}).items():
        current = getattr(value, name)
        current = current.tag() if isinstance(current, Kind) else current
        if current not in (wanted if isinstance(wanted, list | tuple) else (wanted,)):
            return False
    return True
