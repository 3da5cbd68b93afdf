"""Huber, log-cosh and margins. Inputs lie on a grid that avoids the kinks."""

from collections.abc import Callable

import numpy as np

from neuralstudio.engine.graph import Array, Op, Shape
from neuralstudio.engine.ops import residual
from tests.engine.families._base import Case, Draw, Random, apart, lengths, single


def grid(random: Random, size: Shape) -> Array:
    """Multiples of 0.4, of both signs: no two differ by 1, none is ±1."""
    return np.asarray(random.integers(-8, 9, size) * 0.4)


def _huber(x: Array, delta: float) -> Array:
    size = np.abs(x)
    return np.where(size <= delta, x**2 / 2, delta * (size - delta / 2))


def _margins(scores: Array, labels: Array) -> Array:
    own = np.take_along_axis(scores, labels[:, None], 1)
    return np.asarray(np.maximum(0, 1 - own + scores) * (1 - np.eye(scores.shape[1])[labels]))


def _margin_slope(scores: Array, labels: Array, grad: Array) -> Array:
    within = (_margins(scores, labels) > 0) * 1.0
    return np.asarray(within - np.eye(scores.shape[1])[labels] * within.sum(1, keepdims=True)) * (
        grad / scores.size
    )


def _scored(random: Random) -> list[Array]:
    rows, classes = lengths(random, 2)
    return [grid(random, (rows, classes)), random.integers(0, classes, rows)]


def _answers(random: Random) -> Case:
    size = lengths(random, 2)
    return Case(residual.SquaredError(), [apart(random, size), apart(random, size)], (0, 1))


FORMULAS: dict[type[Op], Callable[..., Array]] = {
    residual.SquaredError: lambda _, y, t: np.mean((y - t) ** 2),
    residual.Huber: lambda op, x: _huber(x, op.delta),
    residual.Held: lambda op, x: np.clip(x, -op.limit, op.limit),
    residual.LogCosh: lambda _, x: np.log((np.exp(x) + np.exp(-x)) / 2),
    residual.ClassMargin: lambda _, z, t: np.asarray(_margins(z, t).mean()),
    residual.ClassMarginGradient: lambda _, z, t, g: _margin_slope(z, t, g),
}
EXAMPLES: dict[type[Op], Draw] = {
    residual.SquaredError: _answers,
    residual.Huber: single(residual.Huber(1.0), grid),
    residual.Held: lambda random: Case(residual.Held(0.7), [grid(random, lengths(random, 2))]),
    residual.LogCosh: single(residual.LogCosh()),
    residual.ClassMargin: lambda random: Case(residual.ClassMargin(), _scored(random), (0,)),
    residual.ClassMarginGradient: lambda random: Case(
        residual.ClassMarginGradient(), [*_scored(random), apart(random, ())]
    ),
}
MISFITS: dict[type[Op], tuple[Op, tuple[Shape, ...]]] = {
    residual.SquaredError: (residual.SquaredError(), ((4, 3), (4, 2))),
    residual.ClassMargin: (residual.ClassMargin(), ((4, 3), (5,))),
    residual.ClassMarginGradient: (residual.ClassMarginGradient(), ((4, 3), (5,), ())),
}
TAKES_ANY_SHAPE: set[type[Op]] = {residual.Huber, residual.Held, residual.LogCosh}
