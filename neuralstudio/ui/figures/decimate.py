"""Thins a long curve for the screen and keeps its spikes: lowest and highest point of each stretch stay."""

import numpy as np
from numpy.typing import NDArray

from neuralstudio.views._base import Floats

Values = NDArray[np.float64]
Line = tuple[Values, Values]


def decimate(x: Floats, y: Floats, limit: int = 2000) -> Line:
    """At most ``limit`` (≥ 4) of the finite points, in order; first, last, lowest and highest among them.

    x, y: (n,) of the same length, x ascending. Points that are not finite are left out.
    """
    finite = np.isfinite(x) & np.isfinite(y)
    xs, ys = x[finite].astype(np.float64), y[finite].astype(np.float64)
    if len(xs) <= limit:
        return xs, ys
    size = -(-len(ys) // ((limit - 2) // 2))
    stretches = -(-len(ys) // size)
    padded = np.append(ys, np.full(stretches * size - len(ys), ys[-1])).reshape(stretches, size)
    starts = np.arange(stretches) * size
    ends = [0, len(ys) - 1]
    kept = np.unique(np.concatenate((ends, starts + padded.argmin(axis=1), starts + padded.argmax(axis=1))))
    kept = kept[kept < len(ys)]
    return xs[kept], ys[kept]
