"""What panels read of the present run: its curves, where it stands, and the weights to be shown."""

from collections.abc import Mapping

from PySide6.QtCore import QObject, Signal

from neuralstudio.engine.graph import Array
from neuralstudio.session.continuation import Continuation
from neuralstudio.session.predict import Predictor
from neuralstudio.session.run import Run
from neuralstudio.session.timeline import Moment, Timeline
from neuralstudio.training._base import Position
from neuralstudio.training.events import EpochDone, Finished, Snapshot, Started, StepDone
from neuralstudio.training.history import History
from neuralstudio.ui.kept_runs import KeptRuns
from neuralstudio.ui.progress import Progress


class RunFigures(QObject):
    """The readable side of the training; ``TrainingController`` has the buttons."""

    progressed = Signal()
    """Figures came in."""
    weights_changed = Signal()
    """``predictor`` has other weights or is another: a snapshot came in, a moment is replayed, an edit."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.progress = Progress()
        self.predictor: Predictor | None = None
        """Has the weights to be shown; None while the network has problems."""
        self.kept = KeptRuns(self)
        """The runs that were left."""
        self._run: Run | None = None
        self._next = Continuation()
        self._latest: Snapshot | None = None
        self._moment: Moment | None = None

    @property
    def timeline(self) -> Timeline:
        """The moments of the present run."""
        return self._next.timeline

    @property
    def history(self) -> History:
        """The curves."""
        return self.progress.history

    @property
    def started(self) -> Started | None:
        """How the present run began."""
        return self.progress.started

    @property
    def last_step(self) -> StepDone | None:
        """The latest step drained."""
        return self.progress.last_step

    @property
    def last_epoch(self) -> EpochDone | None:
        """The latest finished epoch."""
        return self.progress.last_epoch

    @property
    def outcome(self) -> Finished | None:
        """How the last run ended."""
        return self.progress.outcome

    @property
    def position(self) -> Position:
        """Where the run stands."""
        if self._run is not None:
            return self._run.learner.position
        return self._next.position

    @property
    def gradients(self) -> Mapping[str, Array] | None:
        """∂loss/∂weight over the last batch, by name.

        None where they are not known: of a large network, before the first step, after a divergence, and of
        an earlier moment.
        """
        return self._named(self._latest.gradients if self._latest else None)

    @property
    def updates(self) -> Mapping[str, Array] | None:
        """What the last step changed, by name; None where that is not known."""
        return self._named(self._latest.updates if self._latest else None)

    @property
    def upcoming(self) -> Array | None:
        """Rows of the training samples in the next batch, in slow motion; else None."""
        return self._latest.upcoming if self._latest is not None and self._moment is None else None

    @property
    def moment(self) -> Moment | None:
        """The moment that is replayed; None: the present is shown."""
        return self._moment

    def show_moment(self, moment: Moment | None) -> None:
        """Shows the weights of a moment of ``timeline``; None: those of the present again."""
        if moment is not self._moment:
            self._moment = moment
            self._show_weights()

    def _named(self, flat: Array | None) -> Mapping[str, Array] | None:
        if flat is None or self.predictor is None or self._moment is not None:
            return None
        parameters = self.predictor.model.parameters
        return {name: parameters.view(flat, name) for name in parameters.trained}

    def _show_weights(self) -> None:
        predictor, latest = self.predictor, self._latest
        if predictor is None:
            return
        if self._moment is not None:
            predictor.load(self._moment.weights)
        elif latest is not None:
            predictor.load(latest.weights, latest.gradient_norms)
        self.weights_changed.emit()
