"""How the board's links look at this moment: thick where strong, dim where they do not matter now."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QPointF, QSize
from PySide6.QtGui import QImage

from neuralstudio.ui.playground.board_layout import Gap, Places, Spot
from neuralstudio.ui.playground.board_links import (
    DIM,
    NEGATIVE,
    NEUTRAL,
    PERIOD,
    POSITIVE,
    LinkPicture,
    colour_tables,
)
from neuralstudio.ui.playground.hover_card import WeightAt
from neuralstudio.ui.theme import Theme
from neuralstudio.views.board import Links

Mark = Spot | WeightAt | None
"""What is pointed at. A feature's unit is here its row among the active ones, −1 for an inactive one."""
_THIN, _THICK = 1.0, 10.0
_CROWDED = 110.0
"""Pixels between columns below which links are drawn thinner, so that one sees between them."""
_DENSE = 80
"""Links between two columns above which they are drawn thinner, too."""
_CATCH = 4.0
"""Pixels from a link at which the pointer still means it."""
_SELDOM = 3
_MANY = 1000
"""Links of which a picture in the screen's full sharpness would take too long."""


class Strokes:
    """The picture of the links, made anew where places, strengths or marks change."""

    def __init__(self, theme: Theme) -> None:
        self._picture: LinkPicture | None = None
        self._calls = 0
        self._size, self._ratio = QSize(), 1.0
        self._widths: NDArray[np.float32] = np.empty(0, np.float32)
        self.set_theme(theme)

    def set_theme(self, theme: Theme) -> None:
        """The colours, on the theme's ground."""
        self._tables = colour_tables(theme, theme.window)

    def arrange(self, places: Places, size: QSize, ratio: float) -> None:
        """The links have other places, or the board another size."""
        many = sum(gap.count for gap in places.gaps) > _MANY
        self._picture, self._size, self._ratio = None, size, 1.0 if many else ratio

    def draw(self, places: Places, strengths: Sequence[Links], mark: Mark, *, is_new: bool = True) -> None:
        """Takes in how strong each link is, −1…1 for each layer; those that do not touch ``mark`` are dim.

        Where nothing ``is_new`` but the weights, every third call is enough: widths change by half pixels.
        """
        self._calls = 0 if is_new or self._picture is None else self._calls + 1
        if self._calls % _SELDOM:
            return
        widths, styles = [], []
        for number, (gap, strength) in enumerate(zip(places.gaps, strengths, strict=True)):
            chosen = strength.weights[np.ix_(gap.inputs, gap.outputs)]
            room = min(1.0, (gap.right - gap.left) / _CROWDED, (_DENSE / gap.count) ** 0.5)
            widths.append((_THIN + (_THICK - _THIN) * room * np.abs(chosen)).ravel())
            style = np.where(chosen > 0, POSITIVE, np.where(chosen < 0, NEGATIVE, NEUTRAL))
            if mark is not None:
                style = style + DIM * (~_touched(places, number, gap, mark) & (style != NEUTRAL))
            styles.append(style.astype(np.uint8).ravel())
        self._widths = np.concatenate(widths).astype(np.float32)
        if self._picture is None:
            self._picture = LinkPicture(places.gaps, self._size.width(), self._size.height(), self._ratio)
        self._picture.draw(self._widths, np.concatenate(styles))

    def image(self, step: int) -> QImage | None:
        """The picture after so many steps of the flow; None before the first ``draw``."""
        return None if self._picture is None else self._picture.image(self._tables[step % PERIOD])

    def weight_at(self, places: Places, where: QPointF) -> WeightAt | None:
        """The link under a point."""
        first = 0
        for column, gap in zip(places.columns[1:], places.gaps, strict=True):
            if gap.left < where.x() < gap.right and len(self._widths) >= first + gap.count:
                nearest, distance = _nearest(gap, where, self._widths[first : first + gap.count])
                row, unit = divmod(nearest, len(gap.ends))
                is_near = distance <= _CATCH
                return WeightAt(column.node, gap.inputs[row], gap.outputs[unit]) if is_near else None
            first += gap.count
        return None


def _nearest(gap: Gap, where: QPointF, widths: NDArray[np.float32]) -> tuple[int, float]:
    """The link whose edge is nearest to a point, and how far it is: negative within."""
    t = (where.x() - gap.left) / (gap.right - gap.left)
    rise = gap.ends[np.newaxis, :] - gap.starts[:, np.newaxis]
    y = gap.starts[:, np.newaxis] + rise * (t * t * (3 - 2 * t))
    slope = rise * (6 * t * (1 - t)) / (gap.right - gap.left)
    distances = (np.abs(where.y() - y) / np.sqrt(1 + slope * slope)).ravel() - widths / 2
    nearest = int(distances.argmin())
    return nearest, float(distances[nearest])


def _touched(places: Places, number: int, gap: Gap, mark: Spot | WeightAt) -> NDArray[np.bool_]:
    """Which links of a gap belong to what is pointed at: (inputs, outputs)."""
    source, target = places.columns[number].node, places.columns[number + 1].node
    row = mark.unit if isinstance(mark, Spot) else mark.source
    rows = np.isin(gap.inputs, [] if row is None else [row])
    units = np.isin(gap.outputs, [mark.unit])
    nothing = np.zeros((len(rows), len(units)), dtype=np.bool_)
    if isinstance(mark, WeightAt):
        if mark.node != target:
            return nothing
        return np.outer(rows if mark.source is not None else np.ones_like(rows), units)
    into = np.outer(np.ones_like(rows), units) if mark.node == target else nothing
    return into | (np.outer(rows, np.ones_like(units)) if mark.node == source else nothing)
