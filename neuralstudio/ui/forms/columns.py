"""Editors for what a table or a brush provides: a column by its name, and points that were painted."""

from collections import Counter
from pathlib import Path

from PySide6.QtCore import QSignalBlocker
from PySide6.QtWidgets import QLabel

from neuralstudio.data.sets._base import COLOURS
from neuralstudio.data.table import column_names
from neuralstudio.schema.fields import Field
from neuralstudio.schema.kind import Kind
from neuralstudio.schema.problem import ProblemError
from neuralstudio.ui.forms._base import Editor, several
from neuralstudio.ui.forms.choices import ChoiceBox


class ColumnEditor(Editor):
    """One of the columns of the table in the field ``file`` of the same kind, or left to the data set."""

    control: ChoiceBox

    def __init__(self, field: Field) -> None:
        box = ChoiceBox()
        super().__init__(field, box)
        box.addItem(self.tr("Automatic"), "")
        box.currentIndexChanged.connect(lambda index: self.edited.emit(box.itemData(index), ""))

    def show_whole(self, value: Kind) -> None:
        """Offers the columns of the table that ``value`` has now."""
        chosen = str(getattr(value, self.field.name))
        try:
            names = column_names(Path(str(getattr(value, "file", ""))).expanduser())
        except ProblemError:
            names = ()
        wanted = ["", *names, *({chosen} - {"", *names})]
        if wanted != [self.control.itemData(place) for place in range(self.control.count())]:
            with QSignalBlocker(self.control):
                self.control.clear()
                for name in wanted:
                    self.control.addItem(name or self.tr("Automatic"), name)
        self.show_value(chosen)

    def show_value(self, value: object) -> None:
        with QSignalBlocker(self.control):
            if self.control.findData(value) < 0:
                self.control.addItem(str(value), value)
            self.control.setCurrentIndex(self.control.findData(value))

    def show_several(self) -> None:
        self.control.show_several()


class PointsEditor(Editor):
    """Says how many points of which colour there are, and where they are painted."""

    control: QLabel

    def __init__(self, field: Field) -> None:
        told = QLabel()
        told.setWordWrap(True)
        super().__init__(field, told)

    def show_value(self, value: object) -> None:
        assert isinstance(value, tuple)
        where = self.tr("Paint them in the Playground.")
        counts = sorted(Counter(colour for _, _, colour in value).items())
        told = ", ".join(f"{count:,} {COLOURS[colour]}" for colour, count in counts) or self.tr("None yet")
        self.control.setText(f"{told}. {where}")

    def show_several(self) -> None:
        self.control.setText(several())

    def mark(self, *, wrong: bool) -> None:
        """Nothing can be entered here that is wrong."""
