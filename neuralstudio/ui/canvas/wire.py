"""A wire between two cards, the shape of what flows through it, and the + that puts a layer on it."""

import itertools
from collections.abc import Sequence
from typing import Literal

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPainterPath, QPainterPathStroker, QPen
from PySide6.QtWidgets import QGraphicsItem, QStyleOptionGraphicsItem, QWidget

from neuralstudio.ui.canvas.arrangement import Route, middle_of
from neuralstudio.ui.canvas.content import WireContent
from neuralstudio.ui.canvas.look import PLAIN_BELOW, Look
from neuralstudio.ui.theme import blend

PLUS_RADIUS = 8.0
LEAST_LENGTH = 52.0
REACH = 7.0
"""How far beside a wire one may click and still mean it."""
Mode = Literal["quiet", "hovered", "target", "selected"]
_LOUDEST: tuple[Mode, ...] = ("target", "selected", "hovered", "quiet")


def path_of(route: Sequence[QPointF]) -> QPainterPath:
    """The line through the way points: straight where they are level, else bent like an S."""
    path = QPainterPath(route[0])
    for start, end in itertools.pairwise(route):
        if abs(start.y() - end.y()) < 0.5:
            path.lineTo(end)
        else:
            bend = QPointF((end.x() - start.x()) / 2, 0)
            path.cubicTo(start + bend, end - bend, end)
    return path


class WireItem(QGraphicsItem):
    """Paints a wire. ``set_route`` is called for every frame of an animation, so it is cheap."""

    def __init__(self, content: WireContent, look: Look) -> None:
        super().__init__()
        self.setAcceptedMouseButtons(Qt.MouseButton.NoButton)
        self.content = content
        self.look = look
        self._modes: set[Mode] = {"quiet"}
        self.has_plus = True
        """Not in a picture, where nobody can click."""
        self.route: Route = (QPointF(), QPointF())
        self._path = QPainterPath()
        self._near: QPainterPath | None = None
        self._bounds = QRectF()
        self._middle = QPointF()
        self._label_width = 0.0
        self._measure()

    @property
    def least_length(self) -> float:
        """How long the wire must be for its label."""
        return max(LEAST_LENGTH, self._label_width + 14)

    @property
    def mode(self) -> Mode:
        """The loudest of what is to be said of it now."""
        return next(mode for mode in _LOUDEST if mode in self._modes)

    def set_content(self, content: WireContent) -> None:
        if content != self.content:
            self.content = content
            self._measure()

    def set_look(self, look: Look) -> None:
        self.look = look
        self._measure()

    def set_route(self, route: Route) -> None:
        """Way points in scene coordinates, from the right edge of a card to the left edge of another."""
        if route != self.route:
            self.route = route
            self._measure_bounds()

    def set_mode(self, mode: Mode, *, is_on: bool = True) -> None:
        """ "hovered" shows the + plainly, "target" says that what is dragged will land here."""
        before = self.mode
        (self._modes.add if is_on else self._modes.discard)(mode)
        if before != self.mode:
            # A lit wire is seen also through the card that hangs over it.
            self.setZValue({"target": 4, "selected": 0.5}.get(self.mode, 0))
            self.update()

    def set_dimmed(self, is_dimmed: bool) -> None:
        """Steps back while something else is looked for."""
        self.setOpacity(0.35 if is_dimmed else 1.0)

    def is_at(self, point: QPointF) -> bool:
        """Whether the wire runs under a point, or very near."""
        if not self._bounds.contains(point):
            return False
        if self._near is None:
            stroker = QPainterPathStroker()
            stroker.setWidth(2 * REACH)
            self._near = stroker.createStroke(self._path)
        return self._near.contains(point)

    def _measure(self) -> None:
        self._label_width = self.look.small_metrics.horizontalAdvance(self.content.label)
        self._measure_bounds()
        self.update()

    def _measure_bounds(self) -> None:
        self.prepareGeometryChange()
        self._path = path_of(self.route)
        self._near = None
        self._middle = middle_of(self.route)
        side = max(self.look.em * 1.8, self._label_width / 2)
        around = QRectF(self._middle - QPointF(side, side), self._middle + QPointF(side, side))
        self._bounds = self._path.controlPointRect().adjusted(-REACH, -REACH, REACH, REACH) | around

    def boundingRect(self) -> QRectF:
        return self._bounds

    def paint(
        self,
        painter: QPainter,
        option: QStyleOptionGraphicsItem,  # noqa: ARG002
        widget: QWidget | None = None,  # noqa: ARG002
    ) -> None:
        theme, mode = self.look.theme, self.mode
        scale = painter.worldTransform().m11()
        line = blend(theme.window, theme.muted, 0.6) if mode == "quiet" else QColor(theme.accent)
        width = {"target": 4.0, "selected": 3.0, "hovered": 2.0}.get(mode, 1.5)
        pen = QPen(line, max(width, 1 / scale))
        pen.setCapStyle(Qt.PenCapStyle.FlatCap)
        painter.setPen(pen)
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.drawPath(self._path)
        if scale < PLAIN_BELOW and mode == "quiet":
            return
        if self.has_plus:
            self._paint_plus(painter, self._middle)
        painter.setFont(self.look.small)
        painter.setPen(QColor(theme.muted if mode == "quiet" else theme.text))
        high = self.look.small_metrics.height()
        middle = self._middle
        label = QRectF(middle.x() - 100, middle.y() - PLUS_RADIUS - high - 3, 200, high)
        painter.drawText(label, int(Qt.AlignmentFlag.AlignHCenter), self.content.label)

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
