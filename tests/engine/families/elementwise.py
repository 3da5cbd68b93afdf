"""Arithmetic and functions, number by number."""

from collections.abc import Callable
from math import erf, exp

import numpy as np

from neuralstudio.engine.graph import Array, Op, Shape
from neuralstudio.engine.ops import activation, arithmetic, elementwise, normal
from tests.engine.families._base import Case, Draw, Random, apart, lengths, pair, single


def _relu_gradients(random: Random) -> Case:
    size = lengths(random, 2)
    return Case(elementwise.ReluGradient(), [apart(random, size), np.maximum(apart(random, size), 0)], (0,))


def _signs(random: Random) -> Case:
    return Case(arithmetic.Sign(), [random.integers(-1, 2, lengths(random, 2)).astype(float)])


def _positive(random: Random, size: Shape) -> Array:
    return np.asarray(np.abs(apart(random, size)))


def _powers(random: Random) -> Case:
    size = lengths(random, 2)
    return Case(elementwise.Power(), [_positive(random, size), apart(random, size[1:])], (0, 1))


def _both_sides(random: Random, size: Shape) -> Array:
    """Numbers from −5 to 5 that keep away from the kinks at −3, −1, 0, 1 and 3."""
    x = random.uniform(-5, 5, size)
    for kink in (-3, -1, 0, 1, 3):
        x = np.where(np.abs(x - kink) < 0.1, kink + 0.2, x)
    return x


def _leaky(random: Random) -> Case:
    return single(activation.LeakyRelu(float(random.choice([0, 0.01, 0.3, 1]))), _both_sides)(random)


def _elus(random: Random) -> Case:
    alpha, scale = random.choice([(1, 1), (0.5, 1), (2, 1), (1.6733, 1.0507), (0.4, 1.3), (0, 1)])
    return single(activation.Elu(float(alpha), float(scale)), _both_sides)(random)


def _backward(op: Op, asked: tuple[int, ...] = (0,)) -> Draw:
    def case(random: Random) -> Case:
        size = lengths(random, 2)
        return Case(op, [apart(random, size), _both_sides(random, size)], asked)

    return case


def _hard_sigmoid_gradients(random: Random) -> Case:
    size = lengths(random, 2)
    y = np.clip(random.uniform(-1, 2, size), 0, 1)
    return Case(activation.HardSigmoidGradient(), [apart(random, size), y], (0,))


def _ties(op: Op) -> Draw:
    """Pairs that are never so close that a finite difference would see both."""

    def case(random: Random) -> Case:
        size = lengths(random, 2)
        first = apart(random, size)
        return Case(op, [first, first + apart(random, size)], (0, 1))

    return case


FORMULAS: dict[type[Op], Callable[..., Array]] = {
    arithmetic.Add: lambda _, a, b: a + b,
    arithmetic.Subtract: lambda _, a, b: a - b,
    arithmetic.Multiply: lambda _, a, b: a * b,
    arithmetic.Divide: lambda _, a, b: a / b,
    arithmetic.Square: lambda _, x: x**2,
    arithmetic.Absolute: lambda _, x: np.where(x < 0, -x, x),
    arithmetic.Sign: lambda _, x: (x > 0) * 1.0 - (x < 0) * 1.0,
    elementwise.Exp: lambda _, x: np.e**x,
    elementwise.Log: lambda _, x: np.log(x),
    elementwise.Sigmoid: lambda _, x: 1 / (1 + np.exp(-x)),
    elementwise.Tanh: lambda _, x: 1 - 2 / (np.exp(2 * x) + 1),
    elementwise.Relu: lambda _, x: np.where(x > 0, x, 0 * x),
    elementwise.ReluGradient: lambda _, grad, y: np.where(y > 0, grad, 0 * grad),
    arithmetic.Maximum: lambda _, a, b: (a + b + np.abs(a - b)) / 2,
    arithmetic.Minimum: lambda _, a, b: (a + b - np.abs(a - b)) / 2,
    elementwise.Power: lambda _, a, b: np.exp(b * np.log(a)),
    elementwise.Sqrt: lambda _, x: x**0.5,
    elementwise.Sin: lambda _, x: np.imag(np.exp(1j * x)),
    elementwise.Cos: lambda _, x: np.real(np.exp(1j * x)),
    elementwise.Tan: lambda _, x: np.sin(x) / np.cos(x),
    activation.LeakyRelu: lambda op, x: np.where(x > 0, x, op.slope * x),
    activation.LeakyReluGradient: lambda op, grad, y: np.where(y > 0, grad, op.slope * grad),
    activation.Elu: lambda op, x: op.scale * np.where(x > 0, x, op.alpha * (np.exp(x) - 1)),
    activation.EluGradient: lambda op, g, y: g * np.where(y > 0, op.scale, y + op.scale * op.alpha),
    activation.HardSigmoid: lambda _, x: np.clip(x + 3, 0, 6) / 6,
    activation.HardSigmoidGradient: lambda _, grad, y: np.where((y > 0) & (y < 1), grad / 6, 0 * grad),
    activation.Softplus: lambda _, x: np.log(1 + np.exp(x)),
    activation.Softsign: lambda _, x: x / (1 + np.abs(x)),
    activation.Step: lambda _, x: np.where(x < 0, 0.0 * x, 1.0),
    activation.StraightThrough: lambda _, grad, x: np.where((x >= -1) & (x <= 1), grad, 0 * grad),
    normal.NormalCdf: lambda _, x: np.vectorize(lambda each: (1 + erf(each / 2**0.5)) / 2)(x),
    normal.NormalDensity: lambda _, x: (
        np.vectorize(lambda each: exp(-each * each / 2))(x) / (2 * np.pi) ** 0.5
    ),
}
EXAMPLES: dict[type[Op], Draw] = {
    arithmetic.Add: pair(arithmetic.Add()),
    arithmetic.Subtract: pair(arithmetic.Subtract()),
    arithmetic.Multiply: pair(arithmetic.Multiply()),
    arithmetic.Divide: pair(arithmetic.Divide()),
    arithmetic.Square: single(arithmetic.Square()),
    arithmetic.Absolute: single(arithmetic.Absolute()),
    arithmetic.Sign: _signs,
    elementwise.Exp: single(elementwise.Exp()),
    elementwise.Log: single(elementwise.Log(), _positive),
    elementwise.Sigmoid: single(elementwise.Sigmoid()),
    elementwise.Tanh: single(elementwise.Tanh()),
    elementwise.Relu: single(elementwise.Relu()),
    elementwise.ReluGradient: _relu_gradients,
    arithmetic.Maximum: _ties(arithmetic.Maximum()),
    arithmetic.Minimum: _ties(arithmetic.Minimum()),
    elementwise.Power: _powers,
    elementwise.Sqrt: single(elementwise.Sqrt(), _positive),
    elementwise.Sin: single(elementwise.Sin()),
    elementwise.Cos: single(elementwise.Cos()),
    elementwise.Tan: single(elementwise.Tan(), lambda random, size: np.asarray(random.uniform(-1, 1, size))),
    activation.LeakyRelu: _leaky,
    activation.LeakyReluGradient: _backward(activation.LeakyReluGradient(0.2)),
    activation.Elu: _elus,
    activation.EluGradient: _backward(activation.EluGradient(1.6733, 1.0507), ()),
    activation.HardSigmoid: single(activation.HardSigmoid(), _both_sides),
    activation.HardSigmoidGradient: _hard_sigmoid_gradients,
    activation.Softplus: single(activation.Softplus(), _both_sides),
    activation.Softsign: single(activation.Softsign(), _both_sides),
    activation.Step: single(activation.Step(), _both_sides),
    activation.StraightThrough: _backward(activation.StraightThrough()),
    normal.NormalCdf: single(normal.NormalCdf(), lambda random, size: random.uniform(-3, 3, size)),
    normal.NormalDensity: single(normal.NormalDensity(), _both_sides),
}
MISFITS: dict[type[Op], tuple[Op, tuple[Shape, ...]]] = {
    arithmetic.Add: (arithmetic.Add(), ((2, 3), (2, 4))),
    arithmetic.Subtract: (arithmetic.Subtract(), ((2,), (3,))),
    arithmetic.Multiply: (arithmetic.Multiply(), ((5, 2), (4, 1, 3))),
    arithmetic.Divide: (arithmetic.Divide(), ((2, 3), (3, 2))),
    elementwise.ReluGradient: (elementwise.ReluGradient(), ((2, 3), (2, 4))),
    arithmetic.Maximum: (arithmetic.Maximum(), ((2, 3), (2, 4))),
    arithmetic.Minimum: (arithmetic.Minimum(), ((2,), (3,))),
    elementwise.Power: (elementwise.Power(), ((2, 3), (3, 2))),
    activation.LeakyReluGradient: (activation.LeakyReluGradient(0.1), ((2, 3), (2, 4))),
    activation.EluGradient: (activation.EluGradient(1.0, 1.0), ((2, 3), (2, 4))),
    activation.HardSigmoidGradient: (activation.HardSigmoidGradient(), ((2, 3), (2, 4))),
    activation.StraightThrough: (activation.StraightThrough(), ((2, 3), (2, 4))),
}
TAKES_ANY_SHAPE: set[type[Op]] = {
    arithmetic.Square,
    arithmetic.Absolute,
    arithmetic.Sign,
    elementwise.Exp,
    elementwise.Log,
    elementwise.Sigmoid,
    elementwise.Tanh,
    elementwise.Relu,
    elementwise.Sqrt,
    elementwise.Sin,
    elementwise.Cos,
    elementwise.Tan,
    activation.LeakyRelu,
    activation.Elu,
    activation.HardSigmoid,
    activation.Softplus,
    activation.Softsign,
    activation.Step,
    normal.NormalCdf,
    normal.NormalDensity,
}
STRAIGHT_THROUGH: set[type[Op]] = {activation.Step}
"""Ops whose gradient is an estimate, not that of the function: see test_activations.py."""
