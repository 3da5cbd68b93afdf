"""What a run has shown so far, in bounded memory: long runs keep their shape at a coarser resolution."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from neuralstudio.training.events import EpochDone, Event, Started, StepDone

CAPACITY = 8192
_STEP_COLUMNS, _EPOCH_COLUMNS = 4, 5
Floats = NDArray[np.float64]


class Series:
    """Rows of numbers, at most ``CAPACITY`` of them.

    When full, neighbouring rows are averaged and from then on each row stands for twice as many.
    """

    def __init__(self, columns: int) -> None:
        self._rows = np.empty((CAPACITY, columns))
        self._count = 0
        self._stride = 1
        self._pending = np.zeros(columns)
        self._pending_count = 0

    def append(self, *values: float) -> None:
        """Adds one row."""
        if self._stride == 1:
            self._rows[self._count] = values
        else:
            self._pending += values
            self._pending_count += 1
            if self._pending_count < self._stride:
                return
            self._rows[self._count] = self._pending / self._pending_count
            self._pending[:] = 0
            self._pending_count = 0
        self._count += 1
        if self._count == CAPACITY:
            self._rows[: CAPACITY // 2] = (self._rows[0::2] + self._rows[1::2]) / 2
            self._count = CAPACITY // 2
            self._stride *= 2

    @property
    def rows(self) -> Floats:
        """(count, columns), a view."""
        return self._rows[: self._count]

    def __len__(self) -> int:
        return self._count

    @property
    def total(self) -> int:
        """How many rows were ever added."""
        return self._count * self._stride + self._pending_count

    def state(self, total: int | None = None) -> Floats:
        """A copy of the rows, with the stride in front, for a file; of the first ``total`` ever added."""
        head = np.full((1, self._rows.shape[1]), float(self._stride))
        return np.concatenate([head, self.rows if total is None else self.rows[: total // self._stride]])

    def restore(self, state: Floats) -> None:
        """Takes back what ``state`` gave. Raises ``ValueError`` for an array of another shape."""
        if state.ndim != 2 or state.shape[1] != self._rows.shape[1] or not 1 <= len(state) <= CAPACITY:
            raise ValueError(f"not a series of {self._rows.shape[1]} columns: {state.shape}")
        if not np.isfinite(state[0, 0]):
            raise ValueError(f"a series cannot have the stride {state[0, 0]}")
        self._stride = max(1, int(state[0, 0]))
        self._count = len(state) - 1
        self._rows[: self._count] = state[1:]
        self._pending[:] = 0
        self._pending_count = 0


class History:
    """The curves of a run. Columns of ``steps``: epoch (a fraction), loss, metric, penalty; of ``epochs``:

    epoch, train loss, train metric, test loss, test metric.
    """

    def __init__(self) -> None:
        self.steps = Series(_STEP_COLUMNS)
        self.epochs = Series(_EPOCH_COLUMNS)
        self.started: Started | None = None
        self.last_step: StepDone | None = None

    def record(self, event: Event) -> None:
        """Takes in an event; those that carry no figures are ignored."""
        match event:
            case StepDone():
                per_epoch = self.started.steps_per_epoch if self.started else 1
                at = event.epoch + event.batch / per_epoch
                self.steps.append(at, event.loss, event.metric, event.penalty)
                self.last_step = event
            case EpochDone():
                self.epochs.append(
                    event.epoch, event.train_loss, event.train_metric, event.test_loss, event.test_metric
                )
            case Started():
                self.started = event
                if not len(self.epochs) and event.test_loss == event.test_loss:
                    nothing = float("nan")
                    self.epochs.append(0, nothing, nothing, event.test_loss, event.test_metric)
            case _:
                pass

    def penalty_at(self, epoch: float) -> float:
        """What the weights' penalties added to the loss in the last step up to ``epoch``; 0 if nothing."""
        rows = self.steps.rows
        place = int(rows[:, 0].searchsorted(epoch + 1e-9, "right")) - 1
        return float(rows[place, 3]) if place >= 0 else 0.0

    def state(self, steps: int | None = None, epochs: int | None = None) -> dict[str, NDArray[Any]]:
        """Arrays for a file; of the first so many steps and epochs told of, if given."""
        return {"steps": self.steps.state(steps), "epochs": self.epochs.state(epochs)}

    def restore(self, arrays: dict[str, NDArray[Any]]) -> None:
        """Takes back what ``state`` gave. Raises ``ValueError`` or ``KeyError`` for anything else.

        Older files know no penalties: there were none.
        """
        steps = arrays["steps"]
        if steps.ndim == 2 and steps.shape[1] == _STEP_COLUMNS - 1:
            steps = np.column_stack((steps, np.zeros(len(steps))))
        self.steps.restore(steps)
        self.epochs.restore(arrays["epochs"])
