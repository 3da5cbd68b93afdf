"""The plain stack a playground shows: features, dense layers each with its dropout, and the output."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

import msgspec

from neuralstudio.layers.dense import Dense
from neuralstudio.layers.dropout import Dropout
from neuralstudio.layers.features import Feature, Features
from neuralstudio.network.spec import DATA, NetworkSpec, Node, display_name
from neuralstudio.project.document import Project
from neuralstudio.schema.problem import Problem, ProblemError
from neuralstudio.training.backprop import Backprop

PLAIN: tuple[Feature, ...] = ("x1", "x2")
"""The inputs themselves, which need no node to compute them."""
_REMEDY = "Go on in Build, which shows any network."


@dataclass(frozen=True)
class Place:
    """A dense layer and the dropout that follows it."""

    node: Node
    dropout: Node | None = None

    @property
    def dense(self) -> Dense:
        assert isinstance(self.node.layer, Dense)
        return self.node.layer

    @property
    def nodes(self) -> tuple[Node, ...]:
        return (self.node,) if self.dropout is None else (self.node, self.dropout)


@dataclass(frozen=True)
class Stack:
    """The nodes of such a network by their parts. ``spec`` wires them one after the other."""

    features: Node | None
    hidden: tuple[Place, ...]
    output: Place

    def __iter__(self) -> Iterator[Place]:
        """All dense layers, from the inputs to the output."""
        yield from self.hidden
        yield self.output

    def place(self, node_id: str) -> Place:
        """The dense layer of this id. Raises ``ProblemError``."""
        for place in self:
            if place.node.id == node_id:
                return place
        raise ProblemError(Problem(node_id, "There is no such layer in the network", "Choose another."))

    def with_place(self, changed: Place) -> Stack:
        """The stack with another layer in the place of the one with the same id."""
        if changed.node.id == self.output.node.id:
            return replace(self, output=changed)
        hidden = (changed if changed.node.id == place.node.id else place for place in self.hidden)
        return replace(self, hidden=tuple(hidden))

    @property
    def spec(self) -> NetworkSpec:
        nodes = [] if self.features is None else [self.features]
        nodes += [node for place in self for node in place.nodes]
        below, wired = DATA, []
        for node in nodes:
            wired.append(msgspec.structs.replace(node, inputs=(below,)))
            below = node.id
        return NetworkSpec(tuple(wired))


def stack_of(project: Project) -> Stack:
    """The parts of a project's network. Raises ``ProblemError`` where it is no such stack."""
    check_data(project)
    nodes = list(_chain(project.network))
    features = nodes.pop(0) if nodes and isinstance(nodes[0].layer, Features) else None
    if features is not None and inputs_of(project) != 2:
        raise _refused(display_name(features), "Features are made of two inputs, but the data has one")
    places: list[Place] = []
    for node in nodes:
        if isinstance(node.layer, Dense):
            places.append(Place(node))
        elif isinstance(node.layer, Dropout) and places and places[-1].dropout is None:
            places[-1] = replace(places[-1], dropout=node)
        else:
            raise _refused(display_name(node), _why_not(node))
    if not places:
        raise _refused("Network", "It has no Dense layer, so there are no neurons to show")
    *hidden, output = places
    if output.dropout is not None:
        raise _refused(display_name(output.dropout), "It comes behind the output")
    return Stack(features, tuple(hidden), output)


def inputs_of(project: Project) -> int:
    """How many numbers the network reads: one or two."""
    return project.dataset.signature.input_shape[0]


def has_plane(project: Project) -> bool:
    """Whether the data is one or two numbers, so that any network's answer is a line or a map."""
    signature = project.dataset.signature
    return signature.input_shape in ((1,), (2,)) and not signature.vocabulary and not signature.steps


def check_data(project: Project) -> None:
    """Raises ``ProblemError`` where the data is not one or two numbers, or is not learnt from by steps."""
    signature = project.dataset.signature
    if not has_plane(project):
        shape = "×".join(map(str, signature.input_shape))
        what = f"The playground shows data of one or two numbers, but these are {shape}"
        raise _refused(project.dataset.title, what)
    if not isinstance(project.trainer, Backprop):
        raise _refused(project.trainer.title, "The playground shows networks trained by back-propagation")


def _chain(spec: NetworkSpec) -> Iterator[Node]:
    """The nodes one after the other. Raises ``ProblemError`` where they are wired in another way."""
    below = DATA
    for node in spec:
        if node.inputs != (below,):
            raise _refused(display_name(node), "The layers are not a plain stack, each on the one before")
        yield node
        below = node.id


def _why_not(node: Node) -> str:
    if isinstance(node.layer, Features):
        return "Features come before all other layers"
    if isinstance(node.layer, Dropout):
        return "A Dropout comes behind a Dense layer, and only one"
    return "The playground shows Dense layers, with Features before them and Dropout between"


def _refused(where: str, what: str) -> ProblemError:
    return ProblemError(Problem(where, what, _REMEDY))
