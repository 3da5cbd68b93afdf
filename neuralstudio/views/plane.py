"""The network's answer all over the plane, for data with two inputs, under the points it learns from."""

import numpy as np
from numpy.typing import NDArray

from neuralstudio.data._base import Data, Samples, Signature
from neuralstudio.views._base import Axis, Floats, Scatter

REACH = 6.0
SIDE = 60


def grid(side: int = SIDE, reach: float = REACH) -> NDArray[np.float32]:
    """Middles of the map's cells, (side², 2): row by row from the top left, x₂ upwards."""
    middles = (np.arange(side) + 0.5) * (2 * reach / side) - reach
    across, up = np.meshgrid(middles, middles[::-1])
    return np.stack((across.ravel(), up.ravel()), axis=1).astype(np.float32)


def compute(
    answers: Floats,
    data: Data | None,
    colours: NDArray[np.uint8] | None = None,
    reach: float = REACH,
    *,
    is_discrete: bool = False,
    has_test: bool = True,
) -> Scatter:
    """The map with the training and test points on it (none while ``data`` is).

    answers: for the points of ``grid``, (side²,) from −1 (first class) to +1 (second class), or
    (side², classes) for more classes, which then are mixed from ``colours``, (classes, 3). May be empty.
    is_discrete: only the winner shows at each place, not how sure it is. has_test: test points, too.
    """
    parts = () if data is None else (data.train, data.test) if has_test else (data.train,)
    points = [part.scaled() for part in parts]
    values = [_values(part) for part in parts] if data is not None and data.signature.numbers else None
    return Scatter(
        "Answer over the plane",
        np.concatenate(points) if points else np.empty((0, 2)),
        np.concatenate([_classes(part) for part in parts]) if parts else np.empty(0, np.int64),
        np.repeat(np.array([False, True][: len(parts)], dtype=np.bool_), [len(part) for part in parts]),
        _background(answers, colours, is_discrete),
        reach,
        values=None if values is None else np.concatenate(values),
        axes=None if data is None else _axes(data.signature, reach),
    )


def _background(
    answers: Floats, colours: NDArray[np.uint8] | None, is_discrete: bool
) -> NDArray[np.float64] | NDArray[np.uint8]:
    side = round(len(answers) ** 0.5)
    known: NDArray[np.float64] = np.nan_to_num(answers).astype(np.float64)
    if known.ndim == 2 and colours is not None:
        if is_discrete:
            pixels: NDArray[np.uint8] = colours[known.argmax(axis=1)]
        else:
            shares = np.clip(known, 0, None)
            shares[shares.sum(axis=1) <= 0] = 1  # for none of them: undecided
            shares = shares / shares.sum(axis=1, keepdims=True)
            pixels = np.rint(shares @ colours).astype(np.uint8)
        return pixels.reshape(side, side, 3)
    shown = np.sign(known) if is_discrete else np.clip(known, -1, 1)
    return shown.reshape(side, side)


def _values(samples: Samples) -> NDArray[np.float64]:
    """Numbers to be predicted as colours show them, (n,) in −1…1."""
    first = samples.targets.reshape(len(samples), -1)[:, 0]
    return np.clip(first.astype(np.float64), -1, 1)


def _axes(signature: Signature, reach: float) -> tuple[Axis, Axis] | None:
    """What goes across and up, in its own unit; nothing for coordinates that are only numbers."""
    if len(signature.columns) != 2:
        return None
    ends = [each.real([-reach, reach]).tolist() for each in signature.columns]
    across, up = (Axis(each.name, *end) for each, end in zip(signature.columns, ends, strict=True))
    return across, up


def _classes(samples: Samples) -> NDArray[np.int64]:
    """Class of each point; numbers to be predicted fall into those below zero and the others."""
    targets = samples.targets
    if targets.dtype.kind == "f":
        return (targets.reshape(len(targets), -1)[:, 0] >= 0).astype(np.int64)
    return targets.reshape(len(targets), -1)[:, 0].astype(np.int64)
