"""Editors for what is chosen rather than typed as a number: switches, lists and texts."""

from PySide6.QtCore import QSignalBlocker, Qt
from PySide6.QtGui import QKeyEvent, QWheelEvent
from PySide6.QtWidgets import QCheckBox, QComboBox, QLineEdit, QSizePolicy, QWidget

from neuralstudio.schema.fields import Field
from neuralstudio.ui.forms._base import Editor, new_gesture


class ChoiceBox(QComboBox):
    """A list to choose from that leaves the wheel to the scroll area around it until it has the focus."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
        self.setMinimumContentsLength(6)

    def wheelEvent(self, event: QWheelEvent) -> None:
        if self.hasFocus():
            super().wheelEvent(event)
        else:
            event.ignore()


class SwitchEditor(Editor):
    """On or off."""

    control: QCheckBox
    has_own_title = True

    def __init__(self, field: Field) -> None:
        box = QCheckBox(field.title)
        super().__init__(field, box)
        box.toggled.connect(lambda is_on: self.edited.emit(is_on, ""))

    def show_value(self, value: object) -> None:
        with QSignalBlocker(self.control):
            self.control.setChecked(bool(value))


class ChoiceEditor(Editor):
    """One of a few words."""

    control: ChoiceBox

    def __init__(self, field: Field) -> None:
        box = ChoiceBox()
        super().__init__(field, box)
        for choice in field.choices:
            box.addItem(choice.replace("-", " ").replace("_", " ").capitalize(), choice)
        box.currentIndexChanged.connect(lambda index: self.edited.emit(box.itemData(index), ""))

    def show_value(self, value: object) -> None:
        with QSignalBlocker(self.control):
            self.control.setCurrentIndex(self.control.findData(value))


class TextBox(QLineEdit):
    """A line of text; Escape brings back what was there."""

    shown = ""

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Escape and self.text() != self.shown:
            self.setText(self.shown)
            self.editingFinished.emit()
            return
        super().keyPressEvent(event)


class TextEditor(Editor):
    """A line of text, taken over with Enter or when the focus leaves."""

    control: TextBox

    def __init__(self, field: Field) -> None:
        box = TextBox()
        super().__init__(field, box)
        box.editingFinished.connect(self._on_editing_finished)
        box.textEdited.connect(self.typed)

    def show_value(self, value: object) -> None:
        if str(value) != self.control.shown:
            self.control.shown = str(value)
            self.control.setText(str(value))

    def _on_editing_finished(self) -> None:
        if self.control.text() != self.control.shown or self.control.property("wrong"):
            self.edited.emit(self.control.text(), new_gesture())
