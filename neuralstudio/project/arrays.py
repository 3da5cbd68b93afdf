"""Named arrays as bytes and back, in the safetensors format: numbers only, nothing that could run."""

from collections.abc import Mapping

import numpy as np
from safetensors import SafetensorError
from safetensors.numpy import load, save

from neuralstudio.engine.graph import Array
from neuralstudio.schema.problem import Problem, ProblemError

_LONGEST_HEADER = 8 * 1024 * 1024
_REMEDY = "Open a backup of it, or train the network again."


def packed(arrays: Mapping[str, Array]) -> bytes:
    """The arrays in one block of bytes, whatever their memory layout was."""
    # Not ascontiguousarray: it would make a 0-dimensional array a 1-dimensional one.
    return bytes(save({name: np.asarray(array, order="C") for name, array in arrays.items()}))


def unpacked(content: bytes, file: str, member: str, *, is_state: bool = True) -> dict[str, Array]:
    """The arrays in a block of bytes, read-only. Raises ``ProblemError`` naming the file and its part.

    is_state: weights and optimiser state, which must be finite; else curves, any real numbers.
    """
    what = f"Its part {member} is damaged"
    if len(content) < 8 or int.from_bytes(content[:8], "little") > _LONGEST_HEADER:
        raise ProblemError(Problem(file, what, _REMEDY))
    try:
        arrays: dict[str, Array] = load(content)
    except (SafetensorError, KeyError, ValueError, TypeError, OverflowError):
        raise ProblemError(Problem(file, what, _REMEDY)) from None
    for name, array in arrays.items():
        is_real = array.dtype in (np.float32, np.float64)
        if not is_real or (is_state and not np.isfinite(array).all()):
            noun = "finite numbers with a fraction" if is_state else "numbers with a fraction"
            what = f"Its part {member} holds something else than {noun} in {name[:40]!r}"
            raise ProblemError(Problem(file, what, _REMEDY))
    return arrays
