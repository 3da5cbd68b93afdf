"""A card for an example: a picture of its data and its network, what it is, and what to find out with it."""

from collections.abc import Sequence
from functools import cache

from PySide6.QtCore import QRectF, QSize, Qt, Signal
from PySide6.QtGui import QColor, QFont, QFontMetricsF, QKeyEvent, QPainter, QPaintEvent, QPen, QPixmap
from PySide6.QtWidgets import QAbstractButton, QSizePolicy

from neuralstudio.data._base import Data, Dataset
from neuralstudio.project.document import Project
from neuralstudio.project.examples import example
from neuralstudio.schema.fields import replaced
from neuralstudio.ui.samples import paint_samples, sort_of
from neuralstudio.ui.sketch import paint_sketch
from neuralstudio.ui.theme import Theme, scaled

_WIDTH = 232
_PICTURE_HEIGHT = 93
_PITCH = 32
"""From image to image; three rows are as high as the picture."""
_PADDING = 11
_GAP = 6
_BAR = 10
"""Pixels that the question stands further in, behind its bar."""
_ENOUGH = {"images": 100, "text": 400}
_ENOUGH_POINTS = 400
_WRAPPED = int(Qt.TextFlag.TextWordWrap)
ARROWS = (Qt.Key.Key_Left, Qt.Key.Key_Right, Qt.Key.Key_Up, Qt.Key.Key_Down)


@cache
def some_data(dataset: Dataset, seed: int) -> Data:
    """Some of a data set, enough for a picture and quick to make."""
    count = getattr(dataset, "count", 0)
    enough = _ENOUGH.get(sort_of(dataset.signature), _ENOUGH_POINTS)
    if count > enough:
        dataset = replaced(dataset, count=enough)
    return dataset.load(seed)


class ExampleCard(QAbstractButton):
    """An example to be opened by a click or with Enter; as high as its texts need."""

    arrow_pressed = Signal(int)
    """Key of an arrow: whoever placed the cards knows which one is next."""

    def __init__(self, name: str, theme: Theme) -> None:
        super().__init__()
        project: Project = example(name)
        self.name, self.project = name, project
        self._theme = theme
        self._picture: QPixmap | None = None
        self.setText(project.title)
        self.setObjectName(f"example-{name}")
        self.setAccessibleName(project.title)
        self.setAccessibleDescription(f"{project.about} {project.question}")
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setAttribute(Qt.WidgetAttribute.WA_Hover)
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)

    def set_theme(self, theme: Theme) -> None:
        self._theme = theme
        self._picture = None
        self.update()

    def sizeHint(self) -> QSize:
        return QSize(_WIDTH, self.heightForWidth(_WIDTH))

    def minimumSizeHint(self) -> QSize:
        return QSize(120, self.heightForWidth(max(120, self.width())))

    def heightForWidth(self, width: int) -> int:
        parts = self._parts(QRectF(0, 0, width, 10_000))
        return round(parts[-1][1].bottom() + _PADDING)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self.click()
        elif event.key() in ARROWS:
            self.arrow_pressed.emit(event.key())
        else:
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
        texts = self._parts(QRectF(self.rect()))
        self._paint_picture(painter)
        for (font, area, text), colour in zip(texts, (theme.text, theme.muted, theme.text), strict=True):
            painter.setFont(font)
            painter.setPen(QColor(colour))
            painter.drawText(area, _WRAPPED, text)
        question = texts[-1][1]
        bar = QRectF(question.left() - _BAR, question.top() + 2, 2.5, question.height() - 4)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(QColor(theme.accent))
        painter.drawRoundedRect(bar, 1, 1)
        painter.end()

    def _parts(self, card: QRectF) -> Sequence[tuple[QFont, QRectF, str]]:
        """Title, sentence and question: font, place and text of each."""
        bold, small = scaled(self.font(), 1.05, bold=True), scaled(self.font(), 0.92)
        left, width = card.left() + _PADDING, card.width() - 2 * _PADDING
        top = card.top() + _PADDING + _PICTURE_HEIGHT + 9
        parts = []
        for font, indent, gap, text in (
            (bold, 0, 3, self.text()),
            (small, 0, _GAP, self.project.about),
            (small, _BAR, 0, self.project.question),
        ):
            room = QRectF(left + indent, top, width - indent, 10_000)
            height = QFontMetricsF(font).boundingRect(room, _WRAPPED, text).height()
            room.setHeight(height)
            parts.append((font, room, text))
            top += height + gap
        return parts

    def _paint_picture(self, painter: QPainter) -> None:
        """Painted once, then copied: the pointer passes over a card many times."""
        ratio = self.devicePixelRatioF()
        width = self.width() - 2 * _PADDING
        size = QSize(round(width * ratio), round(_PICTURE_HEIGHT * ratio))
        if self._picture is None or self._picture.size() != size:
            self._picture = QPixmap(size)
            self._picture.setDevicePixelRatio(ratio)
            self._picture.fill(Qt.GlobalColor.transparent)
            own = QPainter(self._picture)
            data = some_data(self.project.dataset, self.project.seeds.data)
            columns = max(3, int(0.58 * width / _PITCH))
            left = columns * _PITCH - _PITCH // 10
            if sort_of(data.signature) != "images":
                left = round(0.55 * width)
            paint_samples(own, QRectF(0, 0, left, _PICTURE_HEIGHT), data, self._theme, columns)
            right = QRectF(left + 12, 0, width - left - 14, _PICTURE_HEIGHT)
            paint_sketch(own, right, self.project, self._theme)
            own.end()
        painter.drawPixmap(_PADDING, _PADDING, self._picture)
