"""Two columns of a table as the plane, and a third to predict: the file, and a list for each of them."""

from contextlib import suppress
from functools import partial
from pathlib import Path

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QLabel, QVBoxLayout, QWidget

from neuralstudio.data._base import Dataset
from neuralstudio.data.sets.columns import Columns
from neuralstudio.data.table import column_names
from neuralstudio.schema.fields import fields, replaced
from neuralstudio.schema.problem import ProblemError
from neuralstudio.ui.forms import KindForm
from neuralstudio.ui.forms.choices import ChoiceBox
from neuralstudio.ui.forms.sentence import Sentence

_COLUMNS = ("across", "up", "target")


class ColumnsBox(QWidget):
    """Reads the names of the columns from the file; the choice "automatic" is the first that fits."""

    changed = Signal(object, str)

    def __init__(self) -> None:
        super().__init__()
        self._value = Columns()
        self._names: tuple[str, ...] = ()
        self._file = KindForm(self._value, "columns.", only=("file",))
        self._file.changed.connect(lambda changed, _field, key: self.changed.emit(changed, key))
        self._task = KindForm(self._value, "columns.", only=("task",))
        self._task.changed.connect(lambda changed, _field, key: self.changed.emit(changed, key))
        self._note = Sentence(role="muted", parent=self)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(5)
        column.addWidget(self._file)
        column.addWidget(self._note)
        self._boxes: dict[str, ChoiceBox] = {}
        for field in fields(Columns):
            if field.name in _COLUMNS:
                caption = QLabel(field.title)
                caption.setProperty("role", "muted")
                box = ChoiceBox()
                box.setObjectName(f"columns-{field.name}")
                box.setAccessibleName(field.title)
                box.setToolTip(field.description)
                box.activated.connect(partial(self._on_chosen, field.name))
                caption.setBuddy(box)
                column.addWidget(caption)
                column.addWidget(box)
                self._boxes[field.name] = box
        column.addWidget(self._task)

    def show_value(self, value: Dataset) -> None:
        """Shows the document's data set."""
        assert isinstance(value, Columns)
        self._value = value
        self._file.show_value(value)
        self._task.show_value(value)
        self._read_names()
        for name, box in self._boxes.items():
            chosen = getattr(value, name)
            box.clear()
            box.addItem(self.tr("automatic"), "")
            for column in self._names:
                box.addItem(column, column)
            if chosen and chosen not in self._names:
                box.addItem(chosen, chosen)
            box.setCurrentIndex(max(0, box.findData(chosen)))
            box.setEnabled(bool(self._names))

    def _read_names(self) -> None:
        self._names = ()
        if self._value.file:
            with suppress(ProblemError):  # loading says what is wrong with it
                self._names = column_names(Path(self._value.file).expanduser())
        words = "" if self._names else self.tr("Choose a CSV or TSV file; its columns appear below.")
        self._note.show_text(words)

    def _on_chosen(self, name: str, index: int) -> None:
        chosen = self._boxes[name].itemData(index)
        if chosen != getattr(self._value, name):
            self.changed.emit(replaced(self._value, **{name: chosen}), "")
