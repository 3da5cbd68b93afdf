"""The switch that freezes layers: seen at a glance, with a lock."""

from collections.abc import Sequence

from PySide6.QtCore import QSignalBlocker, Qt, Signal
from PySide6.QtWidgets import QToolButton

from neuralstudio.ui.icons import icon
from neuralstudio.ui.theme import ThemeController


class FreezeButton(QToolButton):
    """Down while all of the layers it stands for are frozen."""

    chosen = Signal(bool)

    def __init__(self, theme: ThemeController) -> None:
        super().__init__()
        self._theme = theme
        self.setObjectName("inspector-freeze")
        self.setCheckable(True)
        self.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        help_text = self.tr("Frozen weights stay as they are while the others learn.")
        self.setToolTip(help_text)
        self.setWhatsThis(help_text)
        self.setAccessibleDescription(help_text)
        self.toggled.connect(self.chosen)
        theme.theme_changed.connect(self._on_theme_changed)
        self._on_theme_changed()

    def show_states(self, frozen: Sequence[bool]) -> None:
        """What is frozen among the layers it stands for."""
        with QSignalBlocker(self):
            self.setChecked(all(frozen))
        if all(frozen):
            text = self.tr("Frozen")
        elif any(frozen):
            text = self.tr("Freeze all ({n} of {m} frozen)").format(n=sum(frozen), m=len(frozen))
        else:
            text = self.tr("Freeze")
        self.setText(text)
        self.setAccessibleName(text)

    def _on_theme_changed(self) -> None:
        self.setIcon(icon("lock", self._theme.theme))
