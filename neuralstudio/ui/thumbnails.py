"""Data sets in the size of a stamp: the points that each draws, for choosing one by its look."""

from functools import lru_cache

import numpy as np
from PySide6.QtCore import QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QPainter, QPen, QPixmap

from neuralstudio.data._base import Data, Dataset, Samples
from neuralstudio.data.registry import DATASETS
from neuralstudio.data.sets._base import AREA
from neuralstudio.data.sets.columns import Columns
from neuralstudio.data.sets.painted import Painted
from neuralstudio.schema.fields import fields, replaced
from neuralstudio.schema.problem import ProblemError
from neuralstudio.ui.figures.colours import class_colours, signed_pixels
from neuralstudio.ui.theme import Theme, blend

_POINTS = 120
_NUMBERS = 400
_SEED = 3
_DENSE = 300
"""From how many points on they are drawn smaller."""


@lru_cache(maxsize=128)
def dataset_thumbnail(tag: str, theme: Theme, size: QSize, ratio: float = 1.0) -> QPixmap:
    """A picture of the data set of this tag as it comes by default, ``size`` in points of the screen.

    ratio: pixels a point of the screen has. Painted points and tables are shown by a sign, for there is
    nothing of them yet.
    """
    picture = QPixmap(size * ratio)
    picture.setDevicePixelRatio(ratio)
    picture.fill(QColor(theme.field))
    painter = QPainter(picture)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    kind = DATASETS[tag]
    area = QRectF(0, 0, size.width(), size.height())
    if kind is Painted:
        _paint_strokes(painter, area, theme)
    elif kind is Columns:
        _paint_table(painter, area, theme)
    else:
        _paint_data(painter, area, kind, theme)
    painter.end()
    return picture


def paint_plane(painter: QPainter, area: QRectF, samples: Samples, theme: Theme, most: int) -> None:
    """The first points of samples with two inputs in ``area``, coloured by class or by value."""
    side = min(area.width(), area.height())
    count = min(len(samples), most)
    scale, middle = side / (2 * AREA), area.center()
    radius = max(1.3, side / (80 if count > _DENSE else 52))
    colours = point_colours(samples, theme, count)
    painter.setPen(QPen(QColor(theme.panel), max(0.4, radius / 4)))
    places = np.clip(samples.scaled(slice(0, count)), -AREA, AREA).tolist()
    for (x, y), colour in zip(places, colours, strict=True):
        painter.setBrush(colour)
        painter.drawEllipse(QPointF(middle.x() + x * scale, middle.y() - y * scale), radius, radius)


def point_colours(samples: Samples, theme: Theme, most: int) -> list[QColor]:
    """A colour for each of the first samples, by its class or by the number to predict."""
    targets = samples.targets[:most].reshape(min(len(samples), most), -1)[:, 0]
    if targets.dtype.kind == "f":
        pixels = signed_pixels(targets.astype(np.float64), theme.neutral, theme.positive, theme.negative)
        return [QColor(*pixel) for pixel in pixels.tolist()]
    known = [QColor(name) for name in class_colours(theme, int(targets.max(initial=0)) + 1)]
    return [known[which] for which in targets.tolist()]


def _paint_data(painter: QPainter, area: QRectF, kind: type[Dataset], theme: Theme) -> None:
    try:
        data = _example(kind)
    except ProblemError:
        return
    if data.signature.input_shape == (2,):
        paint_plane(painter, area, data.train, theme, _NUMBERS)
    elif data.signature.input_shape == (1,):
        _paint_line(painter, area, data.train, theme)


@lru_cache(maxsize=32)
def _example(kind: type[Dataset]) -> Data:
    """A few samples of a kind as it comes, three points in four to learn from."""
    value = kind()
    count = _NUMBERS if value.signature.numbers else _POINTS
    known = {field.name for field in fields(kind)}
    changes = {"count": count, "share": 90}
    return replaced(value, **{name: change for name, change in changes.items() if name in known}).load(_SEED)


def _paint_line(painter: QPainter, area: QRectF, samples: Samples, theme: Theme) -> None:
    """One number over another."""
    inside = area.adjusted(4, 6, -4, -6)
    x, y = samples.scaled()[:, 0].astype(float), samples.targets[:, 0].astype(float)
    across = inside.left() + (x - x.min()) / np.ptp(x) * inside.width()
    up = inside.bottom() - (y - y.min()) / np.ptp(y) * inside.height()
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(QColor(theme.train))
    for place in zip(across.tolist(), up.tolist(), strict=True):
        painter.drawEllipse(QPointF(*place), 1.2, 1.2)


def _paint_strokes(painter: QPainter, area: QRectF, theme: Theme) -> None:
    """Three dabs of colour: points to be painted."""
    side = min(area.width(), area.height())
    corner = area.center() - QPointF(side, side) / 2
    painter.setPen(QPen(QColor(theme.field), side / 24))
    for (x, y), name in zip(((0.36, 0.40), (0.66, 0.36), (0.52, 0.66)), class_colours(theme, 3), strict=True):
        painter.setBrush(QColor(name))
        painter.drawEllipse(corner + QPointF(x, y) * side, side * 0.17, side * 0.17)


def _paint_table(painter: QPainter, area: QRectF, theme: Theme) -> None:
    """Rows and columns, three of them coloured."""
    side = min(area.width(), area.height()) * 0.64
    corner = area.center() - QPointF(side, side) / 2
    colours = (QColor(theme.muted), QColor(theme.muted), QColor(theme.accent))
    painter.setPen(Qt.PenStyle.NoPen)
    for row in range(4):
        for column, colour in enumerate(colours):
            painter.setBrush(colour if row == 0 else blend(theme.field, colour.name(), 0.4))
            where = QRectF(column * side / 3, row * side / 4, side / 3 - 2, side / 4 - 2)
            painter.drawRoundedRect(where.translated(corner), 1.5, 1.5)
