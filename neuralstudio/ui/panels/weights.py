"""The panel Weights: how the weights of every layer are spread, and how that changes."""

from time import perf_counter

from PySide6.QtCore import Qt
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QGridLayout, QLabel, QScrollArea, QStackedLayout, QWidget

from neuralstudio.ui.figures import FigureWidget, figure_widget
from neuralstudio.ui.pacing import Pace
from neuralstudio.ui.panels._base import Panel
from neuralstudio.ui.studio import Studio
from neuralstudio.views import weights
from neuralstudio.views._base import Histogram

_BUDGET = 3e-3
"""Seconds for one update; the histograms that do not fit into it come with the next."""
_NARROWEST = 210
_LOWEST = 110


class WeightsPanel(Panel):
    """A grid of histograms, one for each weight array, in the order of the layers."""

    tag = "weights"
    title = "Weights"
    area = "bottom"
    order = 2

    def __init__(self, studio: Studio) -> None:
        super().__init__(studio)
        self._names: tuple[str, ...] = ()
        self._widgets: list[FigureWidget[Histogram]] = []
        self._next = 0
        self._columns = 0
        self._sentence = QLabel()
        self._sentence.setObjectName("weights-empty")
        self._sentence.setProperty("role", "muted")
        self._sentence.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self._sentence.setWordWrap(True)
        self._sentence.setText(
            self.tr("The spread of every layer's weights appears here once the network has no problems.")
        )
        inside = QWidget()
        self._grid = QGridLayout(inside)
        self._grid.setContentsMargins(4, 2, 4, 2)
        self._grid.setSpacing(4)
        self._scroll = QScrollArea()
        self._scroll.setWidgetResizable(True)
        self._scroll.setWidget(inside)
        self._pages = QStackedLayout(self)
        self._pages.addWidget(self._scroll)
        self._pages.addWidget(self._sentence)
        studio.theme.theme_changed.connect(self._on_theme_changed)
        self._pace = Pace(self._refresh, 300, self)
        studio.training.weights_changed.connect(self._pace.request)
        studio.document.changed.connect(self._pace.now)

    def catch_up(self) -> None:
        self._refresh()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._arrange()

    def _refresh(self) -> None:
        if not self.is_in_view:
            return
        predictor = self.studio.training.predictor
        self._pages.setCurrentIndex(1 if predictor is None else 0)
        if predictor is None:
            return
        names = tuple(predictor.model.parameters)
        is_new = names != self._names
        if is_new:
            self._names = names
            self._make_widgets()
        end = perf_counter() + _BUDGET
        for _ in range(len(names)):
            name, widget = self._names[self._next], self._widgets[self._next]
            widget.show_figure(weights.of_weight(predictor.model, name))
            self._next = (self._next + 1) % len(names)
            if perf_counter() > end and not is_new:
                break

    def _make_widgets(self) -> None:
        for widget in self._widgets:
            self._grid.removeWidget(widget)
            widget.deleteLater()
        self._widgets = []
        for name in self._names:
            widget = figure_widget(Histogram, self.studio.theme.theme)
            widget.setObjectName(f"histogram-{name.replace('/', '-')}")
            widget.setMinimumHeight(_LOWEST)
            self._widgets.append(widget)
        self._next = self._columns = 0
        self._arrange()

    def _arrange(self) -> None:
        """As many columns as fit, at most one for each histogram."""
        columns = max(1, min(len(self._widgets), self.width() // _NARROWEST))
        if columns == self._columns or not self._widgets:
            return
        for column in range(self._grid.columnCount()):
            self._grid.setColumnStretch(column, 1 if column < columns else 0)
        for index, widget in enumerate(self._widgets):
            self._grid.addWidget(widget, index // columns, index % columns)
        for column in range(columns):
            self._grid.setColumnStretch(column, 1)
        self._columns = columns

    def _on_theme_changed(self) -> None:
        for widget in self._widgets:
            widget.set_theme(self.studio.theme.theme)
