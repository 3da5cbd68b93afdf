"""How closely a network follows a function of one number: its line, the right one, and what is between."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from neuralstudio.data._base import Data, Dataset, Quantity, Samples
from neuralstudio.network.model import Model
from neuralstudio.views._base import Axis, Floats

STEPS = 240
"""Places at which both lines are worked out."""
_REACH = 6.0


@dataclass(frozen=True)
class Fit:
    """Both lines over one number, in its own unit, and the points there are.

    x: (n,); said: (n,) by the network; right: (n,), NaN where there is no answer, or empty where it is not
    known. points: (m, 2); is_test: (m,). name: what says ``said``.
    """

    x: Floats
    said: Floats
    right: Floats
    points: Floats
    is_test: NDArray[np.bool_]
    across: Axis
    up: Axis
    name: str = "network"

    @property
    def residual(self) -> Floats:
        """What the network says beyond what is right, (n,); empty where that is not known."""
        return self.said - self.right if len(self.right) else self.right

    @property
    def largest(self) -> float:
        """The largest |residual|; NaN where nothing is known."""
        known = np.abs(self.residual[np.isfinite(self.residual)])
        return float(known.max()) if len(known) else float("nan")

    @property
    def rms(self) -> float:
        """Root mean square of the residual; NaN where nothing is known."""
        known = self.residual[np.isfinite(self.residual)]
        return float(np.sqrt(np.square(known).mean())) if len(known) else float("nan")


def compute(model: Model, dataset: Dataset, data: Data | None) -> Fit:
    """The fit of a network that predicts one number from one number."""
    signature = dataset.signature
    x_axis = signature.columns[0] if signature.columns else Quantity("x", low=-_REACH, high=_REACH)
    y_axis = signature.predicted[0] if signature.predicted else Quantity("y", low=-1, high=1)
    x = np.linspace(x_axis.low, x_axis.high, STEPS)
    inputs = x_axis.scaled(x)[:, np.newaxis]
    said = y_axis.real(np.nan_to_num(model.predict(inputs)[:, 0]))
    truth = dataset.truth(inputs)
    right = y_axis.real(truth[:, 0]) if truth is not None else np.empty(0)
    parts = [data.train, data.test] if data is not None else []
    points = [np.stack((x_axis.real(p.scaled()[:, 0]), y_axis.real(p.targets[:, 0])), axis=1) for p in parts]
    return Fit(
        x,
        said,
        right,
        np.concatenate(points) if points else np.empty((0, 2)),
        np.repeat(np.array([False, True][: len(parts)], dtype=np.bool_), [len(part) for part in parts]),
        Axis(x_axis.name, x_axis.low, x_axis.high),
        Axis(y_axis.name, y_axis.low, y_axis.high),
    )


def of_neuron(model: Model, said: Floats) -> Fit:
    """What one neuron says all over the number, as a line of its own; said: (n,) at even places."""
    signature = model.signature
    axis = signature.columns[0] if signature.columns else Quantity("x", low=-_REACH, high=_REACH)
    step = (axis.high - axis.low) / len(said)
    x = axis.low + (np.arange(len(said)) + 0.5) * step
    reach = max(1.0, float(np.abs(said).max()))
    nothing, nobody = np.empty(0), np.empty(0, dtype=np.bool_)
    across, up = Axis(axis.name, axis.low, axis.high), Axis("", -reach, reach)
    return Fit(x, said, nothing, np.empty((0, 2)), nobody, across, up, "neuron")


def r_squared(model: Model, samples: Samples) -> float:
    """R² = 1 − Σ(y − t)² / Σ(t − t̄)² over some samples; NaN where all targets are the same."""
    targets = samples.targets.reshape(len(samples), -1).astype(np.float64)
    said = model.predict(samples.scaled()).reshape(len(samples), -1).astype(np.float64)
    spread = np.square(targets - targets.mean(axis=0)).sum()
    with np.errstate(all="ignore"):
        return float(1 - np.square(said - targets).sum() / spread) if spread else float("nan")
