"""The one numeric gradient checker: central differences in float64, used by the contract tests of ops and layers."""

from collections.abc import Callable

import numpy as np

from neuralstudio.engine.graph import Array


def numeric_gradient(loss: Callable[[], float], weight: Array, step: float = 1e-5) -> Array:
    """(f(w + h) − f(w − h)) / 2h for each number of ``weight`` (changed in place and put back)."""
    result = np.zeros_like(weight)
    for place in np.ndindex(weight.shape):
        before = weight[place]
        weight[place] = before + step
        above = loss()
        weight[place] = before - step
        below = loss()
        weight[place] = before
        result[place] = (above - below) / (2 * step)
    return result


def relative_error(a: Array, b: Array) -> float:
    """Largest |a − b|, relative to the largest magnitude in either (never less than 1e-8)."""
    scale = max(float(np.abs(a).max(initial=0.0)), float(np.abs(b).max(initial=0.0)), 1e-8)
    return float(np.abs(a - b).max(initial=0.0)) / scale
