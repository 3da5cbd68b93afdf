"""The first page: examples to begin with, each with a picture of its data, and the projects opened lately."""

from collections.abc import Sequence
from functools import cache, partial
from math import prod
from pathlib import Path

from PySide6.QtCore import QCoreApplication, QEvent, QRectF, QSize, Qt, QTimer, Signal
from PySide6.QtGui import (
    QColor,
    QFontMetrics,
    QKeyEvent,
    QPainter,
    QPaintEvent,
    QPen,
    QResizeEvent,
    QTextOption,
)
from PySide6.QtWidgets import (
    QAbstractButton,
    QGridLayout,
    QHBoxLayout,
    QLabel,
    QPushButton,
    QScrollArea,
    QSizePolicy,
    QVBoxLayout,
    QWidget,
)

from neuralstudio.data._base import Data
from neuralstudio.project.document import Project
from neuralstudio.project.examples import example, example_names
from neuralstudio.schema.fields import replaced
from neuralstudio.ui.forms.sentence import Sentence, headline
from neuralstudio.ui.icons import icon_pixmap
from neuralstudio.ui.samples import paint_samples
from neuralstudio.ui.studio import Studio
from neuralstudio.ui.theme import Theme, scaled

_CARD_WIDTH, _CARD_HEIGHT = 216, 196
_PICTURE_HEIGHT = 97
_EXTRA_LINE = 14
_PADDING = 11
_ENOUGH = 400
_MOST_COLUMNS = 4


def ordered_examples() -> tuple[str, ...]:
    """Names of all examples: those with the largest inputs (images) first, of these the smallest network."""

    def place(name: str) -> tuple[int, int]:
        project = example(name)
        return -prod(project.dataset.signature.input_shape), len(project.network)

    return tuple(sorted(example_names(), key=place))


@cache
def example_data(name: str) -> Data:
    """Some of an example's data set, enough for a picture and quick to make."""
    project = example(name)
    dataset = project.dataset
    if getattr(dataset, "count", 0) > _ENOUGH:
        dataset = replaced(dataset, count=_ENOUGH)
    return dataset.load(project.seeds.data)


class Card(QAbstractButton):
    """A picture, a title and a sentence, to be clicked or chosen with Enter."""

    def __init__(self, title: str, sentence: str, theme: Theme, *, is_wide: bool = False) -> None:
        super().__init__()
        self.setText(title)
        self.setAccessibleName(title)
        self.setAccessibleDescription(sentence)
        self.sentence = sentence
        self._theme = theme
        self._is_wide = is_wide
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setAttribute(Qt.WidgetAttribute.WA_Hover)
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        across = QSizePolicy.Policy.Expanding if is_wide else QSizePolicy.Policy.Fixed
        self.setSizePolicy(across, QSizePolicy.Policy.Fixed)

    def set_theme(self, theme: Theme) -> None:
        self._theme = theme
        self.update()

    def sizeHint(self) -> QSize:
        return QSize(_CARD_WIDTH, _CARD_HEIGHT + (_EXTRA_LINE if self._is_wide else 0))

    def minimumSizeHint(self) -> QSize:
        return QSize(120, self.sizeHint().height()) if self._is_wide else self.sizeHint()

    def paint_picture(self, painter: QPainter, area: QRectF, theme: Theme) -> None:
        """Paint the picture of the card into ``area``."""
        raise NotImplementedError

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self.click()
            return
        super().keyPressEvent(event)

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: ARG002
        theme = self._theme
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        is_lit = self.hasFocus() or self.isDown()
        frame = QRectF(self.rect()).adjusted(1, 1, -1, -1)
        painter.setPen(QPen(QColor(theme.accent if is_lit else theme.border), 2 if is_lit else 1))
        painter.setBrush(QColor(theme.hover if self.underMouse() else theme.raised))
        painter.drawRoundedRect(frame, 8, 8)
        inner = frame.adjusted(_PADDING, _PADDING, -_PADDING, -_PADDING)
        picture = QRectF(inner.left(), inner.top(), inner.width(), _PICTURE_HEIGHT)
        self.paint_picture(painter, picture, theme)
        painter.setFont(scaled(self.font(), 1.0 if self._is_wide else 1.05, bold=True))
        painter.setPen(QColor(theme.text))
        line = painter.fontMetrics().height()
        top = picture.bottom() + 10
        title = painter.fontMetrics().elidedText(self.text(), Qt.TextElideMode.ElideRight, int(inner.width()))
        painter.drawText(QRectF(inner.left(), top, inner.width(), line), title)
        painter.setFont(scaled(self.font(), 0.92))
        painter.setPen(QColor(theme.muted))
        rest = QRectF(inner.left(), top + line + 4, inner.width(), inner.bottom() - top - line - 4)
        option = QTextOption()
        option.setWrapMode(QTextOption.WrapMode.WordWrap)
        painter.drawText(rest, _fitted(self.sentence, painter.fontMetrics(), rest), option)
        painter.end()


class ExampleCard(Card):
    """An example of the shipped ones, with a picture of its data."""

    def __init__(self, name: str, theme: Theme, *, is_wide: bool = False) -> None:
        project: Project = example(name)
        super().__init__(project.title, project.question, theme, is_wide=is_wide)
        self.setObjectName(f"example-{name}")
        self.setToolTip(project.question)
        self.name = name

    def paint_picture(self, painter: QPainter, area: QRectF, theme: Theme) -> None:
        columns = max(3, round(area.width() / 31))
        data = example_data(self.name)
        paint_samples(painter, area, data.train, theme, columns, data.signature.classes)


class IconCard(Card):
    """Something to begin with other than an example."""

    def __init__(self, icon: str, title: str, sentence: str, theme: Theme) -> None:
        super().__init__(title, sentence, theme)
        self._icon = icon

    def paint_picture(self, painter: QPainter, area: QRectF, theme: Theme) -> None:
        painter.setPen(QPen(QColor(theme.border), 1, Qt.PenStyle.DashLine))
        painter.setBrush(QColor(theme.panel))
        painter.drawRoundedRect(area, 6, 6)
        side = 36
        ratio = self.devicePixelRatioF()
        pixmap = icon_pixmap(self._icon, theme.muted, round(side * ratio))
        where = QRectF(area.center().x() - side / 2, area.center().y() - side / 2, side, side)
        painter.drawPixmap(where, pixmap, QRectF(pixmap.rect()))


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
        theme = studio.theme
        self.setObjectName("gallery")
        self.setAccessibleName(self.tr("Start"))
        self._columns = 0
        self.cards: list[Card] = []
        for name in ordered_examples():
            card = ExampleCard(name, theme.theme)
            card.clicked.connect(partial(self.example_chosen.emit, name))
            self.cards.append(card)
        empty = IconCard(
            "new", self.tr("Empty network"), self.tr("Start with a blank canvas and add layers."), theme.theme
        )
        empty.setObjectName("gallery-empty")
        empty.clicked.connect(lambda: self.empty_chosen.emit())
        opens = IconCard(
            "open", self.tr("Open…"), self.tr("Go on with a project you have saved."), theme.theme
        )
        opens.setObjectName("gallery-open")
        opens.clicked.connect(lambda: self.open_chosen.emit())
        self.cards += [empty, opens]
        for each in self.cards:
            theme.theme_changed.connect(each.set_theme)
        self._lay_out()
        self.set_recent(())

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

    def sizeHint(self) -> QSize:
        return QSize(720, 560)

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
        self._grid = QGridLayout()
        self._grid.setSpacing(14)
        self._grid.setAlignment(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignTop)
        self._recent_title = headline(self.tr("Recent projects"))
        self._recent = QVBoxLayout()
        self._recent.setSpacing(2)
        self._content = QWidget()
        column = QVBoxLayout(self._content)
        column.setContentsMargins(32, 20, 32, 20)
        column.setSpacing(8)
        column.addWidget(self._back, 0, Qt.AlignmentFlag.AlignLeft)
        column.addWidget(title)
        column.addWidget(lead)
        column.addSpacing(4)
        column.addLayout(self._grid)
        column.addSpacing(14)
        column.addWidget(self._recent_title)
        column.addLayout(self._recent)
        column.addStretch(1)
        self._scroll = QScrollArea()
        self._scroll.setWidgetResizable(True)
        self._scroll.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self._scroll.setWidget(self._content)
        outer = QVBoxLayout(self)
        outer.setContentsMargins(0, 0, 0, 0)
        outer.addWidget(self._scroll)
        self._arrange(3)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        room = self.width() - 64 - 10
        self._arrange(max(1, min(_MOST_COLUMNS, (room + 14) // (_CARD_WIDTH + 14))))

    def _arrange(self, columns: int) -> None:
        if columns == self._columns:
            return
        self._columns = columns
        for place, card in enumerate(self.cards):
            self._grid.addWidget(card, *divmod(place, columns))
            # Cards never shrink: what does not fit is scrolled to.
            card.setFixedHeight(card.sizeHint().height())
        self._grid.invalidate()
        # The scroll area was laid out for the old columns and does not notice by itself.
        QTimer.singleShot(0, self, self._lay_out_again)

    def _lay_out_again(self) -> None:
        self._content.resize(self._scroll.viewport().width(), self._content.minimumSizeHint().height())
        QCoreApplication.postEvent(self._content, QEvent(QEvent.Type.LayoutRequest))


def _fitted(text: str, metrics: QFontMetrics, area: QRectF) -> str:
    """The text, shortened word by word until its lines fit into ``area``."""
    flags = int(Qt.TextFlag.TextWordWrap)
    words = text.split()
    shown = text
    while words and metrics.boundingRect(area.toRect(), flags, shown).height() > area.height():
        words.pop()
        shown = " ".join(words) + "…"
    return shown
