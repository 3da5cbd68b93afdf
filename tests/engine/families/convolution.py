"""Convolution and its gradients, window by window and number by number of the kernel."""

from collections.abc import Callable, Iterator

import numpy as np

from neuralstudio.engine.graph import Array, Op, Shape
from neuralstudio.engine.ops import convolution
from neuralstudio.engine.ops.convolution import Sweep
from tests.engine.families._base import Case, Draw, Random, apart


def _padded(sweep: Sweep, image: Array) -> Array:
    top, bottom, left, right = sweep.padding
    return np.pad(image, ((0, 0), (top, bottom), (left, right), (0, 0)))


def _places(sweep: Sweep, kernel: Shape, rows: int, columns: int) -> Iterator[tuple[int, int, slice, slice]]:
    """Each place of the kernel with the pixels of a padded image that it meets, window after window."""
    for i, j in np.ndindex(kernel[:2]):
        down, across = i * sweep.dilation[0], j * sweep.dilation[1]
        yield (
            i,
            j,
            slice(down, down + rows * sweep.stride[0], sweep.stride[0]),
            slice(across, across + columns * sweep.stride[1], sweep.stride[1]),
        )


def _fitting(sweep: Sweep, image: Shape, kernel: Shape) -> tuple[int, int]:
    top, bottom, left, right = sweep.padding
    spans = [(length - 1) * gap + 1 for length, gap in zip(kernel[:2], sweep.dilation, strict=True)]
    rows = (image[1] + top + bottom - spans[0]) // sweep.stride[0] + 1
    return rows, (image[2] + left + right - spans[1]) // sweep.stride[1] + 1


def _wide(sweep: Sweep, kernel: Array) -> Array:
    """The kernel without groups: zero between channels and filters that do not mix."""
    height, width, depth, filters = kernel.shape
    each = filters // sweep.groups
    full = np.zeros((height, width, depth * sweep.groups, filters))
    for group in range(sweep.groups):
        part = slice(group * each, (group + 1) * each)
        full[:, :, group * depth : (group + 1) * depth, part] = kernel[..., part]
    return full


def _convolution(op: convolution.Convolution, x: Array, kernel: Array) -> Array:
    full, padded = _wide(op.sweep, kernel), _padded(op.sweep, x)
    rows, columns = _fitting(op.sweep, x.shape, kernel.shape)
    total = np.zeros((len(x), rows, columns, kernel.shape[3]))
    for i, j, down, across in _places(op.sweep, kernel.shape, rows, columns):
        total += padded[:, down, across] @ full[i, j]
    return total


def _input_gradient(op: convolution.ConvolutionInputGradient, grad: Array, kernel: Array) -> Array:
    full = _wide(op.sweep, kernel)
    result = _padded(op.sweep, np.zeros((len(grad), *op.size, full.shape[2])))
    for i, j, down, across in _places(op.sweep, kernel.shape, *grad.shape[1:3]):
        result[:, down, across] += grad @ full[i, j].T
    top, _, left, _ = op.sweep.padding
    return result[:, top : top + op.size[0], left : left + op.size[1]]


def _kernel_gradient(op: convolution.ConvolutionKernelGradient, x: Array, grad: Array) -> Array:
    padded, groups = _padded(op.sweep, x), op.sweep.groups
    depth, each = x.shape[3] // groups, grad.shape[3] // groups
    result = np.zeros((*op.kernel, depth, grad.shape[3]))
    for i, j, down, across in _places(op.sweep, op.kernel, *grad.shape[1:3]):
        for filter_number in range(grad.shape[3]):
            first = filter_number // each * depth
            seen = padded[:, down, across, first : first + depth]
            result[i, j, :, filter_number] = (seen * grad[..., filter_number, None]).sum((0, 1, 2))
    return result


def _drawn(random: Random) -> tuple[Sweep, Shape, Shape]:
    """A sweep with an image and a kernel that go together: grouped, depthwise, wide and narrow ones."""
    stride, dilation, size = (
        (int(a), int(b)) for a, b in (random.integers(1, high, 2) for high in (4, 3, 4))
    )
    top, bottom, left, right = (int(each) for each in random.integers(0, 3, 4) * random.integers(0, 2))
    groups = int(random.choice([1, 1, 2, 3]))
    depth, each = (int(length) for length in random.choice([1, 2, 5], 2))
    if random.random() < 0.3:
        depth = each = 1
    height, width = (int(length) for length in random.integers(5, 9, 2))
    sweep = Sweep(stride, (top, bottom, left, right), dilation, groups)
    batch = int(random.integers(1, 4))
    return sweep, (batch, height, width, depth * groups), (*size, depth, each * groups)


def _convolved(random: Random) -> Case:
    sweep, image, kernel = _drawn(random)
    return Case(convolution.Convolution(sweep), [apart(random, image), apart(random, kernel)], (0, 1))


def _input_gradients(random: Random) -> Case:
    sweep, image, kernel = _drawn(random)
    op = convolution.ConvolutionInputGradient(sweep, (image[1], image[2]))
    grad = image[0], *_fitting(sweep, image, kernel), kernel[3]
    return Case(op, [apart(random, grad), apart(random, kernel)], (0, 1))


def _kernel_gradients(random: Random) -> Case:
    sweep, image, kernel = _drawn(random)
    op = convolution.ConvolutionKernelGradient(sweep, (kernel[0], kernel[1]))
    grad = image[0], *_fitting(sweep, image, kernel), kernel[3]
    return Case(op, [apart(random, image), apart(random, grad)], (0, 1))


FORMULAS: dict[type[Op], Callable[..., Array]] = {
    convolution.Convolution: _convolution,
    convolution.ConvolutionInputGradient: _input_gradient,
    convolution.ConvolutionKernelGradient: _kernel_gradient,
}
EXAMPLES: dict[type[Op], Draw] = {
    convolution.Convolution: _convolved,
    convolution.ConvolutionInputGradient: _input_gradients,
    convolution.ConvolutionKernelGradient: _kernel_gradients,
}
_PLAIN = Sweep()
MISFITS: dict[type[Op], tuple[Op, tuple[Shape, ...]]] = {
    convolution.Convolution: (convolution.Convolution(_PLAIN), ((1, 2, 5, 1), (3, 3, 1, 4))),
    convolution.ConvolutionInputGradient: (
        convolution.ConvolutionInputGradient(_PLAIN, (6, 6)),
        ((1, 5, 4, 2), (3, 3, 1, 2)),
    ),
    convolution.ConvolutionKernelGradient: (
        convolution.ConvolutionKernelGradient(_PLAIN, (3, 3)),
        ((1, 6, 6, 3), (2, 4, 4, 2)),
    ),
}
TAKES_ANY_SHAPE: set[type[Op]] = set()
