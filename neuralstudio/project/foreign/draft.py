"""A network while it is read from a foreign file: layers with their weights, one after the other."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, TypeVar

import numpy as np
from msgspec.structs import replace

from neuralstudio.engine.activations import Linear
from neuralstudio.engine.graph import Array
from neuralstudio.layers._base import Layer
from neuralstudio.layers.activation import Activation
from neuralstudio.layers.conv1d import Conv1D
from neuralstudio.layers.dense import Dense
from neuralstudio.network.spec import DATA, MOST_NODES, NetworkSpec, Node, why_not_an_id
from neuralstudio.project.document import Project
from neuralstudio.project.foreign.refusal import RefusalError
from neuralstudio.schema.fields import replaced
from neuralstudio.schema.problem import ProblemError

L = TypeVar("L", bound=Layer)


@dataclass(frozen=True)
class Foreign:
    """What a foreign file held. ``weights`` by full name, None where there are none.

    ``notes``: sentences about what was left out or changed.
    """

    project: Project
    weights: dict[str, Array] | None = None
    notes: tuple[str, ...] = ()


def layer(kind: type[L], **settings: Any) -> L:
    """A layer with settings that its declaration allows. Raises ``RefusalError``."""
    try:
        return replaced(kind(), **settings)
    except ProblemError as error:
        problem = error.problems[0]
        what = f"It has a layer beyond what can be set here: {problem.where}: {problem.what}"
        raise RefusalError(what) from None


@dataclass
class _Part:
    layer: Layer
    inputs: tuple[str, ...]
    weights: dict[str, Array]
    name: str


@dataclass
class Draft:
    """The layers so far, by id, each after those it reads. ``kept``: ids of layers still to come."""

    parts: dict[str, _Part] = field(default_factory=dict)
    kept: frozenset[str] = frozenset()

    def add(
        self, kind: Layer, inputs: tuple[str, ...], weights: Mapping[str, Array] | None = None, name: str = ""
    ) -> str:
        """Adds a layer; ``name`` is the id it had, which it keeps if it can. Returns its id."""
        if len(self.parts) == MOST_NODES:
            raise RefusalError(f"It has more than the {MOST_NODES} layers that can be opened")
        given = {key: np.ascontiguousarray(value, np.float32) for key, value in (weights or {}).items()}
        if not all(np.isfinite(each).all() for each in given.values()):
            raise RefusalError(f"The weights of its {kind.title} are not all finite numbers")
        is_own = not why_not_an_id(name) and name not in self.parts
        own = name if is_own else self._fresh(kind)
        self.parts[own] = _Part(kind, inputs, given, name)
        return own

    def _fresh(self, kind: Layer) -> str:
        number = 1
        while f"{kind.tag()}-{number}" in self.parts or f"{kind.tag()}-{number}" in self.kept:
            number += 1
        return f"{kind.tag()}-{number}"

    def to_end(self, name: str) -> None:
        """Moves a layer that nobody reads yet behind all others."""
        self.parts[name] = self.parts.pop(name)

    def readers(self, name: str) -> list[str]:
        return [key for key, part in self.parts.items() if name in part.inputs]

    def join_activations(self, *, by_name: bool) -> None:
        """Makes an activation the setting of the layer before it, where only it reads that layer.

        by_name: only where both came from one layer, which then had the same name.
        """
        for key, part in list(self.parts.items()):
            if not isinstance(part.layer, Activation) or part.inputs[0] == DATA:
                continue
            before = self.parts[part.inputs[0]]
            is_open = isinstance(getattr(before.layer, "activation", None), Linear)
            if not is_open or len(self.readers(part.inputs[0])) > 1 or (by_name and before.name != part.name):
                continue
            before.layer = replace(before.layer, activation=part.layer.function)
            del self.parts[key]
            for other in self.parts.values():
                other.inputs = tuple(part.inputs[0] if each == key else each for each in other.inputs)

    def step_by_step(self, names: set[str]) -> None:
        """Makes these dense layers, which work on each step, convolutions of length 1: they do the same."""
        for name in names:
            part = self.parts.get(name)
            if part is not None and isinstance(part.layer, Dense):
                dense = part.layer
                part.layer = layer(Conv1D, filters=dense.units, kernel_size=1, activation=dense.activation)
                if "kernel" in part.weights:
                    part.weights["kernel"] = part.weights["kernel"][np.newaxis]

    def keep(self, last: str) -> None:
        """Drops what the last layer does not need. If it was joined to the one before, that is the last."""
        wanted = {last if last in self.parts else next(reversed(self.parts))}
        for key, part in reversed(list(self.parts.items())):
            if key in wanted:
                wanted.update(part.inputs)
            else:
                del self.parts[key]

    def network(self) -> NetworkSpec:
        return NetworkSpec(tuple(Node(key, each.layer, each.inputs) for key, each in self.parts.items()))

    def weights(self) -> dict[str, Array]:
        return {
            f"{key}/{name}": array for key, each in self.parts.items() for name, array in each.weights.items()
        }
