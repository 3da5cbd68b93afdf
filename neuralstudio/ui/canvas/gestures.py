"""Drags with the mouse on the canvas: panning, the rubber band, and a card on its way to another place."""

from abc import ABC, abstractmethod
from typing import TYPE_CHECKING

from PySide6.QtCore import QPoint, QRect, Qt
from PySide6.QtWidgets import QGraphicsPixmapItem, QRubberBand

if TYPE_CHECKING:
    from neuralstudio.ui.canvas.scene import Pair
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
    """Selects the cards that the band touches."""

    def __init__(self, view: "CanvasView", at: QPoint) -> None:
        self._view, self._from = view, at
        self._before = view.document.selection
        self._band = QRubberBand(QRubberBand.Shape.Rectangle, view.viewport())
        self._band.show()

    def move(self, at: QPoint) -> None:
        rect = QRect(self._from, at).normalized()
        self._band.setGeometry(rect)
        touched = self._view.mapToScene(rect).boundingRect()
        places = self._view.canvas.arrangement.cards
        self._view.document.select(*(name for name, place in places.items() if touched.intersects(place)))

    def release(self) -> None:
        self._band.hide()
        self._band.deleteLater()

    def cancel(self) -> None:
        self.release()
        self._view.document.select(*self._before)


class CardDrag(Gesture):
    """A picture of the card follows the hand; the wire it would land on is lit."""

    def __init__(self, view: "CanvasView", node_id: str, at: QPoint) -> None:
        self._view, self._node = view, node_id
        self._target: Pair | None = None
        self._card = view.canvas.cards[node_id]
        self._ghost = QGraphicsPixmapItem(self._card.picture(view.devicePixelRatioF()))
        self._ghost.setOpacity(0.75)
        self._ghost.setZValue(3)
        self._ghost.setAcceptedMouseButtons(Qt.MouseButton.NoButton)
        self._grip = view.mapToScene(at) - view.canvas.arrangement.cards[node_id].topLeft()
        view.canvas.addItem(self._ghost)
        view.viewport().setCursor(Qt.CursorShape.ClosedHandCursor)
        self._card.setOpacity(0.35)

    @property
    def target(self) -> "Pair | None":
        """The wire it would land on; None beside its own place, where nothing would change."""
        return self._target

    def move(self, at: QPoint) -> None:
        canvas = self._view.canvas
        point = self._view.mapToScene(at)
        self._ghost.setPos(point - self._grip)
        nearest = canvas.nearest_wire(point)
        home = canvas.arrangement.cards[self._node]
        stays = nearest is None or self._node in nearest or home.contains(point)
        self._target = None if stays else nearest
        canvas.mark_wire(self._target, "target")
        self._view.scroll_at_edge(at)

    def release(self) -> None:
        target = self._target
        self.cancel()
        if target is not None:
            self._view.edits.move(self._node, target[0])

    def cancel(self) -> None:
        self._target = None
        self._view.scroll_at_edge(None)
        self._view.canvas.mark_wire(None, "quiet")
        self._view.canvas.removeItem(self._ghost)
        self._card.setOpacity(1.0)
        self._view.viewport().unsetCursor()
