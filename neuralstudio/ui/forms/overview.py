"""The whole network as a table: for a look at all shapes, and for screen readers."""

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QAbstractItemView, QHeaderView, QSizePolicy, QTableWidget, QTableWidgetItem

from neuralstudio.network.check import Report, shape_text
from neuralstudio.network.spec import NetworkSpec, display_name
from neuralstudio.ui.forms.sentence import wrapped

_ROW_HEIGHT = 26
_PADDING = 22


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
        self.setWordWrap(True)
        self.setTextElideMode(Qt.TextElideMode.ElideNone)
        self.setTabKeyNavigation(False)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.verticalHeader().hide()
        self.verticalHeader().setMinimumSectionSize(_ROW_HEIGHT)
        header = self.horizontalHeader()
        header.setHighlightSections(False)
        header.setSectionResizeMode(QHeaderView.ResizeMode.ResizeToContents)
        header.setSectionResizeMode(0, QHeaderView.ResizeMode.Stretch)
        for column, side in enumerate((Qt.AlignmentFlag.AlignLeft, *2 * (Qt.AlignmentFlag.AlignRight,))):
            title = self.horizontalHeaderItem(column)
            assert title is not None
            title.setTextAlignment(side | Qt.AlignmentFlag.AlignVCenter)
        header.sectionResized.connect(
            lambda column, _before, width: self._fit(width) if column == 0 else None
        )
        self.itemActivated.connect(lambda item: self.chosen.emit(item.data(Qt.ItemDataRole.UserRole)))

    def show_network(self, network: NetworkSpec, report: Report) -> None:
        """One row for each layer, in order."""
        self.setRowCount(len(network))
        for row, node in enumerate(network):
            figures = report.nodes[node.id]
            name = "\u00a0".join(display_name(node).rsplit(" ", 1))  # a number alone on a line looks lost
            texts = (name, shape_text(figures.output_shape), f"{figures.weights:,}")
            for column, text in enumerate(texts):
                item = QTableWidgetItem(text)
                item.setData(Qt.ItemDataRole.UserRole, node.id)
                if column:
                    item.setTextAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
                self.setItem(row, column, item)
        self.setVisible(len(network) > 0)
        self._fit(self.columnWidth(0))

    def _fit(self, width: int) -> None:
        """Long names take two lines; the table is as high as its rows, and the page scrolls."""
        heights = [self._height_of(row, width - _PADDING) for row in range(self.rowCount())]
        for row, height in enumerate(heights):
            self.setRowHeight(row, height)
        self.setFixedHeight(self.horizontalHeader().sizeHint().height() + sum(heights) + 4)

    def _height_of(self, row: int, width: int) -> int:
        # Not resizeRowsToContents: with a style sheet it reckons with a single line.
        item = self.item(row, 0)
        lines = wrapped(item.text() if item is not None else "", self.font(), width).lineCount()
        return _ROW_HEIGHT + (lines - 1) * self.fontMetrics().lineSpacing()
