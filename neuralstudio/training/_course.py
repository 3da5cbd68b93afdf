"""What a run has come to: the losses and metrics of its epochs, and the weights it may fall back to."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from neuralstudio.engine.graph import Array
from neuralstudio.engine.parameters import Parameters
from neuralstudio.engine.stopping import Stopping, best
from neuralstudio.network.evaluate import Evaluation
from neuralstudio.training._base import Mark, Records

_LOSSES, _METRICS, _BEST = "epochs/losses", "epochs/metrics", "epochs/best"


class Course:
    """Remembers the best epoch where that is wished, and the last weights known to be good.

    weights: (size,), the flat vector that is trained; they are put back in place.
    """

    def __init__(self, stopping: Stopping, weights: Array, metric_rises: bool) -> None:
        self.losses: list[float] = []
        self.metrics: list[float] = []
        self._stopping = stopping
        self._weights = weights
        self._rises = metric_rises
        self._good = weights.copy()
        self.best = weights.copy() if stopping.restores_best else None

    def keep(self) -> bool:
        """Remembers the weights to fall back to; False, remembering nothing, when they are not finite."""
        if not np.isfinite(self._weights).all():
            return False
        self._good[...] = self._weights
        return True

    def fall_back(self) -> None:
        """Puts the last good weights back."""
        self._weights[...] = self._good

    def remember(self, measured: Evaluation) -> None:
        """Takes down a finished epoch's loss and metric."""
        self.losses.append(float(np.float32(measured.loss)))  # as precisely as a file keeps it
        self.metrics.append(float(np.float32(measured.metric)))
        if self.best is not None and best(self.losses) == len(self.losses) - 1:
            self.best[...] = self._weights

    def stop_reason(self, seconds: float) -> str:
        """Why the run ends now; "" if it goes on."""
        return self._stopping.reason(self.losses, self.metrics, seconds, self._rises)

    def restore_best(self, *, is_at_end: bool) -> str:
        """Puts the best epoch's weights back where that is wished; says so.

        ``is_at_end``: nothing was learnt since the last epoch was measured.
        """
        epoch = best(self.losses)
        is_there = epoch == len(self.losses) - 1 and is_at_end
        if self.best is None or epoch == -1 or is_there:
            return ""
        self._weights[...] = self.best
        return f"; the weights of epoch {epoch + 1}, the best, are back"

    # ── saving and going on ──────────────────────────────────────────────────────────────────────

    def state(self, epochs: int, best: Array | None) -> dict[str, Array]:
        """Arrays for a file: the first so many epochs, and the best weights there were."""
        kept = {}
        if epochs:
            lists = {_LOSSES: self.losses, _METRICS: self.metrics}
            kept = {name: np.array(values[:epochs], np.float32) for name, values in lists.items()}
        if best is not None:
            kept[_BEST] = best.copy()
        return kept

    def restore(self, state: Mapping[str, Array]) -> None:
        """Takes back what ``state`` gave. The weights are good ones."""
        self.losses = [float(loss) for loss in state.get(_LOSSES, np.zeros(0))]
        self.metrics = [float(metric) for metric in state.get(_METRICS, np.zeros(0))]
        if self.best is not None and _BEST in state and state[_BEST].shape == self.best.shape:
            self.best[...] = state[_BEST]
        self.keep()


@dataclass(frozen=True)
class CourseRecords(Records):
    """Marks whose vectors are the optimiser's ``slots`` and, where they are kept, the best weights."""

    parameters: Parameters
    slots: tuple[str, ...]
    course: Course

    def state(self, at: Mark) -> dict[str, Array]:
        best = at.vectors[len(self.slots) :]
        slots = {
            f"{slot}/{name}": array
            for slot, flat in zip(self.slots, at.vectors, strict=False)
            for name, array in self.parameters.named(flat).items()
        }
        return slots | self.course.state(at.epochs, best[0] if best else None)
