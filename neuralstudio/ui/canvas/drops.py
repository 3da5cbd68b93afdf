"""Layers dragged from the palette onto the canvas."""

from typing import TYPE_CHECKING

from PySide6.QtCore import QMimeData, QPoint, QPointF, Qt
from PySide6.QtGui import QDragMoveEvent, QDropEvent

from neuralstudio.layers.registry import LAYERS
from neuralstudio.ui.canvas.arrangement import Pair
from neuralstudio.ui.canvas.scene import FAR

if TYPE_CHECKING:
    from neuralstudio.ui.canvas.view import CanvasView

LAYER_MIME = "application/x-neuralstudio-layer"


class Drops:
    """Near a wire it lights up and takes the layer; far from all the layer stays without wires."""

    def __init__(self, view: "CanvasView") -> None:
        self._view = view
        self._target: Pair | None = None
        self._is_over = False

    def consider(self, event: QDragMoveEvent) -> None:
        """Something hangs over the canvas."""
        tag = layer_of(event.mimeData())
        if not self._view.edits.knows(tag):
            event.ignore()
            return
        at = event.position().toPoint()
        self._is_over = True
        self.light(at)
        self._view.scroll_at_edge(at)
        event.setDropAction(Qt.DropAction.CopyAction)
        event.accept()

    def light(self, at: QPoint) -> None:
        """Shows where it would go from here."""
        if not self._is_over:
            return
        view = self._view
        within = FAR if view.document.network.nodes else None
        self._target = view.canvas.nearest_wire(view.mapToScene(at), within=within)
        view.canvas.mark_wire(self._target, "target")
        far = view.tr("Let go here: the layer stays without a wire for now")
        view.note.show_at(at, "" if self._target is not None else far)

    def take(self, event: QDropEvent) -> None:
        """It was let go."""
        tag, view = layer_of(event.mimeData()), self._view
        if not view.edits.knows(tag):
            event.ignore()
            return
        at = event.position().toPoint()
        self._is_over = True
        self.light(at)
        target = self._target
        self.end()
        event.setDropAction(Qt.DropAction.CopyAction)
        event.accept()
        view.setFocus()
        if target is not None:
            view.edits.insert_between(tag, *view.canvas.wires[target].content.nodes)
        else:
            self._drop_loose(tag, view.mapToScene(at))

    def _drop_loose(self, tag: str, at: QPointF) -> None:
        view = self._view
        view.canvas.wishes[view.document.fresh_id(LAYERS[tag]())] = at.x()
        view.edits.drop(tag)

    def end(self) -> None:
        """It has left the canvas."""
        self._target, self._is_over = None, False
        self._view.scroll_at_edge(None)
        self._view.canvas.mark_wire(None, "quiet")
        self._view.note.hide()


def layer_of(mime: QMimeData) -> str:
    """The tag of the layer that is dragged; "" if it is something else."""
    if not mime.hasFormat(LAYER_MIME):
        return ""
    return bytes(mime.data(LAYER_MIME).data()).decode("utf-8", "replace")
