"""A matrix as colours: the confusion matrix with its counts, weights as a picture."""

from PySide6.QtCore import QEvent, QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QFontMetricsF, QHelpEvent, QPainter
from PySide6.QtWidgets import QToolTip

from neuralstudio.ui.figures._base import FigureWidget
from neuralstudio.ui.figures.colours import Pixels, image_from, signed_pixels
from neuralstudio.ui.theme import contrast, scaled
from neuralstudio.views._base import Heatmap

_GAPS_FROM = 8.0


class HeatmapWidget(FigureWidget[Heatmap]):
    """Cells coloured by value; square where room allows."""

    def has_content(self, figure: Heatmap) -> bool:
        return figure.values.size > 0

    def paint_content(self, painter: QPainter, figure: Heatmap, area: QRectF) -> None:
        cells = self._cells_area(area, figure)
        colours = self._colours(figure)
        rows, columns = figure.values.shape
        across, down = cells.width() / columns, cells.height() / rows
        painter.setRenderHint(QPainter.RenderHint.Antialiasing, False)
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform, False)
        painter.drawImage(cells, image_from(colours))
        if min(across, down) >= _GAPS_FROM:
            painter.setPen(QColor(self.theme.panel))
            for row in range(1, rows):
                painter.drawLine(
                    QPointF(cells.left(), cells.top() + row * down),
                    QPointF(cells.right(), cells.top() + row * down),
                )
            for column in range(1, columns):
                x = cells.left() + column * across
                painter.drawLine(QPointF(x, cells.top()), QPointF(x, cells.bottom()))
        if figure.cell_texts:
            self._paint_texts(painter, figure, cells, colours)
        self._paint_labels(painter, figure, cells)

    def _cells_area(self, area: QRectF, figure: Heatmap) -> QRectF:
        metrics = QFontMetricsF(self.small_font())
        line = metrics.height()
        left = max((metrics.horizontalAdvance(label) for label in figure.row_labels), default=0.0)
        left = (
            min(left, area.width() / 3)
            + (8 if figure.row_labels else 0)
            + (line + 2 if figure.row_title else 0)
        )
        below = (line + 2 if figure.column_labels else 0) + (line + 2 if figure.column_title else 0)
        room = area.adjusted(left, 2, -2, -below - 2)
        rows, columns = figure.values.shape
        side = min(room.width() / columns, room.height() / rows)
        # Cells may be wider than high (a matrix in a flat dock), but not by so much that the eye loses a row.
        size_x, size_y = min(room.width() / columns, side * 3.0), min(room.height() / rows, side * 3.0)
        return QRectF(room.left(), room.top(), max(1.0, size_x * columns), max(1.0, size_y * rows))

    def _colours(self, figure: Heatmap) -> Pixels:
        """(rows, columns, 3): neutral at zero, the full colour at the limit."""
        shares = figure.values / (figure.limit or 1.0)
        high = self.theme.positive if figure.signed else self.theme.accent
        return signed_pixels(shares, self.theme.neutral, high, self.theme.negative)

    def _paint_texts(self, painter: QPainter, figure: Heatmap, cells: QRectF, colours: Pixels) -> None:
        rows, columns = figure.values.shape
        across, down = cells.width() / columns, cells.height() / rows
        longest = max((text for row in figure.cell_texts for text in row), key=len, default="")
        width = QFontMetricsF(self.font()).horizontalAdvance(longest) or 1.0
        factor = min(0.9, (across - 4) / width, (down - 2) / self.fontMetrics().height())
        if factor < 0.45:
            return
        painter.setFont(scaled(self.font(), factor))
        for row, texts in enumerate(figure.cell_texts):
            for column, text in enumerate(texts):
                ground = QColor(*colours[row, column].tolist()).name()
                painter.setPen(self._readable_on(ground))
                cell = QRectF(cells.left() + column * across, cells.top() + row * down, across, down)
                painter.drawText(cell, Qt.AlignmentFlag.AlignCenter, text)

    def _readable_on(self, ground: str) -> QColor:
        light_or_dark = (self.theme.text, self.theme.panel)
        return QColor(max(light_or_dark, key=lambda colour: contrast(colour, ground)))

    def _paint_labels(self, painter: QPainter, figure: Heatmap, cells: QRectF) -> None:
        painter.setFont(self.small_font())
        painter.setPen(QColor(self.theme.muted))
        line = QFontMetricsF(self.small_font()).height()
        rows, columns = figure.values.shape
        across, down = cells.width() / columns, cells.height() / rows
        left = self.content_area().left() + (line + 2 if figure.row_title else 0)
        for row in range(0, len(figure.row_labels), _stride(down, line)):
            middle = cells.top() + (row + 0.5) * down
            where = QRectF(left, middle - line / 2, cells.left() - left - 6, line)
            painter.drawText(
                where, Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter, figure.row_labels[row]
            )
        widest = max(
            (QFontMetricsF(painter.font()).horizontalAdvance(label) for label in figure.column_labels),
            default=1,
        )
        for column in range(0, len(figure.column_labels), _stride(across, widest + 4)):
            middle = cells.left() + (column + 0.5) * across
            where = QRectF(middle - widest, cells.bottom() + 2, 2 * widest, line)
            painter.drawText(where, Qt.AlignmentFlag.AlignHCenter, figure.column_labels[column])
        if figure.column_title:
            below = QRectF(
                cells.left(),
                cells.bottom() + 2 + (line + 2 if figure.column_labels else 0),
                cells.width(),
                line,
            )
            painter.drawText(below, Qt.AlignmentFlag.AlignHCenter, figure.column_title)
        if figure.row_title:
            painter.save()
            painter.translate(self.content_area().left(), cells.bottom())
            painter.rotate(-90)
            painter.drawText(
                QRectF(0, 0, cells.height(), line), Qt.AlignmentFlag.AlignHCenter, figure.row_title
            )
            painter.restore()

    def event(self, event: QEvent) -> bool:
        if isinstance(event, QHelpEvent) and event.type() == QEvent.Type.ToolTip:
            QToolTip.showText(event.globalPos(), self._text_at(QPointF(event.pos())), self)
            return True
        return super().event(event)

    def _text_at(self, where: QPointF) -> str:
        if self.figure is None or self.is_empty:
            return ""
        figure = self.figure
        cells = self._cells_area(self.content_area(), figure)
        if not cells.contains(where):
            return ""
        rows, columns = figure.values.shape
        row = min(rows - 1, int((where.y() - cells.top()) / cells.height() * rows))
        column = min(columns - 1, int((where.x() - cells.left()) / cells.width() * columns))
        row_name = figure.row_labels[row] if figure.row_labels else str(row)
        column_name = figure.column_labels[column] if figure.column_labels else str(column)
        names = (
            f"{figure.row_title or self.tr('row')} {row_name}",
            f"{figure.column_title or self.tr('column')} {column_name}",
        )
        return f"{', '.join(names)}: {float(figure.values[row, column]):,.4g}"


def _stride(room: float, needed: float) -> int:
    return max(1, int(-(-needed // max(room, 1.0))))
