"""Writes a formula typed by a person as code of a library: from its syntax tree, never from its text."""

from collections.abc import Mapping
from dataclasses import dataclass

from neuralstudio.schema.expression import Call, Expression, Number, Variable


@dataclass(frozen=True)
class Dialect:
    """How a library writes functions; ``{0}`` and ``{1}`` are the arguments.

    ``number``: how it wants a number as an argument of the functions in ``strict``.
    """

    functions: Mapping[str, str]
    number: str = "{0}"
    strict: tuple[str, ...] = ()


_OPERATORS = {
    "+": "({0} + {1})",
    "-": "({0} - {1})",
    "*": "({0} * {1})",
    "/": "({0} / {1})",
    "^": "({0} ** {1})",
    "negative": "(-{0})",
}
_NAMES = ("exp", "log", "sqrt", "abs", "sign", "sin", "cos", "tan", "tanh", "sigmoid", "relu")
TORCH = Dialect(
    {
        **_OPERATORS,
        **{name: f"torch.{name}({{0}})" for name in _NAMES},
        "min": "torch.minimum({0}, {1})",
        "max": "torch.maximum({0}, {1})",
        "softplus": "nn.functional.softplus({0})",
        "step": "step({0})",
    },
    "torch.tensor({0})",
    ("min", "max"),
)
KERAS = Dialect(
    {
        **_OPERATORS,
        **{name: f"keras.ops.{name}({{0}})" for name in _NAMES},
        "^": "keras.ops.power({0}, {1})",
        "min": "keras.ops.minimum({0}, {1})",
        "max": "keras.ops.maximum({0}, {1})",
        "softplus": "keras.ops.softplus({0})",
        "step": "step({0})",
    }
)


def code(tree: Expression, dialect: Dialect) -> str:
    """The formula as an expression in its variables."""
    if isinstance(tree, Call) and tree.function in ("+", "-", "*", "/"):
        return _inner(tree, dialect)[1:-1]  # its outermost parentheses are not needed
    return _inner(tree, dialect)


def _inner(tree: Expression, dialect: Dialect) -> str:
    match tree:
        case Number(value):
            return f"({value!r})" if value < 0 else repr(value)
        case Variable(name):
            return name
        case Call(function, arguments):
            parts = [_inner(each, dialect) for each in arguments]
            if function in dialect.strict:
                wrapped = zip(parts, arguments, strict=True)
                parts = [dialect.number.format(p) if isinstance(t, Number) else p for p, t in wrapped]
            return dialect.functions[function].format(*parts)


def functions_of(tree: Expression) -> set[str]:
    """The names of all functions in a formula."""
    if not isinstance(tree, Call):
        return set()
    return {tree.function}.union(*(functions_of(each) for each in tree.arguments))
