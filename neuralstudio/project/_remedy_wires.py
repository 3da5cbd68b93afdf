"""Remedies for wires: layers that read nothing, ends that lead nowhere, layers named twice or not at all."""

from collections.abc import Iterator
from itertools import combinations
from math import prod

from msgspec.structs import replace

from neuralstudio.engine.activations import Linear
from neuralstudio.engine.graph import Shape, dimensions
from neuralstudio.layers._base import Layer
from neuralstudio.layers.add import Add
from neuralstudio.layers.concatenate import Concatenate
from neuralstudio.layers.conv2d import Conv2D
from neuralstudio.layers.dense import Dense
from neuralstudio.layers.flatten import Flatten
from neuralstudio.layers.reshape import Reshape
from neuralstudio.network import edits
from neuralstudio.network.spec import DATA, NetworkSpec, Node, display_name
from neuralstudio.project._remedy_case import Case, Remedy, joined

MERGES: tuple[Layer, ...] = (Add(), Concatenate())
_WIDEST = 4096
"""Units of a layer put in to make branches fit."""
_TRIED, _TRIED_PLACES = 8, 3
"""Layers that are tried as what another one reads, and places for it."""


def for_ids(case: Case) -> Iterator[Remedy]:
    """Ids that two layers share, or that none has."""
    if case.problem.field != "id":
        return
    known = {DATA}
    for place, node in enumerate(case.spec):
        if node.id in known:
            if node.id == case.problem.node:
                yield case.with_network("Give it another id", _renamed(case.spec, place))
        elif node.id == case.problem.node:
            for source in (*reversed([each for each in known if each != DATA]), DATA):
                inputs = (each if each in known else source for each in node.inputs)
                rewired = replace(node, inputs=tuple(dict.fromkeys(inputs)))
                nodes = (*case.spec.nodes[:place], rewired, *case.spec.nodes[place + 1 :])
                yield case.with_network(f"Wire {case.name(source)} to it", NetworkSpec(nodes))
        known.add(node.id)


def _renamed(spec: NetworkSpec, place: int) -> NetworkSpec:
    """A fresh id for the node at ``place``, which those behind it that read the old one now read."""
    node = spec.nodes[place]
    fresh = spec.fresh_id(node.layer)
    behind = (
        replace(each, inputs=tuple(fresh if source == node.id != DATA else source for source in each.inputs))
        for each in spec.nodes[place + 1 :]
    )
    return NetworkSpec((*spec.nodes[:place], replace(node, id=fresh), *behind))


def for_wires(case: Case) -> Iterator[Remedy]:
    """A wire to a layer that reads nothing yet, or too little to merge."""
    node = case.node
    if node is None or not _wants_more(node) or not (case.is_unfit or case.problem.field == "inputs"):
        return
    sources = _sources(case, node)
    if not node.inputs:
        yield from _behind(case, node)
    if node.layer.takes_several and not node.inputs:
        for pair in combinations(sources, 2):
            spec = edits.set_inputs(case.spec, node.id, pair)
            yield case.with_network(f"Wire {case.name(pair[0])} and {case.name(pair[1])} to it", spec)
    else:
        for source in sources:
            spec = edits.connect(case.spec, source, node.id)
            yield case.with_network(f"Wire {case.name(source)} to it", spec)
    yield from _put_before_the_last(case, node, sources)


def _behind(case: Case, node: Node) -> Iterator[Remedy]:
    """A layer put behind one that has weights; a merge joins it with what lies before that, or a copy."""
    owners = [each for each in reversed(case.spec.nodes) if case.report.nodes[each.id].weight_shapes]
    inner = [each for each in owners if case.wiring.readers.get(each.id) and case.wiring.depth(each)]
    places = [
        (below, f"Wire it after {display_name(below)}", edits.move_part(case.spec, (node.id,), below.id))
        for below in inner[:_TRIED_PLACES]
    ]
    if not node.layer.takes_several:
        yield from (case.with_network(title, spec) for _, title, spec in places)
        return
    pairs = [
        (below, title, edits.connect(spec, other, node.id), other)
        for below, title, spec in places
        for other in list(_before(case, below))[:_TRIED_PLACES]
        if not edits.why_not_connect(spec, other, node.id)
    ]
    for _, title, spec, other in pairs:
        yield case.with_network(f"{title} and {case.name(other)}", spec)
    for below, title, spec, other in pairs:
        given, wanted = case.shape(other), case.shape(below.id)
        if given is None or wanted is None or given == wanted:
            continue
        for layers in projecting(given, wanted):
            fitted, last = spec, other
            for layer in layers:
                fitted, last = edits.insert_between(fitted, last, node.id, layer)
            between = joined([layer.title for layer in layers])
            yield case.with_network(f"{title}, with {between} on {case.name(other)}", fitted)
    for below, title, spec in places:
        wider, copy = edits.add_unwired(spec, below.layer)
        wider = edits.set_inputs(wider, copy, below.inputs)
        yield case.with_network(f"{title} and a copy of it", edits.connect(wider, copy, node.id))


def _before(case: Case, node: Node) -> Iterator[str]:
    """What lies before a layer, nearest first, along its longest way."""
    at = edits.main_input(case.spec, node.id)
    while at:
        yield at
        at = edits.main_input(case.spec, at) if at != DATA else ""


def _wants_more(node: Node) -> bool:
    return len(node.inputs) < (2 if node.layer.takes_several else 1)


def _sources(case: Case, target: Node) -> list[str]:
    """What a layer may read: ends that lead nowhere first, then what comes latest, the data last."""
    ends = [node.id for node in case.wiring.ends]
    dead = [each.node for each in case.report.problems if each.field == "readers"]
    latest = [node.id for node in reversed(case.spec.nodes) if case.wiring.depth(node)]
    possible = dict.fromkeys([*dead, *reversed(ends), *latest])
    found = [each for each in possible if not edits.why_not_connect(case.spec, each, target.id)]
    return [*found[: _TRIED - 1], *([DATA] * (DATA not in target.inputs))]


def _put_before_the_last(case: Case, node: Node, sources: list[str]) -> Iterator[Remedy]:
    """A layer that nobody reads put on the wire to the network's last layer."""
    if case.wiring.readers.get(node.id):
        return
    for last in reversed(case.wiring.ends):
        if last.id == node.id or last.layer.takes_several or node.inputs:
            continue
        (source,) = last.inputs
        if not node.layer.takes_several:
            spec = edits.connect(edits.connect(case.spec, source, node.id), node.id, last.id)
            yield case.with_network(f"Put it before {display_name(last)}", spec)
            continue
        for other in sources:
            if other not in (source, last.id):
                spec = edits.set_inputs(case.spec, node.id, (source, other))
                spec = edits.connect(spec, node.id, last.id)
                yield case.with_network(f"Join {case.name(source)} and {case.name(other)} with it", spec)


def projecting(given: Shape, wanted: Shape) -> Iterator[tuple[Layer, ...]]:
    """Layers from one shape to another: kernels of one pixel for images, else Dense."""
    if len(given) in (2, 3) and len(wanted) == 3 and wanted[0]:
        stride = max(1, -(-given[0] // wanted[0]))
        yield (Conv2D(filters=wanted[2], kernel_size=1, stride=stride, padding="same", activation=Linear()),)
    if prod(given) == prod(wanted):
        yield (Reshape(shape=dimensions(wanted)),)
    if prod(wanted) <= _WIDEST:
        flat = (Flatten(),) * (len(given) > 1)
        shaped = (Reshape(shape=dimensions(wanted)),) * (len(wanted) > 1)
        yield (*flat, Dense(units=prod(wanted), activation=Linear()), *shaped)


# ── ends ─────────────────────────────────────────────────────────────────────────────────────────────


def for_an_end(case: Case) -> Iterator[Remedy]:
    """An end that nothing reads: wired on, joined with the way to the last layer, or removed."""
    node, last = case.node, case.last
    if case.problem.field != "readers" or node is None or last is None:
        return
    waiting = [each for each in case.spec if _wants_more(each)]
    merging = [each for each in case.spec if each.layer.takes_several and each not in waiting]
    for target in (*waiting, *merging):
        if not edits.why_not_connect(case.spec, node.id, target.id):
            spec = edits.connect(case.spec, node.id, target.id)
            yield case.with_network(f"Wire it to {display_name(target)}", spec)
    for layer in MERGES:
        if len(last.inputs) == 1 and last.inputs[0] not in (DATA, node.id):
            spec, merge = edits.insert_between(case.spec, last.inputs[0], last.id, layer)
            title = f"Join it with {case.name(last.inputs[0])} by {layer.title}"
            yield case.with_network(title, edits.connect(spec, node.id, merge))
    for layer in MERGES:
        spec, merge = edits.insert_after(case.spec, last.id, layer)
        yield case.with_network(f"Join the ends with {layer.title}", edits.connect(spec, node.id, merge))
    branch = _branch(case, node)
    more = "" if len(branch) == 1 else f" and {len(branch) - 1} more"
    yield case.with_network(f"Remove {display_name(node)}{more}", edits.remove(case.spec, *branch))


def _branch(case: Case, end: Node) -> list[str]:
    """An end and the layers that lead to nothing else, last first."""
    found = [end.id]
    for node in reversed(case.spec.nodes):
        readers = case.wiring.readers.get(node.id, [])
        if readers and all(reader.id in found for reader in readers):
            found.append(node.id)
    return found
