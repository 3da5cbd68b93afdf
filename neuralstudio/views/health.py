"""Whether a network can still learn: how its gradients run through the layers, and which units are dead."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np

from neuralstudio.engine.graph import Array
from neuralstudio.views._base import Floats

Flow = Literal["unknown", "healthy", "vanishing", "exploding"]

_FADING = 1e-3
"""The first layer's gradients are this small a part of the last one's: they vanish on the way."""
_GROWING = 1e3
_HUGE = 1e3
"""Root mean square of a layer's gradients beyond which a step leads nowhere."""
_STILL = 1e-3
"""A unit whose outputs differ by less than this over all points says the same of each."""


@dataclass(frozen=True)
class Health:
    """``flow`` judges the gradients of the last step; ``dead`` of ``units`` hidden ones say nothing."""

    flow: Flow
    dead: int
    units: int


def compute(
    norms: Mapping[str, float], sizes: Mapping[str, int], layers: Sequence[str], outputs: Sequence[Array]
) -> Health:
    """The health of a stack of layers.

    norms: lengths of the weights' gradients by name ("dense-1/kernel"), empty where unknown; sizes: how many
    numbers each of these weights has; layers: ids from the first to the last; outputs: (points, units) of
    each hidden layer.
    """
    names = [f"{layer}/kernel" for layer in layers]
    known = [norms[name] / max(1, sizes[name]) ** 0.5 for name in names if name in norms]
    still = [_is_still(each) for each in outputs]
    dead, units = sum(int(each.sum()) for each in still), sum(len(each) for each in still)
    return Health(_flow(known), dead, units)


def _is_still(outputs: Array) -> Floats:
    """Which units say the same of every point: (units,) bool."""
    spread = np.nan_to_num(outputs.max(axis=0) - outputs.min(axis=0))
    still: Floats = spread < _STILL
    return still


def _flow(strengths: Sequence[float]) -> Flow:
    """strengths: root mean squares of the gradients, from the first layer to the last."""
    if not strengths:
        return "unknown"
    first, last = strengths[0], strengths[-1]
    if not np.isfinite(strengths).all() or max(strengths) > _HUGE or first > _GROWING * last > 0:
        return "exploding"
    if first < _FADING * last:
        return "vanishing"
    return "healthy"
