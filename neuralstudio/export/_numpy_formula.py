"""A person's formula in plain NumPy, with its slope worked out by the rules of differentiation."""

from neuralstudio.export._base import quoted
from neuralstudio.export._formula import Dialect, code
from neuralstudio.schema.expression import Call, Expression, Number, Variable
from neuralstudio.schema.formula import read

_SAME = ("exp", "log", "sqrt", "abs", "sign", "sin", "cos", "tan", "tanh")
_DIALECT = Dialect(
    {
        **{sign: f"({{0}} {sign} {{1}})" for sign in ("+", "-", "*", "/")},
        "^": "({0} ** {1})",
        "negative": "(-{0})",
        **{name: f"np.{name}({{0}})" for name in _SAME},
        "sigmoid": "sigmoid({0})",
        "relu": "np.maximum({0}, 0)",
        "softplus": "np.logaddexp({0}, 0)",
        "step": "np.where({0} >= 0, 1.0, 0.0)",
        "min": "np.minimum({0}, {1})",
        "max": "np.maximum({0}, {1})",
        "is_less": "(0.5 + 0.5 * np.sign({1} - {0}))",  # a half each where both are equal
        "is_positive": "({0} > 0)",
        "is_near": "(np.abs({0}) <= 1)",
    }
)
_ONE, _ZERO = Number(1.0), Number(0.0)


def formula_lines(name: str, expression: str) -> list[str]:
    """Two functions of x: the formula, and its slope. The text itself is only a docstring."""
    tree = read(expression)
    return [
        f"def {name}(x):",
        f"    {quoted(expression.strip())}",
        f"    return {code(tree, _DIALECT)}",
        "",
        "",
        f"def {name}_slope(x):",
        f'    """The slope of {name}."""',
        f"    return {code(_slope(tree), _DIALECT)}",
    ]


def _slope(tree: Expression) -> Expression:
    match tree:
        case Number():
            return _ZERO
        case Variable():
            return _ONE
        case Call("+" | "-" as sign, (a, b)):
            return _sum(sign, _slope(a), _slope(b))
        case Call("negative", (a,)):
            return _product(Number(-1.0), _slope(a))
        case Call("*", (a, b)):
            return _sum("+", _product(_slope(a), b), _product(a, _slope(b)))
        case Call("/", (a, b)):
            return Call("/", (_sum("-", _slope(a), _product(tree, _slope(b))), b))
        case Call("^", (a, Number(power))):
            lower = a if power == 2 else Call("^", (a, Number(power - 1)))
            return _product(_product(Number(power), lower), _slope(a))
        case Call("^", (a, b)):
            of_base = _product(_product(b, Call("^", (a, _sum("-", b, _ONE)))), _slope(a))
            return _sum("+", of_base, _product(_product(tree, Call("log", (a,))), _slope(b)))
        case Call("min" | "max" as which, (a, b)):
            first, second = (a, b) if which == "min" else (b, a)
            return _sum(
                "+",
                _product(Call("is_less", (first, second)), _slope(a)),
                _product(Call("is_less", (second, first)), _slope(b)),
            )
        case Call(_, (a,)):
            return _product(_outer(tree, a), _slope(a))
    raise AssertionError(tree)


def _outer(tree: Call, a: Expression) -> Expression:
    """The slope of a function of one argument, for that argument."""
    square = Call("^", (tree, Number(2.0)))
    match tree.function:
        case "exp":
            return tree
        case "log":
            return Call("/", (_ONE, a))
        case "sqrt":
            return Call("/", (Number(0.5), tree))
        case "abs":
            return Call("sign", (a,))
        case "sign":
            return _ZERO
        case "sin":
            return Call("cos", (a,))
        case "cos":
            return Call("negative", (Call("sin", (a,)),))
        case "tan":
            return Call("+", (_ONE, square))
        case "tanh":
            return Call("-", (_ONE, square))
        case "sigmoid":
            return Call("*", (tree, Call("-", (_ONE, tree))))
        case "relu":
            return Call("is_positive", (a,))
        case "softplus":
            return Call("sigmoid", (a,))
        case "step":
            return Call("is_near", (a,))  # as if of a line through zero
    raise AssertionError(tree.function)


def _sum(sign: str, a: Expression, b: Expression) -> Expression:
    if b == _ZERO:
        return a
    return b if a == _ZERO and sign == "+" else Call(sign, (a, b))


def _product(a: Expression, b: Expression) -> Expression:
    if _ZERO in (a, b):
        return _ZERO
    if a == _ONE:
        return b
    return a if b == _ONE else Call("*", (a, b))
