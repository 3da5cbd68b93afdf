"""Points on a square over a map of the network's answer, as in a playground of two inputs."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import (
    QColor,
    QFontMetricsF,
    QImage,
    QPaintEngine,
    QPainter,
    QPainterPath,
    QPen,
    QPixmap,
)
from PySide6.QtWidgets import QWidget

from neuralstudio.ui.figures._base import FigureWidget
from neuralstudio.ui.figures.colours import Pixels, class_colours, image_from, signed_pixels
from neuralstudio.ui.figures.ranges import tick_texts, tick_values
from neuralstudio.ui.theme import Theme
from neuralstudio.views._base import Axis, Scatter

_RADIUS, _OUTLINE = 3.6, 1.1
_DENSE = 500
"""From how many points on they are drawn smaller, so that the map between them is seen."""
_CORNER = 4.0
_PALER = 0.8
"""How strong the map's colours are beside the points, which have to stand out on their own side."""


@dataclass(frozen=True)
class _Overlay:
    """What lies over the background, painted once: of which points, in which look."""

    look: tuple[Any, ...]
    points: tuple[Any, ...]
    picture: QPixmap

    def is_of(self, look: tuple[Any, ...], points: tuple[Any, ...]) -> bool:
        return self.look == look and all(map(np.array_equal, self.points, points))


class ScatterWidget(FigureWidget[Scatter]):
    """Training points have a white outline, test points a dark one; x2 grows upwards.

    Points, frame and ticks are kept as a picture: while a network learns, only what lies behind changes.
    """

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(theme, parent)
        self._image = QImage()
        self._overlay: _Overlay | None = None

    def has_content(self, figure: Scatter) -> bool:
        return len(figure.points) > 0 or figure.background.size > 0

    def refresh(self) -> None:
        figure = self.figure
        has_background = figure is not None and figure.background.size > 0
        self._image = image_from(self._background(figure)) if figure and has_background else QImage()

    def paint_content(self, painter: QPainter, figure: Scatter, area: QRectF) -> None:
        square = self._square(figure, area)
        painter.fillRect(square, QColor(self.theme.neutral))
        if not self._image.isNull():
            painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
            painter.drawImage(square, self._image)
        if painter.paintEngine().type() is QPaintEngine.Type.Raster:
            painter.drawPixmap(0, 0, self._picture(figure, square))
        else:
            self._paint_over(painter, figure, square)  # into a file of lines, not of pixels

    def _square(self, figure: Scatter, area: QRectF) -> QRectF:
        metrics = QFontMetricsF(self.small_font())
        _, up = _axes(figure)
        left = max(metrics.horizontalAdvance(text) for _, text in _ticks(up)) + 8
        line = metrics.height() + 2
        above, below = (line, 2 * line) if figure.axes else (0, line)
        side = max(20.0, min(area.width() - left - 2, area.height() - above - below))
        x = area.left() + left + (area.width() - left - side) / 2
        return QRectF(round(x), round(area.top() + above), round(side), round(side))

    def _background(self, figure: Scatter) -> Pixels:
        """(rows, columns, 3) uint8."""
        if figure.background.ndim == 3:
            ground = QColor(self.theme.neutral)
            under = np.array([ground.red(), ground.green(), ground.blue()]) * (1 - _PALER)
            return np.rint(np.multiply(figure.background, _PALER) + under).astype(np.uint8)
        paler = np.clip(figure.background.astype(np.float64), -1.0, 1.0) * _PALER
        return signed_pixels(paler, self.theme.neutral, self.theme.positive, self.theme.negative)

    # ── what lies over the background ────────────────────────────────────────────────────────────

    def _picture(self, figure: Scatter, square: QRectF) -> QPixmap:
        ratio = self.devicePixelRatioF()
        look = (self.theme, square, self.size(), ratio, self.font().key(), figure.reach, figure.axes)
        points = (figure.points, figure.classes, figure.is_test, figure.values)
        if self._overlay is None or not self._overlay.is_of(look, points):
            picture = QPixmap(self.size() * ratio)
            picture.setDevicePixelRatio(ratio)
            picture.fill(Qt.GlobalColor.transparent)
            painter = QPainter(picture)
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            painter.setFont(self.font())
            self._paint_over(painter, figure, square)
            painter.end()
            self._overlay = _Overlay(look, points, picture)
        return self._overlay.picture

    def _paint_over(self, painter: QPainter, figure: Scatter, square: QRectF) -> None:
        painter.save()
        painter.setClipRect(square)
        self._paint_points(painter, figure, square)
        painter.restore()
        frame = QPainterPath()
        frame.addRoundedRect(square, _CORNER, _CORNER)
        corners = QPainterPath()
        corners.addRect(square.adjusted(-1, -1, 1, 1))
        painter.fillPath(corners.subtracted(frame), QColor(self.ground()))
        painter.setPen(QColor(self.theme.border))
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.drawPath(frame)
        self._paint_ticks(painter, figure, square)

    def _paint_points(self, painter: QPainter, figure: Scatter, square: QRectF) -> None:
        size = 0.75 if len(figure.points) > _DENSE else 1.0
        outlines = [QPen(QColor(name), _OUTLINE * size) for name in ("#ffffff", "#14171c")]
        radius = _RADIUS * size
        scale = square.width() / (2 * figure.reach)
        middle = np.array([square.center().x(), square.center().y()])
        places = (figure.points * np.array([scale, -scale]) + middle).tolist()
        for place, colour, is_test in zip(
            places, self._colours(figure), figure.is_test.tolist(), strict=True
        ):
            painter.setPen(outlines[is_test])
            painter.setBrush(colour)
            painter.drawEllipse(QPointF(*place), radius, radius)

    def _colours(self, figure: Scatter) -> list[QColor]:
        """A colour for each point: that of its class, or of its value."""
        if figure.values is not None:
            theme = self.theme
            pixels = signed_pixels(figure.values, theme.neutral, theme.positive, theme.negative)
            return [QColor(*pixel) for pixel in pixels.tolist()]
        names = class_colours(self.theme, int(figure.classes.max(initial=0)) + 1)
        colours = [QColor(name) for name in names]
        return [colours[which] for which in figure.classes.tolist()]

    def _paint_ticks(self, painter: QPainter, figure: Scatter, square: QRectF) -> None:
        painter.setFont(self.small_font())
        painter.setPen(QColor(self.theme.muted))
        metrics = QFontMetricsF(painter.font())
        line, gap = metrics.height(), 4
        across, up = _axes(figure)
        centred = Qt.AlignmentFlag.AlignHCenter
        for share, text in _ticks(across):
            x = square.left() + share * square.width()
            painter.drawText(QRectF(x - 40, square.bottom() + 2, 80, line), centred, text)
        for share, text in _ticks(up):
            y = square.bottom() - share * square.height()
            y = min(max(y, square.top() + line / 2), square.bottom() - line / 2)
            right = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
            painter.drawText(QRectF(square.left() - 80 - gap, y - line / 2, 80, line), right, text)
        if figure.axes:
            name = metrics.elidedText(across.name, Qt.TextElideMode.ElideRight, square.width())
            painter.drawText(
                QRectF(square.left(), square.bottom() + line + 2, square.width(), line), centred, name
            )
            name = metrics.elidedText(f"↑ {up.name}", Qt.TextElideMode.ElideRight, square.width())
            painter.drawText(QPointF(square.left(), square.top() - metrics.descent() - 2), name)


def _axes(figure: Scatter) -> tuple[Axis, Axis]:
    plain = Axis("", -figure.reach, figure.reach)
    return figure.axes or (plain, plain)


def _ticks(axis: Axis) -> list[tuple[float, str]]:
    """Where on the way along an axis (0–1) which number stands."""
    values = tick_values(axis.low, axis.high, most=6)
    texts = [text.replace("-", "−") for text in tick_texts(values)]
    shares = [(value - axis.low) / (axis.high - axis.low) for value in values]
    return [each for each in zip(shares, texts, strict=True) if 0 <= each[0] <= 1]
