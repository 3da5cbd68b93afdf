"""Data that a person types: a formula over the plane, or a function of one number."""

from functools import partial
from typing import Any, ClassVar

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QHBoxLayout, QLabel, QPushButton, QVBoxLayout, QWidget

from neuralstudio.data._base import Dataset
from neuralstudio.data.sets.formula import Formula
from neuralstudio.data.sets.function import Function
from neuralstudio.project.playground import setup
from neuralstudio.schema.fields import replaced
from neuralstudio.schema.problem import ProblemError
from neuralstudio.ui.forms import KindForm
from neuralstudio.ui.playground.flow import FlowRow
from neuralstudio.ui.playground.picker import Picker
from neuralstudio.ui.studio import Studio

_UNITS = (1, 2, 3, 4, 6, 8, 12, 16, 24, 32, 64, 128)


class TypedData(QWidget):
    """Abstract: some fields of a data set, checked while one types, and examples to click.

    A wrong formula gets a sentence beside it, and the document stays as it is.
    """

    changed = Signal(object, str)
    """Another data set, and the key under which its changes are one undo step."""

    shown: ClassVar[tuple[str, ...]]
    examples: ClassVar[tuple[str, ...]]

    def __init__(self, value: Dataset, name: str) -> None:
        super().__init__()
        self._form = KindForm(value, f"{name}.", only=self.shown)
        self._form.changed.connect(lambda changed, _field, key: self.changed.emit(changed, key))
        caption = QLabel(self.tr("Examples"))
        caption.setProperty("role", "caption")
        chips = FlowRow(across=4, down=4)
        for place, text in enumerate(self.examples):
            chip = QPushButton(text)
            chip.setObjectName(f"{name}-example-{place}")
            chip.setProperty("role", "compact")
            chip.setToolTip(self.tr("Takes this formula"))
            chip.clicked.connect(partial(self._on_example, text))
            chips.flow.addWidget(chip)
        self.column = QVBoxLayout(self)
        self.column.setContentsMargins(0, 0, 0, 0)
        self.column.setSpacing(6)
        self.column.addWidget(self._form)
        self.column.addWidget(caption)
        self.column.addWidget(chips)

    def show_value(self, value: Dataset) -> None:
        """Shows the document's data set."""
        self._form.show_value(value)

    @property
    def value(self) -> Any:
        """The data set as it is typed and right."""
        return self._form.value

    def _on_example(self, text: str) -> None:
        self.changed.emit(replaced(self.value, expression=text), "")


class FormulaBox(TypedData):
    """A formula in x1 and x2: with a comparison it colours the points, without one it is to be predicted."""

    shown = ("expression",)
    examples = (
        "sin(x1) + x2^2 > 1",
        "x1 * x2 > 0",
        "x2 > sin(x1)",
        "abs(x1) + abs(x2) < 4",
        "cos(x1) * cos(x2)",
        "(x1^2 - x2^2) / 20",
    )

    def __init__(self) -> None:
        super().__init__(Formula(), "formula")


class FunctionBox(TypedData):
    """A function y = f(x), where it begins and ends, and how many neurons are to follow it."""

    shown = ("expression", "low", "high")
    examples = ("sin(2*x)", "abs(x)", "x^3 - 3*x", "exp(-x^2)", "sin(x) + sin(4*x)/3", "tanh(5*x)")

    def __init__(self, studio: Studio) -> None:
        super().__init__(Function(), "function")
        self._studio = studio
        caption = QLabel(self.tr("Neurons in layer 1"))
        caption.setProperty("role", "caption")
        self._units = Picker(
            self.tr("Neurons in the first hidden layer"),
            self.tr("With enough of them a network comes as close to the function as you like"),
            "function-units",
            [(str(units), units) for units in _UNITS],
        )
        self._units.setProperty("role", "")
        self._units.picked.connect(self._on_units)
        row = QHBoxLayout()
        row.addWidget(self._units)
        row.addStretch(1)
        self.column.addWidget(caption)
        self.column.addLayout(row)

    def show_value(self, value: Dataset) -> None:
        super().show_value(value)
        try:
            hidden = setup.read(self._studio.document.project).hidden
        except ProblemError:
            hidden = ()
        units = hidden[0].units if hidden else 0
        self._units.show_value(str(units), lambda each: each == units)
        self._units.setEnabled(bool(hidden))

    def _on_units(self, units: int) -> None:
        document = self._studio.document
        first = setup.read(document.project).hidden[0]
        document.edit(self.tr("change units"), setup.with_units(document.project, first.id, units))


__all__ = ["FormulaBox", "FunctionBox", "TypedData"]
