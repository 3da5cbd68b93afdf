"""The canvas under a person's hands: each press, key and drop ends in a selection, an edit, or a signal."""

from PySide6.QtCore import QEvent, QPoint, Qt, Signal
from PySide6.QtGui import (
    QColor,
    QContextMenuEvent,
    QDragEnterEvent,
    QDragLeaveEvent,
    QDragMoveEvent,
    QDropEvent,
    QFocusEvent,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QPen,
)
from PySide6.QtWidgets import QApplication, QWidget

from neuralstudio.ui.canvas.arrangement import Pair
from neuralstudio.ui.canvas.content import GROUP
from neuralstudio.ui.canvas.drops import LAYER_MIME, Drops
from neuralstudio.ui.canvas.gestures import Band, CardDrag, Gesture, Pan
from neuralstudio.ui.canvas.keys import Keys
from neuralstudio.ui.canvas.note import Note
from neuralstudio.ui.canvas.places import Place
from neuralstudio.ui.canvas.ports import Port
from neuralstudio.ui.canvas.scene import CanvasScene
from neuralstudio.ui.canvas.stack_edits import StackEdits
from neuralstudio.ui.canvas.viewport import CanvasViewport
from neuralstudio.ui.canvas.wiring import WireChoice, WireDrag
from neuralstudio.ui.document import Document

_TAB_REASONS = (
    Qt.FocusReason.TabFocusReason,
    Qt.FocusReason.BacktabFocusReason,
    Qt.FocusReason.ShortcutFocusReason,
)
_PASSING_REASONS = (Qt.FocusReason.PopupFocusReason, Qt.FocusReason.ActiveWindowFocusReason)
_ADDING = Qt.KeyboardModifier.ControlModifier | Qt.KeyboardModifier.ShiftModifier


class CanvasView(CanvasViewport):
    """Turns what hands do into edits. What lies under a point is asked of the scene's arrangement."""

    insert_asked = Signal(object)
    """A layer is to be chosen, for this ``Place``."""
    card_opened = Signal(str)
    """A card was double-clicked, or Enter was pressed on it."""
    menu_asked = Signal(str, QPoint)
    """The context menu of a card ("" for the ground), at a place of the screen."""
    wire_menu_asked = Signal(object, QPoint)
    """The context menu of a wire, given by its two cards."""
    wire_selected = Signal()
    name_asked = Signal(str)
    """This group is to have another name."""
    announced = Signal(str)
    """What a screen reader should say now; "" for the selection."""

    def __init__(
        self, canvas: CanvasScene, document: Document, edits: StackEdits, parent: QWidget | None = None
    ) -> None:
        super().__init__(canvas, parent)
        self.document, self.edits = document, edits
        self.setObjectName("canvas")
        self.setAccessibleName(self.tr("Network canvas"))
        self.setAcceptDrops(True)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.note = Note(self.viewport(), canvas.look.theme)
        self.keys, self._drops = Keys(self), Drops(self)
        self.choice: WireChoice | None = None
        self._gesture: Gesture | None = None
        self._pressed: tuple[QPoint, Qt.KeyboardModifier] | None = None
        self._came_by_key = False

    # ── selection ────────────────────────────────────────────────────────────────────────────────

    def select_cards(self, *names: str) -> None:
        """Selects cards: all nodes they stand for."""
        self.canvas.mark_wire(None, "selected")
        before = self.document.selection
        self.document.select(*self.canvas.members(*names))
        if before == self.document.selection:
            self.announced.emit("")

    def select_wire(self, pair: Pair) -> None:
        """Selects a wire, and no card."""
        self.document.select()
        self.canvas.mark_wire(pair, "selected")
        rects = (self.canvas.arrangement.cards[name] for name in pair)
        self.reveal(next(rects) | next(rects))
        self.wire_selected.emit()

    def place_on(self, pair: Pair) -> Place:
        """Where a layer goes that is put on a wire."""
        return Place(*self.canvas.wires[pair].content.nodes, at=self.canvas.arrangement.wire_centre(*pair))

    def open_card(self, name: str) -> None:
        """A group is opened to its layers; for any other card its settings are asked for."""
        if name.startswith(GROUP):
            self.edits.toggle_group(name.removeprefix(GROUP))
        elif name:
            self.card_opened.emit(name)

    def ask_for_name(self) -> None:
        """The group of the selected layers is to have another name."""
        group = self.edits.group_of(self.edits.selected)
        if group:
            self.name_asked.emit(group)
        else:
            self.note.tell(self.tr("Select a group to give it another name"))

    @property
    def is_in_hand(self) -> bool:
        """Something is being dragged."""
        return self._gesture is not None

    def announce(self, words: str) -> None:
        """Lets a screen reader say it."""
        self.announced.emit(words)

    # ── wiring by keys ───────────────────────────────────────────────────────────────────────────

    def begin_wiring(self) -> None:
        """The arrow keys choose what the selected card is wired to; a second time, that is left."""
        if self.cancel_gesture():
            return
        chosen = self._chosen()
        if not chosen or not any(port.side == "output" for port in self.canvas.ports(chosen[-1])):
            self.note.tell(self.tr("Select the card whose output is to be wired, then press W"))
            return
        self.setFocus()
        self.choice = WireChoice(self, chosen[-1])

    def end_choice(self, *, take: bool = False) -> None:
        """Ends the wiring by keys; ``take`` does what was chosen."""
        choice, self.choice = self.choice, None
        if choice is not None:
            choice.take() if take else choice.end()
            self.announced.emit("")

    # ── mouse ────────────────────────────────────────────────────────────────────────────────────

    def mousePressEvent(self, event: QMouseEvent) -> None:
        at = event.position().toPoint()
        if self._gesture is not None:
            return
        self.end_choice()
        self._came_by_key = False
        if event.button() == Qt.MouseButton.MiddleButton:
            self._gesture = Pan(self, at)
        elif event.button() == Qt.MouseButton.LeftButton:
            self._pressed = at, event.modifiers()
            name = self._card_at(at)
            if name and not event.modifiers() & _ADDING and name not in self._chosen():
                self.select_cards(name)
        self.viewport().update()

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        at = event.position().toPoint()
        if self._gesture is not None:
            self._gesture.move(at)
        elif self._pressed is not None:
            start, modifiers = self._pressed
            if (at - start).manhattanLength() >= QApplication.startDragDistance():
                self._pressed = None
                self._gesture = self._begun(start, modifiers)
                if self._gesture is not None:
                    self._gesture.move(at)
        else:
            self._hover(at)

    def _begun(self, at: QPoint, modifiers: Qt.KeyboardModifier) -> Gesture | None:
        if modifiers & Qt.KeyboardModifier.ControlModifier:
            return Pan(self, at)
        point = self.mapToScene(at)
        port = self.canvas.port_at(point)
        if port is not None:
            return WireDrag(self, port)
        name = self._card_at(at)
        if name:
            self.canvas.finish_moving()
            return CardDrag(self, name, at) if self.canvas.cards[name].content.members else None
        if self.canvas.plus_at(point) is not None:
            return None
        pair = self.canvas.wire_at(point)
        if pair is not None:
            return WireDrag(self, self._end_of(pair))
        return Band(self, at, adds=bool(modifiers & Qt.KeyboardModifier.ShiftModifier))

    def _end_of(self, pair: Pair) -> Port:
        return next(port for port in self.canvas.ports(pair[1]) if port.source == pair[0])

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        gesture, self._gesture = self._gesture, None
        if gesture is not None:
            gesture.release()
            return
        press, self._pressed = self._pressed, None
        if press is None or event.button() != Qt.MouseButton.LeftButton:
            return
        self._click(*press)

    def _click(self, at: QPoint, modifiers: Qt.KeyboardModifier) -> None:
        point, name, chosen = self.mapToScene(at), self._card_at(at), self._chosen()
        if not name:
            plus, pair = self.canvas.plus_at(point), self.canvas.wire_at(point)
            if plus is not None:
                self.insert_asked.emit(self.place_on(plus))
            elif pair is not None:
                self.select_wire(pair)
            elif not modifiers & _ADDING:
                self.select_cards(*self._framed(at))
        elif not modifiers & _ADDING:
            self.select_cards(name)
        elif name in chosen:
            self.select_cards(*(each for each in chosen if each != name))
        else:
            self.select_cards(*chosen, name)

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        at = event.position().toPoint()
        name, frame = self._card_at(at), self.canvas.frame_at(self.mapToScene(at))
        if event.button() != Qt.MouseButton.LeftButton or not (name or frame):
            self.mousePressEvent(event)
        elif name:
            self.select_cards(name)
            self.open_card(name)
        elif frame is not None:
            self.edits.toggle_group(frame.content.name)

    def leaveEvent(self, event: QEvent) -> None:
        super().leaveEvent(event)
        if self._gesture is None and self.choice is None:
            self.canvas.mark_wire(None, "quiet")
            self.show_ports()

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        pair: Pair | None = None
        if event.reason() == QContextMenuEvent.Reason.Keyboard:
            pair, chosen = self.canvas.selected_wire, self._chosen()
            name = chosen[-1] if chosen else ""
            if pair is not None:
                at = self.mapFromScene(self.canvas.arrangement.wire_centre(*pair))
            else:
                place = self.canvas.arrangement.cards.get(name)
                at = self.mapFromScene(place.center()) if place else self.viewport().rect().center()
        else:
            at = event.pos()
            name = self._card_at(at)
            if not name:
                point = self.mapToScene(at)
                pair = self.canvas.plus_at(point) or self.canvas.wire_at(point)
            framed = self._framed(at) if not name and pair is None else ()
            if pair is not None:
                self.select_wire(pair)
            elif framed:
                name = framed[-1]
                self.select_cards(*framed)
            elif name not in self._chosen():
                self.select_cards(*((name,) if name else ()))
        where = self.viewport().mapToGlobal(at)
        if pair is not None:
            self.wire_menu_asked.emit(pair, where)
        else:
            self.menu_asked.emit(name, where)

    def edge_scrolled(self, at: QPoint) -> None:
        if self._gesture is not None:
            self._gesture.move(at)
        else:
            self._drops.light(at)

    def _hover(self, at: QPoint) -> None:
        if self.choice is not None:
            return
        point, name = self.mapToScene(at), self._card_at(at)
        port = self.canvas.port_at(point)
        plus = None if name or port is not None else self.canvas.plus_at(point)
        pair = None if name else plus or self.canvas.wire_at(point)
        self.canvas.mark_wire(pair, "hovered")
        self.show_ports(port.card if port is not None else name, port)
        shape = Qt.CursorShape.ArrowCursor
        if port is not None:
            shape = Qt.CursorShape.CrossCursor
        elif plus is not None:
            shape = Qt.CursorShape.PointingHandCursor
        if self.viewport().cursor().shape() != shape:
            self.viewport().setCursor(shape)

    def show_ports(self, hovered: str = "", hot: Port | None = None) -> None:
        """The ports of the selected cards are seen, and those of the card under the pointer."""
        chosen = self._chosen()
        self.canvas.mark_ports((*(chosen if len(chosen) < 4 else ()), hovered), hot)

    def _card_at(self, at: QPoint) -> str:
        return self.canvas.arrangement.card_at(self.mapToScene(at)) or ""

    def _framed(self, at: QPoint) -> tuple[str, ...]:
        """The cards in the frame on whose title a place lies."""
        frame = self.canvas.frame_at(self.mapToScene(at))
        return frame.content.nodes if frame is not None else ()

    def _chosen(self) -> tuple[str, ...]:
        return self.canvas.chosen(self.document.selection)

    # ── keys and focus ───────────────────────────────────────────────────────────────────────────

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if self.keys.press(event):
            event.accept()
        else:
            super().keyPressEvent(event)

    def escape(self) -> None:
        """Leaves a drag under way, else selects nothing."""
        if not self.cancel_gesture():
            self.select_cards()

    def cancel_gesture(self) -> bool:
        """Leaves a drag or a wiring under way without a result; whether there was one."""
        had_choice = self.choice is not None
        self.end_choice()
        gesture, self._gesture = self._gesture, None
        if gesture is not None:
            gesture.cancel()
        return gesture is not None or had_choice

    def focusInEvent(self, event: QFocusEvent) -> None:
        super().focusInEvent(event)
        self._came_by_key = event.reason() in _TAB_REASONS
        self._show_focus()

    def focusOutEvent(self, event: QFocusEvent) -> None:
        super().focusOutEvent(event)
        self._came_by_key = False
        if event.reason() not in _PASSING_REASONS:
            self.end_choice()
        self._show_focus()

    def _show_focus(self) -> None:
        self.canvas.mark_cards(self.document.selection, self.hasFocus())
        self.viewport().update()

    def paintEvent(self, event: QPaintEvent) -> None:
        super().paintEvent(event)
        has_place = self.document.selection or self.canvas.selected_wire
        if self._came_by_key and self.hasFocus() and not has_place:
            painter = QPainter(self.viewport())
            painter.setPen(QPen(QColor(self.canvas.look.theme.accent), 2))
            painter.drawRect(self.viewport().rect().adjusted(1, 1, -1, -1))
            painter.end()

    # ── drops from the palette ───────────────────────────────────────────────────────────────────

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        self._drops.consider(event)

    def dragMoveEvent(self, event: QDragMoveEvent) -> None:
        self._drops.consider(event)

    def dragLeaveEvent(self, event: QDragLeaveEvent) -> None:  # noqa: ARG002
        self._drops.end()

    def dropEvent(self, event: QDropEvent) -> None:
        self._drops.take(event)


__all__ = ["LAYER_MIME", "CanvasView"]
