"""A network that follows a function of one number: both lines, the points, and below them the residual."""

import numpy as np
from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QFontMetricsF, QPainter, QPaintEvent, QPen, QPolygonF
from PySide6.QtWidgets import QWidget

from neuralstudio.ui.figures.ranges import settled, short_texts, tick_values
from neuralstudio.ui.playground.small_plot import SmallPlot
from neuralstudio.ui.theme import Theme, blend
from neuralstudio.views._base import Floats
from neuralstudio.views.fitting import Fit

_BELOW = 0.26
"""Part of the height that the residual gets."""
_MOST_POINTS = 800
_TICKS, _TICKS_BELOW = 4, 2


class FitPlot(SmallPlot):
    """Painted anew for each set of weights: a few hundred points, about a millisecond."""

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(theme, parent)
        self.fit: Fit | None = None
        self.has_test = False
        self._range: tuple[float, float] | None = None
        self._limit = 1.0
        self.setMinimumSize(150, 140)
        self.setAttribute(Qt.WidgetAttribute.WA_OpaquePaintEvent)

    def show_fit(self, fit: Fit | None, has_test: bool) -> None:
        """Shows another fit; None: nothing yet."""
        self.fit, self.has_test = fit, has_test
        if fit is None:
            self._range = None
        else:
            low, high = fit.up.low, fit.up.high
            spare = 0.15 * (high - low)
            said = np.clip(fit.said, low - 3 * (high - low), high + 3 * (high - low))
            low, high = min(low - spare, float(said.min())), max(high + spare, float(said.max()))
            self._range = settled(self._range, low, high)
            known = np.abs(fit.residual[np.isfinite(fit.residual)])
            most = max(float(known.max()) if len(known) else 0.0, 1e-9)
            # The scale follows in steps, so that the line is seen to become flat.
            if most > self._limit or most < self._limit / 8:
                self._limit = _step_above(most)
        self.update()

    # ── painting ─────────────────────────────────────────────────────────────────────────────────

    def _areas(self) -> tuple[QRectF, QRectF]:
        """Where the lines are, and where the residual is."""
        line = QFontMetricsF(self._small_font()).height()
        margin = self._margin(-self._limit, self._limit, _TICKS_BELOW)
        if self._range is not None:
            margin = max(margin, self._margin(*self._range, _TICKS))
        inside = QRectF(self.rect()).adjusted(margin, line + 6, -8, -line - 6)
        below = inside.height() * _BELOW
        upper = inside.adjusted(0, 0, 0, -below - line - 6)
        return upper, QRectF(inside.left(), inside.bottom() - below, inside.width(), below)

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: ARG002
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.fillRect(self.rect(), QColor(self.theme.panel))
        if self.fit is not None and self._range is not None:
            upper, lower = self._areas()
            painter.setFont(self._small_font())
            self._paint_upper(painter, self.fit, upper)
            self._paint_lower(painter, self.fit, lower)
            self._paint_pointer(painter, upper, lower)
        painter.end()

    def _paint_upper(self, painter: QPainter, fit: Fit, area: QRectF) -> None:
        assert self._range is not None
        low, high = self._range
        self._paint_grid(painter, area, low, high, _TICKS)
        painter.save()
        painter.setClipRect(area)
        dots = fit.points if self.has_test else fit.points[~fit.is_test]
        is_test = fit.is_test if self.has_test else np.zeros(len(dots), dtype=np.bool_)
        places = _placed(dots[:_MOST_POINTS, 0], dots[:_MOST_POINTS, 1], fit, area, low, high)
        train, test = (
            blend(self.theme.panel, self.theme.muted, 0.7),
            blend(self.theme.panel, self.theme.test, 0.8),
        )
        painter.setPen(Qt.PenStyle.NoPen)
        for place, of_test in zip(places, is_test.tolist(), strict=False):
            painter.setBrush(test if of_test else train)
            painter.drawEllipse(place, 2.6, 2.6)
        painter.setBrush(Qt.BrushStyle.NoBrush)
        if len(fit.right):
            painter.setPen(QPen(QColor(self.theme.muted), 1.6, Qt.PenStyle.DashLine))
            _draw(painter, fit.x, fit.right, fit, area, low, high)
        painter.setPen(QPen(QColor(self.theme.train), 2.2))
        _draw(painter, fit.x, fit.said, fit, area, low, high)
        painter.restore()
        self._paint_legend(painter, fit, area)

    def _paint_legend(self, painter: QPainter, fit: Fit, area: QRectF) -> None:
        metrics = QFontMetricsF(painter.font())
        x, y = area.left(), area.top() - 6
        entries = [(fit.name, self.theme.train, Qt.PenStyle.SolidLine)]
        if len(fit.right):
            entries.append((self.tr("function"), self.theme.muted, Qt.PenStyle.DashLine))
        for text, colour, style in entries:
            painter.setPen(QPen(QColor(colour), 2, style))
            painter.drawLine(QPointF(x, y - 4), QPointF(x + 18, y - 4))
            painter.setPen(QColor(self.theme.text))
            painter.drawText(QPointF(x + 23, y), text)
            x += 37 + metrics.horizontalAdvance(text)

    def _paint_lower(self, painter: QPainter, fit: Fit, area: QRectF) -> None:
        metrics = QFontMetricsF(painter.font())
        painter.setPen(QColor(self.theme.muted))
        unknown = self.tr("residual: the right line is not known") if len(fit.points) else ""
        head = self.tr("residual") if len(fit.right) else unknown
        painter.drawText(QPointF(area.left(), area.top() - 5), head)
        self._paint_grid(painter, area, -self._limit, self._limit, _TICKS_BELOW)
        if len(fit.right):
            painter.save()
            painter.setClipRect(area)
            painter.setPen(QPen(QColor(self.theme.negative), 1.6))
            _draw(painter, fit.x, fit.residual, fit, area, -self._limit, self._limit)
            painter.restore()
        values = tick_values(fit.across.low, fit.across.high, most=6)
        painter.setPen(QColor(self.theme.muted))
        for value, text in zip(values, short_texts(values), strict=True):
            share = (value - fit.across.low) / (fit.across.high - fit.across.low)
            x = area.left() + share * area.width()
            where = QRectF(x - 40, area.bottom() + 2, 80, metrics.height())
            painter.drawText(where, Qt.AlignmentFlag.AlignHCenter, text)

    def _paint_pointer(self, painter: QPainter, upper: QRectF, lower: QRectF) -> None:
        if self._pointer is None:
            return
        share = (self._pointer - upper.left()) / upper.width()
        if 0 <= share <= 1:
            painter.setPen(QPen(QColor(self.theme.muted), 1))
            painter.drawLine(QPointF(self._pointer, upper.top()), QPointF(self._pointer, lower.bottom()))

    # ── pointer ──────────────────────────────────────────────────────────────────────────────────

    def read_out(self) -> str:
        """What the lines say where the pointer is; "" beside them."""
        fit = self.fit
        if fit is None or self._pointer is None:
            return ""
        upper, _ = self._areas()
        share = (self._pointer - upper.left()) / upper.width()
        if not 0 <= share <= 1:
            return ""
        place = round(share * (len(fit.x) - 1))
        words = self.tr("{} = {}   {} {}").format(
            fit.across.name, _number(fit.x[place]), fit.name, _number(fit.said[place])
        )
        if len(fit.right) and np.isfinite(fit.right[place]):
            words += self.tr("   function {}").format(_number(fit.right[place]))
        return words


def _placed(x: Floats, y: Floats, fit: Fit, area: QRectF, low: float, high: float) -> list[QPointF]:
    across = area.left() + (x - fit.across.low) / (fit.across.high - fit.across.low) * area.width()
    up = area.bottom() - (y - low) / (high - low) * area.height()
    up = np.clip(up, area.top() - 2e3, area.bottom() + 2e3)
    return [QPointF(*place) for place in zip(across.tolist(), up.tolist(), strict=True)]


def _draw(painter: QPainter, x: Floats, y: Floats, fit: Fit, area: QRectF, low: float, high: float) -> None:
    """A line that has gaps where there is no number."""
    is_there = np.isfinite(y)
    ends = np.flatnonzero(np.diff(is_there.astype(np.int8)))
    for part in np.split(np.arange(len(x)), ends + 1):
        if len(part) > 1 and is_there[part[0]]:
            painter.drawPolyline(QPolygonF(_placed(x[part], y[part], fit, area, low, high)))


def _step_above(value: float) -> float:
    """The next of … 0.1, 0.3, 1, 3 … at or above a number."""
    power = 10.0 ** np.floor(np.log10(value)).item()
    return float(next(step * power for step in (1, 3, 10) if step * power >= value))


def _number(value: float) -> str:
    return f"{float(value):.3g}".replace("-", "−")
