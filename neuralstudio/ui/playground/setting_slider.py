"""A setting as a slider under its name, with its value at the right; a drag is one undo step."""

from collections.abc import Sequence

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QHBoxLayout, QLabel, QVBoxLayout, QWidget

from neuralstudio.ui.forms.scale import ScaleSlider


class SettingSlider(QWidget):
    """Stops at some values. A present value that is none of them is shown as it is."""

    moved = Signal(object, str)
    """A value was chosen, and the gesture it belongs to."""

    def __init__(self, title: str, about: str, name: str, stops: Sequence[int], unit: str = "") -> None:
        super().__init__()
        self._unit = unit
        caption = QLabel(title)
        caption.setProperty("role", "muted")
        self._value = QLabel()
        self._value.setProperty("role", "reading")
        self._value.setObjectName(f"{name}-value")
        self.slider = ScaleSlider(tuple(float(stop) for stop in stops))
        self.slider.setObjectName(name)
        self.slider.setAccessibleName(title)
        self.slider.setAccessibleDescription(about)
        self.slider.setMinimumHeight(18)
        self.slider.moved.connect(lambda value, gesture: self.moved.emit(int(value), gesture))
        caption.setBuddy(self.slider)
        self.setToolTip(about)
        top = QHBoxLayout()
        top.addWidget(caption, 1)
        top.addWidget(self._value)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(2)
        column.addLayout(top)
        column.addWidget(self.slider)

    def show_value(self, value: int) -> None:
        """Stands at a value without choosing it."""
        self._value.setText(f"{value:,}{self._unit}")
        self.slider.show_value(value)

    def show_nothing(self) -> None:
        """There is no such setting now."""
        self._value.setText("–")
