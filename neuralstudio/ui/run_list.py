"""The kept runs as a table: what each came to, under a title that can be changed and a box to be ticked."""

from collections.abc import Callable
from math import isfinite

from PySide6.QtCore import (
    QAbstractTableModel,
    QEvent,
    QModelIndex,
    QPersistentModelIndex,
    Qt,
    Signal,
)
from PySide6.QtGui import QBrush, QColor, QGuiApplication, QIcon, QKeyEvent, QPainter, QPixmap, QResizeEvent
from PySide6.QtWidgets import QAbstractItemView, QHeaderView, QTableView, QWidget

from neuralstudio.engine.metrics import MetricFunction, usual_metric
from neuralstudio.session.ledger import KeptRun
from neuralstudio.ui.estimate import duration
from neuralstudio.ui.figures.colours import class_colours
from neuralstudio.ui.studio import Studio
from neuralstudio.ui.theme import Theme, scaled

Index = QModelIndex | QPersistentModelIndex
_ROOT = QModelIndex()
_SWATCH = 12
_LEAST_TITLE = 150
_SCORE = 4


class RunRows(QAbstractTableModel):
    """A row for each kept run, the latest on top."""

    def __init__(self, studio: Studio) -> None:
        super().__init__()
        self._studio = studio
        self._swatches: dict[str, QIcon] = {}
        self.runs: tuple[KeptRun, ...] = ()
        self._titles = (
            self.tr("Run"),
            self.tr("Epochs"),
            self.tr("Train loss"),
            self.tr("Test loss"),
            "",
            self.tr("Time"),
        )
        self._texts: tuple[Callable[[KeptRun], str], ...] = (
            lambda run: run.title,
            lambda run: f"{run.figures.epochs:,}",
            lambda run: _short(run.figures.train_loss),
            lambda run: _short(run.figures.test_loss),
            lambda run: in_figures(run.figures.test_metric, metric_of(run)),
            lambda run: duration(run.figures.seconds),
        )

    def show_runs(self) -> None:
        """Takes up the runs as they are now."""
        runs = self._studio.kept.runs[::-1]
        if [run.number for run in runs] == [run.number for run in self.runs]:
            self.runs = runs
            if runs:
                self.dataChanged.emit(self.index(0, 0), self.index(len(runs) - 1, len(self._titles) - 1))
            return
        self.beginResetModel()
        self.runs = runs
        self.endResetModel()

    def rowCount(self, parent: Index = _ROOT) -> int:
        return 0 if parent.isValid() else len(self.runs)

    def columnCount(self, parent: Index = _ROOT) -> int:
        return 0 if parent.isValid() else len(self._titles)

    def flags(self, index: Index) -> Qt.ItemFlag:
        flags = Qt.ItemFlag.ItemIsEnabled | Qt.ItemFlag.ItemIsSelectable
        return (
            flags if index.column() else flags | Qt.ItemFlag.ItemIsEditable | Qt.ItemFlag.ItemIsUserCheckable
        )

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        run, column = self.runs[index.row()], index.column()
        if role in (Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.EditRole):
            return self._texts[column](run)
        if role == Qt.ItemDataRole.TextAlignmentRole and column:
            return Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
        if role == Qt.ItemDataRole.ToolTipRole:
            pinned = self.tr("Pinned: it stays until you remove it") if run.is_pinned else ""
            return "\n".join(filter(None, (self._texts[column](run), pinned)))
        if role == Qt.ItemDataRole.AccessibleTextRole:
            return f"{self.heading(column)}: {self._texts[column](run)}"
        if column == 0 and role == Qt.ItemDataRole.CheckStateRole:
            return Qt.CheckState.Checked if run.is_shown else Qt.CheckState.Unchecked
        if column == 0 and role == Qt.ItemDataRole.DecorationRole:
            return self._swatch(run)
        if column == 0 and role == Qt.ItemDataRole.FontRole and run.is_pinned:
            return scaled(QGuiApplication.font(), 1.0, bold=True)
        return None

    def setData(self, index: Index, value: object, role: int = Qt.ItemDataRole.EditRole) -> bool:
        """Renames a run, or shows its curves beside those of the present one."""
        run = self.runs[index.row()]
        if role == Qt.ItemDataRole.EditRole:
            self._studio.kept.rename(run.number, str(value))
        elif role == Qt.ItemDataRole.CheckStateRole:
            self._studio.kept.show(run.number, Qt.CheckState(value) == Qt.CheckState.Checked)
        else:
            return False
        return True

    def headerData(
        self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole
    ) -> object:
        if orientation != Qt.Orientation.Horizontal:
            return None
        if role == Qt.ItemDataRole.TextAlignmentRole:
            side = Qt.AlignmentFlag.AlignRight if section else Qt.AlignmentFlag.AlignLeft
            return side | Qt.AlignmentFlag.AlignVCenter
        return self.heading(section) if role == Qt.ItemDataRole.DisplayRole else None

    def heading(self, column: int) -> str:
        """The title of a column; that of the score follows from what the runs were measured with."""
        if column != _SCORE:
            return self._titles[column]
        metrics = {metric_of(run).title for run in self.runs}
        return metrics.pop() if len(metrics) == 1 else self.tr("Accuracy or error")

    def _swatch(self, run: KeptRun) -> QIcon:
        colour = colour_of(run, self._studio.theme.theme)
        if colour not in self._swatches:
            self._swatches[colour] = _dot(colour)
        return self._swatches[colour]


def metric_of(run: KeptRun) -> MetricFunction:
    """What the run was measured with."""
    return usual_metric(len(run.project.dataset.signature.classes))


def in_figures(value: float, metric: MetricFunction) -> str:
    """A value of a metric: "98.4 %" or "0.123"."""
    if not isfinite(value):
        return "–"
    return f"{value:.1%}" if metric.is_share else f"{value:.4g}"


def colour_of(run: KeptRun, theme: Theme) -> str:
    """The colour that a run has in every figure; the first two are those of the present run's lines."""
    return class_colours(theme, 2 + run.colour + 1)[-1]


def _short(loss: float) -> str:
    return f"{loss:.3g}" if isfinite(loss) else "–"


def _dot(colour: str) -> QIcon:
    picture = QPixmap(2 * _SWATCH, 2 * _SWATCH)
    picture.setDevicePixelRatio(2)
    picture.fill(Qt.GlobalColor.transparent)
    painter = QPainter(picture)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(QBrush(QColor(colour)))
    painter.drawEllipse(1, 1, _SWATCH - 2, _SWATCH - 2)
    painter.end()
    swatch = QIcon()
    for mode in (QIcon.Mode.Normal, QIcon.Mode.Selected):  # else a selected row would tint it
        swatch.addPixmap(picture, mode)
    return swatch


class RunList(QTableView):
    """The rows on the screen. Space ticks, F2 renames, Enter opens, Delete removes."""

    open_wanted = Signal()
    removal_wanted = Signal()

    def __init__(self, rows: RunRows, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setModel(rows)
        self.setObjectName("kept-runs")
        self.setAccessibleName(self.tr("Kept runs"))
        self.setToolTip(
            self.tr("Tick a run to see its curves; F2 renames it, Enter opens it, Delete removes it")
        )
        self.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        self.setEditTriggers(
            QAbstractItemView.EditTrigger.DoubleClicked | QAbstractItemView.EditTrigger.EditKeyPressed
        )
        self.setShowGrid(False)
        self.setAlternatingRowColors(True)
        self.setTabKeyNavigation(False)
        self.setWordWrap(False)
        self.verticalHeader().hide()
        self.horizontalHeader().setHighlightSections(False)
        self.horizontalHeader().setSectionResizeMode(QHeaderView.ResizeMode.ResizeToContents)
        self.horizontalHeader().setSectionResizeMode(0, QHeaderView.ResizeMode.Fixed)

    def fit_title(self) -> None:
        """Gives the title the room that the figures leave, but not too little."""
        header = self.horizontalHeader()
        others = header.length() - header.sectionSize(0)
        header.resizeSection(0, max(_LEAST_TITLE, self.viewport().width() - others))

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self.fit_title()

    def event(self, event: QEvent) -> bool:
        """Keeps the space bar for its rows: it would start the training."""
        if event.type() == QEvent.Type.ShortcutOverride and isinstance(event, QKeyEvent):
            keys = (Qt.Key.Key_Space, Qt.Key.Key_Delete, Qt.Key.Key_Backspace, Qt.Key.Key_F2)
            if event.key() in keys and not event.modifiers() and self.currentIndex().isValid():
                event.accept()
                return True
        return super().event(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        key, index = event.key(), self.currentIndex()
        is_editing = self.state() == QAbstractItemView.State.EditingState
        if is_editing or not index.isValid():
            super().keyPressEvent(event)
        elif key in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self.open_wanted.emit()
        elif key in (Qt.Key.Key_Delete, Qt.Key.Key_Backspace):
            self.removal_wanted.emit()
        elif key == Qt.Key.Key_Space:
            title = index.siblingAtColumn(0)
            is_ticked = Qt.CheckState(title.data(Qt.ItemDataRole.CheckStateRole)) == Qt.CheckState.Checked
            state = Qt.CheckState.Unchecked if is_ticked else Qt.CheckState.Checked
            self.model().setData(title, state, Qt.ItemDataRole.CheckStateRole)
        elif key == Qt.Key.Key_F2:
            self.edit(index.siblingAtColumn(0))
        else:
            super().keyPressEvent(event)
