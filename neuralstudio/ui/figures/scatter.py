"""Points on a square over a map of the network's answer, as in a playground of two inputs."""

import numpy as np
from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QFontMetricsF, QPainter, QPainterPath, QPen

from neuralstudio.ui.figures._base import FigureWidget
from neuralstudio.ui.figures.colours import Pixels, image_from, signed_pixels
from neuralstudio.ui.figures.ranges import tick_texts, tick_values
from neuralstudio.views._base import Scatter

_RADIUS = 3.6


class ScatterWidget(FigureWidget[Scatter]):
    """Training points have a white outline, test points a dark one; x2 grows upwards."""

    def has_content(self, figure: Scatter) -> bool:
        return len(figure.points) > 0 or figure.background.size > 0

    def paint_content(self, painter: QPainter, figure: Scatter, area: QRectF) -> None:
        square = self._square(area)
        painter.save()
        frame = QPainterPath()
        frame.addRoundedRect(square, 4, 4)
        painter.setClipPath(frame)
        painter.fillRect(square, QColor(self.theme.neutral))
        if figure.background.size:
            painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
            painter.drawImage(square, image_from(self._background(figure)))
        self._paint_points(painter, figure, square)
        painter.restore()
        painter.setPen(QColor(self.theme.border))
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.drawPath(frame)
        self._paint_ticks(painter, figure, square)

    def _square(self, area: QRectF) -> QRectF:
        metrics = QFontMetricsF(self.small_font())
        left, below = metrics.horizontalAdvance("−6.0") + 4, metrics.height() + 2
        side = max(20.0, min(area.width() - left - 2, area.height() - below - 2))
        x = area.left() + left + (area.width() - left - side) / 2
        return QRectF(round(x), round(area.top()), round(side), round(side))

    def _background(self, figure: Scatter) -> Pixels:
        """(rows, columns, 3) uint8."""
        if figure.background.ndim == 3:
            return np.ascontiguousarray(figure.background, dtype=np.uint8)
        # A little paler than the points, which have to stand out on their own side.
        paler = np.clip(figure.background.astype(np.float64), -1.0, 1.0) * 0.8
        return signed_pixels(paler, self.theme.neutral, self.theme.positive, self.theme.negative)

    def _paint_points(self, painter: QPainter, figure: Scatter, square: QRectF) -> None:
        outlines = (QPen(QColor("#ffffff"), 1.1), QPen(QColor("#14171c"), 1.1))
        brushes = self._class_colours(int(figure.classes.max(initial=0)) + 1)
        scale = square.width() / (2 * figure.reach)
        places = figure.points * np.array([scale, -scale]) + np.array(
            [square.center().x(), square.center().y()]
        )
        for place, which, is_test in zip(
            places.tolist(), figure.classes.tolist(), figure.is_test.tolist(), strict=True
        ):
            painter.setPen(outlines[is_test])
            painter.setBrush(brushes[which])
            painter.drawEllipse(QPointF(*place), _RADIUS, _RADIUS)

    def _class_colours(self, count: int) -> list[QColor]:
        families = self.theme.families
        more = (
            families.data,
            families.convolution,
            families.recurrent,
            families.regularise,
            families.loss,
            families.merge,
        )
        names = [self.theme.negative, self.theme.positive, *more]
        return [QColor(names[index % len(names)]) for index in range(max(count, 2))]

    def _paint_ticks(self, painter: QPainter, figure: Scatter, square: QRectF) -> None:
        painter.setFont(self.small_font())
        painter.setPen(QColor(self.theme.muted))
        values = tick_values(-figure.reach, figure.reach, most=6)
        line = QFontMetricsF(painter.font()).height()
        for value, text in zip(values, tick_texts(values), strict=True):
            share = (value + figure.reach) / (2 * figure.reach)
            name = text.replace("-", "−")
            x, y = square.left() + share * square.width(), square.bottom() - share * square.height()
            painter.drawText(
                QRectF(x - 20, square.bottom() + 2, 40, line), Qt.AlignmentFlag.AlignHCenter, name
            )
            y = min(max(y, square.top() + line / 2), square.bottom() - line / 2)
            right = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
            painter.drawText(QRectF(square.left() - 44, y - line / 2, 40, line), right, name)
