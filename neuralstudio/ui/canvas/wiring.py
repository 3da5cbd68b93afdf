"""Wires in the making: dragged from a port with the mouse, or led to a card with the arrow keys."""

from typing import TYPE_CHECKING

from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtGui import QColor, QPen
from PySide6.QtWidgets import QGraphicsPathItem

from neuralstudio.network.spec import DATA, LOSS, display_name
from neuralstudio.ui.canvas.arrangement import Pair
from neuralstudio.ui.canvas.gestures import Gesture
from neuralstudio.ui.canvas.places import Place
from neuralstudio.ui.canvas.ports import Port
from neuralstudio.ui.canvas.walking import Direction, nearest
from neuralstudio.ui.canvas.wire import path_of

if TYPE_CHECKING:
    from neuralstudio.ui.canvas.view import CanvasView

_SNAP = 14.0


class LooseWire:
    """A wire one end of which is free: its line, and which cards it could be tied to.

    ``end`` is the card it hangs on, by its output, or (``is_backward``) by its input. ``held`` is the wire
    whose end was taken off.
    """

    def __init__(
        self, view: "CanvasView", end: str, *, is_backward: bool = False, held: Pair | None = None
    ) -> None:
        self.view, self.end, self.is_backward, self.held = view, end, is_backward, held
        canvas = view.canvas
        canvas.finish_moving()
        names = [name for name in canvas.cards if name != end]
        self.reasons = {name: self._reason(name) for name in names}
        if held is not None:
            self.reasons[held[1]] = ""
            canvas.wires[held].setOpacity(0.25)
        self.target = ""
        canvas.dim({name for name, reason in self.reasons.items() if reason})
        self._line = QGraphicsPathItem()
        self._line.setPen(
            QPen(QColor(canvas.look.theme.accent), 2.5, Qt.PenStyle.SolidLine, Qt.PenCapStyle.RoundCap)
        )
        self._line.setZValue(5)
        self._line.setAcceptedMouseButtons(Qt.MouseButton.NoButton)
        canvas.addItem(self._line)

    @property
    def possible(self) -> list[str]:
        """The cards it could be tied to."""
        return [name for name, reason in self.reasons.items() if not reason]

    def nodes_to(self, name: str) -> tuple[str, str]:
        """The nodes a wire to (or from) this card would join."""
        if self.is_backward:
            return self._output(name), self._input(self.end)
        return self._output(self.end), self._input(name)

    def lead(self, to: QPointF, name: str) -> None:
        """The free end is here now; ``name`` is the card it would be tied to, "" on the ground."""
        canvas = self.view.canvas
        if name != self.target:
            for each in (self.target, name):
                if each in canvas.cards:
                    canvas.cards[each].set_target(each == name and not self.reasons.get(each, "-"))
            self.target = name
        place = canvas.arrangement
        fixed = place.free_port(self.end) if self.is_backward else place.output_port(self.end)
        start, end = (to, fixed) if self.is_backward else (fixed, to)
        self._line.setPath(path_of((start, end)))

    def port_of(self, name: str) -> QPointF:
        """Where the free end would sit on a card."""
        place = self.view.canvas.arrangement
        if self.is_backward:
            return place.output_port(name)
        return place.input_ports(name).get(self.end) or place.free_port(name)

    def words(self, name: str) -> str:
        """What tying it to this card does."""
        tr, network = self.view.tr, self.view.document.network
        source, target = self.nodes_to(name)
        names = {"source": self._title(source), "target": self._title(target)}
        if target not in network or network[target].layer.takes_several or not network[target].inputs:
            return tr("Wire {source} to {target}").format(**names)
        old = self._title(network[target].inputs[0])
        return tr("Wire {source} to {target}, in place of {old}").format(old=old, **names)

    def end_it(self) -> None:
        """Takes the line away and lights everything again."""
        canvas = self.view.canvas
        if self.target in canvas.cards:
            canvas.cards[self.target].set_target(False)
        canvas.dim(())
        canvas.removeItem(self._line)
        self.view.note.hide()

    def _reason(self, name: str) -> str:
        return self.view.edits.why_not_connect(*self.nodes_to(name))

    def _output(self, name: str) -> str:
        return self.view.canvas.members(name)[-1]

    def _input(self, name: str) -> str:
        return self.view.canvas.members(name)[0]

    def _title(self, item: str) -> str:
        if item == DATA:
            return self.view.tr("the data")
        return self.view.tr("the loss") if item == LOSS else display_name(self.view.document.network[item])


class WireDrag(Gesture):
    """A wire follows the hand from a port; an end that was tied is taken off."""

    def __init__(self, view: "CanvasView", port: Port) -> None:
        self._view = view
        held = (port.source, port.card) if port.side == "input" and port.source else None
        self._wire = LooseWire(
            view,
            held[0] if held else port.card,
            is_backward=port.side == "input" and not held,
            held=held,
        )
        self._at = port.at
        view.viewport().setCursor(Qt.CursorShape.CrossCursor)

    @property
    def target(self) -> str:
        """The card it would be tied to now; "" where it cannot be."""
        name = self._wire.target
        return name if not self._wire.reasons.get(name, "-") else ""

    def move(self, at: QPoint) -> None:
        view, wire = self._view, self._wire
        self._at = view.mapToScene(at)
        name = self._card_near(self._at)
        reason = wire.reasons.get(name, "")
        is_tied = bool(name) and name in wire.reasons and not reason
        wire.lead(wire.port_of(name) if is_tied else self._at, name)
        view.note.show_at(at, reason if reason else self._words(name), is_refusal=bool(reason))
        view.scroll_at_edge(at)

    def _card_near(self, point: QPointF) -> str:
        """The card under a point, or very near it; the one it hangs on does not count."""
        for name, rect in self._view.canvas.arrangement.cards.items():
            if rect.adjusted(-_SNAP, -4, _SNAP, 4).contains(point) and name != self._wire.end:
                return name
        return ""

    def _words(self, name: str) -> str:
        tr, held = self._view.tr, self._wire.held
        if name and held is not None and name == held[1]:
            return tr("Let go here: the wire stays")
        if name:
            return self._wire.words(name)
        if held is None:
            return tr("Let go here for a new layer")
        return (
            tr("The loss reads the last layer by itself")
            if held[1] == LOSS
            else tr("Let go here to remove the wire")
        )

    def release(self) -> None:
        view, wire = self._view, self._wire
        name, held, at = wire.target, wire.held, self._at
        nodes = wire.nodes_to(name) if name else None
        held_nodes = view.canvas.wires[held].content.nodes if held is not None else None
        is_possible = bool(self.target)
        self.cancel()
        if nodes is not None:
            if held_nodes is None and is_possible:
                view.edits.wire(*nodes)
            elif held is not None and held_nodes is not None and is_possible and name != held[1]:
                view.edits.rewire(held_nodes[0], held_nodes[1], nodes[1])
        elif held_nodes is not None:
            view.edits.unwire(*held_nodes)
        else:
            item = wire.view.canvas.members(wire.end)
            place = (
                Place(target=item[0], is_new_branch=True, at=at)
                if wire.is_backward
                else Place(source=item[-1], is_new_branch=True, at=at)
            )
            view.insert_asked.emit(place)

    def cancel(self) -> None:
        self._wire.end_it()
        self._view.scroll_at_edge(None)
        self._view.viewport().unsetCursor()


class WireChoice:
    """Wiring by keys: arrows lead the wire of a card from one possible target to the next."""

    def __init__(self, view: "CanvasView", name: str) -> None:
        self._view = view
        self._wire = wire = LooseWire(view, name)
        self._wired = {target for source, target in view.canvas.wires if source == name and target != LOSS}
        for each in self._wired:
            wire.reasons[each] = ""
            view.canvas.cards[each].setOpacity(1.0)
        self.target = self._first()
        self._show()

    def _first(self) -> str:
        """A card that waits for a wire, else the nearest one further right, else the first."""
        possible, canvas = self._wire.possible, self._view.canvas
        cards = canvas.cards
        fresh = [name for name in possible if name not in self._wired]
        waiting = [
            name
            for name in fresh
            if any(not port.source for port in canvas.ports(name) if port.side == "input")
        ]
        here = canvas.arrangement.cards[self._wire.end]
        for names in (waiting, fresh, possible):
            found = nearest(canvas.arrangement, here, "right", names) or next(iter(names), "")
            if found in cards:
                return found
        return ""

    def step(self, direction: Direction) -> None:
        """To the next possible target in a direction."""
        canvas = self._view.canvas
        if self.target:
            here = canvas.arrangement.cards[self.target]
            others = set(self._wire.possible) - {self.target}
            found = nearest(canvas.arrangement, here, direction, others)
            self.target = found or self.target
        self._show()

    def take(self) -> None:
        """Draws the wire, or takes away one that is there."""
        if self.target:
            nodes, edits = self._wire.nodes_to(self.target), self._view.edits
            target, is_wired = self.target, self.target in self._wired
            pair = self._wire.end, target
            held = self._view.canvas.wires[pair].content.nodes if is_wired else nodes
            self.end()
            edits.unwire(*held) if is_wired else edits.wire(*nodes)
        else:
            self.end()

    def ask_for_layer(self) -> None:
        """A new layer is to read the card."""
        source = self._view.canvas.members(self._wire.end)[-1]
        at = self._view.canvas.arrangement.output_port(self._wire.end)
        self.end()
        self._view.insert_asked.emit(Place(source=source, is_new_branch=True, at=at))

    def end(self) -> None:
        """Leaves everything as it is."""
        self._wire.end_it()

    def _show(self) -> None:
        view, wire, tr = self._view, self._wire, self._view.tr
        if self.target:
            port = wire.port_of(self.target)
            view.reveal(view.canvas.arrangement.cards[self.target])
            wire.lead(port, self.target)
            words = wire.words(self.target)
            if self.target in self._wired:
                source, target = wire.nodes_to(self.target)
                words = tr("{source} is wired to {target}: Enter takes the wire away").format(
                    source=wire._title(source), target=wire._title(target)
                )
            words += "\n" + tr("Arrows: another layer · Enter: do it · /: a new layer · Esc: leave")
        else:
            port = view.canvas.arrangement.output_port(wire.end)
            words = (
                tr("No layer can read it: all of them lead to it") + "\n" + tr("/: a new layer · Esc: leave")
            )
        view.note.show_at(view.mapFromScene(port), words)
        view.announce(words)
