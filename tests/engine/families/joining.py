"""Several inputs side by side, and parts of rows."""

from collections.abc import Callable

import numpy as np

from neuralstudio.engine.graph import Array, Op, Shape
from neuralstudio.engine.ops import joining
from tests.engine.families._base import Case, Draw, Random, apart, lengths


def _concatenated(random: Random) -> Case:
    front = lengths(random, int(random.integers(0, 3)))
    count = int(random.integers(1, 5))
    inputs = [apart(random, (*front, int(random.integers(1, 5)))) for _ in range(count)]
    return Case(joining.Concatenate(), inputs, tuple(range(count)))


def _part(random: Random) -> Case:
    size = lengths(random, int(random.integers(1, 4)))
    start, stop = sorted(random.choice(size[-1] + 1, 2, replace=False))
    return Case(joining.Part(int(start), int(stop)), [apart(random, size)], (0,))


def _placed(random: Random) -> Case:
    size = lengths(random, int(random.integers(1, 4)))
    before, behind = random.integers(0, 4, 2)
    return Case(joining.Placed(int(before), int(before + size[-1] + behind)), [apart(random, size)], (0,))


def _place(op: joining.Placed, x: Array) -> Array:
    behind = op.length - op.start - x.shape[-1]
    return np.pad(x, [(0, 0)] * (x.ndim - 1) + [(op.start, behind)])


FORMULAS: dict[type[Op], Callable[..., Array]] = {
    joining.Concatenate: lambda _op, *arrays: np.array(
        [[number for row in rows for number in row] for rows in zip(*map(_rows, arrays), strict=True)]
    ).reshape(*arrays[0].shape[:-1], -1),
    joining.Part: lambda op, x: x.take(range(op.start, op.stop), -1),
    joining.Placed: _place,
}


def _rows(x: Array) -> Array:
    return x.reshape(-1, x.shape[-1])


EXAMPLES: dict[type[Op], Draw] = {
    joining.Concatenate: _concatenated,
    joining.Part: _part,
    joining.Placed: _placed,
}
MISFITS: dict[type[Op], tuple[Op, tuple[Shape, ...]]] = {
    joining.Concatenate: (joining.Concatenate(), ((2, 3), (2, 3), (4, 3))),
    joining.Part: (joining.Part(2, 4), ((5, 3),)),
    joining.Placed: (joining.Placed(2, 4), ((5, 3),)),
}
TAKES_ANY_SHAPE: set[type[Op]] = set()
