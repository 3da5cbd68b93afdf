"""A list of usual values that also shows the present one where it is another, and lets one be typed."""

from collections.abc import Callable, Iterable
from typing import Any

from PySide6.QtCore import QSignalBlocker, Qt, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QComboBox

from neuralstudio.ui.forms.choices import ChoiceBox

_AROUND = 26
"""Pixels of a list beside its text."""


class Picker(ChoiceBox):
    """Emits ``picked`` for a choice, ``typed`` for a text that is none of the list."""

    picked = Signal(object)
    typed = Signal(str)

    def __init__(
        self, title: str, about: str, name: str, choices: Iterable[tuple[str, Any]], letters: int = 5
    ) -> None:
        super().__init__()
        self.setObjectName(name)
        self.setAccessibleName(title)
        self.setAccessibleDescription(about)
        self.setToolTip(about)
        self.setProperty("role", "reading")
        # Not as wide as the longest of the choices, which would take the room of all the others.
        self.setFixedWidth(self.fontMetrics().horizontalAdvance("0") * letters + _AROUND)
        self._usual = tuple(choices)
        self._shown = ""
        for text, value in self._usual:
            self.addItem(text, value)
        self.setMaxVisibleItems(24)
        self.view().setMinimumWidth(self.view().sizeHintForColumn(0) + 24)
        self.activated.connect(self._on_activated)

    def allow_typing(self) -> None:
        """Values that are not in the list may be typed."""
        self.setEditable(True)
        # It would make 0.0001 of a typed 0. PySide's stub does not know that None is allowed.
        self.setCompleter(None)  # type: ignore[arg-type]
        self.setInsertPolicy(QComboBox.InsertPolicy.NoInsert)
        edit = self.lineEdit()
        assert edit is not None
        edit.setAccessibleName(self.accessibleName())
        edit.setToolTip(self.toolTip())
        edit.editingFinished.connect(self._on_typed)

    def show_value(self, text: str, is_it: Callable[[Any], bool]) -> None:
        """Shows the choice for which ``is_it`` says yes; else ``text`` as one more, at the end."""
        self._shown = text
        with QSignalBlocker(self):
            while self.count() > len(self._usual):
                self.removeItem(self.count() - 1)
            found = next((place for place, (_, value) in enumerate(self._usual) if is_it(value)), -1)
            if found < 0:
                self.addItem(text)
                found = self.count() - 1
            self.setCurrentIndex(found)
            if self.isEditable():
                self.setEditText(text)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Escape and self.isEditable() and self.currentText() != self._shown:
            self.setEditText(self._shown)
            return
        super().keyPressEvent(event)

    def _on_activated(self, index: int) -> None:
        if index < len(self._usual):
            self._shown = self.itemText(index)
            self.picked.emit(self._usual[index][1])

    def _on_typed(self) -> None:
        text = self.currentText()
        if text != self._shown:
            self._shown = text
            self.typed.emit(text)
