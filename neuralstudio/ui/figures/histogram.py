"""The spread of many values: weights, activations, gradients."""

from PySide6.QtCore import QEvent, QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QHelpEvent, QPainter
from PySide6.QtWidgets import QToolTip

from neuralstudio.ui.figures._base import FigureWidget
from neuralstudio.views._base import Histogram


class HistogramWidget(FigureWidget[Histogram]):
    """Columns over a value axis; where signed, orange left of zero and blue right of it."""

    def has_content(self, figure: Histogram) -> bool:
        return len(figure.counts) > 0 and float(figure.counts.max()) > 0

    def paint_content(self, painter: QPainter, figure: Histogram, area: QRectF) -> None:
        columns = self._columns_area(area)
        largest = float(figure.counts.max())
        low, span = float(figure.edges[0]), float(figure.edges[-1] - figure.edges[0]) or 1.0
        painter.setRenderHint(QPainter.RenderHint.Antialiasing, False)
        for index, count in enumerate(figure.counts.tolist()):
            left, right = float(figure.edges[index]), float(figure.edges[index + 1])
            x = columns.left() + (left - low) / span * columns.width()
            end = columns.left() + (right - low) / span * columns.width()
            height = columns.height() * count / largest
            gap = 1.0 if end - x > 3 else 0.0
            is_negative = figure.signed and left + right < 0
            colour = QColor(self.theme.negative if is_negative else self.theme.positive)
            if count > 0:
                height = max(1.0, height)
                painter.fillRect(
                    QRectF(x, columns.bottom() - height, max(1.0, end - x - gap), height), colour
                )
        painter.setPen(QColor(self.theme.border))
        painter.drawLine(columns.bottomLeft(), columns.bottomRight())
        self._paint_scale(painter, figure, columns, area)

    def _columns_area(self, area: QRectF) -> QRectF:
        lines = 2 if self.figure is not None and self.figure.note else 1
        return area.adjusted(0, 2, 0, -lines * self.fontMetrics().height())

    def _paint_scale(self, painter: QPainter, figure: Histogram, columns: QRectF, area: QRectF) -> None:
        painter.setFont(self.small_font())
        painter.setPen(QColor(self.theme.muted))
        line = self.fontMetrics().height()
        below = QRectF(area.left(), columns.bottom() + 2, area.width(), line)
        low, high = float(figure.edges[0]), float(figure.edges[-1])
        painter.drawText(below, Qt.AlignmentFlag.AlignLeft, _number(low))
        painter.drawText(below, Qt.AlignmentFlag.AlignRight, _number(high))
        if low < 0 < high:
            zero = columns.left() - low / (high - low) * columns.width()
            painter.drawText(QRectF(zero - 20, below.top(), 40, line), Qt.AlignmentFlag.AlignHCenter, "0")
        if figure.note:
            note = painter.fontMetrics().elidedText(
                figure.note, Qt.TextElideMode.ElideRight, int(area.width())
            )
            painter.drawText(below.translated(0, line), Qt.AlignmentFlag.AlignLeft, note)

    def event(self, event: QEvent) -> bool:
        if isinstance(event, QHelpEvent) and event.type() == QEvent.Type.ToolTip:
            QToolTip.showText(event.globalPos(), self._text_at(QPointF(event.pos())), self)
            return True
        return super().event(event)

    def _text_at(self, where: QPointF) -> str:
        columns = self._columns_area(self.content_area())
        if self.figure is None or self.is_empty or not columns.contains(where):
            return ""
        share = (where.x() - columns.left()) / columns.width()
        edges = self.figure.edges
        value = float(edges[0]) + share * float(edges[-1] - edges[0])
        index = min(len(self.figure.counts) - 1, max(0, int(edges.searchsorted(value, "right")) - 1))
        spread = self.tr("{low} to {high}").format(
            low=_number(float(edges[index])), high=_number(float(edges[index + 1]))
        )
        return f"{spread}: {int(self.figure.counts[index]):,}"


def _number(value: float) -> str:
    return f"{value:.3g}".replace("-", "−")
