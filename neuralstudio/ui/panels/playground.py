"""The panel Playground: the network as a board of living neurons, with its data and its answer beside it."""

from PySide6.QtWidgets import QHBoxLayout, QTabWidget, QVBoxLayout

from neuralstudio.ui.panels._base import Panel
from neuralstudio.ui.playground.board import BoardWidget
from neuralstudio.ui.playground.data_column import DataColumn
from neuralstudio.ui.playground.output_column import OutputColumn
from neuralstudio.ui.playground.strip import ControlStrip
from neuralstudio.ui.studio import Studio


class PlaygroundPanel(Panel):
    """A strip of settings above; below it the data, the board and the output."""

    tag = "playground"
    title = "Playground"
    area = "centre"
    order = 2
    wants_room = True
    """While it is in front, the docks at the sides give way: it has columns of its own."""

    def __init__(self, studio: Studio) -> None:
        super().__init__(studio)
        self.board = BoardWidget(studio)
        self.board.wanted.connect(self._show_panel)
        self.setFocusProxy(self.board.canvas)
        columns = QHBoxLayout()
        columns.setContentsMargins(0, 0, 0, 0)
        columns.setSpacing(0)
        self.data = DataColumn(studio)
        self.output = OutputColumn(studio)
        self.output.follow(self.data.painting)
        self.board.hovered.connect(self.output.show_neuron)
        self.board.set_popover(False)
        columns.addWidget(self.data)
        columns.addWidget(self.board, 1)
        columns.addWidget(self.output)
        rows = QVBoxLayout(self)
        rows.setContentsMargins(0, 0, 0, 0)
        rows.setSpacing(0)
        rows.addWidget(ControlStrip(studio))
        rows.addLayout(columns, 1)

    def _show_panel(self, tag: str) -> None:
        """Another tab of the centre."""
        page = self.window().findChild(Panel, tag)
        above = self.parentWidget()
        while above is not None and not isinstance(above, QTabWidget):
            above = above.parentWidget()
        if above is not None and page is not None:
            above.setCurrentWidget(page)
