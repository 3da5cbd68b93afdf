"""Compound primitives at the end of a network; their gradients, derived by hand, are exact and stable."""

from collections.abc import Iterable, Sequence
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


def _softmax_calls(x: Array, out: Array, work: Workspace) -> Iterable[Call]:
    (column,) = work.scratch((*x.shape[:-1], 1))
    yield np.maximum.reduce, (x, -1, None, column, True)
    yield np.subtract, (x, column, out)
    yield np.exp, (out, out)
    yield np.add.reduce, (out, -1, None, column, True)
    yield np.divide, (out, column, out)


def _fitting_classes(scores: Tensor, labels: Tensor) -> None:
    if len(scores.shape) != 2 or labels.shape != scores.shape[:1]:
        shapes = f"{dimensions(scores.shape)} and labels of {dimensions(labels.shape)}"
        raise ShapeError(f"class scores of {shapes} do not fit together")


def _fitting_targets(outputs: Tensor, targets: Tensor) -> None:
    if outputs.shape != targets.shape:
        shapes = f"{dimensions(outputs.shape)} and targets of {dimensions(targets.shape)}"
        raise ShapeError(f"outputs of {shapes} do not fit together")


@dataclass(frozen=True)
class Softmax(Op):
    """eˣⁱ / Σ eˣʲ over the last axis; the largest is subtracted first, so nothing overflows."""

    overwrites = (0,)

    def infer(self, *inputs: Tensor) -> Shape:
        if not inputs[0].shape:
            raise ShapeError("softmax needs a row of numbers, not a single number")
        return inputs[0].shape

    def calls(self, inputs: Sequence[Array], out: Array, work: Workspace) -> Iterable[Call]:
        return _softmax_calls(inputs[0], out, work)

    def gradient(self, node: Tensor, grad: Tensor) -> Sequence[Tensor]:
        weighted = grad * node
        return [weighted - apply(Sum((-1,), True), weighted) * node]

    def flops(self, node: Tensor) -> int:
        return 5 * node.size

    def formula(self, *names: str) -> str:
        return f"exp({names[0]}) / Σ exp({names[0]})"


@dataclass(frozen=True)
class SoftmaxCrossEntropy(Op):
    """Mean of −log softmax(logits)[label] over the batch. Inputs: logits (batch, classes), labels (batch,).

    Goodfellow et al. 2016, §6.2.2.3. Computed as log Σ exp(z − max) − (z_label − max): exact for any logits.
    Side result 0 is softmax(logits), which the gradient (softmax − one-hot) / batch needs.
    """

    def infer(self, *inputs: Tensor) -> Shape:
        _fitting_classes(*inputs)
        return ()

    def side_shapes(self, *inputs: Tensor) -> tuple[Shape, ...]:
        return (inputs[0].shape,)

    def calls(self, inputs: Sequence[Array], out: Array, work: Workspace) -> Iterable[Call]:
        logits, labels = inputs
        probabilities = work.sides[0]
        batch, classes = logits.shape
        shifted, column, picked = work.scratch(logits.shape, (batch, 1), (batch,))
        offsets = np.arange(0, batch * classes, classes)
        (where,) = work.scratch((batch,), dtype="index")
        flat = column.reshape(batch)
        yield np.maximum.reduce, (logits, -1, None, column, True)
        yield np.subtract, (logits, column, shifted)
        yield np.exp, (shifted, probabilities)
        yield np.add.reduce, (probabilities, -1, None, column, True)
        yield np.divide, (probabilities, column, probabilities)
        yield np.add, (offsets, labels, where)
        yield shifted.reshape(-1).take, (where, None, picked, "clip")
        yield np.log, (flat, flat)
        yield np.subtract, (flat, picked, flat)
        yield np.add.reduce, (flat, None, None, out)
        yield np.multiply, (out, work.number(1 / batch), out)

    def gradient(self, node: Tensor, grad: Tensor) -> Sequence[Tensor | None]:
        return [apply(SoftmaxCrossEntropyGradient(), apply(Side(0), node), node.inputs[1], grad), None]

    def flops(self, node: Tensor) -> int:
        return 6 * node.inputs[0].size

    def formula(self, *names: str) -> str:
        return f"−mean log softmax({names[0]})[{names[1]}]"


@dataclass(frozen=True)
class SoftmaxCrossEntropyGradient(Op):
    """(softmax − one-hot(label)) · g / batch. Inputs: softmax (batch, classes), labels (batch,), g ()."""

    overwrites = (0,)

    def infer(self, *inputs: Tensor) -> Shape:
        _fitting_classes(*inputs[:2])
        return inputs[0].shape

    def calls(self, inputs: Sequence[Array], out: Array, work: Workspace) -> Iterable[Call]:
        probabilities, labels, grad = inputs
        batch, classes = out.shape
        (scale,) = work.scratch(())
        (where,) = work.scratch((batch,), dtype="index")
        offsets = np.arange(0, batch * classes, classes)
        yield np.multiply, (grad, work.number(1 / batch), scale)
        yield np.multiply, (probabilities, scale, out)
        yield np.add, (offsets, labels, where)
        yield _subtract_at, (out.reshape(-1), where, scale)

    def flops(self, node: Tensor) -> int:
        return node.size

    def formula(self, *names: str) -> str:
        return f"({names[0]} − onehot({names[1]})) / batch"


def _subtract_at(flat: Array, where: Array, scale: Array) -> None:
    # Every row has one label, so no place occurs twice and plain indexing is right.
    flat[where] -= scale


@dataclass(frozen=True)
class SigmoidCrossEntropy(Op):
    """Mean of −t·log σ(z) − (1−t)·log(1−σ(z)). Inputs: logits z and targets t in 0…1, of the same shape.

    Computed as max(z, 0) − z·t + log(1 + e^−|z|), which cannot overflow.
    """

    def infer(self, *inputs: Tensor) -> Shape:
        _fitting_targets(*inputs)
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
        yield np.add.reduce, (loss, None, None, out)
        yield np.multiply, (out, work.number(1 / logits.size), out)

    def gradient(self, node: Tensor, grad: Tensor) -> Sequence[Tensor | None]:
        logits, targets = node.inputs
        # The sigmoid is the network's own output node: the compiler merges the two.
        return [(apply(Sigmoid(), logits) - targets) * (grad * (1.0 / logits.size)), None]

    def flops(self, node: Tensor) -> int:
        return 8 * node.inputs[0].size

    def formula(self, *names: str) -> str:
        z, t = names
        return f"−mean({t}·log σ({z}) + (1 − {t})·log(1 − σ({z})))"


@dataclass(frozen=True)
class ClassHits(Op):
    """Share of rows whose largest score is at the label. Inputs: scores (batch, classes), labels (batch,)."""

    def infer(self, *inputs: Tensor) -> Shape:
        _fitting_classes(*inputs)
        return ()

    def calls(self, inputs: Sequence[Array], out: Array, work: Workspace) -> Iterable[Call]:
        scores, labels = inputs
        (best,) = work.scratch(labels.shape, dtype="index")
        (hits,) = work.scratch(labels.shape, dtype="flag")
        yield scores.argmax, (-1, best)
        yield np.equal, (best, labels, hits)
        yield np.add.reduce, (hits, None, work.dtype, out)
        yield np.multiply, (out, work.number(1 / len(labels)), out)


@dataclass(frozen=True)
class SideHits(Op):
    """Share of outputs on the same side of ``threshold`` as their targets (two classes, one output)."""

    threshold: float

    def infer(self, *inputs: Tensor) -> Shape:
        _fitting_targets(*inputs)
        return ()

    def calls(self, inputs: Sequence[Array], out: Array, work: Workspace) -> Iterable[Call]:
        scores, targets = inputs
        said, true = work.scratch(scores.shape, scores.shape, dtype="flag")
        middle = work.number(self.threshold)
        yield np.greater, (scores, middle, said)
        yield np.greater, (targets, middle, true)
        yield np.equal, (said, true, said)
        yield np.add.reduce, (said, None, work.dtype, out)
        yield np.multiply, (out, work.number(1 / scores.size), out)


@dataclass(frozen=True)
class RowHits(Op):
    """Share of rows whose largest output is where the target row is largest (one-hot targets)."""

    def infer(self, *inputs: Tensor) -> Shape:
        _fitting_targets(*inputs)
        return ()

    def calls(self, inputs: Sequence[Array], out: Array, work: Workspace) -> Iterable[Call]:
        scores, targets = inputs
        rows = scores.shape[:-1]
        said, true = work.scratch(rows, rows, dtype="index")
        (hits,) = work.scratch(rows, dtype="flag")
        yield scores.argmax, (-1, said)
        yield targets.argmax, (-1, true)
        yield np.equal, (said, true, hits)
        yield np.add.reduce, (hits, None, work.dtype, out)
        yield np.multiply, (out, work.number(1 / hits.size), out)
