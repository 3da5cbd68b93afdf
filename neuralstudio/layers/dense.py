"""The fully connected layer."""

from typing import Annotated

from msgspec import Meta

from neuralstudio.engine.activations import Activation, ReLU
from neuralstudio.engine.graph import ShapeError, Tensor, apply, dimensions
from neuralstudio.engine.initialisers import BiasInitialiser, GlorotUniform, Initialiser, Zeros
from neuralstudio.engine.ops.shape import Reshape
from neuralstudio.layers._base import Emitter, Layer, Scope


class Dense(Layer, tag="dense"):
    """Every input to every unit: y = f(x·W + b).

    Shapes: (batch, inputs) → (batch, units); where a class is wanted for each step of a sequence, each step
    by itself: (batch, steps, inputs) → (batch, steps, units).   Source: Goodfellow et al. 2016, §6.
    """

    title = "Dense"
    units: Annotated[
        int, Meta(ge=1, le=65536, title="Units", description="Neurons in this layer, one output each.")
    ] = 32
    activation: Annotated[
        Activation, Meta(title="Activation", description="What each neuron does with its weighted sum.")
    ] = ReLU()
    initialiser: Annotated[Initialiser, Meta(title="Initialiser", description="Where the weights start.")] = (
        GlorotUniform()
    )
    bias_initialiser: Annotated[
        BiasInitialiser, Meta(title="Bias initialiser", description="Where the biases start.")
    ] = Zeros()

    @property
    def caption(self) -> str:
        return f"{self.units} unit{'s' if self.units != 1 else ''}"

    @property
    def activation_title(self) -> str:
        return self.activation.title

    @property
    def formula(self) -> str:
        return f"y = {self.activation.of.format('x·W + b')}"

    def build(self, x: Tensor, scope: Scope) -> Tensor:
        is_sequence = len(x.shape) == 3 and scope.steps > 0
        if len(x.shape) != 2 and not is_sequence:
            given = dimensions(x.shape[1:])
            raise ShapeError(f"Dense needs a flat input, but gets {given}", "Insert Flatten before it.")
        kernel = scope.weight("kernel", (x.shape[-1], self.units), self.initialiser)
        bias = scope.weight("bias", (self.units,), self.bias_initialiser)
        rows = apply(Reshape((x.size // x.shape[-1], x.shape[-1])), x) if is_sequence else x
        y = self.activation.build(rows @ kernel + bias)
        return apply(Reshape((*x.shape[:-1], self.units)), y) if is_sequence else y

    def emit(self, to: Emitter) -> None:
        to.dense(
            units=self.units,
            activation=self.activation,
            initialiser=self.initialiser,
            bias_initialiser=self.bias_initialiser,
        )
