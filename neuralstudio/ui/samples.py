"""Pictures of what is in a data set: images in a strip, points of the plane, a text, a curve, a wave."""

from collections.abc import Sequence
from typing import Literal

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QFontMetricsF, QImage, QPainter, QPaintEvent, QPen, QPolygonF
from PySide6.QtWidgets import QSizePolicy, QWidget

from neuralstudio.data._base import Data, Samples, Signature
from neuralstudio.ui.theme import Theme, blend, scaled, ui_font
from neuralstudio.ui.thumbnails import paint_plane

_GAP = 3
_MOST_POINTS = 600
_MOST_STEPS = 120
_MOST_TOKENS = 400
_TEXT_HEIGHT = 84
_PLOT_HEIGHT = 120

Sort = Literal["images", "points", "text", "series", "relation", "none"]
"""What can be drawn of a data set; "relation" is a number to predict over the first column."""


def sort_of(signature: Signature) -> Sort:
    """How samples of this signature are drawn."""
    shape = signature.input_shape
    if signature.vocabulary:
        return "text"
    if len(shape) == 2 and shape[1] == 1:
        return "series"
    if len(shape) == 2 or (len(shape) == 3 and shape[2] in (1, 3)):
        return "images"
    if shape == (2,) and (signature.classes or signature.numbers == 1):
        return "points"
    if len(shape) == 1 and signature.numbers == 1:
        return "relation"
    return "none"


def first_words(samples: Samples, names: Sequence[str], count: int) -> str:
    """The first ``count`` tokens by name, line ends and blanks as such; overlapping samples are one text."""
    rows = samples.inputs
    length = rows.shape[1]
    overlaps = (step for step in range(1, length) if np.array_equal(rows[:1, step:], rows[1:2, :-step]))
    step = next(overlaps, length)
    tokens = rows[: count // step + 1, :step].ravel()[:count].tolist()
    text = "".join(names[token] if token < len(names) else f"{token} " for token in tokens)
    return text.translate(str.maketrans("␣⇥↵", "  \n")).strip("\n")


def paint_samples(painter: QPainter, area: QRectF, data: Data, theme: Theme, columns: int) -> None:
    """Fills ``area`` with the first training samples; images stand ``columns`` in a row.

    Nothing for data that cannot be drawn.
    """
    painter.save()
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
    match sort_of(data.signature):
        case "images":
            _paint_images(painter, area, data.train, theme, columns)
        case "points":
            paint_plane(painter, area, data.train, theme, _MOST_POINTS)
        case "text":
            words = first_words(data.train, data.signature.classes, _MOST_TOKENS)
            paint_text(painter, area, words, theme)
        case "series":
            _paint_series(painter, area, data.train, theme)
        case "relation":
            _paint_relation(painter, area, data, theme)
        case _:
            pass
    painter.restore()


def paint_text(painter: QPainter, area: QRectF, text: str, theme: Theme) -> None:
    """The beginning of a text, as much as fits, on the ground of an editor."""
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(QColor(theme.field))
    painter.drawRoundedRect(area, 4, 4)
    painter.setFont(scaled(ui_font(), 0.85))
    painter.setPen(QColor(theme.muted))
    inside = area.adjusted(7, 5, -5, -5)
    line = QFontMetricsF(painter.font()).lineSpacing()
    inside.setHeight(max(1, int(inside.height() / line)) * line)
    painter.setClipRect(inside, Qt.ClipOperation.IntersectClip)
    painter.drawText(inside, int(Qt.TextFlag.TextWordWrap | Qt.TextFlag.TextWrapAnywhere), text)


def image_of(sample: NDArray[np.float32]) -> QImage:
    """A sample with values 0–1, (rows, columns) or (rows, columns, 1 or 3)."""
    grey = np.clip(np.nan_to_num(sample) * 255, 0, 255).astype(np.uint8)
    if grey.ndim == 2:
        grey = grey[:, :, None]
    colour = np.ascontiguousarray(np.broadcast_to(grey, (*grey.shape[:2], 3)))
    rows, columns, _ = colour.shape
    return QImage(colour.tobytes(), columns, rows, 3 * columns, QImage.Format.Format_RGB888).copy()


def _paint_images(painter: QPainter, area: QRectF, samples: Samples, theme: Theme, columns: int) -> None:
    side = (area.width() - _GAP * (columns - 1)) / columns
    rows = max(1, int((area.height() + _GAP + 1) // (side + _GAP)))
    for place, sample in enumerate(samples.scaled(slice(0, rows * columns))):
        row, column = divmod(place, columns)
        where = QRectF(area.left() + column * (side + _GAP), area.top() + row * (side + _GAP), side, side)
        painter.fillRect(where, QColor(theme.pad))
        painter.drawImage(where, image_of(sample))


def _paint_series(painter: QPainter, area: QRectF, samples: Samples, theme: Theme) -> None:
    """A stretch of the series; the first window and the value to be told after it stand out."""
    inside = _ground(painter, area, theme)
    first = samples.scaled(slice(0, 1))[0, :, 0]
    following = samples.targets[:_MOST_STEPS, 0]
    values = np.concatenate((first, following)).astype(np.float64)[:_MOST_STEPS]
    across = inside.left() + np.arange(len(values)) * inside.width() / max(1, len(values) - 1)
    up = _placed(values, inside.bottom(), inside.top())
    points = [QPointF(x, y) for x, y in zip(across.tolist(), up.tolist(), strict=True)]
    count = min(len(first), len(points) - 1)
    painter.setBrush(Qt.BrushStyle.NoBrush)
    painter.setPen(QPen(blend(theme.field, theme.muted, 0.6), 1.3))
    painter.drawPolyline(QPolygonF(points[count:]))
    painter.setPen(QPen(QColor(theme.train), 2))
    painter.drawPolyline(QPolygonF(points[:count]))
    painter.setPen(QPen(QColor(theme.field), 1))
    painter.setBrush(QColor(theme.test))
    painter.drawEllipse(points[count], 3.5, 3.5)


def _paint_relation(painter: QPainter, area: QRectF, data: Data, theme: Theme) -> None:
    """The number to predict over the first column, with the names of both unless they are single letters."""
    inside = _ground(painter, area, theme)
    x = data.train.scaled(slice(0, _MOST_POINTS))[:, 0].astype(np.float64)
    y = data.train.targets[:_MOST_POINTS, 0].astype(np.float64)
    names = [each.name for each in (*data.signature.columns[:1], *data.signature.predicted[:1])]
    if any(len(name) > 1 for name in names):
        inside = _captioned(painter, inside, names, theme)
    across, up = _placed(x, inside.left(), inside.right()), _placed(y, inside.bottom(), inside.top())
    radius = max(1.2, min(inside.height() / 60, 2.2))
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(blend(theme.field, theme.train, 0.8))
    for place in zip(across.tolist(), up.tolist(), strict=True):
        painter.drawEllipse(QPointF(*place), radius, radius)


def _ground(painter: QPainter, area: QRectF, theme: Theme) -> QRectF:
    """Paints the ground of a plot, and says where the plot may be."""
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(QColor(theme.field))
    painter.drawRoundedRect(area, 4, 4)
    return area.adjusted(7, 7, -7, -7)


def _captioned(painter: QPainter, inside: QRectF, names: Sequence[str], theme: Theme) -> QRectF:
    """Writes what runs across and what runs up; the room that is left for the points."""
    painter.setFont(scaled(ui_font(), 0.8))
    painter.setPen(QColor(theme.muted))
    line = QFontMetricsF(painter.font()).height()
    painter.drawText(inside.adjusted(0, -3, 0, 0), int(Qt.AlignmentFlag.AlignLeft), f"↑ {names[-1]}")
    below = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignBottom
    painter.drawText(inside.adjusted(0, 0, 0, 3), int(below), f"{names[0]} →")
    return inside.adjusted(0, line - 3, 0, -line + 3)


def _placed(values: NDArray[np.float64], first: float, last: float) -> NDArray[np.float64]:
    """Values spread from ``first`` (the lowest) to ``last`` (the highest); what is no number lies lowest."""
    finite = values[np.isfinite(values)]
    low, high = (finite.min(), finite.max()) if len(finite) else (0.0, 1.0)
    shares = (values - low) / (high - low if high > low else 1.0)
    return first + np.nan_to_num(shares, posinf=0, neginf=0) * (last - first)


class SamplesPicture(QWidget):
    """The picture as a widget; takes no room while there is nothing to draw."""

    def __init__(self, theme: Theme, columns: int = 6, rows: int = 2, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self._columns, self._rows = columns, rows
        self._data: Data | None = None
        self.setObjectName("samples-picture")
        self.setAccessibleName(self.tr("First samples of the data set"))
        policy = QSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Preferred)
        policy.setHeightForWidth(True)
        self.setSizePolicy(policy)
        self.hide()

    def show_data(self, data: Data | None) -> None:
        """Draw the first training samples."""
        self._data = data
        self.setVisible(self._sort() != "none")
        self.updateGeometry()
        self.update()

    def set_theme(self, theme: Theme) -> None:
        self._theme = theme
        self.update()

    def hasHeightForWidth(self) -> bool:
        return True

    def heightForWidth(self, width: int) -> int:
        match self._sort():
            case "images":
                side = (width - _GAP * (self._columns - 1)) / self._columns
                return round(side * self._rows + _GAP * (self._rows - 1))
            case "text":
                return _TEXT_HEIGHT
            case "series" | "relation":
                return _PLOT_HEIGHT
            case _:
                return min(width, 180)

    def sizeHint(self) -> QSize:
        return QSize(120, self.heightForWidth(120))

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: ARG002
        if self._data is None:
            return
        painter = QPainter(self)
        painter.setPen(Qt.PenStyle.NoPen)
        paint_samples(painter, QRectF(self.rect()), self._data, self._theme, self._columns)
        painter.end()

    def _sort(self) -> Sort:
        return sort_of(self._data.signature) if self._data is not None else "none"
