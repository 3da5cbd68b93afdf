"""Activation functions as ONNX operations, those typed as a formula among them."""

from collections.abc import Sequence

import numpy as np

from neuralstudio.engine import activations
from neuralstudio.engine.activations import ActivationFunction
from neuralstudio.export._base import unknown
from neuralstudio.export._onnx_graph import GraphBuilder
from neuralstudio.schema.expression import folded
from neuralstudio.schema.formula import read

_PLAIN = {
    activations.Sigmoid: "Sigmoid",
    activations.Tanh: "Tanh",
    activations.ReLU: "Relu",
    activations.SELU: "Selu",
    activations.Softplus: "Softplus",
    activations.Softsign: "Softsign",
}
_FORMULA = {
    "negative": "Neg",
    "+": "Add",
    "-": "Sub",
    "*": "Mul",
    "/": "Div",
    "^": "Pow",
    "min": "Min",
    "max": "Max",
    **{name: name.capitalize() for name in ("exp", "log", "sqrt", "abs", "sign", "sin", "cos", "tan")},
    **{name: name.capitalize() for name in ("tanh", "sigmoid", "relu", "softplus")},
}


def activated(to: GraphBuilder, activation: ActivationFunction, x: str, axis: int) -> str:
    """The function of every number of a tensor; ``axis`` is that of the channels, which softmax needs."""
    match activation:
        case activations.Linear():
            return x
        case activations.Softmax():
            return to.add("Softmax", x, axis=axis)
        case activations.HardSigmoid():
            return to.add("HardSigmoid", x, alpha=1 / 6, beta=0.5)
        case activations.LeakyReLU(slope=slope):
            return to.add("LeakyRelu", x, alpha=float(slope))
        case activations.ELU(alpha=alpha):
            return to.add("Elu", x, alpha=float(alpha))
        case activations.GELU(approximate=approximate):
            return to.add("Gelu", x, approximate=str(approximate))
        case activations.Swish():
            return to.add("Mul", x, to.add("Sigmoid", x))
        case activations.Step():
            return _step(to, x)
        case activations.Formula(expression=expression):
            return _formula(to, expression, x)
        case _ if type(activation) in _PLAIN:
            return to.add(_PLAIN[type(activation)], x)
        case _:
            raise unknown(activation, "ONNX")


def _step(to: GraphBuilder, x: str) -> str:
    return to.add("Cast", to.add("GreaterOrEqual", x, to.number(0)), to=1)


def _formula(to: GraphBuilder, expression: str, x: str) -> str:
    def call(function: str, arguments: Sequence[str]) -> str:
        if function == "step":
            return _step(to, arguments[0])
        return to.add(_FORMULA[function], *arguments)

    with np.errstate(over="ignore"):  # a number beyond float32 is infinite there as well
        return folded(read(expression), {"x": x}, call, to.number)
