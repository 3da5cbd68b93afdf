"""The run under way: its thread, and the timer that brings over what it tells."""

from contextlib import AbstractContextManager, nullcontext

from PySide6.QtCore import QObject, QTimer, Signal

from neuralstudio.session.gate import Order
from neuralstudio.session.run import Run
from neuralstudio.session.speed import Speed
from neuralstudio.session.timeline import Timeline
from neuralstudio.ui.worker import Worker

FRAME, SMALL_FRAME = 80, 33
"""Milliseconds between looks into the mailbox; those of a small network are worth more of them."""


class Running(QObject):
    """At most one run in a thread of its own."""

    came = Signal(object, object)
    """Events, and the newest snapshot or None."""
    ended = Signal(str)
    """The run came to its end by itself; with a sentence where it failed."""

    def __init__(self, parent: QObject) -> None:
        super().__init__(parent)
        self._worker: Worker | None = None
        self._timer = QTimer(self)
        self._timer.timeout.connect(self.drain)

    @property
    def order(self) -> Order | None:
        """What the run was last told to do; None: there is none."""
        return self._worker.order if self._worker is not None else None

    def start(self, run: Run, order: Order, speed: Speed, timeline: Timeline) -> None:
        """Starts a run. There must be none."""
        assert self._worker is None
        self._worker = Worker(run, order, speed, timeline, self)
        self._worker.finished.connect(self._on_finished)
        self._timer.setInterval(SMALL_FRAME if run.is_small else FRAME)
        self._worker.start()
        self._timer.start()

    def give(self, order: Order) -> None:
        """Tells the run what to do from the next step on."""
        if self._worker is not None:
            self._worker.give(order)

    def set_speed(self, speed: Speed) -> None:
        """Tells the run how fast to go, at once."""
        if self._worker is not None:
            self._worker.set_speed(speed)

    def end(self) -> str:
        """Ends the run after the step under way, without ``ended``; a sentence where it had failed."""
        worker = self._worker
        if worker is None:
            return ""
        worker.halt()
        return self._dismiss(worker)

    def standing_still(self) -> AbstractContextManager[None]:
        """Makes the run wait between two steps for the length of a ``with`` block."""
        return self._worker.standing_still() if self._worker is not None else nullcontext()

    def drain(self) -> None:
        """Brings over what was told since the last time."""
        if self._worker is not None:
            self.came.emit(*self._worker.drain())

    def _dismiss(self, worker: Worker) -> str:
        self._worker = None
        self._timer.stop()
        self.came.emit(*worker.drain())
        worker.deleteLater()
        return worker.failure

    def _on_finished(self) -> None:
        worker = self._worker
        if worker is not None and worker.isFinished():  # else the signal of one stopped before
            self.ended.emit(self._dismiss(worker))
