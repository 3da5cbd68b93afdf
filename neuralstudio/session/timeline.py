"""The moments of a run, to be looked at again and gone on from: exact, bounded, thinned over time."""

from copy import copy
from dataclasses import dataclass

from neuralstudio.engine.graph import Array
from neuralstudio.project.document import SavedRun
from neuralstudio.session.thinning import Thinned
from neuralstudio.training._base import Learner, Mark, Position, Records
from neuralstudio.training.history import History

MOST, MOST_BYTES = 1200, 2**27
"""How many moments are kept, and how large they may be together."""
_LEAST = 8
"""Fewer are no course: of a network so large nothing is kept."""


@dataclass(frozen=True, eq=False)
class Moment:
    """A run as it stood between two steps. ``weights`` is flat and not to be written to.

    ``epoch`` is a fraction, as on the axis of the curves; ``steps`` and ``epochs`` say how many figures the
    curves had been given by then.
    """

    position: Position
    epoch: float
    weights: Array
    mark: Mark
    steps: int
    epochs: int
    batch_size: int

    @property
    def bytes(self) -> int:
        return self.weights.nbytes + sum(vector.nbytes for vector in self.mark.vectors)


class Timeline:
    """Moments of one run, recorded by its thread and read by any other: no lock, none waits."""

    def __init__(self, most: int = MOST, most_bytes: int = MOST_BYTES) -> None:
        self._most, self._most_bytes = most, most_bytes
        self._kept: Thinned[Moment] | None = None
        self._moments: tuple[Moment, ...] = ()
        self._is_too_large = False
        self._records: Records | None = None
        self._history = History()

    @property
    def moments(self) -> tuple[Moment, ...]:
        """From the first to the last."""
        return self._moments

    def __len__(self) -> int:
        return len(self._moments)

    def at(self, index: int) -> Moment:
        """The moment of this number; those beyond either end are the first and the last."""
        moments = self._moments
        return moments[max(0, min(index, len(moments) - 1))]

    def index_of(self, moment: Moment) -> int:
        """The number of a moment; of one that was thinned out meanwhile, that of the last before it."""
        moments, step = self._moments, moment.position.step
        low, high = 0, len(moments)
        while low < high:
            middle = (low + high) // 2
            low, high = (middle + 1, high) if moments[middle].position.step <= step else (low, middle)
        return max(0, low - 1)

    def record(self, learner: Learner, history: History) -> None:
        """Keeps where a run stands. Called by the run's thread, between two steps."""
        if self._is_too_large:
            return
        self._records, self._history = learner.records, history
        weights = learner.model.parameters.values.copy()
        weights.flags.writeable = False
        position = learner.exact_position
        started = history.started
        epoch = position.epoch + position.batch / (started.steps_per_epoch if started else 1)
        moment = Moment(
            position,
            epoch,
            weights,
            learner.mark(),
            history.steps.total,
            history.epochs.total,
            started.batch_size if started else 1,
        )
        if self._kept is None:
            most = min(self._most, self._most_bytes // moment.bytes)
            if most < _LEAST:
                self._is_too_large = True
                return
            self._kept = Thinned(most)
        self._kept.add(position.step, moment)
        self._moments = self._kept.items

    @property
    def bytes(self) -> int:
        """Of all moments."""
        return sum(moment.bytes for moment in self._moments)

    def copy(self) -> "Timeline":
        """The same moments, to go on with or to put aside. Nobody may be recording."""
        twin = copy(self)
        twin._kept = self._kept.copy() if self._kept is not None else None
        return twin

    def up_to(self, moment: Moment) -> "Timeline":
        """A copy without what comes after a moment: a run goes on from there."""
        twin = self.copy()
        if twin._kept is not None:
            twin._kept.add(moment.position.step, moment)
            twin._moments = twin._kept.items
        return twin

    def saved(self, moment: Moment) -> SavedRun:
        """All that a run needs to go on from a moment, bit for bit; its curves end there.

        The run must not be within a step.
        """
        assert self._records is not None, "a moment was recorded"
        return SavedRun(
            self._records.parameters.named(moment.weights),
            self._records.state(moment.mark),
            moment.position,
            self._history.state(moment.steps, moment.epochs),
        )
