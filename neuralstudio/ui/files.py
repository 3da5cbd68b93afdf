"""Opening and saving: dialogs, recent files, drops, and the question before anything is lost."""

import re
from collections.abc import Mapping
from pathlib import Path

import msgspec
from PySide6.QtCore import QBuffer, QObject, QSettings, Qt, Signal
from PySide6.QtWidgets import QFileDialog, QMessageBox, QWidget

from neuralstudio.project.document import Project, SavedRun
from neuralstudio.project.examples import example
from neuralstudio.project.file import load, save
from neuralstudio.project.foreign import SUFFIXES as FOREIGN
from neuralstudio.project.foreign import read_foreign
from neuralstudio.schema.problem import ProblemError
from neuralstudio.ui.asking import ask_save
from neuralstudio.ui.document import Document
from neuralstudio.ui.training import TrainingController

SUFFIX = ".nstudio"
CLASSIC = "playground"
"""The example that is the classic playground."""
_RECENT = "recent-files"
_MOST_RECENT = 8
_PREVIEW_WIDTH = 480


class Files(QObject):
    """The document's way to and from disk. Nothing changes the document unless the whole file was read."""

    recent_changed = Signal()
    opened = Signal()
    playground_opened = Signal()
    """The classic playground was opened, which is at home in the Playground."""
    import_wanted = Signal(str)
    """A folder of IDX files was dropped or opened."""
    saved = Signal(str)
    """The name of the file that now holds everything."""
    told = Signal(str)
    """A sentence that needs no answer: what of another program's network is different here."""

    def __init__(
        self, window: QWidget, document: Document, training: TrainingController, settings: QSettings
    ) -> None:
        super().__init__(window)
        self._window, self._document, self._training, self._settings = window, document, training, settings

    @property
    def recent(self) -> list[Path]:
        """Files opened or saved lately that still exist, the latest first."""
        stored = self._settings.value(_RECENT, [])
        names = [stored] if isinstance(stored, str) else stored if isinstance(stored, list) else []
        return [path for path in map(Path, names) if path.exists()]

    def new(self) -> None:
        """An empty network on the built-in digits."""
        self.open_new(Project())

    def open_example(self, name: str) -> None:
        """A fresh copy of an example; saving asks for a name."""
        if self.open_new(example(name)) and name == CLASSIC:
            self.playground_opened.emit()

    def open_new(self, project: Project) -> bool:
        """A project that no file holds yet; True when it was opened, and what was there may be lost."""
        if not self.may_leave():
            return False
        self._document.open(project)
        self.opened.emit()
        return True

    def ask_open(self) -> None:
        """Shows the dialog and opens what was chosen."""
        title = self.tr("Open a project")
        chosen, _ = QFileDialog.getOpenFileName(self._window, title, self._folder(), self._filter())
        if chosen:
            self.open(Path(chosen))

    def ask_import(self) -> None:
        """Shows the dialog for networks of other programs and opens what was chosen."""
        title = self.tr("Import a network")
        kinds = self.tr("Networks of other programs ({})").format(_patterns(FOREIGN))
        chosen, _ = QFileDialog.getOpenFileName(self._window, title, self._folder(), kinds)
        if chosen:
            self.open(Path(chosen))

    def open(self, path: Path) -> bool:
        """Opens a project file or another program's network (by its suffix).

        A folder, or one of the IDX files in it, is handed on to be imported.

        Tells what is wrong if it cannot; True when a project was opened.
        """
        if path.is_dir() or (path.suffix != SUFFIX and "ubyte" in path.name):
            self.import_wanted.emit(str(path if path.is_dir() else path.parent))
            return False
        if path.suffix.lower() in FOREIGN:
            return self._open_foreign(path)
        try:
            found = load(path)
        except ProblemError as error:
            self.tell(self.tr("The project could not be opened"), str(error))
            return False
        if not self.may_leave():
            return False
        if path == self._document.path:
            found = load(path)  # leaving it may have saved it
        self._document.open(found.project, path)
        if found.run is not None:
            self._training.restore(found.run)
        self._remember(path)
        self.opened.emit()
        return True

    def _open_foreign(self, path: Path) -> bool:
        """A network of another program becomes a new project with the weights that came with it."""
        try:
            found = read_foreign(path)
        except ProblemError as error:
            self.tell(self.tr("The network could not be imported"), str(error))
            return False
        if not self.may_leave():
            return False
        self._document.open(found.project)
        if found.weights:
            self._training.restore(SavedRun(found.weights))
        self.opened.emit()
        self.told.emit(" ".join((self.tr("Imported {}.").format(path.name), *found.notes)))
        return True

    def save(self) -> bool:
        """Saves to the document's file, or asks for one."""
        return self.save_to(self._document.path) if self._document.path else self.save_as()

    def save_as(self) -> bool:
        """Asks for a file and saves to it."""
        start = self._document.path or Path(self._folder(), f"{self._name}{SUFFIX}")
        title = self.tr("Save the project")
        path = ask_save(self._window, title, start, {SUFFIX: self.tr("NeuralStudio project")})
        return path is not None and self.save_to(path)

    def ask_save(self, title: str, kinds: Mapping[str, str]) -> Path | None:
        """Asks for a file of one of these kinds (ending → what it is), beside the project."""
        folder = self._document.path.parent if self._document.path else Path(self._folder())
        start = folder / f"{self._name}{next(iter(kinds))}"
        return ask_save(self._window, title, start, kinds)

    @property
    def _name(self) -> str:
        """The title, as every system takes it for a file."""
        return (
            re.sub(r'[<>:"/\\|?*\x00-\x1f]+', "", self._document.project.title).strip(" .")[:100]
            or "Untitled"
        )

    def save_to(self, path: Path) -> bool:
        """Saves everything, also while it trains; tells what is wrong if it cannot."""
        project = self._document.project
        if project.title == Project().title:
            project = msgspec.structs.replace(project, title=path.stem)
        try:
            save(path, project, self._training.saved_run(), self._preview())
        except ProblemError as error:
            self.tell(self.tr("The project could not be saved"), str(error))
            return False
        self._document.retitle(project.title)
        self._document.mark_saved(path)
        self._remember(path)
        self.saved.emit(path.name)
        return True

    def may_leave(self) -> bool:
        """Asks what to do with unsaved work; True when it is saved or may be lost."""
        if not self._document.is_dirty:
            return True
        box = QMessageBox(self._window)
        box.setObjectName("leave-question")
        box.setIcon(QMessageBox.Icon.Question)
        is_training = self._training.state == "running"
        box.setText(
            self.tr("The network is still training. Stop and save it first?")
            if is_training
            else self.tr("“{}” has changes that are not saved. Save them?").format(
                self._document.project.title
            )
        )
        keep = box.addButton(self.tr("Save"), QMessageBox.ButtonRole.AcceptRole)
        if is_training:
            keep.setText(self.tr("Stop and save"))
        drop = box.addButton(self.tr("Discard"), QMessageBox.ButtonRole.DestructiveRole)
        stay = box.addButton(
            self.tr("Keep training") if is_training else self.tr("Cancel"), QMessageBox.ButtonRole.RejectRole
        )
        box.setDefaultButton(keep)
        box.setEscapeButton(stay)
        box.exec()
        if box.clickedButton() is keep:
            self._training.pause()
            if not self.save():
                if is_training:
                    self._training.train()
                return False
            self._training.stop()
            return True
        return box.clickedButton() is drop

    def tell(self, title: str, text: str) -> None:
        """A message about a file."""
        box = QMessageBox(QMessageBox.Icon.Warning, title, text, parent=self._window)
        box.setTextFormat(Qt.TextFormat.PlainText)  # names in it are not markup
        box.exec()

    def _preview(self) -> bytes:
        """A small picture of the window as PNG, for those who look for a file."""
        buffer = QBuffer()
        buffer.open(QBuffer.OpenModeFlag.WriteOnly)
        picture = self._window.grab()
        picture.scaledToWidth(_PREVIEW_WIDTH, Qt.TransformationMode.SmoothTransformation).save(buffer, "PNG")
        return bytes(buffer.data().data())

    def _remember(self, path: Path) -> None:
        paths = [path.resolve(), *(each for each in self.recent if each != path.resolve())]
        self._settings.setValue(_RECENT, [str(each) for each in paths[:_MOST_RECENT]])
        self.recent_changed.emit()

    def _folder(self) -> str:
        return str(self.recent[0].parent) if self.recent else str(Path.home())

    def _filter(self) -> str:
        return self.tr("Projects and networks ({all});;NeuralStudio projects ({own})").format(
            all=_patterns((SUFFIX, *FOREIGN)), own=_patterns((SUFFIX,))
        )


def _patterns(suffixes: tuple[str, ...]) -> str:
    return " ".join(f"*{suffix}" for suffix in suffixes)
