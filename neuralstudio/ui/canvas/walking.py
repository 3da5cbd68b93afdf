"""Where an arrow key leads: along the wires to the left and right, and to what lies above and below."""

from collections.abc import Collection
from typing import Literal

from PySide6.QtCore import QRectF

from neuralstudio.ui.canvas.arrangement import Arrangement, Pair

Direction = Literal["left", "right", "up", "down"]


def beside(arrangement: Arrangement, name: str, direction: Direction) -> str | None:
    """The card that lies next to another: wired ones first, of these the one most level with it."""
    if direction in ("left", "right"):
        wired = (
            [target for source, target in arrangement.routes if source == name]
            if direction == "right"
            else [source for source, target in arrangement.routes if target == name]
        )
        if wired:
            here = arrangement.cards[name]
            return min(wired, key=lambda other: _height_between(here, arrangement.cards[other]))
    return nearest(arrangement, arrangement.cards[name], direction, arrangement.cards.keys() - {name})


def nearest(
    arrangement: Arrangement, here: QRectF, direction: Direction, among: Collection[str]
) -> str | None:
    """Of some cards the one nearest to a place in a direction; None if there is none on that side."""
    best, least = None, 0.0
    for name, place in arrangement.cards.items():
        if name not in among or not _is_on_side(here, place, direction):
            continue
        away = place.center() - here.center()
        along, across = abs(away.x()), abs(away.y())
        if direction in ("up", "down"):
            along, across = across, along
        distance = along + 2 * across
        if best is None or distance < least:
            best, least = name, distance
    return best


def wires_beside(arrangement: Arrangement, name: str) -> list[Pair]:
    """The wires of a card: those that leave it, then those that enter, each from the top down."""
    leaving = [pair for pair in arrangement.routes if pair[0] == name]
    entering = [pair for pair in arrangement.routes if pair[1] == name]

    def height(pair: Pair) -> float:
        return arrangement.wire_centre(*pair).y()

    return [*sorted(leaving, key=height), *sorted(entering, key=height)]


def _is_on_side(here: QRectF, place: QRectF, direction: Direction) -> bool:
    return {
        "left": place.center().x() < here.left(),
        "right": place.center().x() > here.right(),
        "up": place.center().y() < here.top(),
        "down": place.center().y() > here.bottom(),
    }[direction]


def _height_between(one: QRectF, other: QRectF) -> float:
    return abs(one.center().y() - other.center().y())
