"""Editors for folders and files: typed, or looked for in a dialogue."""

from pathlib import Path

from PySide6.QtWidgets import QFileDialog, QPushButton

from neuralstudio.schema.fields import Field
from neuralstudio.schema.problem import Problem, ProblemError
from neuralstudio.ui.forms._base import new_gesture
from neuralstudio.ui.forms.choices import TextEditor


class PathEditor(TextEditor):
    """Abstract: a path. One that is not there is refused."""

    def __init__(self, field: Field) -> None:
        super().__init__(field)
        self.hint = self.tr("Not chosen")
        self.browse = QPushButton(self.tr("Browse…"))
        self.browse.setAccessibleName(self.tr("Browse for {title}").format(title=field.title))
        self.browse.clicked.connect(self._on_browse)
        self.row.addWidget(self.browse)

    def take(self, path: str) -> None:
        """``path`` was chosen in a dialogue."""
        self.edited.emit(path, new_gesture())

    def check(self, value: object) -> None:
        """Raises ``ProblemError`` where something is named that does not exist."""
        if value and not self.exists(Path(str(value)).expanduser()):
            raise ProblemError(Problem(self.field.title, self.missing(str(value)), field=self.field.name))

    def exists(self, path: Path) -> bool:
        """Whether such a path can be chosen."""
        raise NotImplementedError

    def missing(self, path: str) -> str:
        """A sentence for a path that does not exist."""
        raise NotImplementedError

    def ask(self) -> str:
        """What is chosen in a dialogue; "" for nothing."""
        raise NotImplementedError

    def _on_browse(self) -> None:
        chosen = self.ask()
        if chosen:
            self.take(chosen)


class FolderEditor(PathEditor):
    """A folder."""

    def exists(self, path: Path) -> bool:
        return path.is_dir()

    def missing(self, path: str) -> str:
        return self.tr("There is no folder {path}").format(path=path)

    def ask(self) -> str:
        return QFileDialog.getExistingDirectory(self, self.field.title, self.control.text())


class FileEditor(PathEditor):
    """A file."""

    def exists(self, path: Path) -> bool:
        return path.is_file()

    def missing(self, path: str) -> str:
        return self.tr("There is no file {path}").format(path=path)

    def ask(self) -> str:
        return QFileDialog.getOpenFileName(self, self.field.title, self.control.text())[0]
