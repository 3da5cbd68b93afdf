"""The cards and wires on the canvas: renews only what an edit changed, and moves cards to their places."""

from collections.abc import Mapping

from PySide6.QtCore import QObject, QPointF, QRectF, QVariantAnimation
from PySide6.QtWidgets import QGraphicsScene

from neuralstudio.network.spec import DATA
from neuralstudio.ui.canvas.arrangement import Arrangement, arrange, left_middle, right_middle
from neuralstudio.ui.canvas.card import Bars, CardItem
from neuralstudio.ui.canvas.content import Outline
from neuralstudio.ui.canvas.look import Look
from neuralstudio.ui.canvas.wire import PLUS_RADIUS, Mode, WireItem
from neuralstudio.ui.document import LOSS

MOVE_MS = 150
Pair = tuple[str, str]


class CanvasScene(QGraphicsScene):
    """``show_outline`` sets what is there, ``settle`` brings it to its places.

    Whatever an animation shows, ``arrangement`` has the places where the cards are going: hit tests use it.
    """

    def __init__(self, look: Look, parent: QObject | None = None) -> None:
        super().__init__(parent)
        # Few items, all moved at once: an index would cost more than it saves.
        self.setItemIndexMethod(QGraphicsScene.ItemIndexMethod.NoIndex)
        self.look = look
        self.cards: dict[str, CardItem] = {}
        self.wires: dict[Pair, WireItem] = {}
        self.arrangement = Arrangement()
        self._moves: dict[str, tuple[QPointF, QPointF]] = {}
        self._fresh: set[str] = set()
        self._moving_wires: list[Pair] = []
        self._marked: Pair | None = None
        self._animation = QVariantAnimation(self)
        self._animation.setDuration(MOVE_MS)
        self._animation.setStartValue(0.0)
        self._animation.setEndValue(1.0)
        self._animation.valueChanged.connect(self._on_frame)
        self._animation.finished.connect(lambda: self._on_frame(1.0))

    # ── what is there ────────────────────────────────────────────────────────────────────────────

    def show_outline(self, outline: Outline) -> None:
        """Adds, removes and changes cards and wires; call ``settle`` afterwards."""
        contents = {card.id: card for card in outline.cards}
        for gone in self.cards.keys() - contents.keys():
            self.removeItem(self.cards.pop(gone))
            self._moves.pop(gone, None)
        for name, content in contents.items():
            if name in self.cards:
                self.cards[name].set_content(content)
            else:
                self.cards[name] = CardItem(content, self.look)
                self._fresh.add(name)
                self.addItem(self.cards[name])
        self.cards = {name: self.cards[name] for name in contents}
        pairs = {(wire.source, wire.target): wire for wire in outline.wires}
        for pair in self.wires.keys() - pairs.keys():
            self.removeItem(self.wires.pop(pair))
        for pair, wire in pairs.items():
            if pair in self.wires:
                self.wires[pair].set_content(wire)
            else:
                self.wires[pair] = WireItem(wire, self.look)
                self.addItem(self.wires[pair])
        self.wires = {pair: self.wires[pair] for pair in pairs}
        self.rearrange()

    def rearrange(self) -> bool:
        """Finds all places anew; true if any card has another place. Call ``settle`` afterwards."""
        sizes = {name: card.size for name, card in self.cards.items()}
        gaps = {pair: wire.least_length for pair, wire in self.wires.items()}
        before, self.arrangement = self.arrangement, arrange(sizes, tuple(self.wires), gaps)
        return before != self.arrangement

    def set_look(self, look: Look) -> None:
        """Another theme or font. Call ``rearrange`` and ``settle`` afterwards."""
        self.look = look
        for card in self.cards.values():
            card.set_look(look)
        for wire in self.wires.values():
            wire.set_look(look)

    def set_live(self, bars: Mapping[str, Bars], loss: str) -> bool:
        """The figures of a run; true if a card has another size, so that all wants rearranging."""
        before = [card.size for card in self.cards.values()]
        for name, card in self.cards.items():
            if name == LOSS:
                card.set_live(None, loss)
            elif name != DATA:
                card.set_live(bars.get(name))
        return before != [card.size for card in self.cards.values()]

    # ── movement ─────────────────────────────────────────────────────────────────────────────────

    def settle(self, shift: QPointF | None = None, visible: QRectF | None = None) -> None:
        """Brings all cards to their places: at once, or animated where they can be seen.

        ``shift`` is how far the view jumped under the cards (they start from where they were seen).
        """
        self._animation.stop()
        self._moves = {}
        for name, card in self.cards.items():
            goal = self.arrangement.cards[name].topLeft()
            start = goal if name in self._fresh else card.pos() + (shift or QPointF())
            moves = start != goal or name in self._fresh
            is_seen = visible is not None and (
                visible.intersects(QRectF(start, card.size)) or visible.intersects(QRectF(goal, card.size))
            )
            if moves and is_seen:
                self._moves[name] = (start, goal)
                card.setPos(start)
            else:
                self._fresh.discard(name)
                card.setPos(goal)
                card.setOpacity(1.0)
        self._moving_wires = [pair for pair in self.wires if not self._moves.keys().isdisjoint(pair)]
        for pair, wire in self.wires.items():
            if self._moves.keys().isdisjoint(pair):
                wire.set_ends(*self.arrangement.wire_ends(*pair))
        if self._moves:
            self._on_frame(0.0)
            self._animation.start()

    def finish_moving(self) -> None:
        """Every card at its place now."""
        self._animation.stop()
        self._on_frame(1.0)

    def _on_frame(self, value: object) -> None:
        share = float(value) if isinstance(value, float) else 1.0
        eased = 1 - (1 - share) ** 3
        for name, (start, goal) in self._moves.items():
            card = self.cards[name]
            card.setPos(start + (goal - start) * eased)
            if name in self._fresh:
                card.setOpacity(eased)
        for pair in self._moving_wires:
            if pair in self.wires:
                source, target = (QRectF(self.cards[name].pos(), self.cards[name].size) for name in pair)
                self.wires[pair].set_ends(right_middle(source), left_middle(target))
        if share >= 1.0:
            self._fresh.difference_update(self._moves)
            self._moves, self._moving_wires = {}, []

    # ── what is where ────────────────────────────────────────────────────────────────────────────

    def plus_at(self, point: QPointF) -> Pair | None:
        """The wire whose + is under a point."""
        for pair in self.wires:
            away = self.arrangement.wire_centre(*pair) - point
            if away.x() ** 2 + away.y() ** 2 <= (PLUS_RADIUS + 4) ** 2:
                return pair
        return None

    def wire_at(self, point: QPointF) -> Pair | None:
        """The wire under or very near a point."""
        reach = QPointF(0, PLUS_RADIUS + 4)
        for pair in self.wires:
            start, end = self.arrangement.wire_ends(*pair)
            if QRectF(start - reach, end + reach).normalized().contains(point):
                return pair
        return None

    def nearest_wire(self, point: QPointF) -> Pair | None:
        """The wire whose middle is nearest to a point; sideways distance counts most."""

        def distance(pair: Pair) -> float:
            away = self.arrangement.wire_centre(*pair) - point
            return abs(away.x()) + abs(away.y()) / 4

        return min(self.wires, key=distance, default=None)

    def mark_wire(self, marked: Pair | None, mode: Mode) -> None:
        """Lights one wire, and no other."""
        if self._marked != marked and self._marked in self.wires:
            self.wires[self._marked].set_mode("quiet")
        if marked is not None:
            self.wires[marked].set_mode(mode)
        self._marked = marked

    def mark_cards(self, selection: tuple[str, ...], has_keyboard: bool) -> None:
        """Shows what is selected."""
        for name, card in self.cards.items():
            card.set_marked(name in selection, has_keyboard and name in selection)
