"""Remedies for branches that cannot be joined as they are."""

from collections.abc import Iterator

from neuralstudio.layers._base import Layer
from neuralstudio.layers.concatenate import Concatenate
from neuralstudio.layers.embedding import Embedding
from neuralstudio.layers.flatten import Flatten
from neuralstudio.network import edits
from neuralstudio.network.spec import DATA, NetworkSpec, Node
from neuralstudio.project._remedy_case import Case, Remedy, joined
from neuralstudio.project._remedy_wires import MERGES, projecting

_WIDTHS = ("units", "filters", "dimensions")


def for_merging(case: Case) -> Iterator[Remedy]:
    """Several wires to one layer: made to fit one another, or fewer."""
    node = case.node
    if node is None or not case.is_unfit or not (node.layer.takes_several or len(node.inputs) > 1):
        return
    if case.signature.vocabulary and DATA in node.inputs:
        spec, _ = edits.insert_between(case.spec, DATA, node.id, Embedding())
        yield case.with_network("Insert Embedding", spec)
    if len(node.inputs) < 2:
        return
    if node.layer.takes_several:
        yield from _same_widths(case, node)
        if type(node.layer) is not Concatenate:
            yield case.with_network("Use Concatenate", edits.replace_layer(case.spec, node.id, Concatenate()))
        yield from _same_sizes(case, node)
        yield from _projections(case, node)
        yield from _flat(case, node)
    else:
        for layer in MERGES:
            yield case.with_network(f"Join them with {layer.title}", _merged(case.spec, node, layer))
    for source in node.inputs:
        spec = edits.disconnect(case.spec, source, node.id)
        yield case.with_network(f"Disconnect {case.name(source)}", spec)


def _merged(spec: NetworkSpec, node: Node, layer: Layer) -> NetworkSpec:
    """A merging layer between a layer and all it reads."""
    spec, merge = edits.add_unwired(spec, layer)
    spec = edits.set_inputs(spec, merge, node.inputs)
    return edits.set_inputs(spec, node.id, (merge,))


def _same_widths(case: Case, node: Node) -> Iterator[Remedy]:
    """The layer of one branch as wide as the other branch."""
    for source, other in _pairs(case, node):
        wanted = case.shape(other)
        maker = _maker(case, source)
        if wanted and maker is not None:
            for name in _WIDTHS:
                yield from case.with_field(maker, name, wanted[-1])


def _maker(case: Case, source: str) -> Node | None:
    """The layer that decides how wide a branch is."""
    node = case.wiring.nodes.get(source)
    while node is not None and not any(hasattr(node.layer, name) for name in _WIDTHS):
        node = case.wiring.nodes.get(node.inputs[0]) if node.inputs else None
    return node


def _same_sizes(case: Case, node: Node) -> Iterator[Remedy]:
    """Padding and strides of one branch as they are in the other."""
    for source, other in _pairs(case, node):
        one, two = _maker(case, source), _maker(case, other)
        if one is not None:
            yield from case.with_field(one, "padding", "same")
            if two is not None:
                yield from case.with_field(one, "stride", getattr(two.layer, "stride", 1))


def _projections(case: Case, node: Node) -> Iterator[Remedy]:
    """A layer on one wire that gives it the shape of the other."""
    for source, other in _pairs(case, node):
        given, wanted = case.shape(source), case.shape(other)
        if given is None or wanted is None:
            continue
        for layers in projecting(given, wanted):
            spec, below = case.spec, source
            for layer in layers:
                spec, below = edits.insert_between(spec, below, node.id, layer)
            names = joined(
                [f"{layer.title} ({layer.caption})" if layer.caption else layer.title for layer in layers]
            )
            yield case.with_network(f"Insert {names} behind {case.name(source)}", spec)


def _flat(case: Case, node: Node) -> Iterator[Remedy]:
    """Every branch as a row of numbers."""
    spec = case.spec
    for source in node.inputs:
        if len(case.shape(source) or ()) > 1:
            spec, _ = edits.insert_between(spec, source, node.id, Flatten())
    yield case.with_network("Insert Flatten in each branch", spec)


def _pairs(case: Case, node: Node) -> Iterator[tuple[str, str]]:
    """Two inputs of different shapes, the later one to be changed first."""
    for source in reversed(node.inputs):
        for other in node.inputs:
            if case.shape(source) != case.shape(other):
                yield source, other
