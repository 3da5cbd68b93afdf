"""Stopping: when a run has learnt enough, and which of its epochs was the best."""

from collections.abc import Sequence
from math import inf, isnan
from typing import Annotated

from msgspec import Meta

from neuralstudio.schema.kind import Kind


class Stopping(Kind, tag="stopping"):
    """When a run ends before its last epoch; every rule that is not 0 is in force.

    All are pure functions of what was measured after the finished epochs, so a resumed run stops where the
    uninterrupted one would have.
    Source of early stopping: Prechelt 1998; Goodfellow et al. 2016, algorithm 7.1.
    """

    title = "Stopping"
    patience: Annotated[
        int,
        Meta(
            ge=0,
            le=100_000,
            title="Patience",
            description="Stops after this many epochs without a better loss; 0 never.",
            extra={"unit": "epochs"},
        ),
    ] = 0
    minimum_improvement: Annotated[
        float,
        Meta(
            ge=0,
            le=1e6,
            title="Smallest improvement",
            description="The loss must fall by more than this to count as better.",
        ),
    ] = 0.0
    restores_best: Annotated[
        bool,
        Meta(
            title="Keep the best weights",
            description="At the end, puts back the weights of the epoch with the smallest loss.",
        ),
    ] = False
    target_loss: Annotated[
        float,
        Meta(
            ge=0,
            le=1e6,
            title="Target loss",
            description="Stops when the loss is as small as this; 0 never.",
        ),
    ] = 0.0
    target_metric: Annotated[
        float,
        Meta(
            ge=0,
            le=1e6,
            title="Target metric",
            description="Stops when the metric is as good as this (an accuracy from 0 to 1); 0 never.",
        ),
    ] = 0.0
    time_limit: Annotated[
        float,
        Meta(
            ge=0,
            le=1e7,
            title="Time limit",
            description="Stops after this many seconds of training; 0 never.",
            extra={"unit": "s"},
        ),
    ] = 0.0

    def reason(
        self, losses: Sequence[float], metrics: Sequence[float], seconds: float, metric_rises: bool
    ) -> str:
        """Why the run ends now, as a sentence without a full stop; "" if it goes on.

        losses, metrics: one number for each finished epoch; ``metric_rises``: more is better.
        """
        return (
            self._target_reached(losses, metrics, metric_rises)
            or self._patience_lost(losses)
            or self.time_over(seconds)
        )

    def time_over(self, seconds: float) -> str:
        """The part of :meth:`reason` that may be asked for within an epoch, too."""
        if 0 < self.time_limit <= seconds:
            return f"time limit: {self.time_limit:g} s of training were allowed"
        return ""

    def _target_reached(self, losses: Sequence[float], metrics: Sequence[float], metric_rises: bool) -> str:
        if self.target_loss and losses and losses[-1] <= self.target_loss:
            return f"target reached: the loss is {losses[-1]:.4g} (wanted: {self.target_loss:g} or less)"
        if self.target_metric and metrics:
            last, target = metrics[-1], self.target_metric
            if last >= target if metric_rises else last <= target:
                wanted = f"{target:g} or {'more' if metric_rises else 'less'}"
                return f"target reached: the metric is {last:.4g} (wanted: {wanted})"
        return ""

    def _patience_lost(self, losses: Sequence[float]) -> str:
        if not self.patience:
            return ""
        lowest, waited = inf, 0
        for loss in losses:
            if loss < lowest - self.minimum_improvement:
                lowest, waited = loss, 0
            else:
                waited += 1
        if waited < self.patience:
            return ""
        by = f" by more than {self.minimum_improvement:g}" if self.minimum_improvement else ""
        found = best(losses)
        remark = f" (best was epoch {found + 1})" if found >= 0 else ""
        epochs = "1 epoch" if waited == 1 else f"{waited} epochs"
        return f"early stopping: no better loss{by} for {epochs}{remark}"


def best(losses: Sequence[float]) -> int:
    """The epoch, from 0, with the smallest loss (the first of equals); −1 without any number."""
    numbers = [(loss, epoch) for epoch, loss in enumerate(losses) if not isnan(loss)]
    return min(numbers, default=(0.0, -1))[1]
