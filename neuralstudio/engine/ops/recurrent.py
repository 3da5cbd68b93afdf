"""What recurrent cells share: products with a kernel gate by gate, and the order of axes and gates.

A recurrent op works gate-major: (gates, steps, batch, units). One gate of one step then lies in one piece of
memory, over which NumPy and BLAS run without a gap, and one gate of all steps is one matrix.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from math import prod

import numpy as np

from neuralstudio.engine.graph import Array, Call, Op, Shape, ShapeError, Tensor, Workspace, apply, dimensions
from neuralstudio.engine.ops.shape import View

_SMALL_PRODUCT = 1_000_000
"""Multiplications up to which OpenBLAS multiplies matrices as they lie instead of packing them first.

Packing 128×512 weights costs as much as multiplying them by a batch of 16: measured 22 µs against 13 µs.
"""
_NARROWEST = 16
LEAST_ROWS = 16
"""Samples from which the calls of a step take longer than calling them does."""


def by_gate(kernel: Array, gates: int) -> Array:
    """A kernel (inputs, gates·units) seen as (gates, inputs, units)."""
    inputs, columns = kernel.shape
    return kernel.reshape((inputs, gates, columns // gates), copy=False).transpose(1, 0, 2)


def product_call(a: Array, b: Array, out: Array) -> Call:
    """One call for a (…, rows, inner) · b (…, inner, columns), in pieces that BLAS need not pack."""
    rows, inner = a.shape[-2:]
    columns = b.shape[-1]
    pieces = next(
        (
            count
            for count in range(1, columns // _NARROWEST + 1)
            if columns % count == 0 and rows * inner * (columns // count) <= _SMALL_PRODUCT
        ),
        1,
    )
    if pieces == 1:
        return np.matmul, (a, b, out)
    width = columns // pieces
    return np.matmul, (a[..., None, :, :], _in_columns(b, pieces, width), _in_columns(out, pieces, width))


def _in_columns(matrices: Array, pieces: int, width: int) -> Array:
    split = matrices.reshape((*matrices.shape[:-1], pieces, width), copy=False)
    return np.moveaxis(split, -2, -3)


def is_dense(x: Array) -> bool:
    """Whether the numbers lie one behind the other."""
    return x.flags.c_contiguous


def _gate_units(kernel: Tensor, gates: int) -> int:
    if len(kernel.shape) != 2 or kernel.shape[1] % gates:
        raise ShapeError(f"a kernel of {dimensions(kernel.shape)} does not hold {gates} gates")
    return kernel.shape[1] // gates


def check_cell(name: str, gates: int, x: Tensor, kernel: Tensor) -> tuple[int, int, int]:
    """Steps, batch and units of a cell with ``gates`` inputs per unit; raises ``ShapeError``."""
    units = _gate_units(kernel, gates)
    if len(x.shape) != 4 or x.shape[0] != gates or x.shape[3] != units or kernel.shape[0] != units:
        shapes = f"{dimensions(x.shape)} and {dimensions(kernel.shape)}"
        raise ShapeError(f"inputs and recurrent kernel of shapes {shapes} do not make a {name}")
    return x.shape[1], x.shape[2], units


def in_order(x: Array, is_reversed: bool) -> Array:
    """(steps, …) in the order in which the steps are read."""
    return x[::-1] if is_reversed else x


@dataclass(frozen=True)
class TimeMajor(View):
    """(batch, steps, …) becomes (steps, batch, …), and back."""

    def infer(self, *inputs: Tensor) -> Shape:
        (x,) = inputs
        if len(x.shape) < 2:
            raise ShapeError(f"there are no batch and steps to swap in {dimensions(x.shape)}")
        return x.shape[1], x.shape[0], *x.shape[2:]

    def view(self, x: Array) -> Array:
        return x.swapaxes(0, 1)

    def gradient(self, node: Tensor, grad: Tensor) -> Sequence[Tensor]:  # noqa: ARG002
        return [apply(TimeMajor(), grad)]

    def formula(self, *names: str) -> str:
        return f"{names[0]}, step by step"


@dataclass(frozen=True)
class Gates(View):
    """Gates ``start`` to ``stop`` (not included) of (gates, …). Part of gradients only: has none itself."""

    start: int
    stop: int

    def infer(self, *inputs: Tensor) -> Shape:
        (x,) = inputs
        if not x.shape or not 0 <= self.start < self.stop <= x.shape[0]:
            raise ShapeError(f"there are no gates {self.start} to {self.stop} in {dimensions(x.shape)}")
        return self.stop - self.start, *x.shape[1:]

    def view(self, x: Array) -> Array:
        return x[self.start : self.stop]

    def formula(self, *names: str) -> str:
        return f"{names[0]}[{self.start}:{self.stop}]"


@dataclass(frozen=True)
class ArrangeGates(Op):
    """Puts the gates along the last axis, (…, gates·units), into another order, each times a factor.

    Gate g of the result is ``factors[g]`` times gate ``order[g]`` of the input. With factor ½ a gate's
    sigmoid is had from a hyperbolic tangent, σ(z) = ½·tanh(z/2) + ½: one call serves all gates of a step.
    """

    order: tuple[int, ...]
    factors: tuple[float, ...]

    def infer(self, *inputs: Tensor) -> Shape:
        (x,) = inputs
        if not x.shape or x.shape[-1] % len(self.order):
            raise ShapeError(f"{dimensions(x.shape)} cannot be cut into {len(self.order)} gates")
        return x.shape

    def calls(self, inputs: Sequence[Array], out: Array, work: Workspace) -> Iterable[Call]:
        (x,) = inputs
        units = out.shape[-1] // len(self.order)
        for to, (source, factor) in enumerate(zip(self.order, self.factors, strict=True)):
            gate = x[..., source * units : (source + 1) * units]
            yield np.multiply, (gate, work.number(factor), out[..., to * units : (to + 1) * units])

    def gradient(self, node: Tensor, grad: Tensor) -> Sequence[Tensor]:  # noqa: ARG002
        back = tuple(self.order.index(gate) for gate in range(len(self.order)))
        return [apply(ArrangeGates(back, tuple(self.factors[to] for to in back)), grad)]

    def formula(self, *names: str) -> str:
        return f"gates of {names[0]}"


@dataclass(frozen=True)
class GateProducts(Op):
    """x (…, inputs) times each gate's part of a kernel (inputs, gates·units): (gates, …, units)."""

    gates: int

    def infer(self, *inputs: Tensor) -> Shape:
        x, kernel = inputs
        units = _gate_units(kernel, self.gates)
        if len(x.shape) < 2 or x.shape[-1] != kernel.shape[0]:
            shapes = f"{dimensions(x.shape)} and {dimensions(kernel.shape)}"
            raise ShapeError(f"matrices of shapes {shapes} cannot be multiplied gate by gate")
        return self.gates, *x.shape[:-1], units

    def calls(self, inputs: Sequence[Array], out: Array, work: Workspace) -> Iterable[Call]:  # noqa: ARG002
        x, kernel = inputs
        weights = by_gate(kernel, self.gates)
        if is_dense(x):
            rows = prod(x.shape[:-1])
            yield np.matmul, (x.reshape(rows, -1), weights, out.reshape(self.gates, rows, -1))
        else:  # the steps of a batch: one product for each step and gate
            yield np.matmul, (x, np.expand_dims(weights, tuple(range(1, x.ndim - 1))), out)

    def gradient(self, node: Tensor, grad: Tensor) -> Sequence[Tensor]:
        x, kernel = node.inputs
        return [apply(GateProductsToInput(), grad, kernel), apply(GateProductsToKernel(), x, grad)]

    def flops(self, node: Tensor) -> int:
        return 2 * node.size * node.inputs[0].shape[-1]

    def formula(self, *names: str) -> str:
        return f"{names[0]}·{names[1]}, gate by gate"


@dataclass(frozen=True)
class GateProductsToInput(Op):
    """Gradient of :class:`GateProducts` with respect to x: Σ_g grad[g]·W[g]ᵀ."""

    def infer(self, *inputs: Tensor) -> Shape:
        grad, kernel = inputs
        if len(grad.shape) < 3 or _gate_units(kernel, grad.shape[0]) != grad.shape[-1]:
            shapes = f"{dimensions(grad.shape)} and {dimensions(kernel.shape)}"
            raise ShapeError(f"gates and kernel of shapes {shapes} do not fit together")
        return *grad.shape[1:-1], kernel.shape[0]

    def calls(self, inputs: Sequence[Array], out: Array, work: Workspace) -> Iterable[Call]:
        grad, kernel = inputs
        gates = len(grad)
        transposed = by_gate(kernel, gates).swapaxes(1, 2)
        (parts,) = work.scratch((gates, *out.shape))
        if is_dense(grad):
            rows = prod(grad.shape[1:-1])
            yield np.matmul, (grad.reshape(gates, rows, -1), transposed, parts.reshape(gates, rows, -1))
        else:
            yield np.matmul, (grad, np.expand_dims(transposed, tuple(range(1, grad.ndim - 2))), parts)
        yield np.add.reduce, (parts, 0, None, out)

    def flops(self, node: Tensor) -> int:
        return 2 * node.inputs[0].size * node.shape[-1]

    def formula(self, *names: str) -> str:
        return f"Σ {names[0]}·{names[1]}ᵀ"


@dataclass(frozen=True)
class GateProductsToKernel(Op):
    """Gradient of :class:`GateProducts` with respect to the kernel: xᵀ·grad[g] beside one another.

    With ``shift`` 1 or −1, x and grad are (steps, …): step t of x goes with step t + shift of grad, as a
    state goes with the gates it is fed to next.
    """

    shift: int = 0

    def infer(self, *inputs: Tensor) -> Shape:
        x, grad = inputs
        if len(x.shape) < 2 or x.shape[:-1] != grad.shape[1:-1]:
            shapes = f"{dimensions(x.shape)} and {dimensions(grad.shape)}"
            raise ShapeError(f"inputs and gates of shapes {shapes} do not fit together")
        return x.shape[-1], grad.shape[0] * grad.shape[-1]

    def calls(self, inputs: Sequence[Array], out: Array, work: Workspace) -> Iterable[Call]:
        x, grad = inputs
        if self.shift:
            early, late = slice(None, -1), slice(1, None)
            x, grad = (x[early], grad[:, late]) if self.shift > 0 else (x[late], grad[:, early])
        gates, rows = len(grad), prod(x.shape[:-1])
        if rows == 0:  # a single step has no state before it
            yield np.copyto, (out, work.number(0))
            return
        if not is_dense(x):
            (dense,) = work.scratch(x.shape)
            yield np.copyto, (dense, x)
            x = dense
        if not is_dense(grad[0]):
            (dense,) = work.scratch(grad.shape)
            yield np.copyto, (dense, grad)
            grad = dense
        gate_rows = grad.reshape((gates, rows, grad.shape[-1]), copy=False)
        yield np.matmul, (x.reshape(rows, x.shape[-1]).T, gate_rows, by_gate(out, gates))

    def flops(self, node: Tensor) -> int:
        return 2 * node.inputs[1].size * node.shape[0]

    def formula(self, *names: str) -> str:
        return f"{names[0]}ᵀ·{names[1]}"
