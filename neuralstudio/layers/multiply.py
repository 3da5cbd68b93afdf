"""Multiplies several layers: one of them can switch the others on and off."""

from collections.abc import Sequence
from functools import reduce
from operator import mul

from neuralstudio.engine.graph import Tensor
from neuralstudio.engine.ops.joining import require_same_shape
from neuralstudio.layers._base import Emitter, Layer, Scope


class Multiply(Layer, tag="multiply"):
    """The product of several inputs of one shape, number by number.

    Shapes: (batch, …) two or more times → (batch, …).
    """

    title = "Multiply"
    group = "Merge"
    takes_several = True

    @property
    def formula(self) -> str:
        return "y = x₁ · x₂ · …"

    def join(self, inputs: Sequence[Tensor], scope: Scope) -> Tensor:  # noqa: ARG002
        require_same_shape(self.title, inputs)
        return reduce(mul, inputs)

    def emit(self, to: Emitter) -> None:
        to.multiply()
