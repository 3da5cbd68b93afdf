"""Mouse, keys and drops on the canvas: each ends in a selection, an edit, or a signal to the panel."""

from PySide6.QtCore import QEvent, QMimeData, QPoint, Qt, Signal
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

from neuralstudio.ui.canvas.gestures import Band, CardDrag, Gesture, Pan
from neuralstudio.ui.canvas.scene import CanvasScene, Pair
from neuralstudio.ui.canvas.stack_edits import StackEdits
from neuralstudio.ui.canvas.viewport import CanvasViewport
from neuralstudio.ui.document import Document

LAYER_MIME = "application/x-neuralstudio-layer"
_TAB_REASONS = (
    Qt.FocusReason.TabFocusReason,
    Qt.FocusReason.BacktabFocusReason,
    Qt.FocusReason.ShortcutFocusReason,
)


class CanvasView(CanvasViewport):
    """The canvas under a person's hands."""

    insert_asked = Signal(str)
    """A layer is to be chosen, for the place behind this node (or ``DATA``)."""
    card_opened = Signal(str)
    """A card was double-clicked, or Enter was pressed on it."""
    menu_asked = Signal(str, QPoint)
    """The context menu of a card ("" for the ground), at a place of the screen."""

    def __init__(
        self, canvas: CanvasScene, document: Document, edits: StackEdits, parent: QWidget | None = None
    ) -> None:
        super().__init__(canvas, parent)
        self.document, self.edits = document, edits
        self.setObjectName("canvas")
        self.setAccessibleName(self.tr("Network canvas"))
        self.setAcceptDrops(True)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self._gesture: Gesture | None = None
        self._pressed: tuple[QPoint, bool] | None = None
        self._drop: Pair | None = None
        self._came_by_key = False

    # ── mouse ────────────────────────────────────────────────────────────────────────────────────

    def mousePressEvent(self, event: QMouseEvent) -> None:
        at = event.position().toPoint()
        if self._gesture is not None:
            return
        self._came_by_key = False
        if event.button() == Qt.MouseButton.MiddleButton:
            self._gesture = Pan(self, at)
        elif event.button() == Qt.MouseButton.LeftButton:
            self._pressed = at, _has_control(event)
            name = self._card_at(at)
            if name and not _has_control(event) and name not in self.document.selection:
                self.document.select(name)
        self.viewport().update()

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        at = event.position().toPoint()
        if self._gesture is not None:
            self._gesture.move(at)
        elif self._pressed is not None:
            start, with_control = self._pressed
            if (at - start).manhattanLength() >= QApplication.startDragDistance():
                self._pressed = None
                self._gesture = self._begun(start, with_control)
                if self._gesture is not None:
                    self._gesture.move(at)
        else:
            self._hover(at)

    def _begun(self, at: QPoint, with_control: bool) -> Gesture | None:
        name = self._card_at(at)
        if with_control:
            return Pan(self, at)
        if name in self.document.network:
            self.canvas.finish_moving()
            return CardDrag(self, name, at)
        if not name and self.canvas.plus_at(self.mapToScene(at)) is None:
            return Band(self, at)
        return None

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        gesture, self._gesture = self._gesture, None
        if gesture is not None:
            gesture.release()
            return
        press, self._pressed = self._pressed, None
        if press is None or event.button() != Qt.MouseButton.LeftButton:
            return
        at, with_control = press
        name, plus = self._card_at(at), self.canvas.plus_at(self.mapToScene(at))
        selection = self.document.selection
        if not name and plus is not None:
            self.insert_asked.emit(plus[0])
        elif with_control:
            if name in selection:
                self.document.select(*(item for item in selection if item != name))
            elif name:
                self.document.select(*selection, name)
        else:
            self.document.select(*((name,) if name else ()))

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        name = self._card_at(event.position().toPoint())
        if name and event.button() == Qt.MouseButton.LeftButton:
            self.document.select(name)
            self.card_opened.emit(name)
        else:
            self.mousePressEvent(event)

    def leaveEvent(self, event: QEvent) -> None:
        super().leaveEvent(event)
        if self._gesture is None:
            self.canvas.mark_wire(None, "quiet")

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        if event.reason() == QContextMenuEvent.Reason.Keyboard:
            name = self.document.selection[-1] if self.document.selection else ""
            place = self.canvas.arrangement.cards.get(name)
            at = self.mapFromScene(place.center()) if place is not None else self.viewport().rect().center()
        else:
            at = event.pos()
            name = self._card_at(at)
            if name not in self.document.selection:
                self.document.select(*((name,) if name else ()))
        self.menu_asked.emit(name, self.viewport().mapToGlobal(at))

    def edge_scrolled(self, at: QPoint) -> None:
        if self._gesture is not None:
            self._gesture.move(at)
        elif self._drop is not None:
            self._light(at)

    def _hover(self, at: QPoint) -> None:
        point = self.mapToScene(at)
        plus = self.canvas.plus_at(point)
        on_card = bool(self._card_at(at))
        self.canvas.mark_wire(None if on_card else plus or self.canvas.wire_at(point), "hovered")
        is_button = plus is not None and not on_card
        self.viewport().setCursor(
            Qt.CursorShape.PointingHandCursor if is_button else Qt.CursorShape.ArrowCursor
        )

    def _card_at(self, at: QPoint) -> str:
        return self.canvas.arrangement.card_at(self.mapToScene(at)) or ""

    # ── keys ─────────────────────────────────────────────────────────────────────────────────────

    def keyPressEvent(self, event: QKeyEvent) -> None:
        key, control = event.key(), _has_control(event)
        has_alt = bool(event.modifiers() & Qt.KeyboardModifier.AltModifier)
        selection = self.document.selection
        if key in (Qt.Key.Key_Left, Qt.Key.Key_Right) and not control:
            places = 1 if key == Qt.Key.Key_Right else -1
            (self.edits.shift if has_alt else self.edits.step_selection)(places)
        elif key in (Qt.Key.Key_Delete, Qt.Key.Key_Backspace) and not control:
            self.edits.delete()
        elif key == Qt.Key.Key_D and control:
            self.edits.duplicate()
        elif key == Qt.Key.Key_0 and control:
            self.fit()
        elif key in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and selection:
            self.card_opened.emit(selection[-1])
        elif key == Qt.Key.Key_Escape:
            self._escape()
        elif event.text() == "/":
            self.insert_asked.emit(self.edits.insertion_point)
        else:
            super().keyPressEvent(event)
            return
        event.accept()

    def _escape(self) -> None:
        if not self.cancel_gesture():
            self.document.select()

    def cancel_gesture(self) -> bool:
        """Leaves a drag under way without a result; whether there was one."""
        gesture, self._gesture = self._gesture, None
        if gesture is not None:
            gesture.cancel()
        return gesture is not None

    def focusInEvent(self, event: QFocusEvent) -> None:
        super().focusInEvent(event)
        self._came_by_key = event.reason() in _TAB_REASONS
        self._show_focus()

    def focusOutEvent(self, event: QFocusEvent) -> None:
        super().focusOutEvent(event)
        self._came_by_key = False
        self._show_focus()

    def _show_focus(self) -> None:
        self.canvas.mark_cards(self.document.selection, self.hasFocus())
        self.viewport().update()

    def paintEvent(self, event: QPaintEvent) -> None:
        super().paintEvent(event)
        if self._came_by_key and self.hasFocus() and not self.document.selection:
            painter = QPainter(self.viewport())
            painter.setPen(QPen(QColor(self.canvas.look.theme.accent), 2))
            painter.drawRect(self.viewport().rect().adjusted(1, 1, -1, -1))
            painter.end()

    # ── drops from the palette ───────────────────────────────────────────────────────────────────

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        self._consider(event)

    def dragMoveEvent(self, event: QDragMoveEvent) -> None:
        self._consider(event)

    def _consider(self, event: QDragMoveEvent) -> None:
        if not self.edits.knows(_tag(event.mimeData())):
            event.ignore()
            return
        at = event.position().toPoint()
        self._light(at)
        self.scroll_at_edge(at)
        event.setDropAction(Qt.DropAction.CopyAction)
        event.accept()

    def _light(self, at: QPoint) -> None:
        self._drop = self.canvas.nearest_wire(self.mapToScene(at))
        self.canvas.mark_wire(self._drop, "target")

    def dragLeaveEvent(self, event: QDragLeaveEvent) -> None:  # noqa: ARG002
        self._end_drop()

    def dropEvent(self, event: QDropEvent) -> None:
        tag = _tag(event.mimeData())
        if not self.edits.knows(tag):
            event.ignore()
            return
        self._light(event.position().toPoint())
        target = self._drop
        self._end_drop()
        if target is not None:
            event.setDropAction(Qt.DropAction.CopyAction)
            event.accept()
            self.setFocus()
            self.edits.insert(tag, target[0])

    def _end_drop(self) -> None:
        self._drop = None
        self.scroll_at_edge(None)
        self.canvas.mark_wire(None, "quiet")


def _has_control(event: QMouseEvent | QKeyEvent) -> bool:
    return bool(event.modifiers() & Qt.KeyboardModifier.ControlModifier)


def _tag(mime: QMimeData) -> str:
    return (
        bytes(mime.data(LAYER_MIME).data()).decode("utf-8", "replace") if mime.hasFormat(LAYER_MIME) else ""
    )
