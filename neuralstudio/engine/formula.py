"""Formulas typed by a person: read by a small grammar into a syntax tree, never run as Python.

    sum     = product { ("+" | "-") product }
    product = signed { ("*" | "/") signed }
    signed  = ("-" | "+") signed | power
    power   = atom { "²" } [ ("^" | "**") signed ]           so −x^2 is −(x²), and 2^3^2 is 2^(3²)
    atom    = number | name | function "(" sum { "," sum } ")" | "(" sum ")"

Also understood: − for -, · and × for *, ÷ and : for /. The tree is made of graph ops (:func:`parse`), so that
its gradient is automatic, or computed with NumPy arrays (:func:`evaluate`).
"""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from math import e, isfinite, pi
from typing import Any, TypeVar

import numpy as np

from neuralstudio.engine.graph import Array, Tensor, apply, constant
from neuralstudio.engine.ops import activation, elementwise
from neuralstudio.schema.problem import Problem, ProblemError

LONGEST = 200
"""Characters a formula may have."""
DEEPEST = 30
"""Parentheses, signs and powers that may stand inside one another."""
CONSTANTS: Mapping[str, float] = {"pi": pi, "π": pi, "e": e}
FUNCTIONS: Mapping[str, int] = {
    **dict.fromkeys(("exp", "log", "ln", "sqrt", "abs", "sign", "sin", "cos", "tan"), 1),
    **dict.fromkeys(("tanh", "sigmoid", "σ", "relu", "softplus", "step"), 1),
    **dict.fromkeys(("min", "max", "pow"), 2),
}
"""How many arguments each function takes."""
_SAME = {"−": "-", "·": "*", "×": "*", "÷": "/", ":": "/", "**": "^", "ln": "log", "σ": "sigmoid", "pow": "^"}
_TOKEN = re.compile(
    r"\s*(?P<text>(?P<number>(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]+)?)|(?P<name>[A-Za-zπσ_][A-Za-z0-9_]*)|\*\*|\S)"
)
T = TypeVar("T")


@dataclass(frozen=True)
class Number:
    """A constant."""

    value: float


@dataclass(frozen=True)
class Variable:
    """A name that gets its value later."""

    name: str


@dataclass(frozen=True)
class Call:
    """A function or operator of other parts; ``function`` is "+", "-", "*", "/", "^", "exp", …"""

    function: str
    arguments: tuple["Expression", ...]


Expression = Number | Variable | Call


def read(text: str, names: Sequence[str] = ("x",)) -> Expression:
    """The syntax tree of a formula in the variables ``names``, its constant parts worked out.

    Raises ``ProblemError`` (where "Formula", field "expression") that says what was expected and where.
    """
    if len(text) > LONGEST:
        raise _problem(f"It has {len(text)} characters, but at most {LONGEST} are read", "Shorten it.")
    return _worked_out(_Reader(text, names).formula())


def parse(text: str, variables: Mapping[str, Tensor]) -> Tensor:
    """The formula as a graph. Raises ``ProblemError`` also where it contains none of the variables."""
    tree = read(text, tuple(variables))
    if isinstance(tree, Number):
        names = " or ".join(variables)
        what = f"“{text.strip()}” does not depend on {names}: it is {tree.value:g} whatever comes in"
        raise _problem(what, f"Write {names} where the input goes.")
    return folded(tree, variables, _graph_op, constant)


def evaluate(text: str, arrays: Mapping[str, Array]) -> Array:
    """The value for NumPy arrays that broadcast; a constant formula gives a 0-dimensional array.

    Numbers without a meaning (the logarithm of −1) become NaN or infinite, as in NumPy.
    """
    with np.errstate(all="ignore"):
        return np.asarray(folded(read(text, tuple(arrays)), arrays, _numpy, np.asarray))


def folded(
    tree: Expression,
    variables: Mapping[str, T],
    call: Callable[[str, Sequence[T]], T],
    number: Callable[[float], T],
) -> T:
    """Works a tree out from the leaves up: ``call`` computes a function of what its arguments gave."""
    match tree:
        case Number(value):
            return number(value)
        case Variable(name):
            return variables[name]
        case Call(function, arguments):
            return call(function, [folded(each, variables, call, number) for each in arguments])


# ── reading ──────────────────────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True)
class _Token:
    text: str
    place: int
    kind: str


def _tokens(text: str) -> Iterator[_Token]:
    for match in _TOKEN.finditer(text):
        kind = "number" if match["number"] else "name" if match["name"] else match["text"]
        yield _Token(match["text"], match.start("text") + 1, _SAME.get(kind, kind))
    yield _Token("", len(text.rstrip()) + 1, "end")


class _Reader:
    """Recursive descent: one method for each line of the grammar."""

    def __init__(self, text: str, names: Sequence[str]) -> None:
        self._tokens = list(_tokens(text))
        self._next = 0
        self._names = names
        self._depth = 0

    @property
    def _token(self) -> _Token:
        return self._tokens[self._next]

    def formula(self) -> Expression:
        tree = self._sum()
        if self._token.kind != "end":
            raise self._unexpected("an operator or the end")
        return tree

    def _sum(self) -> Expression:
        tree = self._product()
        while self._token.kind in ("+", "-"):
            tree = Call(self._take().kind, (tree, self._product()))
        return tree

    def _product(self) -> Expression:
        tree = self._signed()
        while self._token.kind in ("*", "/"):
            tree = Call(self._take().kind, (tree, self._signed()))
        return tree

    def _signed(self) -> Expression:
        # Every way deeper into a formula leads through here.
        self._depth += 1
        if self._depth > DEEPEST:
            raise _problem("Too many parentheses, signs or powers stand inside one another", "Simplify it.")
        if self._token.kind in ("+", "-"):
            sign = self._take().kind
            operand = self._signed()
            tree = operand if sign == "+" else Call("negative", (operand,))
        else:
            tree = self._power()
        self._depth -= 1
        return tree

    def _power(self) -> Expression:
        base = self._atom()
        while self._token.kind == "²":
            self._take()
            base = Call("^", (base, Number(2.0)))
        if self._token.kind == "^":
            self._take()
            return Call("^", (base, self._signed()))
        return base

    def _atom(self) -> Expression:
        token = self._token
        if token.kind == "number":
            self._take()
            return Number(float(token.text))
        if token.kind == "(":
            self._take()
            tree = self._sum()
            self._expect(")")
            return tree
        if token.text in self._names:
            self._take()
            return Variable(token.text)
        if token.text in CONSTANTS:
            self._take()
            return Number(CONSTANTS[token.text])
        if token.text in FUNCTIONS:
            return self._function()
        raise self._unexpected(f"a number, {', '.join(self._names)} or a function")

    def _function(self) -> Expression:
        name = self._take().text
        self._expect("(")
        arguments = [self._sum()]
        for _ in range(FUNCTIONS[name] - 1):
            self._expect(",")
            arguments.append(self._sum())
        self._expect(")")
        return Call(_SAME.get(name, name), tuple(arguments))

    def _take(self) -> _Token:
        self._next += 1
        return self._tokens[self._next - 1]

    def _expect(self, kind: str) -> None:
        if self._token.kind != kind:
            raise self._unexpected(f"“{kind}”")
        self._take()

    def _unexpected(self, expected: str) -> ProblemError:
        token = self._token
        if token.kind == "end":
            return _problem(f"It ends at character {token.place}, where {expected} was expected")
        what = f"At character {token.place} there is “{token.text}”, but {expected} was expected"
        unknown = token.kind == "name" and token.text not in (*self._names, *CONSTANTS, *FUNCTIONS)
        return _problem(what, f"Functions are {', '.join(FUNCTIONS)}." if unknown else "")


def _problem(what: str, remedy: str = "") -> ProblemError:
    return ProblemError(Problem("Formula", what, remedy, field="expression"))


def _worked_out(tree: Expression) -> Expression:
    """The tree with its constant parts computed; one that is not a finite number is a ``ProblemError``."""
    if isinstance(tree, Number) and not isfinite(tree.value):
        raise _problem("It has a number too large for a computer")
    if not isinstance(tree, Call):
        return tree
    arguments = tuple(_worked_out(each) for each in tree.arguments)
    if tree.function == "^" and arguments[1] == Number(0.0):
        return Number(1.0)
    numbers = [each.value for each in arguments if isinstance(each, Number)]
    if len(numbers) < len(arguments):
        return Call(tree.function, arguments)
    with np.errstate(all="ignore"):
        value = float(_numpy(tree.function, [np.float64(each) for each in numbers]))
    if not isfinite(value):
        shown = f" {tree.function} ".join(f"{each:g}" for each in numbers)
        shown = shown if len(numbers) == 2 else f"{tree.function}({shown})"
        raise _problem(f"“{shown}” in it is not a finite number")
    return Number(value)


# ── meaning ──────────────────────────────────────────────────────────────────────────────────────────


def _sigmoid(x: Any) -> Any:
    return 0.5 * np.tanh(0.5 * x) + 0.5


def _numpy(function: str, arguments: Sequence[Any]) -> Any:
    return _MEANINGS[function][0](*arguments)


def _graph_op(function: str, arguments: Sequence[Tensor]) -> Tensor:
    return _MEANINGS[function][1](*arguments)


def _raised(base: Tensor, exponent: Tensor) -> Tensor:
    """A power, by products where the exponent is 2, 3 or 4: much cheaper, and right for negative numbers."""
    square = elementwise.Square()
    match getattr(exponent.op, "value", None):
        case 1.0:
            return base
        case 2.0:
            return apply(square, base)
        case 3.0:
            return apply(square, base) * base
        case 4.0:
            return apply(square, apply(square, base))
        case 0.5:
            return apply(elementwise.Sqrt(), base)
    return apply(elementwise.Power(), base, exponent)


_MEANINGS: Mapping[str, tuple[Callable[..., Any], Callable[..., Tensor]]] = {
    "negative": (np.negative, Tensor.__neg__),
    "+": (np.add, partial(apply, elementwise.Add())),
    "-": (np.subtract, partial(apply, elementwise.Subtract())),
    "*": (np.multiply, partial(apply, elementwise.Multiply())),
    "/": (np.divide, partial(apply, elementwise.Divide())),
    "^": (np.power, _raised),
    "min": (np.minimum, partial(apply, elementwise.Minimum())),
    "max": (np.maximum, partial(apply, elementwise.Maximum())),
    "exp": (np.exp, partial(apply, elementwise.Exp())),
    "log": (np.log, partial(apply, elementwise.Log())),
    "sqrt": (np.sqrt, partial(apply, elementwise.Sqrt())),
    "abs": (np.absolute, partial(apply, elementwise.Absolute())),
    "sign": (np.sign, partial(apply, elementwise.Sign())),
    "sin": (np.sin, partial(apply, elementwise.Sin())),
    "cos": (np.cos, partial(apply, elementwise.Cos())),
    "tan": (np.tan, partial(apply, elementwise.Tan())),
    "tanh": (np.tanh, partial(apply, elementwise.Tanh())),
    "sigmoid": (_sigmoid, partial(apply, elementwise.Sigmoid())),
    "relu": (lambda x: np.maximum(x, 0), partial(apply, elementwise.Relu())),
    "softplus": (lambda x: np.logaddexp(x, 0), partial(apply, activation.Softplus())),
    "step": (lambda x: np.where(x >= 0, 1.0, 0.0), partial(apply, activation.Step())),
}
"""What a function is for NumPy arrays, and as nodes of a graph."""
