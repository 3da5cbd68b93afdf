"""Edits: pure functions from a spec to a spec. Undo keeps the old value, so none needs an inverse.

Whatever is edited, the nodes stay in an order in which each comes after what it reads, so there is no circle.
"""

from collections.abc import Collection, Iterable, Mapping
from itertools import chain
from typing import Any

import msgspec

from neuralstudio.layers._base import Layer
from neuralstudio.network.learning import Learning
from neuralstudio.network.spec import DATA, NetworkSpec, Node, display_name
from neuralstudio.network.wiring import Wiring
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
    """Takes nodes out; those that read one of them read the longest of the ways it joined instead.

    A reader that takes several inputs gets the ways that nobody else reads, too.
    """
    for node_id in node_ids:
        gone, main = spec[node_id], main_input(spec, node_id)
        heirs = [each for each in gone.inputs if each == main or spec.readers(each) == (gone,)]
        spec = _without(spec, gone, main, heirs)
    return spec


def remove_with_ways(spec: NetworkSpec, *node_ids: str) -> NetworkSpec:
    """Takes nodes out, and with a merge the ways it joined that would lead nowhere without it.

    What the network's longest way is stays: a residual block rather than the wire past it.
    """
    for node_id in node_ids:
        if node_id not in spec:
            continue
        gone, main = spec[node_id], main_input(spec, node_id)
        spec = remove(spec, node_id)
        idle = [each for each in gone.inputs if each not in (main, DATA) and not spec.readers(each)]
        while idle:
            last = spec[idle.pop()]
            spec = remove(spec, last.id)
            idle += [each for each in last.inputs if each != DATA and not spec.readers(each)]
    return spec


def main_input(spec: NetworkSpec, node_id: str) -> str:
    """Of what a node reads the end of the longest way from the data; "" where it reads nothing."""
    inputs = spec[node_id].inputs
    if len(inputs) < 2:
        return "".join(inputs)
    wiring = Wiring(spec)
    return max(inputs, key=lambda each: 0 if each == DATA else wiring.depth(spec[each]))


def shifted(spec: NetworkSpec, node_id: str, places: int) -> NetworkSpec:
    """Moves a node past the next one on its wires, earlier (−1) or later (+1); at an end nothing changes.

    Raises ``ProblemError`` where it cannot be.
    """
    for _ in range(abs(places)):
        if places > 0:
            behind = spec.readers(node_id)
            moved = move_part(spec, (node_id,), behind[0].id) if behind else spec
        else:
            neighbour = main_input(spec, node_id)
            before = main_input(spec, neighbour) if neighbour in spec else ""
            moved = move_part(spec, (node_id,), before, neighbour) if before else spec
        spec = moved
    return spec


def replace_layer(spec: NetworkSpec, node_id: str, layer: Layer) -> NetworkSpec:
    """Puts another layer in a node's place; id, wires and how it learns stay.

    Where it takes one input only, it reads the longest of the ways that came together there.
    """
    inputs = spec[node_id].inputs
    if len(inputs) > 1 and not layer.takes_several:
        inputs = (main_input(spec, node_id),)
    return _with_node(spec, msgspec.structs.replace(spec[node_id], layer=layer, inputs=inputs))


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


def renamed(spec: NetworkSpec, names: Mapping[str, str]) -> NetworkSpec:
    """The same network with some nodes called otherwise."""
    return NetworkSpec(
        tuple(
            msgspec.structs.replace(
                node,
                id=names.get(node.id, node.id),
                inputs=tuple(names.get(each, each) for each in node.inputs),
            )
            for node in spec
        )
    )


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

    Where the part begins it reads ``source`` now; other wires into it stay. Who read ``source`` reads the
    part's last end that is wired. Ids that are taken are replaced. Returns the ids of the copies too, in the
    order of the part. Raises ``ProblemError`` where the other wires do not allow it.
    """
    ends = [node.id for node in part.outputs if node.inputs]
    names: dict[str, str] = {}
    taken = spec
    for node in part:
        names[node.id] = taken.fresh_id(node.layer) if node.id in taken else node.id
        taken = NetworkSpec((*taken.nodes, msgspec.structs.replace(node, id=names[node.id])))
    readers = [node for node in spec if ends and source in node.inputs and target in ("", node.id)]
    copies = []
    for node, inputs in zip(part, _from(spec, part, source, names), strict=True):
        _check_inputs(spec, node, inputs, readers)
        copies.append(msgspec.structs.replace(node, id=names[node.id], inputs=inputs))
    rewired = [_rewired(node, source, names[ends[-1]]) if node in readers else node for node in spec.nodes]
    place = _place_after(spec, source)
    whole = _ordered(NetworkSpec((*rewired[:place], *copies, *rewired[place:])))
    return whole, tuple(node.id for node in copies)


def _from(
    spec: NetworkSpec, part: NetworkSpec, source: str, names: Mapping[str, str]
) -> Iterable[tuple[str, ...]]:
    """What the copies of a part's nodes (``names``) read once the part begins behind ``source``."""
    wiring = Wiring(spec)
    begins = {
        node.id: max(node.inputs, key=lambda each: wiring.depth(spec[each]) if each in spec else 0)
        for node in part
        if node.inputs and not any(each in names for each in node.inputs)
    }
    for node in part:
        starts = (begins[node.id],) if node.id in begins else tuple(begins.values())
        yield tuple(names.get(each, source if each in starts else each) for each in node.inputs)


def _check_inputs(spec: NetworkSpec, node: Node, inputs: tuple[str, ...], readers: list[Node]) -> None:
    """Raises ``ProblemError`` where a node to be put before ``readers`` would read in a circle, or twice."""
    name = display_name(node)
    for place, each in enumerate(inputs):
        reason = ""
        if each in inputs[:place]:
            reason = f"{name} would read {_title(spec, each)} twice there"
        elif each in spec and any(reader.id in _above(spec, each) for reader in readers):
            reason = f"{name} reads {_title(spec, each)}, so it cannot come before it"
        if reason:
            raise ProblemError(Problem("", reason, "Choose another place.", node=node.id))


def move_part(spec: NetworkSpec, node_ids: Collection[str], source: str, target: str = "") -> NetworkSpec:
    """Takes nodes out and puts them, same ids, on the wires that leave ``source``, or on one of these.

    What they read beside the way they are on they go on reading: a merge keeps its skip connections. Raises
    ``ProblemError`` where that cannot be.
    """
    if source in node_ids or target in node_ids:
        return spec
    part, rest = with_side_wires(spec, node_ids), spec
    if len(part) == 1 and not part.nodes[0].inputs:
        part = NetworkSpec((msgspec.structs.replace(part.nodes[0], inputs=(source,)),))
    for node_id in node_ids:
        main = main_input(rest, node_id)
        rest = _without(rest, rest[node_id], main, [main] if main else [])
    if target and source not in rest[target].inputs:
        target = ""  # the wire went when the nodes were taken out
    return insert_part(rest, part, source, target)[0]


def part_of(spec: NetworkSpec, node_ids: Collection[str]) -> NetworkSpec:
    """The chosen nodes alone, as if the others had been removed."""
    return remove(spec, *(node.id for node in spec if node.id not in node_ids))


def with_side_wires(spec: NetworkSpec, node_ids: Collection[str]) -> NetworkSpec:
    """The chosen nodes with their wires to what lies before them; those between them are taken out."""
    behind: set[str] = set()
    for node in spec:
        if any(each in node_ids or each in behind for each in node.inputs):
            behind.add(node.id)
    lean = remove(spec, *(behind - set(node_ids)))
    return NetworkSpec(tuple(node for node in lean if node.id in node_ids))


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


def _without(spec: NetworkSpec, gone: Node, main: str, heirs: Collection[str]) -> NetworkSpec:
    """The other nodes; who read ``gone`` reads the heirs, or only the main one where it takes one input."""

    def without(node: Node) -> Node:
        if gone.id not in node.inputs:
            return node
        takes = heirs if node.layer.takes_several else [main] * bool(main)
        spliced = chain.from_iterable(takes if each == gone.id else (each,) for each in node.inputs)
        return msgspec.structs.replace(node, inputs=tuple(dict.fromkeys(spliced)))

    return NetworkSpec(tuple(without(node) for node in spec if node.id != gone.id))


def _title(spec: NetworkSpec, item: str) -> str:
    return display_name(spec[item]) if item in spec else "the data"


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
