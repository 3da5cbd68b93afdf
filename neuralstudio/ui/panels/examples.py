"""The shipped examples beside the canvas, to open one while at work."""

from functools import partial

from PySide6.QtCore import QMetaMethod, Qt, Signal
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QScrollArea, QVBoxLayout, QWidget

from neuralstudio.project.examples import example, example_groups
from neuralstudio.ui.example_card import ExampleCard
from neuralstudio.ui.forms.sentence import headline
from neuralstudio.ui.gallery import neighbour
from neuralstudio.ui.panels._base import Panel
from neuralstudio.ui.studio import Studio

_MARGIN = 12


class ExamplesPanel(Panel):
    """A card for each example. The window listens to ``example_chosen`` and asks before work is lost.

    Where no one listens the example opens at once.
    """

    tag = "examples"
    title = "Examples"
    area = "left"
    order = 2

    example_chosen = Signal(str)

    def __init__(self, studio: Studio) -> None:
        super().__init__(studio)
        self._cards: list[ExampleCard] = []
        content = QWidget()
        column = QVBoxLayout(content)
        column.setContentsMargins(_MARGIN, _MARGIN, _MARGIN, _MARGIN)
        column.setSpacing(10)
        for title, names in example_groups().items():
            column.addWidget(headline(title))
            for name in names:
                card = ExampleCard(name, studio.theme.theme)
                card.clicked.connect(partial(self._on_chosen, name))
                card.arrow_pressed.connect(partial(self._on_arrow, card))
                studio.theme.theme_changed.connect(card.set_theme)
                column.addWidget(card)
                self._cards.append(card)
        column.addStretch(1)
        self._scroll = QScrollArea()
        self._scroll.setWidgetResizable(True)
        self._scroll.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self._scroll.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOn)
        self._scroll.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self._scroll.setWidget(content)
        outer = QVBoxLayout(self)
        outer.setContentsMargins(0, 0, 0, 0)
        outer.addWidget(self._scroll)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        width = self.width() - self._scroll.verticalScrollBar().sizeHint().width() - 2 * _MARGIN
        for card in self._cards:
            card.setFixedHeight(card.heightForWidth(max(120, width)))

    def _on_arrow(self, card: ExampleCard, key: int) -> None:
        other = neighbour([[each] for each in self._cards], card, key)
        other.setFocus(Qt.FocusReason.TabFocusReason)
        self._scroll.ensureWidgetVisible(other)

    def _on_chosen(self, name: str) -> None:
        if self.isSignalConnected(QMetaMethod.fromSignal(self.example_chosen)):
            self.example_chosen.emit(name)
        else:
            self.studio.document.open(example(name))
