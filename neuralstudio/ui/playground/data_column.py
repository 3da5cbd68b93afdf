"""The left column of the playground: which points the network learns from, and how they are drawn."""

from functools import partial
from typing import Any

from PySide6.QtCore import QCoreApplication, QSize, Qt, QTimer
from PySide6.QtGui import QIcon
from PySide6.QtWidgets import QGridLayout, QPushButton, QScrollArea, QToolButton, QVBoxLayout, QWidget

from neuralstudio.data._base import Dataset
from neuralstudio.data.registry import DATASETS
from neuralstudio.data.sets.columns import Columns
from neuralstudio.data.sets.formula import Formula
from neuralstudio.data.sets.function import Function
from neuralstudio.data.sets.painted import Painted
from neuralstudio.project.playground import setup
from neuralstudio.project.playground.edits import alike
from neuralstudio.project.playground.link import TEXT
from neuralstudio.schema.fields import replaced
from neuralstudio.schema.problem import ProblemError
from neuralstudio.training.backprop import Backprop
from neuralstudio.ui.document import Document
from neuralstudio.ui.forms.sentence import Sentence, headline
from neuralstudio.ui.playground.columns_box import ColumnsBox
from neuralstudio.ui.playground.formula_box import FormulaBox, FunctionBox
from neuralstudio.ui.playground.paint_tools import PaintTools
from neuralstudio.ui.playground.painting import Painting
from neuralstudio.ui.playground.setting_slider import SettingSlider
from neuralstudio.ui.studio import Studio
from neuralstudio.ui.thumbnails import dataset_thumbnail

WIDTH = 190
_BAR = 10
"""Pixels that the scroll bar takes where the column is higher than the window."""
_LEFT, _RIGHT = 12, 8
_TILE = QSize(68, 52)
_CLASSES = ("circle", "xor", "gaussian", "spiral")
_NUMBERS = ("plane", "multi-gaussian")
_OWN = ("painted", "formula", "columns", "function")


def regenerate(document: Document) -> None:
    """Other points of the same kind: the next seed of the data."""
    seed = (document.project.seeds.data + 1) % 2**31
    words = QCoreApplication.translate("DataColumn", "regenerate the data")
    document.edit(words, setup.with_seeds(document.project, data=seed))


class DataColumn(QWidget):
    """A thumbnail for each data set; below them what belongs to the chosen one."""

    def __init__(self, studio: Studio) -> None:
        super().__init__()
        self.setObjectName("playground-data")
        self.setFixedWidth(WIDTH)
        self._studio = studio
        self._options = studio.options
        self.painting = Painting(studio, self)
        self._latest: dict[str, Dataset] = {}
        self._tiles: dict[str, QToolButton] = {}
        self._shown: tuple[str, ...] = ()
        self._is_about_to_paint = False
        self._revealing = QTimer(self, singleShot=True, interval=0)  # the layout makes room first
        self._revealing.timeout.connect(self._reveal)
        self._problem = Sentence(role="danger", parent=self)
        self._problem.setObjectName("playground-data-problem")
        self._note = Sentence(role="muted", parent=self)
        self._formula, self._function = FormulaBox(), FunctionBox(studio)
        self._columns, self._paint = ColumnsBox(), PaintTools(studio, self.painting)
        self._boxes: dict[type[Dataset], QWidget] = {
            Painted: self._paint,
            Formula: self._formula,
            Columns: self._columns,
            Function: self._function,
        }
        for box in (self._formula, self._function, self._columns):
            box.changed.connect(self._on_box_changed)
        self._add_sliders()
        self._lay_out()
        studio.document.changed.connect(self._show)
        studio.loader.changed.connect(self._show_loaded)
        studio.theme.theme_changed.connect(lambda _theme: self._show_thumbnails())
        self._options.changed.connect(self._show_hidden)
        self._show_thumbnails()
        self._show()
        self._show_hidden()

    # ── parts ────────────────────────────────────────────────────────────────────────────────────

    def _add_sliders(self) -> None:
        self._share = SettingSlider(
            self.tr("Training share"),
            self.tr("Part of the points the network learns from; the rest tests it"),
            "playground-share-slider",
            range(10, 91, 10),
            "%",
        )
        self._noise = SettingSlider(
            self.tr("Noise"),
            self.tr("How far the classes blur into each other"),
            "playground-noise",
            range(0, 51, 5),
        )
        self._batch = SettingSlider(
            self.tr("Batch size"),
            self.tr("Points learnt together in one step"),
            "playground-batch",
            range(1, 31),
        )
        self._share.moved.connect(partial(self._on_setting_moved, "share"))
        self._noise.moved.connect(partial(self._on_setting_moved, "noise"))
        self._batch.moved.connect(self._on_batch_moved)
        self._regenerate = QPushButton(self.tr("Regenerate"))
        self._regenerate.setObjectName("playground-draw-again")
        tip = self.tr("Draws other points of the same kind: the next seed of the data")
        self._regenerate.setToolTip(tip)
        self._regenerate.setAccessibleDescription(tip)
        self._regenerate.clicked.connect(lambda: regenerate(self._studio.document))

    def _lay_out(self) -> None:
        self._grid = QGridLayout()
        self._grid.setSpacing(6)
        inside = QWidget()
        for tag in (*_CLASSES, *_NUMBERS, *_OWN):
            self._tiles[tag] = self._tile(tag, inside)
        column = QVBoxLayout(inside)
        column.setContentsMargins(_LEFT, 8, _RIGHT, 8)
        column.setSpacing(8)
        self._headline = headline(self.tr("Which data set"))
        self._headline.setObjectName("playground-headline")
        column.addWidget(self._headline)
        column.addLayout(self._grid)
        column.addWidget(self._note)
        for box in self._boxes.values():
            column.addWidget(box)
        column.addWidget(self._problem)  # below the brushes, which stay where they are between strokes
        column.addSpacing(4)
        for widget in (self._share, self._noise, self._batch, self._regenerate):
            column.addWidget(widget)
        column.addStretch(1)
        self._scroll = QScrollArea()
        self._scroll.setWidgetResizable(True)
        self._scroll.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self._scroll.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self._scroll.setWidget(inside)
        rows = QVBoxLayout(self)
        rows.setContentsMargins(0, 0, 0, 0)
        rows.addWidget(self._scroll)

    def _tile(self, tag: str, parent: QWidget) -> QToolButton:
        titles = {
            "painted": self.tr("Painted"),
            "formula": self.tr("Formula…"),
            "columns": self.tr("Table…"),
            "function": self.tr("f(x)…"),
            "xor": self.tr("XOR"),
            "multi-gaussian": self.tr("Gaussians"),
        }
        title = titles.get(tag, DATASETS[tag].title)
        tile = QToolButton(parent)
        tile.setObjectName(f"tile-{tag}")
        tile.setProperty("role", "tile")
        tile.setText(title)
        tile.setToolTip(DATASETS[tag].summary())
        tile.setAccessibleName(DATASETS[tag].title)
        tile.setAccessibleDescription(DATASETS[tag].summary())
        tile.setCheckable(True)
        tile.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextUnderIcon)
        tile.setIconSize(_TILE)
        tile.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        tile.setFixedWidth((WIDTH - _BAR - _LEFT - _RIGHT - 6) // 2)
        tile.clicked.connect(partial(self.choose, tag))
        return tile

    def _show_thumbnails(self) -> None:
        for tag, tile in self._tiles.items():
            picture = dataset_thumbnail(tag, self._studio.theme.theme, _TILE, self.devicePixelRatioF())
            tile.setIcon(QIcon(picture))

    # ── from the studio ──────────────────────────────────────────────────────────────────────────

    def _show(self) -> None:
        project = self._studio.document.project
        dataset = project.dataset
        tag = dataset.tag()
        self._latest[tag] = dataset
        if isinstance(dataset, Painted):
            self._is_about_to_paint = False
        self._show_tiles(tag, dataset.signature.task)
        shown = Painted if self._is_about_to_paint else type(dataset)
        for kind, box in self._boxes.items():
            box.setVisible(kind is shown)
        for kind, typed in ((Formula, self._formula), (Function, self._function), (Columns, self._columns)):
            if isinstance(dataset, kind):
                typed.show_value(dataset)
        for name, slider in (("share", self._share), ("noise", self._noise)):
            value = getattr(dataset, name, None)
            slider.setVisible(value is not None and not self._is_hidden(name))
            if value is not None:
                slider.show_value(value)
        self._batch.setEnabled(isinstance(project.trainer, Backprop))
        if isinstance(project.trainer, Backprop):
            self._batch.show_value(project.trainer.batch_size)
        else:
            self._batch.show_nothing()
        self._regenerate.setText(
            self.tr("Divide anew") if isinstance(dataset, Painted | Columns) else self.tr("Regenerate")
        )
        self._show_loaded()

    def _show_tiles(self, tag: str, task: str) -> None:
        """The sets of the present problem, then those of one's own."""
        shown = (*(_CLASSES if task == "classification" else _NUMBERS), *_OWN)
        for name, tile in self._tiles.items():
            tile.setVisible(name in shown and not self._is_hidden("data"))
            tile.setChecked(name == tag)
        if shown != self._shown:
            self._shown = shown
            for tile in self._tiles.values():
                self._grid.removeWidget(tile)
            for place, name in enumerate(shown):
                self._grid.addWidget(self._tiles[name], place // 2, place % 2)

    def _show_loaded(self) -> None:
        loader = self._studio.loader
        dataset = self._studio.document.project.dataset
        is_begun = not isinstance(dataset, Painted) or bool(dataset.points)
        self._problem.set_role("danger" if is_begun else "muted")
        self._problem.show_text(loader.problem)
        self._note.show_text(loader.data.note if loader.data is not None else "")

    def _is_hidden(self, name: str) -> bool:
        keys = {"share": "percTrainData", "noise": "noise", "batch": "batchSize", "data": "dataset"}
        return keys[name] in self._options.hidden

    def _show_hidden(self) -> None:
        self._batch.setHidden(self._is_hidden("batch"))
        self._headline.setHidden(TEXT in self._options.hidden)
        self._show()

    # ── to the document ──────────────────────────────────────────────────────────────────────────

    def choose(self, tag: str) -> None:
        """Takes the data set of this tag, as it was when it was last chosen."""
        present = self._studio.document.project.dataset
        kind = DATASETS[tag]
        self._is_about_to_paint = False
        if kind is type(present):
            self._show()
        elif kind is Painted and tag not in self._latest:
            self._is_about_to_paint = True
            self._show()
        else:
            self._edit(
                self.tr("choose {}").format(kind.title), self._latest.get(tag) or alike(present, kind), ""
            )
        self._revealing.start()

    def _reveal(self) -> None:
        """What belongs to the chosen data set comes into view, in a window too low for all."""
        box = next((each for each in self._boxes.values() if each.isVisible()), None)
        tile = self._tiles.get(self._studio.document.project.dataset.tag())
        for part in (box, tile):
            if part is not None:
                self._scroll.ensureWidgetVisible(part, 0, 28)

    def _edit(self, words: str, dataset: Any, key: str) -> None:
        document = self._studio.document
        try:
            changed = self.painting.features.given_back(setup.with_dataset(document.project, dataset))
            document.edit(words, changed, key)
        except ProblemError as error:
            self._studio.training.warned.emit(str(error))
        self._show()

    def _on_box_changed(self, dataset: Any, key: str) -> None:
        words = self.tr("change {}").format(dataset.title)
        self._edit(words, dataset, f"playground.{key}" if key else "")

    def _on_setting_moved(self, name: str, value: int, gesture: str) -> None:
        words = self.tr("change the training share") if name == "share" else self.tr("change the noise")
        dataset = replaced(self._studio.document.project.dataset, **{name: value})
        self._edit(words, dataset, f"playground.{name}.{gesture}")

    def _on_batch_moved(self, size: int, gesture: str) -> None:
        document = self._studio.document
        changed = setup.with_batch_size(document.project, size)
        document.edit(self.tr("change batch size"), changed, f"playground.batch.{gesture}")
