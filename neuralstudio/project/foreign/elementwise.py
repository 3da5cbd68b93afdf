"""Operations on single numbers, put together to a formula, and the activation function it turns out to be."""

from collections.abc import Sequence
from math import erf
from typing import Any

import numpy as np

from neuralstudio.engine import activations
from neuralstudio.engine.activations import ActivationFunction, Formula
from neuralstudio.engine.graph import Array
from neuralstudio.project.foreign.refusal import RefusalError
from neuralstudio.schema.expression import Call, Expression, Number, Variable, folded
from neuralstudio.schema.formula import read
from neuralstudio.schema.problem import ProblemError

X = Variable("x")
MOST_PARTS = 28
"""A formula of more parts is cut in two: it would neither be readable nor fit into its field."""

UNARY = {
    "Relu": "relu",
    "Sigmoid": "sigmoid",
    "Tanh": "tanh",
    "Softplus": "softplus",
    "Exp": "exp",
    "Log": "log",
    "Sqrt": "sqrt",
    "Abs": "abs",
    "Sign": "sign",
    "Sin": "sin",
    "Cos": "cos",
    "Tan": "tan",
    "Neg": "negative",
    "Erf": "erf",
}
BINARY = {"Add": "+", "Sub": "-", "Mul": "*", "Div": "/", "Pow": "^", "Min": "min", "Max": "max"}

_OPERATORS = ("+", "-", "*", "/", "^")
_POINTS = np.concatenate([np.linspace(-8, 8, 97), [-50, -20, 20, 50]])
_NEAR = 1e-5
_ERF = np.vectorize(erf)


def parts(tree: Expression) -> int:
    """How large a formula is. Shared parts count each time they are written."""
    return 1 + sum(map(parts, tree.arguments)) if isinstance(tree, Call) else 1


def call(function: str, *arguments: Expression) -> Expression:
    return Call(function, arguments)


def composed(op: str, x: Expression) -> Expression | None:
    """Operations of ONNX that are a formula of others."""
    share = _limited(call("+", call("/", x, Number(6.0)), Number(0.5)), 0, 1)
    match op:
        case "HardSwish":
            return call("*", x, share)
        case "Mish":
            return call("*", x, call("tanh", call("softplus", x)))
        case "Reciprocal":
            return call("/", Number(1.0), x)
        case "Softsign":
            return call("/", x, call("+", Number(1.0), call("abs", x)))
    return None


def _limited(tree: Expression, low: float, high: float) -> Expression:
    return call("min", call("max", tree, Number(float(low))), Number(float(high)))


def limited(tree: Expression, low: float | None, high: float | None) -> Expression:
    """The formula cut off below and above."""
    if low == 0 and high is None:
        return call("relu", tree)
    if low is not None:
        tree = call("max", tree, Number(low))
    return tree if high is None else call("min", tree, Number(high))


def functions(tree: Expression) -> list[ActivationFunction]:
    """The activation functions that compute a formula, the inner one first. Raises ``RefusalError``.

    A function of a function becomes two layers; what is none of the known becomes a formula of ours.
    """
    if tree == X:
        return []
    known = _known(tree)
    if known is not None:
        return [known]
    if isinstance(tree, Call) and len(tree.arguments) == 1 and tree.arguments[0] != X:
        return [*functions(tree.arguments[0]), *functions(call(tree.function, X))]
    text = written(tree)
    text = text[1:-1] if text.startswith("(") else text
    try:
        read(text)
    except ProblemError:
        raise RefusalError(f"It computes a formula that is not read here: {text[:80]}") from None
    return [Formula(text)]


def _known(tree: Expression) -> ActivationFunction | None:
    """The function without settings that has the same values."""
    with np.errstate(all="ignore"):
        values = np.asarray(folded(tree, {"x": _POINTS}, _value, np.asarray), np.float64)
        if values.shape != _POINTS.shape or not np.isfinite(values).all():
            return None
        for function, meaning in _MEANINGS:
            if np.allclose(values, meaning(_POINTS), rtol=_NEAR, atol=_NEAR):
                return function
    return None


def _value(function: str, arguments: Sequence[Array]) -> Array:
    meaning: Any = _VALUES[function]
    return np.asarray(meaning(*arguments))


def _sigmoid(x: Array) -> Array:
    return np.asarray(0.5 * np.tanh(0.5 * x) + 0.5)


def _elu(x: Array) -> Array:
    return np.where(x > 0, x, 1.6732632423543772 * np.expm1(np.minimum(x, 0)))


_VALUES = {
    "negative": np.negative,
    "+": np.add,
    "-": np.subtract,
    "*": np.multiply,
    "/": np.divide,
    "^": np.power,
    "min": np.minimum,
    "max": np.maximum,
    "exp": np.exp,
    "log": np.log,
    "sqrt": np.sqrt,
    "abs": np.abs,
    "sign": np.sign,
    "sin": np.sin,
    "cos": np.cos,
    "tan": np.tan,
    "tanh": np.tanh,
    "erf": _ERF,
    "sigmoid": _sigmoid,
    "relu": lambda x: np.maximum(x, 0),
    "softplus": lambda x: np.logaddexp(x, 0),
    "step": lambda x: np.where(x >= 0, 1.0, 0.0),
}
_MEANINGS: list[tuple[ActivationFunction, Any]] = [
    (activations.ReLU(), lambda x: np.maximum(x, 0)),
    (activations.Sigmoid(), _sigmoid),
    (activations.Tanh(), np.tanh),
    (activations.Swish(), lambda x: x * _sigmoid(x)),
    (activations.GELU(), lambda x: x * 0.5 * (1 + _ERF(x / np.sqrt(2)))),
    (
        activations.GELU("tanh"),
        lambda x: x * 0.5 * (1 + np.tanh(np.sqrt(2 / np.pi) * (x + 0.044715 * x**3))),
    ),
    (activations.Softplus(), lambda x: np.logaddexp(x, 0)),
    (activations.Softsign(), lambda x: x / (1 + np.abs(x))),
    (activations.HardSigmoid(), lambda x: np.clip(x / 6 + 0.5, 0, 1)),
    (activations.SELU(), lambda x: 1.0507009873554805 * _elu(x)),
    (activations.Step(), lambda x: np.where(x >= 0, 1.0, 0.0)),
]


def written(tree: Expression) -> str:
    """A formula as our grammar reads it."""
    match tree:
        case Number(value):
            text = str(np.float32(value)).replace("+", "")
            return f"({text})" if text.startswith("-") else text
        case Variable(name):
            return name
        case Call("negative", (argument,)):
            return f"(-{written(argument)})"
        case Call(function, arguments) if function in _OPERATORS:
            return "(" + function.join(map(written, arguments)) + ")"
        case Call(function, arguments):
            inner = ", ".join(map(written, arguments))
            return (
                f"{function}{inner}" if inner.startswith("(") and "," not in inner else f"{function}({inner})"
            )
