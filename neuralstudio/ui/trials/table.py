"""Try a network on a row of a table: type the numbers, read the answer, and the true one beside it."""

import numpy as np
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QGridLayout, QHBoxLayout, QLabel, QScrollArea, QVBoxLayout, QWidget

from neuralstudio.data._base import Quantity, Signature
from neuralstudio.engine.graph import Array
from neuralstudio.engine.metrics import MeanAbsoluteError
from neuralstudio.schema.fields import Field
from neuralstudio.session.predict import Predictor
from neuralstudio.ui.forms._base import Editor
from neuralstudio.ui.forms.choices import SwitchEditor
from neuralstudio.ui.forms.numbers import NumberEditor
from neuralstudio.ui.forms.sentence import Sentence
from neuralstudio.ui.studio import Studio
from neuralstudio.ui.theme import scaled
from neuralstudio.ui.trials._base import Trial

_LARGE_STEP, _FROM = 5, 50
"""Whole numbers of a range from 50 up are stepped through by fives."""


class TableTrial(Trial):
    """A field for each column, and what the network predicts for them."""

    def __init__(self, studio: Studio) -> None:
        super().__init__(studio)
        self._columns: tuple[Quantity, ...] = ()
        self._values: list[float] = []
        self._predictor: Predictor | None = None
        self._answer = QLabel()
        self._answer.setObjectName("trial-answer")
        self._answer.setFont(scaled(self.font(), 1.6, bold=True))
        self._answer.setMinimumWidth(1)
        self._remark = Sentence(role="muted", parent=self)
        self._remark.setObjectName("trial-remark")
        self._refusal = Sentence(role="danger", parent=self)
        self._refusal.setObjectName("trial-refusal")
        self._scroll = QScrollArea()
        self._scroll.setWidgetResizable(True)
        self._scroll.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self._scroll.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        rows = QVBoxLayout(self)
        rows.setContentsMargins(12, 8, 4, 4)
        rows.setSpacing(4)
        for widget in (self._answer, self._remark, self._refusal):
            rows.addWidget(widget)
        rows.addWidget(self._scroll, 1)

    @staticmethod
    def fits(signature: Signature) -> bool:
        is_row = signature.input_shape == (len(signature.columns),) and len(signature.columns) > 1
        return is_row and signature.numbers == 1 and len(signature.predicted) == 1

    def refresh(self, predictor: Predictor) -> None:
        self._predictor = predictor
        if self._columns != predictor.signature.columns:
            self._columns = predictor.signature.columns
            self._values = [column.usual for column in self._columns]
            self._refusal.show_text("")
            self._scroll.setWidget(self._form())
        (target,) = predictor.signature.predicted
        columns = zip(self._columns, self._values, strict=True)
        inputs = np.stack([column.scaled(value) for column, value in columns])[np.newaxis]
        said = float(target.real(predictor.model.predict(inputs)[0, 0]))
        self._answer.setText(target.worded(said))
        self._answer.setAccessibleName(f"{target.name}: {self._answer.text()}")
        self._remark.show_text(self._remarks(predictor, inputs, target))

    def _remarks(self, predictor: Predictor, inputs: Array, target: Quantity) -> str:
        """What would be right, and how far off the network is on the whole."""
        remarks = []
        truth = self.studio.document.project.dataset.truth(inputs)
        if truth is not None:
            right = target.worded(float(target.real(truth[0, 0])))
            remarks.append(self.tr("The formula behind the data says {right}.").format(right=right))
        epoch = self.studio.training.last_epoch
        if epoch is not None and isinstance(predictor.model.metric, MeanAbsoluteError):
            error = target.worded(epoch.test_metric * target.spread)
            remarks.append(self.tr("In the test it is {error} off on average.").format(error=error))
        return " ".join(remarks)

    def _form(self) -> QWidget:
        """An editor for each column; switches share the last row."""
        form = QWidget()
        grid = QGridLayout(form)
        grid.setContentsMargins(0, 2, 8, 4)
        grid.setHorizontalSpacing(10)
        grid.setVerticalSpacing(5)
        grid.setColumnStretch(1, 1)
        switches = QHBoxLayout()
        for place, column in enumerate(self._columns):
            editor = self._editor(place, column)
            if column.is_switch:
                switches.addWidget(editor)
                continue
            label = QLabel(column.name)
            label.setProperty("role", "muted")
            label.setBuddy(editor.control)
            row = grid.rowCount()
            grid.addWidget(label, row, 0)
            grid.addWidget(editor, row, 1)
        grid.addLayout(switches, grid.rowCount(), 0, 1, 2)
        grid.setRowStretch(grid.rowCount(), 1)
        return form

    def _editor(self, place: int, column: Quantity) -> Editor:
        field = _field(column)
        editor: Editor = SwitchEditor(field) if column.is_switch else NumberEditor(field)
        editor.control.setObjectName(f"trial-{column.name.lower().replace(' ', '-')}")
        editor.control.setAccessibleName(column.name)
        editor.show_value(field.default)
        editor.edited.connect(lambda value, _gesture: self._on_edited(place, editor, value))
        return editor

    def _on_edited(self, place: int, editor: Editor, value: object) -> None:
        column = self._columns[place]
        number = float(value) if isinstance(value, int | float) else np.nan
        is_wrong = not column.low <= number <= column.high
        editor.mark(wrong=is_wrong)
        if is_wrong:
            received = value if isinstance(value, str) else f"{number:g}"
            words = self.tr("{name}: expected {allowed}. Received: {value}")
            allowed = editor.field.allowed
            self._refusal.show_text(words.format(name=column.name, allowed=allowed, value=received))
            return
        self._refusal.show_text("")
        self._values[place] = number
        if not column.is_switch:
            editor.show_value(value)
        if self._predictor is not None:
            self.refresh(self._predictor)


def _field(column: Quantity) -> Field:
    return Field(
        name=column.name,
        title=column.name,
        description="",
        editor="integer" if column.is_whole else "number",
        default=int(column.usual) if column.is_whole else column.usual,
        minimum=int(column.low) if column.is_whole else column.low,
        maximum=int(column.high) if column.is_whole else column.high,
        unit=column.unit,
        step=_LARGE_STEP if column.is_whole and column.high - column.low >= _FROM else None,
    )
