"""Where the cards lie: columns by depth from left to right, so that nobody has to tidy."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from PySide6.QtCore import QPointF, QRectF, QSizeF

ROW_GAP = 28.0


@dataclass(frozen=True)
class Arrangement:
    """The resting place of every card, whatever an animation shows at the moment. Units: scene pixels."""

    cards: dict[str, QRectF] = field(default_factory=dict)
    order: tuple[str, ...] = ()

    @property
    def bounds(self) -> QRectF:
        """The rectangle around all cards."""
        bounds = QRectF()
        for rect in self.cards.values():
            bounds |= rect
        return bounds

    def card_at(self, point: QPointF) -> str | None:
        """The card under a point."""
        return next((name for name, rect in self.cards.items() if rect.contains(point)), None)

    def wire_ends(self, source: str, target: str) -> tuple[QPointF, QPointF]:
        """Right edge of the source card and left edge of the target card, at half height."""
        return right_middle(self.cards[source]), left_middle(self.cards[target])

    def wire_centre(self, source: str, target: str) -> QPointF:
        """The place of a wire's + button."""
        start, end = self.wire_ends(source, target)
        return (start + end) / 2


def right_middle(rect: QRectF) -> QPointF:
    """Where wires leave a card."""
    return QPointF(rect.right(), rect.center().y())


def left_middle(rect: QRectF) -> QPointF:
    """Where wires enter a card."""
    return QPointF(rect.left(), rect.center().y())


def depths(order: Sequence[str], wires: Iterable[tuple[str, str]]) -> dict[str, int]:
    """Length of the longest path to each card. ``order`` has every card after those it reads."""
    sources: dict[str, list[str]] = {}
    for source, target in wires:
        sources.setdefault(target, []).append(source)
    found: dict[str, int] = {}
    for name in order:
        found[name] = 1 + max((found[source] for source in sources.get(name, ())), default=-1)
    return found


def arrange(
    sizes: Mapping[str, QSizeF], wires: Sequence[tuple[str, str]], gaps: Mapping[tuple[str, str], float]
) -> Arrangement:
    """One column for each depth, cards of a column below one another, all centred on y = 0.

    ``sizes`` is in reading order; ``gaps`` is the least length of each wire.
    """
    order = tuple(sizes)
    depth = depths(order, wires)
    columns: dict[int, list[str]] = {}
    for name in order:
        columns.setdefault(depth[name], []).append(name)
    room: dict[int, float] = {}
    for source, target in wires:
        if depth[target] == depth[source] + 1:
            room[depth[target]] = max(room.get(depth[target], 0.0), gaps[source, target])
    cards: dict[str, QRectF] = {}
    left = 0.0
    for number in sorted(columns):
        names = columns[number]
        left += room.get(number, 0.0)
        width = max(sizes[name].width() for name in names)
        top = -(sum(sizes[name].height() for name in names) + ROW_GAP * (len(names) - 1)) / 2
        for name in names:
            size = sizes[name]
            cards[name] = QRectF(QPointF(left + (width - size.width()) / 2, top), size)
            top += size.height() + ROW_GAP
        left += width
    return Arrangement(cards, order)
