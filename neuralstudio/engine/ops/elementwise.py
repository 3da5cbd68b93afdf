"""Functions of one number, and powers. Arithmetic, from ``arithmetic.py``, can be had here as well."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import partial

import numpy as np

from neuralstudio.engine.graph import Array, Call, Constant, Op, Shape, Tensor, Workspace, apply, constant
from neuralstudio.engine.ops.arithmetic import (
    Absolute,
    Add,
    Divide,
    Maximum,
    Minimum,
    Multiply,
    Pairwise,
    Sign,
    Single,
    Square,
    Subtract,
    broadcast,
)
from neuralstudio.engine.ops.reduction import summed_to

__all__ = [
    "Absolute",
    "Add",
    "Cos",
    "Divide",
    "Exp",
    "Log",
    "Maximum",
    "Minimum",
    "Multiply",
    "Pairwise",
    "Power",
    "Relu",
    "ReluGradient",
    "Sigmoid",
    "Sign",
    "Sin",
    "Single",
    "Sqrt",
    "Square",
    "Subtract",
    "Tan",
    "Tanh",
    "broadcast",
]


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
class Sqrt(Single):
    """Square root; its gradient at 0 is infinite."""

    def calls(self, inputs: Sequence[Array], out: Array, work: Workspace) -> Iterable[Call]:  # noqa: ARG002
        yield np.sqrt, (inputs[0], out)

    def gradient(self, node: Tensor, grad: Tensor) -> Sequence[Tensor]:
        return [0.5 * grad / node]

    def formula(self, *names: str) -> str:
        return f"√{names[0]}"


@dataclass(frozen=True)
class Sin(Single):
    """Sine (radians)."""

    def calls(self, inputs: Sequence[Array], out: Array, work: Workspace) -> Iterable[Call]:  # noqa: ARG002
        yield np.sin, (inputs[0], out)

    def gradient(self, node: Tensor, grad: Tensor) -> Sequence[Tensor]:
        return [grad * apply(Cos(), node.inputs[0])]


@dataclass(frozen=True)
class Cos(Single):
    """Cosine (radians)."""

    def calls(self, inputs: Sequence[Array], out: Array, work: Workspace) -> Iterable[Call]:  # noqa: ARG002
        yield np.cos, (inputs[0], out)

    def gradient(self, node: Tensor, grad: Tensor) -> Sequence[Tensor]:
        return [-(grad * apply(Sin(), node.inputs[0]))]


@dataclass(frozen=True)
class Tan(Single):
    """Tangent (radians)."""

    def calls(self, inputs: Sequence[Array], out: Array, work: Workspace) -> Iterable[Call]:  # noqa: ARG002
        yield np.tan, (inputs[0], out)

    def gradient(self, node: Tensor, grad: Tensor) -> Sequence[Tensor]:
        return [grad * (apply(Square(), node) + 1.0)]


@dataclass(frozen=True)
class Power(Pairwise):
    """aᵇ; not a number where a is negative and b not whole."""

    symbol = "^"
    ufunc = np.power

    def gradient(self, node: Tensor, grad: Tensor) -> Sequence[Tensor]:
        a, b = node.inputs
        less = constant(b.op.value - 1.0) if isinstance(b.op, Constant) else b - 1.0
        slope = b * apply(Power(), a, less)
        return [summed_to(grad * slope, a.shape), summed_to(grad * (node * apply(Log(), a)), b.shape)]


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


_SMALL = 2048
"""Numbers up to which one slow call is faster than two fast ones."""


@dataclass(frozen=True)
class ReluGradient(Op):
    """The gradient where the unit was active, else 0; at exactly 0 it is 0 (as in PyTorch and Keras)."""

    overwrites = (0,)

    def infer(self, *inputs: Tensor) -> Shape:
        return broadcast(*inputs)

    def calls(self, inputs: Sequence[Array], out: Array, work: Workspace) -> Iterable[Call]:
        grad, value = inputs
        (active,) = work.scratch(value.shape)
        if value.size < _SMALL:
            yield np.sign, (value, active)  # the output of max(0, x) is never negative: this is the 0/1 mask
        else:
            (flag,) = work.scratch(value.shape, dtype="flag")
            yield np.greater, (value, work.number(0), flag)
            yield np.copyto, (active, flag)
        yield np.multiply, (grad, active, out)

    def gradient(self, node: Tensor, grad: Tensor) -> Sequence[Tensor | None]:
        return [apply(ReluGradient(), grad, node.inputs[1]), None]

    def formula(self, *names: str) -> str:
        return f"{names[0]} where {names[1]} > 0, else 0"
