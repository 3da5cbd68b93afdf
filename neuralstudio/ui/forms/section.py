"""A part of a page that opens and closes, for settings that are seldom wanted."""

from PySide6.QtCore import QSettings, Qt
from PySide6.QtWidgets import QHBoxLayout, QLabel, QSizePolicy, QToolButton, QVBoxLayout, QWidget


class Section(QWidget):
    """A heading to click, closed at first; what is added to ``column`` is seen while it is open.

    With ``settings`` it is remembered under ``key`` whether it was open. ``note`` tells beside the heading
    what is set inside, so that a closed section hides nothing that matters.
    """

    def __init__(self, title: str, name: str, settings: QSettings | None = None, key: str = "") -> None:
        super().__init__()
        self._settings, self._key = settings, key
        self.button = QToolButton()
        self.button.setObjectName(name)
        self.button.setProperty("role", "section")
        self.button.setText(title)
        self.button.setCheckable(True)
        self.button.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
        self.button.setArrowType(Qt.ArrowType.RightArrow)
        self.button.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self._note = QLabel()
        self._note.setObjectName(f"{name}-note")
        self._note.setProperty("role", "muted")
        self._note.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
        head = QHBoxLayout()
        head.setSpacing(6)
        head.addWidget(self.button)
        head.addWidget(self._note, 1)
        self._content = QWidget()
        self.column = QVBoxLayout(self._content)
        self.column.setContentsMargins(0, 0, 0, 0)
        self.column.setSpacing(9)
        rows = QVBoxLayout(self)
        rows.setContentsMargins(0, 2, 0, 0)
        rows.setSpacing(7)
        rows.addLayout(head)
        rows.addWidget(self._content)
        self._content.hide()
        self.button.toggled.connect(self._on_toggled)
        if settings is not None and settings.value(key, "false") in (True, "true"):
            self.open()

    @property
    def is_open(self) -> bool:
        return self.button.isChecked()

    @property
    def note(self) -> str:
        """What is set inside, "" if nothing is."""
        return self._note.text()

    def show_note(self, text: str) -> None:
        self._note.setText(text)
        self._note.setToolTip(text)
        self.button.setAccessibleDescription(text)

    def open(self) -> None:
        """Shows what is inside."""
        self.button.setChecked(True)

    def _on_toggled(self, is_open: bool) -> None:
        self._content.setVisible(is_open)
        self.button.setArrowType(Qt.ArrowType.DownArrow if is_open else Qt.ArrowType.RightArrow)
        if self._settings is not None:
            self._settings.setValue(self._key, "true" if is_open else "false")
