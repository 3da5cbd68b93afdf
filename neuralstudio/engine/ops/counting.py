"""What metrics add up: hits, counts and sums over the rows of a batch. None of them has a gradient.

Every sum is 1-D, so that those of shards and batches are simply added.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np

from neuralstudio.engine.graph import Array, Call, Op, Shape, ShapeError, Tensor, Workspace, dimensions
from neuralstudio.engine.ops.loss import fitting_classes, fitting_targets, in_rows, row_starts


def _count_calls(flags: Array, out: Array, work: Workspace) -> Iterable[Call]:
    """How many flags are set, into (1,). ``reduce`` would allocate memory for the cast."""
    (ones,) = work.scratch((flags.size,))
    yield np.copyto, (ones.reshape(flags.shape), flags)
    yield ones.dot, (ones, out.reshape(()))


@dataclass(frozen=True)
class Largest(Op):
    """The place of the largest number of each row: (…, classes) → (…) index. Of equal ones the first."""

    dtype = "index"

    def infer(self, *inputs: Tensor) -> Shape:
        if not inputs[0].shape:
            raise ShapeError("the largest of a single number is not worth asking for")
        return inputs[0].shape[:-1]

    def calls(self, inputs: Sequence[Array], out: Array, work: Workspace) -> Iterable[Call]:
        rows, copying = in_rows(inputs[0], work)
        return [*copying, (rows.argmax, (-1, out.reshape(-1)))]

    def flops(self, node: Tensor) -> int:
        return node.inputs[0].size

    def formula(self, *names: str) -> str:
        return f"argmax {names[0]}"


@dataclass(frozen=True)
class Above(Op):
    """1 where a number is above ``threshold``, else 0, as an index: the class that one output speaks for."""

    threshold: float
    dtype = "index"

    def infer(self, *inputs: Tensor) -> Shape:
        return inputs[0].shape

    def calls(self, inputs: Sequence[Array], out: Array, work: Workspace) -> Iterable[Call]:
        (flags,) = work.scratch(out.shape, dtype="flag")
        yield np.greater, (inputs[0], work.number(self.threshold), flags)
        yield np.copyto, (out, flags)

    def formula(self, *names: str) -> str:
        return f"{names[0]} > {self.threshold:g}"


@dataclass(frozen=True)
class ClassHits(Op):
    """Number of rows whose largest score is at the label: (1,). Inputs: scores (…, classes), labels (…)."""

    def infer(self, *inputs: Tensor) -> Shape:
        fitting_classes(*inputs)
        return (1,)

    def calls(self, inputs: Sequence[Array], out: Array, work: Workspace) -> Iterable[Call]:
        scores, copying = in_rows(inputs[0], work)
        labels = inputs[1]
        (best,) = work.scratch(labels.shape, dtype="index")
        (hits,) = work.scratch(labels.shape, dtype="flag")
        yield from copying
        yield scores.argmax, (-1, best.reshape(-1))
        yield np.equal, (best, labels, hits)
        yield from _count_calls(hits, out, work)

    def flops(self, node: Tensor) -> int:
        return node.inputs[0].size

    def formula(self, *names: str) -> str:
        return f"count(argmax {names[0]} = {names[1]})"


@dataclass(frozen=True)
class TopHits(Op):
    """Number of rows where fewer than ``k`` classes score higher than the label: (1,).

    Inputs: scores (…, classes), labels (…). Classes that score the same as the label do not count against it
    (as in Keras); a label without a score (NaN) is never hit.
    """

    k: int

    def infer(self, *inputs: Tensor) -> Shape:
        fitting_classes(*inputs)
        return (1,)

    def calls(self, inputs: Sequence[Array], out: Array, work: Workspace) -> Iterable[Call]:
        scores, copying = in_rows(inputs[0], work)
        rows, classes = scores.shape
        spread, own, beaten = work.scratch(scores.shape, (rows,), (rows,))
        (where,) = work.scratch((rows,), dtype="index")
        flags, hits = work.scratch(scores.shape, (rows,), dtype="flag")
        yield from copying
        yield np.add, (row_starts(rows, classes), inputs[1].reshape(rows), where)
        yield scores.reshape(-1).take, (where, None, own, "clip")
        yield np.copyto, (spread, own.reshape(rows, 1))
        yield np.less_equal, (scores, spread, flags)
        yield np.copyto, (spread, flags)
        yield np.dot, (spread, np.ones(classes, work.dtype), beaten)
        yield np.greater, (beaten, work.number(classes - self.k + 0.5), hits)
        yield from _count_calls(hits, out, work)

    def flops(self, node: Tensor) -> int:
        return 2 * node.inputs[0].size

    def formula(self, *names: str) -> str:
        return f"count(rank of {names[0]}[{names[1]}] ≤ {self.k})"


@dataclass(frozen=True)
class SideHits(Op):
    """Number of outputs on the same side of ``threshold`` as their targets: (1,). Inputs of one shape."""

    threshold: float

    def infer(self, *inputs: Tensor) -> Shape:
        fitting_targets(*inputs)
        return (1,)

    def calls(self, inputs: Sequence[Array], out: Array, work: Workspace) -> Iterable[Call]:
        scores, targets = inputs
        said, true = work.scratch(scores.shape, scores.shape, dtype="flag")
        middle = work.number(self.threshold)
        yield np.greater, (scores, middle, said)
        yield np.greater, (targets, middle, true)
        yield np.equal, (said, true, said)
        yield from _count_calls(said, out, work)

    def flops(self, node: Tensor) -> int:
        return 2 * node.inputs[0].size

    def formula(self, *names: str) -> str:
        return f"count(({names[0]} > {self.threshold:g}) = ({names[1]} > {self.threshold:g}))"


@dataclass(frozen=True)
class Confusion(Op):
    """How often each class was taken for each: (classes·classes,), true class · classes + said class.

    Inputs: said and true class of every row, index, of the same shape.
    """

    classes: int

    def infer(self, *inputs: Tensor) -> Shape:
        fitting_targets(*inputs)
        return (self.classes * self.classes,)

    def calls(self, inputs: Sequence[Array], out: Array, work: Workspace) -> Iterable[Call]:
        said, true = inputs
        (where,) = work.scratch(said.shape, dtype="index")
        yield np.multiply, (true, np.array(self.classes), where)
        yield np.add, (where, said, where)
        yield out.fill, (0,)
        yield np.add.at, (out, where, work.number(1))

    def flops(self, node: Tensor) -> int:
        return node.inputs[0].size

    def formula(self, *names: str) -> str:
        return f"count by class of {names[1]} and {names[0]}"


@dataclass(frozen=True)
class VarianceSums(Op):
    """Sums over the rows of t, t² and (t − y)²: (5·units,). Inputs: outputs y, targets t (…, units).

    The difference Σt² − (Σt)²/n cancels most digits, so these two are added in float64 and handed on in two
    parts that together have all of them: Σt, what float32 lost of it, Σt², what it lost, Σ(t − y)².
    """

    def infer(self, *inputs: Tensor) -> Shape:
        fitting_targets(*inputs)
        if not inputs[0].shape:
            raise ShapeError(f"targets must be rows of numbers, not {dimensions(inputs[0].shape)}")
        return (5 * inputs[0].shape[-1],)

    def calls(self, inputs: Sequence[Array], out: Array, work: Workspace) -> Iterable[Call]:
        outputs, targets = inputs
        units = outputs.shape[-1]
        rows = outputs.size // units
        parts = out.reshape(5, units)
        (error,) = work.scratch(outputs.shape)
        exact, total, coarse = (
            each.view(np.float64)  # an index is as wide as a float64
            for each in work.scratch(targets.shape, (units,), (units,), dtype="index")
        )
        table = exact.reshape(rows, units)
        yield np.copyto, (exact, targets)
        for high, low in ((parts[0], parts[1]), (parts[2], parts[3])):
            yield np.dot, (np.ones(rows), table, total)
            yield np.copyto, (high, total, "same_kind")
            yield np.copyto, (coarse, high)
            yield np.subtract, (total, coarse, total)
            yield np.copyto, (low, total, "same_kind")
            yield np.multiply, (exact, exact, exact)
        yield np.subtract, (outputs, targets, error)
        yield np.multiply, (error, error, error)
        yield np.dot, (np.ones(rows, work.dtype), error.reshape(rows, units), parts[4])

    def flops(self, node: Tensor) -> int:
        return 6 * node.inputs[0].size

    def formula(self, *names: str) -> str:
        y, t = names
        return f"Σ {t}, Σ {t}², Σ ({t} − {y})²"
