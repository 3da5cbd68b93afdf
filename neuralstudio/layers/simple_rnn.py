"""The simple recurrent layer."""

from typing import Annotated

from msgspec import Meta

from neuralstudio.engine.activations import ReLU, Tanh
from neuralstudio.engine.graph import Tensor, apply
from neuralstudio.engine.initialisers import GlorotUniform, Initialiser, Orthogonal, Zeros
from neuralstudio.engine.ops.rnn import Rnn
from neuralstudio.engine.recurrence import Direction, Returns, read, sequences
from neuralstudio.layers._base import Emitter, Layer, Scope


class SimpleRNN(Layer, tag="simple-rnn"):
    """Reads a sequence, each step together with its own last output: good for short-range structure.

    Shapes: (batch, steps, features) → (batch, units), or (batch, steps, units) for all steps; twice the units
    when read both ways. Weights: kernel (features, units), recurrent_kernel (units, units; orthogonal at
    first) and bias (units).   Source: Elman 1990.
    """

    title = "Simple RNN"
    group = "Recurrent"
    units: Annotated[
        int, Meta(ge=1, le=4096, title="Units", description="Numbers of state, one output each.")
    ] = 64
    activation: Annotated[
        Tanh | ReLU, Meta(title="Activation", description="What each unit does with its weighted sum.")
    ] = Tanh()
    returns: Annotated[
        Returns, Meta(title="Output", description="The state after the last step, or that of every step.")
    ] = "last"
    direction: Annotated[
        Direction, Meta(title="Direction", description="Which way the sequence is read; both: side by side.")
    ] = "forward"
    initialiser: Annotated[
        Initialiser, Meta(title="Initialiser", description="Where the weights of the inputs start.")
    ] = GlorotUniform()

    @property
    def caption(self) -> str:
        return f"{self.units} unit{'s' if self.units != 1 else ''}"

    @property
    def activation_title(self) -> str:
        return self.activation.title

    @property
    def formula(self) -> str:
        return f"y = {self.activation.of.format('x·W + y₋₁·U + b')}"

    def build(self, x: Tensor, scope: Scope) -> Tensor:
        steps = sequences(x, self.title)

        def cell(prefix: str, is_reversed: bool) -> Tensor:
            kernel = scope.weight(f"{prefix}kernel", (steps.features, self.units), self.initialiser)
            recurrent = scope.weight(f"{prefix}recurrent_kernel", (self.units, self.units), Orthogonal())
            bias = scope.weight(f"{prefix}bias", (self.units,), Zeros())
            is_rectified = isinstance(self.activation, ReLU)
            return apply(
                Rnn(is_rectified, is_reversed, self.returns == "all"),
                steps.products(kernel, bias, 1),
                recurrent,
            )

        return read(self.direction, self.returns, cell)

    def emit(self, to: Emitter) -> None:
        to.simple_rnn(
            units=self.units,
            activation=self.activation,
            returns=self.returns,
            direction=self.direction,
            initialiser=self.initialiser,
        )
