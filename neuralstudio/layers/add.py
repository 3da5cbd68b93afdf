"""Adds several layers up: the shortcut of residual networks."""

from collections.abc import Sequence
from functools import reduce
from operator import add

from neuralstudio.engine.graph import Tensor
from neuralstudio.engine.ops.joining import require_same_shape
from neuralstudio.layers._base import Emitter, Layer, Scope


class Add(Layer, tag="add"):
    """The sum of several inputs of one shape, number by number.

    Shapes: (batch, …) two or more times → (batch, …).   Source: He et al. 2016, eq. 1.
    """

    title = "Add"
    group = "Merge"
    takes_several = True

    @property
    def formula(self) -> str:
        return "y = x₁ + x₂ + …"

    def join(self, inputs: Sequence[Tensor], scope: Scope) -> Tensor:  # noqa: ARG002
        require_same_shape(self.title, inputs)
        return reduce(add, inputs)

    def emit(self, to: Emitter) -> None:
        to.add()
