"""A network in the size of a stamp: a bar for each layer, as high as its output is large, and its wires."""

from math import log, prod

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPainterPath, QPen

from neuralstudio.network.spec import DATA
from neuralstudio.project.document import Project
from neuralstudio.ui.theme import Theme

_WIDEST, _SHORTEST = 9.0, 0.16


def paint_sketch(painter: QPainter, area: QRectF, project: Project, theme: Theme) -> None:
    """Paints the project's network into ``area``, from left to right, the data first."""
    bars = _bars(area, project)
    painter.save()
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setBrush(Qt.BrushStyle.NoBrush)
    painter.setPen(QPen(QColor(theme.muted), 1.1))
    for node in project.network:
        for source in node.inputs:
            if source in bars:
                painter.drawPath(_wire(bars, source, node.id, area))
    painter.setPen(Qt.PenStyle.NoPen)
    groups = {node.id: node.layer.group for node in project.network} | {DATA: "Data"}
    for name, bar in bars.items():
        painter.setBrush(QColor(theme.family(groups[name])))
        painter.drawRoundedRect(bar, bar.width() / 3, bar.width() / 3)
    painter.restore()


def _bars(area: QRectF, project: Project) -> dict[str, QRectF]:
    """Where each layer stands, in the order of the network."""
    report = project.check()
    sizes = {DATA: prod(project.dataset.signature.input_shape)}
    sizes |= {node.id: prod(report.nodes[node.id].output_shape or ()) for node in project.network}
    highest = max(log(size + 1) for size in sizes.values())
    pitch = area.width() / len(sizes)
    width = min(_WIDEST, 0.55 * pitch)
    bars = {}
    for place, (name, size) in enumerate(sizes.items()):
        share = _SHORTEST + (1 - _SHORTEST) * (log(size + 1) / highest) ** 1.5
        height = area.height() * 0.62 * share
        left = area.left() + (place + 0.5) * pitch - width / 2
        bars[name] = QRectF(left, area.center().y() - height / 2, width, height)
    return bars


def _wire(bars: dict[str, QRectF], source: str, target: str, area: QRectF) -> QPainterPath:
    """A line to the next bar; a bow over the bars in between where there are any."""
    names = list(bars)
    start, end = bars[source], bars[target]
    path = QPainterPath()
    if names.index(target) == names.index(source) + 1:
        path.moveTo(QPointF(start.right(), start.center().y()))
        path.lineTo(QPointF(end.left(), end.center().y()))
        return path
    between = [bars[name] for name in names[names.index(source) : names.index(target) + 1]]
    top = max(area.top(), min(bar.top() for bar in between) - 0.2 * area.height())
    first, last = QPointF(start.center().x(), start.top()), QPointF(end.center().x(), end.top())
    path.moveTo(first)
    path.cubicTo(QPointF(first.x(), top), QPointF(last.x(), top), last)
    return path
