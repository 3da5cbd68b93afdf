"""What the board shows at this moment: the document as a playground, and its newest weights in motion."""

from time import perf_counter

from PySide6.QtCore import QObject, Qt, QTimer, Signal

from neuralstudio.project.playground import setup as playground
from neuralstudio.project.playground.setup import Setup
from neuralstudio.schema.problem import ProblemError, errors
from neuralstudio.session.predict import Predictor
from neuralstudio.ui.studio import Studio
from neuralstudio.views import board
from neuralstudio.views.board import Board

BEAT = 33
"""Milliseconds between two pictures while the network learns."""
_SHARE = 0.2
"""Part of the window's time the board may take: a large one is drawn less often."""


class BoardLive(QObject):
    """Reads the document and computes the board: at a steady beat while a run is on, else when asked to."""

    rebuilt = Signal()
    """The network has another shape, or there is none to show: ``setup`` or ``refusal`` is new."""
    refreshed = Signal()
    """The board is newer."""
    beaten = Signal()
    """The links flow on; the board is the same."""

    def __init__(self, studio: Studio, parent: QObject) -> None:
        super().__init__(parent)
        self._studio = studio
        self.setup: Setup | None = None
        self.refusal = ""
        """Why there is nothing to show, in a sentence."""
        self.board: Board | None = None
        self.step = 0
        """How far the links have flowed, in pixels."""
        self.refreshes = 0
        """How often the board was computed."""
        self._predictor: Predictor | None = None
        self._is_awake = False
        self._is_stale = True
        self._cost = 0.0
        self._beat = QTimer(self)
        self._beat.setTimerType(Qt.TimerType.PreciseTimer)
        self._beat.timeout.connect(self._on_beat)
        self._soon = QTimer(self, singleShot=True, interval=0)
        self._soon.timeout.connect(self._refresh)
        studio.document.changed.connect(self._read)
        studio.training.weights_changed.connect(self._on_weights_changed)
        studio.training.state_changed.connect(self._on_state_changed)
        self._read()

    @property
    def is_flowing(self) -> bool:
        """A run is on and somebody looks."""
        return self._beat.isActive()

    def wake(self, is_awake: bool) -> None:
        """Only somebody who looks makes it work."""
        self._is_awake = is_awake
        self._on_state_changed()
        if is_awake and self._is_stale:
            self._soon.start()

    def spent(self, seconds: float) -> None:
        """How long painting took: counts against the board's share of time."""
        self._cost = 0.8 * self._cost + 0.2 * seconds

    def _read(self) -> None:
        document = self._studio.document
        before = (self.setup, self.refusal)
        try:
            self.setup, self.refusal = playground.read(document.project), ""
        except ProblemError as error:
            self.setup, self.refusal = None, str(error)
        problems = errors(document.report.problems)
        if self.setup is not None and problems:
            self.setup, self.refusal = None, str(problems[0])
        if (self.setup, self.refusal) != before:
            if not _is_alike(before[0], self.setup):
                self.board = None
            self.rebuilt.emit()
        self._on_weights_changed()

    def _on_weights_changed(self) -> None:
        self._is_stale = True
        if self._is_awake and not self._beat.isActive():
            self._soon.start()

    def _on_state_changed(self) -> None:
        is_on = self._is_awake and self._studio.training.state == "running"
        if is_on and not self._beat.isActive():
            self._beat.start(BEAT)
        elif not is_on and self._beat.isActive():
            self._beat.stop()
            self._soon.start()

    def _on_beat(self) -> None:
        begin = perf_counter()
        self.step += 1
        if self._is_stale:
            self._refresh()
        else:
            self.beaten.emit()
        self.spent(perf_counter() - begin)
        wanted = max(BEAT, round(1000 * self._cost / _SHARE))
        if abs(wanted - self._beat.interval()) > BEAT // 4:
            self._beat.setInterval(wanted)

    def _refresh(self) -> None:
        """Computes the board with the newest weights."""
        predictor = self._studio.training.predictor
        if not self._is_awake or self.setup is None or predictor is None:
            return
        project = self._studio.document.project
        if predictor.project.network != project.network or predictor.signature != project.dataset.signature:
            return  # the predictor of the new network comes in a moment
        self._is_stale = False
        if predictor is not self._predictor:
            self._predictor, self.board = predictor, None
        self.refreshes += 1
        training = self._studio.training
        self.board = board.compute(
            predictor.model, self.setup, self.board, training.gradients, training.updates
        )
        self.refreshed.emit()


def _is_alike(one: Setup | None, other: Setup | None) -> bool:
    """The same layers of the same sizes on the same features."""
    if one is None or other is None:
        return False
    columns = [[(column.id, column.units) for column in (*each.hidden, each.output)] for each in (one, other)]
    return one.features == other.features and columns[0] == columns[1]
