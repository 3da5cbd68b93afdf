"""Cross-entropy whose classes have weights and whose labels are smoothed."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

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
from neuralstudio.engine.ops.loss import fitting_rows, in_rows, row_starts, softmax_calls


def _fitting_weights(weights: tuple[float, ...], scores: Tensor, labels: Tensor) -> None:
    fitting_rows(scores, labels)
    if weights and len(weights) != scores.shape[-1]:
        raise ShapeError(f"{len(weights)} class weights do not fit scores of {dimensions(scores.shape)}")


def _shares(
    weights: tuple[float, ...], smoothing: float, classes: int, dtype: np.dtype[Any]
) -> tuple[Array, Array, Array]:
    """By class: w·t of the label itself beyond the smoothed rest, of the rest, and Σ w·t for each label."""
    weight = np.array(weights or (1.0,) * classes)
    target, rest = weight * (1 - smoothing), weight * smoothing / classes
    return target.astype(dtype), rest.astype(dtype), (target + rest.sum()).astype(dtype)


@dataclass(frozen=True)
class WeightedCrossEntropy(Op):
    """Mean over the rows of −Σ w_c·t_c·log softmax(z)_c: classes have weights w, labels are smoothed.

    t = (1 − smoothing)·one-hot(label) + smoothing/classes (Szegedy et al. 2016, §7). Inputs: logits z
    (rows, classes), labels (rows,); no ``weights`` are all 1. The sum is divided by the number of rows, not
    by their weights, so that the losses of the shards of a batch add up. Side result 0 is softmax(z).
    """

    weights: tuple[float, ...] = ()
    smoothing: float = 0.0

    def infer(self, *inputs: Tensor) -> Shape:
        _fitting_weights(self.weights, *inputs)
        return ()

    def side_shapes(self, *inputs: Tensor) -> tuple[Shape, ...]:
        return (inputs[0].shape,)

    def calls(self, inputs: Sequence[Array], out: Array, work: Workspace) -> Iterable[Call]:
        # −Σ w·t·log p = Σ(w·t)·log Σ exp(s) − (1 − ε)·w_label·s_label − ε/C·Σ w·s with s = z − max.
        logits, copying = in_rows(inputs[0], work)
        rows, classes = logits.shape
        target, rest, mass = _shares(self.weights, self.smoothing, classes, work.dtype)
        shifted, total, picked, share = work.scratch(logits.shape, (rows,), (rows,), (rows,))
        (where,) = work.scratch((rows,), dtype="index")
        yield from copying
        yield from softmax_calls(logits, work.sides[0], shifted, total, work)
        yield np.log, (total, total)
        yield mass.take, (inputs[1], None, share, "clip")
        yield np.multiply, (total, share, total)
        yield np.add, (row_starts(rows, classes), inputs[1], where)
        yield shifted.reshape(-1).take, (where, None, picked, "clip")
        yield target.take, (inputs[1], None, share, "clip")
        yield np.multiply, (picked, share, picked)
        yield np.subtract, (total, picked, total)
        yield np.dot, (shifted, rest, picked)
        yield np.subtract, (total, picked, total)
        yield np.dot, (total, np.full(rows, 1 / rows, work.dtype), out)

    def gradient(self, node: Tensor, grad: Tensor) -> Sequence[Tensor | None]:
        op = WeightedCrossEntropyGradient(self.weights, self.smoothing)
        return [apply(op, apply(Side(0), node), node.inputs[1], grad), None]

    def flops(self, node: Tensor) -> int:
        return 8 * node.inputs[0].size

    def formula(self, *names: str) -> str:
        return f"−mean Σ w·t·log softmax({names[0]}), t: {names[1]} smoothed"


@dataclass(frozen=True)
class WeightedCrossEntropyGradient(Op):
    """(Σ w·t · softmax − w·t) · g / rows. Inputs: softmax (rows, classes), labels (rows,), g ()."""

    weights: tuple[float, ...] = ()
    smoothing: float = 0.0
    overwrites = (0,)

    def infer(self, *inputs: Tensor) -> Shape:
        _fitting_weights(self.weights, *inputs[:2])
        return inputs[0].shape

    def calls(self, inputs: Sequence[Array], out: Array, work: Workspace) -> Iterable[Call]:
        probabilities, labels, grad = inputs
        rows, classes = out.shape
        target, rest, mass = _shares(self.weights, self.smoothing, classes, work.dtype)
        scale, share, picked, spread = work.scratch((), (rows,), (rows,), out.shape)
        (where,) = work.scratch((rows,), dtype="index")
        flat = out.reshape(-1)
        yield np.multiply, (grad, work.number(1 / rows), scale)
        yield mass.take, (labels, None, share, "clip")
        yield np.copyto, (spread, share.reshape(rows, 1))
        yield np.multiply, (probabilities, spread, out)
        if self.smoothing:
            yield np.copyto, (spread, rest)
            yield np.subtract, (out, spread, out)
        yield np.add, (row_starts(rows, classes), labels, where)
        yield flat.take, (where, None, picked, "clip")
        yield target.take, (labels, None, share, "clip")
        yield np.subtract, (picked, share, picked)
        yield flat.put, (where, picked, "clip")
        yield np.multiply, (out, scale, out)

    def flops(self, node: Tensor) -> int:
        return 3 * node.size

    def formula(self, *names: str) -> str:
        return f"(Σ w·t · {names[0]} − w·t) / rows, t: {names[1]} smoothed"
