"""One run of a project: trains in whatever thread calls it, and can be paused, stepped and stopped from another."""

from collections.abc import Callable
from enum import Enum
from threading import Condition
from time import perf_counter, sleep

from neuralstudio.data._base import Data
from neuralstudio.engine.graph import Array
from neuralstudio.project.document import Project, SavedRun
from neuralstudio.schema.problem import Problem, ProblemError
from neuralstudio.training._base import Control, Learner
from neuralstudio.training.events import EpochDone, Event, Finished, Snapshot, StepDone
from neuralstudio.training.history import History

SNAPSHOT_INTERVAL = 0.1
"""Seconds between copies of the weights for the views."""
_SLICE, _NAP = 1e-3, 2e-4
"""A run that is watched rests this long after each slice, so that the window gets its turn."""


class Order(Enum):
    """What the run is told to do."""

    RUN = "run"
    STEP_BATCH = "step batch"
    STEP_EPOCH = "step epoch"
    PAUSE = "pause"
    STOP = "stop"


class Gate:
    """Where a run waits between steps. All methods may be called from any thread."""

    def __init__(self, order: Order = Order.RUN) -> None:
        self._order = order
        self._is_waiting = False
        self._changed = Condition()

    @property
    def order(self) -> Order:
        return self._order

    def give(self, order: Order) -> None:
        """Tells the run what to do from the next step on."""
        with self._changed:
            self._order = order
            self._changed.notify_all()

    def passes(self, on_wait: Callable[[], None]) -> bool:
        """Waits while the order is to pause (``on_wait`` is called once before); False: stop."""
        if self._order is Order.PAUSE:
            on_wait()
            with self._changed:
                self._is_waiting = True
                self._changed.notify_all()
                self._changed.wait_for(lambda: self._order is not Order.PAUSE)
                self._is_waiting = False
        return self._order is not Order.STOP

    def wait_until_paused(self, seconds: float) -> bool:
        """Waits until the run stands still between two steps; False when it did not within the time."""
        with self._changed:
            return self._changed.wait_for(lambda: self._is_waiting, seconds)

    def after(self, event: Event) -> None:
        """A single step is over: pause again."""
        is_over = (self._order is Order.STEP_BATCH and isinstance(event, StepDone)) or (
            self._order is Order.STEP_EPOCH and isinstance(event, EpochDone)
        )
        if is_over:
            self.give(Order.PAUSE)


class Run:
    """A project at work on its loaded data. Raises ``ProblemError`` where they do not fit."""

    def __init__(self, project: Project, data: Data) -> None:
        self.project = project
        self.data = data
        self.control = Control()
        self.learner: Learner = project.trainer.learner(project.network, data, project.seeds, self.control)
        self.history = History()

    @property
    def weights(self) -> Array:
        """A copy of all weights, flat."""
        return self.learner.model.parameters.values.copy()

    def saved(self) -> SavedRun:
        """Copies of everything that goes into a file. The run must not be within a step."""
        learner = self.learner
        return SavedRun(
            learner.model.parameters.named(), learner.state(), learner.exact_position, self.history.state()
        )

    def restore(self, saved: SavedRun) -> None:
        """Goes on where a saved run stood. Raises ``ProblemError`` where its weights are another network's."""
        parameters = self.learner.model.parameters
        missing = sorted(set(parameters) - set(parameters.load(saved.weights)))
        if missing:
            what = f"The saved weights do not fit the network ({', '.join(missing)})"
            raise ProblemError(Problem("weights", what, "Train the network again."))
        self.learner.restore(saved.optimiser, saved.position)
        if saved.history:
            self.history.restore(saved.history)

    def snapshot(self) -> Snapshot:
        """The weights as they are now."""
        return Snapshot(self.learner.position.step, self.weights)

    def train(
        self,
        post: Callable[[Event], None],
        epochs: int,
        gate: Gate | None = None,
        *,
        is_watched: bool = False,
    ) -> None:
        """Trains until ``epochs`` epochs are finished or the gate says stop, posting every event.

        ``is_watched``: snapshots are posted every tenth of a second and whenever the run pauses, and the run
        gives way to the thread that paints: a tiny network's loop never leaves Python otherwise.
        """
        gate = gate or Gate()
        next_snapshot = next_nap = 0.0

        def show() -> None:
            if is_watched:
                post(self.snapshot())

        for event in self.learner.run(epochs):
            self.history.record(event)
            post(event)
            gate.after(event)
            if is_watched:
                now = perf_counter()
                if now >= next_snapshot or isinstance(event, EpochDone) and now >= next_snapshot - 0.05:
                    show()
                    next_snapshot = perf_counter() + SNAPSHOT_INTERVAL
                if now >= next_nap:
                    sleep(_NAP)
                    next_nap = perf_counter() + _SLICE
            if isinstance(event, Finished) or not gate.passes(show):
                break
        show()
