"""Activation functions: what a neuron does with its weighted sum."""

from typing import ClassVar, get_args

from neuralstudio.engine.graph import Tensor, apply
from neuralstudio.engine.ops import elementwise
from neuralstudio.engine.ops.loss import Softmax as SoftmaxOp
from neuralstudio.schema.kind import Kind


class ActivationFunction(Kind):
    """An activation function. ``of`` is its formula with ``{}`` where the argument goes."""

    of: ClassVar[str] = "{}"

    def build(self, x: Tensor) -> Tensor:
        """Applies the function to every number of ``x`` (softmax: to the last axis)."""
        raise NotImplementedError


class Linear(ActivationFunction, tag="linear"):
    """y = x: the weighted sum itself; for numbers to predict."""

    title = "Linear"

    def build(self, x: Tensor) -> Tensor:
        return x


class Sigmoid(ActivationFunction, tag="sigmoid"):
    """y = 1/(1 + e⁻ˣ): between 0 and 1; saturates on both sides, not zero-centred."""

    title = "Sigmoid"
    of = "σ({})"

    def build(self, x: Tensor) -> Tensor:
        return apply(elementwise.Sigmoid(), x)


class Tanh(ActivationFunction, tag="tanh"):
    """y = tanh x: between −1 and 1, zero-centred; saturates on both sides."""

    title = "Tanh"
    of = "tanh({})"

    def build(self, x: Tensor) -> Tensor:
        return apply(elementwise.Tanh(), x)


class ReLU(ActivationFunction, tag="relu"):
    """y = max(0, x): cheap, does not saturate for x > 0; a unit can die for x < 0."""

    title = "ReLU"
    of = "max(0, {})"

    def build(self, x: Tensor) -> Tensor:
        return apply(elementwise.Relu(), x)


class Softmax(ActivationFunction, tag="softmax"):
    """y = eˣ / Σ eˣ: a percentage for each class, adding up to 100 %."""

    title = "Softmax"
    of = "softmax({})"

    def build(self, x: Tensor) -> Tensor:
        return apply(SoftmaxOp(), x)


Activation = Linear | Sigmoid | Tanh | ReLU | Softmax
ACTIVATIONS: tuple[type[ActivationFunction], ...] = get_args(Activation)
