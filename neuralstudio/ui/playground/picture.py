"""The large picture of the output column: the map, the surface in space, or the fit over one number."""

from dataclasses import replace

import numpy as np
from PySide6.QtCore import QPointF, QSize, Signal
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from neuralstudio.data._base import Data
from neuralstudio.project.playground.setup import Setup
from neuralstudio.session.predict import Predictor
from neuralstudio.ui.figures.surface import SurfaceWidget
from neuralstudio.ui.playground import answers
from neuralstudio.ui.playground.answers import Asked
from neuralstudio.ui.playground.fit_plot import FitPlot
from neuralstudio.ui.playground.output_map import OutputMap
from neuralstudio.ui.playground.painting import Painting
from neuralstudio.ui.studio import Studio
from neuralstudio.ui.theme import Theme
from neuralstudio.views import board, plane, surface
from neuralstudio.views._base import Scatter
from neuralstudio.views.fitting import Fit

_LESS = 14
"""Pixels by which the picture is less high than wide: the ticks take more room at the side than below."""


class Picture(QWidget):
    """As high as it is wide. Keeps what was asked last, so that the pointer can read it."""

    read = Signal()
    """The pointer is elsewhere, or what is under it has changed: ``words`` says what."""

    def __init__(self, studio: Studio) -> None:
        super().__init__()
        self._studio = studio
        policy = QSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Preferred)
        policy.setHeightForWidth(True)
        self.setSizePolicy(policy)
        theme = studio.theme.theme
        self.map = OutputMap(theme)
        self.map.setObjectName("playground-map")
        self.space = SurfaceWidget(theme)
        self.space.setObjectName("playground-surface")
        self.line = FitPlot(theme)
        self.line.setObjectName("playground-fit")
        # Without a layout: one would be asked for the height in the place of this widget.
        self._pages: tuple[QWidget, ...] = (self.map, self.space, self.line)
        for page in self._pages:
            page.setParent(self)
        self._shown: QWidget = self.map
        self._show(self.map)
        self.fit: Fit | None = None
        self.refreshes = 0
        """How often the network was asked."""
        self._asked: Asked | None = None
        self._predictor: Predictor | None = None
        self._pointer: QPointF | None = None
        self._painting: Painting | None = None
        self.map.pointed.connect(self._on_pointed)
        self.map.left.connect(self._on_left)
        self.line.pointed.connect(self.read)

    def follow(self, painting: Painting) -> None:
        """Strokes on the map are this brush's."""
        self._painting = painting
        self.map.pressed.connect(painting.press)
        self.map.dragged.connect(painting.drag)
        self.map.released.connect(painting.release)

    def set_theme(self, theme: Theme) -> None:
        """Takes on other colours; what is computed from them comes with the next refresh."""
        for page in (self.map, self.space, self.line):
            page.set_theme(theme)

    def hasHeightForWidth(self) -> bool:
        return True

    def heightForWidth(self, width: int) -> int:
        return width - _LESS

    def sizeHint(self) -> QSize:
        return QSize(280, self.heightForWidth(280))

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        for page in self._pages:
            page.setGeometry(self.rect())

    def _show(self, shown: QWidget) -> None:
        self._shown = shown
        for page in self._pages:
            page.setVisible(page is shown)

    # ── what is shown ────────────────────────────────────────────────────────────────────────────

    @property
    def scale(self) -> float:
        """What the full colour stands for."""
        return self._asked.scale if self._asked is not None else 1.0

    @property
    def words(self) -> str:
        """What is said under the pointer; "" beside the picture."""
        if self._shown is self.line:
            return self.line.read_out()
        if self._pointer is None or self._asked is None or self._predictor is None:
            return ""
        across, up, said = answers.in_words(self._asked, self._predictor, self._pointer)
        names = self._predictor.signature.features or ("X₁", "X₂")
        return f"{names[0]} {across}   {names[1]} {up}   →  {said}"

    def show_sentence(self, sentence: str) -> None:
        """Nothing but a sentence."""
        self._asked, self._predictor, self.fit = None, None, None
        nothing = replace(plane.compute(np.empty(0), None), title="", empty=sentence)
        self.map.show_figure(self._with_points(nothing))
        self._show(self.map)

    def show_network(
        self, predictor: Predictor, setup: Setup | None, data: Data | None, node: str, unit: int
    ) -> None:
        """The network with its present weights; with ``node``, one neuron instead of the answer.

        setup: None for a network that is no stack, whose neurons have no names here.
        """
        self.refreshes += 1
        options, self._predictor = self._studio.options, predictor
        if predictor.signature.input_shape == (1,):
            self._asked = None
            self.fit = answers.along(predictor, setup, data, node, unit)
            self.line.show_fit(self.fit, options.has_test)
            self._show(self.line)
            return
        self.fit = None
        theme = self._studio.theme.theme
        if options.is_surface:
            self._asked = answers.ask(predictor, setup, surface.SIDE, node, unit)
            self.space.show_figure(answers.as_surface(self._asked, predictor, theme, self.tr("answer")))
            self.space.setAccessibleName(self.tr("The network's answer as a surface"))
            self._show(self.space)
            return
        self._asked = answers.ask(predictor, setup, board.FINE, node, unit)
        has_test = options.has_test or (self._painting is not None and self._painting.is_on)
        figure = answers.as_map(self._asked, data, theme, is_discrete=options.is_discrete, has_test=has_test)
        self.map.show_figure(self._with_points(replace(figure, title="")))
        self.map.setAccessibleName(self.tr("The network's answer over the plane"))
        self._show(self.map)
        if self._pointer is not None:
            self.read.emit()

    def _with_points(self, figure: Scatter) -> Scatter:
        """The map with the points in the middle of a stroke, or those that make no data set yet."""
        painting = self._painting
        if painting is None or not painting.is_on:
            return figure
        if not painting.is_in_stroke and len(figure.points):
            return figure
        points = np.array(painting.points, dtype=np.float64).reshape(-1, 3)
        nobody = np.zeros(len(points), dtype=np.bool_)
        return replace(figure, points=points[:, :2], classes=points[:, 2].astype(np.int64), is_test=nobody)

    def show_stroke(self) -> None:
        """The points as they are in the middle of a stroke, on the map as it is."""
        if self.map.figure is not None:
            self.map.show_figure(self._with_points(self.map.figure))

    def _on_pointed(self, x: float, y: float) -> None:
        self._pointer = QPointF(x, y)
        self.read.emit()

    def _on_left(self) -> None:
        self._pointer = None
        self.read.emit()
