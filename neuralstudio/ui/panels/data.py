"""The data sets there are, the chosen one with its settings and first samples, and the import of MNIST."""

from collections.abc import Callable
from functools import partial
from pathlib import Path

from msgspec.structs import replace
from PySide6.QtCore import QCoreApplication, QSignalBlocker, Qt, QTimer
from PySide6.QtWidgets import (
    QButtonGroup,
    QFileDialog,
    QPushButton,
    QRadioButton,
    QScrollArea,
    QVBoxLayout,
    QWidget,
)

from neuralstudio.data._base import Dataset
from neuralstudio.data.idx import find_digit_files
from neuralstudio.data.registry import DATASETS
from neuralstudio.data.sets.columns import Columns
from neuralstudio.data.sets.mnist import Mnist
from neuralstudio.data.sets.pen_digits import PenDigits
from neuralstudio.schema.problem import ProblemError
from neuralstudio.ui.contents import contents
from neuralstudio.ui.forms import KindForm
from neuralstudio.ui.forms.sentence import Sentence, headline
from neuralstudio.ui.loading import DataLoader
from neuralstudio.ui.panels._base import Panel
from neuralstudio.ui.samples import SamplesPicture
from neuralstudio.ui.studio import Studio

_MARGIN = 12
_FOLDER_KEY = "data/mnist-folder"


class DataPanel(Panel):
    """One row for each data set; below the chosen one stand its settings and what it holds."""

    tag = "data"
    title = "Data"
    area = "left"
    order = 1

    def __init__(self, studio: Studio) -> None:
        super().__init__(studio)
        self._rows: dict[str, _Row] = {}
        self._latest: dict[str, Dataset] = {}
        self._buttons = QButtonGroup(self)
        self._form: KindForm | None = None
        self._trial: DataLoader | None = None
        self._candidate = Mnist()
        self._details = QWidget()
        self._revealing = QTimer(self)
        self._revealing.setSingleShot(True)
        self._revealing.timeout.connect(self._reveal)
        self._counts = Sentence(role="muted", parent=self._details)
        self._counts.setObjectName("data-counts")
        self._problem = Sentence(role="danger", parent=self._details)
        self._problem.setObjectName("data-problem")
        self._picture = SamplesPicture(studio.theme.theme, parent=self._details)
        self._import_problem = Sentence(role="danger", parent=self)
        self._import_problem.setObjectName("import-problem")
        self.import_button = QPushButton(self.tr("Import MNIST folder…"))
        self.import_button.setObjectName("import-mnist")
        self.import_button.setToolTip(
            self.tr("A folder with the four IDX files, gzipped or not; Fashion-MNIST works as well.")
        )
        self.import_button.clicked.connect(self._on_import_clicked)
        self._lay_out()
        studio.document.changed.connect(self._on_document_changed)
        studio.document.replaced.connect(self._forget_import)
        studio.loader.changed.connect(self._show_loaded)
        studio.theme.theme_changed.connect(self._picture.set_theme)
        self._show_dataset()

    def import_folder(self, path: str | Path) -> None:
        """Makes the MNIST files of a folder the data set, if all of them read well; else says what is wrong.

        Reading takes about a second and happens on another thread; the document changes when it is done.
        """
        if self._trial is not None:
            return
        folder = Path(path)
        current = self.studio.document.project.dataset
        candidate = replace(_as_mnist(current), folder=str(folder))
        try:
            find_digit_files(folder)
        except ProblemError as error:
            self._import_problem.show_text(str(error))
            return
        self._import_problem.show_text("")
        self.import_button.setEnabled(False)
        self.import_button.setText(self.tr("Reading the files…"))
        # A loader of its own: the document's data stay what they are until these are known to be good.
        application = QCoreApplication.instance()
        assert application is not None
        self._candidate = candidate
        self._trial = DataLoader(application)
        self._trial.changed.connect(self._on_trial_changed)
        application.aboutToQuit.connect(self._trial.finish)
        self._trial.want(candidate, self.studio.document.project.seeds.data)

    # ── building ─────────────────────────────────────────────────────────────────────────────────

    def _lay_out(self) -> None:
        details = QVBoxLayout(self._details)
        details.setContentsMargins(0, 2, 0, 8)
        details.setSpacing(10)
        for widget in (self._counts, self._problem, self._picture):
            details.addWidget(widget)
        self._list = QVBoxLayout()
        self._list.setContentsMargins(_MARGIN, _MARGIN, _MARGIN, _MARGIN)
        self._list.setSpacing(6)
        for group, kinds in _grouped().items():
            if self._list.count():
                self._list.addSpacing(8)
            self._list.addWidget(headline(group))
            for kind in kinds:
                row = _Row(kind)
                self._buttons.addButton(row.button)
                row.button.toggled.connect(partial(self._on_toggled, kind))
                self._rows[kind.tag()] = row
                self._list.addWidget(row)
        self._list.addStretch(1)
        content = QWidget()
        content.setLayout(self._list)
        self._scroll = QScrollArea()
        self._scroll.setWidgetResizable(True)
        self._scroll.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self._scroll.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self._scroll.setWidget(content)
        below = QVBoxLayout()
        below.setContentsMargins(_MARGIN, 6, _MARGIN, _MARGIN)
        below.addWidget(self._import_problem)
        below.addWidget(self.import_button)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(self._scroll, 1)
        column.addLayout(below)

    def _show_dataset(self) -> None:
        """Marks the document's data set and puts its settings below its row."""
        dataset = self.studio.document.project.dataset
        tag = dataset.tag()
        self._latest[tag] = dataset
        row = self._rows[tag]
        with QSignalBlocker(row.button):
            row.button.setChecked(True)
        if self._form is None or type(self._form.value) is not type(dataset):
            if self._form is not None:
                self._form.hide()
                self._form.deleteLater()
            self._form = KindForm(dataset)
            self._form.changed.connect(self._on_form_changed)
            details = self._details.layout()
            assert details is not None
            details.addWidget(self._form)
            self._list.removeWidget(self._details)
            self._list.insertWidget(self._list.indexOf(row) + 1, self._details)
            if self.is_in_view:
                self._revealing.start(0)
        else:
            self._form.show_value(dataset)
        self._show_loaded()

    def _reveal(self) -> None:
        """Scrolls to the chosen row once the layout has made room for its settings."""
        self._scroll.ensureWidgetVisible(self._details)
        self._scroll.ensureWidgetVisible(self._rows[self.studio.document.project.dataset.tag()])

    def _show_loaded(self) -> None:
        loader = self.studio.loader
        self._counts.show_text(self.tr("Loading…") if loader.is_loading else "")
        self._problem.show_text(loader.problem)
        if loader.data is not None:
            self._counts.show_text(contents(loader.data))
            self._picture.show_data(loader.data)
        elif not loader.is_loading:
            self._picture.show_data(None)

    # ── events ───────────────────────────────────────────────────────────────────────────────────

    def catch_up(self) -> None:
        self._revealing.start(0)
        self._want()

    def _want(self) -> None:
        if self.is_in_view:
            project = self.studio.document.project
            self.studio.loader.want(project.dataset, project.seeds.data)

    def _on_document_changed(self) -> None:
        self._show_dataset()
        self._want()

    def _on_form_changed(self, dataset: Dataset, field: str, merge_key: str) -> None:
        if isinstance(dataset, Columns) and dataset.file and field == "file":
            self._read_table(dataset, partial(self._edit, dataset, field, merge_key))
        else:
            self._edit(dataset, field, merge_key)

    def _read_table(self, dataset: Columns, then: Callable[[], None]) -> None:
        """A long table takes a while: another thread reads it, and it is remembered when it is asked for."""
        application = QCoreApplication.instance()
        assert application is not None
        reader, form = DataLoader(application), self._form

        def on_changed() -> None:
            if reader.is_loading:
                return
            reader.changed.disconnect(on_changed)
            reader.deleteLater()
            if self._form is form and form is not None and form.value == dataset:
                then()

        reader.changed.connect(on_changed)
        application.aboutToQuit.connect(reader.finish)
        reader.want(dataset, self.studio.document.project.seeds.data)

    def _edit(self, dataset: Dataset, field: str, merge_key: str) -> None:
        text = self.tr("change {field} of {kind}").format(field=field.replace("_", " "), kind=dataset.title)
        self.studio.document.edit_dataset(text, dataset, f"data.{merge_key}" if merge_key else "")

    def _on_toggled(self, kind: type[Dataset], is_on: bool) -> None:
        if not is_on:
            return
        dataset = self._latest.get(kind.tag()) or kind()
        remembered = str(self.studio.settings.value(_FOLDER_KEY, ""))
        if isinstance(dataset, Mnist) and not dataset.folder and Path(remembered).is_dir():
            dataset = replace(_as_mnist(self.studio.document.project.dataset), folder=remembered)
        self._import_problem.show_text("")
        self.studio.document.edit_dataset(self.tr("choose {kind}").format(kind=kind.title), dataset)

    def _on_import_clicked(self) -> None:
        start = str(self.studio.settings.value(_FOLDER_KEY, ""))
        chosen = QFileDialog.getExistingDirectory(self, self.tr("Folder with the four MNIST files"), start)
        if chosen:
            self.import_folder(chosen)

    def _forget_import(self) -> None:
        """Another document was opened: what is being read was meant for the last one."""
        if self._trial is not None:
            self._trial.changed.disconnect(self._on_trial_changed)
            self._end_trial(self._trial)

    def _end_trial(self, trial: DataLoader) -> None:
        self._trial = None
        self.import_button.setEnabled(True)
        self.import_button.setText(self.tr("Import MNIST folder…"))
        trial.finish()
        trial.deleteLater()

    def _on_trial_changed(self) -> None:
        trial = self._trial
        if trial is None or trial.is_loading:
            return
        self._end_trial(trial)
        self._import_problem.show_text(trial.problem)
        if trial.data is not None:
            self.studio.settings.setValue(_FOLDER_KEY, self._candidate.folder)
            self.studio.document.edit_dataset(self.tr("import MNIST"), self._candidate)


class _Row(QWidget):
    """A data set to choose: its title, and below it what it is."""

    def __init__(self, kind: type[Dataset]) -> None:
        super().__init__()
        self.button = QRadioButton(kind.title)
        self.button.setObjectName(f"data-{kind.tag()}")
        self.button.setAccessibleDescription(kind.summary())
        self.setToolTip(kind.summary())
        summary = Sentence(kind.summary(), "muted", self)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 2, 0, 2)
        column.setSpacing(2)
        column.addWidget(self.button)
        column.addWidget(summary)


def _as_mnist(dataset: Dataset) -> Mnist:
    """MNIST in the place of ``dataset``: with its settings as far as it knows them."""
    if isinstance(dataset, Mnist):
        return dataset
    return Mnist(target=dataset.target) if isinstance(dataset, PenDigits) else Mnist()


def _grouped() -> dict[str, list[type[Dataset]]]:
    groups: dict[str, list[type[Dataset]]] = {}
    for kind in DATASETS:
        groups.setdefault(kind.group, []).append(kind)
    return dict(sorted(groups.items()))
