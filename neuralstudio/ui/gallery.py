"""The first page: examples to begin with, each with a picture and a question, and recent projects."""

from collections.abc import Sequence
from functools import partial
from itertools import pairwise
from pathlib import Path

from PySide6.QtCore import QCoreApplication, QEvent, QSize, Qt, QTimer, Signal
from PySide6.QtGui import QKeyEvent, QResizeEvent
from PySide6.QtWidgets import QGridLayout, QHBoxLayout, QLabel, QPushButton, QScrollArea, QVBoxLayout, QWidget

from neuralstudio.project.examples import example_groups
from neuralstudio.ui.example_card import ExampleCard
from neuralstudio.ui.forms.sentence import Sentence, headline
from neuralstudio.ui.icons import icon
from neuralstudio.ui.studio import Studio
from neuralstudio.ui.theme import Theme, scaled

_NARROWEST = 224
"""Pixels across that a card needs."""
_MOST_COLUMNS = 4
_GAP = 14
_MARGIN = 28


class Gallery(QWidget):
    """What a person meets first. It decides nothing: the window opens what was chosen."""

    example_chosen = Signal(str)
    empty_chosen = Signal()
    open_chosen = Signal()
    recent_chosen = Signal(str)
    back_chosen = Signal()
    """Back to the network that is open."""

    def __init__(self, studio: Studio) -> None:
        super().__init__()
        self.setObjectName("gallery")
        self.setAccessibleName(self.tr("Start"))
        self._rows: list[list[ExampleCard]] = []
        self._groups: list[tuple[QLabel, list[ExampleCard]]] = []
        for title, names in example_groups().items():
            self._groups.append((headline(title), [self._card(name, studio) for name in names]))
        self._empty = QPushButton(self.tr("Empty network"))
        self._empty.setObjectName("gallery-empty")
        self._empty.setToolTip(self.tr("Start with a blank canvas and add layers."))
        self._empty.clicked.connect(lambda: self.empty_chosen.emit())
        self._open = QPushButton(self.tr("Open…"))
        self._open.setObjectName("gallery-open")
        self._open.setToolTip(self.tr("Go on with a project you have saved."))
        self._open.clicked.connect(lambda: self.open_chosen.emit())
        self._lay_out()
        self.setFocusProxy(self.cards[0])
        for one, other in pairwise((*self.cards, self._empty, self._open)):
            QWidget.setTabOrder(one, other)
        self._set_theme(studio.theme.theme)
        studio.theme.theme_changed.connect(self._set_theme)
        self.set_recent(())

    @property
    def cards(self) -> list[ExampleCard]:
        """All cards in their order."""
        return [card for _, cards in self._groups for card in cards]

    def set_way_back(self, title: str) -> None:
        """Names the open network a person can go back to; "" for none."""
        self._back.setText(self.tr("← Back to {title}").format(title=title))
        self._back.setVisible(bool(title))

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Escape and not self._back.isHidden():
            self.back_chosen.emit()
        else:
            super().keyPressEvent(event)

    def set_recent(self, paths: Sequence[str]) -> None:
        """Lists projects opened lately, the latest first."""
        while (item := self._recent.takeAt(0)) is not None:
            widget = item.widget()
            if widget is not None:
                widget.hide()
                widget.deleteLater()
        self._recent_title.setVisible(bool(paths))
        for path in paths:
            button = QPushButton(Path(path).stem)
            button.setFlat(True)
            button.setObjectName(f"recent-{Path(path).stem}")
            button.setToolTip(path)
            button.setAccessibleDescription(path)
            button.clicked.connect(partial(self.recent_chosen.emit, path))
            folder = Sentence(str(Path(path).parent), "muted")
            row = QWidget()
            across = QHBoxLayout(row)
            across.setContentsMargins(0, 0, 0, 0)
            across.addWidget(button)
            across.addWidget(folder, 1, Qt.AlignmentFlag.AlignVCenter)
            self._recent.addWidget(row)

    def _card(self, name: str, studio: Studio) -> ExampleCard:
        card = ExampleCard(name, studio.theme.theme)
        studio.theme.theme_changed.connect(card.set_theme)
        card.clicked.connect(partial(self.example_chosen.emit, name))
        card.arrow_pressed.connect(partial(self._on_arrow, card))
        return card

    def _set_theme(self, theme: Theme) -> None:
        self._empty.setIcon(icon("new", theme))
        self._open.setIcon(icon("open", theme))

    # ── places ───────────────────────────────────────────────────────────────────────────────────

    def _lay_out(self) -> None:
        self._back = QPushButton()
        self._back.setObjectName("gallery-back")
        self._back.clicked.connect(lambda: self.back_chosen.emit())
        self._back.hide()
        title = QLabel(self.tr("What shall it learn?"))
        title.setFont(scaled(self.font(), 1.7, bold=True))
        lead = Sentence(
            self.tr("Each example trains at once, on this computer. Change it as you like and watch."),
            "muted",
        )
        own = QHBoxLayout()
        own.addWidget(self._empty)
        own.addWidget(self._open)
        own.addStretch(1)
        self._grid = QGridLayout()
        self._grid.setHorizontalSpacing(_GAP)
        self._grid.setVerticalSpacing(_GAP)
        self._recent_title = headline(self.tr("Recent projects"))
        self._recent = QVBoxLayout()
        self._recent.setSpacing(2)
        self._content = QWidget()
        column = QVBoxLayout(self._content)
        column.setContentsMargins(_MARGIN, 20, _MARGIN, 20)
        column.setSpacing(8)
        column.addWidget(self._back, 0, Qt.AlignmentFlag.AlignLeft)
        column.addWidget(title)
        column.addWidget(lead)
        column.addLayout(own)
        column.addSpacing(2)
        column.addLayout(self._grid)
        column.addSpacing(14)
        column.addWidget(self._recent_title)
        column.addLayout(self._recent)
        column.addStretch(1)
        self._scroll = QScrollArea()
        self._scroll.setWidgetResizable(True)
        self._scroll.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self._scroll.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self._scroll.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOn)
        self._scroll.setWidget(self._content)
        outer = QVBoxLayout(self)
        outer.setContentsMargins(0, 0, 0, 0)
        outer.addWidget(self._scroll)
        self._arrange(720)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        # The viewport has its new size only later.
        self._arrange(self.width() - self._scroll.verticalScrollBar().sizeHint().width())

    def _arrange(self, width: int) -> None:
        """Cards in as many columns as fit, those of a row as high as the highest of them."""
        room = width - 2 * _MARGIN
        columns = max(1, min(_MOST_COLUMNS, (room + _GAP) // (_NARROWEST + _GAP)))
        rows = [
            cards[first : first + columns]
            for _, cards in self._groups
            for first in range(0, len(cards), columns)
        ]
        if rows != self._rows:
            self._rows = rows
            self._place(columns)
        across = (room - _GAP * (columns - 1)) // columns
        for row in rows:
            height = max(card.heightForWidth(across) for card in row)
            for card in row:
                card.setFixedHeight(height)
        self._grid.invalidate()
        # The scroll area was laid out for the old heights and does not notice by itself.
        QTimer.singleShot(0, self, self._lay_out_again)

    def _place(self, columns: int) -> None:
        line = 0
        for title, cards in self._groups:
            self._grid.addWidget(title, line, 0, 1, columns)
            for place, card in enumerate(cards):
                self._grid.addWidget(card, line + 1 + place // columns, place % columns)
            line += 1 + -(-len(cards) // columns)
        for column in range(_MOST_COLUMNS):
            self._grid.setColumnStretch(column, int(column < columns))

    def _lay_out_again(self) -> None:
        self._content.resize(self._scroll.viewport().width(), self._content.minimumSizeHint().height())
        QCoreApplication.postEvent(self._content, QEvent(QEvent.Type.LayoutRequest))

    def sizeHint(self) -> QSize:
        return QSize(720, 560)

    def _on_arrow(self, card: ExampleCard, key: int) -> None:
        """The keyboard goes to the neighbour, over the ends of rows."""
        other = neighbour(self._rows, card, key)
        other.setFocus(Qt.FocusReason.TabFocusReason)
        self._scroll.ensureWidgetVisible(other, 0, _GAP)


def neighbour(rows: Sequence[Sequence[ExampleCard]], card: ExampleCard, key: int) -> ExampleCard:
    """The card that an arrow leads to; ``card`` itself at the end."""
    line, place = next((y, row.index(card)) for y, row in enumerate(rows) if card in row)
    if key in (Qt.Key.Key_Up, Qt.Key.Key_Down):
        line = max(0, min(len(rows) - 1, line + (1 if key == Qt.Key.Key_Down else -1)))
        return rows[line][min(place, len(rows[line]) - 1)]
    cards = [each for row in rows for each in row]
    step = 1 if key == Qt.Key.Key_Right else -1
    return cards[max(0, min(len(cards) - 1, cards.index(card) + step))]
