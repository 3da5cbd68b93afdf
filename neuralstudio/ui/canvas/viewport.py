"""The window onto the canvas: dotted ground, scrolling, zooming, fitting."""

from math import ceil, log2

from PySide6.QtCore import QMargins, QPoint, QPointF, QRect, QRectF, Qt, QTimer, Signal
from PySide6.QtGui import QColor, QMouseEvent, QPainter, QPalette, QPen, QResizeEvent, QWheelEvent
from PySide6.QtWidgets import QFrame, QGraphicsView, QWidget

from neuralstudio.ui.canvas.look import Look
from neuralstudio.ui.canvas.scene import CanvasScene
from neuralstudio.ui.theme import blend

LEAST_ZOOM, MOST_ZOOM = 0.25, 2.5
"""What hands may choose; less only where it takes less to see everything."""
_ZOOM_STEP = 1.2
_READABLE_ZOOM = 0.75
_SMALLEST_ZOOM = 0.01
_DOTS, _LEAST_DOTS = 24.0, 12.0
"""The distance of dots on the ground, in the scene, and at least on the screen."""
_MARGIN = 22.0
_INSETS = QMargins(22, 48, 22, 72)
"""Screen pixels around the cards: what lies over the ground finds room there."""
_PAGE = 0.85
_EDGE, _EDGE_STEP = 36, 14


class CanvasViewport(QGraphicsView):
    """A view of a ``CanvasScene`` that never moves by itself what a person is looking at.

    Until a person zooms, it picks a zoom at which all cards fit, but not one too small to read.
    """

    zoom_changed = Signal(float)

    def __init__(self, canvas: CanvasScene, parent: QWidget | None = None) -> None:
        super().__init__(canvas, parent)
        self.canvas = canvas
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setRenderHints(QPainter.RenderHint.Antialiasing | QPainter.RenderHint.SmoothPixmapTransform)
        self.setTransformationAnchor(QGraphicsView.ViewportAnchor.NoAnchor)
        self.setResizeAnchor(QGraphicsView.ViewportAnchor.NoAnchor)
        self.setMouseTracking(True)
        for bar in (self.horizontalScrollBar(), self.verticalScrollBar()):
            container = bar.parentWidget()
            if container is not None:
                container.setAutoFillBackground(True)
        self.set_look(canvas.look)
        self.setOptimizationFlag(QGraphicsView.OptimizationFlag.DontAdjustForAntialiasing)
        self._zoom = 1.0
        self._is_own_zoom = False
        self._dots: tuple[tuple[int, int], list[QPointF]] = ((0, 0), [])
        self._edge_at: QPoint | None = None
        self._edge_timer = QTimer(self, interval=30)
        self._edge_timer.timeout.connect(self._on_edge)

    @property
    def zoom(self) -> float:
        """Screen pixels for one pixel of the scene."""
        return self._zoom

    def set_look(self, look: Look) -> None:
        """Paints the ground, and what lies under the scroll bars, in the theme's colour."""
        palette = self.palette()
        for role in (QPalette.ColorRole.Window, QPalette.ColorRole.Base):
            palette.setColor(role, QColor(look.theme.window))
        self.setPalette(palette)
        self.viewport().update()

    # ── zoom ─────────────────────────────────────────────────────────────────────────────────────

    def zoom_to(self, zoom: float, at: QPoint | None = None) -> None:
        """Zooms by a person's wish, with the place ``at`` (or the middle) staying where it is."""
        self._is_own_zoom = True
        self._set_zoom(zoom, at or self.viewport().rect().center())

    def zoom_by(self, steps: int) -> None:
        """Zooms in by some steps, or out (below 0), at the middle."""
        self.zoom_to(self._zoom * _ZOOM_STEP**steps)

    def fit(self) -> None:
        """Everything in view; from now on it stays so, unless that is too small to work in."""
        zoom = self._fitting_zoom(_SMALLEST_ZOOM)
        self._is_own_zoom = zoom < _READABLE_ZOOM
        self._set_zoom(zoom, self.viewport().rect().center())
        self.centerOn(self.sceneRect().center())

    def show_start(self) -> None:
        """Everything in view, or its beginning where it would be too small to read."""
        self._is_own_zoom = False
        self._set_zoom(self._fitting_zoom(_READABLE_ZOOM), self.viewport().rect().center())
        self.centerOn(self.sceneRect().left(), 0)

    def adapt(self) -> QPointF:
        """Takes over new bounds of the scene; returns how far what was seen jumped, in scene pixels."""
        before = self.mapToScene(QPoint(0, 0))
        scale = self._zoom
        self._frame()
        if not self._is_own_zoom:
            self._set_zoom(self._fitting_zoom(_READABLE_ZOOM), self.viewport().rect().center())
        if scale != self._zoom:
            return QPointF()
        return self.mapToScene(QPoint(0, 0)) - before

    def _frame(self) -> None:
        """The part of the scene to scroll in: all there is, and a margin of one size at any zoom."""
        left, top, right, bottom = (
            side / self._zoom for side in (_INSETS.left(), _INSETS.top(), _INSETS.right(), _INSETS.bottom())
        )
        self.setSceneRect(self.canvas.arrangement.bounds.adjusted(-left, -top, right, bottom))

    @property
    def visible_rect(self) -> QRectF:
        """What is seen of the scene."""
        return self.mapToScene(self.viewport().rect()).boundingRect()

    def reveal(self, rect: QRectF) -> None:
        """Scrolls as little as needed to show a part of the scene."""
        seen = self.visible_rect
        if not seen.contains(rect):
            self.ensureVisible(rect, int(_MARGIN), int(_MARGIN))

    def _fitting_zoom(self, least: float) -> float:
        room = self.contentsRect().marginsRemoved(_INSETS)
        rect = self.canvas.arrangement.bounds
        if rect.isEmpty() or room.width() < 50 or room.height() < 50:
            return self._zoom
        share = min(room.width() / rect.width(), room.height() / rect.height())
        # A hair less, so that rounding brings no scroll bar.
        return max(least, min(1.0, share * 0.998))

    def _set_zoom(self, zoom: float, at: QPoint) -> None:
        zoom = min(max(zoom, min(LEAST_ZOOM, self._fitting_zoom(_SMALLEST_ZOOM))), MOST_ZOOM)
        if abs(zoom - self._zoom) < 1e-4:
            return
        before = self.mapToScene(at)
        self._zoom = zoom
        self.resetTransform()
        self.scale(zoom, zoom)
        self._frame()
        away = self.mapFromScene(before) - at
        self.scroll_by(away.x(), away.y())
        self.zoom_changed.emit(zoom)

    # ── scrolling ────────────────────────────────────────────────────────────────────────────────

    def scroll_by(self, x: int, y: int) -> None:
        """Moves the window by pixels of the screen."""
        self.horizontalScrollBar().setValue(self.horizontalScrollBar().value() + x)
        self.verticalScrollBar().setValue(self.verticalScrollBar().value() + y)

    def scroll_page(self, way: int) -> None:
        """About a window's length on (1) or back (−1): along the stack, or down where it is higher."""
        room, bar = self.viewport().size() * _PAGE, self.verticalScrollBar()
        if bar.maximum() > bar.minimum():
            self.scroll_by(0, way * room.height())
        else:
            self.scroll_by(way * room.width(), 0)

    def scroll_at_edge(self, at: QPoint | None) -> None:
        """While something is dragged near an edge, what lies beyond comes nearer; None ends it."""
        self._edge_at = at
        if at is None:
            self._edge_timer.stop()
        elif not self._edge_timer.isActive():
            self._edge_timer.start()

    def _on_edge(self) -> None:
        if self._edge_at is None:
            return
        x, y, room = self._edge_at.x(), self._edge_at.y(), self.viewport().rect()
        across = _EDGE_STEP * ((x > room.right() - _EDGE) - (x < room.left() + _EDGE))
        down = _EDGE_STEP * ((y > room.bottom() - _EDGE) - (y < room.top() + _EDGE))
        if across or down:
            self.scroll_by(across, down)
            self.edge_scrolled(self._edge_at)

    def edge_scrolled(self, at: QPoint) -> None:
        """The ground moved under a pointer that stands still at ``at``."""

    def wheelEvent(self, event: QWheelEvent) -> None:
        """Ctrl zooms at the pointer; a plain wheel scrolls along the stack if nothing lies above or below."""
        turn = event.angleDelta()
        if event.modifiers() & Qt.KeyboardModifier.ControlModifier:
            self.zoom_to(self._zoom * 1.0015 ** turn.y(), event.position().toPoint())
        else:
            step = event.pixelDelta() if not event.pixelDelta().isNull() else turn / 2
            goes_along = not self.verticalScrollBar().maximum() > self.verticalScrollBar().minimum()
            along = step.x() or step.y() if goes_along else step.x()
            self.scroll_by(-along, 0 if goes_along else -step.y())
        event.accept()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        if not self._is_own_zoom:
            self._set_zoom(self._fitting_zoom(_READABLE_ZOOM), self.viewport().rect().center())

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Leaves the scene out of it: hit tests use the arrangement."""

    # ── ground ───────────────────────────────────────────────────────────────────────────────────

    def drawBackground(self, painter: QPainter, rect: QRectF | QRect) -> None:
        theme = self.canvas.look.theme
        area = QRectF(rect)
        painter.fillRect(area, QColor(theme.window))
        gap = _DOTS * 2 ** max(0, ceil(log2(_LEAST_DOTS / (_DOTS * self._zoom))))
        columns, rows = int(area.width() / gap) + 2, int(area.height() / gap) + 2
        if self._dots[0] != (columns, rows):
            grid = [QPointF(x, y) for y in range(rows) for x in range(columns)]
            self._dots = (columns, rows), [point * _DOTS for point in grid]
        origin = QPointF(area.left() // gap * gap, area.top() // gap * gap)
        painter.save()
        painter.translate(origin)
        painter.scale(gap / _DOTS, gap / _DOTS)
        # A whole number of pixels, so that all dots look alike at any zoom.
        pen = QPen(blend(theme.window, theme.muted, 0.4), max(1, round(self.devicePixelRatioF())))
        pen.setCosmetic(True)
        painter.setPen(pen)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing, False)
        painter.drawPoints(self._dots[1])
        painter.restore()
