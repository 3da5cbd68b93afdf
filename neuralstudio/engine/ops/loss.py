"""Compound primitives at the end of a network; their gradients, derived by hand, are exact and stable."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial

import numpy as np

from neuralstudio.engine.graph import (
    Array,
    Call,
    Op,
    Shape,
    ShapeError,
    Side,
    Tensor,
    Workspace,
    apply,
    dimensions,
)
from neuralstudio.engine.ops.elementwise import Sigmoid
from neuralstudio.engine.ops.reduction import Sum


def fitting_classes(scores: Tensor, labels: Tensor) -> None:
    """Raises ``ShapeError`` unless there is one label for each row of scores: (…, classes) and (…)."""
    if not scores.shape or labels.shape != scores.shape[:-1]:
        shapes = f"{dimensions(scores.shape)} and labels of {dimensions(labels.shape)}"
        raise ShapeError(f"class scores of {shapes} do not fit together")


def fitting_rows(scores: Tensor, labels: Tensor) -> None:
    """Raises ``ShapeError`` unless scores are (rows, classes) and labels (rows,)."""
    fitting_classes(scores, labels)
    if len(scores.shape) != 2:
        raise ShapeError(f"class scores must be rows of classes, not {dimensions(scores.shape)}")


def fitting_targets(outputs: Tensor, targets: Tensor) -> None:
    """Raises ``ShapeError`` unless both have the same shape."""
    if outputs.shape != targets.shape:
        shapes = f"{dimensions(outputs.shape)} and targets of {dimensions(targets.shape)}"
        raise ShapeError(f"outputs of {shapes} do not fit together")


# Sums along rows are products with a vector of ones, and a row's maximum is taken where argmax finds it: BLAS
# and argmax are two to ten times as fast as ``reduce`` on short rows, and unlike its iterator they allocate
# nothing. A column is repeated by copying for the same reason.


def in_rows(x: Array, work: Workspace) -> tuple[Array, list[Call]]:
    """``x`` as contiguous rows (rows, last axis), and the calls that bring it there if it lies otherwise."""
    if x.flags.c_contiguous:
        return x.reshape(-1, x.shape[-1]), []
    (copy,) = work.scratch(x.shape)
    return copy.reshape(-1, x.shape[-1]), [(np.copyto, (copy, x))]


def row_starts(rows: int, width: int) -> Array:
    """Where each row begins when all numbers lie in one line: (rows,) int64."""
    return np.arange(0, rows * width, width, dtype=np.int64)


def mean_calls(table: Array, out: Array, work: Workspace) -> Iterator[Call]:
    """The mean of all numbers of contiguous rows (rows, width) into a scalar."""
    rows, width = table.shape
    (sums,) = work.scratch((rows,))
    yield np.dot, (table, np.ones(width, work.dtype), sums)
    yield np.dot, (sums, np.full(rows, 1 / table.size, work.dtype), out)


def softmax_calls(
    logits: Array, probabilities: Array, shifted: Array, total: Array, work: Workspace
) -> Iterator[Call]:
    """Softmax of contiguous rows; leaves z − max in ``shifted`` and Σ exp(z − max) in ``total`` (rows,).

    All three (rows, classes) may be the same memory.
    """
    rows, classes = logits.shape
    (spread,) = work.scratch(logits.shape)
    (best,) = work.scratch((rows,), dtype="index")
    column = total.reshape(rows, 1)
    yield logits.argmax, (-1, best)
    yield np.add, (row_starts(rows, classes), best, best)
    yield logits.reshape(-1).take, (best, None, total, "clip")
    yield np.copyto, (spread, column)
    yield np.subtract, (logits, spread, shifted)
    yield np.exp, (shifted, probabilities)
    yield np.dot, (probabilities, np.ones(classes, work.dtype), total)
    yield np.copyto, (spread, column)
    yield np.divide, (probabilities, spread, probabilities)


@dataclass(frozen=True)
class Softmax(Op):
    """eˣⁱ / Σ eˣʲ over the last axis; the largest is subtracted first, so nothing overflows."""

    overwrites = (0,)

    def infer(self, *inputs: Tensor) -> Shape:
        if not inputs[0].shape:
            raise ShapeError("softmax needs a row of numbers, not a single number")
        return inputs[0].shape

    def calls(self, inputs: Sequence[Array], out: Array, work: Workspace) -> Iterable[Call]:
        rows, copying = in_rows(inputs[0], work)
        table = out.reshape(rows.shape)
        (total,) = work.scratch((len(rows),))
        return [*copying, *softmax_calls(rows, table, table, total, work)]

    def gradient(self, node: Tensor, grad: Tensor) -> Sequence[Tensor]:
        weighted = grad * node
        return [weighted - apply(Sum((-1,), True), weighted) * node]

    def flops(self, node: Tensor) -> int:
        return 5 * node.size

    def formula(self, *names: str) -> str:
        return f"exp({names[0]}) / Σ exp({names[0]})"


@dataclass(frozen=True)
class SoftmaxCrossEntropy(Op):
    """Mean of −log softmax(logits)[label] over the rows. Inputs: logits (rows, classes), labels (rows,).

    Goodfellow et al. 2016, §6.2.2.3. Computed as log Σ exp(z − max) − (z_label − max): exact for any logits.
    Side result 0 is softmax(logits), which the gradient (softmax − one-hot) / rows needs.
    """

    def infer(self, *inputs: Tensor) -> Shape:
        fitting_rows(*inputs)
        return ()

    def side_shapes(self, *inputs: Tensor) -> tuple[Shape, ...]:
        return (inputs[0].shape,)

    def calls(self, inputs: Sequence[Array], out: Array, work: Workspace) -> Iterable[Call]:
        logits, copying = in_rows(inputs[0], work)
        rows, classes = logits.shape
        shifted, total, picked = work.scratch(logits.shape, (rows,), (rows,))
        (where,) = work.scratch((rows,), dtype="index")
        yield from copying
        yield from softmax_calls(logits, work.sides[0], shifted, total, work)
        yield np.add, (row_starts(rows, classes), inputs[1], where)
        yield shifted.reshape(-1).take, (where, None, picked, "clip")
        yield np.log, (total, total)
        yield np.subtract, (total, picked, total)
        yield np.dot, (total, np.full(rows, 1 / rows, work.dtype), out)

    def gradient(self, node: Tensor, grad: Tensor) -> Sequence[Tensor | None]:
        return [apply(SoftmaxCrossEntropyGradient(), apply(Side(0), node), node.inputs[1], grad), None]

    def flops(self, node: Tensor) -> int:
        return 6 * node.inputs[0].size

    def formula(self, *names: str) -> str:
        return f"−mean log softmax({names[0]})[{names[1]}]"


@dataclass(frozen=True)
class SoftmaxCrossEntropyGradient(Op):
    """(softmax − one-hot(label)) · g / rows. Inputs: softmax (rows, classes), labels (rows,), g ()."""

    overwrites = (0,)

    def infer(self, *inputs: Tensor) -> Shape:
        fitting_rows(*inputs[:2])
        return inputs[0].shape

    def calls(self, inputs: Sequence[Array], out: Array, work: Workspace) -> Iterable[Call]:
        probabilities, labels, grad = inputs
        rows, classes = out.shape
        scale, picked = work.scratch((), (rows,))
        (where,) = work.scratch((rows,), dtype="index")
        flat = out.reshape(-1)
        yield np.multiply, (grad, work.number(1 / rows), scale)
        yield np.multiply, (probabilities, scale, out)
        yield np.add, (row_starts(rows, classes), labels, where)
        yield flat.take, (where, None, picked, "clip")
        yield np.subtract, (picked, scale, picked)
        yield flat.put, (where, picked, "clip")

    def flops(self, node: Tensor) -> int:
        return node.size

    def formula(self, *names: str) -> str:
        return f"({names[0]} − onehot({names[1]})) / rows"


@dataclass(frozen=True)
class SoftmaxDivergence(Op):
    """Mean over the rows of Σ t·log(t / softmax(z)), with 0·log 0 = 0. Inputs: rows of z, of t.

    Kullback and Leibler 1951; computed as Σ t·(log t − (z − max)) + Σ t · log Σ exp(z − max). Side result 0
    is softmax(z).
    """

    def infer(self, *inputs: Tensor) -> Shape:
        fitting_targets(*inputs)
        if len(inputs[0].shape) != 2:
            raise ShapeError(f"distributions must be rows, not {dimensions(inputs[0].shape)}")
        return ()

    def side_shapes(self, *inputs: Tensor) -> tuple[Shape, ...]:
        return (inputs[0].shape,)

    def calls(self, inputs: Sequence[Array], out: Array, work: Workspace) -> Iterable[Call]:
        logits, copying = in_rows(inputs[0], work)
        targets, copying_targets = in_rows(inputs[1], work)
        rows, classes = logits.shape
        ones = np.ones(classes, work.dtype)
        shifted, part, total, share = work.scratch(logits.shape, logits.shape, (rows,), (rows,))
        yield from (*copying, *copying_targets)
        yield from softmax_calls(logits, work.sides[0], shifted, total, work)
        yield np.log, (total, total)
        yield np.dot, (targets, ones, share)
        yield np.multiply, (total, share, total)
        yield partial(np.maximum, out=part), (targets, work.number(float(np.finfo(work.dtype).tiny)))
        yield np.log, (part, part)
        yield np.subtract, (part, shifted, part)
        yield np.multiply, (part, targets, part)
        yield np.dot, (part, ones, share)
        yield np.add, (total, share, total)
        yield np.dot, (total, np.full(rows, 1 / rows, work.dtype), out)

    def gradient(self, node: Tensor, grad: Tensor) -> Sequence[Tensor | None]:
        return [apply(SoftmaxDivergenceGradient(), apply(Side(0), node), node.inputs[1], grad), None]

    def flops(self, node: Tensor) -> int:
        return 10 * node.inputs[0].size

    def formula(self, *names: str) -> str:
        z, t = names
        return f"mean Σ {t}·log({t} / softmax({z}))"


@dataclass(frozen=True)
class SoftmaxDivergenceGradient(Op):
    """(Σ t · softmax − t) · g / rows. Inputs: softmax and targets t (rows, classes), g ()."""

    overwrites = (0,)

    def infer(self, *inputs: Tensor) -> Shape:
        fitting_targets(*inputs[:2])
        return inputs[0].shape

    def calls(self, inputs: Sequence[Array], out: Array, work: Workspace) -> Iterable[Call]:
        targets, copying = in_rows(inputs[1], work)
        rows, classes = targets.shape
        scale, total, spread = work.scratch((), (rows,), targets.shape)
        yield from copying
        yield np.dot, (targets, np.ones(classes, work.dtype), total)
        yield np.copyto, (spread, total.reshape(rows, 1))
        yield np.multiply, (inputs[0], spread, out)
        yield np.subtract, (out, targets, out)
        yield np.multiply, (inputs[2], work.number(1 / rows), scale)
        yield np.multiply, (out, scale, out)

    def flops(self, node: Tensor) -> int:
        return 4 * node.size

    def formula(self, *names: str) -> str:
        return f"(Σ {names[1]} · {names[0]} − {names[1]}) / rows"


@dataclass(frozen=True)
class SigmoidCrossEntropy(Op):
    """Mean of −t·log σ(z) − (1−t)·log(1−σ(z)). Inputs: logits z and targets t in 0…1, of the same shape.

    Computed as max(z, 0) − z·t + log(1 + e^−|z|), which cannot overflow.
    """

    def infer(self, *inputs: Tensor) -> Shape:
        fitting_targets(*inputs)
        return ()

    def calls(self, inputs: Sequence[Array], out: Array, work: Workspace) -> Iterable[Call]:
        logits, targets = inputs
        loss, part = work.scratch(logits.shape, logits.shape)
        yield np.absolute, (logits, part)
        yield np.negative, (part, part)
        yield np.exp, (part, part)
        yield np.log1p, (part, loss)
        yield partial(np.maximum, out=part), (logits, work.number(0))
        yield np.add, (loss, part, loss)
        yield np.multiply, (logits, targets, part)
        yield np.subtract, (loss, part, loss)
        yield from mean_calls(loss.reshape(-1, loss.shape[-1] if loss.ndim else 1), out, work)

    def gradient(self, node: Tensor, grad: Tensor) -> Sequence[Tensor | None]:
        logits, targets = node.inputs
        # The sigmoid is the network's own output node: the compiler merges the two.
        return [(apply(Sigmoid(), logits) - targets) * (grad * (1.0 / logits.size)), None]

    def flops(self, node: Tensor) -> int:
        return 8 * node.inputs[0].size

    def formula(self, *names: str) -> str:
        z, t = names
        return f"−mean({t}·log σ({z}) + (1 − {t})·log(1 − σ({z})))"
