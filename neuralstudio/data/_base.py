"""What every data set is: a kind that loads into arrays, and the signature a network is checked against."""

from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray

from neuralstudio.schema.kind import Kind


@dataclass(frozen=True)
class Quantity:
    """A number with a meaning: its name and unit, the range it comes from, and how a network gets it.

    The network sees (value − centre) / spread, so that every column is about as large as any other.
    """

    name: str
    unit: str = ""
    low: float = 0.0
    high: float = 1.0
    centre: float = 0.0
    spread: float = 1.0
    is_whole: bool = False

    def scaled(self, values: ArrayLike) -> NDArray[np.float32]:
        """Values as the network sees them."""
        return ((np.asarray(values, dtype=np.float64) - self.centre) / self.spread).astype(np.float32)

    def real(self, scaled: ArrayLike) -> NDArray[np.float64]:
        """Values in the unit, from those that the network sees or says."""
        return np.asarray(scaled, dtype=np.float64) * self.spread + self.centre

    @property
    def usual(self) -> float:
        """A value to begin with: the centre, within the range; a switch is on."""
        if self.is_switch:
            return 1.0
        value = min(max(self.centre, self.low), self.high)
        return float(round(value)) if self.is_whole else value

    def worded(self, value: float) -> str:
        """A value with its unit, in as many digits as mean something."""
        if not np.isfinite(value):
            return "?"
        decimals = max(0, 2 - int(np.floor(np.log10(max(self.spread, 1e-9)))))
        return f"{value:,.{decimals}f} {self.unit}".rstrip()

    @property
    def is_switch(self) -> bool:
        """It is either there (1) or not (0)."""
        return self.is_whole and (self.low, self.high) == (0, 1)


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
    columns: tuple[Quantity, ...] = ()
    """What the columns of a flat input mean, where they mean something."""
    predicted: tuple[Quantity, ...] = ()
    """What the numbers to predict mean, where they mean something."""

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


def with_image_targets(samples: Samples) -> Samples:
    """The samples with their own scaled inputs to predict, as an autoencoder wants them: (count, numbers)."""
    return Samples(samples.inputs, samples.scaled().reshape(len(samples), -1), samples.scale)


@dataclass(frozen=True)
class Data:
    """A loaded data set, split. ``validation`` may be empty; ``test`` never is."""

    signature: Signature
    train: Samples
    validation: Samples
    test: Samples
    note: str = ""
    """A sentence on what was left out or changed while loading, if anything was."""


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

    def truth(self, inputs: NDArray[Any]) -> NDArray[np.float32] | None:  # noqa: ARG002 - most know of none
        """The right answers to scaled inputs, without noise, where a formula made them: (count, numbers)."""
        return None
