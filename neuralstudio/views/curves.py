"""Loss and metric over the epochs: how the learning goes, from the history of a run."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from neuralstudio.engine.metrics import Accuracy, MetricFunction
from neuralstudio.training.history import History
from neuralstudio.views._base import Curve, Curves

DEFAULT_SMOOTHING = 0.6
MOST_SMOOTHING = 0.99
_RESOLUTION = 200
_RAW_FROM = 40
_BLOCK = 128

Values = NDArray[np.float64]


class Kept(Protocol):
    """A run that was kept to compare with."""

    @property
    def title(self) -> str: ...

    @property
    def history(self) -> History: ...

    @property
    def colour(self) -> int: ...


def compute(
    history: History,
    metric: MetricFunction | None = None,
    smoothing: float = DEFAULT_SMOOTHING,
    epochs: float | None = None,
    kept: Sequence[Kept] = (),
) -> tuple[Curves, Curves]:
    """The figures "Loss" and that of the metric (accuracy if none is named), both over epochs.

    Training is a line of all steps, smoothed (``smoothing`` 0…0.99), with the raw line faint behind it where
    there are many points; test is a mark at each epoch. Where weights are penalised, a dashed line has the
    loss with the penalty. epochs: how far the run goes, if known. kept: other runs to compare with; of each
    there is the line of its test figures, under its title.
    """
    metric = metric or Accuracy()
    loss = _figure("Loss", history, 1, 3, smoothing, epochs, is_share=False)
    if history.steps.rows[:, 3].any():
        loss = replace(loss, curves=(*loss.curves, _with_penalty(history, smoothing)))
    share = _figure(metric.title, history, 2, 4, smoothing, epochs, is_share=metric.is_share)
    return (
        replace(loss, curves=(*loss.curves, *(_of_kept(run, 3) for run in kept))),
        replace(share, curves=(*share.curves, *(_of_kept(run, 4) for run in kept))),
    )


def smoothed(values: Values, smoothing: float) -> Values:
    """Exponential average of a series, corrected for its start: (n,).

    sₜ = β·sₜ₋₁ + (1 − β)·vₜ, shown as sₜ / (1 − βᵗ) so that the first values count in full (Kingma and
    Ba 2015, §3). β is ``smoothing`` for up to 200 values; a longer series is smoothed over as large a part
    of its length, β = smoothing^(200/n), or the choice would lose its effect as the run goes on.
    """
    count = len(values)
    if not count or smoothing <= 0:
        return values
    beta = min(smoothing, MOST_SMOOTHING) ** min(1.0, _RESOLUTION / count)
    blocks = -(-count // _BLOCK)
    padded = np.zeros((blocks, _BLOCK))
    padded.reshape(-1)[:count] = values
    # A block of values at a time is one product with a triangle of powers; only the carry is a loop.
    powers = beta ** np.arange(_BLOCK + 1)
    lag = np.arange(_BLOCK)[:, None] - np.arange(_BLOCK)
    triangle = np.where(lag >= 0, (1 - beta) * powers[np.maximum(lag, 0)], 0.0)
    inner = padded @ triangle.T
    carries = np.zeros(blocks)
    for block in range(1, blocks):
        carries[block] = inner[block - 1, -1] + powers[_BLOCK] * carries[block - 1]
    sums = (inner + carries[:, None] * powers[1:]).reshape(-1)[:count]
    averages: Values = sums / (1 - beta ** np.arange(1, count + 1))
    return averages


def _of_kept(run: Kept, column: int) -> Curve:
    rows = run.history.epochs.rows
    measured = rows[np.isfinite(rows[:, column])]
    return Curve(run.title, measured[:, 0].copy(), measured[:, column].copy(), "test", colour=run.colour)


def _with_penalty(history: History, smoothing: float) -> Curve:
    rows = history.steps.rows
    whole = smoothed(rows[:, 1] + rows[:, 3], smoothing)
    return Curve("with penalty", rows[:, 0].copy(), whole, "train", dashed=True)


def _figure(
    title: str,
    history: History,
    step_column: int,
    epoch_column: int,
    smoothing: float,
    x_limit: float | None,
    *,
    is_share: bool,
) -> Curves:
    steps, epochs = history.steps.rows, history.epochs.rows
    x, raw = steps[:, 0].copy(), steps[:, step_column].copy()
    curves = [Curve("train", x, smoothed(raw, smoothing), "train")]
    if smoothing > 0 and len(raw) > _RAW_FROM:
        curves.append(Curve("train, each step", x, raw, "faint"))
    measured = np.isfinite(epochs[:, epoch_column])
    test = epochs[measured]
    curves.append(Curve("test", test[:, 0].copy(), test[:, epoch_column].copy(), "test", marks=True))
    return Curves(title, "epoch", tuple(curves), percent=is_share, x_limit=x_limit)
