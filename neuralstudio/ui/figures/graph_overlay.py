"""What moves on top of a network graph: the neuron pointed at with its card, and a signal on its way."""

from dataclasses import dataclass

import numpy as np
from PySide6.QtCore import QCoreApplication, QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QFont, QFontMetricsF, QPainter, QPainterPath, QPen

from neuralstudio.ui.figures.graph_layout import Layout, curves, on_curves
from neuralstudio.ui.figures.graph_painting import GraphPainter, Lit, number
from neuralstudio.ui.theme import blend, scaled
from neuralstudio.views._base import Edges, Floats, Graph
from neuralstudio.views.network.focus import Focus

_CARD_WIDTH = 292.0
_MARGIN = 10.0
_PULSES = 160
"""Most dots on the way at once in one layer."""
_PATTERN = 26.0
_STEPS = np.linspace(0.0, 1.0, 11)
_COVERED = 40
"""So many edges are better covered than the neuron itself, or a picture of its weights."""


@dataclass(frozen=True)
class Stage:
    """Where a signal is: ``phase`` 0 at the input and ``depth`` at the output, where it rests for the loss.

    From ``depth`` + 1 on the error comes back; at 2·``depth`` + 1 it is at the input.
    """

    phase: float
    depth: int

    @property
    def back(self) -> float:
        """How many columns the error has come back; less than 0 while there is none."""
        return self.phase - self.depth - 1

    @property
    def lit(self) -> Lit:
        """The columns it has come to."""
        back = self.depth - int(self.back) if self.back >= 0 else 1 << 30
        return Lit(min(self.depth, int(self.phase)), back)

    def on_edges(self, target: int) -> float | None:
        """How far along edges to columns of this depth it is, 0–1 from source to target; None: not there."""
        share = self.phase - (target - 1)
        if self.back >= 0:
            share = 1 - (self.back - (self.depth - target))
        return share if 0 < share < 1 else None


class GraphOverlay:
    """Paints on top of a kept picture of the graph."""

    def __init__(self, painter: GraphPainter, figure: Graph, layout: Layout, stage: Stage | None) -> None:
        self._painter = painter
        self.theme = painter.theme
        self._figure, self._layout, self._stage = figure, layout, stage

    def paint(
        self,
        painter: QPainter,
        view: QRectF,
        focus: Focus | None,
        edge: tuple[int, int] | None,
        *,
        is_pinned: bool,
    ) -> None:
        """A neuron or else an edge (group, index), the signal, and the neuron's card within ``view``."""
        if focus is not None:
            self._neuron(painter, focus)
        elif edge is not None and self._stage is None:
            self._edge(painter, *edge)
        if self._stage is not None:
            self._pulses(painter, self._stage)
        if focus is not None:
            self._card(painter, focus, view, is_pinned=is_pinned)

    def _neuron(self, painter: QPainter, focus: Focus) -> None:
        """A neuron with its connections and all that they lead to."""
        figure, layout = self._figure, self._layout
        lit = self._stage.lit if self._stage is not None else Lit()
        for column, overlay in focus.overlays.items():
            place = layout.places[column]
            self._painter.picture(painter, overlay, place.body, is_signed=True)
            painter.setPen(QPen(QColor(self.theme.accent), 1.5))
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.drawRect(place.body)
        ends: set[tuple[int, int]] = set()
        for edges in focus.edges:
            self._edges(painter, edges, layout)
            ends |= {(edges.source, int(start)) for start in edges.starts}
            ends |= {(edges.target, int(end)) for end in edges.ends}
        here = np.flatnonzero(figure.layers[focus.column].shown == focus.index)
        centre = (focus.column, int(here[0])) if len(here) else None
        last = max(layer.depth for layer in figure.layers)
        for column in sorted({column for column, _ in ends} | ({focus.column} if centre else set())):
            layer, place = figure.layers[column], layout.places[column]
            sheet = self._painter.sheet(layer, lit)
            for position in sorted({at for where, at in ends if where == column} | _only(centre, column)):
                if layer.kind == "pixels":
                    self._pixel(painter, place.cell_at(position))
                    continue
                is_centre = (column, position) == centre
                frame = QColor(self.theme.accent) if is_centre else None
                is_end = layer.depth == last
                self._painter.neuron(painter, layer, place, position, lit, sheet, is_end=is_end, frame=frame)

    def _edge(self, painter: QPainter, group: int, index: int) -> None:
        """One weight that the pointer is on."""
        edges, lines = self._figure.edges[group], self._layout.lines[group]
        if index >= len(lines):
            return
        weight = float(edges.weights[index])
        share = min(1.0, 0.25 + abs(weight) / (edges.limit or 1.0))
        painter.setPen(self._painter.edges.pen(share, weight > 0, self._layout.radius, edges))
        self._painter.edges.draw(painter, lines[index : index + 1])

    def _edges(self, painter: QPainter, edges: Edges, layout: Layout) -> None:
        lines = curves(edges, layout.places)
        shares = np.clip(np.abs(edges.weights) / (edges.limit or 1.0), 0.0, 1.0)
        for index in np.argsort(shares).tolist():
            weight = float(edges.weights[index])
            painter.setPen(
                self._painter.edges.pen(min(1.0, 0.2 + shares[index]), weight > 0, layout.radius, edges)
            )
            self._painter.edges.draw(painter, lines[index : index + 1])

    def _pixel(self, painter: QPainter, cell: QRectF) -> None:
        painter.setPen(QPen(QColor(self.theme.accent), 2))
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.drawRect(cell.adjusted(-1.5, -1.5, 1.5, 1.5))

    # The signal

    def _pulses(self, painter: QPainter, stage: Stage) -> None:
        """Dots on the edges the signal is on: as large as what they carry, in the colour of its sign."""
        figure, layout = self._figure, self._layout
        is_back = stage.back >= 0
        painter.setPen(Qt.PenStyle.NoPen)
        for edges, lines in zip(figure.edges, layout.lines, strict=True):
            source, target = figure.layers[edges.source], figure.layers[edges.target]
            share = stage.on_edges(target.depth)
            if share is None:
                continue
            if edges.is_band or not edges.is_weighted:
                self._front(painter, layout, edges, share)
                continue
            carried = edges.gradients if is_back else _carried(edges, source.activations)
            if carried is None or not len(carried):
                continue
            sizes = np.abs(carried) / (float(np.abs(carried).max()) or 1.0)
            strongest = np.argsort(-sizes, kind="stable")[:_PULSES]
            points = on_curves(lines[strongest], np.array([share]))[:, 0]
            for index, (x, y) in zip(strongest.tolist(), points.tolist(), strict=True):
                radius = 1.4 + 4.2 * float(sizes[index]) ** 0.5
                colour = self.theme.positive if carried[index] > 0 else self.theme.negative
                painter.setBrush(blend(self.theme.text, colour, 0.75))
                painter.drawEllipse(QPointF(x, y), radius, radius)

    def _front(self, painter: QPainter, layout: Layout, edges: Edges, share: float) -> None:
        """On a band: a bar that runs along it, as high as the band is there."""
        source, target = layout.places[edges.source].body, layout.places[edges.target].body
        if target.left() <= source.right():
            return
        rise = share * share * (3 - 2 * share)
        x = source.right() + (target.left() - source.right()) * share
        top = source.top() + (target.top() - source.top()) * rise
        bottom = source.bottom() + (target.bottom() - source.bottom()) * rise
        painter.setBrush(QColor(self.theme.accent))
        painter.drawRoundedRect(QRectF(x - 2, top, 4, bottom - top), 2, 2)
        painter.setBrush(Qt.BrushStyle.NoBrush)

    # The card

    def _card(self, painter: QPainter, focus: Focus, view: QRectF, *, is_pinned: bool) -> None:
        """What there is to say about a neuron."""
        font, small = scaled(self._painter.font, 0.95, bold=True), self._painter.small
        line = QFontMetricsF(small).height() * 1.18
        rows = card_rows(focus)
        has_patterns = any(each.pattern is not None for each in focus.inputs)
        each = max(line, _PATTERN + 4) if has_patterns else line
        height = 2 * _MARGIN + line * 1.35 + line * len(rows)
        if focus.inputs:
            height += line * 1.3 + each * len(focus.inputs)
        box = self._box(focus, view, height)
        shape = QPainterPath()
        shape.addRoundedRect(box, 7, 7)
        painter.setPen(QPen(QColor(self.theme.accent if is_pinned else self.theme.border), 1.4))
        painter.setBrush(QColor(self.theme.panel))
        painter.drawPath(shape)
        inside = box.adjusted(_MARGIN, _MARGIN, -_MARGIN, -_MARGIN)
        at = QRectF(inside.left(), inside.top(), inside.width(), line)
        self._text(painter, at, focus.name, font=font)
        at.translate(0, line * 1.35)
        for title, value in rows:
            self._text(painter, at, title, is_muted=True, font=small)
            self._text(painter, at, value, is_right=True, font=small)
            at.translate(0, line)
        if not focus.inputs:
            return
        self._text(painter, at.translated(0, line * 0.15), inputs_title(focus), is_muted=True, font=small)
        at.translate(0, line * 1.3)
        at.setHeight(each)
        for one in focus.inputs:
            name = QRectF(at)
            if one.pattern is not None:
                self._pattern(painter, one.pattern, QPointF(at.left(), at.center().y()))
                name.setLeft(at.left() + _PATTERN + 8)
            said = "" if one.activation is None else f" × {number(one.activation)}"
            value = number(one.weight) + said
            room = QFontMetricsF(small).horizontalAdvance(value) + 8
            self._text(painter, name.adjusted(0, 0, -room, 0), one.name, font=small)
            self._text(painter, at, value, is_right=True, font=small)
            at.translate(0, each)

    def _box(self, focus: Focus, area: QRectF, height: float) -> QRectF:
        """Where it covers least of what it is about: beside the neuron's column, or at the sides."""
        layout, first = self._layout, self._figure.layers[focus.column].first
        place = layout.places[focus.column]
        here = min(max(focus.index - first, 0), max(0, len(place.centres) - 1))
        y = float(place.centres[here, 1]) if len(place.centres) else place.body.center().y()
        width = min(_CARD_WIDTH, area.width())
        lines = [on_curves(curves(edges, layout.places), _STEPS).reshape(-1, 2) for edges in focus.edges]
        points = np.concatenate([np.empty((0, 2)), *lines])
        kept = [layout.places[column].body for column in focus.overlays]
        kept += [place.cell_at(here)] if len(place.centres) else []
        best, fewest = QRectF(area.left(), area.top(), width, height), np.inf
        lefts = (place.body.right() + 26, place.body.left() - 26 - width, area.right() - width, area.left())
        for x in lefts:
            for top in (y - height / 2, area.top() + 2 * self._painter.line, area.bottom() - height):
                left = min(max(x, area.left()), max(area.left(), area.right() - width))
                box = QRectF(
                    left, min(max(top, area.top()), max(area.top(), area.bottom() - height)), width, height
                )
                inside = (points > [box.left(), box.top()]) & (points < [box.right(), box.bottom()])
                covered = float(inside.all(axis=1).sum())
                covered += sum(_COVERED * len(_STEPS) for body in kept if body.intersects(box))
                if covered < fewest:
                    best, fewest = box, covered
        return best

    def _text(
        self,
        painter: QPainter,
        where: QRectF,
        text: str,
        *,
        font: QFont,
        is_muted: bool = False,
        is_right: bool = False,
    ) -> None:
        painter.setFont(font)
        painter.setPen(QColor(self.theme.muted if is_muted else self.theme.text))
        shown = QFontMetricsF(painter.font()).elidedText(text, Qt.TextElideMode.ElideRight, where.width())
        side = Qt.AlignmentFlag.AlignRight if is_right else Qt.AlignmentFlag.AlignLeft
        painter.drawText(where, side | Qt.AlignmentFlag.AlignVCenter, shown)

    def _pattern(self, painter: QPainter, pattern: Floats, middle: QPointF) -> None:
        where = QRectF(middle.x(), middle.y() - _PATTERN / 2, _PATTERN, _PATTERN)
        self._painter.picture(painter, pattern, where, is_signed=True)
        painter.setPen(QPen(QColor(self.theme.border), 1))
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.drawRect(where)


def card_rows(focus: Focus) -> list[tuple[str, str]]:
    """Activation, error and bias in words, where they are known."""
    said = (
        _words("activation, mean of the map")
        if focus.is_picture
        else _words("activation, last step")
        if focus.is_sequence
        else _words("activation")
    )
    rows = [
        (said, focus.activation),
        (_words("error ∂loss/∂activation"), focus.error),
        (_words("bias"), focus.bias),
    ]
    return [(title, number(value)) for title, value in rows if value is not None]


def inputs_title(focus: Focus) -> str:
    """What the list of inputs is."""
    many = focus.read > len(focus.inputs)
    title = _words("strongest of {n} inputs") if many else _words("inputs")
    return title.format(n=f"{focus.read:,}") + (_words(", mean |w|") if focus.is_mean else "")


def spoken(focus: Focus) -> str:
    """A card as one sentence, for screen readers."""
    facts = [f"{title} {value}" for title, value in card_rows(focus)]
    if focus.inputs:
        named = ", ".join(f"{each.name} {number(each.weight)}" for each in focus.inputs)
        facts.append(f"{inputs_title(focus)}: {named}")
    return f"{focus.name}: " + "; ".join(facts)


def edge_text(figure: Graph, group: int, index: int) -> str:
    """A weight in words: from which neuron to which."""
    edges = figure.edges[group]
    source = _neuron_name(figure, edges.source, int(edges.starts[index]))
    target = _neuron_name(figure, edges.target, int(edges.ends[index]))
    if not edges.is_weighted:
        return f"{source} → {target}"
    weight = number(float(edges.weights[index]))
    return _words("{source} → {target}: weight {value}").format(source=source, target=target, value=weight)


def _neuron_name(figure: Graph, column: int, position: int) -> str:
    layer = figure.layers[column]
    name = layer.names[position] if layer.names else f"{int(layer.shown[position]) + 1}"
    return f"{layer.title} · {name}"


def _carried(edges: Edges, activations: Floats | None) -> Floats | None:
    """What each edge brings: the weight times what its source says."""
    return None if activations is None else edges.weights * activations[edges.starts]


def _only(centre: tuple[int, int] | None, column: int) -> set[int]:
    return {centre[1]} if centre is not None and centre[0] == column else set()


def _words(text: str) -> str:
    return QCoreApplication.translate("GraphOverlay", text)
