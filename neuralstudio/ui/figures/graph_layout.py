"""Where neurons and weights of a network graph lie on the screen, and which is under the pointer."""

from collections.abc import Sequence
from dataclasses import dataclass
from math import ceil

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QPointF, QRectF
from PySide6.QtGui import QFontMetricsF

from neuralstudio.views._base import Edges, Graph, Layer

Points = NDArray[np.float64]

LARGEST_RADIUS = 13.0
NAME_WIDTH = 104.0
_SPACINGS = (24.0, 42.0)
_CLOSEST, _SMALLEST = 12.5, 24.0
"""Circles are as close as this, and answers over the plane as small, rather than out of view."""
_HEADING, _BELOW = 3.1, 1.1
"""Lines of text above the neurons of a column and below them."""
_TILES = (38.0, 76.0)
_STRIP = (78.0, 18.0)
_GAP = 6.0
_PICTURES = (90.0, 230.0)
_ACROSS = {"maps": 4, "weights": 2, "plane": 2}
"""How many pictures may lie beside each other: more where no edges pass them one by one."""
_NEAR, _FAR = 34.0, 84.0
"""Least distance of two columns of feature maps, and of columns with edges between them, in pixels."""
_COMFORTABLE = 60.0
_REACH = 5.0
_STEPS = np.linspace(0.0, 1.0, 15)


@dataclass(frozen=True)
class Size:
    """How large the neurons of a column are: a cell with its gap, and how many lie beside each other."""

    width: float
    height: float
    across: int
    room: int
    """How many neurons have room at once."""


@dataclass(frozen=True)
class Place:
    """A column on the screen: its lane with heading, and where each shown neuron is. centres: (n, 2)."""

    lane: QRectF
    body: QRectF
    """Around all its neurons."""
    centres: Points
    cell: tuple[float, float]
    """Width and height of one neuron."""
    pitch: float = 150.0
    """How wide its heading may be: as far as to the next column."""
    grid: tuple[int, int] = (0, 0)
    """Rows and columns of pixels, where the neurons are those of one picture."""

    def cell_at(self, position: int) -> QRectF:
        """Where one neuron is; pixels are as small as they are."""
        x, y = self.centres[position].tolist()
        width, height = self.cell
        return QRectF(x - width / 2, y - height / 2, width, height)

    def neuron_at(self, where: QPointF, slack: float = 3.0) -> int | None:
        """The position in ``shown`` of the neuron under the pointer."""
        if not len(self.centres):
            return None
        gaps = np.abs(self.centres - np.array([where.x(), where.y()]))
        if self.grid[0]:
            slack = 0.0
        inside = (gaps[:, 0] <= self.cell[0] / 2 + slack) & (gaps[:, 1] <= self.cell[1] / 2 + slack)
        found = np.flatnonzero(inside)
        return int(found[np.hypot(*gaps[found].T).argmin()]) if len(found) else None


@dataclass(frozen=True)
class Layout:
    """Places in pixels. lines: for each edge group the four control points of a Bézier curve, (n, 4, 2)."""

    places: tuple[Place, ...]
    lines: tuple[Points, ...]
    width: float
    """Of everything: more than the area where columns do not fit."""
    radius: float

    def neuron_at(self, where: QPointF) -> tuple[int, int] | None:
        """(layer, position in its ``shown``) of the neuron under the pointer."""
        for layer, place in enumerate(self.places):
            position = place.neuron_at(where)
            if position is not None:
                return layer, position
        return None

    def column_at(self, where: QPointF) -> int | None:
        """The column whose lane is under the pointer."""
        return next((layer for layer, place in enumerate(self.places) if place.lane.contains(where)), None)

    def edge_at(self, where: QPointF) -> tuple[int, int] | None:
        """(group, index) of the edge nearest the pointer, if it is near at all."""
        best, found = _REACH, None
        for group, lines in enumerate(self.lines):
            if len(lines):
                distances = _distances(on_curves(lines, _STEPS), np.array([where.x(), where.y()]))
                nearest = int(distances.argmin())
                if distances[nearest] < best:
                    best, found = float(distances[nearest]), (group, nearest)
        return found


def sizes(layers: Sequence[Layer], area: QRectF, line: float, zoom: float = 1.0) -> list[Size]:
    """How large neurons are drawn and how many of each column fit; ``line`` is the height of a line of text.

    Pictures lie several beside each other where there is room.
    """
    found = [_size(layer, _height(layer, area, line), area, zoom, 1) for layer in layers]
    for across in range(2, max(_ACROSS.values()) + 1):
        wider = [
            _size(layer, _height(layer, area, line), area, zoom, across)
            if across <= _ACROSS.get(layer.kind, 1) and layer.total > size.room
            else size
            for layer, size in zip(layers, found, strict=True)
        ]
        gaps = len({layer.depth for layer in layers}) * _COMFORTABLE * zoom
        if sum(_widths(layers, wider)) + gaps > area.width():
            break
        found = wider
    return found


def column_area(layers: Sequence[Layer], area: QRectF, small: QFontMetricsF, below: float) -> QRectF:
    """Where columns lie in a widget's ``area``: inside the names at both ends, above what is ``below``."""
    if not layers:
        return area
    last = max(layer.depth for layer in layers)
    first = [name for layer in layers if layer.depth == 0 for name in layer.names]
    final = [name for layer in layers if layer.depth == last for name in layer.names]
    widths = [max((small.horizontalAdvance(each) for each in names), default=0.0) for names in (first, final)]
    left, right = (min(NAME_WIDTH, width) + (24 if width else 0) for width in widths)
    if any(layer.depth == last and layer.kind != "pixels" for layer in layers):
        right += small.horizontalAdvance("−0.00000")
    captions = [small.horizontalAdvance(layer.caption) / 2 - 24 for layer in layers]
    return area.adjusted(max(left, captions[0], 14), 0, -max(right, captions[-1], 14), -below)


def lay_out(figure: Graph, area: QRectF, line: float = 15.0, zoom: float = 1.0) -> Layout:
    """Columns from left to right in ``area``, which they leave at its right where they do not fit."""
    layers = figure.layers
    cells = sizes(layers, area, line, zoom)
    widths = _widths(layers, cells)
    across, total = _across(layers, widths, area, zoom)
    places = tuple(
        _place(layer, size, across, widths, area, line) for layer, size in zip(layers, cells, strict=True)
    )
    circles = [size.height for layer, size in zip(layers, cells, strict=True) if layer.kind == "circles"]
    radius = min([LARGEST_RADIUS * zoom, *(each * 0.38 for each in circles)])
    lines = tuple(curves(edges, places) for edges in figure.edges)
    return Layout(places, lines, total, radius)


def fitting_zoom(layers: Sequence[Layer], area: QRectF, line: float) -> float:
    """The largest zoom, at most 1, with which all columns are in view."""
    for percent in range(100, 10, -5):
        zoom = percent / 100
        widths = _widths(layers, sizes(layers, area, line, zoom))
        if _across(layers, widths, area, zoom)[1] <= area.width() + 0.5:
            return zoom
    return 0.1


def on_curves(lines: Points, shares: Points) -> Points:
    """Points of each curve at some shares of its way, (n, shares, 2)."""
    t = shares[None, :, None]
    first, second, third, fourth = (lines[:, None, place] for place in range(4))
    points: Points = (
        (1 - t) ** 3 * first + 3 * t * (1 - t) ** 2 * second + 3 * t * t * (1 - t) * third + t**3 * fourth
    )
    return points


def _height(layer: Layer, area: QRectF, line: float) -> float:
    """Room for neurons below the heading, above the line that counts the others."""
    return max(line, area.height() / layer.lanes - (_HEADING + _BELOW) * line)


def _size(layer: Layer, height: float, area: QRectF, zoom: float, across: int) -> Size:
    rows = max(1, ceil(layer.total / across))
    match layer.kind:
        case "pixels":
            side = min(height, max(_PICTURES[0], min(_PICTURES[1], area.width() * 0.28))) * zoom
            return Size(side, side, 1, layer.total)
        case "strips":
            cell = _STRIP[1] * zoom + _GAP
            return Size(_STRIP[0] * zoom + _GAP, cell, 1, max(1, int(height / cell + 1e-6)))
        case "circles":
            least = _CLOSEST if height / rows >= _CLOSEST * zoom else _SPACINGS[0]
            cell = min(_SPACINGS[1] * zoom, max(least * zoom, height / rows))
            return Size(2 * LARGEST_RADIUS * zoom, cell, 1, max(1, int(height / cell + 1e-6)))
    least = _SMALLEST if layer.kind == "plane" and height / rows >= _SMALLEST * zoom else _TILES[0]
    cell = min(_TILES[1] * zoom, max(least * zoom, height / rows))
    count = max(1, int(height / cell + 1e-6))
    return Size(cell, cell, across, count * across)


def _widths(layers: Sequence[Layer], cells: Sequence[Size]) -> list[float]:
    """Of the columns at each depth."""
    widths = [0.0] * (1 + max((layer.depth for layer in layers), default=0))
    for layer, size in zip(layers, cells, strict=True):
        widths[layer.depth] = max(widths[layer.depth], size.width * size.across)
    return widths


def _across(
    layers: Sequence[Layer], widths: list[float], area: QRectF, zoom: float
) -> tuple[list[float], float]:
    """The middle of each depth, and how wide everything is."""
    is_maps = [
        all(layer.kind in ("maps", "strips") for layer in layers if layer.depth == depth)
        for depth in range(len(widths))
    ]
    gaps = [(_NEAR if all(is_maps[at : at + 2]) else _FAR) * zoom for at in range(len(widths) - 1)]
    spare = area.width() - sum(widths) - sum(gaps)
    if spare > 0 and gaps:
        gaps = [gap + spare / len(gaps) for gap in gaps]
    middles, left = [], area.left() if gaps else area.center().x() - widths[0] / 2
    for width, gap in zip(widths, [*gaps, 0.0], strict=True):
        middles.append(left + width / 2)
        left += width + gap
    return middles, left - area.left()


def _place(
    layer: Layer, size: Size, across: list[float], widths: list[float], area: QRectF, line: float
) -> Place:
    x, width = across[layer.depth], widths[layer.depth]
    pitch = min((abs(x - other) for other in across if other != x), default=200.0) - 6
    height = area.height() / layer.lanes
    lane = QRectF(x - width / 2 - 14, area.top() + layer.lane * height, width + 28, height)
    room = QRectF(
        lane.left(), lane.top() + _HEADING * line, lane.width(), lane.height() - (_HEADING + _BELOW) * line
    )
    middle = room.center()
    if layer.kind == "pixels":
        rows, columns = layer.tiles.shape[1:3] if layer.tiles is not None else (1, 1)
        scale = size.width / max(rows, columns)
        body = QRectF(0, 0, columns * scale, rows * scale)
        body.moveCenter(QPointF(x, middle.y()))
        return Place(lane, body, _pixels(layer, body, rows, columns), (scale, scale), pitch, (rows, columns))
    count = len(layer.shown)
    rows = ceil(count / size.across)
    index = np.arange(count)
    beside = min(size.across, max(1, count))
    left = x - beside * size.width / 2 + size.width / 2
    top = middle.y() - rows * size.height / 2 + size.height / 2
    centres = np.column_stack((left + (index % beside) * size.width, top + (index // beside) * size.height))
    body = QRectF(x - beside * size.width / 2, top - size.height / 2, beside * size.width, rows * size.height)
    if layer.kind == "circles":
        cell = (min(size.width, size.height * 0.76),) * 2
    else:
        cell = (size.width - _GAP, size.height - _GAP)
    return Place(lane, body, centres.astype(np.float64), (float(cell[0]), float(cell[1])), pitch)


def _pixels(layer: Layer, body: QRectF, rows: int, columns: int) -> Points:
    """The middles of all numbers of a picture; its channels lie upon one another."""
    channels = max(1, layer.total // (rows * columns))
    place = np.arange(layer.total) // channels
    x = body.left() + (place % columns + 0.5) * body.width() / columns
    y = body.top() + (place // columns + 0.5) * body.height() / rows
    return np.column_stack((x, y))


def curves(edges: Edges, places: tuple[Place, ...]) -> Points:
    """Curves that leave and arrive level. Those of pixels end at the border of the picture."""
    source, target = places[edges.source], places[edges.target]
    starts, ends = source.centres[edges.starts], target.centres[edges.ends]
    begin = np.full(len(starts), source.body.right()) if source.grid[0] else starts[:, 0] + source.cell[0] / 2
    end = np.full(len(ends), target.body.left()) if target.grid[0] else ends[:, 0] - target.cell[0] / 2
    half = (end - begin) / 2
    return np.stack(
        (
            np.column_stack((begin, starts[:, 1])),
            np.column_stack((begin + half, starts[:, 1])),
            np.column_stack((end - half, ends[:, 1])),
            np.column_stack((end, ends[:, 1])),
        ),
        axis=1,
    )


def _distances(lines: Points, where: Points) -> Points:
    """Of a point from each polyline: (n,)."""
    begin, along = lines[:, :-1], np.diff(lines, axis=1)
    squared = np.maximum((along**2).sum(axis=2), 1e-9)
    share = np.clip(((where - begin) * along).sum(axis=2) / squared, 0.0, 1.0)
    gaps = begin + share[..., None] * along - where
    nearest: Points = np.hypot(gaps[..., 0], gaps[..., 1]).min(axis=1)
    return nearest
