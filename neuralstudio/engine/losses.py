"""Losses: one number for how wrong the network is. Training makes it smaller."""

from typing import Literal, get_args

from neuralstudio.engine.graph import Tensor, apply
from neuralstudio.engine.ops import elementwise
from neuralstudio.engine.ops.loss import SigmoidCrossEntropy, Softmax, SoftmaxCrossEntropy
from neuralstudio.engine.ops.reduction import mean
from neuralstudio.engine.ops.shape import Reshape
from neuralstudio.schema.kind import Kind
from neuralstudio.schema.problem import Problem, ProblemError

Encoding = Literal["index", "one_hot", "binary", "signed", "numbers"]
"""How targets are handed to a loss: class numbers; rows of 0 and 1; a column of 0/1 or −1/+1; numbers."""


class LossFunction(Kind):
    """A loss: the mean over the batch, a scalar."""

    def encoding(self, output: Tensor, classes: int) -> Encoding:
        """How this loss wants the targets of a task with ``classes`` classes (0: numbers).

        Raises ``ProblemError`` where loss, output and task do not fit.
        """
        raise NotImplementedError

    def build(self, output: Tensor, target: Tensor) -> Tensor:
        """The loss of a batch. output: (batch, units); target: (batch,) for "index", else like output."""
        raise NotImplementedError


class MeanSquaredError(LossFunction, tag="mean-squared-error"):
    """1/N Σ (t − y)²: for numbers to predict; also what the Playground uses (halved) for two classes.

    Source: Goodfellow et al. 2016, eq. 5.4; the mean is over batch and outputs, as in Keras and PyTorch.
    """

    title = "Mean squared error"

    def encoding(self, output: Tensor, classes: int) -> Encoding:
        if not classes:
            return "numbers"
        units = output.shape[-1]
        if units == classes:
            return "one_hot"
        if classes == 2 and units == 1:
            return "signed" if isinstance(_behind(output).op, elementwise.Tanh) else "binary"
        raise _misfit(self, f"the last layer has {_counted(units)}, but there are {classes} classes", classes)

    def build(self, output: Tensor, target: Tensor) -> Tensor:
        return mean(apply(elementwise.Square(), output - target))


class BinaryCrossEntropy(LossFunction, tag="binary-cross-entropy"):
    """−t·log y − (1 − t)·log(1 − y): for two classes and one sigmoid output.

    Source: Goodfellow et al. 2016, §6.2.2.2.
    """

    title = "Binary cross-entropy"

    def encoding(self, output: Tensor, classes: int) -> Encoding:
        units = output.shape[-1]
        if classes == 0:
            raise _misfit(self, "it is for classes, but this data set has numbers to predict", classes)
        if not isinstance(_behind(output).op, elementwise.Sigmoid):
            raise _misfit(self, "it needs the sigmoid of the last layer", classes)
        if units == 1 and classes == 2:
            return "binary"
        if units == classes:
            return "one_hot"
        raise _misfit(self, f"the last layer has {_counted(units)}, but there are {classes} classes", classes)

    def build(self, output: Tensor, target: Tensor) -> Tensor:
        return apply(SigmoidCrossEntropy(), _before(output), target)


class CategoricalCrossEntropy(LossFunction, tag="categorical-cross-entropy"):
    """−Σ t·log y: for any number of classes and a softmax output with a unit for each.

    Source: Goodfellow et al. 2016, §6.2.2.3. Labels are class numbers ("sparse" in Keras).
    """

    title = "Categorical cross-entropy"

    def encoding(self, output: Tensor, classes: int) -> Encoding:
        if classes == 0:
            raise _misfit(self, "it is for classes, but this data set has numbers to predict", classes)
        if not isinstance(_behind(output).op, Softmax):
            raise _misfit(self, "it needs the softmax of the last layer", classes)
        if output.shape[-1] != classes:
            units = _counted(output.shape[-1])
            raise _misfit(self, f"the last layer has {units}, but there are {classes} classes", classes)
        return "index"

    def build(self, output: Tensor, target: Tensor) -> Tensor:
        return apply(SoftmaxCrossEntropy(), _before(output), target)


Loss = MeanSquaredError | BinaryCrossEntropy | CategoricalCrossEntropy
LOSSES: tuple[type[LossFunction], ...] = get_args(Loss)


def scores(output: Tensor) -> Tensor:
    """Numbers ranked as ``output`` along its last axis: of a softmax the logits, which are there already."""
    return _before(output) if isinstance(_behind(output).op, Softmax) else output


def _behind(output: Tensor) -> Tensor:
    """The node that computes ``output``, looking through reshapes."""
    while isinstance(output.op, Reshape):
        output = output.inputs[0]
    return output


def _before(output: Tensor) -> Tensor:
    """What goes into the activation that makes ``output``: the logits, in the output's shape."""
    logits = _behind(output).inputs[0]
    return logits if logits.shape == output.shape else apply(Reshape(output.shape), logits)


def _misfit(loss: LossFunction, reason: str, classes: int) -> ProblemError:
    if isinstance(loss, CategoricalCrossEntropy) and classes:
        remedy = f"Make the last layer Dense with {_counted(classes)} and softmax, or choose another loss."
    elif isinstance(loss, BinaryCrossEntropy) and classes:
        units = 1 if classes == 2 else classes
        remedy = f"Make the last layer Dense with {_counted(units)} and sigmoid, or choose another loss."
    elif classes:
        remedy = f"Give the last layer {_counted(classes)}."
    else:
        remedy = "Choose mean squared error."
    return ProblemError(Problem(loss.title, reason[0].upper() + reason[1:], remedy, field="loss"))


def _counted(units: int) -> str:
    return "1 unit" if units == 1 else f"{units} units"
