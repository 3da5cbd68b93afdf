"""Splits samples into training, validation and test parts: disjoint, complete, the same for the same seed."""

import math

import numpy as np

from neuralstudio.data._base import Samples


def portion(count: int, share: float) -> int:
    """A share (0 to 1) of ``count`` samples, rounded down; 0.29 of 100 is 29 despite binary fractions."""
    return min(count, math.floor(count * share + 1e-9))


def split(
    samples: Samples, train: float, validation: float, random: np.random.Generator
) -> tuple[Samples, Samples, Samples]:
    """Shuffles samples into (training, validation, test); two shares from 0 to 1, the test part is the rest.

    Raises ``ValueError`` if the shares are negative or exceed 1 together.
    """
    if train < 0 or validation < 0 or train + validation > 1 + 1e-9:
        raise ValueError(f"Expected shares from 0 to 1 in sum. Received: {train}, {validation}")
    first = portion(len(samples), train)
    second = max(first, portion(len(samples), train + validation))
    order = random.permutation(len(samples)).astype(np.int64, copy=False)
    return samples[order[:first]], samples[order[first:second]], samples[order[second:]]


def carve(samples: Samples, share: float, random: np.random.Generator) -> tuple[Samples, Samples]:
    """Takes a random share (0 to 1) out of a training set: (what remains, the validation part).

    Both keep the order of ``samples``; a share of 0 copies nothing.
    """
    count = portion(len(samples), share)
    if count == 0:
        return samples, samples[:0]
    order = random.permutation(len(samples)).astype(np.int64, copy=False)
    return samples[np.sort(order[count:])], samples[np.sort(order[:count])]


def split_by_class(
    samples: Samples, train: float, random: np.random.Generator
) -> tuple[Samples, Samples, Samples]:
    """Shuffles samples into (training, nothing, test), with the share ``train`` (0 to 1) of each class.

    A class with few samples still has one to learn from, so that none is missing in training.
    """
    order = random.permutation(len(samples)).astype(np.int64, copy=False)
    known, classes, sizes = np.unique(samples.targets[order], return_inverse=True, return_counts=True)
    exact = sizes * train
    counts = np.floor(exact + 1e-9).astype(np.int64)
    # What rounding down has left goes to the classes that lost most by it.
    missing = portion(len(samples), train) - int(counts.sum())
    counts[np.argsort(counts - exact, kind="stable")[:missing]] += 1
    counts = np.maximum(counts, 1)
    is_train = np.zeros(len(samples), dtype=np.bool_)
    for which in range(len(known)):
        is_train[np.flatnonzero(classes == which)[: counts[which]]] = True
    return samples[order[is_train]], samples[:0], samples[order[~is_train]]
