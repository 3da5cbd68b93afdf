"""Paints what connects the columns of a network graph: edges by their strength, and bands for very many."""

import numpy as np
from PySide6.QtCore import QLineF, QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPainterPath, QPen

from neuralstudio.ui.figures.graph_layout import LARGEST_RADIUS, Layout, Place, Points
from neuralstudio.ui.theme import Theme, blend
from neuralstudio.views._base import Edges, Graph

_WIDTHS = 6
# One call keeps the GIL until it returns: the training thread must get its turn in between.
_SLICE = 120
# A curve wider than a pixel costs ten times as much as a thin one: of very many only the strongest are wide.
_WIDE_EDGES = 30
_FINE_DASHES = [6.0, 3.0]
# A curve is nicer to follow with the eye; past this many edges only straight lines are fast enough.
_CURVED_EDGES = 700
_LINE_GAP = 7.0
_OVER_BAND = 0.35
"""How wide edges over a band are: many, and of sizes that are much alike."""
_ROOMY = 30
"""Edges of two columns from which they are drawn thinner, to see between them."""


class EdgePainter:
    """Positive is blue and negative orange and dashed; the stronger, the wider and the fuller in colour."""

    def __init__(self, theme: Theme, line: float) -> None:
        self.theme = theme
        self.line = line

    def paint(self, painter: QPainter, figure: Graph, layout: Layout, view: QRectF) -> None:
        """Bands; then edges in batches of one width and colour, the weak first; opaque: blending is slow."""
        far = 0
        groups = []
        for edges, lines in zip(figure.edges, layout.lines, strict=True):
            left, right = layout.places[edges.source].body.left(), layout.places[edges.target].body.right()
            is_in_view = left < view.right() and right > view.left()
            if edges.is_band:
                far += self._band(painter, figure, edges, layout, far)
            if is_in_view and len(lines):
                share = np.clip(np.abs(edges.weights) / (edges.limit or 1.0), 0.0, 1.0)
                groups.append((edges, lines, share))
        shares = [share for _, _, share in groups]
        strengths = np.sort(np.concatenate([*shares, np.zeros(1)]))
        wide_from = float(strengths[-_WIDE_EDGES]) if len(strengths) > 2 * _WIDE_EDGES else 0.0
        is_curved = len(strengths) <= _CURVED_EDGES
        for step in range(_WIDTHS):
            for is_positive in (False, True):
                for edges, lines, share in groups:
                    level = np.minimum((share * _WIDTHS).astype(np.int64), _WIDTHS - 1)
                    signs = edges.weights > 0
                    here = (level == step) & (signs == is_positive) & (edges.weights != 0)
                    if not here.any():
                        continue
                    pen = self.pen((step + 0.5) / _WIDTHS, is_positive, layout.radius, edges)
                    painter.setPen(pen)
                    self.draw(painter, lines[here & (share >= wide_from)], is_curved=is_curved)
                    thin = QPen(pen.color(), 1.0)
                    if not is_positive and edges.is_weighted:
                        thin.setDashPattern(_FINE_DASHES)
                    painter.setPen(thin)
                    self.draw(painter, lines[here & (share < wide_from)], is_curved=is_curved)

    def pen(self, share: float, is_positive: bool, radius: float, edges: Edges | None = None) -> QPen:
        """The stronger, the wider and the fuller in colour; negative is dashed."""
        if edges is not None and not edges.is_weighted:
            return QPen(blend(self.theme.window, self.theme.muted, 0.6), 1.2)
        colour = self.theme.positive if is_positive else self.theme.negative
        pen = QPen(blend(self.theme.window, colour, 0.35 + 0.6 * share))
        # From one pixel for the weakest to six at the limit; in crowded columns thinner, to see between them.
        crowded = min(1.0, radius / LARGEST_RADIUS)
        if edges is not None:
            crowded *= min(1.0, max(0.2, (_ROOMY / max(1, len(edges.weights))) ** 0.5))
            crowded *= _OVER_BAND if edges.is_band else 1.0
        pen.setWidthF(1.0 + 5.0 * crowded * max(0.0, share - 0.5 / _WIDTHS) / (1 - 1 / _WIDTHS))
        pen.setCapStyle(Qt.PenCapStyle.FlatCap)
        if not is_positive:
            pen.setDashPattern([max(1.6, 6.0 / pen.widthF()), max(0.8, 3.0 / pen.widthF())])
        return pen

    def draw(self, painter: QPainter, lines: Points, *, is_curved: bool = True) -> None:
        """Curves or straight lines through control points, (n, 4, 2)."""
        painter.setBrush(Qt.BrushStyle.NoBrush)
        if is_curved:
            for begin, one, other, end in lines.tolist():
                path = QPainterPath(QPointF(*begin))
                path.cubicTo(QPointF(*one), QPointF(*other), QPointF(*end))
                painter.drawPath(path)
            return
        segments = [QLineF(*pair) for pair in lines[:, ::3].reshape(-1, 4).tolist()]
        for start in range(0, len(segments), _SLICE):
            painter.drawLines(segments[start : start + _SLICE])

    def _band(self, painter: QPainter, figure: Graph, edges: Edges, layout: Layout, far: int) -> int:
        """All connections of two columns as one; a way round for columns with others between them.

        Returns 1 where it went round: the next way round lies lower.
        """
        source, target = layout.places[edges.source], layout.places[edges.target]
        colour = blend(self.theme.window, self.theme.muted, 0.45)
        if figure.layers[edges.target].depth > figure.layers[edges.source].depth + 1:
            painter.setPen(QPen(colour, 2.2))
            painter.setBrush(Qt.BrushStyle.NoBrush)
            lowest = max(place.body.bottom() for place in layout.places)
            tip = QPointF(target.body.center().x() - 5, target.body.bottom() + 1.15 * self.line)
            path = _way_round(source, tip, lowest + 2.0 * self.line + _LINE_GAP * far, self.line)
            painter.drawPath(path)
            self._arrow(painter, tip, colour)
            return 1
        path = QPainterPath(source.body.topRight())
        half = (target.body.left() - source.body.right()) / 2
        middle = source.body.right() + half
        tops = source.body.top(), target.body.top()
        bottoms = source.body.bottom(), target.body.bottom()
        path.cubicTo(middle, tops[0], middle, tops[1], target.body.left(), tops[1])
        path.lineTo(target.body.bottomLeft())
        path.cubicTo(middle, bottoms[1], middle, bottoms[0], source.body.right(), bottoms[0])
        path.closeSubpath()
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(blend(self.theme.window, self.theme.muted, 0.07))
        painter.drawPath(path)
        # Every map to every map crosses; maps that are handed on one by one run side by side.
        ends = (tops[0], bottoms[0]), (tops[1], bottoms[1])
        turned = (ends[1][1], ends[1][0]) if edges.is_weighted else ends[1]
        painter.setPen(QPen(blend(self.theme.window, self.theme.muted, 0.25), 1))
        painter.setBrush(Qt.BrushStyle.NoBrush)
        for left, right in zip(ends[0], turned, strict=True):
            line = QPainterPath(QPointF(source.body.right(), left))
            line.cubicTo(middle, left, middle, right, target.body.left(), right)
            painter.drawPath(line)
        return 0

    def _arrow(self, painter: QPainter, tip: QPointF, colour: QColor) -> None:
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(colour)
        path = QPainterPath(tip)
        path.lineTo(tip + QPointF(-4.5, 7))
        path.lineTo(tip + QPointF(4.5, 7))
        path.closeSubpath()
        painter.drawPath(path)


def _way_round(source: Place, tip: QPointF, lowest: float, line: float) -> QPainterPath:
    """From below one column to below another, under all between."""
    y = min(source.lane.bottom() - 2, lowest)
    begin = QPointF(source.body.center().x() + 5, source.body.bottom() + 1.15 * line)
    end = tip + QPointF(0, 6)
    path = QPainterPath(begin)
    path.cubicTo(begin.x(), y, begin.x(), y, begin.x() + 14, y)
    path.lineTo(end.x() - 14, y)
    path.cubicTo(end.x(), y, end.x(), y, end.x(), end.y())
    return path
