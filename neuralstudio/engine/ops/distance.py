"""How far samples lie from centres: what radial units look at."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import partial

import numpy as np

from neuralstudio.engine.graph import Array, Call, Op, Shape, ShapeError, Tensor, Workspace, apply, dimensions
from neuralstudio.engine.ops.reduction import Sum
from neuralstudio.engine.ops.shape import Reshape, Transpose

_FEW = 8
"""Inputs: up to here differences are taken one by one, which is exact and as fast."""


@dataclass(frozen=True)
class SquaredDistances(Op):
    """|x − c|² for each sample and centre. Inputs: x (samples, inputs), c (centres, inputs).

    Beyond a few inputs it is computed as |x|² + |c|² − 2·x·c, one matrix product. Rounding can then leave
    less than zero, which becomes zero; the gradient 2·(x − c) is not affected by that.
    """

    def infer(self, *inputs: Tensor) -> Shape:
        x, centres = inputs
        if len(x.shape) != 2 or len(centres.shape) != 2 or x.shape[1] != centres.shape[1]:
            shapes = f"{dimensions(x.shape)} and centres of {dimensions(centres.shape)}"
            raise ShapeError(f"samples of {shapes} do not lie in the same space")
        return x.shape[0], centres.shape[0]

    def calls(self, inputs: Sequence[Array], out: Array, work: Workspace) -> Iterable[Call]:
        x, centres = inputs
        if x.shape[1] <= _FEW:
            (part,) = work.scratch(out.shape)
            for axis in range(x.shape[1]):
                into = part if axis else out
                yield np.subtract, (x[:, axis, None], centres[:, axis], into)
                yield np.multiply, (into, into, into)
                if axis:
                    yield np.add, (out, part, out)
            return
        sample_squares, centre_squares = work.scratch(x.shape, centres.shape)
        of_sample, of_centre = work.scratch((len(x), 1), (len(centres),))
        yield np.multiply, (x, x, sample_squares)
        yield np.add.reduce, (sample_squares, -1, None, of_sample, True)
        yield np.multiply, (centres, centres, centre_squares)
        yield np.add.reduce, (centre_squares, -1, None, of_centre)
        yield np.multiply, (centres, work.number(-2), centre_squares)
        yield np.dot, (x, centre_squares.T, out)
        yield np.add, (out, of_sample, out)
        yield np.add, (out, of_centre, out)
        yield partial(np.maximum, out=out), (out, work.number(0))

    def gradient(self, node: Tensor, grad: Tensor) -> Sequence[Tensor]:
        x, centres = node.inputs
        of_sample = apply(Sum((1,), True), grad)
        of_centre = apply(Reshape((centres.shape[0], 1)), apply(Sum((0,)), grad))
        to_x = (x * of_sample - grad @ centres) * 2.0
        to_centres = (centres * of_centre - apply(Transpose(), grad) @ x) * 2.0
        return [to_x, to_centres]

    def flops(self, node: Tensor) -> int:
        return 2 * node.size * node.inputs[0].shape[1]

    def formula(self, *names: str) -> str:
        return f"|{names[0]} − {names[1]}|²"
