"""The tiles of the board: what neurons and features say as small pictures, framed, with bias."""

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QImage, QPainter, QPen, QPixmap

from neuralstudio.ui.figures.colours import class_colours
from neuralstudio.ui.playground.board_colours import class_table, looked_up, signed_table
from neuralstudio.ui.playground.board_layout import bias_square
from neuralstudio.ui.theme import Theme, blend
from neuralstudio.views._base import Floats

_CURVE_SIDE = 64
"""Pixels along a side of the picture of a curve."""
_CURVE_REACH = 1.15
_ORANGE, _BLUE = 64, 191
"""Shades between which a curve and zero are filled: half as strong as a map's."""
_PALE = 0.3
_FRAME = 4
"""Pixels of a picture that its frame takes on each side."""
_BIAS_STEPS = 5
"""Shades of the squares of biases."""


class Sheet:
    """Pictures of one column of neurons, one below the other in a single image."""

    def __init__(self, colours: NDArray[np.uint32]) -> None:
        """colours: (units, side, side)."""
        self._colours = np.ascontiguousarray(colours)
        self._side = colours.shape[1]
        self._image = QImage(
            self._colours.data,
            self._side,
            self._side * len(colours),
            4 * self._side,
            QImage.Format.Format_RGB32,
        )

    def paint(self, painter: QPainter, unit: int, tile: QRectF) -> None:
        """One of them, as large as its tile."""
        painter.drawImage(tile, self._image, QRectF(0, unit * self._side, self._side, self._side))

    def paint_inside(self, painter: QPainter, unit: int, box: QRectF) -> None:
        """One of them without its frame, larger."""
        inside = self._side - 2 * _FRAME
        source = QRectF(_FRAME, unit * self._side + _FRAME, inside, inside)
        painter.drawImage(box, self._image, source)


class TileLook:
    """Colours and frames of tiles in one theme."""

    def __init__(self, theme: Theme, tile: int, ratio: float) -> None:
        self.theme, self._tile = theme, tile
        self._signed = signed_table(theme)
        self._pale = signed_table(theme, _PALE)
        self._ground = QColor(theme.window)
        self._mark = _mark(theme, tile, ratio)
        self._biases = [
            [blend(theme.window, colour, 0.6 + 0.1 * step) for step in range(_BIAS_STEPS)]
            for colour in (theme.negative, theme.positive)
        ]
        self._edges: dict[tuple[int, bool], tuple[NDArray[np.int64], NDArray[np.uint32]]] = {}
        self._class_tables: dict[int, list[NDArray[np.uint32]]] = {}

    def sheet(self, maps: Floats, *, classes: int = 0, is_pale: bool = False) -> Sheet:
        """Pictures of maps in −1…1: (units, side, side), or (units, points) as curves.

        ``classes``: each unit is the share of one of so many classes, in the colour of that class.
        """
        if maps.ndim == 2:
            colours = self._curves(maps, classes)
        elif classes > 1:
            pairs = zip(self._tables(classes), maps, strict=True)
            colours = np.stack([looked_up(table, each) for table, each in pairs])
        else:
            colours = looked_up(self._pale if is_pale else self._signed, maps)
        pixels, frame = self._edge(colours.shape[1], is_pale)
        colours.reshape(len(colours), -1)[:, pixels] = frame
        return Sheet(colours)

    def _edge(self, side: int, is_pale: bool) -> tuple[NDArray[np.int64], NDArray[np.uint32]]:
        """Pixels of a picture that belong to its frame, and their colours; outside its corners the ground."""
        if (side, is_pale) not in self._edges:
            colour = blend(self.theme.window, self.theme.muted, 0.35 if is_pale else 0.9)
            scale = max(1.0, side / self._tile)  # pictures larger than their tile are drawn smaller
            self._edges[side, is_pale] = _edge(side, self._ground, colour, scale)
        return self._edges[side, is_pale]

    def _tables(self, classes: int) -> list[NDArray[np.uint32]]:
        if classes not in self._class_tables:
            colours = class_colours(self.theme, classes)
            self._class_tables[classes] = [class_table(self.theme, colour) for colour in colours]
        return self._class_tables[classes]

    def _curves(self, maps: Floats, classes: int) -> NDArray[np.uint32]:
        """Filled between the curve and zero, orange below and blue above; the curve itself dark."""
        at = np.linspace(0, maps.shape[1] - 1, _CURVE_SIDE).astype(np.int64)
        zero = _CURVE_SIDE / 2
        heights = zero - maps[:, at] * np.float32(zero / _CURVE_REACH)
        steep = np.abs(np.gradient(heights, axis=1)) / 2 + 1
        rows = np.arange(_CURVE_SIDE, dtype=np.int16)[:, np.newaxis]

        def between(low: Floats, high: Floats) -> NDArray[np.bool_]:
            first, last = (np.rint(each).astype(np.int16)[:, np.newaxis] for each in (low, high))
            return (rows >= first) & (rows <= last)

        is_filled = between(np.minimum(heights, zero), np.maximum(heights, zero))
        is_above = (heights < zero)[:, np.newaxis]
        tables = self._tables(classes) if classes > 1 else [self._signed] * len(maps)
        middle, high, low = (
            np.array([table[shade] for table in tables])[:, np.newaxis, np.newaxis]
            for shade in (len(self._signed) // 2, _BLUE, _ORANGE)
        )
        colours = np.where(is_filled, np.where(is_above, high, low), middle)
        colours[between(heights - steep, heights + steep)] = QColor(self.theme.text).rgb()
        return colours

    def paint_mark(self, painter: QPainter, tile: QRectF) -> None:
        """A frame around the tile that is pointed at or chosen."""
        painter.drawPixmap(QPointF(tile.left() - 3, tile.top() - 3), self._mark)

    def paint_bias(self, painter: QPainter, tile: QRectF, strength: float, bias: float) -> None:
        """A square at the corner: full for a positive bias, hollow for a negative one."""
        square = bias_square(tile)
        step = min(_BIAS_STEPS - 1, int(abs(strength) * 5 * _BIAS_STEPS)) if strength == strength else 0
        painter.fillRect(square, self._biases[bias >= 0][step])
        if bias < 0:
            painter.fillRect(square.adjusted(2.5, 2.5, -2.5, -2.5), self._ground)


def _edge(
    side: int, ground: QColor, colour: QColor, scale: float
) -> tuple[NDArray[np.int64], NDArray[np.uint32]]:
    picture = QImage(side, side, QImage.Format.Format_ARGB32)
    picture.fill(ground)
    painter = QPainter(picture)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setPen(QPen(colour, 1.4 * scale))
    painter.setBrush(QColor(Qt.GlobalColor.transparent))
    painter.setCompositionMode(QPainter.CompositionMode.CompositionMode_Source)
    inside = QRectF(0, 0, side, side).adjusted(0.7 * scale, 0.7 * scale, -0.7 * scale, -0.7 * scale)
    painter.drawRoundedRect(inside, 3 * scale, 3 * scale)
    painter.end()
    packed = np.frombuffer(picture.constBits(), dtype=np.uint32)
    alpha = packed >> np.uint32(24)
    pixels = np.flatnonzero(alpha > 127)
    return pixels, packed[pixels] | np.uint32(0xFF000000)


def _mark(theme: Theme, tile: int, ratio: float) -> QPixmap:
    side = tile + 6
    picture = QPixmap(round(side * ratio), round(side * ratio))
    picture.setDevicePixelRatio(ratio)
    picture.fill(Qt.GlobalColor.transparent)
    painter = QPainter(picture)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setPen(QPen(QColor(theme.accent), 3))
    painter.drawRoundedRect(QRectF(2, 2, tile + 2, tile + 2), 4, 4)
    painter.end()
    return picture
