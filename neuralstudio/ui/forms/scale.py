"""A slider beside a number: on a logarithmic scale for rates, in even steps for shares."""

import math
from bisect import bisect_left

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QFocusEvent, QMouseEvent, QWheelEvent
from PySide6.QtWidgets import QSizePolicy, QSlider, QWidget

from neuralstudio.schema.fields import Field
from neuralstudio.ui.forms._base import new_gesture

_DIGITS = (1, 1.5, 2, 3, 5, 7)
_REACH = 1e-8
"""Where a logarithmic scale down to 0 begins, as a share of its end."""
_SHARES = 20
"""Steps of a slider with even steps, at most."""


def stops(field: Field) -> tuple[float, ...]:
    """The values a slider for this field stops at, rising; none where a slider would be of no use."""
    low, high = field.minimum, field.maximum
    if field.editor != "number" or low is None or high is None:
        return ()
    if field.scale == "log":
        begin = low if low > 0 else _REACH * high * (1 - 1e-9)
        powers = range(math.floor(math.log10(begin)), math.ceil(math.log10(high)) + 1)
        found = [float(f"{digit}e{power}") for power in powers for digit in _DIGITS]
        within = [value for value in found if begin <= value <= high]
        return (0.0, *within) if low == 0 and not field.excludes_minimum else tuple(within)
    if high - low > 1:
        return ()
    step = field.step or _round_step((high - low) / _SHARES)
    between = range(math.floor(low / step + 1e-9) + 1, math.ceil(high / step - 1e-9))
    found = [float(low), *(round(number * step, 12) for number in between), float(high)]
    is_out = field.excludes_minimum, field.excludes_maximum
    return tuple(found[is_out[0] : len(found) - is_out[1]])


def _round_step(least: float) -> float:
    """The smallest of 1, 2, 5, 10 … × a power of ten that is not below ``least``."""
    power = math.floor(math.log10(least) + 1e-9)
    return next(step for digit in (1, 2, 5, 10) if (step := float(f"{digit}e{power}")) >= least * (1 - 1e-9))


class ScaleSlider(QSlider):
    """Moves along ``stops``; a value between two of them is shown at the nearer one."""

    moved = Signal(object, str)
    """A value was chosen, and the gesture it belongs to."""

    def __init__(self, values: tuple[float, ...], parent: QWidget | None = None) -> None:
        super().__init__(Qt.Orientation.Horizontal, parent)
        self._stops = values
        self._gesture = new_gesture()
        self.setRange(0, len(values) - 1)
        self.setPageStep(max(1, len(values) // 10))
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.valueChanged.connect(lambda place: self.moved.emit(self._stops[place], self._gesture))

    def show_value(self, value: float) -> None:
        """Stands at ``value`` without choosing it."""
        after = min(bisect_left(self._stops, value), len(self._stops) - 1)
        before = max(0, after - 1)
        is_nearer = abs(self._stops[before] - value) < abs(self._stops[after] - value)
        is_blocked = self.blockSignals(True)
        self.setValue(before if is_nearer else after)
        self.blockSignals(is_blocked)

    def focusInEvent(self, event: QFocusEvent) -> None:
        self._gesture = new_gesture()
        super().focusInEvent(event)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        self._gesture = new_gesture()  # also beside the handle, where nothing counts as pressed
        super().mousePressEvent(event)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        super().mouseReleaseEvent(event)
        self._gesture = new_gesture()

    def wheelEvent(self, event: QWheelEvent) -> None:
        # Scrolling past a form must not change it.
        if self.hasFocus():
            super().wheelEvent(event)
        else:
            event.ignore()
