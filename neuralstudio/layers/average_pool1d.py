"""Shortens a sequence by averaging each stretch of it."""

from typing import Annotated, Literal

from msgspec import Meta

from neuralstudio.engine.graph import Tensor, apply
from neuralstudio.engine.ops.pooling import AveragePool, over_steps
from neuralstudio.engine.ops.shape import Reshape
from neuralstudio.engine.windows import Window
from neuralstudio.layers._base import Emitter, Layer, Scope


class AveragePool1D(Layer, tag="average-pool1d"):
    """The average of each stretch of a sequence, channel by channel.

    What padding adds is not counted.

    Shapes: (batch, steps, channels) → (batch, pooled steps, channels); (batch, steps) has one channel.
    Source: LeCun et al. 1998, §II.A (subsampling).
    """

    title = "Average pool 1D"
    group = "Pooling"
    size: Annotated[int, Meta(ge=1, le=64, title="Size", description="Steps in each window.")] = 2
    stride: Annotated[
        int, Meta(ge=0, le=64, title="Stride", description="Steps from one window to the next; 0 = the size.")
    ] = 0
    padding: Annotated[
        Literal["valid", "same"],
        Meta(title="Padding", description="“same” keeps windows that stick out at the ends."),
    ] = "valid"

    @property
    def caption(self) -> str:
        return f"size {self.size}"

    @property
    def formula(self) -> str:
        return f"y = mean of {self.size} steps of x"

    def build(self, x: Tensor, scope: Scope) -> Tensor:  # noqa: ARG002
        stride = self.stride or self.size
        window = Window((self.size, 1), (stride, 1), self.padding)
        y = apply(AveragePool(window), over_steps(x, self.title))
        batch, steps, _, channels = y.shape
        return apply(Reshape((batch, steps, channels)), y)

    def emit(self, to: Emitter) -> None:
        to.average_pool1d(size=self.size, stride=self.stride, padding=self.padding)
