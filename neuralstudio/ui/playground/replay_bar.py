"""The history of the run as a slider: dragged, it replays; from any moment one can go on."""

from PySide6.QtCore import QSignalBlocker, Qt
from PySide6.QtWidgets import QHBoxLayout, QLabel, QPushButton, QSizePolicy, QSlider, QVBoxLayout, QWidget

from neuralstudio.ui.pacing import Pace
from neuralstudio.ui.studio import Studio


class ReplayBar(QWidget):
    """Slider, "Now" and "Go on from here". While the present is shown, the handle stays at the end."""

    def __init__(self, studio: Studio) -> None:
        super().__init__()
        self._studio = studio
        self._replay = studio.replay
        self._label = QLabel()
        self._label.setObjectName("replay-label")
        self._label.setProperty("role", "caption")
        self._label.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
        self.slider = QSlider(Qt.Orientation.Horizontal)
        self.slider.setObjectName("replay-slider")
        self.slider.setAccessibleName(self.tr("History of the run"))
        self.slider.setToolTip(self.tr("Drag, or use the arrow keys, to see the network as it was"))
        self.slider.setPageStep(10)
        self.slider.valueChanged.connect(self._replay.show)
        self._now = QPushButton(self.tr("Now"))
        self._now.setObjectName("replay-now")
        self._now.setToolTip(self.tr("Back to the network as it is now"))
        self._now.clicked.connect(self._replay.live)
        self._go_on = QPushButton(self.tr("Go on from here"))
        self._go_on.setObjectName("replay-go-on")
        self._go_on.setToolTip(
            self.tr("A new run begins with the network as it was at this moment; the old run is kept")
        )
        self._go_on.clicked.connect(lambda: self._replay.branch())
        for button in (self._now, self._go_on):
            button.setProperty("role", "compact")
            button.setAccessibleDescription(button.toolTip())
        buttons = QHBoxLayout()
        buttons.setSpacing(6)
        buttons.addWidget(self._now)
        buttons.addWidget(self._go_on)
        buttons.addStretch(1)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(5)
        column.addWidget(self._label)
        column.addWidget(self.slider)
        column.addLayout(buttons)
        self._pace = Pace(self._show, 100, self)
        self._replay.moments_changed.connect(self._pace.request)
        self._replay.moved.connect(lambda _index: self._show())
        studio.training.state_changed.connect(self._pace.request)
        self._show()

    def _show(self) -> None:
        replay, count = self._replay, self._replay.moments
        is_replaying = replay.is_replaying
        with QSignalBlocker(self.slider):
            self.slider.setRange(0, max(0, count - 1))
            self.slider.setValue(replay.index if is_replaying else count - 1)
        self.slider.setEnabled(count > 1)
        self._now.setEnabled(is_replaying)
        self._go_on.setEnabled(is_replaying)
        self._label.setText(self._words(count))
        self.slider.setAccessibleDescription(self._label.text())

    def _words(self, count: int) -> str:
        if self._replay.epoch is not None:
            return self.tr("History – as it was at epoch {}").format(f"{self._replay.epoch:,.1f}")
        if count > 1:
            return self.tr("History – drag to replay the run")
        return self.tr("History – train, then replay the run here")
