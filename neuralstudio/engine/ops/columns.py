"""Where a kernel lies on an image, and what it sees there as a matrix, in blocks for a core's cache."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from math import prod
from typing import NamedTuple

import numpy as np

from neuralstudio.engine.graph import Array, Call, ShapeError, Workspace, dimensions

Pair = tuple[int, int]
Margins = tuple[int, int, int, int]
"""Pixels of zeros at the top, bottom, left and right."""
Place = tuple[slice, slice]
"""Rows and columns of an image."""

CACHE = 1 << 19
"""Bytes that one block may touch: a quarter of the usual second-level cache."""


@dataclass(frozen=True)
class Windows:
    """The windows of a kernel that moves over an image by ``stride``; its numbers lie ``dilation`` apart."""

    kernel: Pair
    stride: Pair = (1, 1)
    dilation: Pair = (1, 1)
    padding: Margins = (0, 0, 0, 0)

    @property
    def span(self) -> Pair:
        """Height and width of a window, gaps included."""
        return _span(self.kernel[0], self.dilation[0]), _span(self.kernel[1], self.dilation[1])

    def count(self, size: Pair) -> Pair:
        """How many windows lie below and beside one another. Raises ``ShapeError`` where none fits."""
        top, bottom, left, right = self.padding
        padded = size[0] + top + bottom, size[1] + left + right
        if self.span[0] > padded[0] or self.span[1] > padded[1]:
            smaller = "a smaller kernel" if max(self.dilation) == 1 else "a smaller kernel or dilation"
            remedy = f"Choose {smaller}, or padding “same”."
            if self.span[0] == padded[0] == 1:  # a sequence
                raise ShapeError(
                    f"a kernel of {self.span[1]} steps is longer than the {padded[1]} there are", remedy
                )
            raise ShapeError(
                f"a kernel of {dimensions(self.span)} is larger than the image of {dimensions(padded)}",
                remedy,
            )
        rows, columns = (
            (length - span) // step + 1
            for length, span, step in zip(padded, self.span, self.stride, strict=True)
        )
        return rows, columns

    def seen(self, padded: Array) -> Array:
        """(batch, rows, columns, kernel height, kernel width, channels) as a view of padded images."""
        batch, height, width, channels = padded.shape
        rows, columns = Windows(self.kernel, self.stride, self.dilation).count((height, width))
        image, down, right, channel = padded.strides
        shape = (batch, rows, columns, *self.kernel, channels)
        steps = (down * self.stride[0], right * self.stride[1], down * self.dilation[0])
        strides = (image, *steps, right * self.dilation[1], channel)
        return np.lib.stride_tricks.as_strided(padded, shape, strides)

    def met(self, size: Pair, offset: Pair, rows: slice) -> tuple[Place, Place] | None:
        """Pixels that the kernel's number at ``offset`` meets, and the windows among ``rows`` that meet them.

        None where it meets nothing but padding. The windows are counted from the first of ``rows``.
        """
        columns = self.count(size)[1]
        top, _, left, _ = self.padding
        down = _met(size[0], offset[0] * self.dilation[0] - top, self.stride[0], rows.start, rows.stop)
        across = _met(size[1], offset[1] * self.dilation[1] - left, self.stride[1], 0, columns)
        if down is None or across is None:
            return None
        return (down[0], across[0]), (down[1], across[1])


def _span(length: int, dilation: int) -> int:
    return (length - 1) * dilation + 1


def _met(length: int, shift: int, stride: int, first: int, beyond: int) -> tuple[slice, slice] | None:
    """Along one axis: window number w meets pixel w·stride + shift, which must lie within 0…length."""
    first_met = max(first, -(shift // stride))
    last_met = min(beyond - 1, (length - 1 - shift) // stride)
    if last_met < first_met:
        return None
    start = first_met * stride + shift
    stop = last_met * stride + shift + 1
    return slice(start, stop, stride), slice(first_met - first, last_met - first + 1)


def same_padding(size: Pair, kernel: Pair, stride: Pair, dilation: Pair = (1, 1)) -> Margins:
    """Margins that make ⌈size / stride⌉ windows. As in Keras, an odd pixel goes to the bottom and right."""
    margins: list[int] = []
    for length, number, step, apart in zip(size, kernel, stride, dilation, strict=True):
        missing = max((-(-length // step) - 1) * step + _span(number, apart) - length, 0)
        margins += [missing // 2, missing - missing // 2]
    top, bottom, left, right = margins
    return top, bottom, left, right


def blocks(images: int, rows: int, row_bytes: int, most_bytes: int = CACHE) -> list[tuple[slice, slice]]:
    """Cuts a batch of images into blocks of a size: some images, or some rows of one."""
    if rows * row_bytes > most_bytes:
        tall = max(1, most_bytes // row_bytes)
        cuts = [slice(start, min(start + tall, rows)) for start in range(0, rows, tall)]
        return [(slice(image, image + 1), cut) for image in range(images) for cut in cuts]
    most = max(1, most_bytes // (rows * row_bytes))
    even = -(-images // -(-images // most))  # blocks of about the same size
    return [(slice(start, min(start + even, images)), slice(0, rows)) for start in range(0, images, even)]


def largest(parts: list[tuple[slice, slice]]) -> int:
    """Rows of images in the largest block."""
    heights: list[int] = [(images.stop - images.start) * (rows.stop - rows.start) for images, rows in parts]
    return max(heights)


def unbuffered(calls: Iterable[Call]) -> Iterator[Call]:
    """The same calls, for which NumPy is told to keep the buffers of its iterators short.

    NumPy (2.3 and later) copies what lies in short runs, such as windows of an image, into buffers of 8192
    numbers that it allocates in every call. With short ones it works in place, which is twice as fast.
    """
    yield np.setbufsize, (_SHORT_BUFFER,)
    yield from calls
    yield np.setbufsize, (np.getbufsize(),)


def lying(array: Array, work: Workspace) -> tuple[Array, list[Call]]:
    """The array itself if its numbers lie one behind the other, else a copy and the call that makes it."""
    if array.flags.c_contiguous:
        return array, []
    (copy,) = work.scratch(array.shape)
    return copy, [(np.copyto, (copy, array))]


class Columns(NamedTuple):
    """The windows of a block as a matrix (windows, numbers of a kernel) for one group of channels."""

    images: slice
    rows: slice
    group: int
    matrix: Array
    calls: list[Call]
    """What fills the matrix; it is filled anew in the next block."""


def columns(x: Array, windows: Windows, groups: int, filters: int, work: Workspace) -> Iterator[Columns]:
    """Unrolls images into matrices, block by block and group by group (Chellapilla et al. 2006).

    A row holds the numbers a kernel sees in one window. Where those lie in short runs (few channels) the
    matrix is filled column by column instead, which BLAS multiplies as fast.
    """
    batch, height, width, channels = x.shape
    rows, across = windows.count((height, width))
    depth = channels // groups
    numbers = windows.kernel[0] * windows.kernel[1] * depth
    parts = blocks(batch, rows, across * (numbers + filters) * x.itemsize)
    (room,) = work.scratch((largest(parts) * across * numbers,))
    top, _, left, _ = windows.padding
    source = x
    if any(windows.padding):
        most = max(images.stop - images.start for images, _ in parts)
        padded = _padded(most, x, windows.padding, work)
        inner = padded[:, top : top + height, left : left + width]
        calls: list[Call] = [(padded.fill, (0,))]
    else:
        calls = []
    is_merged = groups == 1 and windows.dilation[1] == 1
    is_upright = depth * (windows.kernel[1] if is_merged else 1) < min(across, _LONG_RUN)
    for images, cut in parts:
        count = images.stop - images.start
        if any(windows.padding):
            source = padded[:count]
            if cut.start == 0:
                calls.append((np.copyto, (inner[:count], x[images])))
        else:
            source = x[images]
        for group in range(groups):
            seen = windows.seen(source[..., group * depth : (group + 1) * depth])[:, cut]
            matrix, fill = _matrix(seen, room, is_upright=is_upright)
            yield Columns(images, cut, group, matrix, calls + fill)
            calls = []


_SHORT_BUFFER = 1024
_LONG_RUN = 16
"""Numbers in a run from which on copying runs is faster than copying columns."""


def _padded(count: int, x: Array, margins: Margins, work: Workspace) -> Array:
    top, bottom, left, right = margins
    _, height, width, channels = x.shape
    (padded,) = work.scratch((count, height + top + bottom, width + left + right, channels))
    return padded


def _is_matrix(seen: Array) -> bool:
    """Whether windows lie in memory as BLAS takes a matrix; so they do for a kernel of one pixel."""
    try:
        rows = np.reshape(seen, (prod(seen.shape[:3]), prod(seen.shape[3:])), copy=False)
    except ValueError:
        return False
    # Rows that overlap can be viewed, but not multiplied by BLAS.
    return rows.strides[1] == rows.itemsize and rows.strides[0] >= rows.shape[1] * rows.itemsize


def _matrix(seen: Array, room: Array, *, is_upright: bool) -> tuple[Array, list[Call]]:
    """The matrix of some windows, (windows, numbers), in ``room``, and the call that fills it."""
    size = prod(seen.shape[:3]), prod(seen.shape[3:])
    if _is_matrix(seen):
        return np.reshape(seen, size, copy=False), []
    flat = room[: size[0] * size[1]]
    if is_upright:
        turned = seen.transpose(3, 4, 5, 0, 1, 2)
        return flat.reshape(size[::-1]).T, [(np.copyto, (flat.reshape(turned.shape), turned))]
    return flat.reshape(size), [(np.copyto, (flat.reshape(seen.shape), seen))]
