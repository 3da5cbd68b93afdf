"""Formulas typed by a person: read by a small grammar into a syntax tree, never run as Python.

    condition  = both { "or" both }                              only where comparisons are asked for
    both       = comparison { "and" comparison }
    comparison = sum { ("<" | ">" | "<=" | ">=") sum }           so 0 < x < 1 means both
    sum        = product { ("+" | "-") product }
    product    = signed { ("*" | "/") signed }
    signed     = ("-" | "+") signed | power
    power      = atom { "²" } [ ("^" | "**") signed ]            so −x^2 is −(x²), and 2^3^2 is 2^(3²)
    atom       = number | name | function "(" sum { "," sum } ")" | "(" sum or condition ")"

Also understood: − for -, · and × for *, ÷ and : for /, ≤ and ≥. What the tree means for NumPy arrays is said
in :mod:`schema.expression`; the engine makes nodes of a graph of it.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import reduce
from math import e, isfinite, pi
from typing import Any

import numpy as np
from numpy.typing import NDArray

from neuralstudio.schema.expression import COMPARISONS, Call, Expression, Number, Variable, computed, meant
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
PLANE_NAMES: Mapping[str, str] = {
    "x1": "x1",
    "x2": "x2",
    **dict.fromkeys(("X1", "x₁", "X₁", "x_1", "x", "X"), "x1"),
    **dict.fromkeys(("X2", "x₂", "X₂", "x_2", "y", "Y"), "x2"),
}
"""How people write the two inputs of a plane, and which of them it is."""
_SAME = {"−": "-", "·": "*", "×": "*", "÷": "/", ":": "/", "**": "^", "ln": "log", "σ": "sigmoid", "pow": "^"}
_SAME |= {"≤": "<=", "≥": ">="}
_TOKEN = re.compile(
    r"\s*(?P<text>(?P<number>(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]+)?)"
    r"|(?P<name>[A-Za-zπσ_][A-Za-z0-9_₀-₉]*)|\*\*|[<>]=|\S)"
)


def read(
    text: str, names: Sequence[str] | Mapping[str, str] = ("x",), *, compares: bool = False
) -> Expression:
    """The syntax tree of a formula, its constant parts worked out.

    ``names`` are the variables; as a mapping it says which variable is meant by each way to write it. With
    ``compares`` the formula may compare, as in ``x1 > 0 and x1 + x2 < 1``. Raises ``ProblemError`` (where
    "Formula", field "expression") that says what was expected and where.
    """
    if len(text) > LONGEST:
        raise _problem(f"It has {len(text)} characters, but at most {LONGEST} are read", "Shorten it.")
    meant = names if isinstance(names, Mapping) else {name: name for name in names}
    return _worked_out(_Reader(text, meant, compares).formula())


def evaluate(text: str, arrays: Mapping[str, NDArray[Any]]) -> NDArray[Any]:
    """The value for NumPy arrays that broadcast; a constant formula gives a 0-dimensional array.

    Numbers without a meaning (the logarithm of −1) become NaN or infinite, as in NumPy.
    """
    return computed(read(text, tuple(arrays)), arrays)


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

    def __init__(self, text: str, names: Mapping[str, str], compares: bool) -> None:
        self._tokens = list(_tokens(text))
        self._next = 0
        self._names = names
        self._compares = compares
        self._depth = 0

    @property
    def _token(self) -> _Token:
        return self._tokens[self._next]

    def formula(self) -> Expression:
        tree = self._condition() if self._compares else self._sum()
        if self._token.kind != "end":
            raise self._unexpected("an operator or the end")
        return tree

    def _condition(self) -> Expression:
        tree = self._both()
        while self._token.text == "or":
            tree = _joined(self._take().text, tree, self._both())
        return tree

    def _both(self) -> Expression:
        tree = self._comparison()
        while self._token.text == "and":
            tree = _joined(self._take().text, tree, self._comparison())
        return tree

    def _comparison(self) -> Expression:
        left = self._sum()
        links: list[Call] = []
        while self._token.kind in COMPARISONS:
            sign, right = self._take().kind, self._sum()
            links.append(Call(sign, (_number(left), _number(right))))
            left = right
        if len(links) > 1 and any(map(_is_constant, links)):
            what = "Of its comparisons in a row, one has a number on both sides"
            raise _problem(what, "Join two comparisons with “and”, as in x1 > 1 and x2 > 2.")
        return reduce(lambda tree, link: Call("and", (tree, link)), links) if links else left

    def _sum(self) -> Expression:
        tree = self._product()
        while self._token.kind in ("+", "-"):
            tree = Call(self._take().kind, (_number(tree), _number(self._product())))
        return tree

    def _product(self) -> Expression:
        tree = self._signed()
        while self._token.kind in ("*", "/"):
            tree = Call(self._take().kind, (_number(tree), _number(self._signed())))
        return tree

    def _signed(self) -> Expression:
        # Every way deeper into a formula leads through here.
        self._depth += 1
        if self._depth > DEEPEST:
            raise _problem("Too many parentheses, signs or powers stand inside one another", "Simplify it.")
        if self._token.kind in ("+", "-"):
            sign = self._take().kind
            operand = _number(self._signed())
            tree = operand if sign == "+" else Call("negative", (operand,))
        else:
            tree = self._power()
        self._depth -= 1
        return tree

    def _power(self) -> Expression:
        base = self._atom()
        while self._token.kind == "²":
            self._take()
            base = Call("^", (_number(base), Number(2.0)))
        if self._token.kind == "^":
            self._take()
            return Call("^", (_number(base), _number(self._signed())))
        return base

    def _atom(self) -> Expression:
        token = self._token
        if token.kind == "number":
            self._take()
            return Number(float(token.text))
        if token.kind == "(":
            self._take()
            tree = self._condition() if self._compares else self._sum()
            self._expect(")")
            return tree
        if token.text in self._names:
            self._take()
            return Variable(self._names[token.text])
        if token.text in CONSTANTS:
            self._take()
            return Number(CONSTANTS[token.text])
        if token.text in FUNCTIONS:
            return self._function()
        variables = dict.fromkeys(self._names.values())
        raise self._unexpected(f"a number, {', '.join(variables)} or a function")

    def _function(self) -> Expression:
        name = self._take().text
        self._expect("(")
        arguments = [_number(self._sum())]
        for _ in range(FUNCTIONS[name] - 1):
            self._expect(",")
            arguments.append(_number(self._sum()))
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


def _number(part: Expression) -> Expression:
    """The part, if it is a number."""
    if isinstance(part, Call) and part.is_condition:
        raise _problem(
            f"A comparison with “{part.function}” is true or false, and cannot be reckoned with",
            "Join comparisons with “and” or “or”.",
        )
    return part


def _is_constant(part: Expression) -> bool:
    """It has no variable in it."""
    if isinstance(part, Call):
        return all(map(_is_constant, part.arguments))
    return isinstance(part, Number)


def _joined(word: str, *parts: Expression) -> Call:
    """Conditions joined by "and" or "or"."""
    if not all(isinstance(part, Call) and part.is_condition for part in parts):
        raise _problem(f"“{word}” joins two comparisons, and beside it there is only a number")
    return Call(word, parts)


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
    if len(numbers) < len(arguments) or tree.is_condition:
        return Call(tree.function, arguments)
    with np.errstate(all="ignore"):
        value = float(meant(tree.function, [np.float64(each) for each in numbers]))
    if not isfinite(value):
        shown = f" {tree.function} ".join(f"{each:g}" for each in numbers)
        shown = shown if len(numbers) == 2 else f"{tree.function}({shown})"
        raise _problem(f"“{shown}” in it is not a finite number")
    return Number(value)
