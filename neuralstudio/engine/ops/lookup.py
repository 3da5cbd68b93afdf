"""Rows of a table by their numbers: what an embedding is, and the sum back into the table."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from math import prod

import numpy as np

from neuralstudio.engine.graph import Array, Call, Op, Shape, ShapeError, Tensor, Workspace, apply, dimensions

_SMALL_VOCABULARY = 128
"""Rows up to which a product with one-hot rows is the faster sum (and the one without Python's lock)."""


def _read_order(index: Array, is_time_major: bool, work: Workspace) -> tuple[Array, list[Call]]:
    """The index as it is to be read, in one piece of memory, and what copies it there."""
    wanted = index.swapaxes(0, 1) if is_time_major else index
    if wanted.flags.c_contiguous:
        return wanted, []
    (dense,) = work.scratch(wanted.shape, dtype="index")
    return dense, [(np.copyto, (dense, wanted))]


def _read_shape(index: Tensor, is_time_major: bool) -> Shape:
    if index.dtype != "index":
        raise ShapeError(
            f"rows are looked up by whole numbers, but {dimensions(index.shape)} are decimal ones"
        )
    if is_time_major and len(index.shape) < 2:
        raise ShapeError(f"there are no batch and steps to swap in {dimensions(index.shape)}")
    return (index.shape[1], index.shape[0], *index.shape[2:]) if is_time_major else index.shape


@dataclass(frozen=True)
class Lookup(Op):
    """Rows of a table: (…, vocabulary, width) and whole numbers (batch, …) → (…, batch, …, width).

    ``is_time_major`` swaps the first two axes of the numbers: (batch, steps) gives (…, steps, batch, width).
    Numbers beyond the table are taken for its first or last row; the data are checked before training.
    """

    is_time_major: bool = False

    def infer(self, *inputs: Tensor) -> Shape:
        table, index = inputs
        if len(table.shape) < 2:
            raise ShapeError(f"a table of {dimensions(table.shape)} has no rows to look up")
        return *table.shape[:-2], *_read_shape(index, self.is_time_major), table.shape[-1]

    def calls(self, inputs: Sequence[Array], out: Array, work: Workspace) -> Iterable[Call]:
        table, index = inputs
        rows, copies = _read_order(index, self.is_time_major, work)
        yield from copies
        # "clip", because NumPy would go through a copy of the output in its default mode, "raise".
        yield table.take, (rows, table.ndim - 2, out, "clip")

    def gradient(self, node: Tensor, grad: Tensor) -> Sequence[Tensor | None]:
        table, index = node.inputs
        return [apply(LookupGradient(table.shape[-2], self.is_time_major), grad, index), None]

    def flops(self, node: Tensor) -> int:  # noqa: ARG002
        return 0

    def formula(self, *names: str) -> str:
        return f"{names[0]}[{names[1]}]"


@dataclass(frozen=True)
class LookupGradient(Op):
    """Gradient of :class:`Lookup` with respect to the table: each row gets the sum of what was read from it.

    Inputs: gradient (…, batch, …, width), numbers (batch, …). Few rows: onehotᵀ·grad; many: one addition
    after the other. Either way the order of the sum is fixed.
    """

    vocabulary: int
    is_time_major: bool = False

    def infer(self, *inputs: Tensor) -> Shape:
        grad, index = inputs
        read = _read_shape(index, self.is_time_major)
        if len(grad.shape) <= len(read) or grad.shape[-1 - len(read) : -1] != read:
            shapes = f"{dimensions(grad.shape)} and numbers of {dimensions(index.shape)}"
            raise ShapeError(f"gradients of {shapes} do not fit together")
        return *grad.shape[: -1 - len(read)], self.vocabulary, grad.shape[-1]

    def calls(self, inputs: Sequence[Array], out: Array, work: Workspace) -> Iterable[Call]:
        grad, index = inputs
        rows, copies = _read_order(index, self.is_time_major, work)
        yield from copies
        count, width = index.size, out.shape[-1]
        tables = prod(out.shape[:-2])
        if not grad.flags.c_contiguous:
            (dense,) = work.scratch(grad.shape)
            yield np.copyto, (dense, grad)
            grad = dense
        given, summed = grad.reshape(tables, count, width), out.reshape(tables, self.vocabulary, width)
        if self.vocabulary <= _SMALL_VOCABULARY:
            yield from self._product(rows.reshape(-1), given, summed, work)
        else:
            yield from self._additions(rows.reshape(-1), given, summed, work)

    def _product(self, rows: Array, given: Array, summed: Array, work: Workspace) -> Iterable[Call]:
        (marks,) = work.scratch((len(rows), self.vocabulary))
        (places,) = work.scratch(rows.shape, dtype="index")
        offsets = np.arange(0, marks.size, self.vocabulary)
        yield np.copyto, (marks, work.number(0))
        yield np.add, (offsets, rows, places)
        yield marks.reshape(-1).put, (places, work.number(1), "clip")
        yield np.matmul, (marks.T, given, summed)

    def _additions(self, rows: Array, given: Array, summed: Array, work: Workspace) -> Iterable[Call]:
        width = given.shape[-1]
        starts, places = work.scratch((len(rows), 1), (len(rows), width), dtype="index")
        columns = np.arange(width)
        yield np.copyto, (summed, work.number(0))
        yield np.multiply, (rows.reshape(-1, 1), width, starts)
        yield np.add, (starts, columns, places)
        for table, part in zip(summed, given, strict=True):
            # In one dimension NumPy adds at places as fast as it adds arrays; row by row it is slow.
            yield np.add.at, (table.reshape(-1), places.reshape(-1), part.reshape(-1))

    def flops(self, node: Tensor) -> int:
        return node.inputs[0].size

    def formula(self, *names: str) -> str:
        return f"Σ {names[0]} at {names[1]}"
