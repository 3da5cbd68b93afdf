"""The convolutional layer for images: the same small kernels are moved over the whole picture."""

from typing import Annotated, Literal

from msgspec import Meta

from neuralstudio.engine.activations import Activation, ReLU
from neuralstudio.engine.graph import Tensor, apply
from neuralstudio.engine.initialisers import GlorotUniform, Initialiser, Zeros
from neuralstudio.engine.ops.columns import same_padding
from neuralstudio.engine.ops.convolution import Convolution, Sweep
from neuralstudio.engine.ops.pooling import over_pixels
from neuralstudio.layers._base import Emitter, Layer, Scope


class Conv2D(Layer, tag="conv2d"):
    """Moves small kernels over an image: every filter looks for one pattern everywhere.

    Shapes: (batch, height, width, channels) → (batch, rows, columns, filters);
    (batch, height, width) has one channel. With as many groups as channels and filters it is a depthwise
    convolution.
    Source: LeCun et al. 1998, §II; Goodfellow et al. 2016, §9.1 and §9.5.
    """

    title = "Conv 2D"
    group = "Convolution"
    filters: Annotated[
        int,
        Meta(ge=1, le=4096, title="Filters", description="Patterns to look for, one output channel each."),
    ] = 32
    kernel_size: Annotated[
        int, Meta(ge=1, le=63, title="Kernel size", description="Height and width of a pattern, in pixels.")
    ] = 3
    stride: Annotated[
        int, Meta(ge=1, le=63, title="Stride", description="Pixels from one place of the kernel to the next.")
    ] = 1
    padding: Annotated[
        Literal["valid", "same"],
        Meta(title="Padding", description="“same” surrounds the image with zeros so that it keeps its size."),
    ] = "valid"
    dilation: Annotated[
        int, Meta(ge=1, le=63, title="Dilation", description="Distance of the kernel's numbers; 1 = no gaps.")
    ] = 1
    groups: Annotated[
        int, Meta(ge=1, le=4096, title="Groups", description="Parts of the channels that are not mixed.")
    ] = 1
    activation: Annotated[
        Activation, Meta(title="Activation", description="What each neuron does with its weighted sum.")
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
        return f"y = {self.activation.of.format('x ∗ W + b')}"

    def build(self, x: Tensor, scope: Scope) -> Tensor:
        x = over_pixels(x, self.title)
        _, height, width, channels = x.shape
        kernel, stride, dilation = ((each, each) for each in (self.kernel_size, self.stride, self.dilation))
        margins = (0, 0, 0, 0)
        if self.padding == "same":
            margins = same_padding((height, width), kernel, stride, dilation)
        shape = (*kernel, channels // self.groups, self.filters)
        weights = scope.weight("kernel", shape, self.initialiser)
        bias = scope.weight("bias", (self.filters,), Zeros())
        op = Convolution(Sweep(stride, margins, dilation, self.groups))
        return self.activation.build(apply(op, x, weights) + bias)

    def emit(self, to: Emitter) -> None:
        to.conv2d(
            filters=self.filters,
            kernel_size=self.kernel_size,
            stride=self.stride,
            padding=self.padding,
            dilation=self.dilation,
            groups=self.groups,
            activation=self.activation,
            initialiser=self.initialiser,
        )
