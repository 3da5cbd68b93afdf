"""Shakes the inputs while training, so that the network does not learn them by heart."""

from typing import Annotated

from msgspec import Meta

from neuralstudio.engine.graph import Tensor, apply
from neuralstudio.engine.ops.noise import NormalNoise
from neuralstudio.layers._base import Emitter, Layer, Scope


class GaussianNoise(Layer, tag="gaussian-noise"):
    """While training, adds a normally distributed number to each input; else y = x.

    Shapes: unchanged.   Source: Bishop 1995, "Training with noise is equivalent to Tikhonov regularization".
    """

    title = "Gaussian noise"
    group = "Regularise"
    deviation: Annotated[
        float, Meta(ge=0, le=10, title="Deviation", description="Standard deviation of the noise.")
    ] = 0.1

    @property
    def caption(self) -> str:
        return f"σ {self.deviation:g}"

    @property
    def formula(self) -> str:
        return f"y = x + n, n from N(0, {self.deviation:g}²)"

    def build(self, x: Tensor, scope: Scope) -> Tensor:
        if not scope.is_training or self.deviation == 0:
            return x
        return x + apply(NormalNoise(self.deviation), x)

    def emit(self, to: Emitter) -> None:
        to.gaussian_noise(self.deviation)
