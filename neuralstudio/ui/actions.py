"""How everything a person can do is declared: one table feeds menus, toolbar and shortcut list."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from PySide6.QtCore import Qt
from PySide6.QtGui import QAction, QKeySequence
from PySide6.QtWidgets import QMenu, QMenuBar, QWidget

from neuralstudio.ui.icons import icon
from neuralstudio.ui.theme import Theme

Keys = QKeySequence.StandardKey


@dataclass(frozen=True)
class Command:
    """One action: its id, words, keys, place in the menus ("" for none), and what it does.

    ``menu`` is the title of a menu, or of a menu and one within it: "&File/&Export". ``enabled`` is asked
    whenever something changed, and ``needs`` says in words what is missing where it is not; ``checked``
    makes it a switch.
    """

    id: str
    text: str
    menu: str
    handler: Callable[[], object]
    keys: tuple[str | Keys, ...] = ()
    icon: str = ""
    enabled: Callable[[], bool] | None = None
    checked: Callable[[], bool] | None = None
    tip: str = ""
    needs: str = ""
    starts_group: bool = False
    is_local: bool = False
    """Its keys mean this on the canvas only (``ActionTable.place_on``): in a text they mean another thing."""
    paints_itself: bool = False
    """Its icon changes with what it does now; whoever shows it sees to that."""


class ActionTable:
    """QActions made from commands. ``actions`` is keyed by command id."""

    def __init__(self, window: QWidget, commands: Iterable[Command], actions: dict[str, QAction]) -> None:
        self.commands = tuple(commands)
        self.actions = actions
        for command in self.commands:
            action = QAction(command.text, window)
            action.setObjectName(f"action-{command.id}")
            action.setShortcuts([QKeySequence(keys) for keys in command.keys])
            action.setCheckable(command.checked is not None)
            action.triggered.connect(lambda _checked=False, handler=command.handler: handler())
            action.setToolTip(_tip(command, action))
            self.actions[command.id] = action
            if command.is_local:
                action.setShortcutContext(Qt.ShortcutContext.WidgetWithChildrenShortcut)
            else:
                window.addAction(action)

    def place_on(self, *widgets: QWidget) -> None:
        """Where the keys of local commands mean what they say."""
        local = [self.actions[command.id] for command in self.commands if command.is_local]
        for widget in widgets:
            widget.addActions(local)

    def fill(self, bar: QMenuBar, titles: Iterable[str]) -> dict[str, QMenu]:
        """Makes a menu for each title with its commands; returns all menus by title, inner ones as well."""
        menus = {title: bar.addMenu(title) for title in titles}
        for command in self.commands:
            if not command.menu:
                continue
            outer, _, inner = command.menu.partition("/")
            if command.menu not in menus:
                menus[command.menu] = menus[outer].addMenu(inner)
            menu = menus[command.menu]
            if command.starts_group:
                menu.addSeparator()
            menu.addAction(self.actions[command.id])
        return menus

    def refresh(self) -> None:
        """Asks every command whether it can be done now."""
        for command in self.commands:
            action = self.actions[command.id]
            if command.enabled is not None:
                action.setEnabled(command.enabled())
            if command.checked is not None:
                action.setChecked(command.checked())

    def set_theme(self, theme: Theme) -> None:
        """Tints the icons."""
        for command in self.commands:
            if command.icon and not command.paints_itself:
                self.actions[command.id].setIcon(icon(command.icon, theme))


def _tip(command: Command, action: QAction) -> str:
    keys = action.shortcut().toString(QKeySequence.SequenceFormat.NativeText)
    words = command.tip or command.text.replace("&", "").rstrip("…")
    return f"{words} ({keys})" if keys else words
