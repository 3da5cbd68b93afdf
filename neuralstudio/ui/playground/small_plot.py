"""What the small plots beside the board have in common: values at the left, and a pointer that reads them."""

from PySide6.QtCore import QEvent, QPointF, QRectF, Qt, Signal
from PySide6.QtGui import QColor, QFont, QFontMetricsF, QMouseEvent, QPainter
from PySide6.QtWidgets import QWidget

from neuralstudio.ui.figures.ranges import short_texts, tick_values
from neuralstudio.ui.theme import Theme, scaled

_LEAST_MARGIN = 34
"""Pixels left of the plot; more where the values need it."""
_GAP = 5


class SmallPlot(QWidget):
    """Abstract: a plot of lines over one axis."""

    pointed = Signal()
    """The pointer moved; ``read_out`` says what is there."""

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.theme = theme
        self._pointer: float | None = None
        self.setMouseTracking(True)

    def set_theme(self, theme: Theme) -> None:
        self.theme = theme
        self.update()

    def _small_font(self) -> QFont:
        return scaled(self.font(), 0.85)

    def _margin(self, low: float, high: float, most: int) -> float:
        """How far from the left edge the plot begins, so that all values of the axis have room."""
        metrics = QFontMetricsF(self._small_font())
        texts = short_texts(tick_values(low, high, most=most))
        return max(_LEAST_MARGIN, *(metrics.horizontalAdvance(text) + 2 * _GAP for text in texts))

    def _paint_grid(self, painter: QPainter, area: QRectF, low: float, high: float, most: int) -> None:
        """A line and a value for each of at most ``most`` + 1 round numbers from low to high."""
        values = tick_values(low, high, most=most)
        right = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
        for value, text in zip(values, short_texts(values), strict=True):
            y = area.bottom() - (value - low) / (high - low) * area.height()
            painter.setPen(QColor(self.theme.grid))
            painter.drawLine(QPointF(area.left(), y), QPointF(area.right(), y))
            painter.setPen(QColor(self.theme.muted))
            painter.drawText(QRectF(0, y - 8, area.left() - _GAP, 16), right, text)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        self._pointer = event.position().x()
        self.pointed.emit()
        self.update()

    def leaveEvent(self, event: QEvent) -> None:
        super().leaveEvent(event)
        self._pointer = None
        self.pointed.emit()
        self.update()
