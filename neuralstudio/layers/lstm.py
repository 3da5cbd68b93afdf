"""The long short-term memory layer."""

from typing import Annotated

from msgspec import Meta

from neuralstudio.engine.graph import Tensor, apply
from neuralstudio.engine.initialisers import ForgetGateOpen, GlorotUniform, Initialiser, Orthogonal
from neuralstudio.engine.ops.lstm import GATES, HALVED, KERAS_TO_CELL, Lstm
from neuralstudio.engine.ops.recurrent import ArrangeGates
from neuralstudio.engine.recurrence import Direction, Returns, read, sequences
from neuralstudio.layers._base import Emitter, Layer, Scope


class LSTM(Layer, tag="lstm"):
    """Reads a sequence with a memory that gates write, keep and show: good for long-range structure.

    Shapes: (batch, steps, features) → (batch, units), or (batch, steps, units) for all steps; twice the units
    when read both ways. Weights: kernel (features, 4·units), recurrent_kernel (units, 4·units) and bias
    (4·units), gates in the order input, forget, cell, output; the forget gate's bias starts at 1, the
    recurrent kernel orthogonal.
    Source: Hochreiter and Schmidhuber 1997; Gers et al. 2000; Jozefowicz et al. 2015.
    """

    title = "LSTM"
    group = "Recurrent"
    units: Annotated[
        int, Meta(ge=1, le=4096, title="Units", description="Memory cells, one output each.")
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
        return "y = o·tanh c, c = f·c₋₁ + i·tanh(x·W + y₋₁·U + b), gates i, f, o = σ(x·W + y₋₁·U + b)"

    def build(self, x: Tensor, scope: Scope) -> Tensor:
        steps = sequences(x, self.title)
        arrange = ArrangeGates(KERAS_TO_CELL, HALVED)

        def cell(prefix: str, is_reversed: bool) -> Tensor:
            size = GATES * self.units
            kernel = scope.weight(f"{prefix}kernel", (steps.features, size), self.initialiser)
            recurrent = scope.weight(f"{prefix}recurrent_kernel", (self.units, size), Orthogonal())
            bias = scope.weight(f"{prefix}bias", (size,), ForgetGateOpen())
            inputs = steps.products(apply(arrange, kernel), apply(arrange, bias), GATES)
            return apply(Lstm(is_reversed, self.returns == "all"), inputs, apply(arrange, recurrent))

        return read(self.direction, self.returns, cell)

    def emit(self, to: Emitter) -> None:
        to.lstm(
            units=self.units, returns=self.returns, direction=self.direction, initialiser=self.initialiser
        )
