"""What a network makes of one input: a percentage for each class."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from neuralstudio.views._base import Bars

_UNITS = 1000
"""Shown in tenths of a per cent."""


def compute(shares: NDArray[np.float64], labels: Sequence[str]) -> Bars:
    """A bar for each class, the strongest marked. shares: (classes,), summing to 1."""
    return Bars("", tuple(labels), rounded(shares), percent=True, strongest=int(np.argmax(shares)))


def rounded(shares: NDArray[np.float64]) -> NDArray[np.float64]:
    """Shares rounded to tenths of a per cent so that the numbers shown add up to exactly 100.0 %: (n,).

    Largest remainders (Hamilton's method): each share is rounded down, and the tenths left over go to those
    that lost most; of equals the first gets it. No number differs from the true one by a whole tenth.
    """
    ideal = np.asarray(shares, dtype=np.float64) / np.sum(shares) * _UNITS
    whole = np.floor(ideal)
    missing = _UNITS - int(whole.sum())
    order = np.argsort(whole - ideal, kind="stable")
    whole[order[:missing]] += 1
    return whole / _UNITS
