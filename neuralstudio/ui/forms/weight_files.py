"""What can be done with the weights of one layer: drawn anew, saved to a file, taken from one."""

from collections.abc import Callable
from pathlib import Path

from PySide6.QtCore import Qt, QTimer
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QFileDialog, QHBoxLayout, QPushButton, QScrollArea, QVBoxLayout, QWidget

from neuralstudio.network import edits
from neuralstudio.network.spec import display_name
from neuralstudio.schema.problem import ProblemError
from neuralstudio.session.layer_weights import export_weights, read_weights
from neuralstudio.session.predict import Predictor
from neuralstudio.ui.asking import ask_save
from neuralstudio.ui.forms.sentence import Sentence
from neuralstudio.ui.studio import Studio
from neuralstudio.ui.weight_edits import edit_weights


def names_of(predictor: Predictor | None, node_id: str) -> list[str]:
    """Full names of a node's weights and running means, where the network works."""
    if predictor is None:
        return []
    return [name for name in predictor.model.parameters if name.rpartition("/")[0] == node_id]


def short_name(name: str) -> str:
    """ "kernel" of "dense-1/kernel"."""
    return name.rpartition("/")[2]


class WeightFiles(QWidget):
    """Three buttons, and a sentence that says what came of the last click.

    ``chosen`` gives the full name of the weight that is shown.
    """

    def __init__(self, studio: Studio, node_id: str, chosen: Callable[[], str]) -> None:
        super().__init__()
        self._studio = studio
        self._node_id = node_id
        self._chosen = chosen
        self.setObjectName("inspector-weight-files")
        self._draw = self._button(
            self.tr("Draw anew"),
            "inspector-draw",
            self.tr("Gives this layer other initial weights; it learns from the start."),
            self._on_draw,
        )
        self._import = self._button(
            self.tr("Import…"),
            "inspector-import",
            self.tr("Takes this weight from .npy or .csv, or all of the layer from .npz."),
            self._ask_import,
        )
        self._export = self._button(
            self.tr("Export…"),
            "inspector-export",
            self.tr("Saves this weight as .npy or .csv, or all of the layer as .npz."),
            self._ask_export,
        )
        self._told = Sentence(parent=self)
        self._told.setObjectName("inspector-weights-told")
        row = QHBoxLayout()
        row.setSpacing(6)
        for button in (self._draw, self._import, self._export):
            row.addWidget(button)
        row.addStretch(1)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(6)
        column.addLayout(row)
        column.addWidget(self._told)

    def _button(self, text: str, name: str, help_text: str, handler: Callable[[], None]) -> QPushButton:
        button = QPushButton(text)
        button.setObjectName(name)
        button.setProperty("role", "compact")
        button.setToolTip(help_text)
        button.setWhatsThis(help_text)
        button.clicked.connect(handler)
        return button

    def show_document(self) -> None:
        """The document may have changed: without a working network there are no weights to save."""
        for button in (self._import, self._export):
            button.setEnabled(self._studio.training.predictor is not None)

    def export_to(self, path: Path) -> None:
        """Writes the weight shown, or to .npz all of the layer; says that it did, or why not."""
        predictor = self._studio.training.predictor
        if predictor is None:
            return
        is_all = path.suffix.lower() == ".npz"
        names = names_of(predictor, self._node_id) if is_all else [self._chosen()]
        named = {short_name(name): predictor.model.parameters.value(name).copy() for name in names}
        try:
            with _Busy():
                export_weights(path, named)
        except ProblemError as error:
            self._tell(str(error), is_wrong=True)
        else:
            self._tell(self.tr("Saved as {file}.").format(file=path.name))

    def import_from(self, path: Path) -> None:
        """Takes the weight shown, or from .npz all there are, and says which, or why not."""
        predictor = self._studio.training.predictor
        if predictor is None:
            return
        is_all = path.suffix.lower() == ".npz"
        names = names_of(predictor, self._node_id) if is_all else [self._chosen()]
        shapes = {short_name(name): predictor.model.parameters.shapes[name] for name in names}
        try:
            with _Busy():
                found = read_weights(path, shapes)
        except ProblemError as error:
            self._tell(str(error), is_wrong=True)
            return
        named = {f"{self._node_id}/{name}": found[name] for name in found}
        document = self._studio.document
        text = self.tr("import weights of {name}").format(name=display_name(document.network[self._node_id]))
        if not edit_weights(document, self._studio.training, text, named):
            return
        words = ", ".join(name.replace("_", " ") for name in found)
        self._tell(self.tr("Taken from {file}: {weights}.").format(file=path.name, weights=words))

    def _tell(self, sentence: str, *, is_wrong: bool = False) -> None:
        self._told.set_role("danger" if is_wrong else "good")
        self._told.show_text(sentence)
        self._show_told()

    def _show_told(self) -> None:
        """The sentence may lie below what is in view."""
        above = self.parentWidget()
        while above is not None and not isinstance(above, QScrollArea):
            above = above.parentWidget()
        if above is not None:
            QTimer.singleShot(0, self, lambda: above.ensureWidgetVisible(self._told))

    def _ask_export(self) -> None:
        name = f"{self._node_id}-{short_name(self._chosen())}.npy"
        kinds = {
            ".npy": self.tr("This weight"),
            ".csv": self.tr("This weight as text"),
            ".npz": self.tr("All weights of the layer"),
        }
        project = self._studio.document.path
        folder = project.parent if project else Path.home()
        path = ask_save(self, self.tr("Export weights"), folder / name, kinds)
        if path is not None:
            self.export_to(path)

    def _ask_import(self) -> None:
        kinds = self.tr("Weights (*.npy *.npz *.csv)")
        chosen, _ = QFileDialog.getOpenFileName(self, self.tr("Import weights"), "", kinds)
        if chosen:
            self.import_from(Path(chosen))

    def _on_draw(self) -> None:
        document = self._studio.document
        name = display_name(document.network[self._node_id])
        text = self.tr("draw weights of {name} anew").format(name=name)
        document.edit_network(text, edits.draw_again(document.network, self._node_id))
        self._told.show_text("")


class _Busy:
    """Shows that a file is being worked on."""

    def __enter__(self) -> None:
        QGuiApplication.setOverrideCursor(Qt.CursorShape.WaitCursor)

    def __exit__(self, *_: object) -> None:
        QGuiApplication.restoreOverrideCursor()
