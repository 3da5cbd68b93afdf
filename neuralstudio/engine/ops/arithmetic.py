"""Arithmetic, one number at a time, with NumPy's broadcasting; and what ops on single numbers share."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import ClassVar

import numpy as np

from neuralstudio.engine.graph import Array, Call, Op, Shape, ShapeError, Tensor, Workspace, apply, dimensions
from neuralstudio.engine.ops.reduction import summed_to


def broadcast(*inputs: Tensor) -> Shape:
    """The common shape under NumPy's broadcasting; raises ``ShapeError`` naming all shapes."""
    try:
        return np.broadcast_shapes(*(each.shape for each in inputs))
    except ValueError:
        shapes = " and ".join(dimensions(each.shape) for each in inputs)
        raise ShapeError(f"shapes {shapes} do not fit together") from None


_REPEATED = 8192
"""Numbers up to which repeating a row costs no more than broadcasting it."""


def _is_row(row: Array, out: Array) -> bool:
    return row.ndim == 1 and out.ndim > 1 and 1 < row.size == out.shape[-1] < out.size


class Pairwise(Op):
    """An op of two inputs that broadcast."""

    symbol: ClassVar[str]
    ufunc: ClassVar[np.ufunc]
    overwrites = (0, 1)

    def infer(self, *inputs: Tensor) -> Shape:
        return broadcast(*inputs)

    def calls(self, inputs: Sequence[Array], out: Array, work: Workspace) -> Iterable[Call]:
        left, right = inputs
        if _is_row(right, out) and out.size <= _REPEATED:
            # Repeating a bias and a plain addition are two quick calls; in one, NumPy allocates a buffer.
            (rows,) = work.scratch(out.shape)
            yield np.copyto, (rows, right)
            yield self.ufunc, (left, rows, out)
        else:
            yield self.ufunc, (*inputs, out)

    def formula(self, *names: str) -> str:
        return f" {self.symbol} ".join(names)


class Single(Op):
    """An op of one input, element by element."""

    overwrites: ClassVar[tuple[int, ...]] = (0,)

    def infer(self, *inputs: Tensor) -> Shape:
        return inputs[0].shape


@dataclass(frozen=True)
class Add(Pairwise):
    """a + b"""

    symbol = "+"
    ufunc = np.add

    def gradient(self, node: Tensor, grad: Tensor) -> Sequence[Tensor]:
        return [summed_to(grad, each.shape) for each in node.inputs]


@dataclass(frozen=True)
class Subtract(Pairwise):
    """a − b"""

    symbol = "−"
    ufunc = np.subtract

    def gradient(self, node: Tensor, grad: Tensor) -> Sequence[Tensor]:
        a, b = node.inputs
        return [summed_to(grad, a.shape), summed_to(-grad, b.shape)]


@dataclass(frozen=True)
class Multiply(Pairwise):
    """a · b"""

    symbol = "·"
    ufunc = np.multiply

    def gradient(self, node: Tensor, grad: Tensor) -> Sequence[Tensor]:
        a, b = node.inputs
        return [summed_to(grad * b, a.shape), summed_to(grad * a, b.shape)]


@dataclass(frozen=True)
class Divide(Pairwise):
    """a / b"""

    symbol = "/"
    ufunc = np.divide

    def gradient(self, node: Tensor, grad: Tensor) -> Sequence[Tensor]:
        a, b = node.inputs
        return [summed_to(grad / b, a.shape), summed_to(-(grad * node) / b, b.shape)]


class _Extreme(Pairwise):
    """The larger or the smaller of two."""

    def calls(self, inputs: Sequence[Array], out: Array, work: Workspace) -> Iterable[Call]:  # noqa: ARG002
        # NumPy deprecates a positional out for maximum and minimum.
        yield partial(self.ufunc, out=out), tuple(inputs)

    def formula(self, *names: str) -> str:
        return f"{self.symbol}({', '.join(names)})"


@dataclass(frozen=True)
class Maximum(_Extreme):
    """max(a, b); where both are equal, each gets half of the gradient (as in PyTorch)."""

    symbol = "max"
    ufunc = np.maximum

    def gradient(self, node: Tensor, grad: Tensor) -> Sequence[Tensor]:
        a, b = node.inputs
        return _shared(grad, a - b, a.shape, b.shape)


@dataclass(frozen=True)
class Minimum(_Extreme):
    """min(a, b); where both are equal, each gets half of the gradient (as in PyTorch)."""

    symbol = "min"
    ufunc = np.minimum

    def gradient(self, node: Tensor, grad: Tensor) -> Sequence[Tensor]:
        a, b = node.inputs
        return _shared(grad, b - a, a.shape, b.shape)


def _shared(grad: Tensor, lead: Tensor, first: Shape, second: Shape) -> Sequence[Tensor]:
    """The gradient for the first input where ``lead`` > 0, for the second where it is < 0, else halved."""
    part = grad * (apply(Sign(), lead) * 0.5 + 0.5)
    return [summed_to(part, first), summed_to(grad - part, second)]


@dataclass(frozen=True)
class Square(Single):
    """x²"""

    def calls(self, inputs: Sequence[Array], out: Array, work: Workspace) -> Iterable[Call]:  # noqa: ARG002
        yield np.multiply, (inputs[0], inputs[0], out)

    def gradient(self, node: Tensor, grad: Tensor) -> Sequence[Tensor]:
        return [grad * (2.0 * node.inputs[0])]

    def formula(self, *names: str) -> str:
        return f"{names[0]}²"


@dataclass(frozen=True)
class Absolute(Single):
    """|x|; its gradient at 0 is 0."""

    def calls(self, inputs: Sequence[Array], out: Array, work: Workspace) -> Iterable[Call]:  # noqa: ARG002
        yield np.absolute, (inputs[0], out)

    def gradient(self, node: Tensor, grad: Tensor) -> Sequence[Tensor]:
        return [grad * apply(Sign(), node.inputs[0])]

    def formula(self, *names: str) -> str:
        return f"|{names[0]}|"


@dataclass(frozen=True)
class Sign(Single):
    """−1, 0 or 1; its gradient is 0 everywhere."""

    def calls(self, inputs: Sequence[Array], out: Array, work: Workspace) -> Iterable[Call]:  # noqa: ARG002
        yield np.sign, (inputs[0], out)

    def gradient(self, node: Tensor, grad: Tensor) -> Sequence[Tensor | None]:  # noqa: ARG002
        return [None]
