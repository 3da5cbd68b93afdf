"""Sums over axes."""

from collections.abc import Callable

from neuralstudio.engine.graph import Array, Op, Shape
from neuralstudio.engine.ops import reduction
from tests.engine.families._base import Case, Draw, Random, apart, lengths


def _sums(random: Random) -> Case:
    rank = int(random.integers(0, 4))
    chosen = tuple(
        int(axis) - rank * int(random.integers(0, 2)) for axis in range(rank) if random.random() < 0.5
    )
    op = reduction.Sum(None if random.random() < 0.3 else chosen, bool(random.integers(0, 2)))
    return Case(op, [apart(random, lengths(random, rank))], (0,))


FORMULAS: dict[type[Op], Callable[..., Array]] = {
    reduction.Sum: lambda op, x: x.sum(op.axes, keepdims=op.keeps_axes),
}
EXAMPLES: dict[type[Op], Draw] = {reduction.Sum: _sums}
MISFITS: dict[type[Op], tuple[Op, tuple[Shape, ...]]] = {reduction.Sum: (reduction.Sum((2,)), ((4, 5),))}
TAKES_ANY_SHAPE: set[type[Op]] = set()
