"""The keys of the canvas: all that hands do with the mouse."""

from collections.abc import Callable
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtGui import QKeyEvent

from neuralstudio.ui.canvas.places import Place
from neuralstudio.ui.canvas.walking import Direction, beside, wires_beside

if TYPE_CHECKING:
    from neuralstudio.ui.canvas.view import CanvasView

ARROWS: dict[int, Direction] = {
    Qt.Key.Key_Left: "left",
    Qt.Key.Key_Right: "right",
    Qt.Key.Key_Up: "up",
    Qt.Key.Key_Down: "down",
}
_PAGES = {Qt.Key.Key_PageUp: -1, Qt.Key.Key_PageDown: 1}
_ENTER = (Qt.Key.Key_Return, Qt.Key.Key_Enter)


class Keys:
    """Answers key presses; each method is also there for menus."""

    def __init__(self, view: "CanvasView") -> None:
        self._view = view

    def press(self, event: QKeyEvent) -> bool:
        """Whether the key meant something here."""
        view, key = self._view, event.key()
        modifiers = event.modifiers()
        control = bool(modifiers & Qt.KeyboardModifier.ControlModifier)
        alt = bool(modifiers & Qt.KeyboardModifier.AltModifier)
        shift = bool(modifiers & Qt.KeyboardModifier.ShiftModifier)
        if view.choice is not None:
            return self._choose(event)
        if control:
            return self._press_with_control(key, shift=shift)
        if key in ARROWS:
            self._arrow(ARROWS[key], alt=alt, shift=shift)
        elif alt:
            return False
        elif key in (Qt.Key.Key_Home, Qt.Key.Key_End):
            view.select_cards(list(view.canvas.cards)[0 if key == Qt.Key.Key_Home else -1])
        elif key in _PAGES:
            view.scroll_page(_PAGES[Qt.Key(key)])
        elif key in (Qt.Key.Key_Delete, Qt.Key.Key_Backspace):
            self.delete()
        elif key in _ENTER and (view.document.selection or view.canvas.selected_wire):
            self.open()
        elif key == Qt.Key.Key_Escape:
            view.escape()
        elif key == Qt.Key.Key_F2:
            view.ask_for_name()
        elif key == Qt.Key.Key_W:
            self.next_wire() if shift else view.begin_wiring()
        elif event.text() == "/":
            self.insert()
        else:
            return False
        return True

    def _press_with_control(self, key: int, *, shift: bool) -> bool:
        view, edits = self._view, self._view.edits
        ways: dict[int, Callable[[], object]] = {
            Qt.Key.Key_D: edits.duplicate,
            Qt.Key.Key_A: edits.select_all,
            Qt.Key.Key_C: edits.copy,
            Qt.Key.Key_X: edits.cut,
            Qt.Key.Key_V: edits.paste,
            Qt.Key.Key_G: edits.ungroup if shift else edits.group,
            Qt.Key.Key_0: view.fit,
        }
        if key in ways:
            ways[key]()
        return key in ways

    def _choose(self, event: QKeyEvent) -> bool:
        choice, key = self._view.choice, event.key()
        assert choice is not None
        if key in ARROWS:
            choice.step(ARROWS[key])
        elif key in _ENTER:
            self._view.end_choice(take=True)
        elif key in (Qt.Key.Key_Escape, Qt.Key.Key_W):
            self._view.end_choice()
        elif event.text() == "/":
            self.insert()
        return True

    # ── what they do ─────────────────────────────────────────────────────────────────────────────

    def _arrow(self, direction: Direction, *, alt: bool, shift: bool) -> None:
        view = self._view
        if alt:
            if direction in ("left", "right"):
                view.edits.shift(1 if direction == "right" else -1)
        elif view.canvas.selected_wire is not None:
            self._walk_from_wire(direction)
        else:
            self.walk(direction, extends=shift)

    def walk(self, direction: Direction, *, extends: bool = False) -> None:
        """Selects the card beside the selected one; without one, the first or the last."""
        canvas = self._view.canvas
        chosen = canvas.chosen(self._view.document.selection)
        if not chosen:
            names = list(canvas.cards)
            self._view.select_cards(names[0] if direction in ("right", "down") else names[-1])
            return
        found = beside(canvas.arrangement, chosen[-1], direction)
        if not extends:
            self._view.select_cards(found or chosen[-1])
        elif found is None:
            return
        elif len(chosen) > 1 and found == chosen[-2]:
            self._view.select_cards(*chosen[:-1])
        else:
            self._view.select_cards(*(name for name in chosen if name != found), found)

    def _walk_from_wire(self, direction: Direction) -> None:
        canvas = self._view.canvas
        assert canvas.selected_wire is not None
        source, target = canvas.selected_wire
        if direction in ("left", "right"):
            self._view.select_cards(source if direction == "left" else target)
            return
        beside_it = sorted(
            {*wires_beside(canvas.arrangement, source), *wires_beside(canvas.arrangement, target)},
            key=lambda pair: (
                canvas.arrangement.wire_centre(*pair).y(),
                canvas.arrangement.wire_centre(*pair).x(),
            ),
        )
        place = beside_it.index((source, target)) + (1 if direction == "down" else -1)
        self._view.select_wire(beside_it[min(max(place, 0), len(beside_it) - 1)])

    def next_wire(self) -> None:
        """Selects the first wire of the selected card, or the wire after the selected one."""
        view, canvas = self._view, self._view.canvas
        view.end_choice()
        wires = list(canvas.wires)
        chosen = canvas.chosen(view.document.selection)
        if canvas.selected_wire is not None:
            place = wires.index(canvas.selected_wire) + 1
            view.select_wire(wires[place % len(wires)])
        else:
            beside_it = wires_beside(canvas.arrangement, chosen[-1]) if chosen else wires
            view.select_wire((beside_it or wires)[0])

    def delete(self) -> None:
        """Removes the selected layers, or takes the selected wire away."""
        view, pair = self._view, self._view.canvas.selected_wire
        if pair is None:
            view.edits.delete()
            return
        view.edits.unwire(*view.canvas.wires[pair].content.nodes)
        if pair not in view.canvas.wires:
            view.select_cards(pair[1])

    def open(self) -> None:
        """The settings of the selected card; on a wire, the list of layers to put there."""
        view, pair = self._view, self._view.canvas.selected_wire
        if pair is not None:
            view.insert_asked.emit(view.place_on(pair))
        else:
            view.open_card(view.canvas.card_of(view.document.selection[-1]))

    def insert(self) -> None:
        """The list of layers for the place behind the selection, on the selected wire, or of a loose one."""
        view, pair = self._view, self._view.canvas.selected_wire
        choice, view.choice = view.choice, None
        if choice is not None:
            choice.ask_for_layer()
        elif pair is not None:
            view.insert_asked.emit(view.place_on(pair))
        else:
            view.insert_asked.emit(Place(source=view.edits.insertion_point))
