"""Editors for numbers: typed freely, stepped with arrows and wheel, refused in words, never cut to fit."""

import math
import re

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QFocusEvent, QKeyEvent, QValidator, QWheelEvent
from PySide6.QtWidgets import QAbstractSpinBox, QSizePolicy, QWidget

from neuralstudio.schema.fields import Field
from neuralstudio.ui.forms._base import Editor, new_gesture, several
from neuralstudio.ui.forms.scale import ScaleSlider, stops

# The style sheet's padding does not reach the line edit within a spin box.
_INSET = 7
# A description such as "Stops after so many seconds; 0 never." says what 0 means.
_ZERO = re.compile(r"; 0 (\w+)\.$")
_THOUSANDS = re.compile(r"^[+-]?\d{1,3}(,\d{3})+$")


class NumberBox(QAbstractSpinBox):
    """A number with its unit. Stepping counts at once, typing with Enter or when the focus leaves.

    Unlike Qt's spin boxes it lets anything be typed: a value out of range is then refused by the form with
    a sentence, not changed in silence. A field on a logarithmic scale steps 1-3-10.
    """

    committed = Signal(object, str)
    reverted = Signal()
    """What was typed was taken back."""

    def __init__(self, field: Field, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._field = field
        self._value: float = field.default if isinstance(field.default, int | float) else 0
        self._is_several = False
        found = stops(field)
        # Below it, a scale that reaches down to 0 has nothing but 0.
        self._ladder_begin = found[1] if found and found[0] == 0 and field.scale == "log" else 0.0
        self._gesture = new_gesture()
        told = _ZERO.search(field.description)
        self._zero = told[1] if told else ""
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.lineEdit().setTextMargins(_INSET, 0, 0, 0)
        self.lineEdit().setText(self.text_of(self._value))
        self.editingFinished.connect(self._on_editing_finished)

    @property
    def value(self) -> float:
        """The value shown last; typing changes it only once it is accepted."""
        return self._value

    def show_value(self, value: float, *, anew: bool = False) -> None:
        """Show ``value``. Where it is the value shown already, unfinished typing stays, unless ``anew``."""
        if value == self._value and not anew and not self._is_several:
            return
        self._value = value
        self._is_several = False
        if self.lineEdit().text() != self.text_of(value):
            self.lineEdit().setText(self.text_of(value))

    def show_several(self) -> None:
        """Show that there are several values: nothing typed yet."""
        self._is_several = True
        self.lineEdit().setPlaceholderText(several())
        self.lineEdit().setText("")

    def text_of(self, value: float) -> str:
        """The number as it is shown, with its unit; for a 0 that has a word, that word."""
        if value == 0 and self._zero:
            return self._zero
        plain = str(value) if self._field.editor == "integer" else f"{value:.6g}"
        plain = re.sub(r"e([+-])0+(\d)", r"e\1\2", plain).replace("e+", "e")
        return f"{plain} {self._field.unit}" if self._field.unit else plain

    def parsed(self, text: str) -> float | str:
        """What was typed as a number; as text where it is none, so that the refusal can quote it."""
        plain = text.strip()
        if self._zero and plain.lower() == self._zero:
            plain = "0"
        if self._field.unit:
            plain = plain.removesuffix(self._field.unit).strip()
        plain = plain.replace("−", "-")
        if _THOUSANDS.match(plain) and self._field.editor == "integer":
            plain = plain.replace(",", "")
        elif plain.count(",") == 1 and "." not in plain:
            plain = plain.replace(",", ".")
        try:
            if self._field.editor == "integer":
                return int(plain)
            number = float(plain)
        except ValueError:
            number = _number(plain)
        return number if math.isfinite(number) else text.strip()

    # ── Qt ───────────────────────────────────────────────────────────────────────────────────────

    def stepEnabled(self) -> QAbstractSpinBox.StepEnabledFlag:
        flags = QAbstractSpinBox.StepEnabledFlag.StepNone
        if self._stepped(self._value, 1) != self._value:
            flags |= QAbstractSpinBox.StepEnabledFlag.StepUpEnabled
        if self._stepped(self._value, -1) != self._value:
            flags |= QAbstractSpinBox.StepEnabledFlag.StepDownEnabled
        return flags

    def stepBy(self, steps: int) -> None:
        typed = self.parsed(self.lineEdit().text())
        start = self._value if isinstance(typed, str) or self._is_as_shown() else typed
        value = start
        for _ in range(abs(steps)):
            value = self._stepped(value, 1 if steps > 0 else -1)
        if value != start or not self._is_as_shown():
            self.lineEdit().setText(self.text_of(value))
            self.committed.emit(value, self._gesture)

    def validate(self, text: str, position: int) -> tuple[QValidator.State, str, int]:
        return QValidator.State.Acceptable, text, position

    def focusInEvent(self, event: QFocusEvent) -> None:
        self._gesture = new_gesture()
        super().focusInEvent(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Escape and not self._is_as_shown():
            self.show_several() if self._is_several else self.show_value(self._value, anew=True)
            self.reverted.emit()
            return
        super().keyPressEvent(event)

    def wheelEvent(self, event: QWheelEvent) -> None:
        # Scrolling past a form must not change it.
        if self.hasFocus():
            super().wheelEvent(event)
        else:
            event.ignore()

    def _is_as_shown(self) -> bool:
        return self.lineEdit().text() == ("" if self._is_several else self.text_of(self._value))

    def _on_editing_finished(self) -> None:
        # A value shown rounded must not be taken for typed.
        if not self._is_as_shown():
            self._gesture = new_gesture()
            self.committed.emit(self.parsed(self.lineEdit().text()), self._gesture)
        else:
            self.reverted.emit()

    # ── steps ────────────────────────────────────────────────────────────────────────────────────

    def _stepped(self, value: float, direction: int) -> float:
        """The next value up (+1) or down (−1) within what is allowed; ``value`` itself at the end."""
        field = self._field
        if field.scale == "log" and value > 0:
            stepped = _ladder(value, direction)
            if stepped < self._ladder_begin:
                stepped = 0.0
        elif self._ladder_begin:
            stepped = self._ladder_begin if direction > 0 else 0.0
        else:
            step = field.step or (1 if field.editor == "integer" else _usual_step(field))
            places = math.floor(value / step + 1e-9) if direction > 0 else math.ceil(value / step - 1e-9)
            stepped = round((places + direction) * step, 12)
        low, high = field.minimum, field.maximum
        if low is not None and stepped <= low:
            stepped = max(stepped, low) if not field.excludes_minimum else value
        if high is not None and stepped >= high:
            stepped = min(stepped, high) if not field.excludes_maximum else value
        return round(stepped) if field.editor == "integer" else float(stepped)


class NumberEditor(Editor):
    """Edits an integer or a number; with a slider beside it where the declared range suits one."""

    control: NumberBox

    def __init__(self, field: Field) -> None:
        box = NumberBox(field)
        super().__init__(field, box)
        box.committed.connect(self.edited)
        box.reverted.connect(self.reverted)
        self.slider: ScaleSlider | None = None
        found = stops(field)
        if found:
            self.slider = ScaleSlider(found)
            self.slider.setAccessibleName(self.tr("Slider for {title}").format(title=field.title))
            self.slider.moved.connect(self.edited)
            self.slider.show_value(box.value)
            self.row.insertWidget(0, self.slider, 3)
            self.row.setStretchFactor(box, 2)

    def show_value(self, value: object) -> None:
        assert isinstance(value, int | float)
        self.control.show_value(value)
        if self.slider is not None:
            self.slider.show_value(value)
            self.slider.show()

    def show_several(self) -> None:
        self.control.show_several()
        if self.slider is not None:
            self.slider.hide()


def _number(text: str) -> float:
    try:
        return float(text)
    except ValueError:
        return math.nan


def _ladder(value: float, direction: int) -> float:
    """The neighbour of ``value`` on … 0.1, 0.3, 1, 3, 10 …"""
    power = math.floor(math.log10(value))
    rungs = [float(f"{digit}e{power + offset}") for offset in (-1, 0, 1) for digit in (1, 3)]
    if direction > 0:
        return min(rung for rung in rungs if rung > value * (1 + 1e-9))
    return max(rung for rung in rungs if rung < value * (1 - 1e-9))


def _usual_step(field: Field) -> float:
    """About a twentieth of the range, as 1, 2 or 5 times a power of ten; 0.1 where there is no range."""
    if field.minimum is None or field.maximum is None:
        return 0.1
    wish = (field.maximum - field.minimum) / 20
    power = math.floor(math.log10(wish) + 1e-9)
    return float(max((m for m in (1, 2, 5) if m * 10.0**power <= wish * (1 + 1e-9)), default=1) * 10.0**power)
