"""Paddings of other programs in ours: which setting, perhaps with a larger kernel, sees the same numbers."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

Padding = Literal["valid", "same"]
PADDINGS: tuple[Padding, Padding] = ("valid", "same")
_MOST_ADDED = 16
"""Rows of zeros that a kernel may get."""


@dataclass(frozen=True)
class Axis:
    """Windows along one axis: ``count`` of them, the first beginning ``before`` numbers outside."""

    length: int
    size: int
    stride: int
    dilation: int
    before: int
    count: int


@dataclass(frozen=True)
class Fit:
    """Our setting: the padding, the kernel's size, and where in it theirs lies along each axis."""

    padding: Padding
    size: int
    offsets: tuple[int, ...]


def axis(length: int, size: int, stride: int, dilation: int, pads: tuple[int, int], *, ceil: bool) -> Axis:
    """The windows that ONNX lays along an axis, for ``pads`` before and after it."""
    before, after = pads
    room = length + before + after - ((size - 1) * dilation + 1)
    count = (-(-room // stride) if ceil else room // stride) + 1
    if ceil and (count - 1) * stride >= length + before:
        count -= 1  # a window must not begin behind the end
    return Axis(length, size, stride, dilation, before, count)


def same_pads(length: int, size: int, stride: int, dilation: int, *, is_lower: bool) -> tuple[int, int]:
    """What "SAME_UPPER" and "SAME_LOWER" add: the odd number comes at the end, or at the beginning."""
    missing = max((-(-length // stride) - 1) * stride + (size - 1) * dilation + 1 - length, 0)
    less, more = missing // 2, missing - missing // 2
    return (more, less) if is_lower else (less, more)


def convolution_fit(axes: Sequence[Axis]) -> Fit | None:
    """Our convolution that does the same, with zeros around the kernel where its windows begin elsewhere."""
    return next(_fits(axes, _MOST_ADDED), None)


def pooling_fit(axes: Sequence[Axis]) -> Fit | None:
    """Our pooling that does the same: its windows cannot be larger."""
    return next(_fits(axes, 0), None)


def _fits(axes: Sequence[Axis], most_added: int) -> Iterator[Fit]:
    least = max(each.size for each in axes)
    if most_added == 0 and any(each.size != least for each in axes):
        return
    for size in range(least, least + most_added + 1):
        for padding in PADDINGS:
            offsets = [_offset(each, size, padding) for each in axes]
            if None not in offsets:
                yield Fit(padding, size, tuple(each or 0 for each in offsets))


def _offset(axis: Axis, size: int, padding: Padding) -> int | None:
    """Where their kernel lies in ours of ``size``, if the windows are the same ones."""
    span = (size - 1) * axis.dilation + 1
    if padding == "same":
        before = same_pads(axis.length, size, axis.stride, axis.dilation, is_lower=False)[0]
        count = -(-axis.length // axis.stride)
    else:
        before, count = 0, (axis.length - span) // axis.stride + 1
    offset, rest = divmod(before - axis.before, axis.dilation)
    fits = count == axis.count and not rest and 0 <= offset <= size - axis.size
    return offset if fits else None


@dataclass(frozen=True)
class Painting:
    """A transposed convolution along one axis: what is cut off at the start, and the length it makes."""

    length: int
    size: int
    stride: int
    cut: int
    made: int


def transposed_fit(axes: Sequence[Painting]) -> Fit | None:
    """Our transposed convolution that does the same, with zeros around the kernel where that is needed."""
    least = max(each.size for each in axes)
    for size in range(least, least + _MOST_ADDED + 1):
        for padding in PADDINGS:
            offsets = [_painting_offset(each, size, padding) for each in axes]
            if None not in offsets:
                return Fit(padding, size, tuple(each or 0 for each in offsets))
    return None


def _painting_offset(axis: Painting, size: int, padding: Padding) -> int | None:
    overhang = max(size - axis.stride, 0)
    cut = overhang // 2 if padding == "same" else 0
    made = axis.length * axis.stride + (overhang if padding == "valid" else 0)
    offset = cut - axis.cut
    return offset if made == axis.made and 0 <= offset <= size - axis.size else None
