"""The document's network: an immutable graph of layers."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from typing import TYPE_CHECKING, Annotated, TypeAlias

import msgspec
from msgspec import Meta

from neuralstudio.layers._base import Layer
from neuralstudio.layers.registry import LAYERS
from neuralstudio.network.learning import Learning

if TYPE_CHECKING:
    AnyLayer: TypeAlias = Layer
else:
    AnyLayer = LAYERS.union

DATA = "data"
"""The id that stands for the data set's inputs."""
LOSS = "loss"
"""Stands for the loss where a node's id is expected."""
MOST_NODES = 500
"""Layers that a network may have: edited, pasted, saved or opened."""
_LONGEST_ID = 100


class Node(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A layer at its place: a stable id, the ids of the nodes it reads, and how its weights learn.

    ``draw`` counts how often its initial weights were drawn anew. A node without inputs is not wired yet.
    """

    id: str
    layer: AnyLayer
    inputs: tuple[str, ...] = (DATA,)
    learning: Learning = Learning()
    draw: Annotated[int, Meta(ge=0, le=2**31 - 1)] = 0

    def stream_name(self, weight: str) -> str:
        """The random stream of one of its weights: another for each draw."""
        return f"{weight}#{self.draw}" if self.draw else weight


class NetworkSpec(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Nodes in an order in which each comes after its inputs. A plain stack is the common case."""

    nodes: tuple[Node, ...] = ()

    def __iter__(self) -> Iterator[Node]:
        return iter(self.nodes)

    def __len__(self) -> int:
        return len(self.nodes)

    def __getitem__(self, node_id: str) -> Node:
        for node in self.nodes:
            if node.id == node_id:
                return node
        raise KeyError(node_id)

    def __contains__(self, node_id: object) -> bool:
        return any(node.id == node_id for node in self.nodes)

    def readers(self, node_id: str) -> tuple[Node, ...]:
        """The nodes that read the output of a node (or of the data)."""
        return tuple(node for node in self.nodes if node_id in node.inputs)

    @property
    def outputs(self) -> tuple[Node, ...]:
        """Nodes nobody reads. A network that can be trained has exactly one."""
        read = {source for node in self.nodes for source in node.inputs}
        return tuple(node for node in self.nodes if node.id not in read)

    def fresh_id(self, layer: Layer, used: Collection[str] = ()) -> str:
        """An id no node has yet, and that was not used before: "dense-1", "dense-2", …"""
        number = 1
        while (name := f"{layer.tag()}-{number}") in self or name in used:
            number += 1
        return name


def why_not_an_id(name: str) -> str:
    """Why no layer can have this name; "" if one can."""
    if not 0 < len(name) <= _LONGEST_ID:
        return f"a name has 1 to {_LONGEST_ID} characters"
    if "/" in name or not name.isprintable():
        return "a name has no “/”, and no characters that cannot be seen"
    if name in (DATA, LOSS):
        return f"this name stands for the {name}"
    return ""


def stack(*layers: Layer) -> NetworkSpec:
    """A plain stack of layers on the data."""
    spec = NetworkSpec()
    below = DATA
    for layer in layers:
        node = Node(spec.fresh_id(layer), layer, (below,))
        spec = NetworkSpec((*spec.nodes, node))
        below = node.id
    return spec


def display_name(node: Node) -> str:
    """What people call a node: "Dense 1"."""
    number = node.id.rpartition("-")[2]
    return f"{node.layer.title} {number}" if number.isdigit() else f"{node.layer.title} ({node.id})"
