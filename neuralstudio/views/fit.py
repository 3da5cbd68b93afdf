"""How well a network follows a curve or a series: what it says beside what is right."""

import numpy as np
from numpy.typing import NDArray

from neuralstudio.data._base import Data, Dataset, Samples
from neuralstudio.network.model import Model
from neuralstudio.views._base import Curve, Curves, Floats

STEPS = 200
"""Places at which the network is asked along a curve, and values of a series."""
_EMPTY = "What the network says appears here beside the data."


def along(model: Model, dataset: Dataset, points: Samples | None) -> Curves:
    """A curve of one input: the test points, the curve they were drawn from, and the network's line.

    points: some samples to be shown behind the lines, none while they are not loaded.
    """
    (x_axis,), (y_axis,) = dataset.signature.columns, dataset.signature.predicted
    x = np.linspace(x_axis.low, x_axis.high, STEPS)
    inputs = x_axis.scaled(x)[:, np.newaxis]
    said = y_axis.real(model.predict(inputs)[:, 0])
    curves = [Curve("network", x, said)]
    truth = dataset.truth(inputs)
    if truth is not None:
        curves.append(Curve("curve", x, y_axis.real(truth[:, 0]), "test", dashed=True))
    if points is not None:
        across = x_axis.real(points.scaled()[:, 0])
        order = np.argsort(across)
        up = y_axis.real(points.targets[:, 0])
        curves.append(Curve("test points", across[order], up[order], "faint", is_cloud=True))
    return Curves("", x_axis.name, tuple(curves), empty=_EMPTY)


def over_time(model: Model, data: Data, steps: int = STEPS) -> Curves:
    """A series: the values after the first test windows, and what the network told of each beforehand."""
    shown = data.test[:steps]
    time = np.arange(len(shown), dtype=np.float64)
    told = model.predict(shown.scaled())[:, 0].astype(np.float64)
    right = shown.targets[:, 0].astype(np.float64)
    return Curves("", "step", (Curve("network", time, told), Curve("wave", time, right, "test", dashed=True)))


def running_on(model: Model, data: Data, steps: int) -> Curves:
    """A series that the network goes on with by itself: it reads one window, then only its own words."""
    window: NDArray[np.float32] = data.test.scaled(slice(0, 1)).copy()
    told = np.empty(min(steps, len(data.test)))
    for step in range(len(told)):
        told[step] = model.predict(window)[0, 0]
        window[:, :-1] = window[:, 1:].copy()
        window[:, -1] = np.clip(np.nan_to_num(told[step]), -1e3, 1e3)
    time = np.arange(len(told), dtype=np.float64)
    right: Floats = data.test.targets[: len(told), 0].astype(np.float64)
    return Curves("", "step", (Curve("network", time, told), Curve("wave", time, right, "test", dashed=True)))
