"""Editors for what is chosen rather than typed as a number: switches, lists and texts."""

from PySide6.QtCore import QSignalBlocker, Qt
from PySide6.QtGui import QKeyEvent, QWheelEvent
from PySide6.QtWidgets import QCheckBox, QComboBox, QLineEdit, QSizePolicy, QWidget

from neuralstudio.schema.fields import Field
from neuralstudio.ui.forms._base import Editor, new_gesture, several


class ChoiceBox(QComboBox):
    """A list to choose from that leaves the wheel to the scroll area around it until it has the focus."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
        self.setMinimumContentsLength(6)

    def show_several(self) -> None:
        """Nothing is chosen: there are several values. No signal is sent."""
        with QSignalBlocker(self):
            self.setPlaceholderText(several())
            self.setCurrentIndex(-1)

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
        box.checkStateChanged.connect(self._on_changed)

    def show_value(self, value: object) -> None:
        with QSignalBlocker(self.control):
            self.control.setTristate(False)
            self.control.setChecked(bool(value))

    def show_several(self) -> None:
        with QSignalBlocker(self.control):
            self.control.setCheckState(Qt.CheckState.PartiallyChecked)

    def _on_changed(self, state: Qt.CheckState) -> None:
        self.edited.emit(state is not Qt.CheckState.Unchecked, "")


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

    def show_several(self) -> None:
        self.control.show_several()


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
    hint = ""
    """What stands where there is no text."""

    def __init__(self, field: Field) -> None:
        box = TextBox()
        super().__init__(field, box)
        box.editingFinished.connect(self._on_editing_finished)
        box.textEdited.connect(self.typed)

    def show_value(self, value: object) -> None:
        self.control.setPlaceholderText(self.hint)
        if str(value) != self.control.shown:
            self.control.shown = str(value)
            self.control.setText(str(value))

    def show_several(self) -> None:
        self.control.setPlaceholderText(several())
        self.control.shown = ""
        self.control.setText("")

    def _on_editing_finished(self) -> None:
        if self.control.text() != self.control.shown:
            self.edited.emit(self.control.text(), new_gesture())
        else:
            self.reverted.emit()
