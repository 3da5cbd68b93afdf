"""A wire between two cards, the shape of what flows through it, and the + that puts a layer on it."""

from typing import Literal

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPainterPath, QPen
from PySide6.QtWidgets import QGraphicsItem, QStyleOptionGraphicsItem, QWidget

from neuralstudio.ui.canvas.content import WireContent
from neuralstudio.ui.canvas.look import Look
from neuralstudio.ui.theme import blend

PLUS_RADIUS = 8.0
LEAST_LENGTH = 42.0
Mode = Literal["quiet", "hovered", "target"]


class WireItem(QGraphicsItem):
    """Paints a wire. ``set_ends`` is called for every frame of an animation, so it is cheap."""

    def __init__(self, content: WireContent, look: Look) -> None:
        super().__init__()
        self.setAcceptedMouseButtons(Qt.MouseButton.NoButton)
        self.content = content
        self.look = look
        self.mode: Mode = "quiet"
        self._start = self._end = QPointF()
        self._measure()

    @property
    def least_length(self) -> float:
        """How long the wire must be for its label."""
        return max(LEAST_LENGTH, self._label_width + 14)

    def set_content(self, content: WireContent) -> None:
        if content != self.content:
            self.content = content
            self._measure()

    def set_look(self, look: Look) -> None:
        self.look = look
        self._measure()

    def set_ends(self, start: QPointF, end: QPointF) -> None:
        """From the right edge of a card to the left edge of another, in scene coordinates."""
        if (start, end) != (self._start, self._end):
            self._start, self._end = start, end
            self._measure_bounds()

    def set_mode(self, mode: Mode) -> None:
        """ "hovered" shows the + plainly; "target" says that what is dragged will land here."""
        if mode != self.mode:
            self.mode = mode
            # A lit wire is seen also through the card that hangs over it.
            self.setZValue(4 if mode == "target" else 0)
            self.update()

    def _measure(self) -> None:
        self._label_width = self.look.small_metrics.horizontalAdvance(self.content.label)
        self._measure_bounds()
        self.update()

    def _measure_bounds(self) -> None:
        self.prepareGeometryChange()
        side = max(self.look.em * 1.8, self._label_width / 2)
        rect = QRectF(self._start, self._end).normalized()
        around = QRectF(rect.center() - QPointF(side, side), rect.center() + QPointF(side, side))
        self._bounds = rect.adjusted(-4, -4, 4, 4) | around

    def boundingRect(self) -> QRectF:
        return self._bounds

    def paint(
        self,
        painter: QPainter,
        option: QStyleOptionGraphicsItem,  # noqa: ARG002
        widget: QWidget | None = None,  # noqa: ARG002
    ) -> None:
        theme = self.look.theme
        line = blend(theme.window, theme.muted, 0.6) if self.mode == "quiet" else QColor(theme.accent)
        pen = QPen(line, 4.0 if self.mode == "target" else 1.5)
        pen.setCapStyle(Qt.PenCapStyle.FlatCap)
        painter.setPen(pen)
        painter.setBrush(Qt.BrushStyle.NoBrush)
        if abs(self._start.y() - self._end.y()) < 0.5:
            painter.drawLine(self._start, self._end)
        else:
            painter.drawPath(self._curve())
        middle = (self._start + self._end) / 2
        self._paint_plus(painter, middle)
        painter.setFont(self.look.small)
        painter.setPen(QColor(theme.muted if self.mode == "quiet" else theme.text))
        high = self.look.small_metrics.height()
        label = QRectF(middle.x() - 100, middle.y() - PLUS_RADIUS - high - 3, 200, high)
        painter.drawText(label, int(Qt.AlignmentFlag.AlignHCenter), self.content.label)

    def _curve(self) -> QPainterPath:
        path = QPainterPath(self._start)
        bend = QPointF((self._end.x() - self._start.x()) / 2, 0)
        path.cubicTo(self._start + bend, self._end - bend, self._end)
        return path

    def _paint_plus(self, painter: QPainter, middle: QPointF) -> None:
        theme = self.look.theme
        is_quiet = self.mode == "quiet"
        radius = PLUS_RADIUS - 1 if is_quiet else PLUS_RADIUS + 1
        edge = blend(theme.window, theme.muted, 0.6) if is_quiet else QColor(theme.accent)
        ground, cross = QColor(theme.window), QColor(theme.muted if is_quiet else theme.accent)
        if self.mode == "target":
            ground, cross = QColor(theme.accent), QColor(theme.on_accent)
        painter.setPen(QPen(edge, 1.2 if is_quiet else 1.6))
        painter.setBrush(ground)
        painter.drawEllipse(middle, radius, radius)
        painter.setPen(QPen(cross, 1.4))
        arm = radius * 0.5
        painter.drawLine(middle - QPointF(arm, 0), middle + QPointF(arm, 0))
        painter.drawLine(middle - QPointF(0, arm), middle + QPointF(0, arm))
