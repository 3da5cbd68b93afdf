"""Where the windows of a pooling lie, and the calls that combine what they see.

Calls go over a few samples at a time, so that what one writes is still in the cache for the next.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial
from typing import Literal, NamedTuple

import numpy as np

from neuralstudio.engine.graph import Array, Call, Shape, ShapeError, Workspace, dimensions

BLOCK_BYTES = 700_000
"""How much of the input a round of calls works on; with scratch and output it fits a second-level cache."""

Padding = Literal["valid", "same"]


class Tap(NamedTuple):
    """One place of the window along one axis: the outputs that have it, and which input it is for each."""

    outputs: slice
    inputs: slice
    is_full: bool
    """Whether every output has it: no window sticks out of the image there."""


@dataclass(frozen=True)
class Axis:
    """Windows along one axis of ``length`` numbers."""

    length: int
    size: int
    stride: int
    padding: Padding

    @property
    def count(self) -> int:
        """How many windows there are."""
        if self.padding == "same":
            return -(-self.length // self.stride)
        return (self.length - self.size) // self.stride + 1

    @property
    def used(self) -> int:
        """Numbers up to the end of the last window; those behind it are in none."""
        return max(int(tap.inputs.stop) for tap in self.taps())

    @property
    def is_tiled(self) -> bool:
        """Windows neither overlap nor leave gaps."""
        return self.stride == self.size

    @property
    def is_trivial(self) -> bool:
        """Every number is its own window."""
        return self.size == self.stride == 1

    def taps(self) -> list[Tap]:
        """All places of the window that any output has, first to last; one of them at least is full."""
        # As Keras and TensorFlow pad: the odd one comes at the end.
        missing = max((self.count - 1) * self.stride + self.size - self.length, 0)
        before = missing // 2
        found = []
        for place in range(self.size):
            first = max(0, -((place - before) // self.stride))
            last = min(self.count - 1, (self.length - 1 + before - place) // self.stride)
            if first <= last:
                start = first * self.stride + place - before
                inputs = slice(start, start + (last - first) * self.stride + 1, self.stride)
                found.append(Tap(slice(first, last + 1), inputs, last - first + 1 == self.count))
        return found


@dataclass(frozen=True)
class Window:
    """Windows of ``size`` (height, width) every ``stride`` (down, across) of an image.

    "valid" leaves out windows that would stick out; "same" gives ⌈length / stride⌉ of them, which see
    only what lies within the image.
    """

    size: tuple[int, int]
    stride: tuple[int, int]
    padding: Padding = "valid"

    def axes(self, image: Shape) -> tuple[Axis, Axis]:
        """The windows along height and width of an image of shape (batch, height, width, channels)."""
        _, height, width, _ = image
        rows = Axis(height, self.size[0], self.stride[0], self.padding)
        return rows, Axis(width, self.size[1], self.stride[1], self.padding)

    def pooled(self, image: Shape) -> Shape:
        """Shape of the output for an image; raises ``ShapeError``."""
        if len(image) != 4:
            raise ShapeError(f"pooling needs images (height, width, channels), not {dimensions(image[1:])}")
        rows, columns = self.axes(image)
        if self.padding == "valid" and (rows.length < rows.size or columns.length < columns.size):
            remedy = "Choose a smaller size, or padding “same”."
            if columns.is_trivial:
                raise ShapeError(
                    f"a pooling window of {rows.size} steps is longer than the {rows.length} there are",
                    remedy,
                )
            window, given = dimensions(self.size), dimensions(image[1:3])
            raise ShapeError(f"a pooling window of {window} does not fit into an image of {given}", remedy)
        return image[0], rows.count, columns.count, image[3]


def blocks(image: Array) -> Iterator[slice]:
    """The batch in pieces of about ``BLOCK_BYTES``; the first is the largest."""
    batch = len(image)
    samples = max(1, min(batch, BLOCK_BYTES * batch // max(image.nbytes, 1)))
    for start in range(0, batch, samples):
        yield slice(start, min(start + samples, batch))


def gathered(
    ufunc: np.ufunc, window: Window, x: Array, out: Array, work: Workspace, share: Array | None = None
) -> Iterator[Call]:
    """Combines each window of x: its rows first, over the image's whole width, then its columns."""
    rows, columns = window.axes(x.shape)
    pieces = list(blocks(x))
    takes_both = not (rows.is_trivial or columns.is_trivial)
    (combined,) = work.scratch((takes_both * pieces[0].stop, rows.count, columns.used, x.shape[3]))
    for block in pieces:
        source, result = x[block, :, : columns.used], out[block]
        if takes_both:
            between = combined[: len(source)]
            yield from _combined(ufunc, source, between, 1, rows)
            yield from _combined(ufunc, between, result, 2, columns)
        elif rows.is_trivial:
            yield from _combined(ufunc, source, result, 2, columns)
        else:
            yield from _combined(ufunc, source, result, 1, rows)
        if share is not None:
            yield np.multiply, (result, share, result)


def _combined(ufunc: np.ufunc, x: Array, out: Array, place: int, axis: Axis) -> Iterator[Call]:
    """``out`` = the numbers of each window along one axis, combined."""
    taps = sorted(axis.taps(), key=lambda tap: not tap.is_full)  # one at least is full
    first = x[_at(place, taps[0].inputs)]
    if len(taps) > 1 and taps[1].is_full:
        yield partial(ufunc, out=out), (first, x[_at(place, taps[1].inputs)])
        rest = taps[2:]
    else:
        yield np.copyto, (out, first)
        rest = taps[1:]
    for tap in rest:
        part = out[_at(place, tap.outputs)]
        yield partial(ufunc, out=part), (part, x[_at(place, tap.inputs)])


def scattered(x: Array, out: Array, place: int, axis: Axis, work: Workspace) -> Iterator[Call]:
    """The opposite of adding up windows: each number of x goes to all of its window."""
    if not axis.is_tiled:
        yield np.copyto, (out, work.number(0))
    elif axis.used < axis.length:
        yield np.copyto, (out[_at(place, slice(axis.used, None))], work.number(0))
    for tap in axis.taps():
        source, target = x[_at(place, tap.outputs)], out[_at(place, tap.inputs)]
        if axis.is_tiled:
            yield np.copyto, (target, source)
        else:
            yield np.add, (target, source, target)


def shares(rows: Axis, columns: Axis, work: Workspace) -> Array:
    """1 / how many numbers each window holds: one number, or (height, width, 1) where windows stick out."""
    counts = []
    for axis in (rows, columns):
        count = np.zeros(axis.count)
        for tap in axis.taps():
            count[tap.outputs] += 1
        counts.append(count)
    held = np.outer(*counts)
    if (held == held[0, 0]).all():
        return work.number(1 / held[0, 0])
    return (1 / held[:, :, None]).astype(work.dtype)


def _at(place: int, part: slice) -> tuple[slice, ...]:
    """An index that cuts one axis."""
    return (*(slice(None),) * place, part)
