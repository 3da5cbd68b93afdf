"""What the playground shows of a document, and the document it begins with."""

from dataclasses import dataclass
from typing import Literal

from neuralstudio.engine.activations import Activation
from neuralstudio.layers.dropout import Dropout
from neuralstudio.layers.features import FEATURES, Feature, Features
from neuralstudio.project.document import Project
from neuralstudio.project.examples import example
from neuralstudio.project.playground._stack import PLAIN, Place, has_plane, inputs_of, stack_of
from neuralstudio.project.playground.edits import (
    MOST_LAYERS,
    MOST_UNITS,
    Penalty,
    Task,
    add_layer,
    penalty_of,
    remove_layer,
    with_activation,
    with_batch_size,
    with_dataset,
    with_dropout,
    with_features,
    with_frozen,
    with_learning_rate,
    with_optimiser,
    with_penalty,
    with_problem,
    with_seeds,
    with_units,
)
from neuralstudio.training.backprop import Backprop

__all__ = [
    "FEATURES", "MOST_LAYERS", "MOST_UNITS", "Column", "Feature", "Penalty", "Setup", "Task", "add_layer",
    "classic", "has_plane", "read", "remove_layer", "with_activation", "with_batch_size", "with_dataset",
    "with_dropout", "with_features", "with_frozen", "with_learning_rate", "with_optimiser", "with_penalty",
    "with_problem", "with_seeds", "with_units",
]  # fmt: skip


@dataclass(frozen=True)
class Column:
    """A dense layer as the playground shows it."""

    id: str
    units: int
    activation: Activation
    dropout: float
    """Share of its outputs switched off in each step, from 0 to 1."""
    is_frozen: bool


@dataclass(frozen=True)
class Setup:
    """The settings of a playground. ``features`` is ("x1",) where the data is a single number."""

    features: tuple[Feature, ...]
    hidden: tuple[Column, ...]
    output: Column
    problem: Literal["classification", "regression"]
    penalty: Penalty
    penalty_rate: float
    learning_rate: float
    batch_size: int


def read(project: Project) -> Setup:
    """The project as a playground. Raises ``ProblemError`` where the network is no such stack."""
    stack, trainer = stack_of(project), project.trainer
    assert isinstance(trainer, Backprop)
    features: tuple[Feature, ...] = PLAIN[: inputs_of(project)]
    if stack.features is not None:
        assert isinstance(stack.features.layer, Features)
        features = stack.features.layer.picked
    penalty, rate = penalty_of(project)
    return Setup(
        features,
        tuple(map(_column, stack.hidden)),
        _column(stack.output),
        project.dataset.signature.task,
        penalty,
        rate,
        trainer.optimiser.learning_rate,
        trainer.batch_size,
    )


def _column(place: Place) -> Column:
    dense, dropout = place.dense, place.dropout
    rate = dropout.layer.rate if dropout is not None and isinstance(dropout.layer, Dropout) else 0.0
    return Column(place.node.id, dense.units, dense.activation, rate, place.node.learning.is_frozen)


def classic() -> Project:
    """The page everybody learnt with: the circle, 4 and 2 tanh neurons, plain gradient descent."""
    return example("playground")
