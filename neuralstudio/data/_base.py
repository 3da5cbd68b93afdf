"""What every data set is: a kind that loads into arrays, and the signature a network is checked against."""

from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from neuralstudio.schema.kind import Kind


@dataclass(frozen=True)
class Signature:
    """What a network meets: the shape of one input (without the batch) and what is to be predicted.

    ``classes`` names the classes of a classification, in the order of their indices; it is empty for a
    regression, where ``numbers`` says how many numbers are predicted. ``features`` names the columns of
    a flat input where they have names.
    """

    input_shape: tuple[int, ...]
    classes: tuple[str, ...] = ()
    numbers: int = 0
    features: tuple[str, ...] = ()
    vocabulary: int = 0
    """How many different tokens there are, where inputs are token numbers (0: they are not)."""
    steps: int = 0
    """Steps of a sequence of targets: one class for each step (0: one target a sample)."""

    @property
    def task(self) -> Literal["classification", "regression"]:
        return "classification" if self.classes else "regression"


@dataclass(frozen=True)
class Samples:
    """Inputs and targets of the same count.

    inputs: (count, *input_shape), uint8 for images (multiplied by ``scale`` a batch at a time), float32, or
    int64 for token numbers, which are never scaled.
    targets: (count,) int64 class indices, (count, steps) of them, or (count, numbers) float32.
    """

    inputs: NDArray[np.uint8] | NDArray[np.float32] | NDArray[np.int64]
    targets: NDArray[np.int64] | NDArray[np.float32]
    scale: float = 1.0

    def __len__(self) -> int:
        return len(self.inputs)

    def __getitem__(self, rows: slice | NDArray[np.int64]) -> "Samples":
        return Samples(self.inputs[rows], self.targets[rows], self.scale)

    def scaled(self, rows: slice = slice(None)) -> NDArray[Any]:
        """The inputs of some rows as the network sees them: float32, scaled; token numbers as they are."""
        if self.inputs.dtype == np.int64:
            return self.inputs[rows]
        return np.multiply(self.inputs[rows], np.float32(self.scale), dtype=np.float32)


@dataclass(frozen=True)
class Data:
    """A loaded data set, split. ``validation`` may be empty; ``test`` never is."""

    signature: Signature
    train: Samples
    validation: Samples
    test: Samples


class Dataset(Kind):
    """A source of samples with its settings. Final classes live in ``data/sets/``, one file each."""

    @property
    def signature(self) -> Signature:
        """Shapes and classes, known without loading anything."""
        raise NotImplementedError

    def load(self, seed: int) -> Data:
        """The samples, split. The same settings and seed give the same arrays, bit for bit.

        Raises ``ProblemError`` where files are missing or wrong.
        """
        raise NotImplementedError
