"""What every loss is, and how it looks behind the last activation of a network."""

from math import prod
from typing import ClassVar, Literal

from neuralstudio.engine.graph import Array, Shape, Tensor, apply
from neuralstudio.engine.ops import elementwise
from neuralstudio.engine.ops.loss import Softmax
from neuralstudio.engine.ops.shape import Reshape
from neuralstudio.schema.kind import Kind
from neuralstudio.schema.problem import Problem, ProblemError

Encoding = Literal["index", "one_hot", "binary", "signed", "numbers"]
"""How targets are handed to a loss: class numbers; rows of 0 and 1; a column of 0/1 or −1/+1; numbers."""


class LossFunction(Kind):
    """A loss: the mean over the batch (and the steps of a sequence), a scalar.

    Losses of the shards of a batch, weighted by their share of the samples, add up to that of the batch.
    """

    fitting: ClassVar[str] = ""
    """The last activation it is made for, where it takes only one."""

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


# ── the last activation, and rows ────────────────────────────────────────────────────────────────────


def behind(output: Tensor) -> Tensor:
    """The node that computes ``output``, looking through reshapes."""
    while isinstance(output.op, Reshape):
        output = output.inputs[0]
    return output


def is_softmax(output: Tensor) -> bool:
    """Whether each row of ``output`` is a softmax: a reshape on the way must have left the rows alone."""
    source = behind(output)
    return isinstance(source.op, Softmax) and source.shape[-1] == output.shape[-1]


def before(output: Tensor) -> Tensor:
    """What goes into the activation that makes ``output``: the logits, in the output's shape."""
    return shaped(behind(output).inputs[0], output.shape)


def in_rows(x: Tensor) -> Tensor:
    """(…, units) as (rows, units)."""
    return shaped(x, (prod(x.shape[:-1]), x.shape[-1]))


def shaped(x: Tensor, shape: Shape) -> Tensor:
    return x if x.shape == shape else apply(Reshape(shape), x)


# ── what does not fit ────────────────────────────────────────────────────────────────────────────────


def compared(loss: LossFunction, output: Tensor, classes: int) -> Encoding:
    """Targets for a loss that compares number with number."""
    if not classes:
        return "numbers"
    units = output.shape[-1]
    if units == classes:
        return "one_hot"
    if classes == 2 and units == 1:
        return "signed" if isinstance(behind(output).op, elementwise.Tanh) else "binary"
    raise misfit(loss, count_misfit(units, classes), classes)


def misfit(loss: LossFunction, reason: str, classes: int) -> ProblemError:
    """The refusal of a loss, with what to do about it."""
    units = _counted(1 if classes == 2 and loss.fitting != "softmax" else classes)
    if not classes:
        remedy = "Choose mean squared error."
    elif loss.fitting:
        remedy = f"Make the last layer Dense with {units} and {loss.fitting}, or choose another loss."
    else:
        remedy = f"Give the last layer {_counted(classes)}."
    return ProblemError(Problem(loss.title, reason[0].upper() + reason[1:], remedy, field="loss"))


def count_misfit(units: int, classes: int) -> str:
    """That the last layer has another number of units than there are classes."""
    return f"the last layer has {_counted(units)}, but there are {classes} classes"


def _counted(units: int) -> str:
    return "1 unit" if units == 1 else f"{units} units"
