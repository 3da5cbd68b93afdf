"""The panel Playground: the network as a board of living neurons, with its data and its answer beside it."""

from PySide6.QtCore import Signal
from PySide6.QtGui import QHideEvent, QShowEvent
from PySide6.QtWidgets import QHBoxLayout, QTabWidget, QVBoxLayout

from neuralstudio.ui.panels._base import Panel
from neuralstudio.ui.playground.board import BoardWidget
from neuralstudio.ui.playground.data_column import DataColumn
from neuralstudio.ui.playground.output_column import OutputColumn
from neuralstudio.ui.playground.slow_motion import SlowMotion
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

    classic_wanted = Signal()
    """The classic playground is to take the document's place."""

    def __init__(self, studio: Studio) -> None:
        super().__init__(studio)
        self.board = BoardWidget(studio)
        self.board.wanted.connect(self._show_panel)
        self.board.classic_wanted.connect(self.classic_wanted)
        self._options = studio.options
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
        strip, slow = ControlStrip(studio), SlowMotion(studio, self)
        strip.walk(slow)
        self.output.walk(slow)
        rows.addWidget(strip)
        rows.addLayout(columns, 1)

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self._options.bring_to_front(True)

    def hideEvent(self, event: QHideEvent) -> None:
        super().hideEvent(event)
        self._options.bring_to_front(False)

    def _show_panel(self, tag: str) -> None:
        """Another tab of the centre."""
        page = self.window().findChild(Panel, tag)
        above = self.parentWidget()
        while above is not None and not isinstance(above, QTabWidget):
            above = above.parentWidget()
        if above is not None and page is not None:
            above.setCurrentWidget(page)
