"""Shrinks an image by averaging each window of it."""

from typing import Annotated, Literal

from msgspec import Meta

from neuralstudio.engine.graph import Tensor, apply
from neuralstudio.engine.ops.pooling import AveragePool, over_pixels
from neuralstudio.engine.windows import Window
from neuralstudio.layers._base import Emitter, Layer, Scope


class AveragePool2D(Layer, tag="average-pool2d"):
    """The average of each window of an image, channel by channel.

    What padding adds is not counted.

    Shapes: (batch, height, width, channels) → (batch, pooled height, pooled width, channels);
    (batch, height, width) has one channel.
    Source: LeCun et al. 1998, §II.A (subsampling).
    """

    title = "Average pool 2D"
    group = "Pooling"
    size: Annotated[
        int, Meta(ge=1, le=64, title="Size", description="Height and width of a window, in pixels.")
    ] = 2
    stride: Annotated[
        int,
        Meta(ge=0, le=64, title="Stride", description="Pixels from one window to the next; 0 = the size."),
    ] = 0
    padding: Annotated[
        Literal["valid", "same"],
        Meta(title="Padding", description="“same” keeps windows that stick out at the edges."),
    ] = "valid"

    @property
    def caption(self) -> str:
        return f"{self.size}×{self.size}"

    @property
    def formula(self) -> str:
        return f"y = mean of each {self.size}×{self.size} window of x"

    def build(self, x: Tensor, scope: Scope) -> Tensor:  # noqa: ARG002
        stride = self.stride or self.size
        window = Window((self.size, self.size), (stride, stride), self.padding)
        return apply(AveragePool(window), over_pixels(x, self.title))

    def emit(self, to: Emitter) -> None:
        to.average_pool2d(size=self.size, stride=self.stride, padding=self.padding)
