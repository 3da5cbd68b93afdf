"""The long short-term memory cell over a whole sequence, with its gradient derived by hand."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise
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
    by_gate,
    check_cell,
    in_order,
    product_call,
)

GATES = 4
KERAS_TO_CELL = (3, 0, 1, 2)
"""Kernels hold the gates as input, forget, cell, output; the cell computes with output, input, forget, cell.

So the three sigmoid gates lie side by side, the three gates that act on the memory as well, and in each row
of ``Lstm``'s first side result the pairs (input, forget) and (candidate, memory): a call for each group.
"""
HALVED = (0.5, 0.5, 0.5, 1.0)
_O, _I, _F, _G, _C = range(5)
_BLOCK = 8
"""Steps prepared at a time for the way back: their arrays stay in the second-level cache."""


@dataclass(frozen=True)
class Lstm(Op):
    """LSTM from zero state. Inputs: x (4, steps, batch, units), recurrent kernel (units, 4·units).

    z = x_t + h·U;  o, i, f = ½·tanh(z) + ½;  g = tanh(z);  c ← f·c + i·g;  h ← o·tanh(c)

    Gates in the order o, i, f, g; those of o, i, f are halved (``ArrangeGates``), so that ½·tanh(z) + ½ is
    their sigmoid. Output: h of every step (steps, batch, units), or of the step read last (batch, units).
    Side results, in the order of reading: o, i, f, g and the memory c before each step (steps + 1, 5, batch,
    units); tanh(c) after it (steps, batch, units); h of every step, where it is not the output.
    Source: Hochreiter and Schmidhuber 1997; Gers et al. 2000 for the forget gate. No peepholes, as in Keras.
    """

    is_chatty: ClassVar[bool] = True
    least_rows: ClassVar[int] = LEAST_ROWS
    is_reversed: bool = False
    returns_all: bool = True

    def infer(self, *inputs: Tensor) -> Shape:
        steps, batch, units = check_cell("LSTM", GATES, *inputs)
        return (steps, batch, units) if self.returns_all else (batch, units)

    def side_shapes(self, *inputs: Tensor) -> tuple[Shape, ...]:
        state = inputs[0].shape[1:]
        sides: tuple[Shape, ...] = ((state[0] + 1, 5, *state[1:]), state)
        return sides if self.returns_all else (*sides, state)

    def calls(self, inputs: Sequence[Array], out: Array, work: Workspace) -> Iterable[Call]:
        x = inputs[0][:, ::-1] if self.is_reversed else inputs[0]
        kernel = by_gate(inputs[1], GATES)
        rows, bent = work.sides[:2]
        states = out if self.returns_all else work.sides[2]
        outputs = in_order(states, self.is_reversed)
        half = work.number(0.5)
        fed, pair = work.scratch(x[:, 0].shape, (2, *bent.shape[1:]))
        for step, (row, following) in enumerate(pairwise(rows)):
            gates, sigmoids = row[:_C], row[: _F + 1]
            if step == 0:
                yield np.tanh, (x[:, 0], gates)
            else:
                yield product_call(outputs[step - 1], kernel, fed)
                yield np.add, (fed, x[:, step], fed)
                yield np.tanh, (fed, gates)
            yield np.multiply, (sigmoids, half, sigmoids)
            yield np.add, (sigmoids, half, sigmoids)
            if step == 0:
                yield np.multiply, (row[_I], row[_G], following[_C])
            else:
                yield np.multiply, (row[_I : _F + 1], row[_G : _C + 1], pair)
                yield np.add, (pair[0], pair[1], following[_C])
            yield np.tanh, (following[_C], bent[step])
            yield np.multiply, (row[_O], bent[step], outputs[step])
        if not self.returns_all:
            yield np.copyto, (out, outputs[-1])

    def gradient(self, node: Tensor, grad: Tensor) -> Sequence[Tensor]:
        kernel = node.inputs[1]
        states = node if self.returns_all else apply(Side(2), node)
        back = LstmGradient(self.is_reversed)
        gates = apply(back, grad, kernel, apply(Side(0), node), apply(Side(1), node))
        return [gates, apply(GateProductsToKernel(-1 if self.is_reversed else 1), states, gates)]

    def flops(self, node: Tensor) -> int:
        _, steps, batch, units = node.inputs[0].shape
        return steps * batch * units * (2 * GATES * units + 19)

    def formula(self, *names: str) -> str:
        return f"c ← f·c + i·g, h ← o·tanh c for each step of {names[0]}"


@dataclass(frozen=True)
class LstmGradient(Op):
    """Gradient of :class:`Lstm` with respect to x.

    Inputs: gradient of h, recurrent kernel, the first two side results. Backwards in time, with
    dh = grad_t + Σ_g dz_g(t+1)·U_gᵀ and dc = dh·o·(1 − tanh²c) + dc(t+1)·f(t+1):
    dz_o = dh·tanh c·2o(1 − o);  dz_i = dc·g·2i(1 − i);  dz_f = dc·c(t−1)·2f(1 − f);  dz_g = dc·i·(1 − g²).
    The factors of dh and dc do not depend on the recursion: they are computed for many steps at once.
    Source: backpropagation through time, Werbos 1990; the factor 2 is that of the halved gates.
    """

    is_chatty: ClassVar[bool] = True
    is_reversed: bool = False

    def infer(self, *inputs: Tensor) -> Shape:
        grad, kernel, rows, bent = inputs
        units = bent.shape[-1]
        fits = rows.shape == (bent.shape[0] + 1, 5, *bent.shape[1:]) and kernel.shape == (
            units,
            GATES * units,
        )
        if not fits or grad.shape not in (bent.shape, bent.shape[1:]):
            shapes = f"{dimensions(grad.shape)} and {dimensions(kernel.shape)}"
            raise ShapeError(f"gradient and recurrent kernel of shapes {shapes} do not fit the LSTM's states")
        return GATES, *bent.shape

    def calls(self, inputs: Sequence[Array], out: Array, work: Workspace) -> Iterable[Call]:
        grad, kernel, rows, bent = inputs
        steps, *state = bent.shape
        units = state[-1]
        is_every_step = grad.ndim == bent.ndim
        grads = in_order(grad, self.is_reversed)
        gates = out[:, ::-1] if self.is_reversed else out
        factors, transposed, parts, pair, products = work.scratch(
            (steps, 2, *state), (GATES * units, units), out[:, 0].shape, (2, *state), (2, *state)
        )
        yield np.copyto, (transposed, kernel.T)
        yield from self._factors(rows, bent, gates, factors, work)
        back = transposed.reshape(GATES, units, units)
        dh, dc = pair
        for step in reversed(range(steps)):
            if step == steps - 1:
                yield np.copyto, (dh, grads[step] if is_every_step else grad)
                yield np.multiply, (dh, factors[step, 0], dc)
            else:
                yield product_call(gates[:, step + 1], back, parts)
                yield np.add.reduce, (parts, 0, None, dh)
                if is_every_step:
                    yield np.add, (dh, grads[step], dh)
                yield np.multiply, (pair, factors[step], products)
                yield np.add, (products[0], products[1], dc)
            by_memory, by_output = gates[_I : _G + 1, step], gates[_O, step]
            yield np.multiply, (by_memory, dc, by_memory)
            yield np.multiply, (by_output, dh, by_output)

    def _factors(
        self, rows: Array, bent: Array, gates: Array, factors: Array, work: Workspace
    ) -> Iterable[Call]:
        """What dh and dc are multiplied by: ``gates`` (4, steps, …) for dz, ``factors`` for the next dc."""
        steps = len(bent)
        one, two, minus_two = work.number(1), work.number(2), work.number(-2)
        for start in range(0, steps, _BLOCK):
            block = slice(start, min(start + _BLOCK, steps))
            row = np.moveaxis(rows[block], 1, 0)
            sigmoids, into = row[: _F + 1], gates[: _F + 1, block]
            yield np.multiply, (sigmoids, minus_two, into)
            yield np.add, (into, two, into)
            yield np.multiply, (into, sigmoids, into)
            yield np.multiply, (into[_O], bent[block], into[_O])
            yield np.multiply, (into[_I:], row[_G:], into[_I:])
            candidate, by_dh = gates[_G, block], factors[block, 0]
            yield np.multiply, (row[_G], row[_G], candidate)
            yield np.subtract, (one, candidate, candidate)
            yield np.multiply, (candidate, row[_I], candidate)
            yield np.multiply, (bent[block], bent[block], by_dh)
            yield np.subtract, (one, by_dh, by_dh)
            yield np.multiply, (by_dh, row[_O], by_dh)
        yield np.copyto, (factors[:-1, 1], rows[1:-1, _F])

    def flops(self, node: Tensor) -> int:
        _, steps, batch, units = node.shape
        return steps * batch * units * (2 * GATES * units + 26)

    def formula(self, *names: str) -> str:
        return f"dh = {names[0]} + Σ dz·{names[1]}ᵀ, dc = dh·o·(1 − tanh²c) + dc·f, back in time"
