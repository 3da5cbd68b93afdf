"""Arithmetic and activation functions, one number at a time, with NumPy's broadcasting."""

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


class Pairwise(Op):
    """An op of two inputs that broadcast."""

    symbol: ClassVar[str]
    ufunc: ClassVar[np.ufunc]
    overwrites = (0, 1)

    def infer(self, *inputs: Tensor) -> Shape:
        return broadcast(*inputs)

    def calls(self, inputs: Sequence[Array], out: Array, work: Workspace) -> Iterable[Call]:  # noqa: ARG002
        yield self.ufunc, (*inputs, out)

    def formula(self, *names: str) -> str:
        return f" {self.symbol} ".join(names)


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


class Single(Op):
    """An op of one input, element by element."""

    overwrites = (0,)

    def infer(self, *inputs: Tensor) -> Shape:
        return inputs[0].shape


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


@dataclass(frozen=True)
class Exp(Single):
    """eˣ"""

    def calls(self, inputs: Sequence[Array], out: Array, work: Workspace) -> Iterable[Call]:  # noqa: ARG002
        yield np.exp, (inputs[0], out)

    def gradient(self, node: Tensor, grad: Tensor) -> Sequence[Tensor]:
        return [grad * node]


@dataclass(frozen=True)
class Log(Single):
    """Natural logarithm."""

    def calls(self, inputs: Sequence[Array], out: Array, work: Workspace) -> Iterable[Call]:  # noqa: ARG002
        yield np.log, (inputs[0], out)

    def gradient(self, node: Tensor, grad: Tensor) -> Sequence[Tensor]:
        return [grad / node.inputs[0]]


@dataclass(frozen=True)
class Sigmoid(Single):
    """1 / (1 + e⁻ˣ), computed as ½·tanh(x/2) + ½, which cannot overflow."""

    def calls(self, inputs: Sequence[Array], out: Array, work: Workspace) -> Iterable[Call]:
        half = work.number(0.5)
        yield np.multiply, (inputs[0], half, out)
        yield np.tanh, (out, out)
        yield np.multiply, (out, half, out)
        yield np.add, (out, half, out)

    def gradient(self, node: Tensor, grad: Tensor) -> Sequence[Tensor]:
        return [grad * (node * (1.0 - node))]

    def flops(self, node: Tensor) -> int:
        return 4 * node.size

    def formula(self, *names: str) -> str:
        return f"1 / (1 + exp(−{names[0]}))"


@dataclass(frozen=True)
class Tanh(Single):
    """Hyperbolic tangent."""

    def calls(self, inputs: Sequence[Array], out: Array, work: Workspace) -> Iterable[Call]:  # noqa: ARG002
        yield np.tanh, (inputs[0], out)

    def gradient(self, node: Tensor, grad: Tensor) -> Sequence[Tensor]:
        return [grad * (1.0 - apply(Square(), node))]


@dataclass(frozen=True)
class Relu(Single):
    """max(0, x)"""

    def calls(self, inputs: Sequence[Array], out: Array, work: Workspace) -> Iterable[Call]:
        # NumPy deprecates a positional out for maximum and minimum.
        yield partial(np.maximum, out=out), (inputs[0], work.number(0))

    def gradient(self, node: Tensor, grad: Tensor) -> Sequence[Tensor]:
        return [apply(ReluGradient(), grad, node)]

    def formula(self, *names: str) -> str:
        return f"max(0, {names[0]})"


@dataclass(frozen=True)
class ReluGradient(Op):
    """The gradient where the unit was active, else 0; at exactly 0 it is 0 (as in PyTorch and Keras)."""

    overwrites = (0,)

    def infer(self, *inputs: Tensor) -> Shape:
        return broadcast(*inputs)

    def calls(self, inputs: Sequence[Array], out: Array, work: Workspace) -> Iterable[Call]:
        grad, value = inputs
        (active,) = work.scratch(value.shape)
        # The output of max(0, x) is never negative, so its sign is the 0/1 mask.
        yield np.sign, (value, active)
        yield np.multiply, (grad, active, out)

    def gradient(self, node: Tensor, grad: Tensor) -> Sequence[Tensor | None]:
        return [apply(ReluGradient(), grad, node.inputs[1]), None]

    def formula(self, *names: str) -> str:
        return f"{names[0]} where {names[1]} > 0, else 0"
