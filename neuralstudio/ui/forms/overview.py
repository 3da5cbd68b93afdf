"""The whole network as a table: for a look at all shapes, and for screen readers."""

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QAbstractItemView, QHeaderView, QSizePolicy, QTableWidget, QTableWidgetItem

from neuralstudio.network.check import Report, shape_text
from neuralstudio.network.spec import NetworkSpec, display_name

_ROW_HEIGHT = 26


class LayerTable(QTableWidget):
    """Name, output shape and weights of each layer; Enter or a double click chooses one."""

    chosen = Signal(str)

    def __init__(self) -> None:
        super().__init__(0, 3)
        self.setObjectName("inspector-layers")
        self.setAccessibleName(self.tr("Layers of the network"))
        self.setHorizontalHeaderLabels([self.tr("Layer"), self.tr("Output"), self.tr("Weights")])
        self.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        self.setShowGrid(False)
        self.setTabKeyNavigation(False)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.verticalHeader().hide()
        self.verticalHeader().setDefaultSectionSize(_ROW_HEIGHT)
        header = self.horizontalHeader()
        header.setHighlightSections(False)
        header.setSectionResizeMode(QHeaderView.ResizeMode.ResizeToContents)
        header.setSectionResizeMode(0, QHeaderView.ResizeMode.Stretch)
        for column, side in enumerate((Qt.AlignmentFlag.AlignLeft, *2 * (Qt.AlignmentFlag.AlignRight,))):
            title = self.horizontalHeaderItem(column)
            assert title is not None
            title.setTextAlignment(side | Qt.AlignmentFlag.AlignVCenter)
        self.itemActivated.connect(lambda item: self.chosen.emit(item.data(Qt.ItemDataRole.UserRole)))

    def show_network(self, network: NetworkSpec, report: Report) -> None:
        """One row for each layer, in order."""
        self.setRowCount(len(network))
        for row, node in enumerate(network):
            figures = report.nodes[node.id]
            texts = (display_name(node), shape_text(figures.output_shape), f"{figures.weights:,}")
            for column, text in enumerate(texts):
                item = QTableWidgetItem(text)
                item.setData(Qt.ItemDataRole.UserRole, node.id)
                if column:
                    item.setTextAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
                self.setItem(row, column, item)
        self.setFixedHeight(self.horizontalHeader().sizeHint().height() + _ROW_HEIGHT * len(network) + 4)
        self.setVisible(len(network) > 0)
