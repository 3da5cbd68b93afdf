"""What a formula is: a tree of functions, and its value for NumPy arrays."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray

T = TypeVar("T")

COMPARISONS = ("<", ">", "<=", ">=")
_CONDITIONS = (*COMPARISONS, "and", "or")


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
    """A function or operator of other parts; ``function`` is "+", "-", "*", "/", "^", "exp", "<", "and" …"""

    function: str
    arguments: tuple["Expression", ...]

    @property
    def is_condition(self) -> bool:
        """It is true or false, not a number."""
        return self.function in _CONDITIONS


Expression = Number | Variable | Call


def computed(tree: Expression, arrays: Mapping[str, NDArray[Any]]) -> NDArray[Any]:
    """A tree's value for NumPy arrays that broadcast. What is true is 1, what is false 0.

    A comparison of what is not finite gives NaN.
    """
    with np.errstate(all="ignore"):
        return np.asarray(folded(tree, arrays, meant, np.asarray))


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


def meant(function: str, arguments: Sequence[Any]) -> Any:
    """A function of NumPy arrays or numbers."""
    return _MEANINGS[function](*arguments)


def _compared(compare: Callable[[Any, Any], Any]) -> Callable[[Any, Any], Any]:
    """1 where it holds, 0 where not, NaN where one of the numbers is none."""
    return lambda a, b: np.where(np.isfinite(a) & np.isfinite(b), compare(a, b), np.nan)


_MEANINGS: Mapping[str, Callable[..., Any]] = {
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
    "abs": np.absolute,
    "sign": np.sign,
    "sin": np.sin,
    "cos": np.cos,
    "tan": np.tan,
    "tanh": np.tanh,
    "sigmoid": lambda x: 0.5 * np.tanh(0.5 * x) + 0.5,
    "relu": lambda x: np.maximum(x, 0),
    "softplus": lambda x: np.logaddexp(x, 0),
    "step": lambda x: np.where(x >= 0, 1.0, 0.0),
    "<": _compared(np.less),
    ">": _compared(np.greater),
    "<=": _compared(np.less_equal),
    ">=": _compared(np.greater_equal),
    "and": np.minimum,
    "or": np.maximum,
}
"""What a function is for NumPy arrays; NaN goes through all of them."""
