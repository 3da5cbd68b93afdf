"""Batch and layer normalisation: tiny inputs, and some of many rows or long ones that are cut into blocks."""

from collections.abc import Callable

import numpy as np

from neuralstudio.engine.graph import Array, Op, Shape
from neuralstudio.engine.ops import normalisation
from tests.engine.families._base import Case, Draw, Random, apart, lengths, single

_EPSILON = 0.01


def _size(random: Random, *, is_large: bool) -> Shape:
    if is_large and random.random() < 0.3:
        rows, channels = ((130, 200), (1400, 3), (211, 90), (3, 17000))[int(random.integers(0, 4))]
        return rows, channels
    return (int(random.integers(2, 6)), *lengths(random, int(random.integers(1, 4))))


def _normalised(op: Op) -> Draw:
    # Large inputs are for the kernels; finite differences (``asked``) would take too long on them.
    def case(random: Random) -> Case:
        size = _size(random, is_large=False)
        return Case(op, [apart(random, size), apart(random, size[-1:]), apart(random, size[-1:])], (0, 1, 2))

    return case


def _scaled(random: Random) -> Case:
    size = _size(random, is_large=False)
    rows = [apart(random, size[-1:]) for _ in range(2)]
    return Case(normalisation.ScaleShift(), [apart(random, size), *rows], (0, 1, 2))


def _batch_gradient(random: Random) -> Case:
    size = _size(random, is_large=True)
    rows = [apart(random, size[-1:]) for _ in range(3)]
    return Case(normalisation.BatchNormGradient(), [apart(random, size), *rows, apart(random, size)])


def _layer_gradient(random: Random) -> Case:
    size = _size(random, is_large=True)
    column, row = apart(random, (*size[:-1], 1)), apart(random, size[-1:])
    return Case(normalisation.LayerNormGradient(), [apart(random, size), column, row, apart(random, size)])


def _norm(x: Array, axes: int | tuple[int, ...], epsilon: float) -> Array:
    centred = x - x.mean(axes, keepdims=True)
    return np.asarray(centred / np.sqrt((centred**2).mean(axes, keepdims=True) + epsilon))


def _behind(x: Array) -> tuple[int, ...]:
    return tuple(range(x.ndim - 1))


def _batch_slope(x: Array, mean: Array, inverse: Array, gamma: Array, g: Array) -> Array:
    hat, axes = (x - mean) * inverse, _behind(x)
    return np.asarray(gamma * inverse * (g - g.mean(axes) - hat * (g * hat).mean(axes)))


def _layer_slope(hat: Array, inverse: Array, gamma: Array, g: Array) -> Array:
    scaled = g * gamma
    means = scaled.mean(-1, keepdims=True) + hat * (scaled * hat).mean(-1, keepdims=True)
    return np.asarray(inverse * (scaled - means))


FORMULAS: dict[type[Op], Callable[..., Array]] = {
    normalisation.BatchNorm: lambda op, x, a, b: a * _norm(x, _behind(x), op.epsilon) + b,
    normalisation.BatchNormGradient: lambda _op, *inputs: _batch_slope(*inputs),
    normalisation.LayerNorm: lambda op, x, a, b: a * _norm(x, -1, op.epsilon) + b,
    normalisation.LayerNormGradient: lambda _op, *inputs: _layer_slope(*inputs),
    normalisation.ScaleShift: lambda _op, x, a, b: x * a + b,
    normalisation.InverseDeviation: lambda op, v: (v + op.epsilon) ** -0.5,
}
EXAMPLES: dict[type[Op], Draw] = {
    normalisation.BatchNorm: _normalised(normalisation.BatchNorm(_EPSILON)),
    normalisation.BatchNormGradient: _batch_gradient,
    normalisation.LayerNorm: _normalised(normalisation.LayerNorm(_EPSILON)),
    normalisation.LayerNormGradient: _layer_gradient,
    normalisation.ScaleShift: _scaled,
    normalisation.InverseDeviation: single(
        normalisation.InverseDeviation(_EPSILON), lambda random, size: np.asarray(apart(random, size) ** 2)
    ),
}
_ROWS = ((4, 3), (3,), (2,))
MISFITS: dict[type[Op], tuple[Op, tuple[Shape, ...]]] = {
    normalisation.BatchNorm: (normalisation.BatchNorm(_EPSILON), _ROWS),
    normalisation.BatchNormGradient: (normalisation.BatchNormGradient(), ((4, 3), (3,), (3,), (3,), (5, 3))),
    normalisation.LayerNorm: (normalisation.LayerNorm(_EPSILON), _ROWS),
    normalisation.LayerNormGradient: (
        normalisation.LayerNormGradient(),
        ((4, 3), (3, 1), (3,), (4, 3)),
    ),
    normalisation.ScaleShift: (normalisation.ScaleShift(), _ROWS),
}
TAKES_ANY_SHAPE: set[type[Op]] = {normalisation.InverseDeviation}
