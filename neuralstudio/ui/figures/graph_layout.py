"""Where neurons and weights of a network graph lie on the screen, and which is under the pointer."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QPointF, QRectF

from neuralstudio.views._base import Edges, Graph, Layer

Points = NDArray[np.float64]

# A curve is nicer to follow with the eye; past this many edges only straight lines are fast enough.
CURVED_EDGES = 160
_CURVE_PIECES = 14
LARGEST_RADIUS = 13.0
_LARGEST_SPACING = 42.0
_REACH = 5.0


@dataclass(frozen=True)
class Layout:
    """Places in pixels. columns: for each layer (n, 2); lines: for each edge group (n, points, 2)."""

    columns: tuple[Points, ...]
    lines: tuple[Points, ...]
    radius: float
    is_curved: bool

    def neuron_at(self, where: QPointF) -> tuple[int, int] | None:
        """(layer, position in its ``shown``) of the neuron under the pointer."""
        for layer, centres in enumerate(self.columns):
            if len(centres):
                distances = np.hypot(centres[:, 0] - where.x(), centres[:, 1] - where.y())
                nearest = int(distances.argmin())
                if distances[nearest] <= self.radius + 3:
                    return layer, nearest
        return None

    def edge_at(self, where: QPointF) -> tuple[int, int] | None:
        """(group, index) of the edge nearest the pointer, if it is near at all."""
        best, found = _REACH, None
        for group, lines in enumerate(self.lines):
            if len(lines):
                distances = _distances(lines, np.array([where.x(), where.y()]))
                nearest = int(distances.argmin())
                if distances[nearest] < best:
                    best, found = float(distances[nearest]), (group, nearest)
        return found


def lay_out(figure: Graph, area: QRectF) -> Layout:
    """Columns from left to right in ``area``, their neurons centred in height."""
    count = len(figure.layers)
    most = max((len(layer.shown) + (1 if has_more(layer) else 0) for layer in figure.layers), default=1)
    spacing = min(_LARGEST_SPACING, area.height() / max(1, most))
    radius = max(2.0, min(LARGEST_RADIUS, spacing * 0.38))
    across = (
        np.linspace(area.left() + radius, area.right() - radius, count) if count > 1 else [area.center().x()]
    )
    columns = tuple(
        _column(layer, float(x), area, spacing) for layer, x in zip(figure.layers, across, strict=True)
    )
    is_curved = sum(len(edges.weights) for edges in figure.edges) <= CURVED_EDGES
    lines = tuple(_lines(edges, columns, radius, is_curved) for edges in figure.edges)
    return Layout(columns, lines, radius, is_curved)


def has_more(layer: Layer) -> bool:
    return layer.total > len(layer.shown)


def _column(layer: Layer, x: float, area: QRectF, spacing: float) -> Points:
    rows = len(layer.shown)
    height = spacing * (rows + (1 if has_more(layer) else 0))
    top = area.center().y() - height / 2 + spacing / 2
    return np.column_stack((np.full(rows, x), top + spacing * np.arange(rows)))


def _lines(edges: Edges, columns: tuple[Points, ...], radius: float, is_curved: bool) -> Points:
    starts = columns[edges.source][edges.starts] + np.array([radius, 0.0])
    ends = columns[edges.target][edges.ends] - np.array([radius, 0.0])
    if not is_curved:
        return np.stack((starts, ends), axis=1)
    # A cubic Bézier that leaves and arrives level: x is linear in the blend below, y an S.
    share = np.linspace(0.0, 1.0, _CURVE_PIECES + 1)[None, :]
    rise = share * share * (3 - 2 * share)
    run = 1.5 * share * (1 - share) ** 2 + 1.5 * share**2 * (1 - share) + share**3
    x = starts[:, :1] + (ends[:, :1] - starts[:, :1]) * run
    y = starts[:, 1:] + (ends[:, 1:] - starts[:, 1:]) * rise
    return np.stack((x, y), axis=2)


def _distances(lines: Points, where: NDArray[np.float64]) -> NDArray[np.float64]:
    """Of a point from each polyline: (n,)."""
    begin, along = lines[:, :-1], np.diff(lines, axis=1)
    squared = np.maximum((along**2).sum(axis=2), 1e-9)
    share = np.clip(((where - begin) * along).sum(axis=2) / squared, 0.0, 1.0)
    gaps = begin + share[..., None] * along - where
    nearest: NDArray[np.float64] = np.hypot(gaps[..., 0], gaps[..., 1]).min(axis=1)
    return nearest
