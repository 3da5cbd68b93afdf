"""Paints the columns of a network graph: headings, circles and small pictures, and their words."""

from dataclasses import dataclass

import numpy as np
from PySide6.QtCore import QCoreApplication, QPointF, QRect, QRectF, Qt
from PySide6.QtGui import QColor, QFont, QFontMetricsF, QImage, QPainter, QPainterPath, QPen

from neuralstudio.ui.figures.colours import image_from, signed_pixels
from neuralstudio.ui.figures.graph_edges import EdgePainter
from neuralstudio.ui.figures.graph_layout import NAME_WIDTH, Layout, Place
from neuralstudio.ui.theme import Theme, blend, scaled
from neuralstudio.views._base import Floats, Graph, Layer


@dataclass(frozen=True)
class Lit:
    """How far a signal has come: columns up to ``forward`` have their activations, from ``backward`` on their
    errors. Without a signal every column has its activations.
    """

    forward: int = 1 << 30
    backward: int = 1 << 30

    def is_on(self, layer: Layer) -> bool:
        """The column has heard of the sample."""
        return layer.depth <= self.forward

    def is_back(self, layer: Layer) -> bool:
        """The error has come back to the column."""
        return layer.depth >= self.backward


@dataclass(frozen=True)
class Sheet:
    """The small pictures of a column one below the other, each of ``rows`` and ``columns`` pixels."""

    image: QImage
    rows: int
    columns: int


class GraphPainter:
    """Paints columns with one theme and font; ``edges`` paints what lies under them."""

    def __init__(self, theme: Theme, font: QFont) -> None:
        self.theme = theme
        self.font = font
        self.small = scaled(font, 0.85)
        self.line = QFontMetricsF(font).height()
        self.edges = EdgePainter(theme, self.line)

    def paint(self, painter: QPainter, figure: Graph, layout: Layout, lit: Lit, view: QRectF) -> None:
        """All of a graph that is in ``view``."""
        self.edges.paint(painter, figure, layout, view)
        last = max(layer.depth for layer in figure.layers)
        near = view.adjusted(-NAME_WIDTH, 0, NAME_WIDTH, 0)
        for layer, place in zip(figure.layers, layout.places, strict=True):
            if place.lane.intersects(near):
                self.column(painter, layer, place, lit, is_end=layer.depth == last)

    # Columns

    def column(self, painter: QPainter, layer: Layer, place: Place, lit: Lit, *, is_end: bool) -> None:
        """Heading, neurons, and how many there are beyond the window."""
        self._heading(painter, layer, place)
        if layer.kind == "pixels":
            self._picture(painter, layer, place, lit)
            return
        sheet = self.sheet(layer, lit)
        for position in range(len(place.centres)):
            self.neuron(painter, layer, place, position, lit, sheet, is_end=is_end)
        self._more(painter, layer, place)
        if layer.is_recurrent:
            self._loop(painter, place)

    def neuron(
        self,
        painter: QPainter,
        layer: Layer,
        place: Place,
        position: int,
        lit: Lit,
        sheet: Sheet | None,
        *,
        is_end: bool = False,
        frame: QColor | None = None,
    ) -> None:
        """One neuron: a circle tinted by what it says, or a small picture with such a dot at its side."""
        cell = place.cell_at(position)
        edge = QPen(frame or blend(self.theme.window, self.theme.muted, 0.75), 2.0 if frame else 1.0)
        value = self._value(layer, position, lit)
        if sheet is not None:
            part = QRect(0, position * sheet.rows, sheet.columns, sheet.rows)
            painter.drawImage(cell.toRect(), sheet.image, part)
            painter.setPen(edge)
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.drawRect(cell)
            if layer.kind in ("weights", "plane"):
                painter.setPen(QPen(QColor(self.theme.muted), 1))
                painter.setBrush(self._tint(value))
                painter.drawEllipse(QPointF(cell.right(), cell.center().y()), 4.5, 4.5)
        elif layer.kind == "circles":
            painter.setPen(QPen(frame or QColor(self.theme.muted), 2.4 if frame else 1.2))
            painter.setBrush(self._tint(value))
            painter.drawEllipse(cell)
        else:
            painter.setPen(edge)
            painter.setBrush(QColor(self.theme.raised))
            painter.drawRect(cell)
        self._labels(painter, layer, position, cell, lit, is_end=is_end)

    def sheet(self, layer: Layer, lit: Lit) -> Sheet | None:
        """The pictures a column shows now; None for circles, and where nothing is known yet."""
        tiles = layer.tiles if lit.is_on(layer) else None
        if layer.kind in ("weights", "plane"):
            tiles = layer.tiles  # they are of the network, whatever the sample is
        elif lit.is_back(layer) and layer.error_tiles is not None:
            tiles = layer.error_tiles
        if tiles is None or layer.kind in ("circles", "pixels") or not tiles.size:
            return None
        count, rows, columns = tiles.shape
        return Sheet(self._signed(tiles.reshape(count * rows, columns)), rows, columns)

    def _value(self, layer: Layer, position: int, lit: Lit) -> float | None:
        """What a neuron says (or its error), as a share of the largest on the screen."""
        values = layer.errors if lit.is_back(layer) else layer.activations if lit.is_on(layer) else None
        if values is None or position >= len(values):
            return None
        largest = float(np.abs(values).max())
        if layer.texts and largest <= 1 and not lit.is_back(layer):
            largest = 1.0  # percentages speak for themselves
        return float(values[position]) / (largest or 1.0)

    def _tint(self, value: float | None) -> QColor:
        if value is None:
            return QColor(self.theme.raised)
        colour = self.theme.positive if value >= 0 else self.theme.negative
        return blend(self.theme.raised, colour, min(1.0, abs(value)))

    def _signed(self, values: Floats) -> QImage:
        theme = self.theme
        image = image_from(signed_pixels(values, theme.neutral, theme.positive, theme.negative))
        # The screen's own format: else every small picture would be converted when it is drawn.
        return image.convertToFormat(QImage.Format.Format_RGB32)

    def picture(self, painter: QPainter, tile: Floats, where: QRectF, *, is_signed: bool) -> None:
        """A picture of pixels: grey or in colours; or signed, such as weights."""
        if is_signed:
            painter.drawImage(where, self._signed(tile))
            return
        grey = tile[:, :, None] if tile.ndim == 2 else tile
        colours = np.broadcast_to(np.rint(grey * 255).astype(np.uint8), (*grey.shape[:2], 3))
        painter.drawImage(where, image_from(np.ascontiguousarray(colours)))

    def _picture(self, painter: QPainter, layer: Layer, place: Place, lit: Lit) -> None:
        is_back = lit.is_back(layer) and layer.error_tiles is not None
        tiles = layer.error_tiles if is_back else layer.tiles if lit.is_on(layer) else None
        if tiles is None:
            painter.fillRect(place.body, QColor(self.theme.raised))
        else:
            self.picture(painter, tiles[0], place.body, is_signed=is_back)
        painter.setPen(QPen(blend(self.theme.window, self.theme.muted, 0.75), 1))
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.drawRect(place.body)

    # Words

    def _heading(self, painter: QPainter, layer: Layer, place: Place) -> None:
        middle = place.body.center().x()
        heading = QRectF(middle - 150, place.lane.top(), 300, self.line)
        for font, colour, text in (
            (scaled(self.font, 0.92, bold=True), self.theme.text, layer.title),
            (self.small, self.theme.muted, layer.caption),
        ):
            room = max(place.pitch, 60.0)
            is_narrow = QFontMetricsF(font).horizontalAdvance(text) > room
            painter.setFont(scaled(font, 0.85) if is_narrow else font)
            painter.setPen(QColor(colour))
            shown = QFontMetricsF(painter.font()).elidedText(text, Qt.TextElideMode.ElideRight, room)
            painter.drawText(heading, Qt.AlignmentFlag.AlignHCenter, shown)
            heading.translate(0, self.line)

    def _more(self, painter: QPainter, layer: Layer, place: Place) -> None:
        """How many there are before and behind the window, and where in the column it is."""
        count = len(layer.shown)
        behind = layer.total - layer.first - count
        if not count or count == layer.total:
            return
        painter.setFont(self.small)
        painter.setPen(QColor(self.theme.muted))
        centre = Qt.AlignmentFlag.AlignHCenter | Qt.AlignmentFlag.AlignVCenter
        for number, y in ((layer.first, place.body.top() - self.line), (behind, place.body.bottom())):
            if number:
                text = _words("… {n} more").format(n=f"{number:,}")
                painter.drawText(QRectF(place.body.center().x() - 80, y, 160, self.line), centre, text)
        track = QRectF(place.body.left() - 9, place.body.top() + 3, 3, place.body.height() - 6)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(blend(self.theme.window, self.theme.muted, 0.2))
        painter.drawRoundedRect(track, 1.5, 1.5)
        length = max(12.0, track.height() * count / layer.total)
        share = layer.first / max(1, layer.total - count)
        top = track.top() + (track.height() - length) * share
        painter.setBrush(blend(self.theme.window, self.theme.muted, 0.75))
        painter.drawRoundedRect(QRectF(track.left(), top, 3, length), 1.5, 1.5)

    def _labels(
        self, painter: QPainter, layer: Layer, position: int, cell: QRectF, lit: Lit, *, is_end: bool
    ) -> None:
        """Names at both ends of the network; what the output says (or its error) beside them."""
        is_first = layer.depth == 0
        if not (is_end or is_first) or cell.height() < self.line * 0.6:
            return
        name = layer.names[position] if layer.names else ""
        text = layer.texts[position] if layer.texts and lit.is_on(layer) else ""
        if lit.is_back(layer) and layer.errors is not None and not is_first:
            text = number(float(layer.errors[position]))
        painter.setFont(self.small)
        metrics = QFontMetricsF(self.small)
        painter.setPen(QColor(self.theme.text))
        name = metrics.elidedText(name, Qt.TextElideMode.ElideRight, NAME_WIDTH)
        middle = Qt.AlignmentFlag.AlignVCenter
        gap = 7.0
        box = QRectF(cell.right() + gap, cell.center().y() - self.line, NAME_WIDTH, 2 * self.line)
        if is_first:
            box.moveRight(cell.left() - gap - (10 if layer.total > len(layer.shown) else 0))
            painter.drawText(box, middle | Qt.AlignmentFlag.AlignRight, name)
            return
        painter.drawText(box, middle, name)
        if text:
            widest = max((metrics.horizontalAdvance(each) for each in layer.names), default=0.0)
            box.translate(min(widest, NAME_WIDTH) + (8 if widest else 0), 0)
            is_strong = int(layer.shown[position]) == layer.strongest and not lit.is_back(layer)
            painter.setFont(scaled(self.font, 0.85, bold=is_strong))
            painter.setPen(QColor(self.theme.text if is_strong else self.theme.muted))
            painter.drawText(box, middle, text)

    def _loop(self, painter: QPainter, place: Place) -> None:
        """An arrow from a recurrent column back to itself, over its top."""
        body, colour = place.body, blend(self.theme.window, self.theme.muted, 0.8)
        up = body.top() - self.line * 1.5
        path = QPainterPath(QPointF(body.right() - 6, body.top()))
        path.cubicTo(body.right() + 4, up, body.left() - 4, up, body.left() + 6, body.top() - 7)
        painter.setPen(QPen(colour, 1.8))
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.drawPath(path)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(colour)
        tip = QPointF(body.left() + 7, body.top())
        head = QPainterPath(tip)
        head.lineTo(tip + QPointF(-5.5, -7))
        head.lineTo(tip + QPointF(4, -8.5))
        head.closeSubpath()
        painter.drawPath(head)


def number(value: float) -> str:
    """In few digits, with a real minus."""
    return f"{value:.3g}".replace("-", "−")


def _words(text: str) -> str:
    return QCoreApplication.translate("GraphPainter", text)
