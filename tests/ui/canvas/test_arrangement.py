"""The layout of any graph: nothing overlaps, all leads to the right, wires keep clear of cards."""

from itertools import combinations, pairwise

from hypothesis import given, settings
from hypothesis import strategies as st
from PySide6.QtCore import QPointF, QSizeF

from neuralstudio.ui.canvas.arrangement import Arrangement, Pair, arrange, middle_of
from neuralstudio.ui.canvas.layering import depths
from neuralstudio.ui.canvas.wire import path_of

Graph = tuple[dict[str, QSizeF], tuple[Pair, ...]]


@st.composite
def graphs(draw: st.DrawFn) -> Graph:
    """Cards of different sizes; each but the first reads none, one or several of those before it."""
    count = draw(st.integers(2, 14))
    names = [f"n{number}" for number in range(count)]
    wires = []
    for place in range(1, count):
        sources = draw(st.sets(st.integers(max(0, place - 5), place - 1), max_size=3))
        wires += [(names[source], names[place]) for source in sorted(sources)]
    size = st.builds(QSizeF, st.integers(60, 200), st.integers(40, 160))
    return {name: draw(size) for name in names}, tuple(wires)


def laid_out(graph: Graph) -> Arrangement:
    sizes, wires = graph
    return arrange(sizes, wires, dict.fromkeys(wires, 52.0))


@settings(max_examples=150, deadline=None)
@given(graphs())
def test_cards_do_not_overlap_and_lie_right_of_what_they_read(graph: Graph) -> None:
    places = laid_out(graph).cards
    assert places.keys() == graph[0].keys()
    for one, other in combinations(places.values(), 2):
        assert not one.intersects(other)
    for source, target in graph[1]:
        assert places[target].left() - places[source].right() >= 40


@settings(max_examples=150, deadline=None)
@given(graphs())
def test_wires_run_around_cards_and_enter_at_heights_of_their_own(graph: Graph) -> None:
    layout = laid_out(graph)
    for pair, route in layout.routes.items():
        path = path_of(route)
        points = [path.pointAtPercent(share / 40) for share in range(41)]
        for name, place in layout.cards.items():
            inner = place.adjusted(1, 1, -1, -1)
            assert not any(inner.contains(point) for point in points), (pair, name)
    for name in layout.cards:
        heights = sorted(point.y() for point in layout.input_ports(name).values())
        assert all(low + 3 < high for low, high in pairwise(heights))


@settings(max_examples=100, deadline=None)
@given(graphs())
def test_the_same_graph_is_laid_out_the_same(graph: Graph) -> None:
    assert laid_out(graph) == laid_out(graph)


@settings(max_examples=60, deadline=None)
@given(graphs())
def test_the_plus_of_each_wire_lies_on_it(graph: Graph) -> None:
    for route in laid_out(graph).routes.values():
        path, middle = path_of(route), middle_of(route)
        points = (path.pointAtPercent(share / 400) for share in range(401))
        assert min((point - middle).manhattanLength() for point in points) < 6


RESIDUAL: tuple[Pair, ...] = (
    ("data", "a"),
    ("a", "b"),
    ("b", "c"),
    ("a", "add"),
    ("c", "add"),
    ("add", "loss"),
)


def of(*wires: Pair) -> Arrangement:
    names = dict.fromkeys(name for pair in wires for name in pair)
    order = ["data", *sorted(set(names) - {"data", "loss"}), "loss"]
    return arrange(dict.fromkeys(order, QSizeF(100, 60)), wires, dict.fromkeys(wires, 52.0))


def test_the_longest_path_is_straight_and_a_skip_runs_beside_it() -> None:
    layout = of(("data", "a"), ("a", "b"), ("b", "c"), ("a", "d"), ("c", "d"), ("d", "loss"))
    assert {place.center().y() for place in layout.cards.values()} == {0.0}
    lane = [point.y() for point in layout.routes["a", "d"]][1:-1]
    assert all(y < -30 for y in lane)
    assert layout.input_ports("d")["c"].y() == 0
    assert layout.input_ports("d")["a"].y() < 0


def test_skips_within_skips_take_turns_above_and_below_the_shorter_nearer_to_the_cards() -> None:
    names = "abcdefgh"
    skips: tuple[Pair, ...] = (("a", "h"), ("b", "g"), ("c", "f"))
    layout = of(("data", "a"), *pairwise(names), ("h", "loss"), *skips)
    longest, middle, shortest = (layout.routes[pair][2].y() for pair in skips)
    assert longest < shortest < -30 < 30 < middle


def test_skips_that_would_cross_lie_on_both_sides() -> None:
    layout = of(
        ("data", "a"), ("a", "b"), ("b", "c"), ("c", "d"), ("d", "loss"), ("a", "c"), ("b", "d"),
    )  # fmt: skip
    one = sum(point.y() for point in layout.routes["a", "c"][1:-1])
    other = sum(point.y() for point in layout.routes["b", "d"][1:-1])
    assert one * other < 0


def test_a_layer_more_moves_only_what_comes_after_it() -> None:
    before = of(*RESIDUAL)
    after = of(*RESIDUAL[:-1], ("add", "dense"), ("dense", "loss"))
    moved = {name for name, place in before.cards.items() if after.cards[name] != place}
    assert moved == {"loss"}


def test_a_card_without_wires_lies_below_where_it_was_let_go() -> None:
    sizes = dict.fromkeys(["data", "a", "free", "other", "loss"], QSizeF(100, 60))
    wires: tuple[Pair, ...] = (("data", "a"), ("a", "loss"))
    layout = arrange(sizes, wires, dict.fromkeys(wires, 52.0), {"free": 400.0, "other": 420.0})
    assert layout.cards["free"].center().x() == 400
    assert layout.cards["free"].top() > layout.cards["a"].bottom() + 20
    assert not layout.cards["free"].intersects(layout.cards["other"])


def test_two_groups_that_read_one_another_are_laid_out_too() -> None:
    wires: tuple[Pair, ...] = (("data", "a"), ("a", "b"), ("b", "a"), ("b", "loss"))
    sizes = dict.fromkeys(["data", "b", "a", "loss"], QSizeF(100, 60))
    layout = arrange(sizes, wires, dict.fromkeys(wires, 52.0))
    assert layout.routes.keys() == set(wires)


def test_depth_is_midway_where_there_is_room_to_choose() -> None:
    wires = (("a", "b"), ("b", "c"), ("c", "d"), ("d", "e"), ("a", "x"), ("x", "e"))
    assert depths(["a", "b", "c", "d", "x", "e"], wires) == {"a": 0, "b": 1, "c": 2, "d": 3, "x": 2, "e": 4}


def test_the_middle_of_a_bent_wire_lies_on_it() -> None:
    route = (QPointF(0, 0), QPointF(100, 60))
    assert (path_of(route).pointAtPercent(0.5) - middle_of(route)).manhattanLength() < 1
