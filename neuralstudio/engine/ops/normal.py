"""The normal distribution: what GELU weights a number with. NumPy has no error function."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from math import pi, sqrt

import numpy as np

from neuralstudio.engine.graph import Array, Call, Tensor, Workspace, apply
from neuralstudio.engine.ops.arithmetic import Single

_SCALE = 4.0
# Φ(−a)·e^(a²/2) for a ≥ 0 is smooth in u = (4 − a)/(4 + a), which is between −1 and 1: a polynomial does.
# Its coefficients, lowest power first, minimise the largest error of Φ (by Lawson's weighted least squares).
_SINGLE = (0.0944020517, 0.170534091, 0.123522662, 0.0745198402, 0.0255809884, 0.0142197842, -0.0027794112)
"""Within 6e-9 of Φ: less than float32 can tell."""
_DOUBLE = (
    0.09441064130088549,
    0.17039772160302757,
    0.12437925450068406,
    0.07170741234900882,
    0.030864804657260478,
    0.008491907174008332,
    0.0005088551003117471,
    -0.0006436287169729373,
    -0.0001755642487223306,
    2.6432411246116974e-05,
    5.0207526197551706e-05,
    -2.0679979298054266e-05,
    2.6363223633040145e-06,
)
"""Within 2e-15 of Φ."""
_BLOCK = 8192
"""Numbers that are taken through all passes together, so that they stay in the processor's first cache."""


@dataclass(frozen=True)
class NormalCdf(Single):
    """Φ(x) = ½·(1 + erf(x/√2)): the share of a standard normal distribution below x.

    Error at most 2e-15 in float64 and 1.5e-7 (rounding) in float32.
    """

    overwrites = ()

    def calls(self, inputs: Sequence[Array], out: Array, work: Workspace) -> Iterable[Call]:
        (x,) = inputs
        yield np.absolute, (x, out)
        flat = out.reshape(-1)
        width = min(_BLOCK, flat.size)
        scratch = work.scratch((width,), (width,))
        for start in range(0, flat.size, _BLOCK):
            part = flat[start : start + _BLOCK]
            u, tail = (each[: part.size] for each in scratch)
            yield from _lower_tail(part, u, tail, work)
        half = work.number(0.5)
        yield np.subtract, (half, out, out)
        yield np.copysign, (out, x, out)
        yield np.add, (out, half, out)

    def gradient(self, node: Tensor, grad: Tensor) -> Sequence[Tensor]:
        return [grad * apply(NormalDensity(), node.inputs[0])]

    def flops(self, node: Tensor) -> int:
        return 24 * node.size

    def formula(self, *names: str) -> str:
        return f"Φ({names[0]})"


def _lower_tail(a: Array, u: Array, tail: Array, work: Workspace) -> Iterable[Call]:
    """Replaces a ≥ 0 by Φ(−a); ``u`` and ``tail`` are scratch."""
    scale = work.number(_SCALE)
    *lower, second, highest = _SINGLE if work.dtype.itemsize <= 4 else _DOUBLE
    yield np.subtract, (scale, a, u)
    yield np.add, (scale, a, tail)
    yield np.divide, (u, tail, u)
    yield np.multiply, (u, work.number(highest), tail)
    yield np.add, (tail, work.number(second), tail)
    for coefficient in reversed(lower):
        yield np.multiply, (tail, u, tail)
        yield np.add, (tail, work.number(coefficient), tail)
    yield np.multiply, (a, a, a)
    yield np.multiply, (a, work.number(-0.5), a)
    yield np.exp, (a, a)
    yield np.multiply, (a, tail, a)


@dataclass(frozen=True)
class NormalDensity(Single):
    """φ(x) = e^(−x²/2) / √(2π): the density of the standard normal distribution."""

    def calls(self, inputs: Sequence[Array], out: Array, work: Workspace) -> Iterable[Call]:
        yield np.multiply, (inputs[0], inputs[0], out)
        yield np.multiply, (out, work.number(-0.5), out)
        yield np.exp, (out, out)
        yield np.multiply, (out, work.number(1 / sqrt(2 * pi)), out)

    def gradient(self, node: Tensor, grad: Tensor) -> Sequence[Tensor]:
        return [-(grad * (node * node.inputs[0]))]

    def flops(self, node: Tensor) -> int:
        return 4 * node.size

    def formula(self, *names: str) -> str:
        return f"φ({names[0]})"
