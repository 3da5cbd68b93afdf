"""Larger and smaller images."""

from collections.abc import Callable

import numpy as np

from neuralstudio.engine.graph import Array, Op, Shape
from neuralstudio.engine.ops import resize
from tests.engine.families._base import Case, Draw, Random, apart, lengths


def _shrunk(op: resize.Shrink, x: Array) -> Array:
    rows = np.add.reduceat(x, range(0, x.shape[1], op.factor), 1)
    return np.asarray(np.add.reduceat(rows, range(0, x.shape[2], op.factor), 2))


def _enlarge(random: Random) -> Case:
    return Case(resize.Enlarge(int(random.integers(1, 4))), [apart(random, lengths(random, 4))], (0,))


def _shrink(random: Random) -> Case:
    factor = int(random.integers(1, 4))
    batch, height, width, channels = lengths(random, 4)
    size = batch, height * factor, width * factor, channels
    return Case(resize.Shrink(factor), [apart(random, size)], (0,))


FORMULAS: dict[type[Op], Callable[..., Array]] = {
    resize.Enlarge: lambda op, x: x.repeat(op.factor, 1).repeat(op.factor, 2),
    resize.Shrink: _shrunk,
}
EXAMPLES: dict[type[Op], Draw] = {resize.Enlarge: _enlarge, resize.Shrink: _shrink}
MISFITS: dict[type[Op], tuple[Op, tuple[Shape, ...]]] = {
    resize.Enlarge: (resize.Enlarge(2), ((3, 4, 4),)),
    resize.Shrink: (resize.Shrink(2), ((1, 4, 5, 1),)),
}
TAKES_ANY_SHAPE: set[type[Op]] = set()
