"""A typed formula as a graph, so that its gradient is automatic. How it is read: :mod:`schema.formula`."""

from collections.abc import Callable, Mapping, Sequence
from functools import partial

from neuralstudio.engine.graph import Tensor, apply, constant
from neuralstudio.engine.ops import activation, elementwise
from neuralstudio.schema.expression import Number, folded
from neuralstudio.schema.formula import read
from neuralstudio.schema.problem import Problem, ProblemError


def parse(text: str, variables: Mapping[str, Tensor]) -> Tensor:
    """The formula as a graph.

    Raises ``ProblemError`` where it cannot be read, and where it contains none of the variables.
    """
    tree = read(text, tuple(variables))
    if isinstance(tree, Number):
        names = " or ".join(variables)
        what = f"“{text.strip()}” does not depend on {names}: it is {tree.value:g} whatever comes in"
        raise ProblemError(
            Problem("Formula", what, f"Write {names} where the input goes.", field="expression")
        )
    return folded(tree, variables, _graph_op, constant)


def _graph_op(function: str, arguments: Sequence[Tensor]) -> Tensor:
    return _OPS[function](*arguments)


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


_OPS: Mapping[str, Callable[..., Tensor]] = {
    "negative": Tensor.__neg__,
    "+": partial(apply, elementwise.Add()),
    "-": partial(apply, elementwise.Subtract()),
    "*": partial(apply, elementwise.Multiply()),
    "/": partial(apply, elementwise.Divide()),
    "^": _raised,
    "min": partial(apply, elementwise.Minimum()),
    "max": partial(apply, elementwise.Maximum()),
    "exp": partial(apply, elementwise.Exp()),
    "log": partial(apply, elementwise.Log()),
    "sqrt": partial(apply, elementwise.Sqrt()),
    "abs": partial(apply, elementwise.Absolute()),
    "sign": partial(apply, elementwise.Sign()),
    "sin": partial(apply, elementwise.Sin()),
    "cos": partial(apply, elementwise.Cos()),
    "tan": partial(apply, elementwise.Tan()),
    "tanh": partial(apply, elementwise.Tanh()),
    "sigmoid": partial(apply, elementwise.Sigmoid()),
    "relu": partial(apply, elementwise.Relu()),
    "softplus": partial(apply, activation.Softplus()),
    "step": partial(apply, activation.Step()),
}
