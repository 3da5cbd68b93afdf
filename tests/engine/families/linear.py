"""Matrix products."""

from collections.abc import Callable

from neuralstudio.engine.graph import Array, Op, Shape
from neuralstudio.engine.ops import linear
from tests.engine.families._base import Case, Draw, Random, apart, lengths


def _matrices(random: Random) -> Case:
    rows, inner, columns = lengths(random, 3)
    return Case(linear.MatMul(), [apart(random, (rows, inner)), apart(random, (inner, columns))], (0, 1))


FORMULAS: dict[type[Op], Callable[..., Array]] = {
    linear.MatMul: lambda _, a, b: (a[:, :, None] * b[None]).sum(1),
}
EXAMPLES: dict[type[Op], Draw] = {linear.MatMul: _matrices}
MISFITS: dict[type[Op], tuple[Op, tuple[Shape, ...]]] = {linear.MatMul: (linear.MatMul(), ((2, 3), (4, 5)))}
TAKES_ANY_SHAPE: set[type[Op]] = set()
