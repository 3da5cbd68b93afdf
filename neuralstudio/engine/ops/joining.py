"""Several inputs into one: what merging layers ask of their inputs, concatenation and its opposite."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np

from neuralstudio.engine.graph import Array, Call, Op, Shape, ShapeError, Tensor, Workspace, apply, dimensions
from neuralstudio.engine.ops.shape import View


def listed(inputs: Sequence[Tensor]) -> str:
    """The shapes of a layer's inputs, without the batch: "5×4, 5×3 and 7"."""
    shapes = [dimensions(each.shape[1:]) for each in inputs]
    return " and ".join([", ".join(shapes[:-1]), shapes[-1]] if len(shapes) > 1 else shapes)


def require_several(title: str, inputs: Sequence[Tensor]) -> None:
    """Raises ``ShapeError`` where a merging layer has nothing to merge, or tokens instead of numbers."""
    if any(each.dtype == "index" for each in inputs):
        raise ShapeError(f"{title} needs numbers, but gets tokens", "Insert Embedding before it.")
    if len(inputs) < 2:
        count = "only one is" if inputs else "none is"
        remedy = "Wire a second layer to it, or remove it." if inputs else "Wire two layers to it."
        raise ShapeError(f"{title} joins two or more layers, but {count} connected", remedy)


def require_same_shape(title: str, inputs: Sequence[Tensor]) -> None:
    """Raises ``ShapeError`` naming the shapes unless there are two or more inputs, all of one shape."""
    require_several(title, inputs)
    if len({each.shape for each in inputs}) > 1:
        is_last = len({each.shape[:-1] for each in inputs}) == 1
        what = "units or filters" if is_last else "size, with the same strides and padding"
        raise ShapeError(
            f"{title} needs inputs of the same shape, but gets {listed(inputs)}",
            f"Give the layers before it the same {what}" + (", or use Concatenate." if is_last else "."),
        )


@dataclass(frozen=True)
class Concatenate(Op):
    """The inputs side by side along the last axis: (…, a), (…, b), … → (…, a + b + …)."""

    def infer(self, *inputs: Tensor) -> Shape:
        first = inputs[0].shape
        if not first or any(each.shape[:-1] != first[:-1] or not each.shape for each in inputs):
            shapes = " and ".join(dimensions(each.shape) for each in inputs)
            raise ShapeError(f"{shapes} differ in more than the last axis and cannot be concatenated")
        return (*first[:-1], sum(each.shape[-1] for each in inputs))

    def calls(self, inputs: Sequence[Array], out: Array, work: Workspace) -> Iterable[Call]:  # noqa: ARG002
        yield np.concatenate, (tuple(inputs), -1, out)

    def gradient(self, node: Tensor, grad: Tensor) -> Sequence[Tensor]:
        parts, start = [], 0
        for each in node.inputs:
            parts.append(apply(Part(start, start + each.shape[-1]), grad))
            start += each.shape[-1]
        return parts

    def flops(self, node: Tensor) -> int:  # noqa: ARG002
        return 0

    def formula(self, *names: str) -> str:
        return f"[{', '.join(names)}]"


@dataclass(frozen=True)
class Part(View):
    """Numbers ``start`` to ``stop`` (not included) of the last axis."""

    start: int
    stop: int

    def infer(self, *inputs: Tensor) -> Shape:
        (x,) = inputs
        if not x.shape or not 0 <= self.start < self.stop <= x.shape[-1]:
            raise ShapeError(f"{dimensions(x.shape)} has no numbers {self.start} to {self.stop} in a row")
        return (*x.shape[:-1], self.stop - self.start)

    def view(self, x: Array) -> Array:
        return x[..., self.start : self.stop]

    def gradient(self, node: Tensor, grad: Tensor) -> Sequence[Tensor]:
        return [apply(Placed(self.start, node.inputs[0].shape[-1]), grad)]

    def formula(self, *names: str) -> str:
        return f"{names[0]}[{self.start}:{self.stop}]"


@dataclass(frozen=True)
class Placed(Op):
    """The numbers from ``start`` on in rows of ``length``, which are zero elsewhere."""

    start: int
    length: int

    def infer(self, *inputs: Tensor) -> Shape:
        (x,) = inputs
        if not x.shape or not 0 <= self.start <= self.length - x.shape[-1]:
            raise ShapeError(f"{dimensions(x.shape)} does not fit at {self.start} into rows of {self.length}")
        return (*x.shape[:-1], self.length)

    def calls(self, inputs: Sequence[Array], out: Array, work: Workspace) -> Iterable[Call]:  # noqa: ARG002
        yield out.fill, (0,)
        yield np.copyto, (out[..., self.start : self.start + inputs[0].shape[-1]], inputs[0])

    def gradient(self, node: Tensor, grad: Tensor) -> Sequence[Tensor]:
        return [apply(Part(self.start, self.start + node.inputs[0].shape[-1]), grad)]

    def flops(self, node: Tensor) -> int:  # noqa: ARG002
        return 0

    def formula(self, *names: str) -> str:
        return f"{names[0]} at {self.start} in {self.length} zeros"
