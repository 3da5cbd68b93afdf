"""The thread a run trains in, and how the window talks to it."""

import logging
from collections.abc import Iterator
from contextlib import contextmanager

from PySide6.QtCore import QObject, QThread

from neuralstudio.engine.program import InstructionError
from neuralstudio.network.spec import display_name
from neuralstudio.project.document import Project
from neuralstudio.session.gate import Gate, Order
from neuralstudio.session.inbox import Inbox
from neuralstudio.session.run import Run
from neuralstudio.session.speed import Speed
from neuralstudio.session.timeline import Timeline
from neuralstudio.training.events import Event, Snapshot

_log = logging.getLogger(__name__)


class Worker(QThread):
    """Runs a training run until it ends or is stopped; a bug in it becomes a sentence, not a crash."""

    def __init__(
        self, run: Run, order: Order, speed: Speed, timeline: Timeline, parent: QObject | None
    ) -> None:
        super().__init__(parent)
        self._run, self._goal, self._timeline = run, run.goal, timeline
        self._gate, self._inbox = Gate(order, speed), Inbox()
        self.failure = ""

    @property
    def order(self) -> Order:
        """What the run was last told to do; a single step that is over has become a pause."""
        return self._gate.order

    def give(self, order: Order) -> None:
        """Tells the run what to do from the next step on."""
        self._gate.give(order)

    def set_speed(self, speed: Speed) -> None:
        """Tells the run how fast to go, at once."""
        self._gate.set_speed(speed)

    def drain(self) -> tuple[list[Event], Snapshot | None]:
        """What happened since the last call."""
        return self._inbox.drain()

    def halt(self) -> None:
        """Ends the run after the step under way, and waits for that."""
        self._gate.give(Order.STOP)
        self.wait()

    @contextmanager
    def standing_still(self) -> Iterator[None]:
        """Makes the run wait between two steps for the length of a ``with`` block."""
        if not self.isRunning():
            yield
            return
        self._gate.hold()
        try:
            while not self._gate.wait_until_still(0.05) and self.isRunning():
                pass
            yield
        finally:
            self._gate.let_go()

    def run(self) -> None:
        try:
            self._run.train(
                self._inbox.post, self._goal, self._gate, is_watched=True, timeline=self._timeline
            )
        except Exception as error:  # noqa: BLE001 - nothing may escape a thread
            _log.exception("training")
            step = self._run.learner.position.step + 1
            self.failure = f"Training stopped in step {step}: {_at_layer(error, self._run.project)}{error}"


def _at_layer(error: Exception, project: Project) -> str:
    owner = error.owner if isinstance(error, InstructionError) else ""
    return f"{display_name(project.network[owner])}: " if owner in project.network else ""
