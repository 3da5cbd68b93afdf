"""Puts the panels in their places around the canvas, and remembers where a person moved them."""

from functools import partial

from PySide6.QtCore import QByteArray, QSettings, Qt, QTimer
from PySide6.QtWidgets import QDockWidget, QMainWindow, QTabBar, QTabWidget, QWidget

from neuralstudio.ui.panels._base import Area, Panel

_AREAS: dict[Area, Qt.DockWidgetArea] = {
    "left": Qt.DockWidgetArea.LeftDockWidgetArea,
    "right": Qt.DockWidgetArea.RightDockWidgetArea,
    "bottom": Qt.DockWidgetArea.BottomDockWidgetArea,
    "bottom-right": Qt.DockWidgetArea.RightDockWidgetArea,
}
_VERSION = 1


class Docks:
    """One dock for each panel outside the centre; those of an area are tabs."""

    def __init__(self, window: QMainWindow, panels: list[Panel]) -> None:
        self._window = window
        self.docks: dict[str, QDockWidget] = {}
        window.setDockOptions(
            QMainWindow.DockOption.AnimatedDocks
            | QMainWindow.DockOption.AllowNestedDocks
            | QMainWindow.DockOption.AllowTabbedDocks
            | QMainWindow.DockOption.GroupedDragging
        )
        window.setTabPosition(Qt.DockWidgetArea.AllDockWidgetAreas, QTabWidget.TabPosition.North)
        window.setCorner(Qt.Corner.BottomLeftCorner, Qt.DockWidgetArea.LeftDockWidgetArea)
        window.setCorner(Qt.Corner.BottomRightCorner, Qt.DockWidgetArea.RightDockWidgetArea)
        window.setDocumentMode(True)
        for panel in panels:
            self.docks[panel.tag] = self._dock(panel)
        self._panels = {panel.tag: panel for panel in panels}
        self._away: QByteArray | None = None
        self._is_to_be_sized = False
        self.arrange()

    def arrange(self) -> None:
        """The places of a first start."""
        self._away = None
        groups: dict[Area, list[QDockWidget]] = {}
        for tag, dock in self.docks.items():
            panel = self._panels[tag]
            dock.setFloating(False)
            dock.show()
            groups.setdefault(panel.area, []).append(dock)
        for area in ("left", "right", "bottom-right", "bottom"):
            group = groups.get(area, [])
            for position, dock in enumerate(group):
                self._window.addDockWidget(_AREAS[area], dock)
                if position:
                    self._window.tabifyDockWidget(group[0], dock)
        if "right" in groups and "bottom-right" in groups:
            first, second = groups["right"][0], groups["bottom-right"]
            self._window.splitDockWidget(first, second[0], Qt.Orientation.Vertical)
            for dock in second[1:]:
                self._window.tabifyDockWidget(second[0], dock)
        for group in groups.values():
            group[0].raise_()
        self.resize()
        self.refresh_titles()

    def give_way(self) -> None:
        """Leaves the window to its centre; ``come_back`` brings all docks back as they were."""
        if self._away is None:
            self._away = self._window.saveState(_VERSION)
            for dock in self.docks.values():
                if not dock.isFloating():
                    dock.hide()

    def come_back(self) -> None:
        """All docks as they were before they gave way."""
        if self._away is None:
            return
        state, self._away = self._away, None
        self._window.restoreState(state, _VERSION)
        self.refresh_titles()
        if self._is_to_be_sized:
            self._is_to_be_sized = False
            QTimer.singleShot(0, self._window, self.resize)

    def resize(self) -> None:
        """Sensible shares of the window's size."""
        if self._away is not None:
            self._is_to_be_sized = True
            return
        width, height = self._window.width(), self._window.height()
        is_small = width < 1200
        sizes = {"left": 216, "right": 264 if is_small else 290}
        for bar in self._window.findChildren(QTabBar):
            bar.setElideMode(Qt.TextElideMode.ElideNone)
        for area, size in sizes.items():
            dock = self._first(area)
            if dock is not None:
                self._window.resizeDocks([dock], [size], Qt.Orientation.Horizontal)
        rows = {"bottom": int(height * 0.31), "bottom-right": int(height * 0.36)}
        for area, size in rows.items():
            dock = self._first(area)
            if dock is not None:
                self._window.resizeDocks([dock], [size], Qt.Orientation.Vertical)

    def raise_panel(self, tag: str) -> None:
        """Shows a panel and brings its tab to the front."""
        dock = self.docks[tag]
        dock.show()
        dock.raise_()

    def refresh_titles(self) -> None:
        """A dock alone in its place has a title bar; among tabs, its tab is its title and handle."""
        for dock in self.docks.values():
            is_tab = bool(self._window.tabifiedDockWidgets(dock)) and not dock.isFloating()
            if is_tab and dock.titleBarWidget() is None:
                dock.setTitleBarWidget(QWidget(dock))
            elif not is_tab and dock.titleBarWidget() is not None:
                empty = dock.titleBarWidget()
                # PySide's stub does not say so, but None restores the native title bar.
                dock.setTitleBarWidget(None)  # type: ignore[arg-type]
                empty.deleteLater()

    def remember(self, settings: QSettings) -> None:
        """Writes window size and layout to the settings."""
        settings.setValue("window/geometry", self._window.saveGeometry())
        settings.setValue("window/layout", self._away or self._window.saveState(_VERSION))

    def recall(self, settings: QSettings) -> bool:
        """Restores what ``remember`` wrote; False when there is nothing."""
        geometry, layout = settings.value("window/geometry"), settings.value("window/layout")
        if not isinstance(geometry, QByteArray) or not isinstance(layout, QByteArray):
            return False
        self._window.restoreGeometry(geometry)
        is_restored = self._window.restoreState(layout, _VERSION)
        self.refresh_titles()
        return is_restored

    def _dock(self, panel: Panel) -> QDockWidget:
        dock = QDockWidget(panel.title, self._window)
        dock.setObjectName(f"dock-{panel.tag}")
        dock.setWidget(panel)
        dock.visibilityChanged.connect(partial(_on_visibility_changed, panel))
        dock.topLevelChanged.connect(lambda _floating: self.refresh_titles())
        dock.dockLocationChanged.connect(lambda _area: self.refresh_titles())
        return dock

    def _first(self, area: str) -> QDockWidget | None:
        for tag, dock in self.docks.items():
            if self._panels[tag].area == area:
                return dock
        return None


def _on_visibility_changed(panel: Panel, is_visible: bool) -> None:
    panel.is_behind = not is_visible
    if is_visible:  # its tab is in front, but it has its place only in the next round of the event loop
        QTimer.singleShot(0, panel, panel.catch_up)
