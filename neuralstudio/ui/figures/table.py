"""Rows of text, sortable by column."""

from PySide6.QtCore import (
    QAbstractTableModel,
    QModelIndex,
    QPersistentModelIndex,
    QRect,
    QSortFilterProxyModel,
    Qt,
    Signal,
)
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QTableView, QWidget

from neuralstudio.ui.figures._base import FigureWidget
from neuralstudio.ui.theme import Theme
from neuralstudio.views._base import Table

Index = QModelIndex | QPersistentModelIndex
_ROOT = QModelIndex()


class TableWidget(FigureWidget[Table]):
    """A ``Table`` figure; new rows keep the scroll position and the chosen sort order."""

    row_chosen = Signal(int)
    """A row of the figure was clicked, or Enter was pressed on it."""

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(theme, parent)
        self._model = _Rows()
        self._sorted = QSortFilterProxyModel(self)
        self._sorted.setSourceModel(self._model)
        self._sorted.setSortRole(Qt.ItemDataRole.UserRole)
        self._table = QTableView(self)
        self._table.setModel(self._sorted)
        self._table.setSortingEnabled(True)
        self._table.sortByColumn(-1, Qt.SortOrder.AscendingOrder)
        self._table.setShowGrid(False)
        self._table.setAlternatingRowColors(True)
        self._table.setSelectionBehavior(QTableView.SelectionBehavior.SelectRows)
        self._table.verticalHeader().hide()
        self._table.horizontalHeader().setHighlightSections(False)
        self._table.setContextMenuPolicy(Qt.ContextMenuPolicy.NoContextMenu)
        self._table.clicked.connect(self._on_chosen)
        self._table.activated.connect(self._on_chosen)
        self._table.hide()

    def _on_chosen(self, index: QModelIndex) -> None:
        self.row_chosen.emit(self._sorted.mapToSource(index).row())

    def has_content(self, figure: Table) -> bool:
        return len(figure.rows) > 0

    def refresh(self) -> None:
        self._table.setVisible(not self.is_empty)
        if self.figure is not None:
            before = self._model.columnCount() * bool(self._model.rowCount())
            self._model.show(self.figure)
            self._table.setAccessibleName(self.figure.title)
            self._place()
            if self._model.columnCount() != before:
                self._table.resizeColumnsToContents()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._place()

    def _place(self) -> None:
        top = self.header_height if self.figure is not None and self.figure.title else 0
        self._table.setGeometry(QRect(0, top, self.width(), self.height() - top))


class _Rows(QAbstractTableModel):
    """The figure's rows for the table view."""

    def __init__(self) -> None:
        super().__init__()
        self._table = Table("", ())
        self._of_numbers: frozenset[int] = frozenset()

    def show(self, table: Table) -> None:
        self._of_numbers = frozenset(
            place
            for place, cells in enumerate(zip(*table.rows, strict=True))
            if any(cells) and all(_as_number(cell) is not None for cell in cells if cell)
        )
        if table.columns == self._table.columns and len(table.rows) == len(self._table.rows):
            self._table = table
            if table.rows:
                self.dataChanged.emit(
                    self.index(0, 0), self.index(len(table.rows) - 1, len(table.columns) - 1)
                )
            return
        self.beginResetModel()
        self._table = table
        self.endResetModel()

    def rowCount(self, parent: Index = _ROOT) -> int:
        return 0 if parent.isValid() else len(self._table.rows)

    def columnCount(self, parent: Index = _ROOT) -> int:
        return 0 if parent.isValid() else len(self._table.columns)

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        text = self._table.rows[index.row()][index.column()]
        number = _as_number(text)
        if role == Qt.ItemDataRole.DisplayRole:
            return text
        if role == Qt.ItemDataRole.UserRole:
            return text if number is None else number
        if role == Qt.ItemDataRole.TextAlignmentRole and index.column() in self._of_numbers:
            return Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
        return None

    def headerData(
        self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole
    ) -> object:
        if orientation != Qt.Orientation.Horizontal:
            return None
        if role == Qt.ItemDataRole.DisplayRole:
            return self._table.columns[section]
        if role == Qt.ItemDataRole.TextAlignmentRole:
            side = Qt.AlignmentFlag.AlignRight if section in self._of_numbers else Qt.AlignmentFlag.AlignLeft
            return side | Qt.AlignmentFlag.AlignVCenter
        return None


def _as_number(text: str) -> float | None:
    try:
        return float(text.replace(",", "").replace("−", "-").removesuffix("%"))
    except ValueError:
        return None
