"""What is left between answer and target, as robust losses and margins measure it."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import partial

import numpy as np

from neuralstudio.engine.graph import Array, Call, Op, Shape, Side, Tensor, Workspace, apply
from neuralstudio.engine.ops.elementwise import Single, Tanh
from neuralstudio.engine.ops.loss import fitting_rows, fitting_targets, in_rows, mean_calls, row_starts


@dataclass(frozen=True)
class SquaredError(Op):
    """1/N Σ (y − t)². Inputs: outputs y and targets t of one shape. Side result 0 is y − t."""

    def infer(self, *inputs: Tensor) -> Shape:
        fitting_targets(*inputs)
        return ()

    def side_shapes(self, *inputs: Tensor) -> tuple[Shape, ...]:
        return (inputs[0].shape,)

    def calls(self, inputs: Sequence[Array], out: Array, work: Workspace) -> Iterable[Call]:
        (difference,) = work.sides
        row, total = difference.reshape(-1), out.reshape(1)  # NumPy is quicker with (1,) than with ()
        yield np.subtract, (*inputs, difference)
        yield row.dot, (row, out)
        yield np.multiply, (total, work.number(1 / row.size), total)

    def gradient(self, node: Tensor, grad: Tensor) -> Sequence[Tensor]:
        difference = apply(Side(0), node)
        of_output = difference * (grad * (2 / difference.size))
        return [of_output, -of_output]

    def flops(self, node: Tensor) -> int:
        return 3 * node.inputs[0].size

    def formula(self, *names: str) -> str:
        return f"mean(({names[0]} − {names[1]})²)"


@dataclass(frozen=True)
class Huber(Single):
    """x²/2 for |x| ≤ δ, beyond it δ·(|x| − δ/2): a parabola that goes on as its tangents.

    Source: Huber 1964, scaled as in PyTorch's HuberLoss. Computed as c·(|x| − c/2) with c = min(|x|, δ).
    """

    delta: float

    def calls(self, inputs: Sequence[Array], out: Array, work: Workspace) -> Iterable[Call]:
        (half,) = work.scratch(out.shape)
        yield np.absolute, (inputs[0], out)
        yield partial(np.minimum, out=half), (out, work.number(self.delta))
        yield np.multiply, (half, work.number(0.5), half)
        yield np.subtract, (out, half, out)
        yield np.multiply, (out, half, out)
        yield np.add, (out, out, out)

    def gradient(self, node: Tensor, grad: Tensor) -> Sequence[Tensor]:
        return [grad * apply(Held(self.delta), node.inputs[0])]

    def flops(self, node: Tensor) -> int:
        return 6 * node.size

    def formula(self, *names: str) -> str:
        return f"huber({names[0]}, δ = {self.delta:g})"


@dataclass(frozen=True)
class Held(Single):
    """x, held between −limit and limit."""

    limit: float

    def calls(self, inputs: Sequence[Array], out: Array, work: Workspace) -> Iterable[Call]:
        yield partial(np.minimum, out=out), (inputs[0], work.number(self.limit))
        yield partial(np.maximum, out=out), (out, work.number(-self.limit))

    def flops(self, node: Tensor) -> int:
        return 2 * node.size

    def formula(self, *names: str) -> str:
        return f"min(max({names[0]}, −{self.limit:g}), {self.limit:g})"


_FLAT = 20.0
"""Beyond it log cosh x is |x| − log 2 to the last digit of float64."""


@dataclass(frozen=True)
class LogCosh(Single):
    """log cosh x: x²/2 near 0, |x| − log 2 far away, smooth between.

    Computed as log(1 + 2·sinh²(m/2)) + |x| − m with m = min(|x|, 20): exact for the smallest x, no overflow.
    """

    def calls(self, inputs: Sequence[Array], out: Array, work: Workspace) -> Iterable[Call]:
        (near,) = work.scratch(out.shape)
        yield np.absolute, (inputs[0], out)
        yield partial(np.minimum, out=near), (out, work.number(_FLAT))
        yield np.subtract, (out, near, out)
        yield np.multiply, (near, work.number(0.5), near)
        yield np.sinh, (near, near)
        yield np.multiply, (near, near, near)
        yield np.add, (near, near, near)
        yield np.log1p, (near, near)
        yield np.add, (out, near, out)

    def gradient(self, node: Tensor, grad: Tensor) -> Sequence[Tensor]:
        return [grad * apply(Tanh(), node.inputs[0])]

    def flops(self, node: Tensor) -> int:
        return 9 * node.size

    def formula(self, *names: str) -> str:
        return f"log cosh({names[0]})"


def _margin_calls(
    scores: Array, labels: Array, margins: Array, own: Array, where: Array, work: Workspace
) -> Iterable[Call]:
    """max(0, 1 − z_label + z_j) for all other classes j, 0 at the label; leaves its place in ``where``."""
    rows, classes = scores.shape
    (spread,) = work.scratch(scores.shape)
    yield np.add, (row_starts(rows, classes), labels, where)
    yield scores.reshape(-1).take, (where, None, own, "clip")
    yield np.copyto, (spread, own.reshape(rows, 1))
    yield np.subtract, (scores, spread, margins)
    yield np.add, (margins, work.number(1), margins)
    yield partial(np.maximum, out=margins), (margins, work.number(0))
    yield margins.reshape(-1).put, (where, work.number(0), "clip")


@dataclass(frozen=True)
class ClassMargin(Op):
    """Mean over rows and classes of max(0, 1 − z_label + z_j), j ≠ label. Inputs: (rows, classes), (rows,).

    Weston and Watkins 1999; divided by the number of classes as in PyTorch's MultiMarginLoss.
    """

    def infer(self, *inputs: Tensor) -> Shape:
        fitting_rows(*inputs)
        return ()

    def calls(self, inputs: Sequence[Array], out: Array, work: Workspace) -> Iterable[Call]:
        scores, copying = in_rows(inputs[0], work)
        margins, own = work.scratch(scores.shape, (len(scores),))
        (where,) = work.scratch((len(scores),), dtype="index")
        yield from copying
        yield from _margin_calls(scores, inputs[1], margins, own, where, work)
        yield from mean_calls(margins, out, work)

    def gradient(self, node: Tensor, grad: Tensor) -> Sequence[Tensor | None]:
        return [apply(ClassMarginGradient(), *node.inputs, grad), None]

    def flops(self, node: Tensor) -> int:
        return 4 * node.inputs[0].size

    def formula(self, *names: str) -> str:
        return f"mean max(0, 1 − {names[0]}[{names[1]}] + {names[0]})"


@dataclass(frozen=True)
class ClassMarginGradient(Op):
    """g / (rows·classes) for every class within the margin, minus their number at the label.

    Inputs: scores (rows, classes), labels (rows,), g ().
    """

    overwrites = (0,)

    def infer(self, *inputs: Tensor) -> Shape:
        fitting_rows(*inputs[:2])
        return inputs[0].shape

    def calls(self, inputs: Sequence[Array], out: Array, work: Workspace) -> Iterable[Call]:
        rows, classes = out.shape
        scores, copying = in_rows(inputs[0], work)
        own, count, scale = work.scratch((rows,), (rows,), ())
        (where,) = work.scratch((rows,), dtype="index")
        yield from copying
        yield from _margin_calls(scores, inputs[1], out, own, where, work)
        yield np.sign, (out, out)
        yield np.dot, (out, np.ones(classes, work.dtype), count)
        yield np.negative, (count, count)
        yield out.reshape(-1).put, (where, count, "clip")
        yield np.multiply, (inputs[2], work.number(1 / out.size), scale)
        yield np.multiply, (out, scale, out)

    def flops(self, node: Tensor) -> int:
        return 5 * node.size

    def formula(self, *names: str) -> str:
        return f"(1 − {names[0]}[{names[1]}] + {names[0]} > 0) − their number at {names[1]}"
