"""Labelled bars: the probability of each class, compact enough to stand beside the drawing pad."""

from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import QColor, QFontMetricsF, QPainter
from PySide6.QtWidgets import QWidget

from neuralstudio.ui.figures._base import PADDING, FigureWidget
from neuralstudio.ui.theme import Theme, blend, scaled
from neuralstudio.views._base import Bars

_ROW = 26.0
_SMALLEST_ROW = 14


class BarsWidget(FigureWidget[Bars]):
    """One row for each label: name, bar, number. The strongest is bold and in the accent colour."""

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(theme, parent)
        self.setMinimumWidth(118)

    def has_content(self, figure: Bars) -> bool:
        return len(figure.values) > 0

    def refresh(self) -> None:
        rows = len(self.figure.values) if self.figure is not None else 0
        self.setMinimumHeight(self.header_height + max(4, min(rows, 24)) * _SMALLEST_ROW + PADDING)
        if self.figure is not None:
            rows_text = (f"{label} {self._number(value)}" for label, value in self._pairs(self.figure))
            self.setAccessibleDescription(", ".join(rows_text))

    def sizeHint(self) -> QSize:
        rows = (len(self.figure.values) if self.figure is not None else 0) or 10  # room for a sentence
        return QSize(190, self.header_height + rows * 18 + PADDING)

    def paint_content(self, painter: QPainter, figure: Bars, area: QRectF) -> None:
        pairs = self._pairs(figure)
        height = min(_ROW, area.height() / len(pairs))
        factor = min(1.0, 0.9 * height / self.fontMetrics().height())
        usual = scaled(self.font(), min(0.92, factor))
        bold = scaled(usual, 1.0, bold=True)
        metrics = QFontMetricsF(bold)
        label_width = min(area.width() * 0.4, max(metrics.horizontalAdvance(label) for label, _ in pairs)) + 8
        number_width = max(metrics.horizontalAdvance(self._number(value)) for _, value in pairs) + 6
        largest = 1.0 if figure.percent else max((abs(value) for _, value in pairs), default=1.0) or 1.0
        room = max(4.0, area.width() - label_width - number_width)
        start = area.left() + label_width
        painter.setPen(QColor(self.theme.border))
        painter.drawLine(int(start), int(area.top()), int(start), int(area.top() + height * len(pairs)))
        for row, (label, value) in enumerate(pairs):
            top = area.top() + row * height
            is_strongest = row == figure.strongest
            painter.setFont(bold if is_strongest else usual)
            painter.setPen(QColor(self.theme.text if is_strongest else self.theme.muted))
            name = QFontMetricsF(painter.font()).elidedText(
                label, Qt.TextElideMode.ElideRight, label_width - 6
            )
            middle = Qt.AlignmentFlag.AlignVCenter
            painter.drawText(QRectF(area.left(), top, label_width - 6, height), middle, name)
            width = max(1.0, room * min(1.0, abs(value) / largest))
            after = QRectF(start + 1 + width + 5, top, number_width + 2, height)
            painter.drawText(after, middle, self._number(value))
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(self._colour(value, is_strongest))
            thick = min(12.0, height * 0.6)
            bar = QRectF(start + 1, top + (height - thick) / 2, width, thick)
            radius = min(2.0, width / 2)
            painter.drawRoundedRect(bar, radius, radius)

    def _pairs(self, figure: Bars) -> list[tuple[str, float]]:
        return [(label, float(value)) for label, value in zip(figure.labels, figure.values, strict=True)]

    def _number(self, value: float) -> str:
        if self.figure is not None and self.figure.percent:
            return f"{value:.1%}"
        return f"{value:,.0f}" if value == round(value) else f"{value:.3g}"

    def _colour(self, value: float, is_strongest: bool) -> QColor:
        if value < 0:
            return QColor(self.theme.negative)
        return QColor(self.theme.accent) if is_strongest else blend(self.theme.panel, self.theme.accent, 0.6)
