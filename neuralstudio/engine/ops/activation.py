"""Activation functions that are worth kernels of their own, each beside its gradient.

A kernel is a few passes over the numbers without branches: a masked write of NumPy costs as much as thirty.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import partial

import numpy as np

from neuralstudio.engine.graph import Array, Call, Op, Shape, Tensor, Workspace, apply
from neuralstudio.engine.ops.arithmetic import Absolute, Single, Square, broadcast
from neuralstudio.engine.ops.elementwise import Sigmoid


class Backward(Op):
    """What an activation function makes of the gradient. Inputs: gradient, and input or output of it."""

    overwrites = (0,)

    def infer(self, *inputs: Tensor) -> Shape:
        return broadcast(*inputs)


@dataclass(frozen=True)
class LeakyRelu(Single):
    """max(x, slope·x) for a slope from 0 to 1."""

    slope: float

    def calls(self, inputs: Sequence[Array], out: Array, work: Workspace) -> Iterable[Call]:
        (x,) = inputs
        (leak,) = work.scratch(x.shape)
        yield np.multiply, (x, work.number(self.slope), leak)
        yield partial(np.maximum, out=out), (x, leak)

    def gradient(self, node: Tensor, grad: Tensor) -> Sequence[Tensor]:
        return [apply(LeakyReluGradient(self.slope), grad, node)]

    def flops(self, node: Tensor) -> int:
        return 2 * node.size

    def formula(self, *names: str) -> str:
        return f"max({names[0]}, {self.slope:g}·{names[0]})"


@dataclass(frozen=True)
class LeakyReluGradient(Backward):
    """g where the output y > 0, else slope·g; at exactly 0 it is slope·g (as in PyTorch). Inputs: g, y."""

    slope: float

    def calls(self, inputs: Sequence[Array], out: Array, work: Workspace) -> Iterable[Call]:
        grad, y = inputs
        (factor,) = work.scratch(y.shape)
        yield from _positive(y, factor, work)
        yield partial(np.maximum, out=factor), (factor, work.number(self.slope))
        yield np.multiply, (grad, factor, out)

    def gradient(self, node: Tensor, grad: Tensor) -> Sequence[Tensor | None]:
        return [apply(self, grad, node.inputs[1]), None]

    def formula(self, *names: str) -> str:
        return f"{names[0]} where {names[1]} > 0, else {self.slope:g}·{names[0]}"


@dataclass(frozen=True)
class Elu(Single):
    """scale·x for x > 0, else scale·alpha·(eˣ − 1)."""

    alpha: float = 1.0
    scale: float = 1.0

    def calls(self, inputs: Sequence[Array], out: Array, work: Workspace) -> Iterable[Call]:
        (x,) = inputs
        (curve,) = work.scratch(x.shape)
        zero = work.number(0)
        yield partial(np.minimum, out=curve), (x, zero)
        yield np.expm1, (curve, curve)
        if self.alpha * self.scale != 1:
            yield np.multiply, (curve, work.number(self.alpha * self.scale), curve)
        if self.scale == 1 and self.alpha <= 1:
            # Here the curve lies above the line for x < 0 and is 0 for x > 0.
            yield partial(np.maximum, out=out), (x, curve)
            return
        yield partial(np.maximum, out=out), (x, zero)
        if self.scale != 1:
            yield np.multiply, (out, work.number(self.scale), out)
        yield np.add, (out, curve, out)

    def gradient(self, node: Tensor, grad: Tensor) -> Sequence[Tensor]:
        return [apply(EluGradient(self.alpha, self.scale), grad, node)]

    def flops(self, node: Tensor) -> int:
        return 5 * node.size

    def formula(self, *names: str) -> str:
        (x,) = names
        scale = "" if self.scale == 1 else f"{self.scale:.6g}·"
        return f"{scale}{x} where {x} > 0, else {self.scale * self.alpha:.6g}·(exp({x}) − 1)"


@dataclass(frozen=True)
class EluGradient(Backward):
    """scale·g where the output y > 0, else (y + scale·alpha)·g, also at 0 (as in PyTorch). Inputs: g, y."""

    alpha: float
    scale: float

    def calls(self, inputs: Sequence[Array], out: Array, work: Workspace) -> Iterable[Call]:
        grad, y = inputs
        factor, step = work.scratch(y.shape, y.shape)
        steepest = self.alpha * self.scale
        yield partial(np.minimum, out=factor), (y, work.number(0))
        yield np.add, (factor, work.number(steepest), factor)
        if steepest != self.scale:
            yield from _positive(y, step, work)
            yield np.multiply, (step, work.number(self.scale - steepest), step)
            yield np.add, (factor, step, factor)
        yield np.multiply, (grad, factor, out)

    def flops(self, node: Tensor) -> int:
        return 3 * node.size

    def formula(self, *names: str) -> str:
        grad, y = names
        return f"{grad} · ({self.scale:.6g} where {y} > 0, else {y} + {self.alpha * self.scale:.6g})"


@dataclass(frozen=True)
class HardSigmoid(Single):
    """x/6 + ½, but not below 0 and not above 1."""

    def calls(self, inputs: Sequence[Array], out: Array, work: Workspace) -> Iterable[Call]:
        yield np.multiply, (inputs[0], work.number(1 / 6), out)
        yield np.add, (out, work.number(0.5), out)
        yield partial(np.maximum, out=out), (out, work.number(0))
        yield partial(np.minimum, out=out), (out, work.number(1))

    def gradient(self, node: Tensor, grad: Tensor) -> Sequence[Tensor]:
        return [apply(HardSigmoidGradient(), grad, node)]

    def flops(self, node: Tensor) -> int:
        return 4 * node.size

    def formula(self, *names: str) -> str:
        return f"min(1, max(0, {names[0]}/6 + ½))"


@dataclass(frozen=True)
class HardSigmoidGradient(Backward):
    """g/6 where the output is between 0 and 1, else 0. Inputs: g, the output."""

    def calls(self, inputs: Sequence[Array], out: Array, work: Workspace) -> Iterable[Call]:
        grad, y = inputs
        (factor,) = work.scratch(y.shape)
        above, below = work.scratch(y.shape, y.shape, dtype="flag")
        yield np.greater, (y, work.number(0), above)
        yield np.less, (y, work.number(1), below)
        yield np.logical_and, (above, below, above)
        yield np.copyto, (factor, above)
        yield np.multiply, (factor, work.number(1 / 6), factor)
        yield np.multiply, (grad, factor, out)

    def gradient(self, node: Tensor, grad: Tensor) -> Sequence[Tensor | None]:
        return [apply(self, grad, node.inputs[1]), None]

    def formula(self, *names: str) -> str:
        return f"{names[0]}/6 where 0 < {names[1]} < 1, else 0"


@dataclass(frozen=True)
class Softplus(Single):
    """log(1 + eˣ), computed as max(x, 0) + log(1 + e^−|x|), which cannot overflow."""

    def calls(self, inputs: Sequence[Array], out: Array, work: Workspace) -> Iterable[Call]:
        (x,) = inputs
        (rest,) = work.scratch(x.shape)
        yield np.absolute, (x, rest)
        yield np.negative, (rest, rest)
        yield np.exp, (rest, rest)
        yield np.log1p, (rest, rest)
        yield partial(np.maximum, out=out), (x, work.number(0))
        yield np.add, (out, rest, out)

    def gradient(self, node: Tensor, grad: Tensor) -> Sequence[Tensor]:
        return [grad * apply(Sigmoid(), node.inputs[0])]

    def flops(self, node: Tensor) -> int:
        return 6 * node.size

    def formula(self, *names: str) -> str:
        return f"log(1 + exp({names[0]}))"


@dataclass(frozen=True)
class Softsign(Single):
    """x / (1 + |x|)"""

    def calls(self, inputs: Sequence[Array], out: Array, work: Workspace) -> Iterable[Call]:
        (x,) = inputs
        (width,) = work.scratch(x.shape)
        yield np.absolute, (x, width)
        yield np.add, (width, work.number(1), width)
        yield np.divide, (x, width, out)

    def gradient(self, node: Tensor, grad: Tensor) -> Sequence[Tensor]:
        # 1 / (1 + |x|) is 1 − |y|.
        return [grad * apply(Square(), 1.0 - apply(Absolute(), node))]

    def flops(self, node: Tensor) -> int:
        return 3 * node.size

    def formula(self, *names: str) -> str:
        return f"{names[0]} / (1 + |{names[0]}|)"


@dataclass(frozen=True)
class Step(Single):
    """1 where x ≥ 0, else 0. Its gradient is an estimate: see :class:`StraightThrough`."""

    def calls(self, inputs: Sequence[Array], out: Array, work: Workspace) -> Iterable[Call]:
        (fires,) = work.scratch(inputs[0].shape, dtype="flag")
        yield np.greater_equal, (inputs[0], work.number(0), fires)
        yield np.copyto, (out, fires)

    def gradient(self, node: Tensor, grad: Tensor) -> Sequence[Tensor]:
        return [apply(StraightThrough(), grad, node.inputs[0])]

    def formula(self, *names: str) -> str:
        return f"1 where {names[0]} ≥ 0, else 0"


@dataclass(frozen=True)
class StraightThrough(Backward):
    """g where |x| ≤ 1, else 0: lets the gradient past a step. Inputs: g, x.

    Bengio, Léonard & Courville 2013, §4; with the bounds of Hubara et al. 2016, equation 4.
    """

    def calls(self, inputs: Sequence[Array], out: Array, work: Workspace) -> Iterable[Call]:
        grad, x = inputs
        (factor,) = work.scratch(x.shape)
        (near,) = work.scratch(x.shape, dtype="flag")
        yield np.absolute, (x, factor)
        yield np.less_equal, (factor, work.number(1), near)
        yield np.copyto, (factor, near)
        yield np.multiply, (grad, factor, out)

    def gradient(self, node: Tensor, grad: Tensor) -> Sequence[Tensor | None]:
        return [apply(self, grad, node.inputs[1]), None]

    def formula(self, *names: str) -> str:
        return f"{names[0]} where |{names[1]}| ≤ 1, else 0"


def _positive(y: Array, into: Array, work: Workspace) -> Iterable[Call]:
    """Writes 1 where y > 0, else 0 (cheaper than ``np.sign``)."""
    (flag,) = work.scratch(y.shape, dtype="flag")
    yield np.greater, (y, work.number(0), flag)
    yield np.copyto, (into, flag)
