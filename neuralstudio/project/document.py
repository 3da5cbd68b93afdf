"""The document: an immutable value that holds everything a run depends on."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, TypeAlias

import msgspec

from neuralstudio.data._base import Dataset
from neuralstudio.data.registry import DATASETS
from neuralstudio.data.sets.pen_digits import PenDigits
from neuralstudio.data.split import portion
from neuralstudio.engine.graph import Array
from neuralstudio.engine.losses import LossFunction
from neuralstudio.engine.random import Seeds
from neuralstudio.network.check import Report, check
from neuralstudio.network.spec import NetworkSpec
from neuralstudio.training._base import Position, Trainer
from neuralstudio.training.backprop import Backprop
from neuralstudio.training.registry import TRAINERS

if TYPE_CHECKING:
    AnyDataset: TypeAlias = Dataset
    AnyTrainer: TypeAlias = Trainer
else:
    AnyDataset = DATASETS.union
    AnyTrainer = TRAINERS.union


class Group(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Layers that the canvas shows as one card. Ids of layers that are no more do not matter."""

    name: str
    nodes: tuple[str, ...]
    is_collapsed: bool = True


class Project(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Network, data set, training setup and seeds. Two equal projects give the same run, bit for bit."""

    title: str = "Untitled"
    about: str = ""
    """What it is, in a sentence."""
    question: str = ""
    """What to explore with it."""
    network: NetworkSpec = NetworkSpec()
    dataset: AnyDataset = PenDigits()
    trainer: AnyTrainer = Backprop()
    seeds: Seeds = Seeds()
    groups: tuple[Group, ...] = ()

    @property
    def loss(self) -> LossFunction:
        """The loss of the training setup."""
        assert isinstance(self.trainer, Backprop)
        return self.trainer.loss

    def check(self) -> Report:
        """Shapes, weights, cost and problems of the network on this data."""
        assert isinstance(self.trainer, Backprop)
        samples = training_count(self.dataset)
        return check(self.network, self.dataset.signature, self.loss, self.trainer.batch_size, samples)


def training_count(dataset: Dataset) -> int:
    """How many samples there are to learn from, where the settings of a data set tell; else 0."""
    count: int = getattr(dataset, "count", 0)
    if hasattr(dataset, "share"):
        return portion(count, dataset.share / 100)
    return portion(count, 1 - dataset.test) if hasattr(dataset, "test") else 0


@dataclass(frozen=True)
class SavedRun:
    """What a run leaves behind in a file: weights and optimiser state by name, where it stood, its curves."""

    weights: dict[str, Array]
    optimiser: dict[str, Array] = field(default_factory=dict)
    position: Position = field(default_factory=Position)
    history: dict[str, Array] = field(default_factory=dict)
