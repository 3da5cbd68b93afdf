"""A surface in space, to be turned with the mouse or the arrow keys: heights and colours over a square."""

import math

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import (
    QColor,
    QFocusEvent,
    QFontMetricsF,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPen,
    QWheelEvent,
)
from PySide6.QtWidgets import QWidget

from neuralstudio.ui.figures._base import FigureWidget
from neuralstudio.ui.figures.colours import Pixels, signed_pixels
from neuralstudio.ui.figures.ranges import tick_texts, tick_values
from neuralstudio.ui.theme import Theme, blend
from neuralstudio.views._base import Axis, Surface

_TURN, _TILT = math.radians(-38), math.radians(32)
_LEAST_TILT, _MOST_TILT = math.radians(4), math.radians(86)
_LEAST_ZOOM, _MOST_ZOOM = 0.5, 3.0
_KEY_STEP = math.radians(6)
_PER_PIXEL = math.radians(0.5)
_NAME_AWAY, _FLOOR = 1.5, 0.05
"""How far from the middle an axis has its name, and up to which height no number stands at the upright."""
_TALL = 0.62
"""Height of the box beside half its width."""
_SEAM = 0.35
"""Pixels by which cells overlap, so that the ground does not show between them."""
_LIGHT = np.array([0.35, -0.45, 0.82])

Points = NDArray[np.float64]


class SurfaceWidget(FigureWidget[Surface]):
    """Painted from the back to the front, a polygon for each cell; nothing is kept between frames."""

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(theme, parent)
        self.turn, self.tilt, self.zoom = _TURN, _TILT, 1.0
        self._grabbed: QPointF | None = None
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setMouseTracking(False)
        self.setToolTip(self.tr("Drag or use the arrow keys to turn it, the wheel to zoom; Home: as it was"))

    def has_content(self, figure: Surface) -> bool:
        return figure.heights.size > 0

    def reset(self) -> None:
        """Looked at as in the beginning."""
        self.turn, self.tilt, self.zoom = _TURN, _TILT, 1.0
        self.update()

    def look(self, turn: float, tilt: float, zoom: float | None = None) -> None:
        """Looked at from elsewhere: angles in radians; the tilt stays above the ground."""
        self.turn = math.remainder(turn, 2 * math.pi)
        self.tilt = min(max(tilt, _LEAST_TILT), _MOST_TILT)
        self.zoom = min(max(self.zoom if zoom is None else zoom, _LEAST_ZOOM), _MOST_ZOOM)
        self.update()

    # ── painting ─────────────────────────────────────────────────────────────────────────────────

    def paint_content(self, painter: QPainter, figure: Surface, area: QRectF) -> None:
        painter.save()
        painter.setClipRect(area)
        self._paint_box(painter, area)
        self._paint_cells(painter, figure, area)
        self._paint_labels(painter, figure, area)
        painter.restore()
        if self.hasFocus():
            painter.setPen(QPen(QColor(self.theme.accent), 1))
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.drawRoundedRect(QRectF(self.rect()).adjusted(0.5, 0.5, -0.5, -0.5), 5, 5)

    def _on_screen(self, points: Points, area: QRectF) -> tuple[Points, Points]:
        """Points of the box (−1…1 across and along, −tall…tall up) as pixels (n, 2), and how far they are."""
        cos, sin = math.cos(self.turn), math.sin(self.turn)
        across = points[..., 0] * cos - points[..., 1] * sin
        along = points[..., 0] * sin + points[..., 1] * cos
        up = points[..., 2]
        depth = along * math.cos(self.tilt) - up * math.sin(self.tilt)
        rise = along * math.sin(self.tilt) + up * math.cos(self.tilt)
        scale = self.zoom * min(area.width(), area.height() * 1.1) / 2.95
        x = area.center().x() + across * scale
        y = area.center().y() - rise * scale
        return np.stack((x, y), axis=-1), depth

    def _paint_cells(self, painter: QPainter, figure: Surface, area: QRectF) -> None:
        corners = _corners(figure)
        places, depth = self._on_screen(corners, area)
        far = (depth[1:, 1:] + depth[:-1, :-1] + depth[1:, :-1] + depth[:-1, 1:]).ravel()
        order = np.argsort(-far)
        quads = np.stack((places[:-1, :-1], places[:-1, 1:], places[1:, 1:], places[1:, :-1]), axis=2)
        quads = quads.reshape(-1, 4, 2)[order]
        quads += _SEAM * np.sign(quads - quads.mean(axis=1, keepdims=True))
        colours = self._colours(figure, corners).reshape(-1, 3)[order]
        painter.setRenderHint(QPainter.RenderHint.Antialiasing, False)
        painter.setPen(Qt.PenStyle.NoPen)
        for quad, (red, green, blue) in zip(quads.tolist(), colours.tolist(), strict=True):
            painter.setBrush(QColor(red, green, blue))
            # A list takes a third of the time that a QPolygonF does.
            painter.drawConvexPolygon([QPointF(x, y) for x, y in quad])
        painter.setRenderHint(QPainter.RenderHint.Antialiasing, True)

    def _colours(self, figure: Surface, corners: Points) -> Pixels:
        """(rows − 1, columns − 1, 3): the colour of each cell, lighter where it faces the light."""
        if figure.colours.ndim == 3:
            cells = _middles(figure.colours.astype(np.float64))
        else:
            theme = self.theme
            shares = _middles(figure.colours.astype(np.float64))
            cells = signed_pixels(shares, theme.neutral, theme.positive, theme.negative).astype(np.float64)
        one = corners[1:, 1:] - corners[:-1, :-1]
        other = corners[1:, :-1] - corners[:-1, 1:]
        normals = np.cross(other, one)
        normals /= np.maximum(np.linalg.norm(normals, axis=2, keepdims=True), 1e-12)
        light = np.abs(normals @ (_LIGHT / np.linalg.norm(_LIGHT)))
        shaded: Pixels = np.clip(cells * (0.62 + 0.42 * light[..., None]), 0, 255).astype(np.uint8)
        return shaded

    def _paint_box(self, painter: QPainter, area: QRectF) -> None:
        """The floor with its grid, and the upright at the back where heights are read."""
        ticks = [np.linspace(-1, 1, 5)] * 2
        lines = [((x, -1, -_TALL), (x, 1, -_TALL)) for x in ticks[0]]
        lines += [((-1, y, -_TALL), (1, y, -_TALL)) for y in ticks[1]]
        places, _ = self._on_screen(np.array(lines, dtype=np.float64), area)
        painter.setPen(QPen(blend(self.theme.panel, self.theme.muted, 0.35), 1))
        for (x1, y1), (x2, y2) in places.tolist():
            painter.drawLine(QPointF(x1, y1), QPointF(x2, y2))
        left, right = self._upright()
        upright = np.array([(left, right, -_TALL), (left, right, _TALL)])
        ends, _ = self._on_screen(upright, area)
        painter.drawLine(QPointF(*ends[0].tolist()), QPointF(*ends[1].tolist()))

    def _paint_labels(self, painter: QPainter, figure: Surface, area: QRectF) -> None:
        painter.setFont(self.small_font())
        metrics = QFontMetricsF(painter.font())
        across, up, height = figure.axes
        front_x = _edge_in_front(self.turn, 0)
        front_y = _edge_in_front(self.turn, 1)
        texts: list[tuple[tuple[float, float, float], str, bool]] = []
        for share, text in _ticks(across):
            texts.append(((2 * share - 1, front_x * 1.14, -_TALL), text, False))
        for share, text in _ticks(up):
            texts.append(((front_y * 1.14, 2 * share - 1, -_TALL), text, False))
        texts.append(((0.0, front_x * _NAME_AWAY, -_TALL), across.name, True))
        texts.append(((front_y * _NAME_AWAY, 0.0, -_TALL), up.name, True))
        left, right = self._upright()
        for share, text in _ticks(height, most=3):
            if share < _FLOOR:
                continue  # where the ticks of the floor begin
            texts.append(((left * 1.08, right * 1.08, _TALL * (2 * share - 1)), text, False))
        texts.append(((left * 1.08, right * 1.08, _TALL * 1.28), height.name, True))
        places, _ = self._on_screen(np.array([place for place, _, _ in texts]), area)
        for (x, y), (_, text, is_name) in zip(places.tolist(), texts, strict=True):
            width = metrics.horizontalAdvance(text) + 2
            where = QRectF(x - width / 2, y - metrics.height() / 2, width, metrics.height())
            where.moveLeft(min(max(where.left(), area.left()), area.right() - width))
            painter.setPen(QColor(self.theme.text if is_name else self.theme.muted))
            painter.drawText(where, Qt.AlignmentFlag.AlignCenter, text)

    def _upright(self) -> tuple[float, float]:
        """The corner of the floor that lies farthest to the left on the screen."""
        corners = [(x, y) for x in (-1.0, 1.0) for y in (-1.0, 1.0)]
        cos, sin = math.cos(self.turn), math.sin(self.turn)
        return min(corners, key=lambda corner: corner[0] * cos - corner[1] * sin)

    # ── mouse and keys ───────────────────────────────────────────────────────────────────────────

    def mousePressEvent(self, event: QMouseEvent) -> None:
        if event.button() is Qt.MouseButton.LeftButton:
            self._grabbed = event.position()
            self.setCursor(Qt.CursorShape.ClosedHandCursor)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        if self._grabbed is not None:
            way = event.position() - self._grabbed
            self._grabbed = event.position()
            self.look(self.turn + way.x() * _PER_PIXEL, self.tilt + way.y() * _PER_PIXEL)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:  # noqa: ARG002
        self._grabbed = None
        self.unsetCursor()

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:  # noqa: ARG002
        self.reset()

    def wheelEvent(self, event: QWheelEvent) -> None:
        self.look(self.turn, self.tilt, self.zoom * 1.0015 ** event.angleDelta().y())
        event.accept()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        match event.key():
            case Qt.Key.Key_Left:
                self.look(self.turn - _KEY_STEP, self.tilt)
            case Qt.Key.Key_Right:
                self.look(self.turn + _KEY_STEP, self.tilt)
            case Qt.Key.Key_Up:
                self.look(self.turn, self.tilt - _KEY_STEP)
            case Qt.Key.Key_Down:
                self.look(self.turn, self.tilt + _KEY_STEP)
            case Qt.Key.Key_Plus:
                self.look(self.turn, self.tilt, self.zoom * 1.2)
            case Qt.Key.Key_Minus:
                self.look(self.turn, self.tilt, self.zoom / 1.2)
            case Qt.Key.Key_Home:
                self.reset()
            case _:
                super().keyPressEvent(event)

    def focusInEvent(self, event: QFocusEvent) -> None:
        super().focusInEvent(event)
        self.update()

    def focusOutEvent(self, event: QFocusEvent) -> None:
        super().focusOutEvent(event)
        self.update()


def _corners(figure: Surface) -> Points:
    """The points of the surface in the box: (rows, columns, 3)."""
    rows, columns = figure.heights.shape
    height = figure.axes[2]
    across, along = np.meshgrid(np.linspace(-1, 1, columns), np.linspace(1, -1, rows))
    share = (figure.heights - height.low) / ((height.high - height.low) or 1.0)
    return np.stack((across, along, _TALL * (2 * share - 1)), axis=-1)


def _middles(values: Points) -> Points:
    """The mean of the four corners of each cell."""
    return (values[1:, 1:] + values[:-1, 1:] + values[1:, :-1] + values[:-1, :-1]) / 4


def _edge_in_front(turn: float, axis: int) -> float:
    """Which end (−1 or 1) of the floor along the other axis is nearer to the eye."""
    nearness = math.cos(turn) if axis == 0 else math.sin(turn)
    return -1.0 if nearness > 0 else 1.0


def _ticks(axis: Axis, most: int = 4) -> list[tuple[float, str]]:
    """Where on the way along an axis (0–1) which number stands."""
    values = tick_values(axis.low, axis.high, most=most)
    texts = [text.replace("-", "−") for text in tick_texts(values)]
    span = (axis.high - axis.low) or 1.0
    return [((value - axis.low) / span, text) for value, text in zip(values, texts, strict=True)]
