"""The gated recurrent unit over a whole sequence, with its gradient derived by hand."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from neuralstudio.engine.graph import (
    Array,
    Call,
    Op,
    Shape,
    ShapeError,
    Side,
    Tensor,
    Workspace,
    apply,
    dimensions,
)
from neuralstudio.engine.ops.recurrent import (
    LEAST_ROWS,
    GateProductsToKernel,
    Gates,
    by_gate,
    check_cell,
    in_order,
    product_call,
)
from neuralstudio.engine.ops.reduction import Sum
from neuralstudio.engine.ops.shape import Reshape

GATES = 3
KERAS_TO_INPUT, INPUT_FACTORS = (2, 0, 1), (1.0, 0.5, 0.5)
KERAS_TO_RECURRENT, RECURRENT_FACTORS = (0, 1, 2), (0.5, 0.5, 1.0)
"""Kernels hold the gates as update, reset, candidate.

The cell has the inputs' part as candidate, update, reset and the state's part as update, reset, candidate. So
both are a run of the four rows n, z, r, q it computes with, and so are their gradients.
"""
_N, _Z, _R, _Q = range(4)
_BLOCK = 8
"""Steps prepared at a time for the way back: their arrays stay in the second-level cache."""


@dataclass(frozen=True)
class Gru(Op):
    """GRU from zero state. Inputs: x (3, steps, batch, units), kernel (units, 3·units), bias (3·units).

    z, r = ½·tanh(x_t + h·U + b) + ½;  q = h·U + b;  n = tanh(x_t + r·q);  h ← n + z·(h − n)

    Gates of x in the order n, z, r, of the recurrent kernel and bias z, r, q; those of z and r are halved
    (``ArrangeGates``).
    Output: h of every step (steps, batch, units), or of the step read last (batch, units).
    Side results: n, z, r, q in the order of reading (steps, 4, batch, units); h of every step, where it is
    not the output.
    Source: Cho et al. 2014; the variant of cuDNN, PyTorch and Keras with the reset gate after the product.
    """

    is_chatty: ClassVar[bool] = True
    least_rows: ClassVar[int] = LEAST_ROWS
    is_reversed: bool = False
    returns_all: bool = True

    def infer(self, *inputs: Tensor) -> Shape:
        x, kernel, bias = inputs
        steps, batch, units = check_cell("GRU", GATES, x, kernel)
        if bias.shape != (GATES * units,):
            raise ShapeError(f"a bias of {dimensions(bias.shape)} does not fit a GRU of {units} units")
        return (steps, batch, units) if self.returns_all else (batch, units)

    def side_shapes(self, *inputs: Tensor) -> tuple[Shape, ...]:
        steps, *state = inputs[0].shape[1:]
        rows = (steps, 4, *state)
        return (rows,) if self.returns_all else (rows, (steps, *state))

    def calls(self, inputs: Sequence[Array], out: Array, work: Workspace) -> Iterable[Call]:
        x = inputs[0][:, ::-1] if self.is_reversed else inputs[0]
        kernel = by_gate(inputs[1], GATES)
        bias = inputs[2].reshape((GATES, 1, -1), copy=False)
        rows = work.sides[0]
        outputs = in_order(out if self.returns_all else work.sides[1], self.is_reversed)
        half = work.number(0.5)
        for step, row in enumerate(rows):
            after, new, gates = outputs[step], row[_N], row[_Z : _R + 1]
            if step == 0:
                yield np.copyto, (row[_Z:], bias)
            else:
                yield product_call(outputs[step - 1], kernel, row[_Z:])
                yield np.add, (row[_Z:], bias, row[_Z:])
            yield np.add, (gates, x[1:, step], gates)
            yield np.tanh, (gates, gates)
            yield np.multiply, (gates, half, gates)
            yield np.add, (gates, half, gates)
            yield np.multiply, (row[_R], row[_Q], new)
            yield np.add, (new, x[0, step], new)
            yield np.tanh, (new, new)
            if step == 0:
                yield np.multiply, (new, row[_Z], after)
                yield np.subtract, (new, after, after)
            else:
                yield np.subtract, (outputs[step - 1], new, after)
                yield np.multiply, (after, row[_Z], after)
                yield np.add, (after, new, after)
        if not self.returns_all:
            yield np.copyto, (out, outputs[-1])

    def gradient(self, node: Tensor, grad: Tensor) -> Sequence[Tensor]:
        kernel, bias = node.inputs[1:]
        states = node if self.returns_all else apply(Side(1), node)
        gates = apply(GruGradient(self.is_reversed), grad, kernel, apply(Side(0), node), states)
        to_state = apply(Gates(_Z, _Q + 1), gates)
        summed = apply(Reshape(bias.shape), apply(Sum((1, 2)), to_state))
        to_kernel = apply(GateProductsToKernel(-1 if self.is_reversed else 1), states, to_state)
        return [apply(Gates(_N, _R + 1), gates), to_kernel, summed]

    def flops(self, node: Tensor) -> int:
        _, steps, batch, units = node.inputs[0].shape
        return steps * batch * units * (2 * GATES * units + 17)

    def formula(self, *names: str) -> str:
        return f"h ← n + z·(h − n) for each step of {names[0]}"


@dataclass(frozen=True)
class GruGradient(Op):
    """Gradient of :class:`Gru` with respect to the gates n, z, r, q: (4, steps, batch, units).

    Inputs: gradient of h, recurrent kernel, n, z, r, q, h of every step. Backwards in time, with
    dh = grad_t + dh(t+1)·z(t+1) + Σ dgate(t+1)·Uᵀ over z, r, q:
    dn = dh·(1 − z)(1 − n²);  dz = dh·(h(t−1) − n)·2z(1 − z);  dq = dn·r;  dr = dn·q·2r(1 − r).
    All are dh times a factor that does not depend on the recursion; the factors are computed for many
    steps at once.
    """

    is_chatty: ClassVar[bool] = True
    is_reversed: bool = False

    def infer(self, *inputs: Tensor) -> Shape:
        grad, kernel, rows, states = inputs
        steps, units = states.shape[0], states.shape[-1]
        fits = rows.shape == (steps, 4, *states.shape[1:]) and kernel.shape == (units, GATES * units)
        if not fits or grad.shape not in (states.shape, states.shape[1:]):
            shapes = f"{dimensions(grad.shape)} and {dimensions(kernel.shape)}"
            raise ShapeError(f"gradient and recurrent kernel of shapes {shapes} do not fit the GRU's states")
        return 4, steps, *states.shape[1:]

    def calls(self, inputs: Sequence[Array], out: Array, work: Workspace) -> Iterable[Call]:
        grad, kernel, rows, states = inputs
        steps, _, *state = rows.shape
        units = state[-1]
        is_every_step = grad.ndim == states.ndim
        grads = in_order(grad, self.is_reversed)
        gates = out[:, ::-1] if self.is_reversed else out
        transposed, parts, dh = work.scratch((GATES * units, units), (4, *state), tuple(state))
        yield np.copyto, (transposed, kernel.T)
        yield from self._factors(rows, in_order(states, self.is_reversed), gates, work)
        back = transposed.reshape(GATES, units, units)
        for step in reversed(range(steps)):
            if step == steps - 1:
                yield np.copyto, (dh, grads[step] if is_every_step else grad)
            else:
                yield product_call(gates[_Z:, step + 1], back, parts[:GATES])
                yield np.multiply, (dh, rows[step + 1, _Z], parts[GATES])
                yield np.add.reduce, (parts, 0, None, dh)
                if is_every_step:
                    yield np.add, (dh, grads[step], dh)
            yield np.multiply, (gates[:, step], dh, gates[:, step])

    def _factors(self, rows: Array, outputs: Array, gates: Array, work: Workspace) -> Iterable[Call]:
        one, two, minus_two = work.number(1), work.number(2), work.number(-2)
        steps, _, *state = rows.shape
        (kept,) = work.scratch((min(_BLOCK, steps), *state))
        for start in range(0, steps, _BLOCK):
            block = slice(start, min(start + _BLOCK, steps))
            n, z, r, q = np.moveaxis(rows[block], 1, 0)
            dn, dz, dr, dq = gates[:, block]
            both, slopes = np.moveaxis(rows[block, _Z : _R + 1], 1, 0), gates[_Z : _R + 1, block]
            rest = kept[: len(n)]
            yield np.multiply, (n, n, dn)
            yield np.subtract, (one, dn, dn)
            yield np.subtract, (one, z, rest)
            yield np.multiply, (dn, rest, dn)
            yield np.multiply, (dn, r, dq)
            yield np.multiply, (both, minus_two, slopes)
            yield np.add, (slopes, two, slopes)
            yield np.multiply, (slopes, both, slopes)
            if start == 0:
                yield np.negative, (n[0], rest[0])
                yield np.subtract, (outputs[: block.stop - 1], n[1:], rest[1:])
            else:
                yield np.subtract, (outputs[start - 1 : block.stop - 1], n, rest)
            yield np.multiply, (dz, rest, dz)
            yield np.multiply, (dr, q, dr)
            yield np.multiply, (dr, dn, dr)

    def flops(self, node: Tensor) -> int:
        _, steps, batch, units = node.shape
        return steps * batch * units * (2 * GATES * units + 22)

    def formula(self, *names: str) -> str:
        return f"dh = {names[0]} + dh·z + Σ dgate·{names[1]}ᵀ, back in time"
