"""Says whether a feature is anywhere at all."""

from neuralstudio.engine.graph import ShapeError, Tensor, dimensions
from neuralstudio.engine.ops.pooling import max_over
from neuralstudio.layers._base import Emitter, Layer, Scope


class GlobalMaxPool(Layer, tag="global-max-pool"):
    """The largest number of each channel, over a whole sequence or image.

    Of equal numbers the first takes the whole gradient.

    Shapes: (batch, …, channels) → (batch, channels).   Source: Oquab et al. 2015, §3.2.
    """

    title = "Global max pool"
    group = "Pooling"

    @property
    def formula(self) -> str:
        return "y = max of x over all places"

    def build(self, x: Tensor, scope: Scope) -> Tensor:  # noqa: ARG002
        if len(x.shape) < 3:
            given = dimensions(x.shape[1:])
            raise ShapeError(
                f"{self.title} needs a sequence or an image with channels, but gets {given}",
                "Remove it, or insert Reshape before it.",
            )
        return max_over(x)

    def emit(self, to: Emitter) -> None:
        to.global_max_pool()
