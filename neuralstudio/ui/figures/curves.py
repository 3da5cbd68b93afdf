"""Lines over epochs: loss and accuracy as they come in, with a read-out under the pointer."""

import math

import numpy as np
import pyqtgraph as pg
from PySide6.QtCore import QEvent, QObject, QPointF, QRectF, Qt
from PySide6.QtGui import QAction, QColor, QResizeEvent
from PySide6.QtWidgets import QWidget

from neuralstudio.ui.figures._base import FigureWidget
from neuralstudio.ui.figures.colours import class_colours
from neuralstudio.ui.figures.decimate import Line, Values, decimate
from neuralstudio.ui.figures.ranges import log_tick_values, round_up, settled, tick_texts, tick_values
from neuralstudio.ui.theme import Theme, blend
from neuralstudio.views._base import Curve, Curves

# A wide, smooth pen costs time by the point; a raw, jagged line gets a thin pen and more points.
_SMOOTH_POINTS = 400
_RAW_POINTS = 2000
_MARKS = 200
_MARK_SIZE, _CLOUD_SIZE = 7, 4
# How many times a line may run over its own range before it counts as jagged.
_WAY = 15
_NOTHING = np.empty(0)
_DASHES = [5.0, 4.0]


class CurvesWidget(FigureWidget[Curves]):
    """A plot of a ``Curves`` figure, linear or logarithmic in y."""

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(theme, parent)
        self._is_log = False
        self._hover: float | None = None
        self._marker: float | None = None
        self._x_range: tuple[float, float] | None = None
        self._y_range: tuple[float, float] | None = None
        self._look: object = None
        self._lines: list[tuple[Curve, Line]] = []
        self._items: list[pg.PlotCurveItem] = []
        self._marks: list[pg.ScatterPlotItem] = []
        self._plot = pg.PlotWidget(self, background=None)
        self._plot.setAccessibleName(self.tr("Plot"))
        self._plot.setFrameShape(pg.PlotWidget.Shape.NoFrame)
        self._plot.setContextMenuPolicy(Qt.ContextMenuPolicy.NoContextMenu)
        self._plot.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self._plot.setMenuEnabled(False)
        self._plot.hideButtons()
        self._plot.setMouseEnabled(False, False)
        self._plot.getViewBox().disableAutoRange()
        self._plot.getViewBox().setDefaultPadding(0)
        self._plot.getPlotItem().layout.setContentsMargins(2, 6, 16, 2)
        self._grid = pg.PlotCurveItem()
        self._grid.setZValue(-10)
        self._plot.addItem(self._grid, ignoreBounds=True)
        self._crosshair = pg.InfiniteLine(angle=90)
        self._crosshair.hide()
        self._plot.addItem(self._crosshair, ignoreBounds=True)
        self._line = pg.InfiniteLine(angle=90)
        self._line.hide()
        self._plot.addItem(self._line, ignoreBounds=True)
        self._plot.scene().sigMouseMoved.connect(self._on_mouse_moved)
        self._plot.scene().sigMouseHover.connect(self._on_mouse_hover)
        self._plot.viewport().installEventFilter(self)  # the scene hears nothing of the pointer leaving
        self._plot.hide()

    @property
    def is_log_y(self) -> bool:
        return self._is_log

    def set_log_y(self, on: bool) -> None:
        """Show y on a logarithmic axis; values ≤ 0 are then left out."""
        self._is_log = on
        self._y_range = None
        self.refresh()
        self.update()

    @property
    def marker(self) -> float | None:
        """Where the upright line stands on the horizontal axis, if there is one."""
        return self._marker

    def set_marker(self, x: float | None) -> None:
        """Moves the upright line, whose values stand in the legend; None takes it away."""
        self._marker = x
        self._line.setVisible(x is not None)
        if x is not None:
            self._line.setPos(x)
        self.update(0, 0, self.width(), self.header_height)

    def set_theme(self, theme: Theme) -> None:
        super().set_theme(theme)
        self._plot.resetCachedContent()  # pyqtgraph keeps the old background otherwise

    def has_content(self, figure: Curves) -> bool:
        return any(len(curve.x) for curve in figure.curves)

    def refresh(self) -> None:
        self._plot.setVisible(not self.is_empty)
        if self.figure is None or self.is_empty:
            self._x_range = self._y_range = self._hover = None
            return
        self._place()
        self._lines = [(curve, self._points(curve)) for curve in self.figure.curves]
        # The faint raw lines are drawn first, under the smoothed ones.
        self._lines.sort(key=lambda line: line[0].role != "faint")
        self._draw_lines()
        self._set_ranges()
        self._style_axes()

    def legend(self) -> list[tuple[str, QColor]]:
        chips = []
        if self._hover is not None and self.figure is not None:
            chips.append((f"{self.figure.x_title} {self._hover:,.4g}".strip(), QColor()))
        for curve, _ in self._lines:
            if curve.role != "faint" and len(curve.x):
                chips.append((f"{curve.name}{self._value_in_legend(curve)}", self._colour(curve)))
        return chips

    def is_dashed(self, text: str) -> bool:
        return any(curve.dashed and text.startswith(curve.name) for curve, _ in self._lines)

    def extra_actions(self) -> list[QAction]:
        action = QAction(self.tr("Logarithmic y axis"), self)
        action.setCheckable(True)
        action.setChecked(self._is_log)
        action.toggled.connect(self.set_log_y)
        return [action]

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._place()

    def _place(self) -> None:
        area = QRectF(self.rect()).adjusted(2, self.header_height, -2, -2)
        self._plot.setGeometry(area.toRect())

    def _points(self, curve: Curve) -> Line:
        x, y = decimate(curve.x, curve.y, _RAW_POINTS if curve.role == "faint" else _SMOOTH_POINTS)
        if self._is_log:
            x, y = x[y > 0], np.log10(y[y > 0])
        return x, y

    def _colour(self, curve: Curve) -> QColor:
        if curve.colour is not None:
            # The first two are those of the present run's lines.
            return QColor(class_colours(self.theme, 2 + curve.colour + 1)[-1])
        if curve.role == "faint":
            return blend(self.theme.panel, self.theme.train, 0.45)
        return QColor(self.theme.test if curve.role == "test" else self.theme.train)

    def _draw_lines(self) -> None:
        while len(self._items) < len(self._lines):
            self._items.append(pg.PlotCurveItem())
            self._marks.append(pg.ScatterPlotItem(size=_MARK_SIZE, pxMode=True))
            self._plot.addItem(self._items[-1])
            self._plot.addItem(self._marks[-1])
        for index, (item, mark) in enumerate(zip(self._items, self._marks, strict=True)):
            curve, (x, y) = self._lines[index] if index < len(self._lines) else (None, (_NOTHING, _NOTHING))
            if curve is None:
                item.setData([], [])
                mark.setData([], [])
                continue
            smooth = curve.role != "faint" and not _is_jagged(y)
            pen = pg.mkPen(self._colour(curve), width=1.6 if smooth else 1, cosmetic=True)
            if curve.dashed:
                pen.setDashPattern(_DASHES)
            line = (_NOTHING, _NOTHING) if curve.is_cloud else (x, y)
            item.setData(*line, pen=pen, antialias=smooth, skipFiniteCheck=True)
            # A single point makes no line yet.
            has_marks = (curve.marks and len(curve.x) <= _MARKS) or len(x) == 1 or curve.is_cloud
            mark.setSize(_CLOUD_SIZE if curve.is_cloud else _MARK_SIZE)
            brush = pg.mkBrush(self._colour(curve))
            mark.setData(x if has_marks else [], y if has_marks else [], brush=brush, pen=None)

    def _set_ranges(self) -> None:
        filled = [(x, y) for _, (x, y) in self._lines if len(x)]
        if not filled:
            return
        left = min(float(x[0]) for x, _ in filled)
        right = max(float(x[-1]) for x, _ in filled)
        low = min(float(y.min()) for _, y in filled)
        high = max(float(y.max()) for _, y in filled)
        start = 0.0 if 0 <= left <= right / 2 else left
        limit = self.figure.x_limit if self.figure is not None else None
        if limit is not None and limit >= right:
            self._x_range = (start, limit)
        elif (
            self._x_range is None
            or self._x_range[0] != start
            or right > self._x_range[1]
            or right - start < 0.4 * (self._x_range[1] - start)
        ):
            self._x_range = (start, start + round_up(right - start))
        if self._is_log:
            self._y_range = (
                math.floor(low * 2) / 2,
                max(math.ceil(high * 2) / 2, math.floor(low * 2) / 2 + 0.5),
            )
        else:
            self._y_range = settled(self._y_range, low, high)
            if self.figure is not None and self.figure.percent and high <= 1 + 1e-6:  # a mean of ones
                self._y_range = (self._y_range[0], min(1.0, self._y_range[1]))
        box = self._plot.getViewBox()
        spare = 0.012 * (self._y_range[1] - self._y_range[0])
        box.setXRange(*self._x_range, padding=0.01)
        box.setYRange(self._y_range[0] - spare, self._y_range[1] + spare, padding=0)

    def _style_axes(self) -> None:
        if self._x_range is None or self._y_range is None or self.figure is None:
            return
        look = (self._x_range, self._y_range, self._is_log, self.theme.name, self.size().toTuple())
        if look == self._look:
            return  # laying out axes costs more than drawing the curves
        self._look = look
        left, bottom = self._plot.getAxis("left"), self._plot.getAxis("bottom")
        rows = 5 if self.height() > 150 else 3
        if self._is_log:
            powers = log_tick_values(*self._y_range)
            ys = [math.log10(value) for value in powers]
            texts = [f"{value * 100:.3g}%" if self.figure.percent else f"{value:.3g}" for value in powers]
        else:
            ys = tick_values(*self._y_range, most=rows)
            texts = tick_texts(ys, percent=self.figure.percent)
        left.setTicks([list(zip(ys, texts, strict=True))])
        xs = tick_values(*self._x_range, most=max(2, min(8, self.width() // 60)))
        bottom.setTicks([list(zip(xs, tick_texts(xs), strict=True))])
        for axis in (left, bottom):
            axis.setStyle(tickLength=0, tickFont=self.small_font(), tickTextOffset=6)
            axis.setStyle(hideOverlappingLabels=False)
            axis.setTextPen(self.theme.muted)
            axis.setPen(pg.mkPen(None))
            axis.setTickPen(pg.mkPen(self.theme.panel))
        # Not the axis' own grid: that one lies over the curves and cuts off the outermost labels.
        ends = np.tile(self._plot.getViewBox().viewRange()[0], len(ys))
        grid = pg.mkPen(self.theme.grid, width=1)
        self._grid.setData(ends, np.repeat(ys, 2), connect="pairs", pen=grid, skipFiniteCheck=True)
        title = self.figure.x_title if self.height() > 190 else ""
        bottom.setLabel(
            title, color=self.theme.muted, **{"font-size": f"{self.small_font().pointSizeF():.1f}pt"}
        )
        bottom.showLabel(bool(title))
        self._crosshair.setPen(pg.mkPen(self.theme.muted, width=1))
        self._line.setPen(pg.mkPen(self.theme.accent, width=2))

    # Pointer

    def _on_mouse_moved(self, where: QPointF) -> None:
        box = self._plot.getViewBox()
        inside = box.sceneBoundingRect().contains(where)
        self._set_hover(float(box.mapSceneToView(where).x()) if inside else None)

    def _on_mouse_hover(self, items: list[object]) -> None:
        if not items:
            self._set_hover(None)

    def eventFilter(self, _watched: QObject, event: QEvent) -> bool:
        if event.type() == QEvent.Type.Leave:
            self._set_hover(None)
        return False

    def _set_hover(self, x: float | None) -> None:
        self._hover = x
        self._crosshair.setVisible(x is not None)
        if x is not None:
            self._crosshair.setPos(x)
        self.update()

    @property
    def _read_at(self) -> float | None:
        """Where the legend reads the curves: under the pointer, else at the marker."""
        return self._hover if self._hover is not None else self._marker

    def _value_in_legend(self, curve: Curve) -> str:
        at = self._read_at
        if at is None or self.figure is None:
            return ""
        value = float(curve.y[np.abs(curve.x - at).argmin()])
        comma = "" if curve.colour is None else ":"  # titles of kept runs may end in numbers
        return f"{comma} {value:.1%}" if self.figure.percent else f"{comma} {value:.4g}"


def _is_jagged(y: Values) -> bool:
    """Whether a line goes up and down so much that a wide, smoothed pen would take 50 times as long."""
    return len(y) > 2 and bool(np.abs(np.diff(y)).sum() > _WAY * np.ptp(y))
