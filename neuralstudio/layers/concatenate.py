"""Puts several layers side by side, so that the next one sees them all."""

from collections.abc import Sequence

from neuralstudio.engine.graph import ShapeError, Tensor, apply
from neuralstudio.engine.ops.joining import Concatenate as ConcatenateOp
from neuralstudio.engine.ops.joining import listed, require_several
from neuralstudio.layers._base import Emitter, Layer, Scope


class Concatenate(Layer, tag="concatenate"):
    """Several inputs side by side along the last axis (channels or features).

    Shapes: (batch, …, a), (batch, …, b), … → (batch, …, a + b + …).
    """

    title = "Concatenate"
    group = "Merge"
    takes_several = True

    @property
    def formula(self) -> str:
        return "y = [x₁, x₂, …]"

    def join(self, inputs: Sequence[Tensor], scope: Scope) -> Tensor:  # noqa: ARG002
        require_several(self.title, inputs)
        if len({each.shape[:-1] for each in inputs}) > 1:
            raise ShapeError(
                f"{self.title} needs inputs that differ in the last axis only, but gets {listed(inputs)}",
                "Insert Flatten before it in each branch.",
            )
        return apply(ConcatenateOp(), *inputs)

    def emit(self, to: Emitter) -> None:
        to.concatenate()
