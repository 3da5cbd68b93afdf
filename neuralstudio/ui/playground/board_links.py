"""The links of the board as one picture of indices: dashes flow by turning the colours, pixels stay."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from PySide6.QtGui import QColor, QImage

from neuralstudio.ui.playground.board_layout import Gap
from neuralstudio.ui.theme import Theme, blend

PERIOD = 12
"""Pixels after which the dashes repeat, and the steps in which they flow."""
POSITIVE, NEGATIVE, NEUTRAL = 0, 1, 2
"""Styles of a link; a dimmed one has ``DIM`` added (a neutral one looks the same dimmed)."""
DIM = 3
_LEVELS = 4
"""Steps between the ground and a link's colour, for smooth edges."""
_REACH = 5.5
"""Pixels from the middle of the thickest link to its edge."""
_STYLES = 5
# Long dashes for positive links, two short ones in the same length for negative links.
_DASHES = (
    (True,) * 10 + (False,) * 2,
    (True, True, True, True, False, False) * 2,
    (True,) * PERIOD,
)


class LinkPicture:
    """All links between some columns, drawn anew when widths or signs change.

    Each pixel holds a number that stands for style, place along the dash and coverage. Links are functions of
    x (gaps are crossed from left to right), so that a pixel's distance from a link is that along its column
    times the cosine of the slope.
    """

    def __init__(self, gaps: Sequence[Gap], width: int, height: int, ratio: float = 1.0) -> None:
        self._ratio = ratio
        shape = (max(1, round(height * ratio)), max(1, round(width * ratio)))
        self._index: NDArray[np.uint8] = np.zeros(shape, dtype=np.uint8)
        self._colours: NDArray[np.uint32] = np.empty(shape, dtype=np.uint32)
        self._image = QImage(self._colours.data, shape[1], shape[0], 4 * shape[1], QImage.Format.Format_RGB32)
        self._image.setDevicePixelRatio(ratio)
        self.count = sum(gap.count for gap in gaps)
        parts, first = [], 0
        for gap in gaps:
            parts.append(_pixels(gap, first, shape, ratio))
            first += gap.count
        pixels, links, distances, phases = (np.concatenate(each) for each in zip(*parts, strict=True))
        # In rings around the links' middles, so that thin links need not look at the outer ones.
        ring = np.minimum(distances / ratio, _REACH).astype(np.int8)
        order = np.argsort(ring, kind="stable")
        self._ends = np.searchsorted(ring[order], np.arange(int(_REACH) + 2)).tolist()
        self._pixels, self._links = pixels[order], links[order]
        self._distances, self._phases = distances[order], phases[order]
        self._drawn: tuple[NDArray[np.float32], NDArray[np.uint8]] | None = None

    def draw(self, widths: NDArray[np.float32], styles: NDArray[np.uint8]) -> None:
        """Draws links of these widths in pixels (1 to 10, half pixels count) in these styles, in order."""
        widths = (np.round(2 * widths) / 2).astype(np.float32)
        if self._drawn is not None:
            old_widths, old_styles = self._drawn
            if np.array_equal(old_widths, widths) and np.array_equal(old_styles, styles):
                return
        self._drawn = (widths, styles.copy())
        self._index[...] = 0
        reach = (widths / 2 * self._ratio + 0.5).astype(np.float32)
        codes = (styles * np.uint8(PERIOD * _LEVELS)).astype(np.uint8)
        flat = self._index.reshape(-1)
        cores: list[tuple[NDArray[np.int32], NDArray[np.uint8]]] = []
        for ring in reversed(range(len(self._ends) - 1)):
            part = slice(self._ends[ring], self._ends[ring + 1])
            links = self._links[part]
            cover = reach[links] - self._distances[part]
            is_near = np.flatnonzero(cover > 0)
            if not len(is_near):
                continue
            links, cover = links[is_near], cover[is_near]
            levels = np.ceil(np.minimum(cover, 1) * _LEVELS).astype(np.uint8)
            values = codes[links] + self._phases[part][is_near] + levels
            pixels = self._pixels[part][is_near]
            is_core = levels == _LEVELS
            cores.append((pixels[is_core], values[is_core]))
            flat[pixels] = values
        for pixels, values in cores:  # full colour over the soft edges of other links
            flat[pixels] = values

    def image(self, table: NDArray[np.uint32]) -> QImage:
        """The picture in the colours of one row of ``colour_tables``. Valid until the next call."""
        np.take(table, self._index, out=self._colours, mode="clip")
        return self._image


def _pixels(
    gap: Gap, first: int, shape: tuple[int, int], ratio: float
) -> tuple[NDArray[np.int32], NDArray[np.int32], NDArray[np.float32], NDArray[np.uint8]]:
    """Pixels near the links of a gap: flat index, link, distance in pixels, code of the place in the dash."""
    left, right = round(gap.left * ratio), max(round(gap.left * ratio) + 1, round(gap.right * ratio))
    xs = np.arange(left, min(right, shape[1]))
    t = (xs + 0.5 - left) / (right - left)
    start = (np.repeat(gap.starts, len(gap.ends)) * ratio)[:, np.newaxis]
    rise = (np.tile(gap.ends, len(gap.starts)) * ratio)[:, np.newaxis] - start
    middle = start + rise * (t * t * (3 - 2 * t))
    slope = rise * (6 * t * (1 - t)) / (right - left)
    stretch = np.sqrt(1 + slope * slope)
    along = np.cumsum(stretch, axis=1)
    half = (_REACH * ratio) * stretch
    top = np.clip(np.floor(middle - half), 0, shape[0] - 1).astype(np.int32)
    bottom = np.clip(np.ceil(middle + half), 0, shape[0] - 1).astype(np.int32)
    counts = (bottom - top + 1).ravel()
    owner = np.repeat(np.arange(counts.size, dtype=np.int32), counts)
    rows = np.arange(len(owner), dtype=np.int32) - np.repeat(np.cumsum(counts) - counts, counts)
    rows = rows.astype(np.int32) + top.ravel()[owner]
    off = (rows + 0.5 - middle.ravel()[owner]) / stretch.ravel()[owner]
    place = along.ravel()[owner] + off * slope.ravel()[owner]
    phase = (place / ratio).astype(np.int64) % PERIOD
    pixels = rows * np.int32(shape[1]) + xs.astype(np.int32)[owner % len(xs)]
    links = (owner // len(xs) + first).astype(np.int32)
    return pixels, links, np.abs(off).astype(np.float32), (phase * _LEVELS).astype(np.uint8)


def colour_tables(theme: Theme, ground: str) -> NDArray[np.uint32]:
    """Colours of the numbers in a picture, one row for each step of the flow: (PERIOD, 256)."""
    tables = np.full((PERIOD, 256), _rgb(QColor(ground)), dtype=np.uint32)
    colours = [theme.positive, theme.negative, theme.muted]
    colours += [blend(ground, each, 0.22).name() for each in colours[:2]]
    for style, colour in enumerate(colours):
        dashes = _DASHES[(POSITIVE, NEGATIVE, NEUTRAL, POSITIVE, NEGATIVE)[style]]
        strength = 0.45 if style == NEUTRAL else 0.92
        for level in range(1, _LEVELS + 1):
            rgb = _rgb(blend(ground, colour, strength * level / _LEVELS))
            for phase in range(PERIOD):
                for step in range(PERIOD):
                    if dashes[(phase - step) % PERIOD]:
                        tables[step, (style * PERIOD + phase) * _LEVELS + level] = rgb
    return tables


def _rgb(colour: QColor) -> int:
    return colour.rgb() & 0xFFFFFFFF
