"""Convolution where every channel has a kernel of its own: no matrices, but products pixel by pixel.

Kernels are (height, width, 1, channels). Each function yields the NumPy calls of one of convolution's ops.
"""

from collections.abc import Iterator
from itertools import product

import numpy as np

from neuralstudio.engine.graph import Array, Call, Workspace
from neuralstudio.engine.ops.columns import Pair, Place, Windows, blocks, largest

_Meeting = tuple[slice, Pair, Place, Place]
"""Images, a place of the kernel, the pixels it meets and the rows and columns of windows it meets them in."""


def convolution(x: Array, kernel: Array, out: Array, windows: Windows, work: Workspace) -> Iterator[Call]:
    """out = Σ over the kernel's places of pixels · weight."""
    room, meetings = _meetings(x, out, windows, work)
    yield out.fill, (0,)
    for images, (i, j), pixels, seats in meetings:
        seen = x[images, *pixels]
        place = out[images, *seats]
        part = room[: seen.size].reshape(seen.shape)
        yield np.multiply, (seen, kernel[i, j, 0], part)
        yield np.add, (place, part, place)


def input_gradient(
    grad: Array, kernel: Array, out: Array, windows: Windows, work: Workspace
) -> Iterator[Call]:
    """out = Σ over the kernel's places of gradient · weight, at the pixels the place meets."""
    room, meetings = _meetings(out, grad, windows, work)
    yield out.fill, (0,)
    for images, (i, j), pixels, seats in meetings:
        sent = grad[images, *seats]
        place = out[images, *pixels]
        part = room[: sent.size].reshape(sent.shape)
        yield np.multiply, (sent, kernel[i, j, 0], part)
        yield np.add, (place, part, place)


def kernel_gradient(x: Array, grad: Array, out: Array, windows: Windows, work: Workspace) -> Iterator[Call]:
    """out[place] = Σ over the windows of pixel · gradient."""
    room, meetings = _meetings(x, grad, windows, work)
    channels = x.shape[3]
    ones, total = work.scratch((1, room.size // channels), (1, channels))
    yield ones.fill, (1,)
    yield out.fill, (0,)
    for images, (i, j), pixels, seats in meetings:
        seen = x[images, *pixels]
        part = room[: seen.size].reshape(seen.shape)
        flat = part.reshape(-1, channels)
        yield np.multiply, (seen, grad[images, *seats], part)
        yield np.matmul, (ones[:, : len(flat)], flat, total)  # a sum over rows, by BLAS
        yield np.add, (out[i, j], total, out[i, j])


def _meetings(
    image: Array, windowed: Array, windows: Windows, work: Workspace
) -> tuple[Array, list[_Meeting]]:
    """All meetings of kernel and image, block by block, and room for the products of any of them."""
    batch, rows, across, channels = windowed.shape
    parts = blocks(batch, rows, 3 * across * channels * windowed.itemsize)
    (room,) = work.scratch((largest(parts) * across * channels,))
    found: list[_Meeting] = []
    size = image.shape[1], image.shape[2]
    for images, cut in parts:
        for place in product(*map(range, windows.kernel)):
            met = windows.met(size, (place[0], place[1]), cut)
            if met is not None:
                pixels, (some_rows, some_columns) = met
                below = slice(cut.start + some_rows.start, cut.start + some_rows.stop)
                found.append((images, (place[0], place[1]), pixels, (below, some_columns)))
    return room, found
