"""Settings of a project that a sweep can vary, found in what its parts declare."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from msgspec import structs

from neuralstudio.engine.activations import Linear, ReLU, Sigmoid, Tanh
from neuralstudio.engine.optimisers import OPTIMISERS
from neuralstudio.layers.dense import Dense
from neuralstudio.layers.dropout import Dropout
from neuralstudio.network.difference import in_words
from neuralstudio.network.edits import (
    end_of,
    insert_after,
    remove,
    set_fields,
    set_learning,
)
from neuralstudio.network.learning import Learning
from neuralstudio.network.spec import NetworkSpec, Node, display_name
from neuralstudio.project.document import Project
from neuralstudio.schema.fields import Field, fields, replaced
from neuralstudio.schema.kind import Kind
from neuralstudio.schema.problem import Problem, ProblemError
from neuralstudio.training.backprop import Backprop

Value = int | float | Kind
_LOG = (0.00001, 0.0001, 0.001, 0.003, 0.01, 0.03, 0.1, 0.3, 1.0, 3.0, 10.0)
_POWERS = tuple(2**power for power in range(11))
_SHARES = (0.0, 0.1, 0.2, 0.3, 0.4, 0.5)
_MOST = 12
"""Suggested values of one setting."""
_SEEDS = ("data", "weights", "order")


@dataclass(frozen=True)
class Sweepable:
    """One setting: a title, values worth trying, and what a value makes of a project.

    ``apply`` raises ``ProblemError`` for a value out of range. ``present`` is the value as it is now, None
    where there are several; ``field`` is the declaration of a number.
    """

    key: str
    title: str
    values: tuple[Value, ...]
    present: Value | None
    apply: Callable[[Project, Any], Project]
    field: Field | None = None

    def words(self, value: Value) -> str:
        """A value as it stands beside the grid."""
        return value.title if isinstance(value, Kind) else in_words(value)


def settings_of(project: Project) -> tuple[Sweepable, ...]:
    """All that can be swept, the most usual first."""
    return (*_of_training(project), *_of_network(project), *_of_data(project), *_of_seeds(project))


# ── training ─────────────────────────────────────────────────────────────────────────────────────────


def _of_training(project: Project) -> Iterator[Sweepable]:
    trainer = project.trainer
    if not isinstance(trainer, Backprop):
        return

    def changed(project: Project, **changes: Any) -> Project:
        return structs.replace(project, trainer=replaced(project.trainer, **changes))

    def part(name: str, field: Field) -> Sweepable:
        kind = getattr(trainer, name)

        def apply(project: Project, value: Any) -> Project:
            return changed(project, **{name: replaced(getattr(project.trainer, name), **{field.name: value})})

        return _number(f"{name}/{field.name}", field.title, field, getattr(kind, field.name), apply)

    def optimiser(project: Project, value: Any) -> Project:
        """Another optimiser at the same learning rate."""
        assert isinstance(project.trainer, Backprop)
        rate = project.trainer.optimiser.learning_rate
        return changed(project, optimiser=replaced(value, learning_rate=rate))

    of_optimiser = {field.name: field for field in fields(type(trainer.optimiser))}
    yield part("optimiser", of_optimiser.pop("learning_rate"))
    size = next(field for field in fields(Backprop) if field.name == "batch_size")
    yield _number(
        "batch-size",
        size.title,
        size,
        trainer.batch_size,
        lambda project, value: changed(project, batch_size=value),
    )
    present = trainer.optimiser
    kinds: tuple[Kind, ...] = tuple(present if kind is type(present) else kind() for kind in OPTIMISERS)
    yield Sweepable("optimiser", "Optimiser", kinds, present, optimiser)
    for name, declared in (
        ("optimiser", of_optimiser.values()),
        ("shrinking", fields(type(trainer.shrinking))),
    ):
        yield from (part(name, field) for field in declared if field.editor in ("number", "integer"))


# ── network ──────────────────────────────────────────────────────────────────────────────────────────


def _of_network(project: Project) -> Iterator[Sweepable]:
    spec = project.network
    hidden = _hidden(spec)
    if any(_has_activation(node) for node in hidden):
        shapes: tuple[Kind, ...] = (Tanh(), ReLU(), Sigmoid(), Linear())
        present = {node.layer.activation for node in hidden if isinstance(node.layer, Dense)}
        yield Sweepable(
            "activation",
            "Activation of hidden layers",
            shapes,
            present.pop() if len(present) == 1 else None,
            _with_activation,
        )
    for node in hidden:
        if isinstance(node.layer, Dense):
            yield _of_layer(node, "units")
    if _is_stack(spec):
        count = sum(isinstance(node.layer, Dense) for node in hidden)
        yield Sweepable("hidden-layers", "Hidden layers", (0, 1, 2, 3, 4, 5, 6), count, _with_hidden)
    for node in spec:
        if isinstance(node.layer, Dropout):
            yield _of_layer(node, "rate")
    for field in fields(Learning):
        if field.name in ("l1", "l2"):
            yield _penalty(spec, field)


def _of_layer(node: Node, name: str) -> Sweepable:
    field = next(field for field in fields(type(node.layer)) if field.name == name)

    def apply(project: Project, value: Any) -> Project:
        if node.id not in project.network:
            raise ProblemError(Problem(title, "This network has no such layer"))
        spec = set_fields(project.network, node.id, **{name: value})
        return structs.replace(project, network=spec)

    title = f"{display_name(node)} · {field.title}"
    return _number(f"{node.id}/{name}", title, field, getattr(node.layer, name), apply)


def _penalty(spec: NetworkSpec, field: Field) -> Sweepable:
    """The same penalty on every layer."""

    def apply(project: Project, value: Any) -> Project:
        network = project.network
        for node in network:
            network = set_learning(network, node.id, replaced(node.learning, **{field.name: value}))
        return structs.replace(project, network=network)

    present = {getattr(node.learning, field.name) for node in spec}
    values = (0.0, *(value for value in _LOG if value <= 1))
    return Sweepable(
        field.name, field.title, values, present.pop() if len(present) == 1 else None, apply, field
    )


def _hidden(spec: NetworkSpec) -> tuple[Node, ...]:
    end = end_of(spec)
    return tuple(node for node in spec if node.id != end)


def _has_activation(node: Node) -> bool:
    return isinstance(node.layer, Dense)


def _with_activation(project: Project, value: Any) -> Project:
    spec = project.network
    for node in _hidden(spec):
        if _has_activation(node):
            spec = set_fields(spec, node.id, activation=value)
    return structs.replace(project, network=spec)


def _is_stack(spec: NetworkSpec) -> bool:
    """Dense layers one after the other, perhaps with others between them."""
    end = end_of(spec)
    ends_dense = end in spec and isinstance(spec[end].layer, Dense)
    return ends_dense and all(len(node.inputs) == 1 and len(spec.readers(node.id)) <= 1 for node in spec)


def _with_hidden(project: Project, count: Any) -> Project:
    """So many hidden dense layers: the last is repeated, or those at the end go."""
    spec = project.network
    hidden = [node.id for node in _hidden(spec) if isinstance(spec[node.id].layer, Dense)]
    while len(hidden) > count:
        spec = remove(spec, hidden.pop())
    while len(hidden) < count:
        (source,) = hidden[-1:] or spec[end_of(spec)].inputs
        layer = spec[source].layer if hidden else Dense(units=4, activation=Tanh())
        spec, added = insert_after(spec, source, layer)
        hidden.append(added)
    return structs.replace(project, network=spec)


# ── data and seeds ───────────────────────────────────────────────────────────────────────────────────


def _of_data(project: Project) -> Iterator[Sweepable]:
    def sweepable(field: Field) -> Sweepable:
        def apply(project: Project, value: Any) -> Project:
            return structs.replace(project, dataset=replaced(project.dataset, **{field.name: value}))

        present = getattr(project.dataset, field.name)
        return _number(f"data/{field.name}", f"Data · {field.title}", field, present, apply)

    for field in fields(type(project.dataset)):
        has_ends = field.minimum is not None and field.maximum is not None
        if field.editor in ("number", "integer") and has_ends:
            yield sweepable(field)


def _of_seeds(project: Project) -> Iterator[Sweepable]:
    def sweepable(name: str) -> Sweepable:
        def apply(project: Project, value: Any) -> Project:
            return structs.replace(project, seeds=structs.replace(project.seeds, **{name: value}))

        return Sweepable(
            f"seeds/{name}", f"Seed of the {name}", (1, 2, 3, 4, 5, 6), getattr(project.seeds, name), apply
        )

    yield from (sweepable(name) for name in _SEEDS)


def _number(
    key: str, title: str, field: Field, present: float, apply: Callable[[Project, Any], Project]
) -> Sweepable:
    return Sweepable(key, title, suggested(field, present), present, apply, field)


def suggested(field: Field, present: float) -> tuple[float, ...]:
    """Values of a number worth trying, the present one among them."""
    low, high = field.minimum or 0, field.maximum if field.maximum is not None else float("inf")
    tries: tuple[int | float, ...]
    if field.step and high < float("inf"):
        count = min(_MOST, 1 + round((high - low) / field.step))
        tries = tuple(round(low + (high - low) * at / (count - 1), 6) for at in range(count))
    elif field.scale == "log":
        tries = _LOG
    else:
        tries = _POWERS if field.editor == "integer" else _SHARES
    if field.editor == "integer":
        tries = tuple(round(value) for value in tries)
    fitting = [
        value
        for value in tries
        if low <= value <= high
        and not (field.excludes_minimum and value == low)
        and not (field.excludes_maximum and value == high)
    ]
    return tuple(sorted({*fitting[:_MOST], present}))
