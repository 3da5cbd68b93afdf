"""The playground's edits: functions from a project to a project, whose output and loss follow the data.

Layers that stay keep their ids, so that a run keeps the weights that fit. For values out of range, and for a
network that is no plain stack, they raise ``ProblemError``.
"""

from collections.abc import Iterable
from dataclasses import replace
from typing import Literal

import msgspec

from neuralstudio.data._base import Dataset
from neuralstudio.data.registry import DATASETS
from neuralstudio.engine.activations import ActivationFunction, Tanh
from neuralstudio.engine.optimisers import OptimiserKind
from neuralstudio.engine.random import Seeds
from neuralstudio.layers.dropout import Dropout
from neuralstudio.layers.features import FEATURES, Feature, Features
from neuralstudio.network.learning import Learning
from neuralstudio.network.spec import Node
from neuralstudio.project.document import Project
from neuralstudio.project.playground._ending import following, with_output_activation
from neuralstudio.project.playground._penalty import Penalty, penalty_of, with_penalty
from neuralstudio.project.playground._stack import (
    PLAIN,
    Place,
    Stack,
    check_data,
    has_plane,
    inputs_of,
    stack_of,
)
from neuralstudio.project.playground._writing import (
    new_problems,
    with_grouped,
    with_layer,
    with_stack,
    with_trainer,
    without_grouped,
)
from neuralstudio.schema.fields import fields, replaced
from neuralstudio.schema.problem import Problem, ProblemError, errors
from neuralstudio.training.backprop import Backprop

__all__ = [
    "MOST_LAYERS", "MOST_UNITS", "Penalty", "Task", "add_layer", "alike", "penalty_of", "remove_layer",
    "with_activation", "with_batch_size", "with_dataset", "with_dropout", "with_features", "with_frozen",
    "with_learning_rate", "with_optimiser", "with_penalty", "with_problem", "with_seeds", "with_units",
]  # fmt: skip

Task = Literal["classification", "regression"]

MOST_LAYERS = 32
MOST_UNITS = 512
"""More neurons in a layer than can be told apart; Build has no such bound."""
_NEW_UNITS = 2


# ── network ──────────────────────────────────────────────────────────────────────────────────────────


def with_features(project: Project, features: Iterable[Feature]) -> Project:
    """What the first layer reads, in the order of ``FEATURES``; the plain inputs need no node for it."""
    stack, wanted = stack_of(project), set(features)
    chosen = tuple(feature for feature in FEATURES if feature in wanted)
    if not chosen:
        what = "A network needs at least one feature to look at"
        raise ProblemError(Problem("Features", what, "Choose one or more."))
    if inputs_of(project) == 1:
        if chosen != PLAIN[:1]:
            what = "The data has one number only, which is x1"
            raise ProblemError(Problem("Features", what, "Choose data of two numbers for the others."))
        return project
    if chosen == PLAIN:
        return _without_features(project, stack)
    layer = Features(chosen=chosen)
    node = stack.features or Node(project.network.fresh_id(layer), layer)
    return with_stack(project, replace(stack, features=msgspec.structs.replace(node, layer=layer)))


def add_layer(project: Project, after: str | None = None) -> Project:
    """One more hidden layer, of two neurons, behind the hidden layer ``after`` or at the end of them.

    Else it is like the layer before it, whose groups it joins in their middle.
    """
    stack = stack_of(project)
    if len(stack.hidden) >= MOST_LAYERS:
        what = f"There are {MOST_LAYERS} hidden layers already"
        raise ProblemError(Problem("Network", what, "More can be added in Build."))
    place = len(stack.hidden) if after is None else _number(stack, after)
    if place:
        layer = replaced(stack.hidden[place - 1].dense, units=_NEW_UNITS)
    else:
        layer = replaced(stack.output.dense, units=_NEW_UNITS, activation=Tanh())
    like = stack.output.node.learning
    node = Node(project.network.fresh_id(layer), layer, learning=Learning(l1=like.l1, l2=like.l2))
    hidden = (*stack.hidden[:place], Place(node), *stack.hidden[place:])
    added = with_stack(project, replace(stack, hidden=hidden))
    is_last = place == len(stack.hidden)
    return added if is_last else with_grouped(added, node.id, stack.hidden[place - 1].node.id)


def remove_layer(project: Project, node_id: str | None = None) -> Project:
    """Without a hidden layer, usually the last one. If all that is left is frozen, the output is thawed."""
    stack = stack_of(project)
    if not stack.hidden:
        raise ProblemError(Problem("Network", "It has no hidden layer that could be removed"))
    gone = stack.hidden[-1 if node_id is None else _number(stack, node_id) - 1]
    left = replace(stack, hidden=tuple(place for place in stack.hidden if place != gone))
    if _all_frozen(left):
        left = left.with_place(_frozen(left.output, is_frozen=False))
    return without_grouped(with_stack(project, left), *(node.id for node in gone.nodes))


def _number(stack: Stack, node_id: str) -> int:
    """Which hidden layer this is, from 1. Raises ``ProblemError`` where it is none."""
    place = stack.place(node_id)
    if place == stack.output:
        raise ProblemError(Problem("Output", "It is no hidden layer", "Choose one of those before it."))
    return stack.hidden.index(place) + 1


def with_units(project: Project, node_id: str, units: int) -> Project:
    """Another number of neurons in a hidden layer."""
    stack = stack_of(project)
    place = stack.place(node_id)
    if place == stack.output:
        what = "The output has as many neurons as the data needs"
        raise ProblemError(Problem("Output", what, "Change a hidden layer, or the data."))
    if not 1 <= units <= MOST_UNITS:
        what = f"Expected a whole number of neurons from 1 to {MOST_UNITS}. Received: {units!r}"
        raise ProblemError(Problem("Neurons", what, field="units"))
    return with_layer(project, place, replaced(place.dense, units=units))


def with_activation(project: Project, activation: ActivationFunction, node_id: str | None = None) -> Project:
    """Another activation for one layer, or for all hidden ones. At the output, the loss goes with it."""
    stack = stack_of(project)
    if node_id == stack.output.node.id:
        return with_output_activation(project, activation)
    changed = project
    for place in stack.hidden if node_id is None else (stack.place(node_id),):
        changed = with_layer(changed, place, replaced(place.dense, activation=activation))
    wrong = errors(new_problems(project, changed))
    if wrong:  # a formula that cannot be read
        raise ProblemError(wrong[0])
    return changed


def with_dropout(project: Project, node_id: str, rate: float) -> Project:
    """A share (0 to below 1) of a hidden layer's outputs switched off in each step; 0 takes it away."""
    stack = stack_of(project)
    place = stack.place(node_id)
    if place == stack.output:
        raise ProblemError(
            Problem("Output", "Dropout would disturb the answer itself", "Use a hidden layer.")
        )
    layer = replaced(Dropout(), rate=rate)
    if place.dropout is not None:
        if rate:
            node = msgspec.structs.replace(place.dropout, layer=layer)
            return with_stack(project, stack.with_place(replace(place, dropout=node)))
        bare = with_stack(project, stack.with_place(replace(place, dropout=None)))
        return without_grouped(bare, place.dropout.id)
    if not rate:
        return project
    node = Node(project.network.fresh_id(layer), layer)
    dropped = with_stack(project, stack.with_place(replace(place, dropout=node)))
    return with_grouped(dropped, node.id, node_id)


def with_frozen(project: Project, node_id: str, is_frozen: bool) -> Project:
    """A layer whose weights stay as they are, or learn again. One layer at least must learn."""
    stack = stack_of(project)
    changed = stack.with_place(_frozen(stack.place(node_id), is_frozen=is_frozen))
    if is_frozen and _all_frozen(changed):
        what = "With all layers frozen, nothing could learn"
        raise ProblemError(Problem("Network", what, "Let another layer learn first.", field="is_frozen"))
    return with_stack(project, changed)


def _frozen(place: Place, *, is_frozen: bool) -> Place:
    learning = msgspec.structs.replace(place.node.learning, is_frozen=is_frozen)
    return replace(place, node=msgspec.structs.replace(place.node, learning=learning))


def _all_frozen(stack: Stack) -> bool:
    return all(place.node.learning.is_frozen for place in stack)


def _without_features(project: Project, stack: Stack) -> Project:
    if stack.features is None:
        return project
    plain = with_stack(project, replace(stack, features=None))
    return without_grouped(plain, stack.features.id)


# ── training ─────────────────────────────────────────────────────────────────────────────────────────


def with_learning_rate(project: Project, rate: float) -> Project:
    """How far each step goes."""
    assert isinstance(project.trainer, Backprop)
    return with_trainer(project, optimiser=replaced(project.trainer.optimiser, learning_rate=rate))


def with_optimiser(project: Project, optimiser: OptimiserKind) -> Project:
    """How the weights follow their gradients."""
    return with_trainer(project, optimiser=optimiser)


def with_batch_size(project: Project, size: int) -> Project:
    """Samples learnt together in one step."""
    return with_trainer(project, batch_size=size)


def with_seeds(
    project: Project, data: int | None = None, weights: int | None = None, order: int | None = None
) -> Project:
    """Another draw of the points, of the first weights, or of the order; None leaves what there is."""
    seeds = project.seeds
    wanted = {"data": data, "weights": weights, "order": order}
    for name, seed in wanted.items():
        if seed is not None and not 0 <= seed < 2**31:
            what = f"Expected a whole number from 0 to {2**31 - 1:,}. Received: {seed!r}"
            raise ProblemError(Problem(f"Seed · {name}", what, field=name))
    changes = {name: seed for name, seed in wanted.items() if seed is not None}
    return msgspec.structs.replace(project, seeds=Seeds(**(msgspec.structs.asdict(seeds) | changes)))


# ── data ─────────────────────────────────────────────────────────────────────────────────────────────


def with_dataset(project: Project, dataset: Dataset) -> Project:
    """Another data set, or another setting of it; output layer and loss of a plain stack follow.

    Raises ``ProblemError`` where it is not of one or two numbers, or does not fit a network of another kind.
    """
    before, changed = project.dataset.signature, msgspec.structs.replace(project, dataset=dataset)
    try:
        stack = stack_of(project)
    except ProblemError:
        if not has_plane(project):
            raise
        return _fitting(project, changed)
    check_data(changed)
    if inputs_of(changed) != 2:
        changed = _without_features(changed, stack)
    return following(changed, before)


def _fitting(project: Project, changed: Project) -> Project:
    """Other data under a network that is no stack, and so keeps its end."""
    wrong = errors(new_problems(project, changed))
    if wrong:
        raise ProblemError(Problem(wrong[0].where, wrong[0].what, "Change the network in Build first."))
    return changed


def with_problem(project: Project, problem: Task) -> Project:
    """Classes or numbers to predict: another data set where the present one has the other of them."""
    if project.dataset.signature.task == problem:
        return project
    kind = DATASETS["circle" if problem == "classification" else "plane"]
    return with_dataset(project, alike(project.dataset, kind))


def alike(dataset: Dataset, kind: type[Dataset]) -> Dataset:
    """A data set of another kind with the noise and the training share of this one."""
    names = {field.name for field in fields(kind)} & {"noise", "share"}
    return replaced(kind(), **{name: getattr(dataset, name) for name in names if hasattr(dataset, name)})
