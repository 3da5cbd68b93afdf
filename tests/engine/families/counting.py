"""Hits, counts and sums: what metrics are made of."""

from collections.abc import Callable

import numpy as np

from neuralstudio.engine.graph import Array, Op, Shape
from neuralstudio.engine.ops import counting
from tests.engine.families._base import Case, Draw, Random, lengths, unit
from tests.engine.families.loss import targeted


def _scored(op: Op, random: Random) -> Case:
    """Scores of some steps, many of them equal, with a label for each."""
    size = lengths(random, int(random.integers(2, 4)))
    scores = random.integers(0, 4, size).astype(float)
    return Case(op, [scores, random.integers(0, size[-1], size[:-1])])


def _top_hits(k: int, scores: Array, labels: Array) -> Array:
    own = np.take_along_axis(scores, labels[..., None], -1)
    return np.array([((scores > own).sum(-1) < k).sum()])


def _pairs(random: Random) -> Case:
    classes, rows, steps = lengths(random, 3)
    said, true = (random.integers(0, classes, (rows, steps)) for _ in range(2))
    return Case(counting.Confusion(classes), [said, true])


def _counts(classes: int, said: Array, true: Array) -> Array:
    table = np.zeros((classes, classes))
    for right, answer in zip(true.ravel(), said.ravel(), strict=True):
        table[right, answer] += 1
    return table.ravel()


def _variance_sums(y: Array, t: Array) -> Array:
    nothing = np.zeros(t.shape[-1])
    return np.concatenate([t.sum(0), nothing, (t**2).sum(0), nothing, ((t - y) ** 2).sum(0)])


FORMULAS: dict[type[Op], Callable[..., Array]] = {
    counting.Largest: lambda _, x: x.argmax(-1),
    counting.Above: lambda op, x: (x > op.threshold).astype(int),
    counting.ClassHits: lambda _, y, t: np.array([(y.argmax(-1) == t).sum()]),
    counting.TopHits: lambda op, y, t: _top_hits(op.k, y, t),
    counting.SideHits: lambda op, y, t: np.array([((y > op.threshold) == (t > op.threshold)).sum()]),
    counting.Confusion: lambda op, said, true: _counts(op.classes, said, true),
    counting.VarianceSums: lambda _, y, t: _variance_sums(y, t),
}
EXAMPLES: dict[type[Op], Draw] = {
    counting.Largest: lambda random: Case(counting.Largest(), [random.normal(size=lengths(random, 3))]),
    counting.Above: lambda random: Case(counting.Above(0.5), [unit(random, lengths(random, 2))]),
    counting.ClassHits: lambda random: _scored(counting.ClassHits(), random),
    counting.TopHits: lambda random: _scored(counting.TopHits(int(random.integers(1, 7))), random),
    counting.SideHits: targeted(counting.SideHits(0.5), unit),
    counting.Confusion: _pairs,
    # Halves are added without rounding, so float32 loses nothing and the second parts are 0.
    counting.VarianceSums: lambda random: Case(
        counting.VarianceSums(), [random.integers(-9, 9, (4, 3)) / 2, random.integers(-9, 9, (4, 3)) / 2]
    ),
}
MISFITS: dict[type[Op], tuple[Op, tuple[Shape, ...]]] = {
    counting.Largest: (counting.Largest(), ((),)),
    counting.ClassHits: (counting.ClassHits(), ((4, 3), (5,))),
    counting.TopHits: (counting.TopHits(2), ((4, 3), (4, 3))),
    counting.SideHits: (counting.SideHits(0.5), ((4, 1), (4, 2))),
    counting.Confusion: (counting.Confusion(3), ((4,), (5,))),
    counting.VarianceSums: (counting.VarianceSums(), ((4, 3), (4, 2))),
}
TAKES_ANY_SHAPE: set[type[Op]] = {counting.Above}
