"""A slider through the moments of a run, with the way back to the present and a way on from any of them."""

from collections.abc import Callable

from PySide6.QtCore import QSignalBlocker, QSize, Qt
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QBoxLayout, QHBoxLayout, QLabel, QPushButton, QSizePolicy, QSlider, QWidget

from neuralstudio.ui.replay import ReplayController

_LEAST, _NARROW = 190, 360
"""Widths in pixels of a compact bar; below the latter, the epoch that is shown goes."""


class ReplayBar(QWidget):
    """Its slider stands at the right end while the present is shown; there is none before a second moment.

    A compact bar is a line, with buttons only while a moment is shown; else there are three. ``name`` begins
    the object names.
    """

    def __init__(self, replay: ReplayController, name: str, *, is_compact: bool) -> None:
        super().__init__()
        self._replay = replay
        self._name = name
        self._is_compact = is_compact
        self._label = QLabel()
        self._label.setObjectName(f"{name}-label")
        self.slider = QSlider(Qt.Orientation.Horizontal)
        self.slider.setObjectName(f"{name}-slider")
        self.slider.setAccessibleName(self.tr("Moments of the run"))
        self.slider.setToolTip(
            self.tr("Drag, or use the arrow keys, to see everything as it was earlier in this run")
        )
        self.slider.setMinimumWidth(60)
        self.slider.setPageStep(10)
        self.slider.valueChanged.connect(self._on_slid)
        about = self.tr("A new run begins with the network as it was at this moment; the old run is kept")
        self._now = self._button("now", self.tr("Now"), self.tr("Back to the present"), replay.live)
        self._go_on = self._button("go-on", self.tr("Go on from here"), about, replay.branch)
        self._lay_out()
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        replay.moved.connect(self._show)
        replay.moments_changed.connect(self._show)
        self._show()

    def _button(self, name: str, text: str, about: str, clicked: Callable[[], object]) -> QPushButton:
        button = QPushButton(text)
        button.setObjectName(f"{self._name}-{name}")
        button.setProperty("role", "compact")
        button.setToolTip(about)
        button.setAccessibleDescription(about)
        button.setAutoDefault(False)
        button.clicked.connect(lambda: clicked())
        return button

    def _lay_out(self) -> None:
        buttons = QHBoxLayout()
        buttons.setSpacing(6)
        for button in (self._now, self._go_on):
            buttons.addWidget(button)
        across, down = QBoxLayout.Direction.LeftToRight, QBoxLayout.Direction.TopToBottom
        parts = QBoxLayout(across if self._is_compact else down, self)
        parts.setContentsMargins(0, 0, 0, 0)
        parts.setSpacing(8 if self._is_compact else 5)
        parts.addWidget(self._label)
        parts.addWidget(self.slider, 10)
        parts.addLayout(buttons)
        if self._is_compact:
            self._label.setProperty("role", "muted")
            self._label.setMinimumWidth(self._label.fontMetrics().horizontalAdvance("epoch 88,888"))
            self.slider.setMaximumWidth(360)
            parts.addStretch(1)
        else:
            self._label.setProperty("role", "caption")
            self._label.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
            buttons.addStretch(1)

    def minimumSizeHint(self) -> QSize:
        """A compact bar leaves out what has no room."""
        least = super().minimumSizeHint()
        return QSize(_LEAST, least.height()) if self._is_compact else least

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._make_room()

    def _make_room(self) -> None:
        if self._is_compact:
            self._label.setVisible(not self._replay.is_replaying or self.width() >= _NARROW)

    def _on_slid(self, index: int) -> None:
        self._replay.live() if index >= self.slider.maximum() else self._replay.show(index)

    def _show(self) -> None:
        replay, last = self._replay, max(0, self._replay.moments - 1)
        self.slider.setEnabled(last > 0)
        with QSignalBlocker(self.slider):
            self.slider.setMaximum(last)
            self.slider.setValue(replay.index if replay.is_replaying else last)
        self._label.setText(self._short_words() if self._is_compact else self._words())
        self.slider.setAccessibleDescription(self._label.text())
        for button in (self._now, self._go_on):
            button.setEnabled(replay.is_replaying)
            button.setVisible(replay.is_replaying or not self._is_compact)
        self._make_room()

    def _short_words(self) -> str:
        epoch = self._replay.epoch
        return self.tr("Replay") if epoch is None else self.tr("epoch {}").format(_number(epoch))

    def _words(self) -> str:
        if self._replay.epoch is not None:
            return self.tr("History – as it was at epoch {}").format(_number(self._replay.epoch))
        if self._replay.moments > 1:
            return self.tr("History – drag to replay the run")
        return self.tr("History – train, then replay the run here")


def _number(epoch: float) -> str:
    """A whole number where it is one, else with a decimal, or with two within the first epochs."""
    return f"{round(epoch, 2 if epoch < 10 else 1):,}".removesuffix(".0")
