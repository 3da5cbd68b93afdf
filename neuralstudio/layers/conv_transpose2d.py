"""The transposed convolution: turns a small image with many channels into a larger one, as generators do."""

from typing import Annotated, Literal

from msgspec import Meta

from neuralstudio.engine.activations import Activation, ReLU
from neuralstudio.engine.graph import Tensor, apply
from neuralstudio.engine.initialisers import GlorotUniform, Initialiser, Zeros
from neuralstudio.engine.ops.columns import same_padding
from neuralstudio.engine.ops.convolution import ConvolutionInputGradient, Sweep
from neuralstudio.engine.ops.pooling import over_pixels
from neuralstudio.layers._base import Emitter, Layer, Scope


class ConvTranspose2D(Layer, tag="conv-transpose2d"):
    """Every pixel paints a small kernel onto a larger image; where kernels overlap they add up.

    Shapes: (batch, height, width, channels) → (batch, height·stride, width·stride, filters) with padding
    "same", as in Keras; "valid" adds what a kernel larger than the stride sticks out.
    (batch, height, width) has one channel. The kernel is laid out (height, width, filters, channels).
    Source: Dumoulin and Visin 2016, chapter 4.
    """

    title = "Transposed conv 2D"
    group = "Convolution"
    filters: Annotated[
        int, Meta(ge=1, le=4096, title="Filters", description="Channels of the larger image.")
    ] = 32
    kernel_size: Annotated[
        int, Meta(ge=1, le=63, title="Kernel size", description="Height and width of a kernel, in pixels.")
    ] = 3
    stride: Annotated[
        int, Meta(ge=1, le=63, title="Stride", description="How many times as high and wide the image gets.")
    ] = 2
    padding: Annotated[
        Literal["valid", "same"],
        Meta(title="Padding", description="“same” cuts off what sticks out at the edges."),
    ] = "same"
    activation: Annotated[
        Activation, Meta(title="Activation", description="What is done with each number of the image.")
    ] = ReLU()
    initialiser: Annotated[
        Initialiser, Meta(title="Initialiser", description="Where the weights start. Biases start at zero.")
    ] = GlorotUniform()

    @property
    def caption(self) -> str:
        return f"{self.filters} × {self.kernel_size}×{self.kernel_size}"

    @property
    def activation_title(self) -> str:
        return self.activation.title

    @property
    def formula(self) -> str:
        return f"y = {self.activation.of.format('x ∗ᵀ W + b')}"

    def build(self, x: Tensor, scope: Scope) -> Tensor:
        x = over_pixels(x, self.title)
        _, height, width, channels = x.shape
        kernel, stride = ((each, each) for each in (self.kernel_size, self.stride))
        overhang = 0 if self.padding == "same" else max(self.kernel_size - self.stride, 0)
        size = height * self.stride + overhang, width * self.stride + overhang
        margins = same_padding(size, kernel, stride) if self.padding == "same" else (0, 0, 0, 0)
        weights = scope.weight("kernel", (*kernel, self.filters, channels), self.initialiser)
        bias = scope.weight("bias", (self.filters,), Zeros())
        op = ConvolutionInputGradient(Sweep(stride, margins), size)
        return self.activation.build(apply(op, x, weights) + bias)

    def emit(self, to: Emitter) -> None:
        to.conv_transpose2d(
            filters=self.filters,
            kernel_size=self.kernel_size,
            stride=self.stride,
            padding=self.padding,
            activation=self.activation,
            initialiser=self.initialiser,
        )
