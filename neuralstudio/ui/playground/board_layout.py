"""Where everything on the board lies: features, neurons in columns, and the ways of the links."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QPointF, QRectF

from neuralstudio.layers.features import Feature
from neuralstudio.network.spec import DATA
from neuralstudio.project.playground.setup import Column, Setup

LARGEST, SMALLEST = 44, 22
"""Sides of a tile in pixels, where there is much room and where there is little."""
NARROWEST = 54
"""Pixels from one column to the next that the buttons above them need."""
HEADER = 70
"""Pixels above the columns, for buttons and words."""
_GAP = 9
_MOST_ROWS = 16
"""Neurons in a column up to which tiles shrink so that all are in view."""
_WIDEST = 84
_BELOW = 14
_NAMES = 58.0
"""Room for the names of the features on the left, and of several classes on the right."""
_EDGE = 26.0


@dataclass(frozen=True)
class Spot:
    """Something on the board that can be pointed at: a neuron, or a feature under ``DATA``.

    A feature's ``unit`` is its place among all features.
    """

    node: str
    unit: int


@dataclass(frozen=True)
class Stretch:
    """The part of a column that is in view: units ``first`` to ``first + len(tiles)`` of ``total``."""

    node: str
    x: float
    first: int
    total: int
    tiles: tuple[QRectF, ...]
    more: QRectF | None = None
    """Where "… 118 more" stands."""

    @property
    def units(self) -> range:
        return range(self.first, self.first + len(self.tiles))

    def spot_at(self, where: QPointF) -> Spot | None:
        found = (unit for unit, tile in zip(self.units, self.tiles, strict=True) if tile.contains(where))
        unit = next(found, None)
        return None if unit is None else Spot(self.node, unit)


@dataclass(frozen=True)
class Gap:
    """The links between two neighbouring columns: from each of the ``starts`` to each of the ``ends``.

    ``inputs`` and ``outputs`` say which rows and columns of the layer's weights they are.
    """

    left: float
    right: float
    starts: NDArray[np.float64]
    ends: NDArray[np.float64]
    inputs: tuple[int, ...]
    outputs: tuple[int, ...]

    @property
    def count(self) -> int:
        return len(self.starts) * len(self.ends)


@dataclass(frozen=True)
class Places:
    """A board of a certain size. ``columns`` begin with the features."""

    tile: int
    columns: tuple[Stretch, ...]
    gaps: tuple[Gap, ...]

    def spot_at(self, where: QPointF) -> Spot | None:
        """The tile under a point."""
        return next((spot for column in self.columns if (spot := column.spot_at(where))), None)

    def tile_of(self, spot: Spot) -> QRectF | None:
        """Where a neuron or feature is shown, if it is in view."""
        for column in self.columns:
            if column.node == spot.node and spot.unit in column.units:
                return column.tiles[spot.unit - column.first]
        return None

    def column_at(self, where: QPointF) -> Stretch | None:
        """The column a point lies in, anywhere from top to bottom."""
        near = min(self.columns, key=lambda column: abs(column.x - where.x()))
        return near if abs(near.x - where.x()) <= self.tile else None

    def bias_at(self, where: QPointF) -> Spot | None:
        """The neuron whose bias is under a point."""
        for column in self.columns[1:]:
            for unit, tile in zip(column.units, column.tiles, strict=True):
                if bias_square(tile).adjusted(-2, -2, 2, 2).contains(where):
                    return Spot(column.node, unit)
        return None


def bias_square(tile: QRectF) -> QRectF:
    """The little square at a tile's lower left corner."""
    return QRectF(tile.left() - 5, tile.bottom() - 6, 8, 8)


LEAST_HEIGHT = 312
"""Pixels that all features need."""


def least_width(setup: Setup) -> int:
    """What the columns need."""
    return round(_NAMES + 2 * _EDGE + NARROWEST * (len(setup.hidden) + 1) + LARGEST)


def lay_out(
    setup: Setup,
    features: tuple[Feature, ...],
    width: float,
    height: float,
    firsts: dict[str, int] | None = None,
) -> Places:
    """All columns side by side, each centred. ``features`` are those shown, active or not, as they come.

    ``firsts``: the first unit in view of columns that were scrolled.
    """
    columns = (*setup.hidden, setup.output)
    room = height - HEADER - _BELOW
    fullest = min(_MOST_ROWS, max(len(features), *(column.units for column in columns)))
    tile = int(min(LARGEST, max(SMALLEST, room / fullest - _GAP)))
    right_names = _NAMES if setup.output.units > 1 else 0.0
    left, right = _NAMES + _EDGE + tile / 2, width - _EDGE - right_names - tile / 2
    xs = np.linspace(left, right, len(columns) + 1)
    stretches = [_stretch(DATA, len(features), float(xs[0]), tile, room, 0)]
    for column, x in zip(columns, xs[1:].tolist(), strict=True):
        first = (firsts or {}).get(column.id, 0)
        stretches.append(_stretch(column.id, column.units, x, tile, room, first))
    gaps, before = [], stretches[0]
    inputs: tuple[int, ...] = tuple(range(len(setup.features)))
    starts = [before.tiles[features.index(name)] for name in setup.features]
    for stretch in stretches[1:]:
        gaps.append(
            Gap(
                before.x + tile / 2,
                stretch.x - tile / 2,
                np.array([each.center().y() for each in starts]),
                np.array([each.center().y() for each in stretch.tiles]),
                inputs,
                tuple(stretch.units),
            )
        )
        before, inputs, starts = stretch, tuple(stretch.units), list(stretch.tiles)
    return Places(tile, tuple(stretches), tuple(gaps))


def _stretch(node: str, total: int, x: float, tile: int, room: float, first: int) -> Stretch:
    fitting = max(2, int((room + _GAP) // (tile + _GAP)))
    is_cut = total > fitting and node != DATA  # features can be switched only where they are seen
    shown = fitting - 1 if is_cut else total
    rows = fitting if is_cut else total
    spacing = min(_WIDEST, (room - tile) / (rows - 1)) if rows > 1 else tile
    top = HEADER + max(0.0, (room - spacing * (rows - 1) - tile) / 2)
    left = round(x - tile / 2)
    tiles = [QRectF(left, round(top + spacing * row), tile, tile) for row in range(rows)]
    more = tiles[shown].adjusted(-60, 0, 60, 0) if is_cut else None
    return Stretch(node, x, max(0, min(first, total - shown)), total, tuple(tiles[:shown]), more)


def neuron_name(setup: Setup, spot: Spot) -> str:
    """What people call a neuron: "h1·3", "output", "output·2"."""
    for number, column in enumerate(setup.hidden, 1):
        if column.id == spot.node:
            return f"h{number}·{spot.unit + 1}"
    return "output" if setup.output.units == 1 else f"output·{spot.unit + 1}"


def column_of(setup: Setup, node: str) -> Column:
    """The layer of this id."""
    return next(column for column in (*setup.hidden, setup.output) if column.id == node)
