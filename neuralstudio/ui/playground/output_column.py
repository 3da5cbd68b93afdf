"""The right column of the playground: what the network answers, how well it learns, and how it came there."""

import numpy as np
from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QShowEvent
from PySide6.QtWidgets import (
    QCheckBox,
    QLabel,
    QScrollArea,
    QSizePolicy,
    QVBoxLayout,
    QWidget,
)

from neuralstudio.data._base import Data, Quantity
from neuralstudio.layers.features import FEATURES
from neuralstudio.network.spec import DATA
from neuralstudio.project.document import Project
from neuralstudio.project.playground import setup as playground
from neuralstudio.project.playground.link import TEXT
from neuralstudio.project.playground.setup import Setup
from neuralstudio.schema.problem import ProblemError, errors
from neuralstudio.session.predict import Predictor
from neuralstudio.ui.forms.sentence import Sentence
from neuralstudio.ui.pacing import Pace
from neuralstudio.ui.playground import answers
from neuralstudio.ui.playground.board_layout import Spot, neuron_name
from neuralstudio.ui.playground.board_names import feature_names
from neuralstudio.ui.playground.colour_bar import ColourBar
from neuralstudio.ui.playground.flow import FlowRow
from neuralstudio.ui.playground.losses import Losses
from neuralstudio.ui.playground.matrix import Matrix
from neuralstudio.ui.playground.painting import Painting
from neuralstudio.ui.playground.picture import Picture
from neuralstudio.ui.playground.readings import Readings
from neuralstudio.ui.playground.slow_motion import SlowMotion
from neuralstudio.ui.replay_bar import ReplayBar
from neuralstudio.ui.studio import Studio
from neuralstudio.ui.theme import Theme

_LEAST, _MOST = 268, 348
_MAP_EVERY, _CURVE_EVERY, _READ_EVERY = 33, 120, 250
"""Milliseconds between two refreshes, at least."""
_MAP_SHARE, _CURVE_SHARE = 1 / 8, 1 / 20
"""Parts of the window's time: the map is what everybody watches."""


class OutputColumn(QWidget):
    """Rests while it is hidden. Shows a moment of the past while one is replayed."""

    def __init__(self, studio: Studio) -> None:
        super().__init__()
        self.setObjectName("playground-output")
        self.setMinimumWidth(_LEAST)
        self.setMaximumWidth(_MOST)
        self._studio = studio
        self._known: tuple[Project, Setup | None] | None = None
        self._neuron = ("", -1)
        self._warning = ""
        self._painting: Painting | None = None
        self._last: Data | None = None
        theme = studio.theme.theme
        self._name = QLabel(self.tr("Output"))
        self._name.setProperty("role", "title")
        self._name.setObjectName("playground-output-name")
        self.picture = Picture(studio)
        self.picture.read.connect(self._show_words)
        self._bar = ColourBar(theme)
        self._words = QLabel()
        self._words.setObjectName("playground-read-out")
        self._words.setProperty("role", "caption")
        self._words.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
        self._told = Sentence(role="danger", parent=self)
        self._told.setObjectName("playground-told")
        self._losses = Losses(studio)
        self.readings = Readings(studio)
        self._matrix = Matrix(studio)
        self.replay = ReplayBar(studio.replay, "replay", is_compact=False)
        self._add_switches()
        self._lay_out()
        self._connect()
        self._read_document()

    # ── parts ────────────────────────────────────────────────────────────────────────────────────

    def _add_switches(self) -> None:
        options = self._studio.options
        self._test = QCheckBox(self.tr("Test points"))
        self._test.setObjectName("playground-test")
        self._test.setToolTip(self.tr("Shows the points that are not learnt from, with a dark outline"))
        self._test.toggled.connect(lambda is_on: options.choose(has_test=is_on))
        self._discrete = QCheckBox(self.tr("Discretise"))
        self._discrete.setObjectName("playground-discretise")
        self._discrete.setToolTip(self.tr("Shows only which side wins at each place, not how clearly"))
        self._discrete.toggled.connect(lambda is_on: options.choose(is_discrete=is_on))
        self._space = QCheckBox(self.tr("3D"))
        self._space.setObjectName("playground-3d")
        self._space.setToolTip(self.tr("Shows the answer as a surface in space, to be turned"))
        self._space.toggled.connect(lambda is_on: options.choose(is_surface=is_on))

    def _lay_out(self) -> None:
        switches = FlowRow(across=4, down=4)
        for box in (self._test, self._discrete, self._space):
            box.setAccessibleDescription(box.toolTip())
            switches.flow.addWidget(box)
        inside = QWidget()
        column = QVBoxLayout()
        column.setContentsMargins(10, 0, 10, 0)
        column.setSpacing(6)
        parts: tuple[QWidget, ...] = (self._bar, self._words, switches, self._told)
        for part in (*parts, self._losses, self.readings, self.replay, self._matrix):
            column.addWidget(part)
        column.addStretch(1)
        self._name.setContentsMargins(10, 0, 0, 0)
        rows = QVBoxLayout(inside)
        rows.setContentsMargins(2, 8, 2, 8)
        rows.setSpacing(2)
        rows.addWidget(self._name)
        rows.addWidget(self.picture)  # has a margin of its own
        rows.addLayout(column, 1)
        scroll = QScrollArea()
        scroll.setWidgetResizable(True)
        scroll.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        scroll.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        scroll.setWidget(inside)
        whole = QVBoxLayout(self)
        whole.setContentsMargins(0, 0, 0, 0)
        whole.addWidget(scroll)

    def _connect(self) -> None:
        studio, training = self._studio, self._studio.training
        self._map_pace = Pace(self._refresh_picture, _MAP_EVERY, self, _MAP_SHARE)
        self._curve_pace = Pace(self._refresh_curve, _CURVE_EVERY, self, _CURVE_SHARE)
        self._read_pace = Pace(self._refresh_readings, _READ_EVERY, self)
        training.weights_changed.connect(self._map_pace.request)
        training.weights_changed.connect(self._read_pace.request)
        training.progressed.connect(self._curve_pace.request)
        training.weights_changed.connect(self._curve_pace.request)
        training.state_changed.connect(self._on_state_changed)
        training.warned.connect(self._on_warned)
        training.finished.connect(self._on_finished)
        studio.document.changed.connect(self._read_document)
        studio.loader.changed.connect(self._refresh)
        studio.options.changed.connect(self._on_options_changed)
        studio.theme.theme_changed.connect(self._on_theme_changed)

    def follow(self, painting: Painting) -> None:
        """Strokes on the map are this brush's."""
        self._painting = painting
        self.picture.follow(painting)
        painting.sketched.connect(self._on_sketched)
        painting.changed.connect(self._show_brush)
        self._show_brush()

    def walk(self, slow: SlowMotion) -> None:
        """In slow motion, the sample that has its turn is marked on the map."""
        self._slow = slow
        slow.changed.connect(self._show_sample)

    def _show_sample(self) -> None:
        row, data = self._slow.row, self._data
        place = None
        is_plane = data is not None and data.signature.input_shape == (2,)
        if row is not None and data is not None and is_plane and row < len(data.train):
            x, y = data.train.scaled(slice(row, row + 1))[0].tolist()
            place = (x, y)
        self.picture.map.ring(place)
        self._read_pace.request()

    def sizeHint(self) -> QSize:
        return QSize(_MOST if self.window().width() >= 1280 else _LEAST, 600)

    # ── what is shown ────────────────────────────────────────────────────────────────────────────

    def show_neuron(self, node: str, unit: int) -> None:
        """One neuron in the place of the answer; a feature under ``DATA``; "" for the answer again."""
        if (node, unit) != self._neuron:
            self._neuron = (node, unit)
            self._refresh_picture()

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self._refresh()

    def _refresh(self) -> None:
        """All of it, at once."""
        self._map_pace.now()
        self._curve_pace.now()
        self._read_pace.now()

    @property
    def _setup(self) -> Setup | None:
        """The document as a playground; asked for when needed, as the training tells of an edit first."""
        project = self._studio.document.project
        if self._known is None or self._known[0] is not project:
            try:
                self._known = project, playground.read(project)
            except ProblemError:
                self._known = project, None
        return self._known[1]

    @property
    def _data(self) -> Data | None:
        """The points of the document; while others are drawn, the last ones, so that none flicker."""
        loader, wanted = self._studio.loader, self._studio.document.project.dataset.signature
        if loader.data is not None or not loader.is_loading:
            self._last = loader.data
        return self._last if self._last is not None and self._last.signature == wanted else None

    def _refresh_picture(self) -> None:
        if not self.isVisible():
            return
        document, predictor = self._studio.document, self._studio.training.predictor
        setup, (node, unit) = self._setup, self._neuron
        if predictor is None or not playground.has_plane(document.project):
            problems = errors(document.report.problems)
            self.picture.show_sentence(str(problems[0]) if problems else "")
        elif predictor.project.network == document.network:
            columns = () if setup is None else (*setup.hidden, setup.output)
            if setup is None or node not in ("", DATA, *(column.id for column in columns)):
                node = ""
            self.picture.show_network(predictor, setup, self._data, node, unit)
            self._show_name(setup, node, unit)
            self._show_bar(predictor, node)
        self._show_words()

    def _show_name(self, setup: Setup | None, node: str, unit: int) -> None:
        project = self._studio.document.project
        if setup is None or node == "":
            words = self.tr("Output")
        elif node == DATA:
            words = self.tr("Feature {}").format(feature_names(project, [FEATURES[unit]])[0])
        elif node == setup.output.id and setup.output.units == 1:
            words = self.tr("Output")
        else:
            words = self.tr("Neuron {}").format(neuron_name(setup, Spot(node, unit)))
        if self._studio.replay.is_replaying:
            words = self.tr("{} – as it was").format(words)
        self._name.setText(words)

    def _show_bar(self, predictor: Predictor, node: str) -> None:
        signature, fit = predictor.signature, self.picture.fit
        self._bar.setVisible(fit is None)
        if node or not signature.numbers:
            if len(signature.classes) > 2 and not node:
                self._bar.show_classes(signature.classes)
            else:
                most = f"{self.picture.scale:.3g}"
                self._bar.show_scale((f"−{most}", "0", most))
            return
        unit = signature.predicted[0] if signature.predicted else Quantity("", low=-1, high=1)
        self._bar.show_scale(tuple(answers.in_unit(unit, value) for value in (-1, 0, 1)))

    def _show_words(self) -> None:
        fit = self.picture.fit
        words = self.picture.words
        if not words and fit is not None and np.isfinite(fit.largest):
            words = self.tr("max |residual| {}   RMS {}").format(f"{fit.largest:.3g}", f"{fit.rms:.3g}")
        hint = self.tr("Point at the picture to read it")
        if self._studio.options.is_surface and fit is None:
            hint = self.tr("Drag to turn it, roll the wheel to zoom")
        self._words.setText(words or (" " if TEXT in self._studio.options.hidden else hint))

    def _refresh_curve(self) -> None:
        if self.isVisible():
            self._losses.refresh()

    def _refresh_readings(self) -> None:
        if not self.isVisible():
            return
        training = self._studio.training
        predictor = training.predictor
        if predictor is not None and predictor.project.network != self._studio.document.network:
            return
        if not playground.has_plane(self._studio.document.project):
            predictor = None  # its test samples may be large and many
        self.readings.refresh(predictor, self._data)
        classes = predictor.signature.classes if predictor is not None else ()
        self._matrix.show_counts(self.readings.counts, classes)

    # ── events ───────────────────────────────────────────────────────────────────────────────────

    def _read_document(self) -> None:
        is_line = self._studio.document.project.dataset.signature.input_shape == (1,)
        self._discrete.setEnabled(not is_line)
        self._space.setEnabled(not is_line)
        self._tell("")
        self._on_options_changed()

    def _on_options_changed(self) -> None:
        options = self._studio.options
        for box, is_on in (
            (self._test, options.has_test),
            (self._discrete, options.is_discrete),
            (self._space, options.is_surface),
        ):
            box.blockSignals(True)
            box.setChecked(is_on)
            box.blockSignals(False)
        self._test.setHidden("showTestData" in options.hidden)
        self._discrete.setHidden("discretize" in options.hidden)
        self._refresh_picture()

    def _on_theme_changed(self, theme: Theme) -> None:
        for part in (self.picture, self._bar, self._losses, self._matrix):
            part.set_theme(theme)
        self._refresh()

    def _on_sketched(self, _points: object) -> None:
        self.picture.show_stroke()

    def _show_brush(self) -> None:
        painting = self._painting
        self.picture.map.set_brush(painting.radius if painting is not None and painting.is_on else 0.0)

    def _on_warned(self, sentence: str) -> None:
        self._warning = sentence

    def _on_state_changed(self) -> None:
        if self._studio.training.state == "running":
            self._warning = ""
            self._tell("")
            return
        if not self._studio.training.position.step:
            self._tell("")
        self._refresh()

    def _on_finished(self) -> None:
        """A run that had to end says why; its last good weights are the ones that are shown."""
        outcome = self._studio.training.outcome
        if outcome is not None and not outcome.is_complete and self._warning:
            self._tell(self._warning)
        self._refresh()

    def _tell(self, sentence: str) -> None:
        self._told.show_text(sentence)
