"""Activation functions: what a neuron does with its weighted sum."""

from math import pi, sqrt
from typing import Annotated, ClassVar, Literal, get_args

from msgspec import Meta

from neuralstudio.engine.formula import parse
from neuralstudio.engine.graph import Tensor, apply
from neuralstudio.engine.ops import activation, elementwise
from neuralstudio.engine.ops.loss import Softmax as SoftmaxOp
from neuralstudio.engine.ops.normal import NormalCdf
from neuralstudio.schema.kind import Kind


class ActivationFunction(Kind):
    """An activation function."""

    meaning: ClassVar[str] = "{}"

    @property
    def of(self) -> str:
        """Its formula with ``{}`` where the argument goes."""
        return self.meaning

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
    meaning = "σ({})"

    def build(self, x: Tensor) -> Tensor:
        return apply(elementwise.Sigmoid(), x)


class Tanh(ActivationFunction, tag="tanh"):
    """y = tanh x: between −1 and 1, zero-centred; saturates on both sides."""

    title = "Tanh"
    meaning = "tanh({})"

    def build(self, x: Tensor) -> Tensor:
        return apply(elementwise.Tanh(), x)


class ReLU(ActivationFunction, tag="relu"):
    """y = max(0, x): cheap, does not saturate for x > 0; a unit can die for x < 0."""

    title = "ReLU"
    meaning = "max(0, {})"

    def build(self, x: Tensor) -> Tensor:
        return apply(elementwise.Relu(), x)


class Softmax(ActivationFunction, tag="softmax"):
    """y = eˣ / Σ eˣ: a percentage for each class, adding up to 100 %."""

    title = "Softmax"
    meaning = "softmax({})"

    def build(self, x: Tensor) -> Tensor:
        return apply(SoftmaxOp(), x)


class HardSigmoid(ActivationFunction, tag="hard-sigmoid"):
    """y = x/6 + ½, cut off at 0 and 1: a cheap sigmoid of three straight pieces.

    Source: Courbariaux et al. 2015; the slope 1/6 as in PyTorch and Keras 3 (Keras 2 had 1/5).
    """

    title = "Hard sigmoid"
    meaning = "min(1, max(0, ({})/6 + ½))"

    def build(self, x: Tensor) -> Tensor:
        return apply(activation.HardSigmoid(), x)


class LeakyReLU(ActivationFunction, tag="leaky-relu"):
    """y = x for x > 0, else slope·x: a ReLU whose units cannot die.

    Source: Maas et al. 2013. The slope is 0.01 there and in PyTorch; Keras's layer starts with 0.3.
    """

    title = "Leaky ReLU"
    slope: Annotated[float, Meta(ge=0, le=1, title="Slope", description="Steepness for x < 0.")] = 0.01

    @property
    def of(self) -> str:
        return f"max(z, {self.slope:g}·z), z = {{}}"

    def build(self, x: Tensor) -> Tensor:
        return apply(activation.LeakyRelu(self.slope), x)


class ELU(ActivationFunction, tag="elu"):
    """y = x for x > 0, else α·(eˣ − 1): smooth, and its mean is nearer to zero than that of ReLU.

    Source: Clevert et al. 2016.
    """

    title = "ELU"
    alpha: Annotated[
        float, Meta(ge=0, le=10, title="α", description="How far below zero the output can get.")
    ] = 1.0

    @property
    def of(self) -> str:
        return f"z if z > 0, else {self.alpha:g}·(exp(z) − 1), z = {{}}"

    def build(self, x: Tensor) -> Tensor:
        return apply(activation.Elu(self.alpha), x)


class SELU(ActivationFunction, tag="selu"):
    """y = λ·ELU(x): keeps mean 0 and variance 1 from layer to layer, with LeCun's initial weights.

    Source: Klambauer et al. 2017, equation 2; α = 1.6733, λ = 1.0507.
    """

    title = "SELU"
    meaning = "1.0507·(z if z > 0, else 1.6733·(exp(z) − 1)), z = {}"

    def build(self, x: Tensor) -> Tensor:
        return apply(activation.Elu(alpha=1.6732632423543772, scale=1.0507009873554805), x)


class GELU(ActivationFunction, tag="gelu"):
    """y = x·Φ(x): each number weighted with its share of a normal distribution; used in transformers.

    Source: Hendrycks & Gimpel 2016. Exact by default, as in PyTorch and Keras; the approximation by tanh is
    theirs of §2 and cheaper.
    """

    title = "GELU"
    approximate: Annotated[
        Literal["none", "tanh"],
        Meta(title="Approximation", description="Exact, or by a tanh that differs by less than 0.001."),
    ] = "none"
    meaning = "z·Φ(z), z = {}"

    def build(self, x: Tensor) -> Tensor:
        if self.approximate == "none":
            return x * apply(NormalCdf(), x)
        # ½·(1 + tanh u) is sigmoid(2u).
        twice = sqrt(8 / pi)
        inner = x * (apply(elementwise.Square(), x) * (twice * 0.044715) + twice)
        return x * apply(elementwise.Sigmoid(), inner)


class Swish(ActivationFunction, tag="swish"):
    """y = x·sigmoid(x), also called SiLU: like ReLU, but smooth, and it dips below zero.

    Source: Ramachandran et al. 2017, with β = 1.
    """

    title = "Swish"
    meaning = "z·σ(z), z = {}"

    def build(self, x: Tensor) -> Tensor:
        return x * apply(elementwise.Sigmoid(), x)


class Softplus(ActivationFunction, tag="softplus"):
    """y = log(1 + eˣ): a smooth ReLU, always above zero; its slope is the sigmoid.

    Source: Dugas et al. 2001.
    """

    title = "Softplus"
    meaning = "log(1 + exp({}))"

    def build(self, x: Tensor) -> Tensor:
        return apply(activation.Softplus(), x)


class Softsign(ActivationFunction, tag="softsign"):
    """y = x/(1 + |x|): between −1 and 1 like tanh, but it saturates more slowly.

    Source: Bergstra et al. 2009.
    """

    title = "Softsign"
    meaning = "z/(1 + |z|), z = {}"

    def build(self, x: Tensor) -> Tensor:
        return apply(activation.Softsign(), x)


class Step(ActivationFunction, tag="step"):
    """y = 1 for x ≥ 0, else 0: the neuron of McCulloch and Pitts; fires or does not.

    Its slope is 0, so training takes 1 for |x| ≤ 1 instead: straight-through, Bengio et al. 2013.
    """

    title = "Step"
    meaning = "1 if {} ≥ 0, else 0"

    def build(self, x: Tensor) -> Tensor:
        return apply(activation.Step(), x)


class Formula(ActivationFunction, tag="formula"):
    """y = a formula of your own, such as x·sigmoid(1.7·x); its derivative is found automatically.

    It may have numbers, x, pi, e, + − * / ^ and parentheses, and the functions exp, log, sqrt, abs, sign,
    sin, cos, tan, tanh, sigmoid, relu, softplus, step, min(a, b), max(a, b) and pow(a, b).
    """

    title = "Formula"
    expression: Annotated[
        str,
        Meta(title="Formula", description="What is done with each number x, for example x * sigmoid(1.7*x)."),
    ] = "x * sigmoid(1.7*x)"

    @property
    def of(self) -> str:
        text = self.expression.strip().replace("{", "{{").replace("}", "}}")
        return f"{text} with x = {{}}"

    def build(self, x: Tensor) -> Tensor:
        """Raises ``ProblemError`` where the formula cannot be read or does not depend on x."""
        return parse(self.expression, {"x": x})


Activation = (
    Linear
    | Sigmoid
    | HardSigmoid
    | Tanh
    | ReLU
    | LeakyReLU
    | ELU
    | SELU
    | GELU
    | Swish
    | Softplus
    | Softsign
    | Softmax
    | Step
    | Formula
)
ACTIVATIONS: tuple[type[ActivationFunction], ...] = get_args(Activation)
