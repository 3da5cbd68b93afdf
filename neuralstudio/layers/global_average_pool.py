"""Says how much of a feature there is, wherever it is."""

from neuralstudio.engine.graph import ShapeError, Tensor, dimensions
from neuralstudio.engine.ops.reduction import mean
from neuralstudio.layers._base import Emitter, Layer, Scope


class GlobalAveragePool(Layer, tag="global-average-pool"):
    """The average of each channel, over a whole sequence or image.

    Shapes: (batch, …, channels) → (batch, channels).   Source: Lin et al. 2014 (Network in network), §3.2.
    """

    title = "Global average pool"
    group = "Pooling"

    @property
    def formula(self) -> str:
        return "y = mean of x over all places"

    def build(self, x: Tensor, scope: Scope) -> Tensor:  # noqa: ARG002
        if len(x.shape) < 3:
            given = dimensions(x.shape[1:])
            raise ShapeError(
                f"{self.title} needs a sequence or an image with channels, but gets {given}",
                "Remove it, or insert Reshape before it.",
            )
        return mean(x, tuple(range(1, len(x.shape) - 1)))

    def emit(self, to: Emitter) -> None:
        to.global_average_pool()
