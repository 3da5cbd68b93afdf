"""Hands targets to a loss in the encoding it wants, and says what is wrong with them."""

import numpy as np

from neuralstudio.engine.graph import Array
from neuralstudio.engine.losses import Encoding
from neuralstudio.schema.problem import Problem


def encoded(targets: Array, encoding: Encoding, classes: int) -> Array:
    """Targets of a data set as the loss wants them.

    targets: class indices (n,) or (n, steps); or numbers (n,) or (n, …). Returns int64 of the same shape
    for "index"; float32 with one more axis for "binary" (0/1) and "signed" (−1/+1), of length 1, and for
    "one_hot", of length ``classes``; float32 of the same shape for "numbers", (n, 1) for (n,).
    """
    if encoding == "index":
        return targets.astype(np.int64)
    if encoding == "numbers":
        numbers = targets.astype(np.float32, copy=False)
        return numbers.reshape(-1, 1) if numbers.ndim == 1 else numbers
    if encoding == "one_hot":
        return np.eye(classes, dtype=np.float32)[targets]
    column = targets.astype(np.float32)[..., np.newaxis]
    return column * 2 - 1 if encoding == "signed" else column


def class_counts(targets: Array, classes: int) -> Array:
    """How many labels there are of each class: (classes,), what ``LossFunction.resolved`` wants."""
    return np.bincount(targets.reshape(-1), minlength=classes)


def problems(targets: Array, classes: int) -> list[Problem]:
    """What is wrong with the targets of the training samples, in words: what nothing can be learnt from.

    targets: as the data set has them, (n, …); classes: 0 for numbers. Only one class is an error, a number
    that never changes a warning. Says nothing of an empty set or of NaN.
    """
    if not targets.size:
        return []
    if classes:
        if (targets == targets.flat[0]).all():
            what = f"All {targets.size:,} training labels are of one class, so there is nothing to tell apart"
            return [Problem("Data", what, "Add samples of another class, or shuffle before splitting.")]
        return []
    numbers = targets.reshape(len(targets), -1)
    constant = np.flatnonzero((numbers == numbers[0]).all(0))
    if not len(constant):
        return []
    if len(constant) == numbers.shape[1]:
        what = "The numbers to predict are the same in every training sample"
    elif len(constant) == 1:
        what = f"Number {constant[0] + 1} to predict is the same in every training sample"
    else:
        what = f"{len(constant)} of the numbers to predict are the same in every training sample"
    return [Problem("Data", what, "Choose a target that varies.", "warning")]
