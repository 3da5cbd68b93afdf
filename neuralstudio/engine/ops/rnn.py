"""The simple recurrent cell over a whole sequence, with its gradient derived by hand."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import partial
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
    check_cell,
    in_order,
    product_call,
)


@dataclass(frozen=True)
class Rnn(Op):
    """h ← f(x_t + h·U) from zero state, f = tanh or max(0, ·).

    Inputs: x (1, steps, batch, units), recurrent kernel (units, units). Output: h of every step (steps,
    batch, units), or of the step read last (batch, units); then h of every step is the side result.
    Source: Elman 1990.
    """

    is_chatty: ClassVar[bool] = True
    least_rows: ClassVar[int] = LEAST_ROWS
    is_rectified: bool = False
    is_reversed: bool = False
    returns_all: bool = True

    def infer(self, *inputs: Tensor) -> Shape:
        steps, batch, units = check_cell("recurrent layer", 1, *inputs)
        return (steps, batch, units) if self.returns_all else (batch, units)

    def side_shapes(self, *inputs: Tensor) -> tuple[Shape, ...]:
        return () if self.returns_all else (inputs[0].shape[1:],)

    def calls(self, inputs: Sequence[Array], out: Array, work: Workspace) -> Iterable[Call]:
        x, kernel = in_order(inputs[0][0], self.is_reversed), inputs[1]
        outputs = in_order(out if self.returns_all else work.sides[0], self.is_reversed)
        (fed,) = work.scratch(x[0].shape)
        for step, output in enumerate(outputs):
            weighted = x[0]
            if step:
                yield product_call(outputs[step - 1], kernel, fed)
                yield np.add, (fed, x[step], fed)
                weighted = fed
            if self.is_rectified:
                yield partial(np.maximum, out=output), (weighted, work.number(0))
            else:
                yield np.tanh, (weighted, output)
        if not self.returns_all:
            yield np.copyto, (out, outputs[-1])

    def gradient(self, node: Tensor, grad: Tensor) -> Sequence[Tensor]:
        kernel = node.inputs[1]
        states = node if self.returns_all else apply(Side(0), node)
        gates = apply(RnnGradient(self.is_rectified, self.is_reversed), grad, kernel, states)
        return [gates, apply(GateProductsToKernel(-1 if self.is_reversed else 1), states, gates)]

    def flops(self, node: Tensor) -> int:
        x = node.inputs[0]
        return x.size * (2 * x.shape[-1] + 2)

    def formula(self, *names: str) -> str:
        function = "max(0, ·)" if self.is_rectified else "tanh"
        return f"h ← {function}({names[0]} + h·{names[1]}) for each step"


@dataclass(frozen=True)
class RnnGradient(Op):
    """Gradient of :class:`Rnn` with respect to x.

    Inputs: gradient of h, recurrent kernel, h of every step (steps, batch, units). Backwards in time:
    dz = (grad_t + dz(t+1)·Uᵀ)·f'(z), with f' = 1 − h², or 1 where h > 0.
    """

    is_chatty: ClassVar[bool] = True
    is_rectified: bool = False
    is_reversed: bool = False

    def infer(self, *inputs: Tensor) -> Shape:
        grad, kernel, states = inputs
        fits = len(states.shape) == 3 and kernel.shape == (states.shape[-1],) * 2
        if not fits or grad.shape not in (states.shape, states.shape[1:]):
            shapes = f"{dimensions(grad.shape)} and {dimensions(kernel.shape)}"
            raise ShapeError(f"gradient and recurrent kernel of shapes {shapes} do not fit the states")
        return 1, *states.shape

    def calls(self, inputs: Sequence[Array], out: Array, work: Workspace) -> Iterable[Call]:
        grad, kernel, states = inputs
        is_every_step = grad.ndim == states.ndim
        grads, slopes = in_order(grad, self.is_reversed), in_order(out[0], self.is_reversed)
        transposed, dh = work.scratch(kernel.shape, states.shape[1:])
        yield np.copyto, (transposed, kernel.T)
        if self.is_rectified:
            yield np.sign, (states, out[0])
        else:
            yield np.multiply, (states, states, out[0])
            yield np.subtract, (work.number(1), out[0], out[0])
        for step in reversed(range(len(states))):
            if step == len(states) - 1:
                yield np.multiply, (slopes[step], grads[step] if is_every_step else grad, slopes[step])
                continue
            yield product_call(slopes[step + 1], transposed, dh)
            if is_every_step:
                yield np.add, (dh, grads[step], dh)
            yield np.multiply, (slopes[step], dh, slopes[step])

    def flops(self, node: Tensor) -> int:
        return node.size * (2 * node.shape[-1] + 4)

    def formula(self, *names: str) -> str:
        return f"dz = ({names[0]} + dz·{names[1]}ᵀ)·f'(z), back in time"
