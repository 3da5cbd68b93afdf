"""The convolutional layer for sequences: the same small kernels are moved along all steps."""

from typing import Annotated, Literal

from msgspec import Meta

from neuralstudio.engine.activations import Activation, ReLU
from neuralstudio.engine.graph import ShapeError, Tensor, apply, dimensions
from neuralstudio.engine.initialisers import GlorotUniform, Initialiser, Zeros
from neuralstudio.engine.ops.columns import same_padding
from neuralstudio.engine.ops.convolution import Convolution, Sweep
from neuralstudio.engine.ops.shape import Reshape
from neuralstudio.layers._base import Emitter, Layer, Scope


class Conv1D(Layer, tag="conv1d"):
    """Moves short kernels along a sequence: every filter looks for one pattern at each step.

    Computed as the convolution of an image of height 1.
    Shapes: (batch, steps, features) → (batch, windows, filters); (batch, steps) has one feature.
    Source: Goodfellow et al. 2016, §9.1 and §9.5.
    """

    title = "Conv 1D"
    group = "Convolution"
    filters: Annotated[
        int,
        Meta(ge=1, le=4096, title="Filters", description="Patterns to look for, one output feature each."),
    ] = 32
    kernel_size: Annotated[
        int, Meta(ge=1, le=4096, title="Kernel size", description="Length of a pattern, in steps.")
    ] = 3
    stride: Annotated[
        int,
        Meta(ge=1, le=4096, title="Stride", description="Steps from one place of the kernel to the next."),
    ] = 1
    padding: Annotated[
        Literal["valid", "same"],
        Meta(title="Padding", description="“same” adds zeros at both ends so that the length stays."),
    ] = "valid"
    dilation: Annotated[
        int,
        Meta(ge=1, le=4096, title="Dilation", description="Distance of the kernel's numbers; 1 = no gaps."),
    ] = 1
    groups: Annotated[
        int, Meta(ge=1, le=4096, title="Groups", description="Parts of the features that are not mixed.")
    ] = 1
    activation: Annotated[
        Activation, Meta(title="Activation", description="What each neuron does with its weighted sum.")
    ] = ReLU()
    initialiser: Annotated[
        Initialiser, Meta(title="Initialiser", description="Where the weights start. Biases start at zero.")
    ] = GlorotUniform()

    @property
    def caption(self) -> str:
        return f"{self.filters} × {self.kernel_size}"

    @property
    def activation_title(self) -> str:
        return self.activation.title

    @property
    def formula(self) -> str:
        return f"y = {self.activation.of.format('x ∗ W + b')}"

    def build(self, x: Tensor, scope: Scope) -> Tensor:
        if len(x.shape) not in (2, 3):
            raise ShapeError(
                f"{self.title} needs a sequence (steps, features), but gets {dimensions(x.shape[1:])}",
                "Use Conv 2D, or insert Reshape before it.",
            )
        batch, steps, *more = x.shape
        features = more[0] if more else 1
        length, stride, dilation = ((1, each) for each in (self.kernel_size, self.stride, self.dilation))
        margins = (0, 0, 0, 0)
        if self.padding == "same":
            margins = same_padding((1, steps), length, stride, dilation)
        shape = (self.kernel_size, features // self.groups, self.filters)
        kernel = scope.weight("kernel", shape, self.initialiser)
        bias = scope.weight("bias", (self.filters,), Zeros())
        op = Convolution(Sweep(stride, margins, dilation, self.groups))
        row = apply(Reshape((batch, 1, steps, features)), x)
        found = apply(op, row, apply(Reshape((1, *shape)), kernel))
        y = apply(Reshape((batch, *found.shape[2:])), found)
        return self.activation.build(y + bias)

    def emit(self, to: Emitter) -> None:
        to.conv1d(
            filters=self.filters,
            kernel_size=self.kernel_size,
            stride=self.stride,
            padding=self.padding,
            dilation=self.dilation,
            groups=self.groups,
            activation=self.activation,
            initialiser=self.initialiser,
        )
