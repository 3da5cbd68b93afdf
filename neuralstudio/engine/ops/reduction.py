"""Sums and means over axes, and their opposite, repetition."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from math import prod

import numpy as np

from neuralstudio.engine.graph import Array, Call, Op, Shape, ShapeError, Tensor, Workspace, apply, dimensions
from neuralstudio.engine.ops.shape import BroadcastTo, Reshape


@dataclass(frozen=True)
class Sum(Op):
    """Sum over ``axes`` (all of them when None); the axes vanish unless kept with length 1."""

    axes: tuple[int, ...] | None = None
    keeps_axes: bool = False

    def _axes(self, rank: int) -> tuple[int, ...]:
        return tuple(range(rank)) if self.axes is None else tuple(axis % rank for axis in self.axes)

    def infer(self, *inputs: Tensor) -> Shape:
        (x,) = inputs
        if any(not -len(x.shape) <= axis < len(x.shape) for axis in self.axes or ()):
            raise ShapeError(f"{dimensions(x.shape)} has not all of the axes {self.axes}")
        axes = self._axes(len(x.shape))
        if self.keeps_axes:
            return tuple(1 if axis in axes else length for axis, length in enumerate(x.shape))
        return tuple(length for axis, length in enumerate(x.shape) if axis not in axes)

    def calls(self, inputs: Sequence[Array], out: Array, work: Workspace) -> Iterable[Call]:  # noqa: ARG002
        (x,) = inputs
        axes = self._axes(x.ndim)
        if axes == tuple(range(x.ndim - 1)) and axes and x.flags.c_contiguous:
            # The sum of all rows, such as a bias's gradient: BLAS is several times as fast.
            rows = x.reshape(-1, x.shape[-1])
            yield np.ones(len(rows), x.dtype).dot, (rows, out.reshape(-1))
        else:
            yield np.add.reduce, (x, axes, None, out, self.keeps_axes)

    def gradient(self, node: Tensor, grad: Tensor) -> Sequence[Tensor]:
        (x,) = node.inputs
        axes = self._axes(len(x.shape))
        kept = tuple(1 if axis in axes else length for axis, length in enumerate(x.shape))
        return [apply(BroadcastTo(x.shape), apply(Reshape(kept), grad))]

    def flops(self, node: Tensor) -> int:
        return node.inputs[0].size

    def formula(self, *names: str) -> str:
        return f"Σ {names[0]}"


def mean(x: Tensor, axes: tuple[int, ...] | None = None, *, keeps_axes: bool = False) -> Tensor:
    """The mean over ``axes`` (all when None)."""
    total = apply(Sum(axes, keeps_axes), x)
    count = prod(x.shape[axis] for axis in (range(len(x.shape)) if axes is None else axes))
    return total * (1.0 / count)


def summed_to(grad: Tensor, shape: Shape) -> Tensor:
    """Undoes broadcasting: sums ``grad`` over the axes along which an input of ``shape`` was repeated."""
    if grad.shape == shape:
        return grad
    missing = len(grad.shape) - len(shape)
    if missing < 0:  # a scalar gradient reaching a wider input: repeat it
        return apply(BroadcastTo(shape), grad)
    axes = tuple(
        axis
        for axis, length in enumerate(grad.shape)
        if axis < missing or (shape[axis - missing] == 1 and length != 1)
    )
    summed = apply(Sum(axes), grad) if axes else grad
    if summed.shape == shape:
        return summed
    return apply(Reshape(shape), summed) if summed.size == prod(shape) else apply(BroadcastTo(shape), summed)
