"""One run of a project: trains in whatever thread calls it; another can pause, step and stop it."""

from collections.abc import Callable
from enum import Enum
from threading import Condition
from time import perf_counter, sleep

import numpy as np

from neuralstudio.data._base import Data
from neuralstudio.engine.graph import Array
from neuralstudio.project.document import Project, SavedRun
from neuralstudio.schema.problem import Problem, ProblemError
from neuralstudio.training._base import Control, Learner
from neuralstudio.training.backprop import Backprop
from neuralstudio.training.events import EpochDone, Event, Finished, Snapshot, StepDone
from neuralstudio.training.history import History

SNAPSHOT_INTERVAL = 0.1
"""Seconds between copies of the weights for the views."""
_SLICE, _NAP, _BUSY = 1e-3, 2e-4, 8
"""A watched run of a tiny network (more than ``_BUSY`` steps a slice) hardly ever leaves Python: after each

slice of this many seconds it rests for a moment, so that the window gets its turn.
"""
_TINY, _TOGETHER = 1e5, 25
"""Steps of fewer floating-point operations than this are told of together, so many at a time."""


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
        self._is_held = False
        self._is_waiting = False
        self._changed = Condition()

    @property
    def order(self) -> Order:
        return self._order

    def give(self, order: Order) -> None:
        """Tells the run what to do from the next step on."""
        with self._changed:
            self._order = order
            if order is not Order.PAUSE:
                self._is_waiting = False  # at once: who waits for the next pause must not see the last one
            self._changed.notify_all()

    def hold(self) -> None:
        """Makes the run stand still between two steps, whatever its order, until ``let_go``."""
        with self._changed:
            self._is_held = True

    def let_go(self) -> None:
        """The order is in force again."""
        with self._changed:
            self._is_held = False
            self._changed.notify_all()

    def passes(self, on_wait: Callable[[], None]) -> bool:
        """Waits while the order is to pause (``on_wait`` is called once before); False: stop."""
        if self._order is Order.PAUSE or self._is_held:
            on_wait()
            with self._changed:
                while self._stands():
                    self._changed.wait()
        return self._order is not Order.STOP

    def _stands(self) -> bool:
        is_paused = self._order is Order.PAUSE or (self._is_held and self._order is not Order.STOP)
        self._is_waiting = is_paused
        self._changed.notify_all()
        return self._is_waiting

    def wait_until_still(self, seconds: float) -> bool:
        """Waits until the run stands still between two steps; False when it did not within the time."""
        with self._changed:
            return self._changed.wait_for(lambda: self._is_waiting, seconds)

    def after(self, event: Event) -> None:
        """A single step is over: pause again, unless another order came meanwhile."""
        step = {StepDone: Order.STEP_BATCH, EpochDone: Order.STEP_EPOCH}.get(type(event))
        if step is not None and self._order is step:
            with self._changed:
                if self._order is step:
                    self._order = Order.PAUSE
                    self._changed.notify_all()


class Run:
    """A project at work on its loaded data. Raises ``ProblemError`` where they do not fit."""

    def __init__(self, project: Project, data: Data) -> None:
        self.project = project
        self.data = data
        self.control = Control()
        self.learner: Learner = project.trainer.learner(project.network, data, project.seeds, self.control)
        self.history = History()
        self._has_learnt = False

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
        """Goes on where a saved run stood. Raises ``ProblemError`` for another network's weights."""
        parameters = self.learner.model.parameters
        shapes = {name: array.shape for name, array in saved.weights.items()}
        names = sorted(set(parameters.shapes) | set(shapes))
        foreign = [name for name in names if shapes.get(name) != parameters.shapes.get(name)]
        if foreign:
            what = f"The saved weights do not fit the network ({', '.join(foreign)})"
            raise ProblemError(Problem("weights", what, "Train the network again."))
        history = History()
        if saved.history:
            history.restore(saved.history)
        parameters.load(saved.weights)
        self.learner.restore(saved.optimiser, saved.position)
        self.history.steps, self.history.epochs = history.steps, history.epochs

    def adopt(self, project: Project) -> None:
        """Takes in what may change while a run is on: words, learning rate, epochs (not fewer than begun)."""
        old, new = self.project.trainer, project.trainer
        assert isinstance(old, Backprop)
        assert isinstance(new, Backprop)
        self.control.learning_rate = new.optimiser.learning_rate
        if old.epochs != new.epochs:
            self.control.epochs = max(new.epochs, self.learner.position.epoch + 1)
        self.project = project

    @property
    def goal(self) -> int:
        """The epoch to train to: the trainer's; for a run that has reached it, as many again."""
        assert isinstance(self.project.trainer, Backprop)
        done, wanted = self.learner.position.epoch, self.project.trainer.epochs
        return wanted if done < wanted else done + wanted

    @property
    def together(self) -> int:
        """How many steps are told of at a time when nobody asks for single ones."""
        return _TOGETHER if self.learner.step_flops < _TINY else 1

    def _is_last(self, event: Event, goal: int) -> bool:
        """Nothing is learnt after it: a single step that ends here ends the run."""
        if isinstance(event, EpochDone):
            return event.epoch >= goal
        started = self.history.started
        return (
            isinstance(event, StepDone)
            and started is not None
            and event.batch == started.steps_per_epoch
            and event.epoch + 1 >= goal
        )

    def snapshot(self) -> Snapshot:
        """The weights as they are now, and how long their last gradients were."""
        return Snapshot(self.learner.position.step, self.weights, self._gradient_norms())

    def _gradient_norms(self) -> dict[str, float]:
        """Of the weights that are trained; nothing before the first step of this run."""
        model = self.learner.model
        if not self._has_learnt:
            return {}
        with np.errstate(all="ignore"):  # those of a run that diverges may be beyond all numbers
            return {
                name: float(np.linalg.norm(model.parameters.gradient(name).ravel()))
                for name in model.parameters.trained
                if not model.spec[name.rpartition("/")[0]].learning.is_frozen
            }

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
        next_snapshot = next_slice = 0.0
        told = self.learner.position.step

        def show() -> None:
            if is_watched:
                post(self.snapshot())

        events = self.learner.run(epochs)
        while True:
            self.control.burst = 1 if gate.order is Order.STEP_BATCH else self.together
            event = next(events, None)
            if event is None:
                break
            self.history.record(event)
            self._has_learnt |= isinstance(event, StepDone)
            post(event)
            if not self._is_last(event, self.control.epochs or epochs):
                gate.after(event)
            if is_watched:
                now = perf_counter()
                if now >= next_snapshot:
                    show()
                    next_snapshot = now + SNAPSHOT_INTERVAL
                if now >= next_slice:
                    if self.learner.position.step - told > _BUSY:
                        sleep(_NAP)
                    told = self.learner.position.step
                    next_slice = perf_counter() + _SLICE
            if isinstance(event, Finished) or not gate.passes(show):
                break
        show()
