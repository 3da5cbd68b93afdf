"""Softmax that can be made bolder or more cautious."""

from typing import Annotated

from msgspec import Meta

from neuralstudio.engine.graph import Tensor, apply
from neuralstudio.engine.ops.loss import Softmax as SoftmaxOp
from neuralstudio.layers._base import Emitter, Layer, Scope


class Temperature(Layer, tag="temperature"):
    """Softmax of the scores divided by a temperature: below 1 it is bolder, above 1 more even.

    y = softmax(x / T) over the last axis. Used to teach a small network from a large one and to draw samples.

    Shapes: unchanged.   Source: Hinton, Vinyals and Dean 2015, eq. 1.
    """

    title = "Softmax temperature"
    temperature: Annotated[
        float,
        Meta(
            ge=0.01,
            le=100,
            title="Temperature",
            description="1 is plain softmax; less makes the largest score stand out, more levels them.",
            extra={"scale": "log"},
        ),
    ] = 1.0

    @property
    def caption(self) -> str:
        return f"T {self.temperature:g}"

    @property
    def activation_title(self) -> str:
        return "Softmax"

    @property
    def formula(self) -> str:
        return f"y = softmax(x / {self.temperature:g})"

    def build(self, x: Tensor, scope: Scope) -> Tensor:  # noqa: ARG002
        # The softmax comes last: the loss finds it there and works on what it is taken of, which is exact.
        return apply(SoftmaxOp(), x * (1 / self.temperature))

    def emit(self, to: Emitter) -> None:
        to.temperature(self.temperature)
