"""Shortens a sequence by keeping the strongest response in each stretch of it."""

from typing import Annotated, Literal

from msgspec import Meta

from neuralstudio.engine.graph import Tensor, apply
from neuralstudio.engine.ops.pooling import max_pool, over_steps
from neuralstudio.engine.ops.shape import Reshape
from neuralstudio.engine.windows import Window
from neuralstudio.layers._base import Emitter, Layer, Scope


class MaxPool1D(Layer, tag="max-pool1d"):
    """The largest number of each stretch of a sequence, channel by channel.

    Of equal numbers the first takes the whole gradient.

    Shapes: (batch, steps, channels) → (batch, pooled steps, channels); (batch, steps) has one channel.
    Source: Goodfellow et al. 2016, §9.3.
    """

    title = "Max pool 1D"
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
        return f"y = max of {self.size} steps of x"

    def build(self, x: Tensor, scope: Scope) -> Tensor:  # noqa: ARG002
        stride = self.stride or self.size
        window = Window((self.size, 1), (stride, 1), self.padding)
        y = max_pool(over_steps(x, self.title), window)
        batch, steps, _, channels = y.shape
        return apply(Reshape((batch, steps, channels)), y)

    def emit(self, to: Emitter) -> None:
        to.max_pool1d(size=self.size, stride=self.stride, padding=self.padding)
