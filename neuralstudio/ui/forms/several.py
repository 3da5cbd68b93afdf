"""An editor for a field that holds some of a few words: a box to tick for each."""

from PySide6.QtCore import QSignalBlocker, Qt
from PySide6.QtWidgets import QCheckBox, QGridLayout, QWidget

from neuralstudio.schema.fields import Field
from neuralstudio.ui.forms._base import Editor

_COLUMNS = 3


class SeveralEditor(Editor):
    """Any number of a few words."""

    def __init__(self, field: Field) -> None:
        super().__init__(field, QWidget())
        grid = QGridLayout(self.control)
        grid.setContentsMargins(0, 0, 0, 0)
        grid.setHorizontalSpacing(12)
        grid.setVerticalSpacing(6)
        self.boxes: dict[str, QCheckBox] = {}
        for place, choice in enumerate(field.choices):
            box = self.boxes[choice] = QCheckBox((field.labels or {}).get(choice, choice))
            box.setObjectName(f"choice-{choice}")
            box.clicked.connect(self._on_clicked)
            grid.addWidget(box, place // _COLUMNS, place % _COLUMNS)
        grid.setColumnStretch(_COLUMNS, 1)
        self.control.setFocusProxy(self.boxes[field.choices[0]])

    def show_value(self, value: object) -> None:
        assert isinstance(value, tuple)
        for choice, box in self.boxes.items():
            with QSignalBlocker(box):
                box.setTristate(False)
                box.setChecked(choice in value)

    def show_several(self) -> None:
        for box in self.boxes.values():
            with QSignalBlocker(box):
                box.setCheckState(Qt.CheckState.PartiallyChecked)

    def mark(self, *, wrong: bool) -> None:
        """Boxes need no mark: they show what was ticked, and the sentence stands below them."""

    def _on_clicked(self) -> None:
        ticked = (choice for choice, box in self.boxes.items() if box.checkState() is Qt.CheckState.Checked)
        self.edited.emit(tuple(ticked), "")
