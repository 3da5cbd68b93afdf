"""Hands targets to a loss in the encoding it wants."""

import numpy as np

from neuralstudio.engine.graph import Array
from neuralstudio.engine.losses import Encoding


def encoded(targets: Array, encoding: Encoding, classes: int) -> Array:
    """Targets of a data set as the loss wants them.

    targets: (n,) class indices or (n, numbers). Returns (n,) int64 for "index"; float32 (n, 1) for "binary"
    (0/1) and "signed" (−1/+1), (n, classes) for "one_hot", (n, numbers) for "numbers".
    """
    if encoding == "index":
        return targets.astype(np.int64)
    if encoding == "numbers":
        return targets.astype(np.float32).reshape(len(targets), -1)
    if encoding == "one_hot":
        return np.eye(classes, dtype=np.float32)[targets]
    column = targets.astype(np.float32).reshape(-1, 1)
    return column * 2 - 1 if encoding == "signed" else column
