"""Remedies for the network as a whole: nothing to train, too large a batch or too small, too much memory."""

from collections.abc import Iterator
from math import prod

import msgspec

from neuralstudio.network import edits
from neuralstudio.network.memory import memory_limit
from neuralstudio.network.spec import NetworkSpec, Node, display_name
from neuralstudio.project._remedy_case import Case, Remedy
from neuralstudio.project._remedy_ending import additions
from neuralstudio.project.document import training_count
from neuralstudio.training.backprop import Backprop

_USUAL_BATCH = 32
_SIZES = ("units", "filters", "dimensions", "kernel_size")
"""Fields that decide how many weights a layer has, or how many numbers it hands on."""
_TRIED_LAYERS = 3


def for_the_network(case: Case) -> Iterator[Remedy]:
    """A network without weights gets a layer that has some; a frozen one learns again."""
    if case.problem.node:
        return
    if case.problem.field == "is_frozen":
        owners = [node for node in case.spec if case.report.nodes[node.id].weight_shapes]
        last = case.wiring.nodes[owners[-1].id]
        yield case.with_network(f"Let {display_name(last)} learn", _learning(case.spec, last.id))
        everything = _learning(case.spec, *(node.id for node in owners))
        yield case.with_network("Let all layers learn", everything)
    elif case.problem.field == "rate_factor":
        slow = [node for node in case.spec if case.report.nodes[node.id].weight_shapes]
        slow = [node for node in slow if not node.learning.is_frozen]
        name = display_name(slow[-1])
        yield case.with_network(f"Set rate factor of {name} to 1", _at_full_rate(case.spec, slow[-1]))
        yield case.with_network("Set all rate factors to 1", _at_full_rate(case.spec, *slow))
    elif not case.problem.field:
        yield from additions(case)


def _learning(spec: NetworkSpec, *node_ids: str) -> NetworkSpec:
    for node_id in node_ids:
        learning = msgspec.structs.replace(spec[node_id].learning, is_frozen=False)
        spec = edits.set_learning(spec, node_id, learning)
    return spec


def _at_full_rate(spec: NetworkSpec, *nodes: Node) -> NetworkSpec:
    for node in nodes:
        spec = edits.set_learning(spec, node.id, msgspec.structs.replace(node.learning, rate_factor=1.0))
    return spec


def for_the_batch(case: Case) -> Iterator[Remedy]:
    """A batch large enough to average over, or small enough for the memory."""
    if case.problem.field != "batch_size":
        return
    if case.problem.severity == "warning":
        samples = training_count(case.project.dataset) or _USUAL_BATCH
        yield from _with_batch(case, min(_USUAL_BATCH, 2 ** (samples.bit_length() - 1)))
        yield from _with_batch(case, samples)
        return
    free = memory_limit() - 16 * case.report.weights
    fitting = free // (2 * max(1, case.report.sample_bytes))
    if fitting >= 1:
        yield from _with_batch(case, min(_USUAL_BATCH, 2 ** (fitting.bit_length() - 1)))
        yield from _with_batch(case, 2 ** (fitting.bit_length() - 1))


def _with_batch(case: Case, size: int) -> Iterator[Remedy]:
    assert isinstance(case.project.trainer, Backprop)
    if size != case.project.trainer.batch_size:
        yield from case.with_trainer(f"Make the batch {size:,}", batch_size=size)


def for_memory(case: Case) -> Iterator[Remedy]:
    """Layers made smaller until training fits: the one with the most weights, or those with large outputs."""
    if not case.is_too_large:
        return
    largest = sorted(case.spec, key=lambda node: -prod(case.shape(node.id) or ()))[:_TRIED_LAYERS]
    for node in (case.node,) if case.node else largest:
        for name in _SIZES:
            yield from _halved(case, node, name)


def _halved(case: Case, node: Node, name: str) -> Iterator[Remedy]:
    """One field halved as often as it takes."""
    value = getattr(node.layer, name, 0) // 2
    while value:
        for remedy in case.with_field(node, name, value):
            if remedy.project.check().training_bytes <= memory_limit():
                yield remedy
                return
        value //= 2
