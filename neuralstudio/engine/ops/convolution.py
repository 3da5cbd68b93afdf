"""Convolution of images (batch, height, width, channels), and its two gradients, as products of matrices."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import product

import numpy as np

from neuralstudio.engine.graph import Array, Call, Op, Shape, ShapeError, Tensor, Workspace, apply, dimensions
from neuralstudio.engine.ops import depthwise
from neuralstudio.engine.ops.columns import (
    Margins,
    Pair,
    Windows,
    blocks,
    columns,
    largest,
    lying,
    unbuffered,
)

_ADDING = 1 << 18
"""Bytes of a block for the input gradient, which touches a pixel again for each place of the kernel."""
_NARROW = 4
"""Input channels of a group up to which the input gradient is one product for all places of the kernel."""


@dataclass(frozen=True)
class Sweep:
    """How a kernel moves over an image; ``groups``: channels fall into so many parts that do not mix."""

    stride: Pair = (1, 1)
    padding: Margins = (0, 0, 0, 0)
    dilation: Pair = (1, 1)
    groups: int = 1

    def windows(self, kernel: Pair) -> Windows:
        """The windows that a kernel of this size sees."""
        return Windows(kernel, self.stride, self.dilation, self.padding)

    def is_depthwise(self, channels: int, filters: int) -> bool:
        """Whether each channel has one kernel of its own."""
        return self.groups == channels == filters > 1

    def output(self, image: Shape, kernel: Shape) -> Shape:
        """Shape of the output. Raises ``ShapeError`` where image and kernel do not go together."""
        if len(image) != 4 or len(kernel) != 4:
            raise ShapeError(
                f"images of {dimensions(image)} and a kernel of {dimensions(kernel)} do not fit together"
            )
        for count, things in ((image[3], "channels"), (kernel[3], "filters")):
            if count % self.groups:
                divisor = max(n for n in range(1, self.groups) if image[3] % n == kernel[3] % n == 0)
                other = f", or Filters to a multiple of {self.groups}" if things == "filters" else ""
                raise ShapeError(
                    f"{count} {things} cannot be divided into {self.groups} groups of equal size",
                    f"Set Groups to {divisor}{other}.",
                )
        if image[3] != kernel[2] * self.groups:
            raise ShapeError(
                f"a kernel of {dimensions(kernel)} in {self.groups} groups needs "
                f"{kernel[2] * self.groups} channels, but the image has {image[3]}"
            )
        return image[0], *self.windows(kernel[:2]).count(image[1:3]), kernel[3]


@dataclass(frozen=True)
class Convolution(Op):
    """y[n, r, c, f] = Σ x[n, r·stride + i·dilation, c·stride + j·dilation, d] · k[i, j, d, f] over i, j, d.

    Inputs: images (batch, height, width, channels), kernel (height, width, channels / groups, filters).
    What deep learning calls a convolution: the kernel is not turned. Goodfellow et al. 2016, eq. 9.6.
    """

    sweep: Sweep = Sweep()

    def infer(self, *inputs: Tensor) -> Shape:
        x, kernel = inputs
        return self.sweep.output(x.shape, kernel.shape)

    def calls(self, inputs: Sequence[Array], out: Array, work: Workspace) -> Iterable[Call]:
        x, kernel = inputs
        groups, filters = self.sweep.groups, kernel.shape[3]
        windows = self.sweep.windows(kernel.shape[:2])
        if self.sweep.is_depthwise(x.shape[3], filters):
            yield from unbuffered(depthwise.convolution(x, kernel, out, windows, work))
            return
        kernel, calls = lying(kernel, work)
        yield from calls
        weights = kernel.reshape(-1, filters)
        each = filters // groups
        for block in columns(x, windows, groups, filters, work):
            yield from block.calls
            part = slice(block.group * each, (block.group + 1) * each)
            into = out[block.images, block.rows].reshape(-1, filters, copy=False)
            yield np.matmul, (block.matrix, weights[:, part], into[:, part])

    def gradient(self, node: Tensor, grad: Tensor) -> Sequence[Tensor]:
        x, kernel = node.inputs
        return [
            apply(ConvolutionInputGradient(self.sweep, (x.shape[1], x.shape[2])), grad, kernel),
            apply(ConvolutionKernelGradient(self.sweep, (kernel.shape[0], kernel.shape[1])), x, grad),
        ]

    def flops(self, node: Tensor) -> int:
        return _flops(node, node.inputs[1].shape)

    def formula(self, *names: str) -> str:
        return f"{names[0]} ∗ {names[1]}"


@dataclass(frozen=True)
class ConvolutionInputGradient(Op):
    """Gradient of a convolution with respect to its images, which have the height and width ``size``.

    Inputs: gradient (batch, rows, columns, filters), kernel (height, width, channels / groups, filters).
    By itself it is the transposed convolution: every pixel paints the kernel onto a larger image.
    Dumoulin and Visin 2016, chapter 4.
    """

    sweep: Sweep
    size: Pair

    def infer(self, *inputs: Tensor) -> Shape:
        grad, kernel = inputs
        if len(kernel.shape) != 4:
            raise ShapeError(f"a kernel must have four axes, not {dimensions(kernel.shape)}")
        image = grad.shape[0], *self.size, kernel.shape[2] * self.sweep.groups
        _agree(self.sweep.output(image, kernel.shape), grad.shape)
        return image

    def calls(self, inputs: Sequence[Array], out: Array, work: Workspace) -> Iterable[Call]:
        grad, kernel = inputs
        windows = self.sweep.windows(kernel.shape[:2])
        channels, filters = out.shape[3], kernel.shape[3]
        if self.sweep.is_depthwise(channels, filters):
            yield from unbuffered(depthwise.input_gradient(grad, kernel, out, windows, work))
            return
        for array, calls in (lying(grad, work), lying(kernel, work)):
            inputs = [*inputs[1:], array]
            yield from calls
        grad, kernel = inputs
        if channels // self.sweep.groups <= _NARROW:
            yield from unbuffered(self._at_once(grad, kernel, out, windows, work))
        else:
            yield from unbuffered(self._place_by_place(grad, kernel, out, windows, work))

    def _place_by_place(
        self, grad: Array, kernel: Array, out: Array, windows: Windows, work: Workspace
    ) -> Iterator[Call]:
        """For each place of the kernel one product (windows, filters)·(filters, channels), then added."""
        batch, rows, across, filters = grad.shape
        height, width, depth, _ = kernel.shape
        groups = self.sweep.groups
        each = filters // groups
        parts = blocks(batch, rows, across * (2 * depth * groups + filters) * out.itemsize, _ADDING)
        turned, room = work.scratch((groups, height, width, each, depth), (largest(parts) * across * depth,))
        by_group = kernel.reshape(height, width, depth, groups, each)
        yield np.copyto, (turned, by_group.transpose(3, 0, 1, 4, 2))
        for images, cut in parts:
            if cut.start == 0:
                yield out[images].fill, (0,)
            sent = grad[images, cut].reshape(-1, filters, copy=False)
            painted = room[: len(sent) * depth].reshape(-1, depth)
            pixels = painted.reshape(-1, cut.stop - cut.start, across, depth)
            for group, i, j in product(range(groups), range(height), range(width)):
                met = windows.met(self.size, (i, j), cut)
                if met is not None:
                    (down, right), (some_rows, some_columns) = met
                    place = out[images, down, right, group * depth : (group + 1) * depth]
                    yield (
                        np.matmul,
                        (sent[:, group * each : (group + 1) * each], turned[group, i, j], painted),
                    )
                    yield np.add, (place, pixels[:, some_rows, some_columns], place)

    def _at_once(
        self, grad: Array, kernel: Array, out: Array, windows: Windows, work: Workspace
    ) -> Iterator[Call]:
        """With few channels: one product for the whole kernel, of which each row is then added."""
        batch, rows, across, filters = grad.shape
        height, width, depth, _ = kernel.shape
        each = filters // self.sweep.groups
        numbers = height * width * depth
        parts = blocks(batch, rows, across * (numbers + filters) * out.itemsize)
        (room,) = work.scratch((largest(parts) * across * numbers,))
        weights = kernel.reshape(numbers, filters)
        for images, cut in parts:
            if cut.start == 0:
                yield out[images].fill, (0,)
            sent = grad[images, cut].reshape(-1, filters, copy=False)
            painted = room[: numbers * len(sent)].reshape(numbers, -1)
            pixels = painted.reshape(height, width, depth, -1, cut.stop - cut.start, across)
            for group in range(self.sweep.groups):
                part = slice(group * each, (group + 1) * each)
                yield np.matmul, (weights[:, part], sent[:, part].T, painted)
                for i, j in product(range(height), range(width)):
                    met = windows.met(self.size, (i, j), cut)
                    if met is not None:
                        (down, right), (some_rows, some_columns) = met
                        for channel in range(depth):
                            place = out[images, down, right, group * depth + channel]
                            yield np.add, (place, pixels[i, j, channel][:, some_rows, some_columns], place)

    def gradient(self, node: Tensor, grad: Tensor) -> Sequence[Tensor]:
        sent, kernel = node.inputs
        return [
            apply(Convolution(self.sweep), grad, kernel),
            apply(ConvolutionKernelGradient(self.sweep, (kernel.shape[0], kernel.shape[1])), grad, sent),
        ]

    def flops(self, node: Tensor) -> int:
        return _flops(node.inputs[0], node.inputs[1].shape)

    def formula(self, *names: str) -> str:
        return f"{names[0]} ∗ᵀ {names[1]}"


@dataclass(frozen=True)
class ConvolutionKernelGradient(Op):
    """Gradient of a convolution with respect to its kernel, whose height and width are ``kernel``.

    Inputs: images (batch, height, width, channels), gradient (batch, rows, columns, filters).
    """

    sweep: Sweep
    kernel: Pair

    def infer(self, *inputs: Tensor) -> Shape:
        x, grad = inputs
        if len(x.shape) != 4 or len(grad.shape) != 4:
            raise ShapeError(
                f"images of {dimensions(x.shape)} and a gradient of {dimensions(grad.shape)} do not match"
            )
        kernel = *self.kernel, x.shape[3] // self.sweep.groups, grad.shape[3]
        _agree(self.sweep.output(x.shape, kernel), grad.shape)
        return kernel

    def calls(self, inputs: Sequence[Array], out: Array, work: Workspace) -> Iterable[Call]:
        x, grad = inputs
        groups, filters = self.sweep.groups, grad.shape[3]
        windows = self.sweep.windows(self.kernel)
        if self.sweep.is_depthwise(x.shape[3], filters):
            yield from unbuffered(depthwise.kernel_gradient(x, grad, out, windows, work))
            return
        grad, calls = lying(grad, work)
        yield from calls
        total = out.reshape(-1, filters, copy=False)
        each = filters // groups
        (share,) = work.scratch((total.shape[0], each))
        for block in columns(x, windows, groups, filters, work):
            yield from block.calls
            part = slice(block.group * each, (block.group + 1) * each)
            sent = grad[block.images, block.rows].reshape(-1, filters, copy=False)[:, part]
            is_first = block.images.start == block.rows.start == 0
            yield np.matmul, (block.matrix.T, sent, total[:, part] if is_first else share)
            if not is_first:
                yield np.add, (total[:, part], share, total[:, part])

    def gradient(self, node: Tensor, grad: Tensor) -> Sequence[Tensor]:
        x, sent = node.inputs
        return [
            apply(ConvolutionInputGradient(self.sweep, (x.shape[1], x.shape[2])), sent, grad),
            apply(Convolution(self.sweep), x, grad),
        ]

    def flops(self, node: Tensor) -> int:
        return _flops(node.inputs[1], node.shape)

    def formula(self, *names: str) -> str:
        return f"{names[0]}ᵀ ∗ {names[1]}"


def _agree(expected: Shape, given: Shape) -> None:
    if expected != given:
        raise ShapeError(
            f"a gradient of {dimensions(given)} does not belong to an output of {dimensions(expected)}"
        )


def _flops(output: Tensor, kernel: Shape) -> int:
    return 2 * output.size * kernel[0] * kernel[1] * kernel[2]
