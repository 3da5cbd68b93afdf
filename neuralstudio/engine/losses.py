"""Losses: one number for how wrong the network is. Training makes it smaller.

Here are those for classes and the list of all; those for numbers are in ``residual_losses.py``.
"""

from typing import Annotated, get_args

from msgspec import Meta
from msgspec.structs import replace

from neuralstudio.engine import class_weights
from neuralstudio.engine.graph import Array, Tensor, apply
from neuralstudio.engine.loss_function import (
    Encoding,
    LossFunction,
    before,
    behind,
    count_misfit,
    in_rows,
    is_softmax,
    misfit,
    shaped,
)
from neuralstudio.engine.ops import elementwise
from neuralstudio.engine.ops.loss import SigmoidCrossEntropy, SoftmaxCrossEntropy, SoftmaxDivergence
from neuralstudio.engine.ops.reduction import mean
from neuralstudio.engine.ops.residual import ClassMargin
from neuralstudio.engine.ops.weighted import WeightedCrossEntropy
from neuralstudio.engine.residual_losses import (
    HalfSquaredError,
    HuberLoss,
    LogCoshLoss,
    MeanAbsoluteLoss,
    MeanSquaredError,
)
from neuralstudio.schema.problem import Problem, ProblemError

__all__ = [
    "LOSSES", "BinaryCrossEntropy", "CategoricalCrossEntropy", "Encoding", "HalfSquaredError", "Hinge",
    "HuberLoss", "KullbackLeibler", "LogCoshLoss", "Loss", "LossFunction", "MeanAbsoluteLoss",
    "MeanSquaredError", "scores",
]  # fmt: skip

_Smoothing = Annotated[
    float,
    Meta(
        ge=0,
        lt=1,
        title="Label smoothing",
        description="Share of each label that is spread evenly over all classes, against overconfidence.",
        extra={"step": 0.05},
    ),
]


class BinaryCrossEntropy(LossFunction, tag="binary-cross-entropy"):
    """−t·log y − (1 − t)·log(1 − y): for two classes and one sigmoid output.

    Source: Goodfellow et al. 2016, §6.2.2.2. Label smoothing ε makes t to t·(1 − ε) + ε/2, as in Keras.
    """

    title = "Binary cross-entropy"
    fitting = "sigmoid"
    label_smoothing: _Smoothing = 0.0

    def encoding(self, output: Tensor, classes: int) -> Encoding:
        units = output.shape[-1]
        if classes == 0:
            raise misfit(self, _ONLY_CLASSES, classes)
        if not isinstance(behind(output).op, elementwise.Sigmoid):
            raise misfit(self, "it needs the sigmoid of the last layer", classes)
        if units == 1 and classes == 2:
            return "binary"
        if units == classes:
            return "one_hot"
        raise misfit(self, count_misfit(units, classes), classes)

    def build(self, output: Tensor, target: Tensor) -> Tensor:
        if self.label_smoothing:
            target = target * (1 - self.label_smoothing) + self.label_smoothing / 2
        return apply(SigmoidCrossEntropy(), before(output), target)


class CategoricalCrossEntropy(LossFunction, tag="categorical-cross-entropy"):
    """−Σ t·log y: for any number of classes and a softmax output with a unit for each.

    Source: Goodfellow et al. 2016, §6.2.2.3. Labels are class numbers ("sparse" in Keras). Label smoothing ε
    as in PyTorch: t = (1 − ε)·one-hot + ε/classes (Szegedy et al. 2016, §7).

    Class weights multiply t. ``resolved`` scales them to a mean of 1 over the training samples, and the sum
    is divided by the number of samples, as in Keras. PyTorch divides by the weights of the batch, which does
    not add up over shards and takes a weight's effect away where a class is alone in its batch.
    """

    title = "Categorical cross-entropy"
    fitting = "softmax"
    label_smoothing: _Smoothing = 0.0
    class_weights: Annotated[
        str,
        Meta(
            title="Class weights",
            description='Empty: all count alike. "balanced": rare ones count more. Or numbers: "1, 2, 0.5".',
        ),
    ] = ""

    def encoding(self, output: Tensor, classes: int) -> Encoding:
        if classes == 0:
            raise misfit(self, _ONLY_CLASSES, classes)
        _needs_softmax(self, output, classes)
        if not class_weights.is_balanced(self.class_weights):
            self._weights(classes)
        return "index"

    def build(self, output: Tensor, target: Tensor) -> Tensor:
        logits, labels = in_rows(before(output)), shaped(target, (target.size,))
        weights = self._weights(logits.shape[-1])
        if weights or self.label_smoothing:
            return apply(WeightedCrossEntropy(weights, self.label_smoothing), logits, labels)
        return apply(SoftmaxCrossEntropy(), logits, labels)

    def resolved(self, counts: Array) -> "CategoricalCrossEntropy":
        if not class_weights.is_balanced(self.class_weights):
            self._weights(len(counts))  # a list that does not fit is told in words
        return replace(self, class_weights=class_weights.resolved(self.class_weights, counts))

    def _weights(self, classes: int) -> tuple[float, ...]:
        if class_weights.is_balanced(self.class_weights):
            raise TypeError("balanced class weights are not known before resolved() has seen the data")
        try:
            return class_weights.parsed(self.class_weights, classes)
        except ValueError as error:
            remedy = 'Write a number for each class, or "balanced", or nothing.'
            raise ProblemError(Problem(self.title, f"{error}", remedy, field="loss")) from None


class Hinge(LossFunction, tag="hinge"):
    """max(0, 1 − t·y): right answers must win by a margin of 1; for scores that may be any number.

    One output and two classes (t = ±1): Cortes and Vapnik 1995, the mean as in Keras. A unit for each
    class: 1/classes Σ max(0, 1 − y_label + y_j) over the others, Weston and Watkins 1999, as PyTorch's
    MultiMarginLoss (Keras's categorical hinge has only the largest of them, Crammer and Singer 2001).
    """

    title = "Hinge"
    fitting = "linear"

    def encoding(self, output: Tensor, classes: int) -> Encoding:
        units = output.shape[-1]
        if classes == 0:
            raise misfit(self, _ONLY_CLASSES, classes)
        if is_softmax(output) or isinstance(behind(output).op, elementwise.Sigmoid):
            raise misfit(
                self, "it needs scores of any size, but the last layer keeps them from 0 to 1", classes
            )
        if units == 1 and classes == 2:
            return "signed"
        if units == classes:
            return "index"
        raise misfit(self, count_misfit(units, classes), classes)

    def build(self, output: Tensor, target: Tensor) -> Tensor:
        if target.shape == output.shape:
            return mean(apply(elementwise.Relu(), 1.0 - target * output))
        return apply(ClassMargin(), in_rows(output), shaped(target, (target.size,)))


class KullbackLeibler(LossFunction, tag="kl-divergence"):
    """Σ t·log(t/y): how far a softmax output is from a distribution, in nats.

    For targets that are distributions themselves: the answers of another network, or an autoencoder whose
    data are shares that add up to 1. For labels it is the cross-entropy. Source: Kullback and Leibler 1951;
    the mean over the samples, as PyTorch's KLDivLoss with "batchmean"; 0·log 0 = 0.
    """

    title = "KL divergence"
    fitting = "softmax"

    def encoding(self, output: Tensor, classes: int) -> Encoding:
        _needs_softmax(self, output, classes)
        return "one_hot" if classes else "numbers"

    def build(self, output: Tensor, target: Tensor) -> Tensor:
        return apply(SoftmaxDivergence(), in_rows(before(output)), in_rows(target))


Loss = (
    MeanSquaredError
    | HalfSquaredError
    | MeanAbsoluteLoss
    | HuberLoss
    | LogCoshLoss
    | BinaryCrossEntropy
    | CategoricalCrossEntropy
    | Hinge
    | KullbackLeibler
)
LOSSES: tuple[type[LossFunction], ...] = get_args(Loss)


def scores(output: Tensor) -> Tensor:
    """Numbers ranked as ``output`` along its last axis: of a softmax the logits, which are there already."""
    return before(output) if is_softmax(output) else output


_ONLY_CLASSES = "it is for classes, but this data set has numbers to predict"


def _needs_softmax(loss: LossFunction, output: Tensor, classes: int) -> None:
    if not is_softmax(output):
        raise misfit(loss, "it needs the softmax of the last layer", classes)
    if classes and output.shape[-1] != classes:
        raise misfit(loss, count_misfit(output.shape[-1], classes), classes)
