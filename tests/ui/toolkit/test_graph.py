"""The network view: what lies under the pointer, how often it is painted, how signs differ but in colour."""

import numpy as np
import pytest
from PySide6.QtCore import QCoreApplication, QEvent, QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QImage, QMouseEvent
from pytestqt.qtbot import QtBot

from neuralstudio.ui.figures.graph import GraphWidget
from neuralstudio.ui.figures.graph_layout import lay_out
from neuralstudio.ui.theme import named_theme
from neuralstudio.views._base import Edges, Graph, Layer

THEME = named_theme("dark")
AREA = QRectF(0, 0, 600, 400)


@pytest.fixture
def widget(qtbot: QtBot, graph: Graph) -> GraphWidget:
    widget = GraphWidget(THEME)
    qtbot.addWidget(widget)
    widget.resize(600, 400)
    widget.show_figure(graph)
    widget.to_image()
    return widget


def _one_edge(weight: float) -> Graph:
    layers = (Layer("A", 1, np.array([0])), Layer("B", 1, np.array([0])))
    edges = Edges(0, 1, np.array([0]), np.array([0]), np.array([weight]), 1)
    return Graph("", layers, (edges,), 1.0)


def _gaps(image: QImage, y: int) -> int:
    """How often the ground shows through along one row of pixels between the two neurons."""
    ground = QColor(THEME.window)
    columns = range(image.width() // 3, 2 * image.width() // 3)
    return sum(image.pixelColor(x, y) == ground for x in columns)


def test_negative_weight_is_dashed_and_positive_is_not(qtbot: QtBot) -> None:
    widget = GraphWidget(THEME)
    qtbot.addWidget(widget)
    widget.resize(500, 300)
    found = {}
    for weight in (0.9, -0.9):
        widget.show_figure(_one_edge(weight))
        image = widget.to_image()
        y = round(lay_out(_one_edge(weight), widget.edge_area()).lines[0][0, 0, 1])
        found[weight] = _gaps(image, y)
    assert found[0.9] == 0
    assert found[-0.9] > 10


def test_columns_run_left_to_right_with_neurons_centred(graph: Graph) -> None:
    layout = lay_out(graph, AREA)
    first, second = layout.columns
    assert len(first) == 3
    assert first[0, 0] < second[0, 0]
    assert second[:, 1].mean() == pytest.approx(AREA.center().y())
    assert (np.diff(first[:, 1]) > 2 * layout.radius).all()


def test_neuron_and_edge_are_found_under_the_pointer(graph: Graph) -> None:
    layout = lay_out(graph, AREA)
    assert layout.neuron_at(QPointF(*layout.columns[1][1])) == (1, 1)
    for index in range(6):
        middle = layout.lines[0][index, :2].mean(axis=0)
        found = layout.edge_at(QPointF(*middle))
        assert found is not None
        assert np.hypot(*(layout.lines[0][found[1], 0] - layout.lines[0][index, 0])) < 1e-6
    assert layout.neuron_at(QPointF(300, 1)) is None
    assert layout.edge_at(QPointF(300, 1)) is None


def test_text_names_neuron_with_activation_and_weight_with_value(widget: GraphWidget, graph: Graph) -> None:
    layout = lay_out(graph, widget.edge_area())
    assert widget.text_at(QPointF(*layout.columns[0][1])) == "Inputs 391: activation 0.5"
    begin = layout.lines[0][0]
    assert widget.text_at(QPointF(*begin[len(begin) // 4])) == "Inputs 0 → Dense yes: weight 0.9"
    assert widget.text_at(QPointF(1, 1)) == ""


def test_pointer_on_a_neuron_highlights_it(widget: GraphWidget, graph: Graph) -> None:
    before = widget.to_image()
    where = lay_out(graph, widget.edge_area()).columns[0][0]
    place, button = QPointF(*where), Qt.MouseButton.NoButton
    event = QMouseEvent(QEvent.Type.MouseMove, place, place, button, button, Qt.KeyboardModifier.NoModifier)
    QCoreApplication.sendEvent(widget, event)
    assert widget.to_image() != before


def test_new_weights_are_painted_at_most_ten_times_a_second(qtbot: QtBot, widget: GraphWidget) -> None:
    widget.show_figure(_one_edge(0.9))
    before = widget.to_image()
    widget.show_figure(_one_edge(-0.9))
    assert widget.grab().toImage().convertToFormat(before.format()) == before
    qtbot.waitUntil(lambda: widget.grab().toImage().convertToFormat(before.format()) != before, timeout=2000)


@pytest.mark.parametrize("count", [1, 20, 45])
def test_neurons_never_overlap(count: int) -> None:
    layer = Layer("Dense", 1000, np.arange(count))
    layout = lay_out(Graph("", (layer, layer), (), 1.0), AREA)
    gaps = np.diff(layout.columns[0][:, 1])
    assert (gaps >= 2 * layout.radius).all()
    assert AREA.contains(QPointF(*layout.columns[0][-1]))
