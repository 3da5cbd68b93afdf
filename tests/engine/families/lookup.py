"""Rows of tables, and the sum back into them."""

from collections.abc import Callable

import numpy as np

from neuralstudio.engine.graph import Array, Op, Shape
from neuralstudio.engine.ops import lookup
from tests.engine.families._base import Case, Draw, Random, apart, lengths


def _read(op: lookup.Lookup | lookup.LookupGradient, index: Array) -> Array:
    return index.swapaxes(0, 1) if op.is_time_major else index


def _rows(op: lookup.Lookup, table: Array, index: Array) -> Array:
    return np.asarray(table[..., _read(op, index), :])


def _summed(op: lookup.LookupGradient, grad: Array, index: Array) -> Array:
    read = _read(op, index)
    result = np.zeros((*grad.shape[: grad.ndim - 1 - index.ndim], op.vocabulary, grad.shape[-1]))
    for place in np.ndindex(read.shape):
        result[..., read[place], :] += grad[(..., *place, slice(None))]
    return result


def _looked_up(random: Random) -> Case:
    vocabulary, width, *tables = lengths(random, int(random.integers(2, 4)))
    index = random.integers(0, vocabulary, lengths(random, 2))
    op = lookup.Lookup(is_time_major=bool(random.random() < 0.5))
    return Case(op, [apart(random, (*tables, vocabulary, width)), index], (0,))


def _added_up(random: Random) -> Case:
    vocabulary = int(random.choice([3, 7, 300]))
    index = random.integers(0, vocabulary, lengths(random, 2))
    op = lookup.LookupGradient(vocabulary, is_time_major=bool(random.random() < 0.5))
    width, *tables = lengths(random, int(random.integers(1, 3)))
    return Case(op, [apart(random, (*tables, *_read(op, index).shape, width)), index])


FORMULAS: dict[type[Op], Callable[..., Array]] = {lookup.Lookup: _rows, lookup.LookupGradient: _summed}
EXAMPLES: dict[type[Op], Draw] = {lookup.Lookup: _looked_up, lookup.LookupGradient: _added_up}
MISFITS: dict[type[Op], tuple[Op, tuple[Shape, ...]]] = {
    lookup.Lookup: (lookup.Lookup(), ((5, 3), (4,))),
    lookup.LookupGradient: (lookup.LookupGradient(5), ((4, 3), (4,))),
}
"""The numbers of both misfits are decimal ones."""
TAKES_ANY_SHAPE: set[type[Op]] = set()
