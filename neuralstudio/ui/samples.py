"""Pictures of what is in a data set: the first images as a strip, the points of the plane, or some text."""

from collections.abc import Sequence

import numpy as np
from PySide6.QtCore import QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QFontMetricsF, QImage, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QSizePolicy, QWidget

from neuralstudio.data._base import Samples
from neuralstudio.ui.theme import Theme, scaled, ui_font

_GAP = 3
_REACH = 6.0
_MOST_POINTS = 600
_MOST_TOKENS = 400
_TEXT_HEIGHT = 84


def is_images(samples: Samples) -> bool:
    """Whether the inputs are grey images."""
    return samples.inputs.ndim == 3 and not is_text(samples)


def is_points(samples: Samples) -> bool:
    """Whether the inputs are points of the plane in classes."""
    is_plane = samples.inputs.ndim == 2 and samples.inputs.shape[1] == 2 and not is_text(samples)
    return is_plane and samples.targets.ndim == 1


def is_text(samples: Samples) -> bool:
    """Whether the inputs are rows of tokens."""
    return samples.inputs.dtype == np.int64


def first_words(samples: Samples, names: Sequence[str], count: int) -> str:
    """The first ``count`` tokens by name, line ends and blanks as such; overlapping samples are one text."""
    rows = samples.inputs
    length = rows.shape[1]
    overlaps = (step for step in range(1, length) if np.array_equal(rows[:1, step:], rows[1:2, :-step]))
    step = next(overlaps, length)
    tokens = rows[: count // step + 1, :step].ravel()[:count].tolist()
    text = "".join(names[token] if token < len(names) else f"{token} " for token in tokens)
    return text.translate(str.maketrans("␣⇥↵", "  \n")).strip("\n")


def paint_samples(
    painter: QPainter,
    area: QRectF,
    samples: Samples,
    theme: Theme,
    columns: int,
    names: Sequence[str] = (),
) -> None:
    """Fills ``area`` with images, ``columns`` in a row, with the points, or with text in tokens of ``names``.

    Nothing for other data.
    """
    painter.save()
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
    if is_images(samples):
        _paint_images(painter, area, samples, theme, columns)
    elif is_points(samples):
        _paint_points(painter, area, samples, theme)
    elif is_text(samples):
        paint_text(painter, area, first_words(samples, names, _MOST_TOKENS), theme)
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


def _paint_images(painter: QPainter, area: QRectF, samples: Samples, theme: Theme, columns: int) -> None:
    side = (area.width() - _GAP * (columns - 1)) / columns
    rows = max(1, int((area.height() + _GAP + 1) // (side + _GAP)))
    for place in range(min(rows * columns, len(samples))):
        row, column = divmod(place, columns)
        where = QRectF(area.left() + column * (side + _GAP), area.top() + row * (side + _GAP), side, side)
        painter.fillRect(where, QColor(theme.pad))
        grey = np.ascontiguousarray(
            np.clip(samples.scaled(slice(place, place + 1))[0] * 255, 0, 255), np.uint8
        )
        height, width = grey.shape
        image = QImage(grey.data, width, height, width, QImage.Format.Format_Grayscale8)
        painter.drawImage(where, image)


def _paint_points(painter: QPainter, area: QRectF, samples: Samples, theme: Theme) -> None:
    side = min(area.width(), area.height())
    scale = side / (2 * _REACH)
    radius = max(1.3, side / 80)
    painter.setPen(QPen(QColor(theme.panel), max(0.4, radius / 4)))
    colours = (QColor(theme.negative), QColor(theme.positive))
    centre = area.center()
    points = np.clip(samples.inputs[:_MOST_POINTS], -_REACH, _REACH).tolist()
    for (x, y), number in zip(points, samples.targets[:_MOST_POINTS].tolist(), strict=True):
        painter.setBrush(colours[int(number) % 2])
        painter.drawEllipse(QPointF(centre.x() + x * scale, centre.y() - y * scale), radius, radius)


class SamplesPicture(QWidget):
    """The picture as a widget; takes no room while there is nothing to draw."""

    def __init__(self, theme: Theme, columns: int = 6, rows: int = 2, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self._columns, self._rows = columns, rows
        self._samples: Samples | None = None
        self._names: Sequence[str] = ()
        self.setObjectName("samples-picture")
        self.setAccessibleName(self.tr("First samples of the data set"))
        policy = QSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Preferred)
        policy.setHeightForWidth(True)
        self.setSizePolicy(policy)
        self.hide()

    def show_samples(self, samples: Samples | None, names: Sequence[str] = ()) -> None:
        """Draw the first of ``samples``; ``names`` are those of tokens."""
        self._samples, self._names = samples, names
        self.setVisible(
            samples is not None and (is_images(samples) or is_points(samples) or is_text(samples))
        )
        self.updateGeometry()
        self.update()

    def set_theme(self, theme: Theme) -> None:
        self._theme = theme
        self.update()

    def hasHeightForWidth(self) -> bool:
        return True

    def heightForWidth(self, width: int) -> int:
        if self._samples is not None and is_images(self._samples):
            side = (width - _GAP * (self._columns - 1)) / self._columns
            return round(side * self._rows + _GAP * (self._rows - 1))
        if self._samples is not None and is_text(self._samples):
            return _TEXT_HEIGHT
        return min(width, 180)

    def sizeHint(self) -> QSize:
        return QSize(120, self.heightForWidth(120))

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: ARG002
        if self._samples is None:
            return
        painter = QPainter(self)
        painter.setPen(Qt.PenStyle.NoPen)
        paint_samples(painter, QRectF(self.rect()), self._samples, self._theme, self._columns, self._names)
        painter.end()
