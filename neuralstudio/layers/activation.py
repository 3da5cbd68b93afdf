"""An activation function as a layer of its own."""

from typing import Annotated

from msgspec import Meta

from neuralstudio.engine.activations import Activation as AnyActivation
from neuralstudio.engine.activations import ReLU
from neuralstudio.engine.graph import Tensor
from neuralstudio.layers._base import Emitter, Layer, Scope


class Activation(Layer, tag="activation"):
    """An activation function by itself: y = f(x).

    Shapes: unchanged.   Source: Goodfellow et al. 2016, §6.3.
    """

    title = "Activation"
    function: Annotated[
        AnyActivation, Meta(title="Function", description="What is done with each number.")
    ] = ReLU()

    @property
    def caption(self) -> str:
        return self.function.title

    @property
    def formula(self) -> str:
        return f"y = {self.function.of.format('x')}"

    def build(self, x: Tensor, scope: Scope) -> Tensor:  # noqa: ARG002
        return self.function.build(x)

    def emit(self, to: Emitter) -> None:
        to.activation(self.function)
