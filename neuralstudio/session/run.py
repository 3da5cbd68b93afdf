"""One run of a project: trains in whatever thread calls it; another can pause, step and stop it."""

from collections.abc import Callable

import numpy as np
from msgspec import structs

from neuralstudio.data._base import Data
from neuralstudio.engine.graph import Array
from neuralstudio.project.document import Project, SavedRun
from neuralstudio.schema.problem import Problem, ProblemError
from neuralstudio.session.gate import Gate
from neuralstudio.session.tempo import Tempo
from neuralstudio.session.timeline import Timeline
from neuralstudio.session.watching import Turns, Watch
from neuralstudio.training._base import Control, Learner
from neuralstudio.training.backprop import Backprop
from neuralstudio.training.events import EpochDone, Event, Finished, Snapshot, StepDone
from neuralstudio.training.history import History

_TINY, _TOGETHER = 1e5, 25
"""Steps of fewer floating-point operations than this are told of together, so many at a time."""
_SMALL, _SMALL_STEP = 20_000, 3e6
"""Weights, and operations a step, of a network small enough to be shown in full, thirty times a second."""


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

    @property
    def is_small(self) -> bool:
        """So small that its gradients and updates are shown, and its weights thirty times a second."""
        return self.learner.model.parameters.count <= _SMALL and self.learner.step_flops <= _SMALL_STEP

    def snapshot(self, *, is_slow: bool = False) -> Snapshot:
        """The weights as they are now, and how they came to be; in slow motion also what comes next."""
        learner = self.learner
        shot = Snapshot(learner.position.step, self.weights, self._gradient_norms())
        if self._has_learnt and self.is_small:
            gradients = _finite(learner.model.parameters.gradients.copy())
            shot = structs.replace(shot, gradients=gradients, updates=_finite(learner.update))
        return structs.replace(shot, upcoming=learner.upcoming) if is_slow else shot

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
        gives_way: bool = False,
        timeline: Timeline | None = None,
    ) -> None:
        """Trains until ``epochs`` epochs are finished or the gate says stop, posting every event.

        ``is_watched``: snapshots are posted all the time and whenever the run pauses, and moments go to the
        ``timeline``. ``gives_way``: the run leaves time to the thread that paints (a watched one does).
        """
        gate = gate or Gate()
        tempo = Tempo(gate, self.learner.position.step)
        watch = Watch(self, post, tempo, timeline) if is_watched else None
        turns = Turns(self.learner) if is_watched or gives_way else None
        self.control.keeps_updates = is_watched and self.is_small

        def show() -> None:
            if watch is not None:
                watch.show()

        events = self.learner.run(epochs)
        while True:
            self.control.burst = tempo.burst(self.together)
            event = next(events, None)
            if event is None:
                break
            self.history.record(event)
            self._has_learnt |= isinstance(event, StepDone)
            post(event)
            tempo.hear(event)
            is_last = self._is_last(event, self.control.epochs or epochs)
            if not is_last:
                gate.after(event)
            if watch is not None:
                watch.look()
            if turns is not None:
                turns.give()
            if isinstance(event, Finished) or not tempo.waits(show, show):
                break
        show()


def _finite(numbers: Array | None) -> Array | None:
    """None where a number is beyond all numbers: the run is about to end."""
    return numbers if numbers is not None and np.isfinite(numbers).all() else None
