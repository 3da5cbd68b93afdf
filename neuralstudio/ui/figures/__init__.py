"""Paints figures: one widget for each kind of figure a view can compute."""

from typing import Any

from PySide6.QtWidgets import QWidget

from neuralstudio.ui.figures._base import FigureWidget
from neuralstudio.ui.figures.bars import BarsWidget
from neuralstudio.ui.figures.curves import CurvesWidget
from neuralstudio.ui.figures.graph import GraphWidget
from neuralstudio.ui.figures.heatmap import HeatmapWidget
from neuralstudio.ui.figures.histogram import HistogramWidget
from neuralstudio.ui.figures.scatter import ScatterWidget
from neuralstudio.ui.figures.surface import SurfaceWidget
from neuralstudio.ui.figures.table import TableWidget
from neuralstudio.ui.theme import Theme
from neuralstudio.views._base import Bars, Curves, Figure, Graph, Heatmap, Histogram, Scatter, Surface, Table

__all__ = ["FigureWidget", "figure_widget"]

_WIDGETS: dict[type[Figure], type[FigureWidget[Any]]] = {
    Bars: BarsWidget,
    Curves: CurvesWidget,
    Graph: GraphWidget,
    Heatmap: HeatmapWidget,
    Histogram: HistogramWidget,
    Scatter: ScatterWidget,
    Surface: SurfaceWidget,
    Table: TableWidget,
}


def figure_widget(
    figure_type: type[Figure], theme: Theme, parent: QWidget | None = None
) -> FigureWidget[Any]:
    """A widget that shows figures of that type, empty as yet."""
    return _WIDGETS[figure_type](theme, parent)
