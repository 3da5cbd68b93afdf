"""One cell of a sweep as a small picture: the map of its answers, its fit, or a coloured number."""

from dataclasses import dataclass

import numpy as np
from PySide6.QtCore import QCoreApplication, QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QFont, QImage, QPainter, QPen, QPolygonF

from neuralstudio.session.sweep import Cell
from neuralstudio.ui.figures.colours import class_pixels, image_from, signed_pixels
from neuralstudio.ui.theme import Theme, blend, contrast, scaled
from neuralstudio.views import plane
from neuralstudio.views._base import Floats
from neuralstudio.views.fitting import Fit

_PALER = 0.85
_WRAPPED = int(Qt.AlignmentFlag.AlignCenter | Qt.TextFlag.TextWordWrap)
_SPARE = 0.15


@dataclass(frozen=True)
class Tile:
    """What is painted for a cell. ``shade``: 0 for the least loss of a sweep to 1 for the greatest."""

    cell: Cell
    picture: QImage | None
    number: str
    shade: float

    @property
    def says_number(self) -> bool:
        """There is nothing to be drawn but a number."""
        return not self.cell.problem and self.picture is None and self.cell.fit is None

    def paint(self, painter: QPainter, area: QRectF, theme: Theme, font: QFont) -> None:
        """Fills a square."""
        if self.cell.problem:
            _paint_words(painter, area, theme, font, word_for(self.cell), self.cell.problem)
        elif self.picture is not None:
            painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
            painter.drawImage(area, self.picture)
        elif self.cell.fit is not None:
            _paint_fit(painter, area, theme, self.cell.fit)
        else:
            ground = blend(theme.raised, theme.accent, 0.75 * (1 - self.shade))
            painter.fillRect(area, ground)
            readable = max((theme.text, theme.on_accent), key=lambda name: contrast(name, ground.name()))
            painter.setPen(QColor(readable))
            painter.setFont(scaled(font, 1.5 if area.width() > 90 else 1.0, bold=True))
            painter.drawText(area, Qt.AlignmentFlag.AlignCenter, self.number)


def picture_of(cell: Cell, theme: Theme) -> QImage | None:
    """The map of a network's answers over the plane; None for any other network."""
    if cell.answers is None:
        return None
    classes = cell.answers.shape[1] if cell.answers.ndim == 2 else 0
    colours = class_pixels(theme, classes) if classes else None
    background = plane.compute(cell.answers, None, colours).background
    if background.ndim == 3:
        ground = QColor(theme.neutral)
        under = np.array([ground.red(), ground.green(), ground.blue()]) * (1 - _PALER)
        return image_from(np.rint(np.multiply(background, _PALER) + under).astype(np.uint8))
    values = background.astype(np.float64) * _PALER
    return image_from(signed_pixels(values, theme.neutral, theme.positive, theme.negative))


def word_for(cell: Cell) -> str:
    """What became of a cell that came to nothing, in a word or two."""
    context = "SweepTile"
    if cell.is_diverged:
        return QCoreApplication.translate(context, "Diverged")
    return QCoreApplication.translate(context, "Not possible")


def _paint_words(painter: QPainter, area: QRectF, theme: Theme, font: QFont, head: str, text: str) -> None:
    painter.fillRect(area, blend(theme.panel, theme.warning, 0.1))
    painter.setPen(QColor(theme.warning))
    painter.setFont(scaled(font, 0.95, bold=True))
    line = painter.fontMetrics().height()
    small = scaled(font, 0.78)
    inside = area.adjusted(6, 6, -6, -6)
    painter.save()
    painter.setClipRect(area)
    if min(inside.width(), inside.height()) < 5 * line:
        painter.setFont(scaled(font, 0.8, bold=True))
        painter.drawText(area.adjusted(1, 1, -1, -1), _WRAPPED, head)
    else:
        painter.drawText(QRectF(inside.topLeft(), inside.size()), Qt.AlignmentFlag.AlignHCenter, head)
        painter.setFont(small)
        painter.setPen(QColor(theme.text))
        painter.drawText(
            inside.adjusted(0, line + 2, 0, 0), _WRAPPED, _as_much_as_fits(painter, inside, text)
        )
    painter.restore()


def _as_much_as_fits(painter: QPainter, area: QRectF, text: str) -> str:
    room = area.adjusted(0, painter.fontMetrics().height() * 1.3, 0, 0)
    shown = text
    while " " in text and painter.boundingRect(room, _WRAPPED, shown).height() > room.height():
        text = text.rpartition(" ")[0]
        shown = f"{text}…"
    return shown


def _paint_fit(painter: QPainter, area: QRectF, theme: Theme, fit: Fit) -> None:
    painter.fillRect(area, QColor(theme.field))
    low, high = fit.up.low, fit.up.high
    spare = _SPARE * (high - low)
    low, high = low - spare, high + spare
    inside = area.adjusted(3, 3, -3, -3)

    def placed(x: Floats, y: Floats) -> QPolygonF:
        across = inside.left() + (x - fit.across.low) / (fit.across.high - fit.across.low) * inside.width()
        up = (
            inside.bottom()
            - (np.clip(np.asarray(y, np.float64), low, high) - low) / (high - low) * inside.height()
        )
        return QPolygonF([QPointF(*place) for place in zip(across.tolist(), up.tolist(), strict=True)])

    is_right = np.isfinite(fit.right)
    if len(fit.right) and is_right.any():
        painter.setPen(QPen(QColor(theme.muted), 1.2, Qt.PenStyle.DashLine))
        painter.drawPolyline(placed(fit.x[is_right], fit.right[is_right]))
    else:
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(blend(theme.field, theme.muted, 0.6))
        for place in placed(fit.points[:, 0], fit.points[:, 1]).toList()[:200]:
            painter.drawEllipse(place, 1.2, 1.2)
        painter.setBrush(Qt.BrushStyle.NoBrush)
    painter.setPen(QPen(QColor(theme.train), 1.8))
    painter.drawPolyline(placed(fit.x, fit.said))
