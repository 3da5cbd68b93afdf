"""The window: makes the parts and wires them together. It knows nothing of neural networks."""

from functools import partial
from pathlib import Path
from typing import TypeVar

import msgspec
from PySide6.QtCore import QEvent, QMimeData, QSettings, Qt, QTimer
from PySide6.QtGui import QCloseEvent, QDragEnterEvent, QDropEvent, QKeyEvent, QShowEvent
from PySide6.QtWidgets import (
    QAbstractButton,
    QApplication,
    QComboBox,
    QFileDialog,
    QMainWindow,
    QMenu,
    QStackedWidget,
    QTabWidget,
    QWidget,
)

from neuralstudio.engine.random import Seeds
from neuralstudio.ui.actions import ActionTable
from neuralstudio.ui.advice import Advice
from neuralstudio.ui.command_palette import CommandPalette
from neuralstudio.ui.commands import MENUS, commands
from neuralstudio.ui.dialogs import show_about, show_help, show_shortcuts
from neuralstudio.ui.docking import Docks
from neuralstudio.ui.document import Document
from neuralstudio.ui.drawing import ask_drawing
from neuralstudio.ui.estimate import Estimate
from neuralstudio.ui.files import CLASSIC, Files
from neuralstudio.ui.findable import findable
from neuralstudio.ui.first_size import take_a_good_size
from neuralstudio.ui.gallery import Gallery
from neuralstudio.ui.links import Links, link_in
from neuralstudio.ui.loading import DataLoader
from neuralstudio.ui.panels._base import Panel
from neuralstudio.ui.panels.build import BuildPanel
from neuralstudio.ui.panels.code import CodePanel
from neuralstudio.ui.panels.data import DataPanel
from neuralstudio.ui.panels.draw import DrawPanel
from neuralstudio.ui.panels.examples import ExamplesPanel
from neuralstudio.ui.panels.inspector import InspectorPanel
from neuralstudio.ui.panels.network import NetworkPanel
from neuralstudio.ui.panels.playground import PlaygroundPanel
from neuralstudio.ui.panels.registry import panel_types
from neuralstudio.ui.panels.sweep import SweepPanel
from neuralstudio.ui.panels.table import TablePanel
from neuralstudio.ui.status import StatusLine
from neuralstudio.ui.studio import Studio
from neuralstudio.ui.theme import ThemeController
from neuralstudio.ui.toolbar import TransportBar
from neuralstudio.ui.training import TrainingController
from neuralstudio.ui.undo_keys import UndoKeys
from neuralstudio.ui.view_menu import fill_view_menu

P = TypeVar("P", bound=Panel)


class StudioWindow(QMainWindow):
    """The one window of the application."""

    def __init__(self, settings: QSettings) -> None:
        super().__init__()
        self.setObjectName("studio")
        self.setAcceptDrops(True)
        document = Document(self)
        loader = DataLoader(self)
        training = TrainingController(document, loader, self)
        theme = ThemeController(settings, self)
        theme.apply()
        self._estimate = Estimate(document, loader, training, self)
        self.studio = Studio(document, loader, training, theme, settings, {}, self._estimate)
        self.files = Files(self, document, training, settings)
        self.links = Links(self, self.studio, self.files)
        self.table = ActionTable(self, commands(self), self.studio.actions)
        self.menus = self.table.fill(self.menuBar(), MENUS)
        self.addToolBar(TransportBar(self.studio))
        self.setContextMenuPolicy(Qt.ContextMenuPolicy.NoContextMenu)

        self.panels: dict[str, Panel] = {kind.tag: kind(self.studio) for kind in panel_types()}
        self.tabs = QTabWidget()
        self.tabs.setObjectName("centre")
        self.tabs.setDocumentMode(True)
        self.tabs.setAccessibleName(self.tr("Views of the network"))
        for panel in self.panels.values():
            if panel.area == "centre":
                self.tabs.addTab(panel, panel.title)
        self.gallery = Gallery(self.studio)
        self._pages = QStackedWidget()
        self._pages.addWidget(self.tabs)
        self._pages.addWidget(self.gallery)
        self.setCentralWidget(self._pages)
        outer = [panel for panel in self.panels.values() if panel.area != "centre"]
        self.docks = Docks(self, outer)
        self.table.place_on(self.build, self.panels["table"])
        self.links.paste_on(self.gallery, *(self.panels[tag] for tag in ("network", "playground", "code")))
        self._palette = CommandPalette(self, settings)
        self._advice = Advice(training, self)
        self._undo_keys = UndoKeys(self)
        self._status = StatusLine(self.studio, self.statusBar())
        fill_view_menu(self.menus["&View"], self.docks, theme)
        self._recent_menu = QMenu(self.tr("Open &recent"), self)
        self.menus["&File"].insertMenu(self.studio.actions["gallery"], self._recent_menu)
        self._fill_recent_menu()
        self._connect()
        self._was_arranged = self.docks.recall(settings)
        if not self._was_arranged:
            take_a_good_size(self)
        self._on_changed()

    @property
    def build(self) -> BuildPanel:
        """The canvas."""
        return self._panel(BuildPanel)

    def _panel(self, kind: type[P]) -> P:
        panel = self.panels[kind.tag]
        assert isinstance(panel, kind)
        return panel

    # ── what commands do that concern the window itself ──────────────────────────────────────────

    def show_gallery(self) -> None:
        """The start page in the place of the canvas."""
        self.gallery.set_recent([str(path) for path in self.files.recent])
        is_open = len(self.studio.document.network) > 0
        self.gallery.set_way_back(self.studio.document.project.title if is_open else "")
        self._pages.setCurrentWidget(self.gallery)
        self.gallery.setFocus()  # not the first field of the toolbar, which keys would change

    def show_work(self) -> None:
        """The canvas and its neighbours in the place of the start page."""
        self._pages.setCurrentWidget(self.tabs)

    def show_panel(self, tag: str) -> None:
        """Brings a panel to the front and gives it the keyboard."""
        panel = self.panels[tag]
        if panel.area == "centre":
            self.show_work()
            self.tabs.setCurrentWidget(panel)
        else:
            self.docks.raise_panel(tag)
        panel.setFocus()

    def focus_palette(self) -> None:
        """The search box of the palette."""
        self.show_panel("layers")
        box = self.panels["layers"].findChild(QWidget, "palette-filter")
        if box is not None:
            box.setFocus()

    def focus_inspector(self) -> None:
        """The first field of what is selected."""
        self.docks.raise_panel("inspector")
        self._panel(InspectorPanel).focus_first()

    def fit(self) -> None:
        """The whole network in view: its neurons where they are looked at, else its layers."""
        if self._panel(NetworkPanel).is_in_view:
            self._panel(NetworkPanel).fit()
            return
        self.show_panel("build")
        self.build.fit()

    def ask_import(self) -> None:
        """Asks for a folder of IDX files and imports it."""
        folder = QFileDialog.getExistingDirectory(self, self.tr("Folder with the MNIST files"))
        if folder:
            self.import_folder(folder)

    def import_folder(self, folder: str) -> None:
        """Imports a folder of IDX files, and shows how that goes."""
        self.show_work()
        self.show_panel("data")
        self._panel(DataPanel).import_folder(folder)

    def ask_picture(self) -> None:
        """Asks for a file and saves a picture of the whole canvas."""
        self.show_panel("build")
        path = ask_drawing(self.build, self.files)
        if path is not None:
            self._status.tell(self.tr("Saved {}").format(path.name))

    def export(self, target: str) -> None:
        """Asks for a file and writes the network for another program."""
        self.show_work()
        self.show_panel("code")
        self._panel(CodePanel).export(target)

    def open_palette(self) -> None:
        """Finds anything by typing a part of its name."""
        self._palette.open(findable(self))

    def train(self) -> None:
        """Trains or pauses what is on the canvas, which comes into view."""
        self.show_work()
        self.studio.training.toggle()

    def new_weights(self) -> None:
        """Another start: the next seed for the weights."""
        document = self.studio.document
        seeds = document.project.seeds
        other = Seeds(seeds.data, (seeds.weights + 1) % 2**31, seeds.order, seeds.noise)
        document.edit(self.tr("new weights"), msgspec.structs.replace(document.project, seeds=other))

    def toggle_theme(self) -> None:
        """From dark to light and back."""
        self.studio.theme.set_mode("light" if self.studio.theme.theme.dark else "dark")

    def show_help(self) -> None:
        """The help pages."""
        show_help(self)

    def show_shortcuts(self) -> None:
        """All keys, read from the table of commands."""
        show_shortcuts(self, self.table)

    def show_about(self) -> None:
        """Version and licence."""
        show_about(self)

    # ── wiring ───────────────────────────────────────────────────────────────────────────────────

    def _connect(self) -> None:
        studio = self.studio
        studio.document.changed.connect(self._on_changed)
        studio.document.selection_changed.connect(self.table.refresh)
        studio.document.title_changed.connect(self._on_title_changed)
        # The stack moves its index after the change itself, so what can be undone is known only now.
        studio.document.undo_stack.indexChanged.connect(self._on_index_changed)
        studio.training.state_changed.connect(self.table.refresh)
        self.tabs.currentChanged.connect(self._on_centre_changed)
        self._pages.currentChanged.connect(self._on_centre_changed)
        studio.theme.theme_changed.connect(self.table.set_theme)
        studio.theme.theme_changed.connect(self._palette.set_theme)
        self.table.set_theme(studio.theme.theme)
        self._palette.set_theme(studio.theme.theme)
        self.files.opened.connect(self._on_opened)
        self.files.playground_opened.connect(partial(self.show_panel, "playground"))
        self.files.recent_changed.connect(self._fill_recent_menu)
        self.build.edit_requested.connect(self.focus_inspector)
        self._panel(TablePanel).edit_requested.connect(self.focus_inspector)
        self.gallery.example_chosen.connect(self.files.open_example)
        self.gallery.empty_chosen.connect(self.files.new)
        self.gallery.open_chosen.connect(self.files.ask_open)
        self.gallery.recent_chosen.connect(self._open_path)
        self.gallery.back_chosen.connect(self.show_work)
        self._panel(ExamplesPanel).example_chosen.connect(self.files.open_example)
        self.files.import_wanted.connect(self.import_folder)
        self.files.told.connect(self._status.tell)
        self.links.opened.connect(partial(self.show_panel, "playground"))
        self._panel(PlaygroundPanel).classic_wanted.connect(partial(self.files.open_example, CLASSIC))
        self.links.said.connect(self._status.say)
        self.build.edits.told.connect(self._status.warn)
        self._panel(NetworkPanel).follow(self._panel(DrawPanel).pad)
        self.files.saved.connect(lambda name: self._status.tell(self.tr("Saved {}").format(name)))

    def _on_changed(self) -> None:
        project = self.studio.document.project
        self.studio.loader.want(project.dataset, project.seeds.data)
        self.table.refresh()
        self._on_title_changed()

    def _on_centre_changed(self, _index: int) -> None:
        panel = self.tabs.currentWidget()
        is_start = self._pages.currentWidget() is self.gallery
        if is_start or (isinstance(panel, Panel) and panel.wants_room):
            self.docks.give_way()
        else:
            # Told that the tab that has gone wants no more room, the window does not grow to hold all docks.
            self.tabs.updateGeometry()
            self._pages.updateGeometry()
            self.docks.come_back()

    def _on_index_changed(self, _index: int) -> None:
        self.table.refresh()
        self._on_title_changed()

    def _on_opened(self) -> None:
        self.show_work()
        self.tabs.setCurrentWidget(self.build)
        for panel in self.panels.values():
            if panel.area == "bottom-right" and panel.suits():
                self.docks.raise_panel(panel.tag)
                break
        self.build.setFocus()  # on the card of an example, the space bar would open it again
        QTimer.singleShot(0, self.build.show_start)

    def _on_title_changed(self) -> None:
        document = self.studio.document
        name = document.path.name if document.path else document.project.title
        self.setWindowTitle(f"{name}[*] – NeuralStudio")
        self.setWindowModified(document.is_dirty)
        undo, redo = document.undo_stack.undoText(), document.undo_stack.redoText()
        self.studio.actions["undo"].setText(self.tr("&Undo {}").format(undo).rstrip())
        self.studio.actions["redo"].setText(self.tr("&Redo {}").format(redo).rstrip())

    def _fill_recent_menu(self) -> None:
        self._recent_menu.clear()
        for path in self.files.recent:
            self._recent_menu.addAction(path.name, partial(self._open_path, str(path)))
        self._recent_menu.setEnabled(bool(self.files.recent))

    def _open_path(self, path: str) -> None:
        self.files.open(Path(path))

    # ── Qt events ────────────────────────────────────────────────────────────────────────────────

    def event(self, event: QEvent) -> bool:
        """Lets the space bar press what has the keyboard instead of starting the training."""
        if event.type() == QEvent.Type.ShortcutOverride and isinstance(event, QKeyEvent):
            presses = isinstance(QApplication.focusWidget(), QAbstractButton | QComboBox)
            if event.key() == Qt.Key.Key_Space and presses:
                event.accept()
                return True
        return super().event(event)

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        if not self._was_arranged:
            self._was_arranged = True
            QTimer.singleShot(0, self.docks.resize)

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        if _paths(event.mimeData()) or link_in(event.mimeData()):
            event.acceptProposedAction()

    def dropEvent(self, event: QDropEvent) -> None:
        for path in _paths(event.mimeData())[:1]:
            self._open_path(path)
        self.links.take(event.mimeData())

    def closeEvent(self, event: QCloseEvent) -> None:
        if not self.files.may_leave():
            event.ignore()
            return
        self.docks.remember(self.studio.settings)
        self.studio.training.stop()
        self._panel(SweepPanel).sweeping.finish()
        self._estimate.finish()
        self.studio.loader.finish()
        event.accept()


def _paths(mime: QMimeData) -> list[str]:
    return [url.toLocalFile() for url in mime.urls() if url.isLocalFile()]
