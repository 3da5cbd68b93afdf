"""Cross-entropy with class weights and smoothed labels."""

from collections.abc import Callable

import numpy as np

from neuralstudio.engine.graph import Array, Op, Shape
from neuralstudio.engine.ops.weighted import WeightedCrossEntropy, WeightedCrossEntropyGradient
from tests.engine.families._base import Case, Draw, Random, apart, lengths, unit
from tests.engine.families.loss import softmax


def _shares(op: WeightedCrossEntropy | WeightedCrossEntropyGradient, labels: Array, classes: int) -> Array:
    """w·t of every class in every row."""
    weights = np.array(op.weights) if op.weights else np.ones(classes)
    return np.asarray(weights * (np.eye(classes)[labels] * (1 - op.smoothing) + op.smoothing / classes))


def _loss(op: WeightedCrossEntropy, logits: Array, labels: Array) -> Array:
    return np.asarray(-(_shares(op, labels, logits.shape[1]) * np.log(softmax(logits))).sum() / len(labels))


def _slope(op: WeightedCrossEntropyGradient, said: Array, labels: Array, grad: Array) -> Array:
    shares = _shares(op, labels, said.shape[1])
    return np.asarray((shares.sum(1, keepdims=True) * said - shares) * grad / len(labels))


def _settings(random: Random, classes: int) -> tuple[tuple[float, ...], float]:
    weights = tuple(float(each) for each in random.uniform(0, 3, classes)) if random.random() < 0.7 else ()
    return weights, float(random.choice([0.0, 0.1, 0.5]))


def _losses(random: Random) -> Case:
    rows, classes = lengths(random, 2)
    op = WeightedCrossEntropy(*_settings(random, classes))
    return Case(op, [random.normal(0, 3, (rows, classes)), random.integers(0, classes, rows)], (0,))


def _slopes(random: Random) -> Case:
    rows, classes = lengths(random, 2)
    op = WeightedCrossEntropyGradient(*_settings(random, classes))
    return Case(op, [unit(random, (rows, classes)), random.integers(0, classes, rows), apart(random, ())])


FORMULAS: dict[type[Op], Callable[..., Array]] = {
    WeightedCrossEntropy: _loss,
    WeightedCrossEntropyGradient: _slope,
}
EXAMPLES: dict[type[Op], Draw] = {
    WeightedCrossEntropy: _losses,
    WeightedCrossEntropyGradient: _slopes,
}
MISFITS: dict[type[Op], tuple[Op, tuple[Shape, ...]]] = {
    WeightedCrossEntropy: (WeightedCrossEntropy((1.0, 2.0)), ((4, 3), (4,))),
    WeightedCrossEntropyGradient: (WeightedCrossEntropyGradient(), ((4, 3), (5,), ())),
}
TAKES_ANY_SHAPE: set[type[Op]] = set()
