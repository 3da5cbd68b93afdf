"""The middle of the playground: the network as neurons that show what they say, and the bar above them."""

from functools import partial
from itertools import pairwise

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QHideEvent, QResizeEvent, QShowEvent
from PySide6.QtWidgets import (
    QComboBox,
    QHBoxLayout,
    QLabel,
    QPushButton,
    QScrollArea,
    QStackedLayout,
    QVBoxLayout,
    QWidget,
)

from neuralstudio.project.playground.setup import MOST_LAYERS
from neuralstudio.ui.playground.board_canvas import BoardCanvas
from neuralstudio.ui.playground.board_edits import BoardEdits
from neuralstudio.ui.playground.board_hands import BoardHands
from neuralstudio.ui.playground.board_header import round_button
from neuralstudio.ui.playground.board_live import BoardLive
from neuralstudio.ui.studio import Studio
from neuralstudio.views.board import MODES

_ROOM_FOR_COUNT = 540
"""Pixels from which the number of weights is shown in the bar."""


class BoardWidget(QWidget):
    """The board of the document's network. It rests while it is hidden."""

    hovered = Signal(str, int)
    """What is to be shown large: a layer's id and the neuron's number; ``DATA`` and the feature's place

    among all features; "" and −1 for nothing.
    """
    wanted = Signal(str)
    """The tag of another panel that can show the network: "network" or "build"."""
    classic_wanted = Signal()
    """The classic playground in the place of a network that the board cannot show."""

    def __init__(self, studio: Studio) -> None:
        super().__init__()
        self.setObjectName("board")
        self.live = BoardLive(studio, self)
        self.edits = BoardEdits(studio, self)
        self.canvas = BoardCanvas(studio, self.live, self.edits, self)
        self.canvas.setAccessibleName(self.tr("Neurons and weights"))
        self.hands = BoardHands(studio, self.canvas)
        self.hands.hovered.connect(self.hovered)
        work = QWidget()
        rows = QVBoxLayout(work)
        rows.setContentsMargins(0, 0, 0, 0)
        rows.setSpacing(0)
        rows.addLayout(self._bar())
        self._scroll = QScrollArea()
        self._scroll.setWidgetResizable(True)
        self._scroll.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self._scroll.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self._scroll.setWidget(self.canvas)
        rows.addWidget(self._scroll, 1)
        self._pages = QStackedLayout(self)
        self._pages.addWidget(work)
        self._pages.addWidget(self._refusal_page())
        self.edits.refused.connect(self._say)
        self.edits.accepted.connect(partial(self._say, ""))
        self.live.rebuilt.connect(self._on_rebuilt)
        self.canvas.arranged.connect(self._count)
        self.canvas.stood_in.connect(self._count)
        self._options = studio.options
        self._options.changed.connect(self._show_hidden)
        self._on_rebuilt()
        self._show_hidden()

    def set_popover(self, has_popover: bool) -> None:
        """Whether the board itself shows a neuron larger; not where the output beside it does."""
        self.canvas.has_popover = has_popover

    # ── parts ────────────────────────────────────────────────────────────────────────────────────

    def _bar(self) -> QHBoxLayout:
        self._note = QLabel()
        self._note.setObjectName("board-note")
        self._note.setProperty("role", "danger")
        self._fewer = round_button("−", "board-fewer-layers", self.tr("One hidden layer less"))
        self._fewer.clicked.connect(self.edits.remove_last_layer)
        self._more = round_button("+", "board-more-layers", self.tr("One hidden layer more"))
        self._more.clicked.connect(self.edits.add_layer)
        self._layers = QLabel()
        self._layers.setObjectName("board-layers")
        self._layers.setStyleSheet("font-weight: 600;")
        self._modes = QComboBox()
        self._modes.setObjectName("board-edges")
        self._modes.setAccessibleName(self.tr("What links show"))
        self._modes.setToolTip(self.tr("What the thickness and the colour of the links stand for"))
        titles = {
            "weight": self.tr("Links: weight"),
            "gradient": self.tr("Links: gradient"),
            "update": self.tr("Links: last update"),
            "update/weight": self.tr("Links: update to weight"),
        }
        for mode in MODES:
            self._modes.addItem(titles[mode], mode)
        self._modes.activated.connect(lambda _index: self.canvas.set_mode(self._modes.currentData()))
        self._shown = QLabel()
        self._shown.setObjectName("board-shown")
        self._shown.setProperty("role", "muted")
        self._shown.setMinimumWidth(1)
        self._note.setMinimumWidth(1)
        bar = QHBoxLayout()
        bar.setContentsMargins(12, 6, 12, 4)
        bar.setSpacing(6)
        bar.addWidget(self._fewer)
        bar.addWidget(self._layers)
        bar.addWidget(self._more)
        bar.addSpacing(8)
        bar.addWidget(self._note, 1)
        bar.addWidget(self._shown)
        bar.addWidget(self._modes)
        return bar

    def _refusal_page(self) -> QWidget:
        page = QWidget()
        self._refusal = QLabel()
        self._refusal.setObjectName("board-refusal")
        self._refusal.setWordWrap(True)
        self._refusal.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self._refusal.setFixedWidth(340)
        rows = QVBoxLayout(page)
        rows.addStretch()
        rows.addWidget(self._refusal, 0, Qt.AlignmentFlag.AlignHCenter)
        buttons = QHBoxLayout()
        buttons.addStretch()
        for words, tag in (
            (self.tr("Show it in Network"), "network"),
            (self.tr("Change it in Build"), "build"),
        ):
            button = QPushButton(words)
            button.setObjectName(f"board-to-{tag}")
            button.clicked.connect(partial(self.wanted.emit, tag))
            buttons.addWidget(button)
        buttons.addStretch()
        rows.addLayout(buttons)
        classic = QPushButton(self.tr("Begin with the classic playground"))
        classic.setObjectName("board-to-classic")
        classic.setToolTip(self.tr("Opens the circle with its two hidden layers in place of this network"))
        classic.clicked.connect(self.classic_wanted)
        rows.addWidget(classic, 0, Qt.AlignmentFlag.AlignHCenter)
        rows.addStretch()
        return page

    # ── what is new ──────────────────────────────────────────────────────────────────────────────

    def _on_rebuilt(self) -> None:
        setup = self.live.setup
        self._pages.setCurrentIndex(1 if setup is None else 0)
        self._refusal.setText(self.live.refusal)
        self._refusal.setMinimumHeight(max(0, self._refusal.heightForWidth(self._refusal.width())))
        if setup is None:
            return
        count = len(setup.hidden)
        self._layers.setText(
            self.tr("1 hidden layer") if count == 1 else self.tr("{} hidden layers").format(count)
        )
        self._fewer.setEnabled(count > 0)
        self._more.setEnabled(count < MOST_LAYERS)
        self._count()

    def _count(self) -> None:
        setup = self.live.setup
        if setup is None:
            return
        sizes = [len(setup.features), *(column.units for column in (*setup.hidden, setup.output))]
        total = sum(before * after for before, after in pairwise(sizes))
        shown = self.canvas.shown
        all_of_them = self.tr("showing all {} weights").format(f"{total:,}")
        some = self.tr("showing {} of {} weights").format(f"{shown:,}", f"{total:,}")
        if self.canvas.is_standing_in:
            all_of_them = some = self.tr("showing weights until there is an update")
        self._shown.setText(all_of_them if shown == total else some)
        self._shown.setToolTip(self._shown.text())

    def _show_hidden(self) -> None:
        for part in (self._fewer, self._layers, self._more):
            part.setHidden("numHiddenLayers" in self._options.hidden)

    def _say(self, sentence: str) -> None:
        self._note.setText(sentence)
        self._note.setToolTip(sentence)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._shown.setVisible(self.width() >= _ROOM_FOR_COUNT)

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self.live.wake(True)

    def hideEvent(self, event: QHideEvent) -> None:
        super().hideEvent(event)
        self.live.wake(False)
