"""The panel Draw: draw a digit, see what the network sees, and what it makes of it, at any time."""

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QRectF, QSize, Qt, QTimer
from PySide6.QtGui import QColor, QImage, QPainter, QPaintEvent, QPen, QResizeEvent
from PySide6.QtWidgets import QHBoxLayout, QLabel, QPushButton, QStackedLayout, QVBoxLayout, QWidget

from neuralstudio.data.pen import SIDE, digit_from_strokes
from neuralstudio.schema.problem import errors
from neuralstudio.ui.figures import figure_widget
from neuralstudio.ui.pacing import Pace
from neuralstudio.ui.pad import DigitPad
from neuralstudio.ui.panels._base import Panel
from neuralstudio.ui.studio import Studio
from neuralstudio.ui.theme import Theme, scaled, ui_font
from neuralstudio.views import percentages
from neuralstudio.views._base import Bars

_INTERVAL_MS = 30
"""A pen reports up to a thousand times a second; thirty answers a second are enough."""
_SMALLEST_PAD, _BARS, _BARS_HEIGHT, _BELOW = 110, 128, 172, 78
"""Pixels: the pad's least side, the width and height ten bars need, the height of what is below."""
_SCALE = np.float32(1 / 255)


class DrawPanel(Panel):
    """The pad, the percentages beside it, and below them the picture that goes into the network."""

    tag = "draw"
    title = "Draw"
    area = "bottom-right"
    order = 0

    def __init__(self, studio: Studio) -> None:
        super().__init__(studio)
        theme = studio.theme.theme
        self.pad = DigitPad(theme)
        self.pad.setObjectName("pad")
        self._bars = figure_widget(Bars, theme)
        self._bars.setObjectName("percentages")
        self._seen = _Thumbnail(theme)
        self._seen.setObjectName("seen")
        self._seen.setAccessibleName(self.tr("What the network sees"))
        self._clear = QPushButton(self.tr("Clear"))
        self._clear.setObjectName("clear-pad")
        self._clear.setAccessibleName(self.tr("Clear the drawing pad"))
        self._clear.setToolTip(self.tr("Clear the pad (Delete)"))
        self._clear.clicked.connect(self.pad.clear)
        self._sentence = QLabel()
        self._sentence.setObjectName("draw-empty")
        self._sentence.setProperty("role", "muted")
        self._sentence.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self._sentence.setWordWrap(True)
        self._sentence.setMargin(16)
        self._lay_out()
        self._timer = QTimer(self, singleShot=True, interval=_INTERVAL_MS)
        self._timer.timeout.connect(self._on_drawn)
        self.pad.strokes_changed.connect(self._on_strokes_changed)
        self._pace = Pace(self._refresh, 150, self)
        studio.training.weights_changed.connect(self._pace.request)
        studio.document.changed.connect(self._refresh)
        studio.theme.theme_changed.connect(self._on_theme_changed)
        self._refresh(even_if_hidden=True)

    def _lay_out(self) -> None:
        above = QHBoxLayout()
        above.setSpacing(2)
        above.addWidget(self.pad, 0, Qt.AlignmentFlag.AlignTop)
        above.addWidget(self._bars, 1)
        caption = QLabel(self.tr("the network sees\n28×28, centred"))
        caption.setProperty("role", "muted")
        caption.setFont(scaled(ui_font(), 0.85))
        caption.setMinimumWidth(1)
        below = QHBoxLayout()
        below.setSpacing(8)
        below.addWidget(self._seen)
        below.addWidget(caption, 1)
        below.addWidget(self._clear)
        page = QWidget()
        rows = QVBoxLayout(page)
        rows.setContentsMargins(12, 10, 8, 10)
        rows.setSpacing(8)
        rows.addLayout(above)
        rows.addLayout(below)
        rows.addStretch(1)
        self._pages = QStackedLayout(self)
        self._pages.addWidget(page)
        self._pages.addWidget(self._sentence)

    @property
    def image(self) -> NDArray[np.uint8]:
        """What goes into the network, before it is scaled: (28, 28)."""
        return self._seen.image

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        # The pad is a square as large as the panel allows, the bars beside it exactly as high.
        side = max(_SMALLEST_PAD, min(self.width() - _BARS - 28, self.height() - _BELOW))
        self.pad.setFixedSize(side, side)
        self._bars.setFixedHeight(max(side, _BARS_HEIGHT))

    def catch_up(self) -> None:
        self._refresh()

    def _on_strokes_changed(self) -> None:
        if not self._timer.isActive():
            self._timer.start()

    def _on_drawn(self) -> None:
        self._seen.show_image(digit_from_strokes(self.pad.strokes()))
        self._refresh()

    def _refresh(self, *, even_if_hidden: bool = False) -> None:
        if not (self.is_in_view or even_if_hidden):
            return
        sentence = self._why_not()
        self._pages.setCurrentIndex(1 if sentence else 0)
        if sentence:
            self._sentence.setText(sentence)
            return
        self._clear.setEnabled(not self.pad.is_empty)
        figure = self._figure()
        self._bars.show_figure(figure)
        self._bars.setToolTip(figure.empty)  # a long one is cut short beside the pad
        self._bars.setAccessibleName(self.tr("Percentage of each class"))

    def _figure(self) -> Bars:
        predictor = self.studio.training.predictor
        if predictor is None:
            problems = errors(self.studio.document.report.problems)
            what = f"{problems[0].where}: {problems[0].what}" if problems else ""
            return _empty(self.tr("The network cannot answer yet.\n{problem}").format(problem=what))
        if self.pad.is_empty:
            return _empty(self.tr("Draw a digit, and see how sure the network is of each class."))
        inputs = (self._seen.image * _SCALE).reshape(predictor.signature.input_shape)
        return percentages.compute(predictor.percentages(inputs), predictor.signature.classes)

    def suits(self) -> bool:
        return not self._why_not()

    def _why_not(self) -> str:
        """Why a drawing means nothing to this data set, and what to do; empty if it does."""
        signature = self.studio.document.project.dataset.signature
        is_drawing = tuple(side for side in signature.input_shape if side != 1) == (SIDE, SIDE)
        if is_drawing and signature.classes:
            return ""
        if signature.vocabulary:
            return self.tr(
                "A network that reads text cannot be tried out here yet. "
                "Its test accuracy and the tab Confusion tell how well it guesses."
            )
        title = self.studio.document.project.dataset.title
        return self.tr(
            "Drawing needs images of 28×28 pixels in classes, and {title} has none. "
            "Choose Pen digits or MNIST under Data."
        ).format(title=title)

    def _on_theme_changed(self) -> None:
        theme = self.studio.theme.theme
        self.pad.set_theme(theme)
        self._bars.set_theme(theme)
        self._seen.set_theme(theme)


class _Thumbnail(QWidget):
    """The 28×28 picture at one and a half times its size, pixel by pixel."""

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self._theme = theme
        self.image: NDArray[np.uint8] = np.zeros((SIDE, SIDE), dtype=np.uint8)
        self.setFixedSize(QSize(44, 44))

    def show_image(self, image: NDArray[np.uint8]) -> None:
        self.image = np.ascontiguousarray(image)
        self.update()

    def set_theme(self, theme: Theme) -> None:
        self._theme = theme
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        super().paintEvent(event)
        painter = QPainter(self)
        picture = QImage(self.image.data, SIDE, SIDE, SIDE, QImage.Format.Format_Grayscale8)
        inside = QRectF(self.rect()).adjusted(1, 1, -1, -1)
        painter.drawImage(inside, picture)
        painter.setPen(QPen(QColor(self._theme.border), 1))
        painter.drawRect(inside.adjusted(-0.5, -0.5, 0.5, 0.5))
        painter.end()


def _empty(sentence: str) -> Bars:
    return Bars("", (), np.empty(0), percent=True, empty=sentence)
