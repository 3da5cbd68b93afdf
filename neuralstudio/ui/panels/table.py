"""The network as a table: everything the canvas shows and does, for screen readers and for the keyboard."""

from collections.abc import Callable

from PySide6.QtCore import (
    QAbstractTableModel,
    QItemSelection,
    QItemSelectionModel,
    QModelIndex,
    QPersistentModelIndex,
    Qt,
    Signal,
)
from PySide6.QtGui import QColor, QKeyEvent
from PySide6.QtWidgets import QAbstractItemView, QHeaderView, QTableView, QVBoxLayout

from neuralstudio.network import edits
from neuralstudio.network.check import Report, shape_text
from neuralstudio.network.spec import DATA, NetworkSpec, Node, display_name
from neuralstudio.schema.problem import Problem, ProblemError
from neuralstudio.ui.canvas.stack_edits import StackEdits
from neuralstudio.ui.forms.sentence import Sentence
from neuralstudio.ui.panels._base import Panel
from neuralstudio.ui.studio import Studio
from neuralstudio.ui.theme import Theme

Index = QModelIndex | QPersistentModelIndex
_ROOT = QModelIndex()
_READS = 2


class TablePanel(Panel):
    """A row for each layer. What it reads is typed as names; the other settings are the inspector's."""

    tag = "table"
    title = "Table"
    area = "bottom"
    order = 8

    edit_requested = Signal(str)
    """The settings of this layer are wanted: Enter was pressed on it."""

    def __init__(self, studio: Studio) -> None:
        super().__init__(studio)
        self.edits = StackEdits(studio.document, self)
        self.model = LayerRows(studio)
        self.view = _Rows(self)
        self.view.setModel(self.model)
        self._message = Sentence(role="danger", parent=self)
        self._message.setObjectName("table-message")
        self._message.setContentsMargins(10, 4, 10, 4)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(self._message)
        column.addWidget(self.view, 1)
        self.setFocusProxy(self.view)
        header = self.view.horizontalHeader()
        header.setSectionResizeMode(QHeaderView.ResizeMode.ResizeToContents)
        header.setSectionResizeMode(self.model.columnCount() - 1, QHeaderView.ResizeMode.Stretch)
        self._is_following = False
        self._is_stale = True
        studio.document.changed.connect(self._refresh)
        studio.document.selection_changed.connect(self._follow)
        studio.theme.theme_changed.connect(self._refresh)
        self.model.refused.connect(self._message.show_text)
        self.edits.told.connect(self._message.show_text)
        self.view.selectionModel().selectionChanged.connect(self._on_selection_changed)
        self.view.entered_row.connect(lambda row: self.edit_requested.emit(self.model.node_at(row).id))
        self._refresh()

    @property
    def message(self) -> str:
        """Why what was typed cannot be; "" if all is well."""
        return self._message.text()

    def catch_up(self) -> None:
        if self._is_stale:
            self._refresh()

    def _refresh(self) -> None:
        self._is_stale = not self.is_in_view
        if self._is_stale:
            return
        self._message.show_text("")
        self._is_following = True
        self.model.show_document()
        self._is_following = False
        self._follow()

    def _follow(self) -> None:
        """Selects the rows of what is selected on the canvas."""
        if self._is_stale or self._is_following:
            return
        self._is_following = True
        chosen = QItemSelection()
        last = self.model.columnCount() - 1
        rows = [row for row, node in enumerate(self.model.network) if node.id in self.edits.selected]
        for row in rows:
            chosen.select(self.model.index(row, 0), self.model.index(row, last))
        selection = self.view.selectionModel()
        selection.select(chosen, QItemSelectionModel.SelectionFlag.ClearAndSelect)
        if rows and self.view.currentIndex().row() not in rows:
            place = self.model.index(rows[-1], max(0, self.view.currentIndex().column()))
            selection.setCurrentIndex(place, QItemSelectionModel.SelectionFlag.NoUpdate)
            self.view.scrollTo(place)
        self._is_following = False

    def _on_selection_changed(self) -> None:
        if self._is_following:
            return
        rows = sorted({index.row() for index in self.view.selectionModel().selectedIndexes()})
        self._is_following = True
        self.studio.document.select(*(self.model.node_at(row).id for row in rows))
        self._is_following = False


class LayerRows(QAbstractTableModel):
    """The layers of the document in order. Only what a layer reads can be edited here."""

    refused = Signal(str)

    def __init__(self, studio: Studio) -> None:
        super().__init__()
        self._studio = studio
        self.network = NetworkSpec()
        self._report = Report({}, ())
        self._titles = (
            self.tr("Layer"),
            self.tr("Setting"),
            self.tr("Reads"),
            self.tr("Output"),
            self.tr("Weights"),
            self.tr("FLOPs"),
            self.tr("Problems"),
        )
        self._texts: tuple[Callable[[Node], str], ...] = (
            display_name,
            lambda node: " · ".join(filter(None, (node.layer.caption, node.layer.activation_title))),
            lambda node: ", ".join(self._name(source) for source in node.inputs),
            lambda node: shape_text(self._report.nodes[node.id].output_shape),
            lambda node: f"{self._report.nodes[node.id].weights:,}",
            lambda node: f"{self._report.nodes[node.id].flops:,}",
            lambda node: " ".join(f"{each.what}. {each.remedy}" for each in self._report.of(node.id)),
        )

    def show_document(self) -> None:
        """Takes up the document as it is now."""
        document = self._studio.document
        same_rows = [node.id for node in self.network] == [node.id for node in document.network]
        if not same_rows:
            self.beginResetModel()
        self.network, self._report = document.network, document.report
        if not same_rows:
            self.endResetModel()
        elif self.network.nodes:
            self.dataChanged.emit(self.index(0, 0), self.index(len(self.network) - 1, len(self._titles) - 1))

    def node_at(self, row: int) -> Node:
        """The layer of a row."""
        return self.network.nodes[row]

    def rowCount(self, parent: Index = _ROOT) -> int:
        return 0 if parent.isValid() else len(self.network)

    def columnCount(self, parent: Index = _ROOT) -> int:
        return 0 if parent.isValid() else len(self._titles)

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        if role in (Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.EditRole, Qt.ItemDataRole.ToolTipRole):
            return self._texts[index.column()](self.node_at(index.row()))
        if role == Qt.ItemDataRole.TextAlignmentRole and index.column() in (4, 5):
            return Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
        if role == Qt.ItemDataRole.ForegroundRole and index.column() == len(self._titles) - 1:
            return QColor(self._problem_colour(self.node_at(index.row()), self._studio.theme.theme))
        if role == Qt.ItemDataRole.AccessibleTextRole:
            text = self._texts[index.column()](self.node_at(index.row()))
            return f"{self._titles[index.column()]}: {text or self.tr('none')}"
        return None

    def headerData(
        self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole
    ) -> object:
        if orientation != Qt.Orientation.Horizontal:
            return section + 1 if role == Qt.ItemDataRole.DisplayRole else None
        if role == Qt.ItemDataRole.TextAlignmentRole:
            side = Qt.AlignmentFlag.AlignRight if section in (4, 5) else Qt.AlignmentFlag.AlignLeft
            return side | Qt.AlignmentFlag.AlignVCenter
        return self._titles[section] if role == Qt.ItemDataRole.DisplayRole else None

    def flags(self, index: Index) -> Qt.ItemFlag:
        flags = Qt.ItemFlag.ItemIsEnabled | Qt.ItemFlag.ItemIsSelectable
        return flags | Qt.ItemFlag.ItemIsEditable if index.column() == _READS else flags

    def setData(self, index: Index, value: object, role: int = Qt.ItemDataRole.EditRole) -> bool:
        """Wires a layer to the layers whose names were typed, or tells why that cannot be."""
        if role != Qt.ItemDataRole.EditRole or index.column() != _READS:
            return False
        node = self.node_at(index.row())
        try:
            sources = tuple(self._id(name.strip()) for name in str(value).split(",") if name.strip())
            network = edits.set_inputs(self.network, node.id, sources)
        except ProblemError as error:
            self.refused.emit(str(error))
            return False
        self.refused.emit("")
        text = self.tr("wire {layer}").format(layer=display_name(node))
        self._studio.document.edit_network(text, network)
        return True

    def _name(self, source: str) -> str:
        return self.tr("Data") if source == DATA else display_name(self.network[source])

    def _id(self, name: str) -> str:
        for node_id in (DATA, *(node.id for node in self.network)):
            if name.casefold() in (self._name(node_id).casefold(), node_id.casefold()):
                return node_id
        remedy = self.tr("Type names from the first column, with commas between, or Data.")
        raise ProblemError(Problem(name[:40], self.tr("There is no layer of this name"), remedy))

    def _problem_colour(self, node: Node, theme: Theme) -> str:
        severities = {each.severity for each in self._report.of(node.id)}
        return theme.danger if "error" in severities else theme.warning


class _Rows(QTableView):
    entered_row = Signal(int)

    def __init__(self, panel: TablePanel) -> None:
        super().__init__(panel)
        self._edits = panel.edits
        self.setObjectName("layer-table")
        self.setAccessibleName(self.tr("Layers of the network"))
        self.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self.setEditTriggers(
            QAbstractItemView.EditTrigger.DoubleClicked | QAbstractItemView.EditTrigger.EditKeyPressed
        )
        self.setShowGrid(False)
        self.setAlternatingRowColors(True)
        self.setTabKeyNavigation(False)
        self.setWordWrap(False)
        self.verticalHeader().hide()
        self.horizontalHeader().setHighlightSections(False)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        key = event.key()
        is_editing = self.state() == QAbstractItemView.State.EditingState
        has_alt = bool(event.modifiers() & Qt.KeyboardModifier.AltModifier)
        if key in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and self.currentIndex().isValid() and not is_editing:
            self.entered_row.emit(self.currentIndex().row())
        elif has_alt and key in (Qt.Key.Key_Up, Qt.Key.Key_Down):
            self._edits.shift(-1 if key == Qt.Key.Key_Up else 1)
        elif key in (Qt.Key.Key_Delete, Qt.Key.Key_Backspace):
            self._edits.delete()
        else:
            super().keyPressEvent(event)
