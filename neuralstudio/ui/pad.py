"""The drawing pad: strokes by mouse, finger or pen, for a digit that the network shall recognise."""

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QEvent, QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import (
    QColor,
    QImage,
    QKeyEvent,
    QKeySequence,
    QMouseEvent,
    QPainter,
    QPainterPath,
    QPaintEvent,
    QPen,
    QResizeEvent,
    QTabletEvent,
    QTouchEvent,
)
from PySide6.QtWidgets import QWidget

from neuralstudio.ui.theme import Theme, blend

Stroke = NDArray[np.float64]

_WIDTH = 0.085
_NEAREST = 0.004


class DigitPad(QWidget):
    """A black square with white strokes. Points are (x right, y down) in 0…1 of the square."""

    strokes_changed = Signal()

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self._strokes: list[list[tuple[float, float]]] = []
        self._widths: list[list[float]] = []
        self._is_drawing = False
        self._image: QImage | None = None
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setAttribute(Qt.WidgetAttribute.WA_AcceptTouchEvents)
        self.setCursor(Qt.CursorShape.CrossCursor)
        self.setMinimumSize(96, 96)
        self.setAccessibleName(self.tr("Drawing pad"))
        self.setAccessibleDescription(
            self.tr(
                "Draw a digit with mouse, finger or pen. Delete clears, Ctrl+Z takes back the last stroke."
            )
        )

    def strokes(self) -> list[Stroke]:
        """Each stroke as (n, 2) float64 in 0…1: x right, y down."""
        return [np.array(stroke, dtype=np.float64).reshape(-1, 2) for stroke in self._strokes]

    def set_strokes(self, strokes: list[Stroke]) -> None:
        """Show these strokes in place of what is drawn; points outside the square are moved to its edge."""
        clipped = [
            np.clip(np.asarray(stroke, dtype=np.float64), 0.0, 1.0) for stroke in strokes if len(stroke)
        ]
        self._strokes = [[(x, y) for x, y in stroke.tolist()] for stroke in clipped]
        self._widths = [[1.0] * len(stroke) for stroke in self._strokes]
        self._is_drawing = False
        self._repaint_all()

    def clear(self) -> None:
        """Empty the pad; silent if it is empty already."""
        if self._strokes:
            self.set_strokes([])

    def undo(self) -> None:
        """Take back the last stroke."""
        if self._strokes:
            self._strokes.pop()
            self._widths.pop()
            self._is_drawing = False
            self._repaint_all()

    @property
    def is_empty(self) -> bool:
        return not self._strokes

    def set_theme(self, theme: Theme) -> None:
        self._theme = theme
        self._image = None
        self.update()

    def sizeHint(self) -> QSize:
        return QSize(140, 140)

    def hasHeightForWidth(self) -> bool:
        return True

    def heightForWidth(self, width: int) -> int:
        return width

    # Painting

    def paintEvent(self, event: QPaintEvent) -> None:
        super().paintEvent(event)
        square = self._square()
        frame = QPainterPath()
        frame.addRoundedRect(square.adjusted(0.5, 0.5, -0.5, -0.5), 6, 6)
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.fillPath(frame, QColor(self._theme.pad))
        if self._strokes:
            painter.setClipPath(frame)
            painter.drawImage(square.topLeft(), self._picture())
            painter.setClipping(False)
        else:
            painter.setPen(blend(self._theme.pad, self._theme.ink, 0.62))
            flags = Qt.AlignmentFlag.AlignCenter | Qt.TextFlag.TextWordWrap
            painter.drawText(square.adjusted(8, 8, -8, -8), int(flags), self.tr("Draw a digit here"))
        painter.setPen(QPen(QColor(self._theme.accent if self.hasFocus() else self._theme.border), 1))
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.drawPath(frame)
        painter.end()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._image = None

    def _square(self) -> QRectF:
        side = min(self.width(), self.height())
        return QRectF((self.width() - side) // 2, (self.height() - side) // 2, side, side)

    def _picture(self) -> QImage:
        if self._image is None:
            ratio = self.devicePixelRatioF()
            side = max(1, round(self._square().width() * ratio))
            self._image = QImage(side, side, QImage.Format.Format_ARGB32_Premultiplied)
            self._image.setDevicePixelRatio(ratio)
            self._image.fill(Qt.GlobalColor.transparent)
            for index, stroke in enumerate(self._strokes):
                for point in range(len(stroke)):
                    self._paint_piece(index, point)
        return self._image

    def _paint_piece(self, index: int, point: int) -> QRectF:
        """Add the piece of a stroke that ends at ``point`` to the picture; returns where it changed."""
        side = self._square().width()
        stroke = self._strokes[index]
        begin, end = (QPointF(x * side, y * side) for x, y in (stroke[max(0, point - 1)], stroke[point]))
        width = max(2.0, side * _WIDTH * self._widths[index][point])
        painter = QPainter(self._picture())
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        round_ends = (Qt.PenCapStyle.RoundCap, Qt.PenJoinStyle.RoundJoin)
        painter.setPen(QPen(QColor(self._theme.ink), width, Qt.PenStyle.SolidLine, *round_ends))
        if begin == end:
            painter.drawPoint(end)
        else:
            painter.drawLine(begin, end)
        painter.end()
        margin = width / 2 + 2
        area = QRectF(begin, end).normalized().adjusted(-margin, -margin, margin, margin)
        return area.translated(self._square().topLeft())

    def _repaint_all(self) -> None:
        self._image = None
        self.update()
        self.strokes_changed.emit()

    # Drawing

    def _begin(self, where: QPointF, pressure: float = 1.0) -> None:
        self._picture()
        self._strokes.append([])
        self._widths.append([])
        self._is_drawing = True
        if len(self._strokes) == 1:
            self.update()
        self._add(where, pressure)

    def _add(self, where: QPointF, pressure: float = 1.0) -> None:
        square = self._square()
        x = min(1.0, max(0.0, (where.x() - square.left()) / square.width()))
        y = min(1.0, max(0.0, (where.y() - square.top()) / square.height()))
        stroke = self._strokes[-1]
        if stroke and abs(stroke[-1][0] - x) + abs(stroke[-1][1] - y) < _NEAREST:
            return
        stroke.append((x, y))
        self._widths[-1].append(0.5 + 0.8 * min(1.0, max(0.0, pressure)) if pressure != 1.0 else 1.0)
        self.update(self._paint_piece(len(self._strokes) - 1, len(stroke) - 1).toAlignedRect())
        self.strokes_changed.emit()

    def mousePressEvent(self, event: QMouseEvent) -> None:
        if event.button() == Qt.MouseButton.LeftButton:
            self._begin(event.position())

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        if self._is_drawing and event.buttons() & Qt.MouseButton.LeftButton:
            self._add(event.position())

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        if event.button() == Qt.MouseButton.LeftButton:
            self._is_drawing = False

    def tabletEvent(self, event: QTabletEvent) -> None:
        if event.type() == QEvent.Type.TabletPress:
            self._begin(event.position(), event.pressure())
        elif event.type() == QEvent.Type.TabletMove and self._is_drawing:
            self._add(event.position(), event.pressure())
        elif event.type() == QEvent.Type.TabletRelease:
            self._is_drawing = False
        event.accept()

    def event(self, event: QEvent) -> bool:
        if isinstance(event, QTouchEvent):
            self._on_touch(event)
            return True
        # The window's undo must not take the keys of the pad that has the focus.
        if (
            isinstance(event, QKeyEvent)
            and event.type() == QEvent.Type.ShortcutOverride
            and self._is_ours(event)
        ):
            event.accept()
            return True
        return super().event(event)

    def _on_touch(self, event: QTouchEvent) -> None:
        event.accept()
        if not event.points():
            return
        where = event.points()[0].position()
        if event.type() == QEvent.Type.TouchBegin:
            self.setFocus(Qt.FocusReason.MouseFocusReason)
            self._begin(where)
        elif event.type() == QEvent.Type.TouchUpdate and self._is_drawing:
            self._add(where)
        elif event.type() in (QEvent.Type.TouchEnd, QEvent.Type.TouchCancel):
            self._is_drawing = False

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if not self._is_ours(event):
            super().keyPressEvent(event)
        elif event.matches(QKeySequence.StandardKey.Undo):
            self.undo()
        else:
            self.clear()

    def _is_ours(self, event: QKeyEvent) -> bool:
        """Undo, while there is a stroke to take back, and the keys that clear."""
        if event.matches(QKeySequence.StandardKey.Undo):
            return not self.is_empty
        is_plain = event.modifiers() in (Qt.KeyboardModifier.NoModifier, Qt.KeyboardModifier.KeypadModifier)
        return is_plain and event.key() in (Qt.Key.Key_Delete, Qt.Key.Key_Backspace)
