"""The controls of the network view: which sample, its signal, how many edges, and which pictures."""

from functools import partial
from math import log

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QComboBox, QHBoxLayout, QLabel, QMenu, QSlider, QSpinBox, QToolButton, QWidget

from neuralstudio.ui.icons import icon
from neuralstudio.ui.signal_player import SPEEDS
from neuralstudio.ui.theme import Theme, scaled, ui_font

PRESETS = (30, 100, 300, 1000, 3000)
_FEWEST, _MOST, _TICKS = 10, 3000, 100


class _Row(QWidget):
    """Controls side by side, with icons that follow the theme."""

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self._theme = theme
        self._icons: dict[QToolButton, str] = {}
        self.row = QHBoxLayout(self)
        self.row.setContentsMargins(0, 0, 0, 0)
        self.row.setSpacing(6)
        self.caption = QLabel()
        self.caption.setProperty("role", "muted")
        self.row.addWidget(self.caption)

    def set_theme(self, theme: Theme) -> None:
        self._theme = theme
        for button, name in self._icons.items():
            button.setIcon(icon(name, theme))

    def button(self, name: str, picture: str, tip: str) -> QToolButton:
        made = QToolButton()
        made.setObjectName(name)
        made.setToolTip(tip)
        made.setAccessibleName(tip)
        made.setAutoRaise(True)
        self.row.addWidget(made)
        self.set_icon(made, picture)
        return made

    def set_icon(self, button: QToolButton, picture: str) -> None:
        self._icons[button] = picture
        button.setIcon(icon(picture, self._theme))


class SampleBar(_Row):
    """Which sample the neurons speak of, and what it is: one of the test samples, or what is drawn."""

    chosen = Signal(int)
    random_wanted = Signal()
    drawing_wanted = Signal(bool)

    def __init__(self, theme: Theme) -> None:
        super().__init__(theme)
        self._source = QComboBox()
        self._source.setObjectName("network-source")
        self._source.setAccessibleName(self.tr("Where the sample comes from"))
        self._source.addItem(self.tr("Test sample"))
        self._source.addItem(self.tr("Drawing"))
        self._source.currentIndexChanged.connect(lambda place: self.drawing_wanted.emit(place == 1))
        self.caption.setText(self.tr("Test sample"))
        self._number = QSpinBox()
        self._number.setObjectName("network-sample")
        self._number.setAccessibleName(self.tr("Number of the test sample"))
        self._number.setToolTip(self.tr("Which test sample the neurons speak of (up and down: the next)"))
        self._number.setKeyboardTracking(False)
        self._number.setFixedWidth(84)
        self._number.valueChanged.connect(lambda number: self.chosen.emit(number - 1))
        self.row.addWidget(self._source)
        self.row.addWidget(self._number)
        self._random = self.button("random-sample", "random", self.tr("Another test sample, drawn at random"))
        self._random.clicked.connect(self.random_wanted)
        self._truth = QLabel()
        self._truth.setObjectName("network-truth")
        self.row.addWidget(self._truth)

    def show_sample(self, number: int, count: int, truth: str) -> None:
        """Which of ``count`` test samples it is and what it is in truth."""
        self._number.blockSignals(True)
        self._number.setRange(1, max(1, count))
        self._number.setValue(number + 1)
        self._number.blockSignals(False)
        for each in (self._number, self._random):
            each.setEnabled(count > 0)
        self._truth.setText(truth)

    def show_source(self, *, can_draw: bool, is_drawing: bool) -> None:
        """Whether there is a drawing to choose, and whether it is chosen."""
        self.caption.setVisible(not can_draw)
        self._source.setVisible(can_draw)
        self._number.setVisible(not is_drawing)
        self._random.setVisible(not is_drawing)
        self._source.blockSignals(True)
        self._source.setCurrentIndex(1 if is_drawing else 0)
        self._source.blockSignals(False)


class SignalBar(_Row):
    """Play, step and end of a signal, how fast it goes and how far it has come."""

    play_pressed = Signal()
    step_pressed = Signal()
    stop_pressed = Signal()
    speed_chosen = Signal(float)

    def __init__(self, theme: Theme) -> None:
        super().__init__(theme)
        self._play = self.button(
            "play-signal", "play", self.tr("Send the sample through, and its error back")
        )
        self._step = self.button("step-signal", "step", self.tr("On to the next column"))
        self._stop = self.button("stop-signal", "stop", self.tr("End the signal, and go on live"))
        self._play.clicked.connect(self.play_pressed)
        self._step.clicked.connect(self.step_pressed)
        self._stop.clicked.connect(self.stop_pressed)
        self.caption.setText(self.tr("Signal"))
        speed = QSlider(Qt.Orientation.Horizontal)
        speed.setObjectName("signal-speed")
        speed.setAccessibleName(self.tr("Speed of the signal"))
        speed.setToolTip(self.tr("Speed of the signal, from slow to fast"))
        speed.setRange(0, len(SPEEDS) - 1)
        speed.setValue(len(SPEEDS) // 2)
        speed.setFixedWidth(64)
        speed.valueChanged.connect(lambda place: self.speed_chosen.emit(SPEEDS[place]))
        self.row.addWidget(speed)
        self._status = QLabel()
        self._status.setObjectName("signal-status")
        self._status.setMinimumWidth(1)
        self.row.addWidget(self._status, 1)

    def show_signal(self, status: str, *, is_possible: bool, is_moving: bool, is_on: bool) -> None:
        """What the buttons can do now, and how far the signal is in words."""
        self._play.setEnabled(is_possible)
        self._step.setEnabled(is_possible and not is_moving)
        self._stop.setEnabled(is_on)
        self.set_icon(self._play, "pause" if is_moving else "play")
        self._status.setText(status)
        self._status.setToolTip(status)


class EdgeBar(_Row):
    """How many of the strongest weights are drawn, and what pictures of convolutions show."""

    most_chosen = Signal(int)
    pictures_chosen = Signal(str)

    def __init__(self, theme: Theme, most: int) -> None:
        super().__init__(theme)
        self.caption.setText(self.tr("Edges"))
        tip = self.tr("How many of the strongest weights are drawn. Thick means strong within its layer.")
        self._slider = QSlider(Qt.Orientation.Horizontal)
        self._slider.setObjectName("edges-slider")
        self._slider.setAccessibleName(self.tr("How many of the strongest weights are drawn"))
        self._slider.setToolTip(tip)
        self._slider.setRange(0, _TICKS)
        self._slider.setMinimumWidth(60)
        self._slider.setMaximumWidth(150)
        self._slider.valueChanged.connect(self._on_moved)
        self._presets = QToolButton()
        self._presets.setObjectName("edges-presets")
        self._presets.setToolTip(tip)
        self._presets.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        menu = QMenu(self._presets)
        for count in PRESETS:
            menu.addAction(f"{count:,}", partial(self.choose, count))
        self._presets.setMenu(menu)
        self._pictures = QComboBox()
        self._pictures.setObjectName("network-pictures")
        self._pictures.setAccessibleName(self.tr("What the pictures of convolutions show"))
        self._pictures.addItem(self.tr("Feature maps"), "outputs")
        self._pictures.addItem(self.tr("Kernels"), "kernels")
        self._pictures.currentIndexChanged.connect(
            lambda place: self.pictures_chosen.emit(str(self._pictures.itemData(place)))
        )
        for each in (self._slider, self._presets, self._pictures):
            self.row.addWidget(each)
        self._note = QLabel()
        self._note.setObjectName("network-note")
        self._note.setProperty("role", "muted")
        self._note.setFont(scaled(ui_font(), 0.85))
        self._note.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        self._note.setWordWrap(True)
        self._note.setMinimumWidth(1)
        self.row.addWidget(self._note, 1)
        self.choose(most)

    def choose(self, count: int) -> None:
        """So many of the strongest."""
        self.show_most(count)
        self.most_chosen.emit(count)

    def show_most(self, count: int) -> None:
        """So many are drawn, though nobody asked for it."""
        share = log(count / _FEWEST) / log(_MOST / _FEWEST)
        self._slider.blockSignals(True)
        self._slider.setValue(round(_TICKS * share))
        self._slider.blockSignals(False)
        self._presets.setText(f"{count:,}")

    def show_note(self, note: str) -> None:
        """How many are drawn, of how many."""
        self._note.setText(note)

    def show_pictures(self, *, has_kernels: bool) -> None:
        """Whether there are kernels to be looked at."""
        self._pictures.setVisible(has_kernels)

    def _on_moved(self, tick: int) -> None:
        self._take(_round(_FEWEST * (_MOST / _FEWEST) ** (tick / _TICKS)))

    def _take(self, count: int) -> None:
        self._presets.setText(f"{count:,}")
        self.most_chosen.emit(count)


def _round(count: float) -> int:
    """Two digits are enough of a number that is dragged."""
    step = int(10 ** max(0, len(str(int(count))) - 2))
    return max(1, round(count / step) * step)
