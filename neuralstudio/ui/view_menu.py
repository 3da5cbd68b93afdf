"""The View menu beyond its commands: which panels are shown, and the theme."""

from functools import partial

from PySide6.QtWidgets import QMenu

from neuralstudio.ui.docking import Docks
from neuralstudio.ui.theme import MODES, ThemeController


def fill_view_menu(menu: QMenu, docks: Docks, theme: ThemeController) -> None:
    """A switch for each panel, all of them back in their places, and the themes."""
    for tag, dock in docks.docks.items():
        toggle = dock.toggleViewAction()
        toggle.setObjectName(f"view-{tag}")
        menu.addAction(toggle)
    menu.addSeparator()
    menu.addAction(menu.tr("Restore all panels"), docks.arrange)
    menu.addSeparator()
    looks = menu.addMenu(menu.tr("Theme"))
    titles = {
        "system": menu.tr("Follow the system"),
        "light": menu.tr("Light"),
        "dark": menu.tr("Dark"),
        "contrast": menu.tr("High contrast"),
    }
    for mode in MODES:
        looks.addAction(titles[mode], partial(theme.set_mode, mode))
