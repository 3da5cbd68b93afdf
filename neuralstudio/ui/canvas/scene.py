"""The cards and wires on the canvas: renews only what an edit changed, and moves cards to their places."""

from collections.abc import Collection, Iterable, Mapping

from PySide6.QtCore import QObject, QPointF, QRectF
from PySide6.QtWidgets import QGraphicsScene

from neuralstudio.network.spec import DATA, LOSS
from neuralstudio.ui.canvas.arrangement import Arrangement, Pair, arrange
from neuralstudio.ui.canvas.card import Bars, CardItem
from neuralstudio.ui.canvas.content import Outline
from neuralstudio.ui.canvas.frame import FrameItem
from neuralstudio.ui.canvas.gliding import Gliding
from neuralstudio.ui.canvas.look import Look
from neuralstudio.ui.canvas.ports import Port, ports_of
from neuralstudio.ui.canvas.wire import PLUS_RADIUS, Mode, WireItem

FAR = 150.0
"""How far from all wires a layer must be let go to stay without one."""


class CanvasScene(QGraphicsScene):
    """``show_outline`` sets what is there, ``settle`` brings it to its places.

    Whatever an animation shows, ``arrangement`` has the places where the cards are going: hit tests use it.
    """

    def __init__(self, look: Look, parent: QObject | None = None) -> None:
        super().__init__(parent)
        # All items move at an edit and few at other times: an index would cost more than it saves.
        self.setItemIndexMethod(QGraphicsScene.ItemIndexMethod.NoIndex)
        self.look = look
        self.cards: dict[str, CardItem] = {}
        self.wires: dict[Pair, WireItem] = {}
        self.frames: dict[str, FrameItem] = {}
        """Of groups that are open, by their names."""
        self.arrangement = Arrangement()
        self.wishes: dict[str, float] = {}
        """Where in x cards without wires were let go."""
        self._home: dict[str, str] = {}
        self._gliding = Gliding(self.cards, self.wires, self.frames, self)
        self._marked: dict[Mode, Pair] = {}
        self._with_ports: set[str] = set()

    # ── what is there ────────────────────────────────────────────────────────────────────────────

    def show_outline(self, outline: Outline) -> None:
        """Adds, removes and changes cards and wires; call ``settle`` afterwards."""
        contents = {card.id: card for card in outline.cards}
        for gone in self.cards.keys() - contents.keys():
            self.removeItem(self.cards.pop(gone))
            self._gliding.forget(gone)
        for name, content in contents.items():
            if name in self.cards:
                self.cards[name].set_content(content)
                _to_the_end(self.cards, name)
            else:
                self.cards[name] = CardItem(content, self.look)
                self._gliding.add(name)
                self.addItem(self.cards[name])
        self._home = {item: card.id for card in outline.cards for item in card.members or (card.id,)}
        pairs = {(wire.source, wire.target): wire for wire in outline.wires}
        for pair in self.wires.keys() - pairs.keys():
            self.removeItem(self.wires.pop(pair))
        for pair, wire in pairs.items():
            if pair in self.wires:
                self.wires[pair].set_content(wire)
                _to_the_end(self.wires, pair)
            else:
                self.wires[pair] = WireItem(wire, self.look)
                self.addItem(self.wires[pair])
        frames = {group.name: group for group in outline.frames}
        for name in self.frames.keys() - frames.keys():
            self.removeItem(self.frames.pop(name))
        for name, group in frames.items():
            if name not in self.frames:
                self.frames[name] = FrameItem(self.look)
                self.addItem(self.frames[name])
            self.frames[name].set_group(group)
        self._marked = {mode: pair for mode, pair in self._marked.items() if pair in self.wires}
        self.rearrange()

    def rearrange(self) -> bool:
        """Finds all places anew; true if any card has another place. Call ``settle`` afterwards."""
        sizes = {name: card.size for name, card in self.cards.items()}
        gaps = {pair: wire.least_length for pair, wire in self.wires.items()}
        before, self.arrangement = self.arrangement, arrange(sizes, tuple(self.wires), gaps, self.wishes)
        return before != self.arrangement

    def set_look(self, look: Look) -> None:
        """Another theme or font. Call ``rearrange`` and ``settle`` afterwards."""
        self.look = look
        for card in self.cards.values():
            card.set_look(look)
        for wire in self.wires.values():
            wire.set_look(look)
        for frame in self.frames.values():
            frame.set_look(look)

    def set_live(self, bars: Mapping[str, Bars], loss: str) -> bool:
        """The figures of a run; true if a card has another size, so that all wants rearranging."""
        before = [card.size for card in self.cards.values()]
        for name, card in self.cards.items():
            if name == LOSS:
                card.set_live(None, loss)
            elif name != DATA:
                card.set_live(bars.get(name))
        return before != [card.size for card in self.cards.values()]

    def settle(self, shift: QPointF | None = None, visible: QRectF | None = None) -> None:
        """Brings all cards to their places: at once, or animated where they can be seen.

        ``shift`` is how far the view jumped under the cards (they start from where they were seen).
        """
        self._gliding.start(self.arrangement, shift or QPointF(), visible)
        self._refresh_ports()

    def finish_moving(self) -> None:
        """Every card at its place now."""
        self._gliding.finish()

    # ── what is where ────────────────────────────────────────────────────────────────────────────

    def card_of(self, item: str) -> str:
        """The card that shows a node, the data or the loss; "" if none does."""
        return self._home.get(item, "")

    def members(self, *names: str) -> tuple[str, ...]:
        """What is selected when these cards are: their nodes; data and loss by their own names."""
        return tuple(
            item
            for name in names
            if name in self.cards
            for item in self.cards[name].content.members or (name,)
        )

    def chosen(self, selection: Collection[str]) -> tuple[str, ...]:
        """The cards all of whose nodes are selected, in the order of the selection."""
        names = dict.fromkeys(self._home[node] for node in selection if node in self._home)
        return tuple(name for name in names if all(node in selection for node in self.members(name)))

    def ports(self, name: str) -> tuple[Port, ...]:
        """The places of a card where wires begin and end."""
        return ports_of(self.cards[name].content, self.arrangement)

    def port_at(self, point: QPointF) -> Port | None:
        """The port under a point."""
        found: Port | None = None
        best = Port.REACH
        for name, rect in self.arrangement.cards.items():
            if rect.adjusted(-best, 0, best, 0).contains(point):
                for port in self.ports(name):
                    away = (port.at - point).manhattanLength()
                    if away <= best:
                        found, best = port, away
        return found

    def plus_at(self, point: QPointF) -> Pair | None:
        """The wire whose + is under a point."""
        for pair in self.wires:
            away = self.arrangement.wire_centre(*pair) - point
            if away.x() ** 2 + away.y() ** 2 <= (PLUS_RADIUS + 2) ** 2:
                return pair
        return None

    def frame_at(self, point: QPointF) -> FrameItem | None:
        """The frame on whose title a point lies."""
        return next((frame for frame in self.frames.values() if frame.title.contains(point)), None)

    def wire_at(self, point: QPointF) -> Pair | None:
        """The wire under or very near a point."""
        return next((pair for pair, wire in self.wires.items() if wire.is_at(point)), None)

    def nearest_wire(self, point: QPointF, *, within: float | None = None) -> Pair | None:
        """The wire whose middle is nearest to a point; sideways distance counts most.

        With ``within``, None where the ground under the point is farther than that from all there is.
        """
        if within is not None:
            reach = self.arrangement.bounds.adjusted(-within, -within, within, within)
            if not reach.contains(point) or self._is_apart(point, within):
                return None

        def distance(pair: Pair) -> float:
            away = self.arrangement.wire_centre(*pair) - point
            return abs(away.x()) + abs(away.y()) / 4

        return min(self.wires, key=distance, default=None)

    def _is_apart(self, point: QPointF, within: float) -> bool:
        """No wire or wired card is near: only cards that hang on nothing may be."""
        wired = {name for pair in self.wires for name in pair}
        around = QRectF(point, point).adjusted(-within, -within, within, within)
        return not any(
            rect.intersects(around) for name, rect in self.arrangement.cards.items() if name in wired
        )

    # ── marks ────────────────────────────────────────────────────────────────────────────────────

    def mark_wire(self, marked: Pair | None, mode: Mode) -> None:
        """Lights one wire in a mode, and no other; "quiet" puts out all but the selected one."""
        for each in ("hovered", "target") if mode == "quiet" else (mode,):
            before = self._marked.pop(each, None)
            if before is not None and before in self.wires and (before != marked or mode == "quiet"):
                self.wires[before].set_mode(each, is_on=False)
        if marked is not None and marked in self.wires and mode != "quiet":
            self.wires[marked].set_mode(mode)
            self._marked[mode] = marked

    @property
    def selected_wire(self) -> Pair | None:
        """The wire that keys act on."""
        return self._marked.get("selected")

    def mark_cards(self, selection: tuple[str, ...], has_keyboard: bool) -> None:
        """Shows what is selected."""
        chosen = set(self.chosen(selection))
        for name, card in self.cards.items():
            card.set_marked(name in chosen, has_keyboard and name in chosen)

    def mark_ports(self, names: Iterable[str], hot: Port | None = None) -> None:
        """Shows the ports of these cards only; ``hot`` is the one under the pointer."""
        wanted = {name for name in names if name in self.cards}
        for name in self._with_ports - wanted:
            if name in self.cards:
                self.cards[name].set_ports(())
        self._with_ports = wanted
        self._refresh_ports(hot)

    def _refresh_ports(self, hot: Port | None = None) -> None:
        for name in self._with_ports & self.cards.keys():
            corner = self.arrangement.cards[name].topLeft()
            self.cards[name].set_ports(
                tuple((port.at - corner, port.takes_more, port == hot) for port in self.ports(name))
            )

    def dim(self, faint: Collection[str], *, wires: bool = False) -> None:
        """Lets some cards, and perhaps all wires, step back."""
        for name, card in self.cards.items():
            card.setOpacity(0.35 if name in faint else 1.0)
        for wire in self.wires.values():
            wire.set_dimmed(wires)


def _to_the_end(items: dict, key: object) -> None:  # type: ignore[type-arg]
    """Keeps a dict in the order of the outline, for it is shared."""
    items[key] = items.pop(key)
