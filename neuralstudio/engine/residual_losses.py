"""Losses that compare number with number: squares, absolute values, and what lies between them."""

from typing import Annotated

from msgspec import Meta

from neuralstudio.engine.graph import Tensor, apply
from neuralstudio.engine.loss_function import Encoding, LossFunction, behind, compared
from neuralstudio.engine.ops import elementwise
from neuralstudio.engine.ops.reduction import mean
from neuralstudio.engine.ops.residual import Huber, LogCosh, SquaredError


class MeanSquaredError(LossFunction, tag="mean-squared-error"):
    """1/N Σ (t − y)²: for numbers to predict; also what the Playground uses (halved) for two classes.

    Source: Goodfellow et al. 2016, eq. 5.4; the mean is over batch and outputs, as in Keras and PyTorch.
    """

    title = "Mean squared error"

    def encoding(self, output: Tensor, classes: int) -> Encoding:
        return compared(self, output, classes)

    def build(self, output: Tensor, target: Tensor) -> Tensor:
        return apply(SquaredError(), output, target)


class HalfSquaredError(LossFunction, tag="half-squared-error"):
    """½ · 1/N Σ (t − y)²: as the squared error, but its slope is simply y − t.

    Two classes with one output are −1 and +1, except behind a sigmoid. Source: Rumelhart, Hinton and Williams
    1986, eq. 3; the mean is over batch and outputs.
    """

    title = "Half squared error"

    def encoding(self, output: Tensor, classes: int) -> Encoding:
        if classes == 2 and output.shape[-1] == 1 and not isinstance(behind(output).op, elementwise.Sigmoid):
            return "signed"
        return compared(self, output, classes)

    def build(self, output: Tensor, target: Tensor) -> Tensor:
        return apply(SquaredError(), output, target) * 0.5


class MeanAbsoluteLoss(LossFunction, tag="mean-absolute-error"):
    """1/N Σ |t − y|: every step away counts the same, so outliers pull less than with squares.

    Source: Goodfellow et al. 2016, §6.2.1.2. Its gradient where t = y is 0, as in PyTorch's L1Loss.
    """

    title = "Mean absolute error"

    def encoding(self, output: Tensor, classes: int) -> Encoding:
        return compared(self, output, classes)

    def build(self, output: Tensor, target: Tensor) -> Tensor:
        return mean(apply(elementwise.Absolute(), output - target))


class HuberLoss(LossFunction, tag="huber"):
    """Half the squared error up to δ, beyond it linear: gentle near the target, unmoved by outliers.

    e = t − y: e²/2 for |e| ≤ δ, else δ·(|e| − δ/2). Source: Huber 1964; the mean, as in Keras and PyTorch.
    """

    title = "Huber"
    delta: Annotated[
        float,
        Meta(
            gt=0,
            le=1e6,
            title="Delta",
            description="Error from which on the loss grows linearly.",
            extra={"scale": "log"},
        ),
    ] = 1.0

    def encoding(self, output: Tensor, classes: int) -> Encoding:
        return compared(self, output, classes)

    def build(self, output: Tensor, target: Tensor) -> Tensor:
        return mean(apply(Huber(self.delta), output - target))


class LogCoshLoss(LossFunction, tag="log-cosh"):
    """1/N Σ log cosh(t − y): like Huber with δ = 1, but smooth everywhere.

    About e²/2 for small and |e| − log 2 for large errors. The mean, as in Keras.
    """

    title = "Log-cosh"

    def encoding(self, output: Tensor, classes: int) -> Encoding:
        return compared(self, output, classes)

    def build(self, output: Tensor, target: Tensor) -> Tensor:
        return mean(apply(LogCosh(), output - target))
