"""Memory that starts where the widest vector instructions and BLAS like it."""

import numpy as np
from numpy.typing import DTypeLike

from neuralstudio.engine.graph import Array

ALIGNMENT = 64
"""Bytes: a cache line, and the widest vector register."""


def aligned_zeros(count: int, dtype: DTypeLike) -> Array:
    """(count,) zeros whose first byte lies at a multiple of ``ALIGNMENT``."""
    size = count * np.dtype(dtype).itemsize
    raw = np.zeros(size + ALIGNMENT, np.uint8)
    start = -raw.ctypes.data % ALIGNMENT
    return raw[start : start + size].view(dtype)
