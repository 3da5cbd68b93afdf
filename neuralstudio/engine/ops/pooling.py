"""Pooling: the largest or the average number of each window of an image, channel by channel.

Images lie pixel after pixel, so every call treats all channels of a pixel as one run, and whole rows where
it can.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from neuralstudio.engine.graph import Array, Call, Op, Shape, ShapeError, Tensor, Workspace, apply, dimensions
from neuralstudio.engine.ops.elementwise import Add, Relu
from neuralstudio.engine.ops.shape import Reshape
from neuralstudio.engine.windows import Axis, Window, blocks, gathered, scattered, shares


class Pooling(Op):
    """An op of windows of an image."""

    window: Window

    def flops(self, node: Tensor) -> int:
        return node.size * self.window.size[0] * self.window.size[1]


@dataclass(frozen=True)
class MaxPool(Pooling):
    """The largest number of each window."""

    window: Window

    def infer(self, *inputs: Tensor) -> Shape:
        return self.window.pooled(inputs[0].shape)

    def calls(self, inputs: Sequence[Array], out: Array, work: Workspace) -> Iterable[Call]:
        yield from gathered(np.maximum, self.window, inputs[0], out, work)

    def gradient(self, node: Tensor, grad: Tensor) -> Sequence[Tensor]:
        op = MaxPoolGradient(self.window)
        return [apply(op, grad, node.inputs[0], node)]

    def formula(self, *names: str) -> str:
        return f"max of each {dimensions(self.window.size)} window of {names[0]}"


@dataclass(frozen=True)
class MaxPoolGradient(Pooling):
    """From the gradient of the maxima, the image and the maxima to the gradient of the image.

    The whole gradient of a window goes to its largest number, 0 to the others. Of equal numbers the first in
    row-major order takes it all, as in PyTorch.
    """

    window: Window

    def infer(self, *inputs: Tensor) -> Shape:
        grad, image, largest = inputs
        if not grad.shape == largest.shape == self.window.pooled(image.shape):
            shapes = " and ".join(dimensions(each.shape) for each in inputs)
            raise ShapeError(f"gradient, image and maxima of shapes {shapes} do not go together")
        return image.shape

    def calls(self, inputs: Sequence[Array], out: Array, work: Workspace) -> Iterable[Call]:
        rows, columns = self.window.axes(out.shape)
        is_tiled = rows.is_tiled and columns.is_tiled
        taps = [(down, across) for down in rows.taps() for across in columns.taps()]
        is_full = all(down.is_full and across.is_full for down, across in taps)
        pieces = list(blocks(out))
        shape = (pieces[0].stop, *inputs[0].shape[1:])
        taken, hits = work.scratch(shape, shape, dtype="flag")
        (part,) = work.scratch(() if is_tiled else shape)
        for block in pieces:
            grad, image, largest, result = (each[block] for each in (*inputs, out))
            yield from _cleared(result, rows, columns, work)
            if not is_full:
                yield taken.fill, (False,)
            for number, (down, across) in enumerate(taps):
                here = (slice(len(grad)), down.outputs, across.outputs)
                there = (slice(None), down.inputs, across.inputs)
                won, is_taken = hits[here], taken[here]
                if is_full and number == 0:
                    yield np.equal, (image[there], largest, is_taken)
                    won = is_taken
                elif is_full and number == len(taps) - 1:
                    yield np.logical_not, (is_taken, is_taken)  # nobody else: no need to look
                    won = is_taken
                else:
                    yield np.equal, (image[there], largest[here], won)
                    yield np.greater, (won, is_taken, won)
                    yield np.logical_or, (won, is_taken, is_taken)
                if is_tiled:
                    yield np.multiply, (grad[here], won, result[there])
                else:
                    yield np.multiply, (grad[here], won, part[here])
                    yield np.add, (result[there], part[here], result[there])

    def formula(self, *names: str) -> str:
        return f"{names[0]} where {names[1]} is the first to equal {names[2]} in its window, else 0"


@dataclass(frozen=True)
class AveragePool(Pooling):
    """The average of each window; what padding adds is not counted."""

    window: Window

    def infer(self, *inputs: Tensor) -> Shape:
        return self.window.pooled(inputs[0].shape)

    def calls(self, inputs: Sequence[Array], out: Array, work: Workspace) -> Iterable[Call]:
        share = shares(*self.window.axes(inputs[0].shape), work)
        yield from gathered(np.add, self.window, inputs[0], out, work, share)

    def gradient(self, node: Tensor, grad: Tensor) -> Sequence[Tensor]:
        _, height, width, _ = node.inputs[0].shape
        return [apply(AveragePoolGradient(self.window, (height, width)), grad)]

    def formula(self, *names: str) -> str:
        return f"mean of each {dimensions(self.window.size)} window of {names[0]}"


@dataclass(frozen=True)
class AveragePoolGradient(Pooling):
    """Spreads each number evenly over its window in an ``image`` (height, width)."""

    window: Window
    image: tuple[int, int]

    def infer(self, *inputs: Tensor) -> Shape:
        given = inputs[0].shape
        full = (given[0], *self.image, given[-1]) if len(given) == 4 else given
        if given != self.window.pooled(full):
            raise ShapeError(f"{dimensions(given)} is not what pooling {dimensions(self.image)} gives")
        return full

    def calls(self, inputs: Sequence[Array], out: Array, work: Workspace) -> Iterable[Call]:
        rows, columns = self.window.axes(out.shape)
        share = shares(rows, columns, work)
        pieces = list(blocks(out))
        samples, channels = pieces[0].stop, out.shape[3]
        scaled, spread = work.scratch(
            (samples, rows.count, columns.count, channels), (samples, rows.count, columns.length, channels)
        )
        for block in pieces:
            grad, result = inputs[0][block], out[block]
            even, wide = scaled[: len(grad)], spread[: len(grad)]
            yield np.multiply, (grad, share, even)
            yield from scattered(even, wide, 2, columns, work)
            yield from scattered(wide, result, 1, rows, work)

    def gradient(self, node: Tensor, grad: Tensor) -> Sequence[Tensor]:  # noqa: ARG002 - it is linear
        return [apply(AveragePool(self.window), grad)]

    def formula(self, *names: str) -> str:
        return f"{names[0]} spread over its {dimensions(self.window.size)} windows"


@dataclass(frozen=True)
class MaxOver(Op):
    """The largest number at any place: (batch, places, channels) → (batch, channels)."""

    def infer(self, *inputs: Tensor) -> Shape:
        (x,) = inputs
        if len(x.shape) != 3:
            raise ShapeError(
                f"a maximum over places needs places and channels, not {dimensions(x.shape[1:])}"
            )
        return x.shape[0], x.shape[2]

    def calls(self, inputs: Sequence[Array], out: Array, work: Workspace) -> Iterable[Call]:  # noqa: ARG002
        yield np.maximum.reduce, (inputs[0], 1, None, out)

    def gradient(self, node: Tensor, grad: Tensor) -> Sequence[Tensor]:
        return [apply(MaxOverGradient(), grad, node.inputs[0], node)]

    def flops(self, node: Tensor) -> int:
        return node.inputs[0].size

    def formula(self, *names: str) -> str:
        return f"max of {names[0]} over all places"


@dataclass(frozen=True)
class MaxOverGradient(Op):
    """From the gradient of the maxima, the input and the maxima to the gradient of the input.

    The first place that holds the maximum takes the whole gradient.
    """

    def infer(self, *inputs: Tensor) -> Shape:
        grad, x, largest = inputs
        if len(x.shape) != 3 or not grad.shape == largest.shape == (x.shape[0], x.shape[2]):
            shapes = " and ".join(dimensions(each.shape) for each in inputs)
            raise ShapeError(f"gradient, input and maxima of shapes {shapes} do not go together")
        return x.shape

    def calls(self, inputs: Sequence[Array], out: Array, work: Workspace) -> Iterable[Call]:
        grad, x, largest = inputs
        hits, first = work.scratch(x.shape, x.shape, dtype="flag")
        yield np.equal, (x, largest[:, None], hits)
        yield np.logical_or.accumulate, (hits, 1, None, first)  # true from the first hit on
        yield np.greater, (first[:, 1:], first[:, :-1], hits[:, 1:])
        yield np.multiply, (grad[:, None], hits, out)

    def formula(self, *names: str) -> str:
        return f"{names[0]} where {names[1]} is the first to equal {names[2]}, else 0"


def max_pool(x: Tensor, window: Window) -> Tensor:
    """The largest number of each window of images x."""
    return _put_off(x, lambda image: apply(MaxPool(window), image))


def max_over(x: Tensor) -> Tensor:
    """The largest number of each channel: (batch, …, channels) → (batch, channels)."""

    def over(each: Tensor) -> Tensor:
        batch, channels = each.shape[0], each.shape[-1]
        return apply(MaxOver(), apply(Reshape((batch, each.size // (batch * channels), channels)), each))

    return _put_off(x, over)


def _put_off(x: Tensor, maximum: Callable[[Tensor], Tensor]) -> Tensor:
    """``maximum`` of x, made cheaper: a bias for each channel and ReLU come after it instead of before.

    Both rise, even when rounded, so the numbers are the same to the last bit; windows of 2×2 leave a quarter
    of them to compute, forwards and backwards.
    """
    if isinstance(x.op, Relu):
        return apply(Relu(), _put_off(x.inputs[0], maximum))
    if isinstance(x.op, Add):
        image, bias = x.inputs
        if image.shape == x.shape and bias.shape == x.shape[-1:]:
            return _put_off(image, maximum) + bias
    return maximum(x)


def over_steps(x: Tensor, name: str) -> Tensor:
    """A sequence (batch, steps, channels) as an image one pixel wide; (batch, steps) has one channel.

    Raises ``ShapeError``, in which ``name`` is the layer.
    """
    _refuse_tokens(x, name)
    if len(x.shape) not in (2, 3):
        given = dimensions(x.shape[1:])
        raise ShapeError(
            f"{name} needs a sequence (steps, channels), but gets {given}",
            "Use the layer for images, or insert Reshape before it.",
        )
    batch, steps, *channels = x.shape
    return apply(Reshape((batch, steps, 1, *(channels or [1]))), x)


def over_pixels(x: Tensor, name: str) -> Tensor:
    """An image (batch, height, width, channels); (batch, height, width) has one channel.

    Raises ``ShapeError``, in which ``name`` is the layer.
    """
    _refuse_tokens(x, name)
    if len(x.shape) not in (3, 4):
        raise ShapeError(
            f"{name} needs an image (height, width, channels), but gets {dimensions(x.shape[1:])}",
            "Insert Reshape before it, for example to “6×4×1”.",
        )
    return x if len(x.shape) == 4 else apply(Reshape((*x.shape, 1)), x)


def _refuse_tokens(x: Tensor, name: str) -> None:
    if x.dtype != "float":
        raise ShapeError(f"{name} needs numbers, but gets tokens: insert Embedding before it")


def _cleared(out: Array, rows: Axis, columns: Axis, work: Workspace) -> Iterator[Call]:
    """Zeros where no window of an image puts a gradient, or everywhere if gradients are added up."""
    zero = work.number(0)
    if not (rows.is_tiled and columns.is_tiled):
        yield np.copyto, (out, zero)
        return
    if rows.used < rows.length:
        yield np.copyto, (out[:, rows.used :], zero)
    if columns.used < columns.length:
        yield np.copyto, (out[:, : rows.used, columns.used :], zero)
