"""Where the cards lie and how the wires run between them, so that nobody has to tidy."""

import itertools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from heapq import heappop, heappush

from PySide6.QtCore import QPointF, QRectF, QSizeF

from neuralstudio.ui.canvas.layering import Cell, Layering, Pair, depths, layered, sides

ROW_GAP = 22.0
LANE = 22.0
_LOOSE_GAP = 56.0
_PORT_STEP = 15.0
_PORT_MARGIN = 10.0
Route = tuple[QPointF, ...]
"""Way points of a wire from left to right: level between some, bent between those of different height."""


@dataclass(frozen=True)
class Arrangement:
    """The resting place of every card, whatever an animation shows at the moment. Units: scene pixels."""

    cards: dict[str, QRectF] = field(default_factory=dict)
    routes: dict[Pair, Route] = field(default_factory=dict)

    @cached_property
    def bounds(self) -> QRectF:
        """The rectangle around all cards and wires."""
        bounds = QRectF()
        for rect in self.cards.values():
            bounds |= rect
        for route in self.routes.values():
            ys = [point.y() for point in route]
            bounds |= QRectF(QPointF(route[0].x(), min(ys) - LANE), QPointF(route[-1].x(), max(ys) + 2))
        return bounds

    def card_at(self, point: QPointF) -> str | None:
        """The card under a point."""
        return next((name for name, rect in self.cards.items() if rect.contains(point)), None)

    def wire_centre(self, source: str, target: str) -> QPointF:
        """The place of a wire's + button."""
        return middle_of(self.routes[source, target])

    def output_port(self, name: str) -> QPointF:
        """Where all wires leave a card."""
        return right_middle(self.cards[name])

    def input_ports(self, name: str) -> dict[str, QPointF]:
        """Where wires enter a card, by the card they come from."""
        return {source: route[-1] for (source, target), route in self.routes.items() if target == name}

    def free_port(self, name: str) -> QPointF:
        """Where one more wire would enter: below the others, or in the middle if there are none."""
        rect = self.cards[name]
        used = [point.y() for point in self.input_ports(name).values()]
        if not used:
            return left_middle(rect)
        return QPointF(rect.left(), min(max(used) + _PORT_STEP, rect.bottom() - _PORT_MARGIN))


def right_middle(rect: QRectF) -> QPointF:
    """Where wires leave a card."""
    return QPointF(rect.right(), rect.center().y())


def left_middle(rect: QRectF) -> QPointF:
    """Where a single wire enters a card."""
    return QPointF(rect.left(), rect.center().y())


def middle_of(route: Sequence[QPointF]) -> QPointF:
    """The point of a route that is halfway from left to right."""
    half = (route[0].x() + route[-1].x()) / 2
    for start, end in itertools.pairwise(route):
        if end.x() >= half or len(route) == 2:
            return QPointF(half, start.y()) if start.y() == end.y() else (start + end) / 2
    return route[-1]


def arrange(
    sizes: Mapping[str, QSizeF],
    wires: Sequence[Pair],
    gaps: Mapping[Pair, float],
    wishes: Mapping[str, float] | None = None,
) -> Arrangement:
    """Places for all cards: the network from left to right, and cards not wired to it in rows below.

    ``sizes`` is in reading order; ``gaps`` is the least length of each wire; ``wishes`` is where in x some of
    the cards that hang on nothing should be centred.
    """
    cards: dict[str, QRectF] = {}
    routes: dict[Pair, Route] = {}
    loose: list[Arrangement] = []
    order, onwards = _onwards(tuple(sizes), wires)
    for names in _parts(order, onwards):
        inside = set(names)
        part = _connected(names, sizes, [pair for pair in onwards if pair[0] in inside], gaps)
        if cards:
            loose.append(part)
        else:
            cards, routes = dict(part.cards), dict(part.routes)
    below = Arrangement(cards, routes).bounds
    floor = below.bottom() + _LOOSE_GAP
    taken: list[QRectF] = []
    for part in loose:
        bounds = part.bounds
        wish = next((wishes[name] for name in part.cards if wishes and name in wishes), below.center().x())
        left = max(below.left(), wish - bounds.width() / 2)
        place = QRectF(left, floor, bounds.width(), bounds.height())
        while blocking := [other for other in taken if other.intersects(place)]:
            place.moveTop(max(other.bottom() for other in blocking))
        taken.append(place.adjusted(-ROW_GAP, 0, ROW_GAP, ROW_GAP))
        shift = place.topLeft() - bounds.topLeft()
        cards |= {name: rect.translated(shift) for name, rect in part.cards.items()}
        routes |= {pair: tuple(point + shift for point in route) for pair, route in part.routes.items()}
    for source, target in set(wires) - routes.keys():
        routes[source, target] = right_middle(cards[source]), left_middle(cards[target])
    return Arrangement({name: cards[name] for name in sizes}, {pair: routes[pair] for pair in wires})


def _onwards(order: Sequence[str], wires: Sequence[Pair]) -> tuple[tuple[str, ...], list[Pair]]:
    """The cards, each after what it reads, and the wires that lead on.

    The cards of two groups may read one another; then some wire leads back and is left out.
    """
    place = {name: number for number, name in enumerate(order)}
    missing = dict.fromkeys(order, 0)
    readers: dict[str, list[str]] = {name: [] for name in order}
    for source, target in wires:
        missing[target] += 1
        readers[source].append(target)
    ready = [place[name] for name in order if not missing[name]]
    found: dict[str, int] = {}
    while len(found) < len(order):
        if not ready:
            ready = [next(number for number, name in enumerate(order) if name not in found)]
        name = order[heappop(ready)]
        found[name] = len(found)
        for reader in readers[name]:
            missing[reader] -= 1
            if not missing[reader] and reader not in found:
                heappush(ready, place[reader])
    return tuple(found), [pair for pair in wires if found[pair[0]] < found[pair[1]]]


def _parts(order: Sequence[str], wires: Sequence[Pair]) -> list[tuple[str, ...]]:
    """The cards in parts that hang together, each in reading order, the part of the first card first."""
    tied: dict[str, list[str]] = {name: [] for name in order}
    for source, target in wires:
        tied[source].append(target)
        tied[target].append(source)
    part: dict[str, int] = {}
    for number, name in enumerate(order):
        waiting = [] if name in part else [name]
        while waiting:
            each = waiting.pop()
            if each not in part:
                part[each] = number
                waiting += tied[each]
    members: dict[int, list[str]] = {}
    for name in order:
        members.setdefault(part[name], []).append(name)
    return [tuple(names) for names in members.values()]


def _connected(
    order: Sequence[str], sizes: Mapping[str, QSizeF], wires: Sequence[Pair], gaps: Mapping[Pair, float]
) -> Arrangement:
    plan = layered(order, wires)
    heights = {cell: sizes[cell].height() if isinstance(cell, str) else LANE for cell in plan.columns}
    middles = sides(plan, heights, ROW_GAP)
    edges = _column_edges(plan, sizes, gaps, middles)
    cards: dict[str, QRectF] = {}
    for name in order:
        left, right = edges[plan.columns[name]]
        size = sizes[name]
        at = QPointF((left + right - size.width()) / 2, middles[name] - size.height() / 2)
        cards[name] = QRectF(at, size)
    heights_in = _entries(plan, cards, middles)
    routes = {}
    for pair, way in plan.ways.items():
        source, target = pair
        points = [right_middle(cards[source])]
        edge = edges[plan.columns[source]][1]
        if edge > points[0].x():
            points.append(QPointF(edge, points[0].y()))
        for cell in way[1:-1]:
            points += [QPointF(x, middles[cell]) for x in edges[plan.columns[cell]]]
        entry = QPointF(cards[target].left(), heights_in[pair])
        edge = edges[plan.columns[target]][0]
        if edge < entry.x():
            points.append(QPointF(edge, entry.y()))
        routes[pair] = (*points, entry)
    return Arrangement(cards, routes)


def _column_edges(
    plan: Layering, sizes: Mapping[str, QSizeF], gaps: Mapping[Pair, float], middles: Mapping[Cell, float]
) -> list[tuple[float, float]]:
    """Left and right of each column; a gap has room for the labels and for the bends of its wires."""
    count = 1 + max(plan.columns.values())
    widths, room = [0.0] * count, [0.0] * count
    for cell, column in plan.columns.items():
        if isinstance(cell, str):
            widths[column] = max(widths[column], sizes[cell].width())
    for pair, way in plan.ways.items():
        for cell, following in itertools.pairwise(way):
            bend = min(96.0, 48 + abs(middles[cell] - middles[following]) / 4)
            least = gaps[pair] if len(way) == 2 else 0.0
            column = plan.columns[following]
            bent = bend if middles[cell] != middles[following] else 0.0
            room[column] = max(room[column], least, bent)
    edges = []
    left = 0.0
    for width, gap in zip(widths, room, strict=True):
        left += gap
        edges.append((left, left + width))
        left += width
    return edges


def _entries(plan: Layering, cards: Mapping[str, QRectF], middles: Mapping[Cell, float]) -> dict[Pair, float]:
    """At what height each wire enters its card: in the order they come, a level one goes straight on."""
    coming: dict[str, list[Pair]] = {}
    for pair in plan.ways:
        coming.setdefault(pair[1], []).append(pair)
    found: dict[Pair, float] = {}
    for target, pairs in coming.items():
        centre, high = cards[target].center().y(), cards[target].height()
        pairs.sort(key=lambda pair: middles[plan.ways[pair][-2]])
        level = [place for place, pair in enumerate(pairs) if middles[plan.ways[pair][-2]] == centre]
        pivot = level[0] if level else (len(pairs) - 1) / 2
        most = max(pivot, len(pairs) - 1 - pivot, 1)
        step = min(_PORT_STEP, (high / 2 - _PORT_MARGIN) / most)
        for place, pair in enumerate(pairs):
            found[pair] = centre + (place - pivot) * step
    return found


__all__ = ["Arrangement", "Pair", "Route", "arrange", "depths", "left_middle", "middle_of", "right_middle"]
