"""Drags with the mouse on the canvas: panning, the rubber band, and a card on its way to another place."""

from abc import ABC, abstractmethod
from typing import TYPE_CHECKING

from PySide6.QtCore import QPoint, QRect, Qt
from PySide6.QtWidgets import QGraphicsPixmapItem, QRubberBand

from neuralstudio.ui.canvas.scene import FAR

if TYPE_CHECKING:
    from neuralstudio.ui.canvas.arrangement import Pair
    from neuralstudio.ui.canvas.view import CanvasView


class Gesture(ABC):
    """One drag from press to release. Places are in the viewport's pixels."""

    @abstractmethod
    def move(self, at: QPoint) -> None:
        """The pointer is here now."""

    @abstractmethod
    def release(self) -> None:
        """The button was let go: do it."""

    @abstractmethod
    def cancel(self) -> None:
        """Escape was pressed: leave all as it was."""


class Pan(Gesture):
    """The ground follows the hand."""

    def __init__(self, view: "CanvasView", at: QPoint) -> None:
        self._view, self._at = view, at
        view.viewport().setCursor(Qt.CursorShape.ClosedHandCursor)

    def move(self, at: QPoint) -> None:
        step = at - self._at
        self._at = at
        self._view.scroll_by(-step.x(), -step.y())

    def release(self) -> None:
        self._view.viewport().unsetCursor()

    def cancel(self) -> None:
        self.release()


class Band(Gesture):
    """Selects the cards that the band touches, with ``adds`` besides those selected before."""

    def __init__(self, view: "CanvasView", at: QPoint, *, adds: bool = False) -> None:
        self._view, self._from = view, at
        self._before = view.document.selection
        self._kept = view.canvas.chosen(self._before) if adds else ()
        self._band = QRubberBand(QRubberBand.Shape.Rectangle, view.viewport())
        self._band.show()

    def move(self, at: QPoint) -> None:
        rect = QRect(self._from, at).normalized()
        self._band.setGeometry(rect)
        touched = self._view.mapToScene(rect).boundingRect()
        places = self._view.canvas.arrangement.cards
        names = [name for name, place in places.items() if touched.intersects(place)]
        self._view.select_cards(*dict.fromkeys((*self._kept, *names)))

    def release(self) -> None:
        self._band.hide()
        self._band.deleteLater()

    def cancel(self) -> None:
        self.release()
        self._view.document.select(*self._before)


class CardDrag(Gesture):
    """A picture of the cards follows the hand; the wire they would land on is lit."""

    def __init__(self, view: "CanvasView", name: str, at: QPoint) -> None:
        self._view = view
        canvas = view.canvas
        chosen = [
            each for each in canvas.chosen(view.document.selection) if canvas.cards[each].content.members
        ]
        self._names = chosen if name in chosen else [name]
        self._target: Pair | None = None
        home = canvas.arrangement.cards
        self._homes = [home[each] for each in self._names]
        self._grip = view.mapToScene(at) - home[name].topLeft()
        self._ghost = QGraphicsPixmapItem()
        for each in self._names:
            card = canvas.cards[each]
            part = QGraphicsPixmapItem(card.picture(view.devicePixelRatioF()), self._ghost)
            part.setPos(home[each].topLeft() - home[name].topLeft())
            card.setOpacity(0.35)
        self._ghost.setOpacity(0.75)
        self._ghost.setZValue(3)
        canvas.addItem(self._ghost)
        view.viewport().setCursor(Qt.CursorShape.ClosedHandCursor)

    @property
    def target(self) -> "Pair | None":
        """The wire they would land on; None beside their own place, where nothing would change."""
        return self._target

    def move(self, at: QPoint) -> None:
        canvas = self._view.canvas
        point = self._view.mapToScene(at)
        self._ghost.setPos(point - self._grip)
        nearest = canvas.nearest_wire(point, within=FAR)
        is_home = any(home.contains(point) for home in self._homes)
        is_own = nearest is not None and not set(self._names).isdisjoint(nearest)
        self._target = None if is_home or is_own else nearest
        canvas.mark_wire(self._target, "target")
        self._view.scroll_at_edge(at)

    def release(self) -> None:
        view, target, names = self._view, self._target, self._names
        self.cancel()
        if target is not None:
            nodes = view.canvas.wires[target].content.nodes
            view.edits.move_part(view.canvas.members(*names), *nodes)

    def cancel(self) -> None:
        self._target = None
        canvas = self._view.canvas
        self._view.scroll_at_edge(None)
        canvas.mark_wire(None, "target")
        canvas.removeItem(self._ghost)
        for name in self._names:
            if name in canvas.cards:
                canvas.cards[name].setOpacity(1.0)
        self._view.viewport().unsetCursor()
