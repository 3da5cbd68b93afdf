"""The network itself: neurons in columns and their weights, thick where strong, dashed where negative."""

import numpy as np
from PySide6.QtCore import QElapsedTimer, QEvent, QLineF, QPointF, QRectF, QSize, Qt, QTimer
from PySide6.QtGui import (
    QColor,
    QFontMetricsF,
    QHelpEvent,
    QMouseEvent,
    QPaintEngine,
    QPainter,
    QPainterPath,
    QPen,
    QPixmap,
)
from PySide6.QtWidgets import QToolTip, QWidget

from neuralstudio.ui.figures._base import FigureWidget
from neuralstudio.ui.figures.graph_layout import LARGEST_RADIUS, Layout, Points, has_more, lay_out
from neuralstudio.ui.theme import Theme, blend, scaled
from neuralstudio.views._base import Graph

_INTERVAL_MS = 250
# The picture is renewed less often where it takes long: it may have a fiftieth of the time.
_SPARING = 50
_WIDTHS = 6
# One drawLines call keeps the GIL until it returns: the training thread must get its turn in between.
_SLICE = 120
# Wide lines cost three times as much as thin ones: of very many edges only the strongest are drawn wide.
_WIDE_EDGES = 120
_NAME_WIDTH = 90.0


class GraphWidget(FigureWidget[Graph]):
    """Paints into a kept picture at most four times a second; the pointer's highlights go on top of it."""

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(theme, parent)
        self._layout: Layout | None = None
        self._picture: QPixmap | None = None
        self._is_stale = True
        self._rest_ms = _INTERVAL_MS
        self._since_paint = QElapsedTimer()
        self._timer = QTimer(self, singleShot=True)
        self._timer.timeout.connect(self.update)
        self._neuron: tuple[int, int] | None = None
        self._edge: tuple[int, int] | None = None

    def has_content(self, figure: Graph) -> bool:
        return any(len(layer.shown) for layer in figure.layers)

    def ground(self) -> str:
        return self.theme.window

    def refresh(self) -> None:
        self._is_stale = True

    def settle(self) -> None:
        self._picture = None

    def paint_content(self, painter: QPainter, figure: Graph, area: QRectF) -> None:
        if painter.paintEngine().type() in (QPaintEngine.Type.SVG, QPaintEngine.Type.Pdf):
            self._paint_network(painter, figure, area)
            return
        if (
            self._picture is None
            or not self._fits(self._picture)
            or (self._is_stale and self._may_paint_again())
        ):
            self._since_paint.start()
            self._picture = self._new_picture(figure, area)
            self._rest_ms = max(_INTERVAL_MS, _SPARING * self._since_paint.elapsed())
            self._is_stale = False
            self._since_paint.start()
        elif self._is_stale and not self._timer.isActive():
            self._timer.start(max(1, self._rest_ms - self._since_paint.elapsed()))
        is_marked = self._neuron is not None or self._edge is not None
        painter.setOpacity(0.3 if is_marked else 1.0)
        painter.drawPixmap(0, self.header_height, self._picture)
        painter.setOpacity(1.0)
        if is_marked:
            self._paint_marked(painter, figure)

    def _may_paint_again(self) -> bool:
        return not self._since_paint.isValid() or self._since_paint.elapsed() >= self._rest_ms

    def _new_picture(self, figure: Graph, area: QRectF) -> QPixmap:
        ratio = self.devicePixelRatioF()
        picture = QPixmap(self._picture_size())
        picture.setDevicePixelRatio(ratio)
        picture.fill(QColor(self.ground()))
        painter = QPainter(picture)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setFont(self.font())
        painter.translate(0, -self.header_height)
        self._paint_network(painter, figure, area)
        painter.end()
        return picture

    def _picture_size(self) -> QSize:
        """In pixels of the screen: the widget without its title."""
        return QSize(self.width(), max(1, self.height() - self.header_height)) * self.devicePixelRatioF()

    def _fits(self, picture: QPixmap) -> bool:
        return picture.size() == self._picture_size()

    # The network

    def _paint_network(self, painter: QPainter, figure: Graph, area: QRectF) -> None:
        self._layout = lay_out(figure, self.edge_area())
        self._paint_edges(painter, figure, self._layout)
        for index in range(len(figure.layers)):
            self._paint_column(painter, figure, index, self._layout, area)
        if figure.note:
            painter.setFont(self.small_font())
            painter.setPen(QColor(self.theme.muted))
            corner = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignBottom
            painter.drawText(area, corner, figure.note)

    def edge_area(self) -> QRectF:
        """Where neurons and edges lie: inside the titles above, the note below and the names at both ends."""
        figure, area = self.figure, self.content_area()
        if figure is None or not figure.layers:
            return area
        line = QFontMetricsF(self.font()).height()
        first, last = self._name_width(figure, 0), self._name_width(figure, len(figure.layers) - 1)
        widest = max(QFontMetricsF(self.font()).horizontalAdvance(layer.title) for layer in figure.layers)
        below = line * 2.4 if figure.note else line * 1.2
        return area.adjusted(max(first, widest / 2) + 8, line * 2.4, -max(last, widest / 2) - 8, -below)

    def _name_width(self, figure: Graph, index: int) -> float:
        names = figure.layers[index].names
        metrics = QFontMetricsF(self.small_font())
        return min(_NAME_WIDTH, max((metrics.horizontalAdvance(name) for name in names), default=0.0))

    def _paint_edges(self, painter: QPainter, figure: Graph, layout: Layout) -> None:
        """Weak weights first, in batches of one width and colour; all opaque, since blending is slow."""
        weights = [np.asarray(edges.weights, dtype=np.float64) for edges in figure.edges]
        shares = [np.clip(np.abs(values) / (figure.limit or 1.0), 0.0, 1.0) for values in weights]
        sizes = np.sort(np.concatenate([*shares, np.zeros(1)]))
        wide_from = float(sizes[-_WIDE_EDGES]) if len(sizes) > 2 * _WIDE_EDGES else 0.0
        for step in range(_WIDTHS):
            for is_positive in (False, True):
                for lines, values, share in zip(layout.lines, weights, shares, strict=True):
                    level = np.minimum((share * _WIDTHS).astype(np.int64), _WIDTHS - 1)
                    here = (level == step) & ((values > 0) == is_positive) & (values != 0)
                    pen = self._pen((step + 0.5) / _WIDTHS, is_positive)
                    # Among hundreds of edges the weak ones are hairlines: neither dashes nor smooth
                    # edges could be seen there, and both cost most of the time.
                    painter.setRenderHint(QPainter.RenderHint.Antialiasing, False)
                    painter.setPen(QPen(pen.color(), 0))
                    self._draw(painter, lines[here & (share < wide_from)])
                    painter.setRenderHint(QPainter.RenderHint.Antialiasing, True)
                    painter.setPen(pen)
                    self._draw(painter, lines[here & (share >= wide_from)])

    def _pen(self, share: float, is_positive: bool) -> QPen:
        colour = self.theme.positive if is_positive else self.theme.negative
        pen = QPen(blend(self.ground(), colour, 0.35 + 0.6 * share))
        # From one pixel for the weakest to six at the limit; in crowded columns thinner, to see between them.
        crowded = 1.0 if self._layout is None else self._layout.radius / LARGEST_RADIUS
        pen.setWidthF(1.0 + 5.0 * crowded * max(0.0, share - 0.5 / _WIDTHS) / (1 - 1 / _WIDTHS))
        pen.setCapStyle(Qt.PenCapStyle.FlatCap)
        if not is_positive:
            pen.setDashPattern([max(1.6, 6.0 / pen.widthF()), max(0.8, 3.0 / pen.widthF())])
        return pen

    def _draw(self, painter: QPainter, lines: Points) -> None:
        if not len(lines):
            return
        painter.setBrush(Qt.BrushStyle.NoBrush)
        if lines.shape[1] == 2:
            segments = [QLineF(*pair) for pair in lines.reshape(-1, 4).tolist()]
            for start in range(0, len(segments), _SLICE):
                painter.drawLines(segments[start : start + _SLICE])
            return
        for points in lines.tolist():
            path = QPainterPath(QPointF(*points[0]))
            for point in points[1:]:
                path.lineTo(*point)
            painter.drawPath(path)

    def _paint_column(
        self, painter: QPainter, figure: Graph, index: int, layout: Layout, area: QRectF
    ) -> None:
        layer, centres = figure.layers[index], layout.columns[index]
        line = QFontMetricsF(self.font()).height()
        x = float(centres[0, 0]) if len(centres) else area.center().x()
        heading = QRectF(x - 150, area.top(), 300, line)
        painter.setFont(scaled(self.font(), 0.92, bold=True))
        painter.setPen(QColor(self.theme.text))
        painter.drawText(heading, Qt.AlignmentFlag.AlignHCenter, layer.title)
        painter.setFont(self.small_font())
        painter.setPen(QColor(self.theme.muted))
        total = (
            self.tr("1 neuron") if layer.total == 1 else self.tr("{n} neurons").format(n=f"{layer.total:,}")
        )
        painter.drawText(heading.translated(0, line), Qt.AlignmentFlag.AlignHCenter, total)
        if has_more(layer) and len(centres):
            spacing = centres[1, 1] - centres[0, 1] if len(centres) > 1 else layout.radius * 2.6
            more = QRectF(x - 80, centres[-1, 1] + spacing / 2, 160, max(line, spacing * 0.9))
            text = self.tr("… {n} more").format(n=f"{layer.total - len(layer.shown):,}")
            painter.drawText(more, Qt.AlignmentFlag.AlignHCenter | Qt.AlignmentFlag.AlignTop, text)
        for position in range(len(centres)):
            self._paint_neuron(painter, figure, index, position, layout)

    def _paint_neuron(
        self, painter: QPainter, figure: Graph, index: int, position: int, layout: Layout
    ) -> None:
        layer = figure.layers[index]
        centre = QPointF(*layout.columns[index][position].tolist())
        painter.setPen(QPen(QColor(self.theme.muted), 1.2))
        painter.setBrush(self._activation_colour(figure, index, position))
        painter.drawEllipse(centre, layout.radius, layout.radius)
        is_end = index in (0, len(figure.layers) - 1)
        line = QFontMetricsF(self.small_font()).height()
        if not layer.names or not is_end or layout.radius * 2.6 < line * 0.8:
            return
        painter.setFont(self.small_font())
        painter.setPen(QColor(self.theme.text))
        name = QFontMetricsF(painter.font()).elidedText(
            layer.names[position], Qt.TextElideMode.ElideRight, _NAME_WIDTH
        )
        gap = layout.radius + 6
        middle = Qt.AlignmentFlag.AlignVCenter
        if index == 0:
            where = QRectF(centre.x() - gap - _NAME_WIDTH, centre.y() - line, _NAME_WIDTH, 2 * line)
            painter.drawText(where, middle | Qt.AlignmentFlag.AlignRight, name)
        else:
            painter.drawText(QRectF(centre.x() + gap, centre.y() - line, _NAME_WIDTH, 2 * line), middle, name)

    def _activation_colour(self, figure: Graph, index: int, position: int) -> QColor:
        values = figure.layers[index].activations
        if values is None or not len(values):
            return QColor(self.theme.raised)
        largest = float(np.abs(values).max()) or 1.0
        value = float(values[position])
        colour = self.theme.positive if value >= 0 else self.theme.negative
        return blend(self.theme.raised, colour, min(1.0, abs(value) / largest))

    # Pointer

    def _paint_marked(self, painter: QPainter, figure: Graph) -> None:
        if self._layout is None:
            return
        for group, edges in enumerate(figure.edges):
            chosen = np.zeros(len(edges.weights), dtype=bool)
            if self._neuron is not None:
                layer, position = self._neuron
                chosen |= (edges.starts == position) & (edges.source == layer)
                chosen |= (edges.ends == position) & (edges.target == layer)
            elif self._edge is not None and self._edge[0] == group:
                chosen[self._edge[1]] = True
            for index in np.flatnonzero(chosen).tolist():
                weight = float(edges.weights[index])
                painter.setPen(self._pen(min(1.0, 0.25 + abs(weight) / (figure.limit or 1.0)), weight > 0))
                self._draw(painter, self._layout.lines[group][index : index + 1])
                self._paint_neuron(painter, figure, edges.source, int(edges.starts[index]), self._layout)
                self._paint_neuron(painter, figure, edges.target, int(edges.ends[index]), self._layout)
        if self._neuron is not None:
            self._paint_neuron(painter, figure, *self._neuron, self._layout)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        layout = None if self.is_empty else self._layout
        neuron = layout.neuron_at(event.position()) if layout is not None else None
        edge = layout.edge_at(event.position()) if layout is not None and neuron is None else None
        if (neuron, edge) != (self._neuron, self._edge):
            self._neuron, self._edge = neuron, edge
            self.update()

    def leaveEvent(self, event: QEvent) -> None:
        super().leaveEvent(event)
        self._neuron = self._edge = None
        self.update()

    def event(self, event: QEvent) -> bool:
        if isinstance(event, QHelpEvent) and event.type() == QEvent.Type.ToolTip:
            QToolTip.showText(event.globalPos(), self.text_at(QPointF(event.pos())), self)
            return True
        return super().event(event)

    def text_at(self, where: QPointF) -> str:
        """What is under the pointer: a neuron with its activation, or a weight with its value."""
        if self.figure is None or self.is_empty or self._layout is None:
            return ""
        neuron = self._layout.neuron_at(where)
        if neuron is not None:
            values = self.figure.layers[neuron[0]].activations
            tail = (
                ""
                if values is None
                else self.tr(": activation {value}").format(value=_number(values[neuron[1]]))
            )
            return f"{self._neuron_name(self.figure, *neuron)}{tail}"
        edge = self._layout.edge_at(where)
        if edge is None:
            return ""
        edges, index = self.figure.edges[edge[0]], edge[1]
        return self.tr("{source} → {target}: weight {value}").format(
            source=self._neuron_name(self.figure, edges.source, int(edges.starts[index])),
            target=self._neuron_name(self.figure, edges.target, int(edges.ends[index])),
            value=_number(edges.weights[index]),
        )

    def _neuron_name(self, figure: Graph, index: int, position: int) -> str:
        layer = figure.layers[index]
        return f"{layer.title} {layer.names[position] if layer.names else int(layer.shown[position])}"


def _number(value: float) -> str:
    return f"{float(value):.4g}".replace("-", "−")
