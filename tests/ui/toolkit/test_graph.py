"""The network view: what lies under the pointer, how it is walked and scrolled, and how it is painted."""

from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest
from PySide6.QtCore import QCoreApplication, QEvent, QPoint, QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QFontMetricsF, QImage, QMouseEvent, QWheelEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QScrollBar
from pytestqt.qtbot import QtBot

from neuralstudio.ui.figures.graph import GraphWidget
from neuralstudio.ui.figures.graph_layout import LARGEST_RADIUS, Layout, fitting_zoom, lay_out, sizes
from neuralstudio.ui.figures.graph_overlay import Stage
from neuralstudio.ui.theme import named_theme
from neuralstudio.views._base import Edges, Graph, Layer, LayerKind
from neuralstudio.views.network.focus import Focus, Input

THEME = named_theme("dark")
AREA = QRectF(0, 0, 600, 400)
LINE = 15.0


@pytest.fixture
def widget(qtbot: QtBot, graph: Graph) -> GraphWidget:
    return _shown(qtbot, graph)


def _shown(qtbot: QtBot, graph: Graph, width: int = 600) -> GraphWidget:
    widget = GraphWidget(THEME)
    qtbot.addWidget(widget)
    widget.resize(width, 400)
    widget.show_figure(graph)
    widget.to_image()
    return widget


def _one_edge(weight: float) -> Graph:
    layers = (Layer("A", 1, np.array([0])), Layer("B", 1, np.array([0]), depth=1))
    edges = Edges(0, 1, np.array([0]), np.array([0]), np.array([weight]), 1)
    return Graph("", layers, (edges,))


def _tall(total: int = 1000, first: int = 0, kind: LayerKind = "circles") -> Graph:
    count = sizes((Layer("Dense", total, np.arange(0), kind=kind),), AREA, LINE)[0].room
    shown = np.arange(first, min(total, first + count))
    layer = Layer("Dense", total, shown, kind=kind, first=first)
    return Graph("", (layer, Layer("B", 1, np.array([0]), depth=1)), ())


def _deep(count: int) -> Graph:
    return Graph("", tuple(Layer(f"L{place}", 2, np.arange(2), depth=place) for place in range(count)), ())


def _layout(widget: GraphWidget) -> Layout:
    assert widget.figure is not None
    return lay_out(widget.figure, widget.edge_area(), QFontMetricsF(widget.font()).height())


def _move(widget: GraphWidget, where: QPointF) -> None:
    button = Qt.MouseButton.NoButton
    event = QMouseEvent(QEvent.Type.MouseMove, where, where, button, button, Qt.KeyboardModifier.NoModifier)
    QCoreApplication.sendEvent(widget, event)


def _wheel(widget: GraphWidget, where: QPointF, turns: int, keys: Qt.KeyboardModifier) -> None:
    event = QWheelEvent(
        where,
        where,
        QPoint(),
        QPoint(0, 120 * turns),
        Qt.MouseButton.NoButton,
        keys,
        Qt.ScrollPhase.NoScrollPhase,
        False,
    )
    QCoreApplication.sendEvent(widget, event)


def _gaps(image: QImage, y: int) -> int:
    """How often the ground shows through along one row of pixels between the two neurons."""
    ground = QColor(THEME.window)
    columns = range(image.width() // 3, 2 * image.width() // 3)
    return sum(image.pixelColor(x, y) == ground for x in columns)


def test_negative_weight_is_dashed_and_positive_is_not(qtbot: QtBot) -> None:
    found = {}
    for weight in (0.9, -0.9):
        widget = _shown(qtbot, _one_edge(weight), 500)
        y = round(_layout(widget).lines[0][0, 0, 1])
        found[weight] = _gaps(widget.to_image(), y)
    assert found[0.9] == 0
    assert found[-0.9] > 10


def test_columns_run_left_to_right_with_neurons_centred(graph: Graph) -> None:
    layout = lay_out(graph, AREA, LINE)
    first, second = (place.centres for place in layout.places)
    assert len(first) == 3
    assert first[0, 0] < second[0, 0]
    assert second[:, 1].mean() == pytest.approx(first[:, 1].mean())
    assert (np.diff(first[:, 1]) > 2 * layout.radius).all()


def test_columns_of_the_same_depth_lie_above_one_another() -> None:
    lanes = [Layer(name, 3, np.arange(3), depth=1, lane=lane, lanes=2) for lane, name in enumerate("AB")]
    layout = lay_out(Graph("", (Layer("In", 1, np.array([0])), *lanes), ()), AREA, LINE)
    upper, lower = layout.places[1:]
    assert upper.body.center().x() == lower.body.center().x()
    assert upper.lane.bottom() <= lower.lane.top()
    assert upper.body.bottom() < lower.body.top()


def test_neuron_and_edge_are_found_under_the_pointer(graph: Graph) -> None:
    layout = lay_out(graph, AREA, LINE)
    assert layout.neuron_at(QPointF(*layout.places[1].centres[1])) == (1, 1)
    for index in range(6):
        begin, near = layout.lines[0][index, :2]
        found = layout.edge_at(QPointF(*(0.9 * begin + 0.1 * near)))
        assert found is not None
        assert np.hypot(*(layout.lines[0][found[1], 0] - layout.lines[0][index, 0])) < 1e-6
    assert layout.neuron_at(QPointF(300, 1)) is None
    assert layout.edge_at(QPointF(300, 1)) is None


def test_every_pixel_of_a_picture_is_a_neuron() -> None:
    layer = Layer("Input", 12, np.arange(12), kind="pixels", tiles=np.zeros((1, 3, 4)))
    place = lay_out(Graph("", (layer,), ()), AREA, LINE).places[0]
    assert place.body.width() / place.body.height() == pytest.approx(4 / 3)
    for index in range(12):
        assert place.neuron_at(QPointF(*place.centres[index])) == index
    assert place.neuron_at(place.body.topLeft() - QPointF(2, 2)) is None


def test_text_names_a_weight_with_its_value(widget: GraphWidget) -> None:
    begin, near = _layout(widget).lines[0][0, :2]
    assert widget.text_at(QPointF(*(0.8 * begin + 0.2 * near))) == "Inputs · 391 → Dense · yes: weight 0.9"
    assert widget.text_at(QPointF(*_layout(widget).places[0].centres[1])) == ""
    assert widget.text_at(QPointF(1, 1)) == ""


def test_pointer_on_a_neuron_tells_which_it_is(qtbot: QtBot, widget: GraphWidget) -> None:
    where = QPointF(*_layout(widget).places[0].centres[1])
    with qtbot.waitSignal(widget.place_changed):
        _move(widget, where)
    assert widget.place == (0, 391)
    with qtbot.waitSignal(widget.place_changed):
        _move(widget, QPointF(1, 1))
    assert widget.place is None


def test_a_focus_dims_the_others_and_shows_its_card(widget: GraphWidget, graph: Graph) -> None:
    before = widget.to_image()
    _move(widget, QPointF(*_layout(widget).places[1].centres[0]))
    edges = graph.edges[0]
    own = replace(edges, starts=np.arange(3), ends=np.zeros(3, np.int64), weights=edges.weights[::2])
    inputs = (Input("Inputs · 391", 0.9, 0.0),)
    widget.show_focus(Focus(1, 0, "Dense · yes", -0.5, 0.25, 0.1, inputs, 784, False, False, False, (own,)))
    after = widget.to_image()
    other = _layout(widget).places[1].centres[1]
    dimmed, bright = (image.pixelColor(round(other[0]), round(other[1])) for image in (after, before))
    ground = QColor(THEME.window)
    assert abs(dimmed.blue() - ground.blue()) < abs(bright.blue() - ground.blue())
    assert QColor(THEME.panel) in [
        after.pixelColor(x, y) for x in range(0, 600, 5) for y in range(0, 400, 5)
    ], "the ground of a card"


def test_a_click_pins_and_another_lets_go(qtbot: QtBot, widget: GraphWidget) -> None:
    where = QPointF(*_layout(widget).places[1].centres[1]).toPoint()
    QTest.mouseClick(widget, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier, where)
    assert widget.is_pinned
    _move(widget, QPointF(1, 1))
    assert widget.place == (1, 1)
    QTest.mouseClick(widget, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier, where)
    assert not widget.is_pinned


def test_keys_walk_over_neurons_pin_them_and_let_go(qtbot: QtBot, widget: GraphWidget) -> None:
    keys = Qt.Key
    walked = []
    for key in (keys.Key_Down, keys.Key_Down, keys.Key_Right, keys.Key_Up, keys.Key_Left, keys.Key_Return):
        QTest.keyClick(widget, key)
        walked.append(widget.place)
    assert walked == [(0, 390), (0, 391), (1, 0), (1, 0), (0, 390), (0, 390)]
    assert widget.is_pinned
    QTest.keyClick(widget, keys.Key_Escape)
    assert widget.place is None
    assert not widget.is_pinned


def test_a_neuron_walked_to_is_spoken(qtbot: QtBot, widget: GraphWidget) -> None:
    widget.show()
    qtbot.waitExposed(widget)
    widget.setFocus()
    qtbot.waitUntil(widget.hasFocus)
    QTest.keyClick(widget, Qt.Key.Key_Down)
    inputs = (Input("A · 1", -0.9),)
    widget.show_focus(Focus(0, 390, "Inputs · 391", 0.5, None, None, inputs, 1, False, False, False))
    assert widget.accessibleDescription() == "Inputs · 391: activation 0.5; inputs: A · 1 −0.9"


@pytest.mark.parametrize("kind", ["circles", "maps", "weights", "strips", "plane"])
def test_the_wheel_reaches_every_neuron_of_a_column(qtbot: QtBot, kind: LayerKind) -> None:
    widget = _shown(qtbot, _tall(60, kind=kind))
    seen: set[int] = set()

    def shown_again() -> None:
        assert widget.figure is not None
        window = widget.windows(widget.figure.layers)[0]
        layer = widget.figure.layers[0]
        shown = np.arange(window.first, min(layer.total, window.first + window.count))
        seen.update(shown.tolist())
        first = replace(layer, shown=shown, first=window.first)
        widget.show_figure(Graph("", (first, widget.figure.layers[1]), ()))
        widget.to_image()

    widget.windows_changed.connect(shown_again)
    shown_again()
    for _ in range(60):
        _wheel(widget, _layout(widget).places[0].body.center(), -1, Qt.KeyboardModifier.NoModifier)
    assert seen == set(range(60))


def test_keys_scroll_a_column_to_the_neuron_they_reach(qtbot: QtBot) -> None:
    widget = _shown(qtbot, _tall(1000))
    QTest.keyClick(widget, Qt.Key.Key_Down)
    with qtbot.waitSignal(widget.windows_changed):
        QTest.keyClick(widget, Qt.Key.Key_End)
    assert widget.place == (0, 999)
    assert widget.figure is not None
    window = widget.windows(widget.figure.layers)[0]
    assert window.first + window.count == 1000
    QTest.keyClick(widget, Qt.Key.Key_PageUp)
    assert widget.place is not None
    assert widget.place[1] < 999


def test_a_column_is_dragged_by_its_neurons(qtbot: QtBot) -> None:
    widget = _shown(qtbot, _tall(1000))
    middle = _layout(widget).places[0].body.center().toPoint()
    QTest.mousePress(widget, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier, middle)
    where = QPointF(middle - QPoint(0, 100))
    left = Qt.MouseButton.LeftButton
    event = QMouseEvent(QEvent.Type.MouseMove, where, where, left, left, Qt.KeyboardModifier.NoModifier)
    with qtbot.waitSignal(widget.windows_changed):
        QCoreApplication.sendEvent(widget, event)
    QTest.mouseRelease(widget, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier, where.toPoint())
    assert widget.figure is not None
    assert widget.windows(widget.figure.layers)[0].first == 4
    assert not widget.is_pinned


def test_columns_that_do_not_fit_are_scrolled_sideways_or_shrunk(qtbot: QtBot) -> None:
    widget = _shown(qtbot, _deep(16))
    bar = widget.findChild(QScrollBar)
    assert bar is not None
    assert bar.isVisibleTo(widget)
    before = widget.to_image()
    _wheel(widget, QPointF(300, 30), -4, Qt.KeyboardModifier.ShiftModifier)
    assert bar.value() > 0
    assert widget.to_image() != before
    widget.fit()
    widget.to_image()
    assert not bar.isVisibleTo(widget)
    widget.fit()
    widget.to_image()
    assert bar.isVisibleTo(widget), "fitting twice is the natural size again"


def test_fitting_shrinks_no_more_than_it_must() -> None:
    assert fitting_zoom(_deep(3).layers, AREA, LINE) == 1.0
    zoom = fitting_zoom(_deep(12).layers, AREA, LINE)
    assert 0.3 < zoom < 1
    assert lay_out(_deep(12), AREA, LINE, zoom).width <= AREA.width() + 0.5
    assert lay_out(_deep(12), AREA, LINE, zoom + 0.1).width > AREA.width()


def test_new_weights_are_painted_at_most_ten_times_a_second(qtbot: QtBot, widget: GraphWidget) -> None:
    widget.show_figure(_one_edge(0.9))
    before = widget.to_image()
    widget.show_figure(_one_edge(-0.9))
    assert widget.grab().toImage().convertToFormat(before.format()) == before
    qtbot.waitUntil(lambda: widget.grab().toImage().convertToFormat(before.format()) != before, timeout=2000)


@pytest.mark.parametrize("kind", ["circles", "maps", "weights", "strips", "plane"])
@pytest.mark.parametrize("total", [1, 2, 20, 1000])
def test_neurons_never_overlap_and_stay_inside(kind: LayerKind, total: int) -> None:
    place = lay_out(_tall(total, kind=kind), AREA, LINE).places[0]
    cells = [place.cell_at(position) for position in range(len(place.centres))]
    for one, other in pairwise(cells):
        assert not one.intersects(other)
    assert all(AREA.contains(cell) for cell in cells)
    assert len(cells) == min(total, len(cells))


def test_a_small_column_has_larger_neurons() -> None:
    few, many = (lay_out(_tall(total, kind="plane"), AREA, LINE).places[0] for total in (3, 200))
    assert few.cell[0] > 1.5 * many.cell[0]
    assert lay_out(_tall(2), AREA, LINE).radius == LARGEST_RADIUS


# A signal on its way


def test_a_signal_lights_one_column_after_the_other_and_the_error_comes_back() -> None:
    layers = _deep(4).layers
    lit = [[Stage(phase, 3).lit.is_on(layer) for layer in layers] for phase in (0.0, 0.9, 2.0, 3.0)]
    assert lit == [[True] + 3 * [False], [True] + 3 * [False], 3 * [True] + [False], 4 * [True]]
    back = [[Stage(phase, 3).lit.is_back(layer) for layer in layers] for phase in (3.9, 4.0, 5.5, 7.0)]
    assert back == [4 * [False], 3 * [False] + [True], 2 * [False] + 2 * [True], 4 * [True]]


def test_a_signal_is_on_the_edges_between_two_columns_forwards_and_then_backwards() -> None:
    forwards = [Stage(phase, 2).on_edges(2) for phase in (0.5, 1.0, 1.25, 1.75, 2.5)]
    assert forwards == [None, None, 0.25, 0.75, None]
    backwards = [Stage(phase, 2).on_edges(2) for phase in (3.25, 3.75, 4.5)]
    assert backwards == [0.75, 0.25, None]


def test_errors_take_the_place_of_activations_when_they_come_back(qtbot: QtBot) -> None:
    said, errors = np.array([1.0]), np.array([-1.0])
    first, second = _one_edge(0.5).layers
    layers = (replace(first, activations=said), replace(second, activations=said, errors=errors))
    widget = _shown(qtbot, Graph("", layers, ()))
    x, y = _layout(widget).places[1].centres[0].tolist()
    colours = []
    for phase in (0.5, 1.0, 2.0):
        widget.show_stage(Stage(phase, 1))
        colours.append(widget.grab().toImage().pixelColor(round(x), round(y)).name())
    expected = [QColor(name).name() for name in (THEME.raised, THEME.positive, THEME.negative)]
    assert colours == expected
    widget.show_stage(None)
    assert widget.grab().toImage().pixelColor(round(x), round(y)).name() == QColor(THEME.positive).name()
