"""Columns and rows of a graph: each card right of what it reads, the longest path straight, wires in lanes.

A *cell* is a card, or the place in a column that a longer wire passes. A *strand* is a run of cells, one a
column, that lie in a straight row: the main path, a branch, or the lane of a skip connection.
"""

import itertools
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass

Pair = tuple[str, str]
Cell = str | tuple[str, str, int]
"""A card, or (source, target, column) where the wire between these passes a column."""


@dataclass(frozen=True)
class Layering:
    """Columns of all cells, ways of the wires from card to card, and the strands, the main path first."""

    columns: dict[Cell, int]
    ways: dict[Pair, tuple[Cell, ...]]
    strands: tuple[tuple[Cell, ...], ...]


def depths(order: Sequence[str], wires: Iterable[Pair]) -> dict[str, int]:
    """The column of each card: behind all it reads, and midway where there is room to choose.

    ``order`` has every card after those it reads; only its first may lie in column 0.
    """
    sources, readers = _neighbours(order, wires)
    early: dict[str, int] = {}
    for place, name in enumerate(order):
        early[name] = 1 + max((early[source] for source in sources[name]), default=0 if place else -1)
    late: dict[str, int] = {}
    for name in reversed(order):
        late[name] = min((late[reader] - 1 for reader in readers[name]), default=early[name])
    late[order[0]] = 0
    # The mean of two valid layouts is a valid layout.
    return {name: (early[name] + late[name]) // 2 for name in order}


def layered(order: Sequence[str], wires: Sequence[Pair]) -> Layering:
    """Columns, lanes and strands of a connected graph; ``order`` as in :func:`depths`."""
    depth = depths(order, wires)
    columns: dict[Cell, int] = {name: depth[name] for name in order}
    ways: dict[Pair, tuple[Cell, ...]] = {}
    for source, target in wires:
        between = range(depth[source] + 1, depth[target])
        lane: list[Cell] = [(source, target, column) for column in between]
        columns |= dict(zip(lane, between, strict=True))
        ways[source, target] = (source, *lane, target)
    main = _main_path(order, wires, depth)
    return Layering(columns, ways, (main, *_branches(columns, ways, main)))


def sides(layering: Layering, heights: Mapping[Cell, float], gap: float) -> dict[Cell, float]:
    """The middle of each cell, downwards from the main path at 0; cells of a column keep ``gap`` apart.

    Short strands lie nearer to the main path than those that span them, so that nested branches do not
    cross; what hangs together lies on one side, the one where fewer wires cross and less is in the way.
    """
    main, *others = layering.strands
    columns = layering.columns
    reach = {
        -1: {columns[cell]: heights[cell] / 2 + gap for cell in main},
        1: {columns[cell]: heights[cell] / 2 + gap for cell in main},
    }
    middle: dict[Cell, float] = dict.fromkeys(main, 0.0)
    spans = _spans(layering)
    bunches = _bunches(layering, spans)
    taken: dict[int, list[tuple[int, int]]] = {-1: [], 1: []}
    chosen: dict[int, int] = {}
    places = sorted(range(len(others)), key=lambda place: (spans[place][1] - spans[place][0], place))
    for place in places:
        strand, bunch = others[place], bunches[place]
        if bunch not in chosen:
            members = [each for each in places if bunches[each] == bunch]
            span = min(spans[each][0] for each in members), max(spans[each][1] for each in members)
            passed = {columns[cell] for each in members for cell in others[each]}

            def cost(
                side: int, span: tuple[int, int] = span, passed: Collection[int] = passed
            ) -> tuple[int, float]:
                crossed = sum(_do_cross(span, other) for other in taken[side])
                return crossed, max(reach[side].get(column, 0.0) for column in passed)

            chosen[bunch] = min((-1, 1), key=cost)
            taken[chosen[bunch]].append(span)
        side = chosen[bunch]
        used = reach[side]
        away = max(used.get(columns[cell], gap) + heights[cell] / 2 for cell in strand)
        for cell in strand:
            middle[cell] = side * away
            used[columns[cell]] = away + heights[cell] / 2 + gap
    return middle


def _neighbours(
    order: Sequence[str], wires: Iterable[Pair]
) -> tuple[dict[str, list[str]], dict[str, list[str]]]:
    sources: dict[str, list[str]] = {name: [] for name in order}
    readers: dict[str, list[str]] = {name: [] for name in order}
    for source, target in wires:
        sources[target].append(source)
        readers[source].append(target)
    return sources, readers


def _main_path(order: Sequence[str], wires: Iterable[Pair], depth: Mapping[str, int]) -> tuple[Cell, ...]:
    """The longest path to the last card; of equal ones that of the first inputs."""
    sources, _ = _neighbours(order, wires)
    path = [max(reversed(order), key=depth.__getitem__)]
    while sources[path[-1]]:
        path.append(max(sources[path[-1]], key=depth.__getitem__))
    return tuple(reversed(path))


def _branches(
    columns: Mapping[Cell, int], ways: Mapping[Pair, Sequence[Cell]], main: Sequence[Cell]
) -> list[tuple[Cell, ...]]:
    """All cells beside the main path in runs as long as can be, from left to right; cards go before lanes."""
    after: dict[Cell, list[Cell]] = {}
    for way in ways.values():
        for cell, following in itertools.pairwise(way):
            after.setdefault(cell, []).append(following)
    placed = set(main)
    strands = []
    for first in sorted(columns, key=columns.__getitem__):
        if first in placed:
            continue
        strand = [first]
        placed.add(first)
        while True:
            free = [cell for cell in after.get(strand[-1], ()) if cell not in placed]
            if not free:
                break
            strand.append(min(free, key=lambda cell: not isinstance(cell, str)))
            placed.add(strand[-1])
        strands.append(tuple(strand))
    return strands


def _spans(layering: Layering) -> list[tuple[int, int]]:
    """From where to where each branch reaches, with the cells it is tied to at its ends."""
    columns = layering.columns
    low, high = dict(columns), dict(columns)
    for way in layering.ways.values():
        for cell, following in itertools.pairwise(way):
            high[cell] = max(high[cell], columns[following])
            low[following] = min(low[following], columns[cell])
    return [(low[strand[0]], high[strand[-1]]) for strand in layering.strands[1:]]


def _bunches(layering: Layering, spans: Sequence[object]) -> list[int]:
    """For each branch the number of the bunch of branches it hangs together with (beside the main path)."""
    home = {cell: place for place, strand in enumerate(layering.strands[1:]) for cell in strand}
    bunch = list(range(len(spans)))

    def root(place: int) -> int:
        while bunch[place] != place:
            place = bunch[place]
        return place

    for way in layering.ways.values():
        for cell, following in itertools.pairwise(way):
            if cell in home and following in home:
                one, other = sorted((root(home[cell]), root(home[following])))
                bunch[other] = one
    return [root(place) for place in range(len(bunch))]


def _do_cross(one: tuple[int, int], other: tuple[int, int]) -> bool:
    (a, b), (c, d) = sorted((one, other))
    return a < c < b < d
