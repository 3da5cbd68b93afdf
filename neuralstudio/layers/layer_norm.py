"""Keeps each sample at one mean and spread, whatever the batch."""

from typing import Annotated

from msgspec import Meta

from neuralstudio.engine.graph import Tensor, apply
from neuralstudio.engine.initialisers import Constant, Zeros
from neuralstudio.engine.ops.normalisation import LayerNorm as LayerNormOp
from neuralstudio.layers._base import Emitter, Layer, Scope


class LayerNorm(Layer, tag="layer-norm"):
    """The features of each sample get mean 0 and variance 1, then a trained scale and shift.

    Over the last axis, as Keras does and PyTorch's LayerNorm(features); the same in training and prediction.

    Shapes: (batch, …, features), unchanged.   Source: Ba, Kiros and Hinton 2016, eq. 4.
    """

    title = "Layer norm"
    group = "Normalise"
    epsilon: Annotated[
        float,
        Meta(
            ge=1e-8,
            le=1,
            title="Epsilon",
            description="Added to the variance, so that a constant sample is not divided by zero.",
            extra={"scale": "log"},
        ),
    ] = 0.001

    @property
    def formula(self) -> str:
        return f"y = γ·(x − μ)/√(σ² + {self.epsilon:g}) + β, μ and σ² of each sample"

    def build(self, x: Tensor, scope: Scope) -> Tensor:
        gamma = scope.weight("gamma", x.shape[-1:], Constant(value=1.0))
        beta = scope.weight("beta", x.shape[-1:], Zeros())
        return apply(LayerNormOp(self.epsilon), x, gamma, beta)

    def emit(self, to: Emitter) -> None:
        to.layer_norm(epsilon=self.epsilon)
