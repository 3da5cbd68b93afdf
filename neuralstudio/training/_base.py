"""What every learning algorithm is: a kind with settings, and a learner that yields events."""

from abc import ABC, abstractmethod
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import msgspec

from neuralstudio.data._base import Data, Signature
from neuralstudio.engine.graph import Array
from neuralstudio.engine.parameters import Parameters
from neuralstudio.engine.random import Seeds
from neuralstudio.network.model import Model
from neuralstudio.network.spec import NetworkSpec
from neuralstudio.schema.kind import Kind
from neuralstudio.schema.problem import Problem
from neuralstudio.training.events import Event


class Position(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Where a run stands: finished epochs, batches done in the current one, steps and seconds overall."""

    epoch: int = 0
    batch: int = 0
    step: int = 0
    seconds: float = 0.0
    loss_sum: float = 0.0
    """Sum of the loss over the samples seen in the current epoch; ``metric_sum`` likewise."""
    metric_sum: float = 0.0
    updates: int = 0
    """Steps of the optimiser since it began, where these are fewer: after a divergence it begins anew."""


@dataclass
class Control:
    """What may change while a run is on. Written by the window's thread, read before each step."""

    learning_rate: float | None = None
    epochs: int | None = None
    threads: int | None = None
    """How many to work on; None: a short trial decides. The result is the same for any number."""
    burst: int = 1
    """How many steps are told of together, in one event."""
    keeps_updates: bool = False
    """Whether ``Learner.update`` is to be known; small networks can afford it."""


@dataclass(frozen=True)
class Mark:
    """Where a learner stood besides its weights: quickly taken, for its ``Records`` to tell of later.

    ``vectors`` are copies of its flat vectors; ``epochs`` is how many epochs were measured.
    """

    vectors: tuple[Array, ...] = ()
    epochs: int = 0


class Records(ABC):
    """Tells of a learner's marks. It may be kept for long: it holds neither data nor programs."""

    parameters: Parameters

    @abstractmethod
    def state(self, at: Mark) -> dict[str, Array]:
        """Copies of the optimiser's arrays, for a file, as they were at a mark of this run."""


class Learner(ABC):
    """An algorithm at work: a model, its data, and the state of the optimiser."""

    model: Model
    position: Position

    @property
    @abstractmethod
    def step_flops(self) -> int:
        """Floating-point operations of a usual step."""

    @abstractmethod
    def run(self, epochs: int) -> Iterator[Event]:
        """Trains until ``epochs`` epochs are finished overall. Stopping to iterate pauses the run."""

    @property
    @abstractmethod
    def exact_position(self) -> Position:
        """The position with the optimiser's steps, so that a saved run goes on as if never stopped."""

    @property
    @abstractmethod
    def upcoming(self) -> Array:
        """Rows of the training samples in the next batch, (n,) whole numbers."""

    @property
    @abstractmethod
    def update(self) -> Array | None:
        """What the last step changed, flat; None before the first and unless ``Control.keeps_updates``."""

    @abstractmethod
    def mark(self) -> Mark:
        """Where it stands now."""

    @property
    @abstractmethod
    def records(self) -> Records:
        """Tells of its marks."""

    def state(self) -> dict[str, Array]:
        """Copies of the optimiser's arrays, for a file, as they are now."""
        return self.records.state(self.mark())

    @abstractmethod
    def restore(self, state: Mapping[str, Array], position: Position) -> None:
        """Goes on from where a saved run stood. Arrays that do not fit are left at their start."""


class Trainer(Kind):
    """A learning algorithm with its settings. Final classes live in ``training/``, one file each."""

    def accepts(self, spec: NetworkSpec, signature: Signature) -> list[Problem]:
        """What does not fit between the algorithm, the network and the data."""
        raise NotImplementedError

    def learner(self, spec: NetworkSpec, data: Data, seeds: Seeds, control: Control) -> Learner:
        """A learner at its start. Raises ``ProblemError`` where something does not fit."""
        raise NotImplementedError
