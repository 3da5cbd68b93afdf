"""What happens during a run, as small frozen values: the command line prints, the worker mails them."""

from typing import Any

import msgspec
import numpy as np
from numpy.typing import NDArray


class Started(msgspec.Struct, frozen=True):
    """The run begins or goes on. Counts are what a progress bar needs."""

    epochs: int
    steps_per_epoch: int
    samples_per_epoch: int
    batch_size: int
    first_epoch: int = 0
    test_loss: float = float("nan")
    test_metric: float = float("nan")


class StepDone(msgspec.Struct, frozen=True):
    """One batch was learnt, or a burst of them: then loss and metric are means over its samples.

    ``epoch`` counts from 0, ``batch`` from 1 in it, ``step`` from 1 overall: those of the last batch.
    """

    step: int
    epoch: int
    batch: int
    samples: int
    loss: float
    metric: float
    penalty: float = 0.0
    """What the weights' penalties add to the loss."""


class EpochDone(msgspec.Struct, frozen=True):
    """All batches were seen once more. ``epoch`` counts from 1; ``seconds`` excludes the evaluation."""

    epoch: int
    step: int
    train_loss: float
    train_metric: float
    test_loss: float
    test_metric: float
    seconds: float
    validation_loss: float | None = None
    validation_metric: float | None = None
    penalty: float = 0.0


class Snapshot(msgspec.Struct, frozen=True):
    """A copy of all weights, flat, as they were after ``step``.

    ``gradient_norms``: how long the gradient of each weight that is trained was in that step, as the
    optimiser got it; nothing before the first step. Of a small network also ``gradients``, those of the
    last batch, and ``updates``, what that step changed, both flat like ``weights``; None before the first
    step and where a number is not finite. ``upcoming``: rows of the training samples in the next batch,
    told of in slow motion.
    """

    step: int
    weights: NDArray[Any]
    gradient_norms: dict[str, float] = {}
    gradients: NDArray[Any] | None = None
    updates: NDArray[Any] | None = None
    upcoming: NDArray[np.int64] | None = None


class Warned(msgspec.Struct, frozen=True):
    """Something worth saying happened; ``is_fatal``: the run stopped because of it."""

    what: str
    remedy: str
    is_fatal: bool = False


class Finished(msgspec.Struct, frozen=True):
    """The run ended, ``is_complete`` unless it had to. ``seconds`` is training time, evaluations excluded."""

    reason: str
    epochs: int
    test_loss: float
    test_metric: float
    seconds: float
    is_complete: bool = True


Event = Started | StepDone | EpochDone | Snapshot | Warned | Finished
EVENT_NAMES = {
    Started: "started",
    StepDone: "step",
    EpochDone: "epoch",
    Snapshot: "snapshot",
    Warned: "warning",
    Finished: "finished",
}
