"""The large map of the answer: says where the pointer is, and takes strokes of a brush while one paints."""

from PySide6.QtCore import QEvent, QPointF, QRectF, Qt, Signal
from PySide6.QtGui import QColor, QFocusEvent, QKeyEvent, QMouseEvent, QPainter, QPen
from PySide6.QtWidgets import QWidget

from neuralstudio.ui.figures.scatter import ScatterWidget
from neuralstudio.ui.theme import Theme
from neuralstudio.views._base import Scatter

_RING = 9.0
"""Pixels from the middle of a point that has its turn to the ring around it."""
_KEY_STEP = 0.25
"""How far an arrow key moves the brush in the plane."""


class OutputMap(ScatterWidget):
    """A scatter figure that knows the plane under the pointer."""

    pointed = Signal(float, float)
    """The pointer is here, in the plane's own numbers."""
    left = Signal()
    """The pointer is not on the map any more."""
    pressed = Signal(float, float)
    dragged = Signal(float, float)
    released = Signal()

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(theme, parent)
        self._brush = 0.0
        self._is_down = False
        self._pointer: QPointF | None = None
        self._sample: tuple[float, float] | None = None

    def ring(self, sample: tuple[float, float] | None) -> None:
        """Puts a ring around the point that has its turn; None: none has."""
        if sample != self._sample:
            self._sample = sample
            self.update()

    def set_brush(self, radius: float) -> None:
        """How far a brush reaches, in the plane's numbers; 0: nobody paints."""
        if radius != self._brush:
            self._brush = radius
            self.setFocusPolicy(Qt.FocusPolicy.StrongFocus if radius else Qt.FocusPolicy.NoFocus)
            self.setCursor(Qt.CursorShape.CrossCursor if radius else Qt.CursorShape.ArrowCursor)
            self.update()

    def square(self) -> QRectF:
        """Where the plane lies in the widget."""
        assert self.figure is not None
        return self._square(self.figure, self.content_area())

    def at(self, where: QPointF) -> QPointF | None:
        """The place in the plane under a place in the widget; None beside the map."""
        if self.figure is None or self.is_empty:
            return None
        square = self.square()
        if not square.contains(where):
            return None
        way = (where - square.center()) * (2 * self.figure.reach / square.width())
        return QPointF(way.x(), -way.y())

    def place_of(self, x: float, y: float) -> QPointF:
        """The place in the widget of a place in the plane."""
        assert self.figure is not None
        square = self.square()
        return square.center() + QPointF(x, -y) * (square.width() / (2 * self.figure.reach))

    def paint_content(self, painter: QPainter, figure: Scatter, area: QRectF) -> None:
        super().paint_content(painter, figure, area)
        if self._sample is not None:
            painter.setBrush(Qt.BrushStyle.NoBrush)
            for colour, width in ((self.theme.panel, 5.0), (self.theme.text, 2.2)):
                painter.setPen(QPen(QColor(colour), width))
                painter.drawEllipse(self.place_of(*self._sample), _RING, _RING)
        if self._brush and self._pointer is not None:
            square = self.square()
            radius = self._brush * square.width() / (2 * figure.reach)
            painter.save()
            painter.setClipRect(square)
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.setPen(QPen(QColor(self.theme.text), 1.2))
            painter.drawEllipse(self._pointer, radius, radius)
            painter.restore()

    def mousePressEvent(self, event: QMouseEvent) -> None:
        at = self.at(event.position())
        if self._brush and at is not None and event.button() is Qt.MouseButton.LeftButton:
            self._is_down = True
            self.pressed.emit(at.x(), at.y())
            return
        super().mousePressEvent(event)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        at = self.at(event.position())
        self._pointer = event.position() if at is not None else None
        if at is None:
            self.left.emit()
        else:
            self.pointed.emit(at.x(), at.y())
            if self._is_down:
                self.dragged.emit(at.x(), at.y())
        if self._brush:
            self.update()

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        if self._is_down and event.button() is Qt.MouseButton.LeftButton:
            self._is_down = False
            self.released.emit()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Arrows move the brush, and Space sets it down for a stroke or takes it up again."""
        ways = {
            Qt.Key.Key_Left: (-_KEY_STEP, 0.0),
            Qt.Key.Key_Right: (_KEY_STEP, 0.0),
            Qt.Key.Key_Up: (0.0, _KEY_STEP),
            Qt.Key.Key_Down: (0.0, -_KEY_STEP),
        }
        key = Qt.Key(event.key())
        if not self._brush or self.figure is None or (key not in ways and key != Qt.Key.Key_Space):
            super().keyPressEvent(event)
            return
        at = self.at(self._pointer) if self._pointer is not None else None
        x, y = (at.x(), at.y()) if at is not None else (0.0, 0.0)
        if key in ways:
            reach = self.figure.reach
            x, y = (max(-reach, min(reach, old + way)) for old, way in zip((x, y), ways[key], strict=True))
            (self.dragged if self._is_down else self.pointed).emit(x, y)
        elif self._is_down:
            self.released.emit()
        else:
            self.pressed.emit(x, y)
        self._is_down ^= key == Qt.Key.Key_Space
        self._pointer = self.place_of(x, y)
        self.update()

    def focusOutEvent(self, event: QFocusEvent) -> None:
        super().focusOutEvent(event)
        if self._is_down:
            self._is_down = False
            self.released.emit()

    def leaveEvent(self, event: QEvent) -> None:
        super().leaveEvent(event)
        self._pointer = None
        self.left.emit()
        self.update()
