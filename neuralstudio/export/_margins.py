"""The padding that "same" adds, as numbers: for libraries whose own "same" is another."""

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class Margins:
    """What is added before and after each axis."""

    before: tuple[int, ...]
    after: tuple[int, ...]

    @property
    def is_even(self) -> bool:
        """The same on both sides."""
        return self.before == self.after

    @property
    def for_torch(self) -> tuple[int, ...]:
        """(left, right, top, bottom): PyTorch begins with the last axis."""
        pairs = zip(reversed(self.before), reversed(self.after), strict=True)
        return tuple(length for pair in pairs for length in pair)


def same_margins(lengths: Sequence[int], size: int, stride: int, dilation: int = 1) -> Margins:
    """As many as give ⌈length / stride⌉ windows; the odd one comes at the end, as in Keras."""
    reach = (size - 1) * dilation + 1
    missing = [max((-(-length // stride) - 1) * stride + reach - length, 0) for length in lengths]
    before = tuple(each // 2 for each in missing)
    return Margins(before, tuple(each - half for each, half in zip(missing, before, strict=True)))


def pool_margins(lengths: Sequence[int], size: int, stride: int, padding: str) -> Margins:
    """The margins of a pooling: none for "valid"."""
    if padding == "same":
        return same_margins(lengths, size, stride)
    return Margins((0,) * len(lengths), (0,) * len(lengths))
