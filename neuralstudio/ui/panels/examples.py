"""The shipped examples beside the canvas, to open one while at work."""

from functools import partial

from PySide6.QtCore import QMetaMethod, Qt, Signal
from PySide6.QtWidgets import QScrollArea, QVBoxLayout, QWidget

from neuralstudio.project.examples import example
from neuralstudio.ui.gallery import ExampleCard, ordered_examples
from neuralstudio.ui.panels._base import Panel
from neuralstudio.ui.studio import Studio


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
        content = QWidget()
        column = QVBoxLayout(content)
        column.setContentsMargins(12, 12, 12, 12)
        column.setSpacing(10)
        for name in ordered_examples():
            card = ExampleCard(name, studio.theme.theme, is_wide=True)
            card.clicked.connect(partial(self._on_chosen, name))
            studio.theme.theme_changed.connect(card.set_theme)
            column.addWidget(card)
        column.addStretch(1)
        scroll = QScrollArea()
        scroll.setWidgetResizable(True)
        scroll.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        scroll.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        scroll.setWidget(content)
        outer = QVBoxLayout(self)
        outer.setContentsMargins(0, 0, 0, 0)
        outer.addWidget(scroll)

    def _on_chosen(self, name: str) -> None:
        if self.isSignalConnected(QMetaMethod.fromSignal(self.example_chosen)):
            self.example_chosen.emit(name)
        else:
            self.studio.document.open(example(name))
