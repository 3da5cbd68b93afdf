"""Views, and the copy that some of them need."""

from collections.abc import Callable

import numpy as np

from neuralstudio.engine.graph import Array, Op, Shape
from neuralstudio.engine.ops import shape
from tests.engine.families._base import Case, Draw, Random, apart, lengths, single


def _reshaped(random: Random) -> Case:
    size = lengths(random, 3)
    return Case(shape.Reshape((size[0] * size[2], size[1])), [apart(random, size)], (0,))


def _repeated(random: Random) -> Case:
    full = lengths(random, 3)
    given_shape = tuple(
        1 if random.random() < 0.5 else length for length in full[int(random.integers(0, 4)) :]
    )
    return Case(shape.BroadcastTo(full), [apart(random, given_shape)], (0,))


FORMULAS: dict[type[Op], Callable[..., Array]] = {
    shape.Reshape: lambda op, x: x.reshape(op.shape),
    shape.Copy: lambda _, x: x.copy(),
    shape.Transpose: lambda _, x: x.T,
    shape.BroadcastTo: lambda op, x: x + np.zeros(op.shape),
}
EXAMPLES: dict[type[Op], Draw] = {
    shape.Reshape: _reshaped,
    shape.Copy: single(shape.Copy()),
    shape.Transpose: lambda random: Case(shape.Transpose(), [apart(random, lengths(random, 2))], (0,)),
    shape.BroadcastTo: _repeated,
}
MISFITS: dict[type[Op], tuple[Op, tuple[Shape, ...]]] = {
    shape.Reshape: (shape.Reshape((7,)), ((2, 3),)),
    shape.Transpose: (shape.Transpose(), ((2, 3, 4),)),
    shape.BroadcastTo: (shape.BroadcastTo((3, 4)), ((2, 4),)),
}
TAKES_ANY_SHAPE: set[type[Op]] = {shape.Copy}
