"""Gives Ctrl+Z and Ctrl+Y to the project where the field with the keyboard has nothing of its own to undo."""

from PySide6.QtCore import QEvent, QObject
from PySide6.QtGui import QKeyEvent, QKeySequence
from PySide6.QtWidgets import QAbstractSpinBox, QApplication, QComboBox, QLineEdit, QWidget


class UndoKeys(QObject):
    """Watches the field that has the keyboard: Qt's line edits take these keys even when they do nothing."""

    def __init__(self, parent: QObject) -> None:
        super().__init__(parent)
        self._watched: QWidget | None = None
        app = QApplication.instance()
        assert isinstance(app, QApplication)
        app.focusChanged.connect(self._on_focus_changed)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() != QEvent.Type.ShortcutOverride or not isinstance(event, QKeyEvent):
            return False
        edit = _line_edit(watched)
        if edit is None or edit.isReadOnly():
            return False
        is_undo = event.matches(QKeySequence.StandardKey.Undo) and not edit.isUndoAvailable()
        is_redo = event.matches(QKeySequence.StandardKey.Redo) and not edit.isRedoAvailable()
        if is_undo or is_redo:
            event.ignore()
        return is_undo or is_redo

    def _on_focus_changed(self, _old: QWidget | None, new: QWidget | None) -> None:
        if self._watched is not None:
            self._watched.removeEventFilter(self)
            self._watched.destroyed.disconnect(self._on_destroyed)
        self._watched = new if _line_edit(new) is not None else None
        if self._watched is not None:
            self._watched.installEventFilter(self)
            self._watched.destroyed.connect(self._on_destroyed)

    def _on_destroyed(self) -> None:
        self._watched = None


def _line_edit(widget: QObject | None) -> QLineEdit | None:
    if isinstance(widget, QAbstractSpinBox | QComboBox):
        return widget.lineEdit()
    return widget if isinstance(widget, QLineEdit) else None
