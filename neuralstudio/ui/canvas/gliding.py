"""Cards on their way to other places, and the wires that hang on them."""

from collections.abc import Mapping

from PySide6.QtCore import QObject, QPointF, QRectF, QVariantAnimation

from neuralstudio.ui.canvas.arrangement import Arrangement, Pair
from neuralstudio.ui.canvas.card import CardItem
from neuralstudio.ui.canvas.frame import FrameItem
from neuralstudio.ui.canvas.wire import WireItem

MOVE_MS = 150


class Gliding(QObject):
    """Brings cards and wires to the places of an arrangement: those in sight glide, new ones fade in."""

    def __init__(
        self,
        cards: Mapping[str, CardItem],
        wires: Mapping[Pair, WireItem],
        frames: Mapping[str, FrameItem],
        parent: QObject,
    ) -> None:
        super().__init__(parent)
        self._cards, self._wires, self._frames = cards, wires, frames
        self._goal = Arrangement()
        self._moves: dict[str, tuple[QPointF, QPointF]] = {}
        self._moving_wires: list[Pair] = []
        self._fresh: set[str] = set()
        self._animation = QVariantAnimation(self)
        self._animation.setDuration(MOVE_MS)
        self._animation.setStartValue(0.0)
        self._animation.setEndValue(1.0)
        self._animation.valueChanged.connect(self._on_frame)
        self._animation.finished.connect(lambda: self._on_frame(1.0))

    def add(self, name: str) -> None:
        """This card is new."""
        self._fresh.add(name)

    def forget(self, name: str) -> None:
        """This card is no more."""
        self._moves.pop(name, None)
        self._fresh.discard(name)

    def start(self, goal: Arrangement, shift: QPointF, visible: QRectF | None) -> None:
        """``shift`` is how far the view jumped under the cards: they start from where they were seen."""
        self._animation.stop()
        self._goal = goal
        self._moves = {}
        for name, card in self._cards.items():
            end = goal.cards[name].topLeft()
            start = end if name in self._fresh else card.pos() + shift
            moves = start != end or name in self._fresh
            if moves and visible is not None and _is_seen(visible, start, end, card):
                self._moves[name] = (start, end)
                card.setPos(start)
            else:
                self._fresh.discard(name)
                card.setPos(end)
                card.setOpacity(1.0)
        self._moving_wires = [pair for pair in self._wires if not self._moves.keys().isdisjoint(pair)]
        for pair, wire in self._wires.items():
            if self._moves.keys().isdisjoint(pair):
                wire.set_route(goal.routes[pair])
        if self._moves:
            self._on_frame(0.0)
            self._animation.start()
        else:
            self._surround()

    def finish(self) -> None:
        """Every card at its place now."""
        self._animation.stop()
        self._on_frame(1.0)

    def _on_frame(self, value: object) -> None:
        share = float(value) if isinstance(value, float) else 1.0
        eased = 1 - (1 - share) ** 3
        for name, (start, end) in self._moves.items():
            card = self._cards[name]
            card.setPos(start + (end - start) * eased)
            if name in self._fresh:
                card.setOpacity(eased)
        for pair in self._moving_wires:
            if pair in self._wires:
                self._stretch(pair)
        self._surround()
        if share >= 1.0:
            self._fresh.difference_update(self._moves)
            self._moves, self._moving_wires = {}, []

    def _surround(self) -> None:
        for frame in self._frames.values():
            frame.surround(self._cards, self._wires)

    def _stretch(self, pair: Pair) -> None:
        """The wire's ends stay with their cards, what lies between follows by its share of the way."""
        route = self._goal.routes[pair]
        first, last = (self._cards[name].pos() - self._goal.cards[name].topLeft() for name in pair)
        steps = len(route) - 1
        self._wires[pair].set_route(
            tuple(point + first + (last - first) * (place / steps) for place, point in enumerate(route))
        )


def _is_seen(visible: QRectF, start: QPointF, end: QPointF, card: CardItem) -> bool:
    return visible.intersects(QRectF(start, card.size)) or visible.intersects(QRectF(end, card.size))
