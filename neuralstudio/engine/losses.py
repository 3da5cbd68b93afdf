"""Losses: one number for how wrong the network is. Training makes it smaller."""

from math import prod
from typing import Annotated, Literal, get_args

from msgspec import Meta
from msgspec.structs import replace

from neuralstudio.engine import class_weights
from neuralstudio.engine.graph import Array, Shape, Tensor, apply
from neuralstudio.engine.ops import elementwise
from neuralstudio.engine.ops.loss import SigmoidCrossEntropy, Softmax, SoftmaxCrossEntropy, SoftmaxDivergence
from neuralstudio.engine.ops.reduction import mean
from neuralstudio.engine.ops.residual import ClassMargin, Huber, LogCosh, SquaredError
from neuralstudio.engine.ops.shape import Reshape
from neuralstudio.engine.ops.weighted import WeightedCrossEntropy
from neuralstudio.schema.kind import Kind
from neuralstudio.schema.problem import Problem, ProblemError

Encoding = Literal["index", "one_hot", "binary", "signed", "numbers"]
"""How targets are handed to a loss: class numbers; rows of 0 and 1; a column of 0/1 or −1/+1; numbers."""

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


class LossFunction(Kind):
    """A loss: the mean over the batch (and the steps of a sequence), a scalar.

    Losses of the shards of a batch, weighted by their share of the samples, add up to that of the batch.
    """

    def encoding(self, output: Tensor, classes: int) -> Encoding:
        """How this loss wants the targets of a task with ``classes`` classes (0: numbers).

        Raises ``ProblemError`` where loss, output and task do not fit.
        """
        raise NotImplementedError

    def build(self, output: Tensor, target: Tensor) -> Tensor:
        """The loss of a batch. output: (batch, units) or (batch, steps, units); target: output's shape
        without its last axis for "index", else like output.
        """
        raise NotImplementedError

    def resolved(self, counts: Array) -> "LossFunction":  # noqa: ARG002 - most losses need no counts
        """The loss for training data with ``counts`` labels of each class: "balanced" made numbers.

        counts: (classes,). Whoever trains calls it before ``build``.
        """
        return self


class MeanSquaredError(LossFunction, tag="mean-squared-error"):
    """1/N Σ (t − y)²: for numbers to predict; also what the Playground uses (halved) for two classes.

    Source: Goodfellow et al. 2016, eq. 5.4; the mean is over batch and outputs, as in Keras and PyTorch.
    """

    title = "Mean squared error"

    def encoding(self, output: Tensor, classes: int) -> Encoding:
        return _compared(self, output, classes)

    def build(self, output: Tensor, target: Tensor) -> Tensor:
        return apply(SquaredError(), output, target)


class MeanAbsoluteLoss(LossFunction, tag="mean-absolute-error"):
    """1/N Σ |t − y|: every step away counts the same, so outliers pull less than with squares.

    Source: Goodfellow et al. 2016, §6.2.1.2. Its gradient where t = y is 0, as in PyTorch's L1Loss.
    """

    title = "Mean absolute error"

    def encoding(self, output: Tensor, classes: int) -> Encoding:
        return _compared(self, output, classes)

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
        return _compared(self, output, classes)

    def build(self, output: Tensor, target: Tensor) -> Tensor:
        return mean(apply(Huber(self.delta), output - target))


class LogCoshLoss(LossFunction, tag="log-cosh"):
    """1/N Σ log cosh(t − y): like Huber with δ = 1, but smooth everywhere.

    About e²/2 for small and |e| − log 2 for large errors. The mean, as in Keras.
    """

    title = "Log-cosh"

    def encoding(self, output: Tensor, classes: int) -> Encoding:
        return _compared(self, output, classes)

    def build(self, output: Tensor, target: Tensor) -> Tensor:
        return mean(apply(LogCosh(), output - target))


class BinaryCrossEntropy(LossFunction, tag="binary-cross-entropy"):
    """−t·log y − (1 − t)·log(1 − y): for two classes and one sigmoid output.

    Source: Goodfellow et al. 2016, §6.2.2.2. Label smoothing ε makes t to t·(1 − ε) + ε/2, as in Keras.
    """

    title = "Binary cross-entropy"
    label_smoothing: _Smoothing = 0.0

    def encoding(self, output: Tensor, classes: int) -> Encoding:
        units = output.shape[-1]
        if classes == 0:
            raise _misfit(self, _ONLY_CLASSES, classes)
        if not isinstance(_behind(output).op, elementwise.Sigmoid):
            raise _misfit(self, "it needs the sigmoid of the last layer", classes)
        if units == 1 and classes == 2:
            return "binary"
        if units == classes:
            return "one_hot"
        raise _misfit(self, _count_misfit(units, classes), classes)

    def build(self, output: Tensor, target: Tensor) -> Tensor:
        if self.label_smoothing:
            target = target * (1 - self.label_smoothing) + self.label_smoothing / 2
        return apply(SigmoidCrossEntropy(), _before(output), target)


class CategoricalCrossEntropy(LossFunction, tag="categorical-cross-entropy"):
    """−Σ t·log y: for any number of classes and a softmax output with a unit for each.

    Source: Goodfellow et al. 2016, §6.2.2.3. Labels are class numbers ("sparse" in Keras). Label smoothing ε
    as in PyTorch: t = (1 − ε)·one-hot + ε/classes (Szegedy et al. 2016, §7).

    Class weights multiply t. ``resolved`` scales them to a mean of 1 over the training samples, and the sum
    is divided by the number of samples, as in Keras. PyTorch divides by the weights of the batch, which does
    not add up over shards and takes a weight's effect away where a class is alone in its batch.
    """

    title = "Categorical cross-entropy"
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
            raise _misfit(self, _ONLY_CLASSES, classes)
        _needs_softmax(self, output, classes)
        if not class_weights.is_balanced(self.class_weights):
            self._weights(classes)
        return "index"

    def build(self, output: Tensor, target: Tensor) -> Tensor:
        logits, labels = _in_rows(_before(output)), _shaped(target, (target.size,))
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

    def encoding(self, output: Tensor, classes: int) -> Encoding:
        units = output.shape[-1]
        if classes == 0:
            raise _misfit(self, _ONLY_CLASSES, classes)
        if _is_softmax(output) or isinstance(_behind(output).op, elementwise.Sigmoid):
            raise _misfit(
                self, "it needs scores of any size, but the last layer keeps them from 0 to 1", classes
            )
        if units == 1 and classes == 2:
            return "signed"
        if units == classes:
            return "index"
        raise _misfit(self, _count_misfit(units, classes), classes)

    def build(self, output: Tensor, target: Tensor) -> Tensor:
        if target.shape == output.shape:
            return mean(apply(elementwise.Relu(), 1.0 - target * output))
        return apply(ClassMargin(), _in_rows(output), _shaped(target, (target.size,)))


class KullbackLeibler(LossFunction, tag="kl-divergence"):
    """Σ t·log(t/y): how far a softmax output is from a distribution, in nats.

    For targets that are distributions themselves: the answers of another network, or an autoencoder whose
    data are shares that add up to 1. For labels it is the cross-entropy. Source: Kullback and Leibler 1951;
    the mean over the samples, as PyTorch's KLDivLoss with "batchmean"; 0·log 0 = 0.
    """

    title = "KL divergence"

    def encoding(self, output: Tensor, classes: int) -> Encoding:
        _needs_softmax(self, output, classes)
        return "one_hot" if classes else "numbers"

    def build(self, output: Tensor, target: Tensor) -> Tensor:
        return apply(SoftmaxDivergence(), _in_rows(_before(output)), _in_rows(target))


Loss = (
    MeanSquaredError
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
    return _before(output) if _is_softmax(output) else output


# ── the last activation, and rows ────────────────────────────────────────────────────────────────────


def _behind(output: Tensor) -> Tensor:
    """The node that computes ``output``, looking through reshapes."""
    while isinstance(output.op, Reshape):
        output = output.inputs[0]
    return output


def _is_softmax(output: Tensor) -> bool:
    """Whether each row of ``output`` is a softmax: a reshape on the way must have left the rows alone."""
    source = _behind(output)
    return isinstance(source.op, Softmax) and source.shape[-1] == output.shape[-1]


def _before(output: Tensor) -> Tensor:
    """What goes into the activation that makes ``output``: the logits, in the output's shape."""
    return _shaped(_behind(output).inputs[0], output.shape)


def _in_rows(x: Tensor) -> Tensor:
    """(…, units) as (rows, units)."""
    return _shaped(x, (prod(x.shape[:-1]), x.shape[-1]))


def _shaped(x: Tensor, shape: Shape) -> Tensor:
    return x if x.shape == shape else apply(Reshape(shape), x)


# ── what does not fit ────────────────────────────────────────────────────────────────────────────────

_ONLY_CLASSES = "it is for classes, but this data set has numbers to predict"


def _compared(loss: LossFunction, output: Tensor, classes: int) -> Encoding:
    """Targets for a loss that compares number with number."""
    if not classes:
        return "numbers"
    units = output.shape[-1]
    if units == classes:
        return "one_hot"
    if classes == 2 and units == 1:
        return "signed" if isinstance(_behind(output).op, elementwise.Tanh) else "binary"
    raise _misfit(loss, _count_misfit(units, classes), classes)


def _needs_softmax(loss: LossFunction, output: Tensor, classes: int) -> None:
    if not _is_softmax(output):
        raise _misfit(loss, "it needs the softmax of the last layer", classes)
    if classes and output.shape[-1] != classes:
        raise _misfit(loss, _count_misfit(output.shape[-1], classes), classes)


def _misfit(loss: LossFunction, reason: str, classes: int) -> ProblemError:
    units = _counted(1 if classes == 2 else classes)
    if not classes:
        remedy = "Choose mean squared error."
    elif isinstance(loss, CategoricalCrossEntropy | KullbackLeibler):
        remedy = f"Make the last layer Dense with {_counted(classes)} and softmax, or choose another loss."
    elif isinstance(loss, BinaryCrossEntropy):
        remedy = f"Make the last layer Dense with {units} and sigmoid, or choose another loss."
    elif isinstance(loss, Hinge):
        remedy = f"Make the last layer Dense with {units} and linear, or choose another loss."
    else:
        remedy = f"Give the last layer {_counted(classes)}."
    return ProblemError(Problem(loss.title, reason[0].upper() + reason[1:], remedy, field="loss"))


def _count_misfit(units: int, classes: int) -> str:
    return f"the last layer has {_counted(units)}, but there are {classes} classes"


def _counted(units: int) -> str:
    return "1 unit" if units == 1 else f"{units} units"
