"""Training and test loss as two small lines, with the values under the pointer."""

import numpy as np
from PySide6.QtCore import QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QFontMetricsF, QPainter, QPaintEvent, QPen, QPolygonF
from PySide6.QtWidgets import QWidget

from neuralstudio.ui.figures.decimate import decimate
from neuralstudio.ui.figures.ranges import settled
from neuralstudio.ui.playground.small_plot import SmallPlot
from neuralstudio.ui.theme import Theme
from neuralstudio.views._base import Floats

_POINTS = 240
_TICKS = 3
_SOON = 10
"""After so many epochs the scale is that of what was learnt, not of where it began."""


class LossCurve(SmallPlot):
    """Two lines over the epochs, and a mark where a moment is replayed."""

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(theme, parent)
        self.rows: Floats = np.empty((0, 3))
        """(epochs, 3): epoch, training loss, test loss."""
        self._kept: tuple[tuple[Floats, str], ...] = ()
        self._mark: float | None = None
        self._range: tuple[float, float] | None = None
        self.setObjectName("playground-loss")
        self.setAccessibleName(self.tr("Training and test loss"))
        self.setMinimumHeight(96)

    def sizeHint(self) -> QSize:
        return QSize(280, 104)

    def show_rows(self, rows: Floats, mark: float | None) -> None:
        """Shows (epochs, 3): epoch, training loss, test loss; ``mark``: the epoch that is replayed."""
        self.rows, self._mark = rows, mark
        self.update()

    def show_kept(self, kept: tuple[tuple[Floats, str], ...]) -> None:
        """Test losses of other runs behind those of this one: (epochs, 2) each, and ``#rrggbb``."""
        self._kept = kept
        self.update()

    def read_out(self) -> tuple[float, float, float] | None:
        """Epoch, training loss and test loss under the pointer; None beside the curves."""
        area = self._area()
        if self._pointer is None or not len(self.rows) or not area.left() <= self._pointer <= area.right():
            return None
        share = (self._pointer - area.left()) / area.width()
        first, last = float(self.rows[0, 0]), float(self.rows[-1, 0])
        row = self.rows[np.abs(self.rows[:, 0] - (first + share * (last - first))).argmin()]
        return float(row[0]), float(row[1]), float(row[2])

    def _area(self) -> QRectF:
        line = QFontMetricsF(self._small_font()).height()
        margin = self._margin(*(self._range or (0.0, 1.0)), _TICKS)
        return QRectF(self.rect()).adjusted(margin, line / 2, -6, -line - 5)

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: ARG002
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setFont(self._small_font())
        losses = self.rows[:, 1:][np.isfinite(self.rows[:, 1:])]
        if not len(losses):
            self._range = None
            painter.setPen(QColor(self.theme.muted))
            sentence = self.tr("The loss appears here when you press Train")
            painter.drawText(
                self._area(), int(Qt.AlignmentFlag.AlignCenter | Qt.TextFlag.TextWordWrap), sentence
            )
            painter.end()
            return
        late = self.rows[1:, 1:] if len(self.rows) > _SOON else self.rows[:, 1:]
        high = float(np.nanmax(np.where(np.isfinite(late), late, np.nan), initial=0.0))
        self._range = settled(self._range, 0.0, max(high, 1e-9))
        area = self._area()
        self._paint_grid(painter, area, *self._range, _TICKS)
        first, last = float(self.rows[0, 0]), float(self.rows[-1, 0])
        for rows, colour in self._kept:
            self._paint_line(painter, area, rows, colour, first, last)
        for column, colour in ((2, self.theme.test), (1, self.theme.train)):
            self._paint_line(painter, area, self.rows[:, [0, column]], colour, first, last)
        metrics = QFontMetricsF(painter.font())
        painter.setPen(QColor(self.theme.muted))
        below = QRectF(area.left(), area.bottom() + 2, area.width(), metrics.height())
        painter.drawText(below, Qt.AlignmentFlag.AlignLeft, f"{first:,.0f}")
        end = self.tr("1 epoch") if last == 1 else self.tr("{} epochs").format(f"{last:,.0f}")
        painter.drawText(below, Qt.AlignmentFlag.AlignRight, end)
        marks = ((self._mark, self.theme.accent), (self._epoch_pointed, self.theme.muted))
        for epoch, colour in marks:
            if epoch is not None and last > first:
                x = area.left() + min(max((epoch - first) / (last - first), 0), 1) * area.width()
                painter.setPen(QPen(QColor(colour), 1.4))
                painter.drawLine(QPointF(x, area.top()), QPointF(x, area.bottom()))
        painter.end()

    @property
    def _epoch_pointed(self) -> float | None:
        found = self.read_out()
        return found[0] if found is not None else None

    def _paint_line(
        self, painter: QPainter, area: QRectF, rows: Floats, colour: str, first: float, last: float
    ) -> None:
        """rows: (epochs, 2), epoch and loss. Another run may be longer, and worse: its line is clipped."""
        assert self._range is not None
        low, high = self._range
        is_there = np.isfinite(rows[:, 1])
        x, y = decimate(rows[is_there, 0], rows[is_there, 1], _POINTS)
        across = area.left() + (x - first) / ((last - first) or 1.0) * area.width()
        up = area.bottom() - (y - low) / (high - low) * area.height()
        points = [QPointF(*place) for place in zip(across.tolist(), up.tolist(), strict=True)]
        painter.setPen(QPen(QColor(colour), 1.6))
        painter.setClipRect(area.adjusted(-2, -2, 2, 2))
        if len(points) == 1:
            painter.setBrush(QColor(colour))
            painter.drawEllipse(points[0], 2, 2)
            painter.setBrush(Qt.BrushStyle.NoBrush)
        else:
            painter.drawPolyline(QPolygonF(points))
        painter.setClipping(False)
