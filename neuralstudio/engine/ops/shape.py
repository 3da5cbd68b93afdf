"""The same numbers in another shape: views, which compute nothing, and the copy that some of them need."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from math import prod

import numpy as np

from neuralstudio.engine.graph import Array, Call, Op, Shape, ShapeError, Tensor, Workspace, apply, dimensions


class View(Op):
    """An op whose output is its input's memory."""

    is_view = True

    def view(self, x: Array) -> Array:
        """The output array for an input array."""
        raise TypeError(f"{type(self).__name__} must say how it views {x.shape}")

    def calls(self, inputs: Sequence[Array], out: Array, work: Workspace) -> Iterable[Call]:  # noqa: ARG002
        return ()

    def flops(self, node: Tensor) -> int:  # noqa: ARG002
        return 0


@dataclass(frozen=True)
class Reshape(View):
    """Another shape of the same size, in row-major order."""

    shape: Shape

    def infer(self, *inputs: Tensor) -> Shape:
        (x,) = inputs
        if x.size != prod(self.shape):
            raise ShapeError(f"{x.size} numbers do not fill the shape {dimensions(self.shape)}")
        return self.shape

    def view(self, x: Array) -> Array:
        return np.reshape(x, self.shape, copy=False)  # a copy would be made once, not in every run

    def gradient(self, node: Tensor, grad: Tensor) -> Sequence[Tensor]:
        return [apply(Reshape(node.inputs[0].shape), grad)]


@dataclass(frozen=True)
class Copy(Op):
    """The same numbers in memory of their own, row after row.

    The compiler puts it before a reshape of numbers that do not lie one behind the other.
    """

    def infer(self, *inputs: Tensor) -> Shape:
        return inputs[0].shape

    def calls(self, inputs: Sequence[Array], out: Array, work: Workspace) -> Iterable[Call]:  # noqa: ARG002
        yield np.copyto, (out, inputs[0])

    def gradient(self, node: Tensor, grad: Tensor) -> Sequence[Tensor]:  # noqa: ARG002
        return [grad]

    def flops(self, node: Tensor) -> int:  # noqa: ARG002
        return 0

    def formula(self, *names: str) -> str:
        return names[0]


@dataclass(frozen=True)
class Transpose(View):
    """Rows become columns (a matrix)."""

    def infer(self, *inputs: Tensor) -> Shape:
        if len(inputs[0].shape) != 2:
            raise ShapeError(f"only a matrix can be transposed, not {dimensions(inputs[0].shape)}")
        rows, columns = inputs[0].shape
        return columns, rows

    def view(self, x: Array) -> Array:
        return x.T

    def gradient(self, node: Tensor, grad: Tensor) -> Sequence[Tensor]:  # noqa: ARG002
        return [apply(Transpose(), grad)]

    def formula(self, *names: str) -> str:
        return f"{names[0]}ᵀ"


@dataclass(frozen=True)
class BroadcastTo(View):
    """Repeated along axes of length 1 (no memory is taken: the stride is 0)."""

    shape: Shape

    def infer(self, *inputs: Tensor) -> Shape:
        given = inputs[0].shape
        pairs = zip(given[::-1], self.shape[::-1], strict=False)
        if len(given) > len(self.shape) or any(a not in (1, b) for a, b in pairs):
            raise ShapeError(f"{dimensions(given)} cannot be repeated to {dimensions(self.shape)}")
        return self.shape

    def view(self, x: Array) -> Array:
        return np.broadcast_to(x, self.shape)

    def gradient(self, node: Tensor, grad: Tensor) -> Sequence[Tensor]:
        from neuralstudio.engine.ops.reduction import summed_to  # reduction is built on shape

        return [summed_to(grad, node.inputs[0].shape)]
