"""Schedules: how the learning rate changes in the course of a run, as a pure function of where the run is."""

from collections.abc import Sequence
from dataclasses import dataclass
from math import cos, inf, pi
from typing import Annotated, ClassVar, get_args

import numpy as np
from msgspec import Meta

from neuralstudio.engine.graph import Array
from neuralstudio.schema.kind import Kind

_Factor = Annotated[float, Meta(gt=0, le=1, title="Factor")]


@dataclass(frozen=True)
class Progress:
    """Where a run is. All a schedule may look at, so that a resumed run goes on as if never stopped.

    ``step`` counts from 0 over all epochs; ``epochs`` is how many the run is to have; ``losses`` are those of
    the finished epochs, on data that are not learnt from.
    """

    step: int
    steps_per_epoch: int
    epochs: int
    losses: Sequence[float] = ()

    @property
    def epoch(self) -> int:
        """Counts from 0."""
        return self.step // self.steps_per_epoch

    @property
    def steps(self) -> int:
        """Steps of the whole run."""
        return self.steps_per_epoch * self.epochs


class ScheduleKind(Kind):
    """A rule for the learning rate. Beyond the end of the run the last value holds."""

    changes_within_epoch: ClassVar[bool] = False
    """False: asking at the start of each epoch is enough."""

    def factor(self, where: Progress) -> float:
        """What the optimiser's learning rate is multiplied by in the step ``where`` stands before."""
        raise NotImplementedError


class Constant(ScheduleKind, tag="constant"):
    """η: the learning rate stays as it is."""

    title = "Constant"

    def factor(self, where: Progress) -> float:  # noqa: ARG002 - wherever it is
        return 1.0


class StepDecay(ScheduleKind, tag="step"):
    """η · γ^⌊epoch / n⌋: falls at once, every few epochs.

    As PyTorch's ``StepLR``, with one of its steps an epoch.
    """

    title = "Steps"
    shrink: Annotated[_Factor, Meta(description="What the learning rate is multiplied by each time.")] = 0.5
    every_epochs: Annotated[
        int, Meta(ge=1, le=100_000, title="Every", description="Epochs from one fall to the next.")
    ] = 10

    def factor(self, where: Progress) -> float:
        return float(self.shrink ** (where.epoch // self.every_epochs))


class ExponentialDecay(ScheduleKind, tag="exponential"):
    """η · γ^epochs: falls by the same share in every epoch, a little in every step.

    With ``epochs`` a fraction: step / steps per epoch. At the start of each epoch it is where PyTorch's
    ``ExponentialLR`` is, which stays there for the epoch; Keras's ``ExponentialDecay`` falls smoothly, too.
    """

    title = "Exponential"
    changes_within_epoch = True
    shrink: Annotated[_Factor, Meta(description="What the learning rate is multiplied by in an epoch.")] = 0.9

    def factor(self, where: Progress) -> float:
        return float(self.shrink ** (where.step / where.steps_per_epoch))


class CosineDecay(ScheduleKind, tag="cosine"):
    """η · (φ + (1 − φ)·(1 + cos πx) / 2): rises in a warm-up, then falls slowly, fast, slowly.

    x runs from 0 to 1 after the warm-up, in which the rate rises in a straight line from η / (W + 1) over its
    W steps. Source: Loshchilov and Hutter 2017, eq. 5, without restarts; warm-up: Goyal et al. 2017, §2.2.
    Without warm-up as PyTorch's ``CosineAnnealingLR``: φ itself would be reached one step after the last.
    """

    title = "Cosine"
    changes_within_epoch = True
    warm_up: Annotated[
        float,
        Meta(
            ge=0,
            le=0.9,
            title="Warm-up",
            description="The share of the run in which the learning rate rises.",
        ),
    ] = 0.05
    final: Annotated[
        float,
        Meta(ge=0, le=1, title="Final share", description="What is left of the learning rate at the end."),
    ] = 0.0

    def factor(self, where: Progress) -> float:
        rising = round(self.warm_up * where.steps)
        if where.step < rising:
            return (where.step + 1) / (rising + 1)
        falling = max(1, where.steps - rising)
        return _half_cosine(1.0, self.final, min(1.0, (where.step - rising) / falling))


class ReduceOnPlateau(ScheduleKind, tag="reduce-on-plateau"):
    """η · γ^k: falls whenever the loss has not become better for some epochs.

    k is found by going through the losses of all finished epochs: more than ``patience`` of them in a row
    that are not below the best by more than ``minimum_improvement`` make a fall, after which ``cooldown``
    epochs do not count. As PyTorch's ``ReduceLROnPlateau`` with ``threshold_mode="abs"`` (its default is a
    relative threshold; Keras falls one epoch earlier).
    """

    title = "Reduce on plateau"
    shrink: Annotated[_Factor, Meta(description="What the learning rate is multiplied by each time.")] = 0.5
    patience: Annotated[
        int,
        Meta(
            ge=0,
            le=100_000,
            title="Patience",
            description="Epochs without improvement that are accepted.",
        ),
    ] = 5
    minimum_improvement: Annotated[
        float,
        Meta(
            ge=0,
            le=1e6,
            title="Smallest improvement",
            description="The loss must fall by more than this to count as better.",
        ),
    ] = 1e-4
    cooldown: Annotated[
        int,
        Meta(
            ge=0,
            le=100_000,
            title="Cooldown",
            description="Epochs after a fall before waiting begins anew.",
        ),
    ] = 0

    def factor(self, where: Progress) -> float:
        best, waited, resting, falls = inf, 0, 0, 0
        for loss in where.losses:
            if loss < best - self.minimum_improvement:
                best, waited = loss, 0
            else:
                waited += 1
            if resting > 0:
                resting -= 1
                waited = 0
            if waited > self.patience:
                falls += 1
                waited, resting = 0, self.cooldown
        return float(self.shrink**falls)


class OneCycle(ScheduleKind, tag="one-cycle"):
    """η / a → η → η / (a·b): up to the learning rate and far down again, both along half a cosine.

    Source: Smith and Topin 2019 (who rise and fall in straight lines, in three phases); as PyTorch's
    ``OneCycleLR`` with its defaults, but the momentum stays as it is (there: ``cycle_momentum=False``).
    """

    title = "One cycle"
    changes_within_epoch = True
    rising: Annotated[
        float,
        Meta(
            ge=0,
            le=1,
            title="Rising share",
            description="The share of the run in which the learning rate rises.",
        ),
    ] = 0.3
    start_divisor: Annotated[
        float,
        Meta(
            ge=1,
            le=1e6,
            title="Start divisor",
            description="The run starts with the learning rate divided by this.",
            extra={"scale": "log"},
        ),
    ] = 25.0
    end_divisor: Annotated[
        float,
        Meta(
            ge=1,
            le=1e9,
            title="End divisor",
            description="It ends with the rate of the start divided by this.",
            extra={"scale": "log"},
        ),
    ] = 10_000.0

    def factor(self, where: Progress) -> float:
        start = 1 / self.start_divisor
        peak, last = self.rising * where.steps - 1, where.steps - 1
        if where.step >= last:
            return start / self.end_divisor if peak < last else 1.0
        if where.step > peak:
            return _half_cosine(1.0, start / self.end_divisor, (where.step - peak) / (last - peak))
        return _half_cosine(start, 1.0, where.step / peak if peak > 0 else 1.0)


Schedule = Constant | StepDecay | ExponentialDecay | CosineDecay | ReduceOnPlateau | OneCycle
SCHEDULES: tuple[type[ScheduleKind], ...] = get_args(Schedule)


def curve(
    schedule: ScheduleKind,
    steps: Sequence[int] | Array,
    steps_per_epoch: int,
    epochs: int,
    losses: Sequence[float] = (),
) -> Array:
    """(len(steps),) factors, to be drawn; a step sees the losses of the epochs before it."""
    places = (
        Progress(int(step), steps_per_epoch, epochs, tuple(losses[: int(step) // steps_per_epoch]))
        for step in steps
    )
    return np.array([schedule.factor(place) for place in places])


def _half_cosine(start: float, end: float, share: float) -> float:
    """From ``start`` to ``end`` as ``share`` goes from 0 to 1."""
    return end + (start - end) * (1 + cos(pi * share)) / 2
