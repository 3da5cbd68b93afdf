"""Arrays seen as rows of channels, worked on block by block so that each block stays in the cache."""

from collections.abc import Iterator
from itertools import pairwise

import numpy as np

from neuralstudio.engine.graph import Array, Call, Workspace

BLOCK = 16384
"""Numbers: what a pass works on at a time, so that its next step finds them in the processor's cache."""
_WIDE = 2048
"""Numbers: short rows are taken together up to this length, since NumPy starts anew for every row."""
_FEW = 64
"""Rows: for so few it does not pay."""


def flat(x: Array, work: Workspace, calls: list[Call]) -> Array:
    """(rows, channels) view of an array, or of a copy where its numbers do not lie one behind the other."""
    if not x.flags.c_contiguous:
        (copy,) = work.scratch(x.shape)
        calls.append((np.copyto, (copy, x)))
        x = copy
    return x.reshape(-1, x.shape[-1])


def blocks_of(rows: int, columns: int) -> Iterator[slice]:
    """Slices of rows, each of about ``BLOCK`` numbers."""
    step = max(1, BLOCK // columns)
    return (slice(a, b) for a, b in pairwise((*range(0, rows, step), rows)))


class Channels:
    """The layout of ``x`` (rows, channels), and of all arrays like it, with several rows taken as one."""

    def __init__(self, x: Array, work: Workspace) -> None:
        rows, channels = x.shape
        fitting = [n for n in range(1, min(rows, _WIDE // channels) + 1) if rows % n == 0]
        self.repeats = fitting[-1] if fitting and rows > _FEW else 1
        self.width = self.repeats * channels
        self.blocks = tuple(blocks_of(rows // self.repeats, self.width))
        self._channels = channels
        self._work = work

    def wide(self, x: Array) -> Array:
        """View of (rows / repeats, repeats · channels)."""
        return x.reshape(-1, self.width)

    def scratch(self) -> Array:
        """Room for the largest block."""
        return self._work.scratch((self.blocks[0].stop, self.width))[0]

    def tiled(self, row: Array, calls: list[Call]) -> Array:
        """One number per channel, repeated to the length of a wide row."""
        if self.repeats == 1:
            return row
        (tile,) = self._work.scratch((self.width,))
        calls.append((np.copyto, (tile.reshape(self.repeats, self._channels), row)))
        return tile

    def total(self) -> "Total":
        """A sum over all rows, still empty."""
        return Total(self, self._work, self._channels)


class Total:
    """A sum for each channel, gathered block by block: long sums of sums, which float32 stands better."""

    def __init__(self, channels: Channels, work: Workspace, count: int) -> None:
        self._sum, self._part = work.scratch((channels.width,), (channels.width,))
        self._shape = (channels.repeats, count)
        self._is_first = True

    def take(self, block: Array, calls: list[Call]) -> None:
        """Adds the wide rows of a block."""
        into = self._sum if self._is_first else self._part
        calls.append((np.add.reduce, (block, 0, None, into)))
        if not self._is_first:
            calls.append((np.add, (self._sum, self._part, self._sum)))
        self._is_first = False

    def finish(self, out: Array, calls: list[Call]) -> None:
        """Writes the sums, (channels,)."""
        calls.append((np.add.reduce, (self._sum.reshape(self._shape), 0, None, out)))
