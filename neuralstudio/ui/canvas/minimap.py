"""A small picture of the whole canvas, what is in view framed: shows where one is, and leads elsewhere."""

from PySide6.QtCore import QPoint, QPointF, QRectF, QSizeF, Qt, QTimer
from PySide6.QtGui import QColor, QMouseEvent, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QWidget

from neuralstudio.ui.canvas.viewport import CanvasViewport
from neuralstudio.ui.theme import blend

_WIDTH = 190
_LOWEST, _HIGHEST = 40, 110
_EDGE = 8.0
_LEAST = QSizeF(1.5, 2.0)
"""Size of the smallest card that can still be seen."""
_FRAME = 16
"""Milliseconds between repaints, at least."""


class Minimap(QWidget):
    """Shown while not all cards can be seen. A click or a drag in it brings that place to the middle."""

    def __init__(self, view: CanvasViewport, parent: QWidget) -> None:
        super().__init__(parent)
        self._view = view
        self.setObjectName("minimap")
        self.setAccessibleName(self.tr("Overview of the whole network"))
        self.setToolTip(self.tr("Click or drag to go there"))
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self._corner = QPoint()
        self.resize(_WIDTH, _LOWEST)
        self.hide()
        self._timer = QTimer(self, interval=_FRAME, singleShot=True)
        self._timer.timeout.connect(self._renew)
        for bar in (view.horizontalScrollBar(), view.verticalScrollBar()):
            bar.valueChanged.connect(self.request)
        view.zoom_changed.connect(self.request)

    def request(self) -> None:
        """Something moved: looks again soon."""
        if not self._timer.isActive():
            self._timer.start()

    def _renew(self) -> None:
        bounds = self._view.canvas.arrangement.bounds
        seen = self._view.visible_rect.adjusted(-1, -1, 1, 1)
        self.setVisible(not bounds.isEmpty() and not seen.contains(bounds))
        ground = self._ground
        wanted = 2 * _EDGE + (_WIDTH - 2 * _EDGE) * ground.height() / max(1.0, ground.width())
        self.resize(_WIDTH, round(min(max(wanted, _LOWEST), _HIGHEST)))
        self.place(self._corner)
        self.update()

    # ── places ───────────────────────────────────────────────────────────────────────────────────

    @property
    def _ground(self) -> QRectF:
        """What is shown, in scene coordinates: all cards and what is in view."""
        return self._view.canvas.arrangement.bounds | self._view.visible_rect

    @property
    def _scale(self) -> float:
        ground = self._ground
        return min((self.width() - 2 * _EDGE) / ground.width(), (self.height() - 2 * _EDGE) / ground.height())

    def place_of(self, rect: QRectF) -> QRectF:
        """Where a rectangle of the scene lies in this widget."""
        scale, ground = self._scale, self._ground
        middle = QPointF(self.width() / 2, self.height() / 2)
        corner = (rect.topLeft() - ground.center()) * scale + middle
        return QRectF(corner.x(), corner.y(), rect.width() * scale, rect.height() * scale)

    def _go(self, at: QPointF) -> None:
        middle = QPointF(self.width() / 2, self.height() / 2)
        self._view.centerOn((at - middle) / self._scale + self._ground.center())

    # ── Qt ───────────────────────────────────────────────────────────────────────────────────────

    def mousePressEvent(self, event: QMouseEvent) -> None:
        self._go(event.position())

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        if event.buttons() & Qt.MouseButton.LeftButton:
            self._go(event.position())

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: ARG002
        canvas = self._view.canvas
        theme = canvas.look.theme
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        ground = blend(theme.window, theme.panel, 0.7)
        painter.setPen(QPen(QColor(theme.border), 1))
        painter.setBrush(ground)
        painter.drawRoundedRect(QRectF(self.rect()).adjusted(0.5, 0.5, -0.5, -0.5), 6, 6)
        painter.setPen(Qt.PenStyle.NoPen)
        for name, place in canvas.arrangement.cards.items():
            card = canvas.cards[name]
            painter.setBrush(QColor(theme.accent if card.is_selected else theme.family(card.content.family)))
            small = self.place_of(place)
            painter.drawRect(QRectF(small.topLeft(), small.size().expandedTo(_LEAST)))
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.setPen(QPen(QColor(theme.text), 1.2))
        inside = QRectF(self.rect()).adjusted(2, 2, -2, -2)
        painter.drawRoundedRect(self.place_of(self._view.visible_rect) & inside, 2, 2)
        painter.end()

    def place(self, corner: QPoint) -> None:
        """With its lower left corner at a place of its parent."""
        self._corner = corner
        self.move(corner.x(), corner.y() - self.height())
