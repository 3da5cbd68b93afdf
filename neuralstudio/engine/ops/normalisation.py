"""Batch and layer normalisation as compound primitives: few passes over the data, exact gradients."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

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
from neuralstudio.engine.ops.arithmetic import Single
from neuralstudio.engine.ops.reduction import summed_to
from neuralstudio.engine.ops.rows import Channels, blocks_of, flat


def _fitting(x: Tensor, *rows: Tensor) -> None:
    if len(x.shape) < 2 or any(row.shape != x.shape[-1:] for row in rows):
        shapes = " and ".join(dimensions(row.shape) for row in rows)
        raise ShapeError(f"{dimensions(x.shape)} and one number per channel of {shapes} do not fit together")


def _scale_shift(x: Array, scale: Array, shift: Array, out: Array, to: Channels, calls: list[Call]) -> None:
    scale, shift = to.tiled(scale, calls), to.tiled(shift, calls)
    for block in to.blocks:
        source, target = to.wide(x)[block], to.wide(out)[block]
        calls.append((np.multiply, (source, scale, target)))
        calls.append((np.add, (target, shift, target)))


@dataclass(frozen=True)
class ScaleShift(Op):
    """x · a + b. Inputs: x (…, channels), a and b (channels,)."""

    overwrites = (0,)

    def infer(self, *inputs: Tensor) -> Shape:
        _fitting(*inputs)
        return inputs[0].shape

    def calls(self, inputs: Sequence[Array], out: Array, work: Workspace) -> Iterable[Call]:
        calls: list[Call] = []
        x = flat(inputs[0], work, calls)
        _scale_shift(x, inputs[1], inputs[2], out, Channels(x, work), calls)
        return calls

    def gradient(self, node: Tensor, grad: Tensor) -> Sequence[Tensor]:
        x, scale, shift = node.inputs
        return [grad * scale, summed_to(grad * x, scale.shape), summed_to(grad, shift.shape)]

    def flops(self, node: Tensor) -> int:
        return 2 * node.size

    def formula(self, *names: str) -> str:
        return f"{names[0]}·{names[1]} + {names[2]}"


@dataclass(frozen=True)
class InverseDeviation(Single):
    """1 / √(v + ε) of a variance v."""

    epsilon: float

    def calls(self, inputs: Sequence[Array], out: Array, work: Workspace) -> Iterable[Call]:
        yield np.add, (inputs[0], work.number(self.epsilon), out)
        yield np.sqrt, (out, out)
        yield np.reciprocal, (out, out)

    def gradient(self, node: Tensor, grad: Tensor) -> Sequence[Tensor]:
        return [grad * (node * node * node) * -0.5]

    def flops(self, node: Tensor) -> int:
        return 3 * node.size

    def formula(self, *names: str) -> str:
        return f"1 / √({names[0]} + {self.epsilon:g})"


@dataclass(frozen=True)
class BatchNorm(Op):
    """γ · (x − μ) / √(σ² + ε) + β with mean and variance over all axes but the last.

    Inputs: x (…, channels), γ and β (channels,). The variance is the biased one (divided by the count).
    Side results, each (channels,): μ, 1 / √(σ² + ε), σ².   Source: Ioffe and Szegedy 2015, algorithm 1.
    """

    epsilon: float

    def infer(self, *inputs: Tensor) -> Shape:
        _fitting(*inputs)
        return inputs[0].shape

    def side_shapes(self, *inputs: Tensor) -> tuple[Shape, ...]:
        return (inputs[0].shape[-1:],) * 3

    def calls(self, inputs: Sequence[Array], out: Array, work: Workspace) -> Iterable[Call]:
        calls: list[Call] = []
        x = flat(inputs[0], work, calls)
        mean, inverse, variance = work.sides
        to = Channels(x, work)
        share = work.number(1 / len(x))
        centred, total = to.scratch(), to.total()
        scale, shift = work.scratch(mean.shape, mean.shape)
        for block in to.blocks:
            total.take(to.wide(x)[block], calls)
        total.finish(mean, calls)
        calls.append((np.multiply, (mean, share, mean)))
        tile, total = to.tiled(mean, calls), to.total()
        for block in to.blocks:
            part = centred[: block.stop - block.start]
            calls.append((np.subtract, (to.wide(x)[block], tile, part)))
            calls.append((np.multiply, (part, part, part)))
            total.take(part, calls)
        total.finish(variance, calls)
        calls.append((np.multiply, (variance, share, variance)))
        calls.extend(InverseDeviation(self.epsilon).calls([variance], inverse, work))
        calls.append((np.multiply, (inverse, inputs[1], scale)))
        calls.append((np.multiply, (mean, scale, shift)))
        calls.append((np.subtract, (inputs[2], shift, shift)))
        _scale_shift(x, scale, shift, out, to, calls)
        return calls

    def gradient(self, node: Tensor, grad: Tensor) -> Sequence[Tensor]:
        mean, inverse = apply(Side(0), node), apply(Side(1), node)
        slope = apply(BatchNormGradient(), node.inputs[0], mean, inverse, node.inputs[1], grad)
        return [slope, apply(Side(0), slope), apply(Side(1), slope)]

    def flops(self, node: Tensor) -> int:
        return 6 * node.size

    def formula(self, *names: str) -> str:
        x, gamma, beta = names
        return f"{gamma}·({x} − mean) / √(variance + {self.epsilon:g}) + {beta}"


@dataclass(frozen=True)
class BatchNormGradient(Op):
    """γr · (g − mean g − x̂ · mean(g·x̂)) with x̂ = (x − μ)·r. Inputs: x, μ, r, γ, g.

    x and g are (…, channels), the others (channels,). Side results: Σ g·x̂ and Σ g, the gradients of γ and β.
    """

    overwrites = (4, 0)

    def infer(self, *inputs: Tensor) -> Shape:
        x, *rows, grad = inputs
        _fitting(x, *rows)
        _same(x, grad)
        return x.shape

    def side_shapes(self, *inputs: Tensor) -> tuple[Shape, ...]:
        return (inputs[0].shape[-1:],) * 2

    def calls(self, inputs: Sequence[Array], out: Array, work: Workspace) -> Iterable[Call]:
        calls: list[Call] = []
        x, grad = flat(inputs[0], work, calls), flat(inputs[4], work, calls)
        mean, inverse, gamma = inputs[1:4]
        products, sums = work.sides
        to = Channels(x, work)
        centred, product_total, sum_total = to.scratch(), to.total(), to.total()
        a, b, c = work.scratch(mean.shape, mean.shape, mean.shape)
        mean_tile = to.tiled(mean, calls)
        for block in to.blocks:
            part = centred[: block.stop - block.start]
            calls.append((np.subtract, (to.wide(x)[block], mean_tile, part)))
            calls.append((np.multiply, (part, to.wide(grad)[block], part)))
            product_total.take(part, calls)
            sum_total.take(to.wide(grad)[block], calls)
        product_total.finish(products, calls)
        sum_total.finish(sums, calls)
        calls.append((np.multiply, (products, inverse, products)))
        # The result is a·g + b·(x − μ) + c with three numbers per channel.
        calls.append((np.multiply, (gamma, inverse, a)))
        calls.append((np.multiply, (a, work.number(-1 / len(x)), c)))
        calls.append((np.multiply, (c, inverse, b)))
        calls.append((np.multiply, (b, products, b)))
        calls.append((np.multiply, (c, sums, c)))
        a, b, c = (to.tiled(row, calls) for row in (a, b, c))
        for block in to.blocks:
            part, target = centred[: block.stop - block.start], to.wide(out)[block]
            calls.append((np.subtract, (to.wide(x)[block], mean_tile, part)))
            calls.append((np.multiply, (part, b, part)))
            calls.append((np.add, (part, c, part)))
            calls.append((np.multiply, (to.wide(grad)[block], a, target)))
            calls.append((np.add, (target, part, target)))
        return calls

    def flops(self, node: Tensor) -> int:
        return 9 * node.size

    def formula(self, *names: str) -> str:
        _, _, inverse, gamma, grad = names
        return f"{gamma}·{inverse}·({grad} − mean {grad} − x̂·mean({grad}·x̂))"


def _same(x: Tensor, grad: Tensor) -> None:
    if x.shape != grad.shape:
        shapes = f"{dimensions(x.shape)} and {dimensions(grad.shape)}"
        raise ShapeError(f"an input and its gradient of {shapes} do not fit together")


@dataclass(frozen=True)
class LayerNorm(Op):
    """γ · (x − μ) / √(σ² + ε) + β with mean and (biased) variance over the last axis, sample by sample.

    Inputs: x (…, features), γ and β (features,). Side results: x̂ = (x − μ) / √(σ² + ε), like x, and
    1 / √(σ² + ε), (…, 1). The gradient needs x̂ and not x, whose memory is free again.
    Source: Ba, Kiros and Hinton 2016, eq. 4.
    """

    epsilon: float

    def infer(self, *inputs: Tensor) -> Shape:
        _fitting(*inputs)
        return inputs[0].shape

    def side_shapes(self, *inputs: Tensor) -> tuple[Shape, ...]:
        shape = inputs[0].shape
        return shape, (*shape[:-1], 1)

    def calls(self, inputs: Sequence[Array], out: Array, work: Workspace) -> Iterable[Call]:
        calls: list[Call] = []
        x, y = flat(inputs[0], work, calls), out.reshape(-1, out.shape[-1])
        normal, inverse = work.sides[0].reshape(x.shape), work.sides[1].reshape(-1)
        # A product with this row is the mean: BLAS sums rows faster than a reduction does.
        share = np.full(x.shape[1], 1 / x.shape[1], work.dtype)
        (mean,) = work.scratch((len(x),))
        for block in blocks_of(*x.shape):
            hat = normal[block]
            calls.append((np.dot, (x[block], share, mean[block])))
            calls.append((np.subtract, (x[block], mean[block, None], hat)))
            calls.append((np.vecdot, (hat, hat, inverse[block])))
            calls.append((np.multiply, (inverse[block], work.number(1 / x.shape[1]), inverse[block])))
            calls.extend(InverseDeviation(self.epsilon).calls([inverse[block]], inverse[block], work))
            calls.append((np.multiply, (hat, inverse[block, None], hat)))
            calls.append((np.multiply, (hat, inputs[1], y[block])))
            calls.append((np.add, (y[block], inputs[2], y[block])))
        return calls

    def gradient(self, node: Tensor, grad: Tensor) -> Sequence[Tensor]:
        normal, inverse = apply(Side(0), node), apply(Side(1), node)
        slope = apply(LayerNormGradient(), normal, inverse, node.inputs[1], grad)
        return [slope, apply(Side(0), slope), apply(Side(1), slope)]

    def flops(self, node: Tensor) -> int:
        return 7 * node.size

    def formula(self, *names: str) -> str:
        x, gamma, beta = names
        return f"{gamma}·({x} − mean) / √(variance + {self.epsilon:g}) + {beta}"


@dataclass(frozen=True)
class LayerNormGradient(Op):
    """r · (gγ − mean gγ − x̂ · mean(gγ·x̂)) with means over the last axis. Inputs: x̂, r, γ, g.

    x̂ and g are (…, features), r is (…, 1) and γ (features,). Side results: Σ g·x̂ and Σ g over all but the
    last axis, the gradients of γ and β.
    """

    overwrites = (3,)

    def infer(self, *inputs: Tensor) -> Shape:
        normal, inverse, gamma, grad = inputs
        _fitting(normal, gamma)
        _same(normal, grad)
        if inverse.shape != (*normal.shape[:-1], 1):
            shapes = f"{dimensions(inverse.shape)} and inputs of {dimensions(normal.shape)}"
            raise ShapeError(f"deviations of {shapes} do not fit together")
        return normal.shape

    def side_shapes(self, *inputs: Tensor) -> tuple[Shape, ...]:
        return (inputs[0].shape[-1:],) * 2

    def calls(self, inputs: Sequence[Array], out: Array, work: Workspace) -> Iterable[Call]:
        calls: list[Call] = []
        normal, inverse, grad = (flat(inputs[place], work, calls) for place in (0, 1, 3))
        gamma, y = inputs[2], out.reshape(normal.shape)
        rows, features = normal.shape
        blocks = tuple(blocks_of(rows, features))
        ones = np.ones(blocks[0].stop, work.dtype)
        (product,) = work.scratch((len(ones), features))
        share, partial_sum = work.scratch((features,), (features,))
        mean, slope = work.scratch((rows,), (rows,))
        calls.append((np.multiply, (gamma, work.number(1 / features), share)))
        for block in blocks:
            part, target = product[: block.stop - block.start], y[block]
            calls.append((np.multiply, (normal[block], grad[block], part)))
            for summand, side in zip((part, grad[block]), work.sides, strict=True):
                into = side if block is blocks[0] else partial_sum
                calls.append((np.dot, (ones[: len(part)], summand, into)))
                if block is not blocks[0]:
                    calls.append((np.add, (side, partial_sum, side)))
            calls.append((np.dot, (grad[block], share, mean[block])))
            calls.append((np.dot, (part, share, slope[block])))
            calls.append((np.multiply, (normal[block], slope[block, None], part)))
            # From here on nothing of g is read again: the result may lie in its memory.
            calls.append((np.multiply, (grad[block], gamma, target)))
            calls.append((np.subtract, (target, part, target)))
            calls.append((np.subtract, (target, mean[block, None], target)))
            calls.append((np.multiply, (target, inverse[block], target)))
        return calls

    def flops(self, node: Tensor) -> int:
        return 11 * node.size

    def formula(self, *names: str) -> str:
        normal, inverse, gamma, grad = names
        scaled = f"{grad}·{gamma}"
        return f"{inverse}·({scaled} − mean({scaled}) − {normal}·mean({scaled}·{normal}))"
