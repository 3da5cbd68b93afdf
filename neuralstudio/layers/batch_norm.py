"""Keeps each channel at one mean and spread, whatever the layers before it do."""

from typing import Annotated

from msgspec import Meta

from neuralstudio.engine.graph import Side, Tensor, apply
from neuralstudio.engine.initialisers import Constant, Zeros
from neuralstudio.engine.ops.normalisation import BatchNorm as BatchNormOp
from neuralstudio.engine.ops.normalisation import InverseDeviation, ScaleShift
from neuralstudio.layers._base import Emitter, Layer, Scope


class BatchNorm(Layer, tag="batch-norm"):
    """Each channel gets mean 0 and variance 1 over the batch, then a trained scale and shift.

    y = γ·(x − μ)/√(σ² + ε) + β. While training, μ and σ² are those of the batch, over every axis but the
    last; in prediction, running averages: average ← momentum·average + (1 − momentum)·batch. That is Keras's
    momentum; PyTorch's is 1 − momentum. The variance is the biased one, Σ(x − μ)²/n, in both places, as in
    Keras; PyTorch keeps the unbiased one, larger by n/(n − 1), in its running average.

    Shapes: (batch, …, channels), unchanged.   Source: Ioffe and Szegedy 2015, algorithms 1 and 2.
    """

    title = "Batch norm"
    group = "Normalise"
    momentum: Annotated[
        float,
        Meta(
            ge=0,
            lt=1,
            title="Momentum",
            description="How much of the running mean and variance is kept in each step.",
        ),
    ] = 0.9
    epsilon: Annotated[
        float,
        Meta(
            ge=1e-8,
            le=1,
            title="Epsilon",
            description="Added to the variance, so that a constant channel is not divided by zero.",
            extra={"scale": "log"},
        ),
    ] = 0.001

    @property
    def caption(self) -> str:
        return f"momentum {self.momentum:g}"

    @property
    def formula(self) -> str:
        return f"y = γ·(x − μ)/√(σ² + {self.epsilon:g}) + β, μ and σ² of each channel"

    def build(self, x: Tensor, scope: Scope) -> Tensor:
        channels = x.shape[-1:]
        gamma = scope.weight("gamma", channels, Constant(value=1.0))
        beta = scope.weight("beta", channels, Zeros())
        mean = scope.state("moving_mean", channels, 0.0)
        variance = scope.state("moving_variance", channels, 1.0)
        if not scope.is_training:
            scale = gamma * apply(InverseDeviation(self.epsilon), variance)
            return apply(ScaleShift(), x, scale, beta - mean * scale)
        scope.needs_whole_batch()
        y = apply(BatchNormOp(self.epsilon), x, gamma, beta)
        for state, of_batch in ((mean, apply(Side(0), y)), (variance, apply(Side(2), y))):
            scope.update(state, state * self.momentum + of_batch * (1 - self.momentum))
        return y

    def emit(self, to: Emitter) -> None:
        to.batch_norm(momentum=self.momentum, epsilon=self.epsilon)
