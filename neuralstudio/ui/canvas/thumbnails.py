"""What the data look like, in the size of a card: images, points, a text, a curve or a wave."""

import numpy as np
from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPixmap

from neuralstudio.data._base import Data, Samples
from neuralstudio.ui.canvas.card import RADIUS
from neuralstudio.ui.samples import first_words, image_of, paint_samples, paint_text, sort_of
from neuralstudio.ui.theme import Theme
from neuralstudio.ui.thumbnails import point_colours

_COLUMNS, _ROWS, _GAP = 5, 2, 3
_POINTS = 300
_TOKENS = 120


def thumbnails(data: Data, theme: Theme, em: float, ratio: float) -> QPixmap | None:
    """A picture about eight lines of text wide (``em`` pixels each); None where there is nothing to show.

    ``ratio`` is the screen's device pixel ratio.
    """
    match sort_of(data.signature):
        case "text":
            return _text(data, theme, round(em * 9), round(em * 4.6), ratio)
        case "images":
            return _images(data.train, round(em * 1.5), ratio)
        case "points":
            return _points(data.train, theme, round(em * 7.4), ratio)
        case "series" | "relation":
            return _plot(data, theme, round(em * 9), round(em * 5), ratio)
        case _:
            return None


def _blank(width: float, height: float, ratio: float) -> QPixmap:
    pixmap = QPixmap(round(width * ratio), round(height * ratio))
    pixmap.setDevicePixelRatio(ratio)
    pixmap.fill(Qt.GlobalColor.transparent)
    return pixmap


def _images(samples: Samples, side: int, ratio: float) -> QPixmap:
    pixmap = _blank(_COLUMNS * (side + _GAP) - _GAP, _ROWS * (side + _GAP) - _GAP, ratio)
    painter = QPainter(pixmap)
    painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
    for place, sample in enumerate(samples.scaled(slice(0, _COLUMNS * _ROWS))):
        row, column = divmod(place, _COLUMNS)
        where = QRectF(column * (side + _GAP), row * (side + _GAP), side, side)
        painter.drawImage(where, image_of(sample))
    painter.end()
    return pixmap


def _text(data: Data, theme: Theme, width: int, height: int, ratio: float) -> QPixmap:
    """The beginning of the first sequence."""
    pixmap = _blank(width, height, ratio)
    painter = QPainter(pixmap)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    words = first_words(data.train, data.signature.classes, _TOKENS)
    paint_text(painter, QRectF(0, 0, width, height), words, theme)
    painter.end()
    return pixmap


def _plot(data: Data, theme: Theme, width: int, height: int, ratio: float) -> QPixmap:
    """A curve or a wave."""
    pixmap = _blank(width, height, ratio)
    painter = QPainter(pixmap)
    paint_samples(painter, QRectF(0, 0, width, height), data, theme, 1)
    painter.end()
    return pixmap


def _points(samples: Samples, theme: Theme, width: int, ratio: float) -> QPixmap:
    """A cloud of points in their colours, the plane's middle in the picture's middle."""
    height = round(width * 0.8)
    pixmap = _blank(width, height, ratio)
    painter = QPainter(pixmap)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(QColor(theme.window))
    painter.drawRoundedRect(QRectF(0, 0, width, height), RADIUS / 2, RADIUS / 2)
    positions = samples.scaled(slice(0, _POINTS))
    scale = (min(width, height) / 2 - 5) / max(float(np.abs(positions).max(initial=0)), 1e-6)
    colours = point_colours(samples, theme, _POINTS)
    for (x, y), colour in zip(positions.tolist(), colours, strict=True):
        painter.setBrush(colour)
        painter.drawEllipse(QPointF(width / 2 + x * scale, height / 2 - y * scale), 1.6, 1.6)
    painter.end()
    return pixmap
