"""The grid of a sweep: a small picture for each combination, its losses below it, the best one marked."""

from collections.abc import Mapping
from functools import partial
from math import isfinite

from PySide6.QtCore import QEvent, QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import (
    QAction,
    QColor,
    QFocusEvent,
    QFontMetricsF,
    QGuiApplication,
    QHelpEvent,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPen,
)
from PySide6.QtWidgets import QToolTip, QWidget

from neuralstudio.engine.metrics import MetricFunction
from neuralstudio.session.sweep import Cell, Sweep
from neuralstudio.ui.figures._base import PADDING, FigureWidget
from neuralstudio.ui.figures.saving import rows_of
from neuralstudio.ui.run_list import in_figures
from neuralstudio.ui.sweep_layout import GAP, MARGIN, Place, SweepLayout
from neuralstudio.ui.sweep_tile import Tile, picture_of, word_for
from neuralstudio.ui.theme import Theme, scaled
from neuralstudio.views import sweep as view
from neuralstudio.views._base import Table

_TITLES = 0.28
"""Part of the width that the titles of the rows may take."""
_ARROWS = {
    Qt.Key.Key_Left: (0, -1),
    Qt.Key.Key_Right: (0, 1),
    Qt.Key.Key_Up: (-1, 0),
    Qt.Key.Key_Down: (1, 0),
}


class SweepGrid(FigureWidget[Table]):
    """Its figure is the table of numbers, which the menu copies and saves; arrows walk over the cells."""

    chosen = Signal()
    """Another cell is the current one."""
    applied = Signal()
    """The settings of the current cell are wanted: Enter, a double click, or the menu."""

    def __init__(self, theme: Theme, score: MetricFunction, parent: QWidget | None = None) -> None:
        super().__init__(theme, parent)
        self.setObjectName("sweep-grid")
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.score = score
        self.sweep: Sweep | None = None
        self.current: Place | None = None
        self._cells: Mapping[Place, Cell] = {}
        self._tiles: dict[Place, Tile] = {}
        self._best: Place | None = None
        self._pointed: Place | None = None
        self._share = 1.0

    # ── what is shown ────────────────────────────────────────────────────────────────────────────

    def show_sweep(self, sweep: Sweep | None, cells: Mapping[Place, Cell], score: MetricFunction) -> None:
        """Shows a sweep with the cells found so far; None: nothing yet."""
        if sweep is not self.sweep:
            self.current = self._pointed = None
            self._tiles = {}
        self.sweep, self._cells, self.score = sweep, dict(cells), score
        empty = self.tr(
            "Choose two settings and their values, then press Start: the network is trained with every "
            "combination, and a small picture shows what came of each."
        )
        self.show_figure(Table("", (), empty=empty) if sweep is None else self._table(sweep))

    def show_share(self, share: float) -> None:
        """How much of the sweep is done, 0–1; 1 also where nothing is under way."""
        self._share = share
        self.update()

    def _table(self, sweep: Sweep) -> Table:
        titles = sweep.first[0].title, sweep.second[0].title
        names = [[axis[0].words(value) for value in axis[1]] for axis in (sweep.first, sweep.second)]
        words = partial(in_figures, metric=self.score)
        return view.compute(titles, names[0], names[1], self._cells.values(), self.score.title, words)

    @property
    def header_height(self) -> int:
        return PADDING  # the titles of the settings stand in the place of one

    def has_content(self, figure: Table) -> bool:  # noqa: ARG002
        return self.sweep is not None

    def refresh(self) -> None:
        self._best = view.best(self._cells.values())
        # Ranks, not values: one loss beyond all others would leave these without a difference.
        losses = sorted({cell.test_loss for cell in self._cells.values() if isfinite(cell.test_loss)})
        ranks = {loss: rank / max(len(losses) - 1, 1) for rank, loss in enumerate(losses)}
        for place, cell in self._cells.items():
            known = self._tiles.get(place)
            has_look = known is not None and known.cell is cell
            picture = known.picture if known is not None and has_look else picture_of(cell, self.theme)
            self._tiles[place] = Tile(cell, picture, self._figure_of(cell), ranks.get(cell.test_loss, 1.0))
        self.updateGeometry()
        self.setMinimumSize(self._layout.least if self.sweep is not None else QSize(150, 80))
        self._describe()

    def set_theme(self, theme: Theme) -> None:
        self._tiles = {}
        super().set_theme(theme)

    def _figure_of(self, cell: Cell) -> str:
        return in_figures(cell.metric, self.score) if isfinite(cell.metric) else view.number(cell.test_loss)

    # ── where everything is ──────────────────────────────────────────────────────────────────────

    @property
    def _counts(self) -> Place:
        return (len(self.sweep.first[1]), len(self.sweep.second[1])) if self.sweep is not None else (0, 0)

    @property
    def _layout(self) -> SweepLayout:
        assert self.sweep is not None
        bold, small = (
            QFontMetricsF(scaled(self.small_font(), 1.0, bold=True)),
            QFontMetricsF(self.small_font()),
        )
        setting, values = self.sweep.first
        words = (f"{setting.title} ↓", *map(setting.words, values))
        left = min(max(map(bold.horizontalAdvance, words)), _TITLES * max(self.width(), 400)) + 14
        figures = small.horizontalAdvance(self.tr("train {}   test {}").format("0.00000", "0.00000")) + 6
        return SweepLayout(*self._counts, self.size(), left, small.height(), figures)

    def cell_area(self, place: Place) -> QRectF:
        """The picture's square; its figures stand below."""
        return self._layout.square(place)

    def place_at(self, where: QPointF) -> Place | None:
        """The cell under a point of the widget, its figures included."""
        return self._layout.at(where) if self.sweep is not None else None

    # ── painting ─────────────────────────────────────────────────────────────────────────────────

    def paint_content(self, painter: QPainter, figure: Table, area: QRectF) -> None:  # noqa: ARG002
        rows, columns = self._counts
        layout = self._layout
        self._paint_titles(painter, layout)
        waiting = int(self._share * rows * columns) if self._share < 1 else -1
        for row in range(rows):
            for column in range(columns):
                place = row, column
                square = layout.square(place)
                tile = self._tiles.get(place)
                if tile is not None:
                    tile.paint(painter, square, self.theme, self.font())
                    self._paint_figures(painter, square, tile, layout.width, is_best=place == self._best)
                elif row * columns + column == waiting:
                    done = self._share * rows * columns - waiting
                    bar = QRectF(square.left(), square.bottom() - 4, square.width() * done, 4)
                    painter.fillRect(bar, QColor(self.theme.accent))
                self._paint_frame(painter, square, place)

    def _paint_frame(self, painter: QPainter, square: QRectF, place: Place) -> None:
        colour, width = self.theme.border, 1.0
        if place == self._best:
            colour, width = self.theme.accent, 3.0
        elif place == self._pointed:
            colour = self.theme.muted
        painter.setBrush(Qt.BrushStyle.NoBrush)
        pen = QPen(QColor(colour), width)
        if place not in self._cells:
            pen.setStyle(Qt.PenStyle.DotLine)
        painter.setPen(pen)
        painter.drawRoundedRect(square, 3, 3)
        if place == self.current:
            painter.setPen(QPen(QColor(self.theme.text), 2.0 if self.hasFocus() else 1.2))
            painter.drawRoundedRect(square.adjusted(-4, -4, 4, 4), 5, 5)

    def _paint_titles(self, painter: QPainter, layout: SweepLayout) -> None:
        assert self.sweep is not None
        (down, rows), (across, columns) = self.sweep.first, self.sweep.second
        left = layout.left
        small, bold = self.small_font(), scaled(self.small_font(), 1.0, bold=True)
        metrics = QFontMetricsF(small)
        line = metrics.height()
        painter.setFont(bold)
        painter.setPen(QColor(self.theme.text))
        first, last = layout.square((0, 0)), layout.square((0, len(columns) - 1))
        width = last.right() - first.left()
        words = metrics.elidedText(f"{across.title} →", Qt.TextElideMode.ElideRight, max(width, 120))
        painter.drawText(QPointF(first.left(), MARGIN + metrics.ascent()), words)
        head = QFontMetricsF(bold).elidedText(f"{down.title} ↓", Qt.TextElideMode.ElideRight, left - 6)
        painter.drawText(QPointF(MARGIN, MARGIN + line + 4 + metrics.ascent()), head)
        painter.setFont(small)
        painter.setPen(QColor(self.theme.muted))
        for column, value in enumerate(columns):
            square = layout.square((0, column))
            where = QRectF(square.left() - 4, MARGIN + line + 4, square.width() + 8, line)
            text = metrics.elidedText(across.words(value), Qt.TextElideMode.ElideRight, where.width())
            painter.drawText(where, Qt.AlignmentFlag.AlignHCenter, text)
        for row, value in enumerate(rows):
            square = layout.square((row, 0))
            where = QRectF(MARGIN, square.center().y() - line / 2, left - 12, line)
            text = metrics.elidedText(down.words(value), Qt.TextElideMode.ElideRight, where.width())
            painter.drawText(where, Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter, text)

    def _paint_figures(
        self, painter: QPainter, square: QRectF, tile: Tile, width: float, *, is_best: bool
    ) -> None:
        cell = tile.cell
        if not isfinite(cell.train_loss):
            return
        line = QFontMetricsF(self.small_font()).height()
        below = QRectF(
            square.center().x() - (width + GAP - 2) / 2, square.bottom() + 4, width + GAP - 2, line
        )
        train, test = (f"{loss:.3g}" if isfinite(loss) else "–" for loss in (cell.train_loss, cell.test_loss))
        score = in_figures(cell.metric, self.score)
        score = score if self.score.is_share else self.tr("error {}").format(score)
        upper = self.tr("test {}").format(test) if tile.says_number else score
        uppers = [upper, test] if tile.says_number else [upper]
        if is_best:
            uppers = [self.tr("best · {}").format(text) for text in uppers] + uppers
        lowers = [self.tr("train {}").format(train), train]
        if not tile.says_number:
            lowers = [
                self.tr("train {}   test {}").format(train, test),
                self.tr("test {}").format(test),
                test,
            ]
        painter.setFont(scaled(self.small_font(), 1.0, bold=is_best))
        painter.setPen(QColor(self.theme.text))
        _paint_first_that_fits(painter, below, uppers)
        painter.setFont(self.small_font())
        painter.setPen(QColor(self.theme.muted))
        _paint_first_that_fits(painter, below.translated(0, line), lowers)

    # ── choosing ─────────────────────────────────────────────────────────────────────────────────

    def words_for(self, place: Place) -> str:
        """All about a cell, a line for each thing."""
        assert self.sweep is not None
        axes = zip((self.sweep.first, self.sweep.second), place, strict=True)
        lines = [f"{setting.title}: {setting.words(values[at])}" for (setting, values), at in axes]
        cell = self._cells.get(place)
        if cell is None:
            return "\n".join((*lines, self.tr("Not trained yet")))
        if cell.problem:
            lines.append(f"{word_for(cell)}: {cell.problem}")
        for name, text in (
            (self.tr("Train loss"), view.number(cell.train_loss)),
            (self.tr("Test loss"), view.number(cell.test_loss)),
            (self.score.title, in_figures(cell.metric, self.score) if isfinite(cell.metric) else ""),
        ):
            if text:
                lines.append(f"{name}: {text}")
        if place == self._best:
            lines.append(self.tr("The least test loss of all"))
        return "\n".join(lines)

    def choose(self, place: Place) -> None:
        """Makes a cell the current one."""
        self.current = place
        self._describe()
        self.update()
        self.chosen.emit()

    def _describe(self) -> None:
        self.setAccessibleName(self.tr("Results of the sweep"))
        words = self.words_for(self.current) if self.sweep is not None and self.current else ""
        self.setAccessibleDescription(words.replace("\n", ", "))

    def mousePressEvent(self, event: QMouseEvent) -> None:
        place = self.place_at(event.position())
        if place is not None:
            self.choose(place)

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        if event.button() is Qt.MouseButton.LeftButton and self.place_at(event.position()) is not None:
            self.applied.emit()

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        self._point(self.place_at(event.position()))

    def leaveEvent(self, event: QEvent) -> None:
        super().leaveEvent(event)
        self._point(None)

    def _point(self, place: Place | None) -> None:
        if place != self._pointed:
            self._pointed = place
            self.update()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        rows, columns = self._counts
        step = _ARROWS.get(Qt.Key(event.key()))
        if step is not None and rows:
            row, column = self.current or (0, 0)
            if self.current is not None:
                row, column = row + step[0], column + step[1]
            self.choose((min(max(row, 0), rows - 1), min(max(column, 0), columns - 1)))
        elif event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and self.current is not None:
            self.applied.emit()
        else:
            super().keyPressEvent(event)

    def focusInEvent(self, event: QFocusEvent) -> None:
        super().focusInEvent(event)
        self.update()

    def focusOutEvent(self, event: QFocusEvent) -> None:
        super().focusOutEvent(event)
        self.update()

    def event(self, event: QEvent) -> bool:
        if event.type() == QEvent.Type.ToolTip and isinstance(event, QHelpEvent) and self.sweep is not None:
            place = self.place_at(QPointF(event.pos()))
            QToolTip.showText(event.globalPos(), self.words_for(place) if place is not None else "", self)
            return True
        return super().event(event)

    def extra_actions(self) -> list[QAction]:
        use = QAction(self.tr("Use these settings"), self)
        use.setEnabled(self.current is not None)
        use.triggered.connect(self.applied)
        copy = QAction(self.tr("Copy as table"), self)
        copy.triggered.connect(self.copy_table)
        return [use, copy]

    def copy_table(self) -> None:
        """All figures as text, with tabs between the columns."""
        rows = rows_of(self.figure) if self.figure is not None else None
        QGuiApplication.clipboard().setText("\n".join("\t".join(row) for row in rows or []))


def _paint_first_that_fits(painter: QPainter, area: QRectF, texts: list[str]) -> None:
    width = painter.fontMetrics().horizontalAdvance
    fitting = (text for text in texts if width(text) <= area.width())
    painter.drawText(area, Qt.AlignmentFlag.AlignHCenter, next(fitting, ""))
