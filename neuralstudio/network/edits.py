"""Edits: pure functions from a spec to a spec. Undo keeps the old value, so none needs an inverse."""

from typing import Any

import msgspec

from neuralstudio.layers._base import Layer
from neuralstudio.network.learning import Learning
from neuralstudio.network.spec import DATA, NetworkSpec, Node
from neuralstudio.schema.fields import replaced


def insert_after(spec: NetworkSpec, below: str, layer: Layer) -> tuple[NetworkSpec, str]:
    """Puts a layer on the wires that leave ``below`` (a node's id, or ``DATA``); returns its id too."""
    node = Node(spec.fresh_id(layer), layer, (below,))
    return _with_node_after(spec, below, node), node.id


def append(spec: NetworkSpec, layer: Layer) -> tuple[NetworkSpec, str]:
    """Puts a layer at the end."""
    return insert_after(spec, spec.nodes[-1].id if spec.nodes else DATA, layer)


def remove(spec: NetworkSpec, *node_ids: str) -> NetworkSpec:
    """Takes nodes out; what they read goes straight to those that read them."""
    for node_id in node_ids:
        gone = spec[node_id]
        spec = NetworkSpec(
            tuple(
                msgspec.structs.replace(node, inputs=_spliced(node.inputs, gone))
                for node in spec.nodes
                if node.id != node_id
            )
        )
    return spec


def duplicate(spec: NetworkSpec, node_id: str) -> tuple[NetworkSpec, str]:
    """Puts a copy of a node right behind it; the copy learns as the original does."""
    copied, copy_id = insert_after(spec, node_id, spec[node_id].layer)
    return set_learning(copied, copy_id, spec[node_id].learning), copy_id


def move_after(spec: NetworkSpec, node_id: str, below: str) -> NetworkSpec:
    """Takes a node out and puts it, same id, behind another node (or the data)."""
    if below == node_id:
        return spec
    node = spec[node_id]
    return _with_node_after(remove(spec, node_id), below, msgspec.structs.replace(node, inputs=(below,)))


def shifted(spec: NetworkSpec, node_id: str, places: int) -> NetworkSpec:
    """Moves a node earlier (−1) or later (+1) in a stack; at an end nothing changes."""
    order = [DATA, *(node.id for node in spec.nodes)]
    place = order.index(node_id)
    target = place + places
    if not 1 <= target < len(order):
        return spec
    return move_after(spec, node_id, order[target] if places > 0 else order[target - 1])


def replace_layer(spec: NetworkSpec, node_id: str, layer: Layer) -> NetworkSpec:
    """Puts another layer in a node's place; id, wires and how it learns stay."""
    return _with_node(spec, msgspec.structs.replace(spec[node_id], layer=layer))


def set_learning(spec: NetworkSpec, node_id: str, learning: Learning) -> NetworkSpec:
    """Changes how a node's weights learn; what it computes stays."""
    return _with_node(spec, msgspec.structs.replace(spec[node_id], learning=learning))


def set_fields(spec: NetworkSpec, node_id: str, **changes: Any) -> NetworkSpec:
    """Changes fields of a node's layer, checked against its declaration (``ProblemError``)."""
    return replace_layer(spec, node_id, replaced(spec[node_id].layer, **changes))


def _with_node(spec: NetworkSpec, changed: Node) -> NetworkSpec:
    return NetworkSpec(tuple(changed if node.id == changed.id else node for node in spec.nodes))


def _with_node_after(spec: NetworkSpec, below: str, node: Node) -> NetworkSpec:
    rewired = [
        msgspec.structs.replace(
            each, inputs=tuple(node.id if source == below else source for source in each.inputs)
        )
        for each in spec.nodes
    ]
    place = 0 if below == DATA else 1 + [each.id for each in spec.nodes].index(below)
    return NetworkSpec((*rewired[:place], node, *rewired[place:]))


def _spliced(inputs: tuple[str, ...], gone: Node) -> tuple[str, ...]:
    spliced: list[str] = []
    for source in inputs:
        spliced.extend(gone.inputs if source == gone.id else (source,))
    return tuple(dict.fromkeys(spliced))
