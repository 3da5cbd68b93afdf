"""Makes an image larger by repeating its pixels."""

from typing import Annotated

from msgspec import Meta

from neuralstudio.engine.graph import Tensor, apply
from neuralstudio.engine.ops.pooling import over_pixels
from neuralstudio.engine.ops.resize import Enlarge
from neuralstudio.layers._base import Emitter, Layer, Scope


class UpSampling2D(Layer, tag="up-sampling2d"):
    """Repeats every pixel so that the image gets several times as high and wide; nothing is learnt.

    Shapes: (batch, height, width, channels) → (batch, height·factor, width·factor, channels);
    (batch, height, width) has one channel.
    Source: Odena et al. 2016 (nearest neighbour, against the checkerboards of transposed convolution).
    """

    title = "Up-sampling 2D"
    group = "Convolution"
    factor: Annotated[
        int, Meta(ge=1, le=64, title="Factor", description="How many times as high and wide the image gets.")
    ] = 2

    @property
    def caption(self) -> str:
        return f"×{self.factor}"

    @property
    def formula(self) -> str:
        return f"y = each pixel of x, {self.factor}×{self.factor} times"

    def build(self, x: Tensor, scope: Scope) -> Tensor:  # noqa: ARG002
        return apply(Enlarge(self.factor), over_pixels(x, self.title))

    def emit(self, to: Emitter) -> None:
        to.up_sampling2d(factor=self.factor)
