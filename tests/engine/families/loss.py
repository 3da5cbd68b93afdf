"""Softmax and the cross-entropies behind it, with gradients of their own."""

from collections.abc import Callable

import numpy as np

from neuralstudio.engine.graph import Array, Op, Shape
from neuralstudio.engine.ops import loss
from tests.engine.families._base import Case, Draw, Random, apart, lengths, unit


def softmax(x: Array) -> Array:
    """eˣ / Σ eˣ over the last axis."""
    powers = np.exp(x - x.max(-1, keepdims=True))
    return np.asarray(powers / powers.sum(-1, keepdims=True))


def scored(op: Op, asked: tuple[int, ...] = ()) -> Draw:
    """Rows of scores with a label for each."""

    def case(random: Random) -> Case:
        rows, classes = lengths(random, 2)
        return Case(op, [random.normal(0, 3, (rows, classes)), random.integers(0, classes, rows)], asked)

    return case


def targeted(op: Op, draw: Callable[[Random, Shape], Array], asked: tuple[int, ...] = ()) -> Draw:
    """Outputs with targets of the same shape."""

    def case(random: Random) -> Case:
        size = lengths(random, 2)
        return Case(op, [random.normal(0, 2, size), draw(random, size)], asked)

    return case


def sparse(random: Random, size: Shape) -> Array:
    """Numbers from 0 to 1, some of them exactly 0."""
    return unit(random, size) * random.integers(0, 2, size)


def _cross_entropy(logits: Array, labels: Array) -> Array:
    return np.asarray(-np.log(softmax(logits)[np.arange(len(labels)), labels]).mean())


def _binary_cross_entropy(z: Array, t: Array) -> Array:
    y = 1 / (1 + np.exp(-z))
    return np.asarray(-(t * np.log(y) + (1 - t) * np.log(1 - y)).mean())


def _divergence(z: Array, t: Array) -> Array:
    terms = t * np.log(np.where(t > 0, t, 1) / softmax(z))
    return np.asarray(terms.sum() / len(z))


def _cross_entropy_gradients(random: Random) -> Case:
    rows, classes = lengths(random, 2)
    inputs = [unit(random, (rows, classes)), random.integers(0, classes, rows), apart(random, ())]
    return Case(loss.SoftmaxCrossEntropyGradient(), inputs)


def _divergence_gradients(random: Random) -> Case:
    size = lengths(random, 2)
    op = loss.SoftmaxDivergenceGradient()
    return Case(op, [unit(random, size), sparse(random, size), apart(random, ())])


FORMULAS: dict[type[Op], Callable[..., Array]] = {
    loss.Softmax: lambda _, x: softmax(x),
    loss.SoftmaxCrossEntropy: lambda _, z, t: _cross_entropy(z, t),
    loss.SoftmaxCrossEntropyGradient: lambda _, p, t, g: (p - np.eye(p.shape[1])[t]) * g / len(p),
    loss.SoftmaxDivergence: lambda _, z, t: _divergence(z, t),
    loss.SoftmaxDivergenceGradient: lambda _, p, t, g: (p * t.sum(1, keepdims=True) - t) * g / len(p),
    loss.SigmoidCrossEntropy: lambda _, z, t: _binary_cross_entropy(z, t),
}
EXAMPLES: dict[type[Op], Draw] = {
    loss.Softmax: lambda random: Case(
        loss.Softmax(), [random.normal(0, 2, lengths(random, int(random.integers(1, 4))))], (0,)
    ),
    loss.SoftmaxCrossEntropy: scored(loss.SoftmaxCrossEntropy(), (0,)),
    loss.SoftmaxCrossEntropyGradient: _cross_entropy_gradients,
    loss.SoftmaxDivergence: targeted(loss.SoftmaxDivergence(), sparse, (0,)),
    loss.SoftmaxDivergenceGradient: _divergence_gradients,
    loss.SigmoidCrossEntropy: targeted(loss.SigmoidCrossEntropy(), unit, (0,)),
}
MISFITS: dict[type[Op], tuple[Op, tuple[Shape, ...]]] = {
    loss.Softmax: (loss.Softmax(), ((),)),
    loss.SoftmaxCrossEntropy: (loss.SoftmaxCrossEntropy(), ((4, 3), (5,))),
    loss.SoftmaxCrossEntropyGradient: (loss.SoftmaxCrossEntropyGradient(), ((4, 3), (5,), ())),
    loss.SoftmaxDivergence: (loss.SoftmaxDivergence(), ((4, 3), (4, 2))),
    loss.SoftmaxDivergenceGradient: (loss.SoftmaxDivergenceGradient(), ((4, 3), (4, 2), ())),
    loss.SigmoidCrossEntropy: (loss.SigmoidCrossEntropy(), ((4, 1), (4,))),
}
TAKES_ANY_SHAPE: set[type[Op]] = set()
