"""Distances between samples and centres: few inputs (one by one) and many (a matrix product)."""

from collections.abc import Callable

from neuralstudio.engine.graph import Array, Op, Shape
from neuralstudio.engine.ops import distance
from tests.engine.families._base import Case, Draw, Random, apart, lengths


def _distances(random: Random) -> Case:
    samples, centres = lengths(random, 2)
    inputs = int(random.integers(1, 20))
    arrays = [apart(random, (samples, inputs)), apart(random, (centres, inputs))]
    if samples > 1 and inputs <= 8 and random.random() < 0.2:
        arrays[0][0] = arrays[1][0]
    return Case(distance.SquaredDistances(), arrays, (0, 1))


FORMULAS: dict[type[Op], Callable[..., Array]] = {
    distance.SquaredDistances: lambda _op, x, c: ((x[:, None] - c[None]) ** 2).sum(-1),
}
EXAMPLES: dict[type[Op], Draw] = {distance.SquaredDistances: _distances}
MISFITS: dict[type[Op], tuple[Op, tuple[Shape, ...]]] = {
    distance.SquaredDistances: (distance.SquaredDistances(), ((4, 3), (5, 2))),
}
TAKES_ANY_SHAPE: set[type[Op]] = set()
