"""Edits: pure functions from a spec to a spec. Undo keeps the old value, so none needs an inverse.

Whatever is edited, the nodes stay in an order in which each comes after what it reads, so there is no circle.
"""

from collections.abc import Collection, Iterable
from typing import Any

import msgspec

from neuralstudio.layers._base import Layer
from neuralstudio.network.learning import Learning
from neuralstudio.network.spec import DATA, NetworkSpec, Node, display_name
from neuralstudio.schema.fields import replaced
from neuralstudio.schema.problem import Problem, ProblemError

# ── layers ───────────────────────────────────────────────────────────────────────────────────────────


def insert_after(spec: NetworkSpec, below: str, layer: Layer) -> tuple[NetworkSpec, str]:
    """Puts a layer on all wires that leave ``below`` (a node's id, or ``DATA``); returns its id too."""
    node = Node(spec.fresh_id(layer), layer, (below,))
    return _with_node_after(spec, below, node), node.id


def insert_between(spec: NetworkSpec, source: str, target: str, layer: Layer) -> tuple[NetworkSpec, str]:
    """Puts a layer on one wire; other wires that leave ``source`` stay. Returns its id too."""
    node = Node(spec.fresh_id(layer), layer, (source,))
    inputs = tuple(node.id if each == source else each for each in spec[target].inputs)
    return _with_node(
        _placed(spec, node, source), msgspec.structs.replace(spec[target], inputs=inputs)
    ), node.id


def add_unwired(spec: NetworkSpec, layer: Layer) -> tuple[NetworkSpec, str]:
    """Adds a layer that reads nothing yet; returns its id too."""
    node = Node(spec.fresh_id(layer), layer, ())
    return NetworkSpec((*spec.nodes, node)), node.id


def end_of(spec: NetworkSpec) -> str:
    """The last node that is wired and that nobody reads, or the data: what the loss looks at."""
    return next((node.id for node in reversed(spec.outputs) if node.inputs), DATA)


def append(spec: NetworkSpec, layer: Layer) -> tuple[NetworkSpec, str]:
    """Puts a layer at the end."""
    return insert_after(spec, end_of(spec), layer)


def remove(spec: NetworkSpec, *node_ids: str) -> NetworkSpec:
    """Takes nodes out; what they read goes straight to those that read them.

    A layer that takes one input keeps the first of several.
    """
    for node_id in node_ids:
        gone = spec[node_id]
        spec = NetworkSpec(tuple(_without(node, gone) for node in spec.nodes if node.id != node_id))
    return spec


def duplicate(spec: NetworkSpec, node_id: str) -> tuple[NetworkSpec, str]:
    """Puts a copy of a node right behind it; the copy learns as the original does."""
    copied, copy_id = insert_after(spec, node_id, spec[node_id].layer)
    return set_learning(copied, copy_id, spec[node_id].learning), copy_id


def move_after(spec: NetworkSpec, node_id: str, below: str) -> NetworkSpec:
    """Takes a node out and puts it, same id, on all wires that leave another node (or the data)."""
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


def draw_again(spec: NetworkSpec, *node_ids: str) -> NetworkSpec:
    """Gives nodes other initial weights."""
    for node_id in node_ids:
        node = spec[node_id]
        spec = _with_node(spec, msgspec.structs.replace(node, draw=(node.draw + 1) % 2**31))
    return spec


# ── wires ────────────────────────────────────────────────────────────────────────────────────────────


def why_not_connect(spec: NetworkSpec, source: str, target: str) -> str:
    """Why a wire from ``source`` (a node, or ``DATA``) to ``target`` cannot be; "" if it can."""
    if source == target:
        return "A layer cannot read itself"
    name = display_name(spec[target])
    if source in spec[target].inputs:
        return f"{name} reads it already"
    if source != DATA and target in _above(spec, source):
        return f"{display_name(spec[source])} reads {name}, so the wire would close a circle"
    return ""


def connect(spec: NetworkSpec, source: str, target: str) -> NetworkSpec:
    """Draws a wire. A layer that takes several inputs gets one more; any other reads this one instead.

    Raises ``ProblemError`` where it cannot be.
    """
    reason = why_not_connect(spec, source, target)
    if reason:
        raise ProblemError(Problem("", reason, "Choose another layer.", node=target))
    node = spec[target]
    inputs = (*node.inputs, source) if node.layer.takes_several else (source,)
    return _ordered(_with_node(spec, msgspec.structs.replace(node, inputs=inputs)))


def set_inputs(spec: NetworkSpec, target: str, sources: tuple[str, ...]) -> NetworkSpec:
    """Wires a layer to these and no others, in this order. Raises ``ProblemError`` where it cannot be."""
    node = spec[target]
    if len(sources) > 1 and not node.layer.takes_several:
        what = f"It takes one input, not {len(sources)}"
        raise ProblemError(Problem(display_name(node), what, "Put Add or Concatenate between.", node=target))
    spec = _with_node(spec, msgspec.structs.replace(node, inputs=()))
    for source in sources:
        spec = connect(spec, source, target)
    return spec


def disconnect(spec: NetworkSpec, source: str, target: str) -> NetworkSpec:
    """Takes a wire away; nothing happens if there is none."""
    node = spec[target]
    inputs = tuple(each for each in node.inputs if each != source)
    return _with_node(spec, msgspec.structs.replace(node, inputs=inputs))


# ── parts ────────────────────────────────────────────────────────────────────────────────────────────


def insert_part(
    spec: NetworkSpec, part: NetworkSpec, source: str, target: str = ""
) -> tuple[NetworkSpec, tuple[str, ...]]:
    """Puts a copy of some nodes on the wires that leave ``source``, or on the one to ``target``.

    What reads the data reads ``source`` now; who read that reads the part's last end. Ids that are taken are
    replaced. Returns the ids of the copies too, in the order of the part.
    """
    names: dict[str, str] = {}
    taken = spec
    for node in part:
        names[node.id] = taken.fresh_id(node.layer) if node.id in taken else node.id
        taken = NetworkSpec((*taken.nodes, msgspec.structs.replace(node, id=names[node.id])))
    copies = []
    for node in part:
        inputs = tuple(dict.fromkeys(names.get(each, source) for each in node.inputs))
        copies.append(msgspec.structs.replace(node, id=names[node.id], inputs=inputs))
    if not copies:
        return spec, ()
    end = names[part.outputs[-1].id]
    rewired = [_rewired(node, source, end) if target in ("", node.id) else node for node in spec.nodes]
    place = _place_after(spec, source)
    whole = NetworkSpec((*rewired[:place], *copies, *rewired[place:]))
    return whole, tuple(node.id for node in copies)


def move_part(spec: NetworkSpec, node_ids: Collection[str], source: str, target: str = "") -> NetworkSpec:
    """Takes nodes out and puts them, same ids, on the wires that leave ``source``, or on one of these."""
    if source in node_ids or target in node_ids:
        return spec
    part, rest = part_of(spec, node_ids), remove(spec, *node_ids)
    if target and source not in rest[target].inputs:
        target = ""  # the wire went when the nodes were taken out
    return insert_part(rest, part, source, target)[0]


def part_of(spec: NetworkSpec, node_ids: Collection[str]) -> NetworkSpec:
    """The chosen nodes alone, as if the others had been removed."""
    return remove(spec, *(node.id for node in spec if node.id not in node_ids))


def _with_node(spec: NetworkSpec, changed: Node) -> NetworkSpec:
    return NetworkSpec(tuple(changed if node.id == changed.id else node for node in spec.nodes))


def _with_node_after(spec: NetworkSpec, below: str, node: Node) -> NetworkSpec:
    rewired = NetworkSpec(tuple(_rewired(each, below, node.id) for each in spec.nodes))
    return _placed(rewired, node, below)


def _placed(spec: NetworkSpec, node: Node, below: str) -> NetworkSpec:
    place = _place_after(spec, below)
    return NetworkSpec((*spec.nodes[:place], node, *spec.nodes[place:]))


def _place_after(spec: NetworkSpec, below: str) -> int:
    return 0 if below == DATA else 1 + [each.id for each in spec.nodes].index(below)


def _rewired(node: Node, old: str, new: str) -> Node:
    return msgspec.structs.replace(node, inputs=tuple(new if each == old else each for each in node.inputs))


def _without(node: Node, gone: Node) -> Node:
    """A node that reads what ``gone`` read in its place."""
    if gone.id not in node.inputs:
        return node
    spliced: list[str] = []
    for source in node.inputs:
        spliced.extend(gone.inputs if source == gone.id else (source,))
    inputs = tuple(dict.fromkeys(spliced))
    return msgspec.structs.replace(node, inputs=inputs if node.layer.takes_several else inputs[:1])


def _above(spec: NetworkSpec, node_id: str) -> set[str]:
    """A node and all it depends on."""
    found: set[str] = set()
    for node in reversed(spec.nodes):
        if node.id == node_id or node.id in found:
            found.update((node.id, *node.inputs))
    return found


def _ordered(spec: NetworkSpec) -> NetworkSpec:
    """Each node after what it reads; else the order stays as it is."""
    placed: dict[str, Node] = {}
    waiting = list(spec.nodes)
    while waiting:
        ready = next(node for node in waiting if _known(node.inputs, placed))
        placed[ready.id] = ready
        waiting.remove(ready)
    return NetworkSpec(tuple(placed.values()))


def _known(inputs: Iterable[str], placed: Collection[str]) -> bool:
    return all(source == DATA or source in placed for source in inputs)
