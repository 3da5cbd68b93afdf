"""Shrinks an image by keeping the strongest response in each window of it."""

from typing import Annotated, Literal

from msgspec import Meta

from neuralstudio.engine.graph import Tensor
from neuralstudio.engine.ops.pooling import max_pool, over_pixels
from neuralstudio.engine.windows import Window
from neuralstudio.layers._base import Emitter, Layer, Scope


class MaxPool2D(Layer, tag="max-pool2d"):
    """The largest number of each window of an image, channel by channel.

    Of equal numbers the first takes the whole gradient.

    Shapes: (batch, height, width, channels) → (batch, pooled height, pooled width, channels);
    (batch, height, width) has one channel.
    Source: Goodfellow et al. 2016, §9.3.
    """

    title = "Max pool 2D"
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
        return f"y = max of each {self.size}×{self.size} window of x"

    def build(self, x: Tensor, scope: Scope) -> Tensor:  # noqa: ARG002
        stride = self.stride or self.size
        window = Window((self.size, self.size), (stride, stride), self.padding)
        return max_pool(over_pixels(x, self.title), window)

    def emit(self, to: Emitter) -> None:
        to.max_pool2d(size=self.size, stride=self.stride, padding=self.padding)
