"""A slider through the moments of a run, with the way back to the present and a way on from any of them."""

from PySide6.QtCore import QSignalBlocker, QSize, Qt
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QHBoxLayout, QLabel, QPushButton, QSizePolicy, QSlider, QWidget

from neuralstudio.ui.replay import ReplayController

_LEAST, _NARROW, _ROOMY = 190, 360, 460
"""Widths in pixels: below the last, the caption goes while a moment is shown; below the second, the epoch."""


class ReplayBar(QWidget):
    """Its slider stands at the right end while the present is shown; there is none before a second moment."""

    def __init__(self, replay: ReplayController) -> None:
        super().__init__()
        self._replay = replay
        self._caption = QLabel(self.tr("Replay"))
        self._caption.setProperty("role", "muted")
        self._slider = QSlider(Qt.Orientation.Horizontal)
        self._slider.setObjectName("history-slider")
        self._slider.setAccessibleName(self.tr("Moment of the run"))
        self._slider.setToolTip(self.tr("Shows how everything was at an earlier moment of this run"))
        self._slider.setMinimumWidth(60)
        self._slider.setMaximumWidth(360)
        self._slider.setPageStep(10)
        self._slider.valueChanged.connect(self._on_slid)
        self._where = QLabel()
        self._where.setObjectName("history-epoch")
        self._where.setMinimumWidth(self._where.fontMetrics().horizontalAdvance("epoch 88,888"))
        self._branch = self._button("history-branch", self.tr("Go on from here"))
        self._branch.setToolTip(self.tr("A new run begins here; the present one is kept to compare"))
        self._branch.clicked.connect(lambda: replay.branch())
        self._live = self._button("history-now", self.tr("Now"))
        self._live.setToolTip(self.tr("Back to the present"))
        self._live.clicked.connect(replay.live)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(8)
        row.addWidget(self._caption)
        row.addWidget(self._slider, 10)
        for part in (self._where, self._branch, self._live):
            row.addWidget(part)
        row.addStretch(1)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        replay.moved.connect(self._show)
        replay.moments_changed.connect(self._show)
        self._show()

    def minimumSizeHint(self) -> QSize:
        """Less than all its parts need: what has no room is left out."""
        return QSize(_LEAST, super().minimumSizeHint().height())

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._make_room()

    def _make_room(self) -> None:
        """Words that the slider tells as well go first."""
        is_replaying = self._replay.is_replaying
        self._caption.setVisible(not is_replaying or self.width() >= _ROOMY)
        self._where.setVisible(is_replaying and self.width() >= _NARROW)

    def _button(self, name: str, text: str) -> QPushButton:
        button = QPushButton(text)
        button.setObjectName(name)
        button.setAutoDefault(False)
        return button

    def _on_slid(self, index: int) -> None:
        self._replay.live() if index >= self._slider.maximum() else self._replay.show(index)

    def _show(self) -> None:
        replay, last = self._replay, max(0, self._replay.moments - 1)
        self._caption.setEnabled(last > 0)
        self._slider.setEnabled(last > 0)
        with QSignalBlocker(self._slider):
            self._slider.setMaximum(last)
            self._slider.setValue(replay.index if replay.is_replaying else last)
        epoch = replay.epoch
        self._where.setText("" if epoch is None else self.tr("epoch {}").format(f"{epoch:,.4g}"))
        self._make_room()
        self._branch.setVisible(replay.is_replaying)
        self._live.setVisible(replay.is_replaying)
