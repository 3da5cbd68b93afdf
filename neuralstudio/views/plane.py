"""The network's answer all over the plane, for data with two inputs, under the points it learns from."""

import numpy as np
from numpy.typing import NDArray

from neuralstudio.data._base import Data, Samples
from neuralstudio.views._base import Floats, Scatter

REACH = 6.0
SIDE = 60


def grid(side: int = SIDE, reach: float = REACH) -> NDArray[np.float32]:
    """Middles of the map's cells, (side², 2): row by row from the top left, x₂ upwards."""
    middles = (np.arange(side) + 0.5) * (2 * reach / side) - reach
    across, up = np.meshgrid(middles, middles[::-1])
    return np.stack((across.ravel(), up.ravel()), axis=1).astype(np.float32)


def compute(
    answers: Floats, data: Data | None, colours: NDArray[np.uint8] | None = None, reach: float = REACH
) -> Scatter:
    """The map with the training and test points on it (none while ``data`` is).

    answers: for the points of ``grid``, (side²,) from −1 (first class) to +1 (second class), or
    (side², classes) for more classes, which then are mixed from ``colours``, (classes, 3). May be empty.
    """
    side = round(len(answers) ** 0.5)
    background: Floats | NDArray[np.uint8]
    if answers.ndim == 2 and colours is not None:
        shares = np.clip(np.nan_to_num(answers), 0, None)
        shares = shares / np.maximum(shares.sum(axis=1, keepdims=True), 1e-9)
        background = np.rint(shares @ colours).astype(np.uint8).reshape(side, side, 3)
    else:
        background = np.clip(np.nan_to_num(answers), -1, 1).reshape(side, side)
    parts = (data.train, data.test) if data is not None else ()
    points = [part.scaled() for part in parts]
    return Scatter(
        "Answer over the plane",
        np.concatenate(points) if points else np.empty((0, 2)),
        np.concatenate([_classes(part) for part in parts]) if parts else np.empty(0, np.int64),
        np.repeat(np.array([False, True][: len(parts)], dtype=np.bool_), [len(part) for part in parts]),
        background,
        reach,
    )


def _classes(samples: Samples) -> NDArray[np.int64]:
    """Class of each point; numbers to be predicted fall into those below zero and the others."""
    targets = samples.targets
    if targets.dtype.kind == "f":
        return (targets.reshape(len(targets), -1)[:, 0] >= 0).astype(np.int64)
    return targets.reshape(len(targets), -1)[:, 0].astype(np.int64)
