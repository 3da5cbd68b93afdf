"""The gated recurrent unit layer."""

from typing import Annotated

from msgspec import Meta

from neuralstudio.engine.graph import Tensor, apply
from neuralstudio.engine.initialisers import GlorotUniform, Initialiser, Orthogonal, Zeros
from neuralstudio.engine.ops.gru import (
    GATES,
    INPUT_FACTORS,
    KERAS_TO_INPUT,
    KERAS_TO_RECURRENT,
    RECURRENT_FACTORS,
    Gru,
)
from neuralstudio.engine.ops.recurrent import ArrangeGates
from neuralstudio.engine.recurrence import Direction, Returns, read, sequences
from neuralstudio.layers._base import Emitter, Layer, Scope


class GRU(Layer, tag="gru"):
    """Reads a sequence with a state that gates update and reset: three quarters of an LSTM's weights.

    Shapes: (batch, steps, features) → (batch, units), or (batch, steps, units) for all steps; twice the units
    when read both ways. Weights: kernel (features, 3·units), recurrent_kernel (units, 3·units), bias and
    recurrent_bias (3·units), gates in the order update, reset, candidate; the recurrent kernel is orthogonal.
    Source: Cho et al. 2014, the variant of PyTorch and Keras (reset after the product).
    """

    title = "GRU"
    group = "Recurrent"
    units: Annotated[
        int, Meta(ge=1, le=4096, title="Units", description="Numbers of state, one output each.")
    ] = 64
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
        return "Tanh"

    @property
    def formula(self) -> str:
        return "y = n + z·(y₋₁ − n), n = tanh(x·W + b + r·(y₋₁·U + c)), gates z, r = σ(x·W + b + y₋₁·U + c)"

    def build(self, x: Tensor, scope: Scope) -> Tensor:
        steps = sequences(x, self.title)
        to_input = ArrangeGates(KERAS_TO_INPUT, INPUT_FACTORS)
        to_state = ArrangeGates(KERAS_TO_RECURRENT, RECURRENT_FACTORS)

        def cell(prefix: str, is_reversed: bool) -> Tensor:
            size = GATES * self.units
            kernel = scope.weight(f"{prefix}kernel", (steps.features, size), self.initialiser)
            recurrent = scope.weight(f"{prefix}recurrent_kernel", (self.units, size), Orthogonal())
            bias = scope.weight(f"{prefix}bias", (size,), Zeros())
            recurrent_bias = scope.weight(f"{prefix}recurrent_bias", (size,), Zeros())
            inputs = steps.products(apply(to_input, kernel), apply(to_input, bias), GATES)
            state = apply(to_state, recurrent), apply(to_state, recurrent_bias)
            return apply(Gru(is_reversed, self.returns == "all"), inputs, *state)

        return read(self.direction, self.returns, cell)

    def emit(self, to: Emitter) -> None:
        to.gru(units=self.units, returns=self.returns, direction=self.direction, initialiser=self.initialiser)
