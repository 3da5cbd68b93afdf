"""Unrolls an image into a row of numbers."""

from neuralstudio.engine.graph import Tensor, apply
from neuralstudio.engine.ops.shape import Reshape
from neuralstudio.layers._base import Emitter, Layer, Scope


class Flatten(Layer, tag="flatten"):
    """Unrolls each sample into one row of numbers; nothing is computed.

    Shapes: (batch, a, b, …) → (batch, a·b·…).
    """

    title = "Flatten"

    @property
    def formula(self) -> str:
        return "y = the numbers of x, row after row"

    def build(self, x: Tensor, scope: Scope) -> Tensor:  # noqa: ARG002
        batch = x.shape[0]
        return apply(Reshape((batch, x.size // batch)), x)

    def emit(self, to: Emitter) -> None:
        to.flatten()
