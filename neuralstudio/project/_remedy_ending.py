"""Remedies for a last layer, a loss and data that do not go together."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import product

import msgspec

from neuralstudio.engine.activations import ActivationFunction, Linear, Sigmoid, Softmax
from neuralstudio.engine.losses import (
    BinaryCrossEntropy,
    CategoricalCrossEntropy,
    LossFunction,
    MeanSquaredError,
)
from neuralstudio.layers._base import Layer
from neuralstudio.layers.dense import Dense
from neuralstudio.layers.embedding import Embedding
from neuralstudio.layers.flatten import Flatten
from neuralstudio.layers.global_average_pool import GlobalAveragePool
from neuralstudio.layers.global_max_pool import GlobalMaxPool
from neuralstudio.layers.lstm import LSTM
from neuralstudio.layers.reshape import Reshape
from neuralstudio.network import edits
from neuralstudio.network.doubts import activation_field, activation_of
from neuralstudio.network.spec import NetworkSpec, Node, display_name
from neuralstudio.project._remedy_case import Case, Remedy, joined, spoken
from neuralstudio.schema.fields import replaced

ENDINGS = ("loss", "activation", "units", "outputs")
"""Fields at which the check puts what is wrong with an ending."""
_FEATURES = 16
"""Numbers for each step, where there are none yet."""
_WIDEST = 65536
"""Units a layer may have."""


@dataclass(frozen=True)
class _Answer:
    """What an ending may be: its units, its activation, and the loss that goes with them."""

    units: int
    activation: ActivationFunction
    loss: LossFunction


def for_the_ending(case: Case) -> Iterator[Remedy]:
    """Units, activation and loss made to go together, with as few changes as it takes; or one more layer."""
    node = case.node
    if case.problem.field not in ENDINGS or node is None or case.is_too_large:
        return
    if case.problem.severity == "warning" and case.wiring.readers.get(node.id):
        return  # a doubt about a layer within
    yield from _without_class_weights(case)
    if case.problem.field == "outputs":
        yield from _in_form(case, node)
        yield from additions(case)
        return
    # A layer that looks like any inner one wants a layer behind it rather than to be the last itself.
    is_inner = activation_of(node.layer) not in _bends(case)
    if is_inner and getattr(node.layer, "units", 0) not in {answer.units for answer in _answers(case)}:
        yield from additions(case)
        yield from _changed(case, node)
    else:
        yield from _changed(case, node)
        yield from additions(case)


def additions(case: Case) -> Iterator[Remedy]:
    """An answering layer at the end, with what it takes to give it rows of numbers."""
    beginnings: list[tuple[Layer, ...]] = [(), (Flatten(),), (GlobalAveragePool(),)]
    if case.signature.steps:
        steps = case.signature.steps
        beginnings.append((Reshape(shape=f"{steps}×?"),))
        beginnings.append((LSTM(returns="all"),))
        row = (Dense(units=_FEATURES * steps), Reshape(shape=f"{steps}×{_FEATURES}"))
        beginnings += [row, (Flatten(), *row)]
    if case.signature.vocabulary:
        beginnings.append((Embedding(), LSTM(returns="all")))
    yield from _added(case, case.spec, "Add ", *beginnings)


def _added(case: Case, spec: NetworkSpec, words: str, *beginnings: tuple[Layer, ...]) -> Iterator[Remedy]:
    """Each of these beginnings and then a Dense at the end of a network."""
    for answer, beginning in product(_answers(case), beginnings):
        layers = (*beginning, replaced(Dense(), units=answer.units, activation=answer.activation))
        longer, below = spec, edits.end_of(spec) if case.last is None else case.last.id
        for layer in layers:
            longer, below = edits.insert_after(longer, below, layer)
        units = "1 unit" if answer.units == 1 else f"{answer.units:,} units"
        bend = "" if isinstance(answer.activation, Linear) else f" and {spoken(answer.activation)}"
        title = f"{words}{joined([each.title for each in layers])} with {units}{bend}"
        if answer.loss != case.project.loss:
            title += f", use {spoken(answer.loss)}"
        yield _with_loss(case.with_network(title, longer), answer.loss)


def _answers(case: Case) -> tuple[_Answer, ...]:
    """Endings that the data ask for, those with the present loss first."""
    loss, classes = case.project.loss, len(case.signature.classes)
    usual = [_Answer(case.signature.numbers, Linear(), MeanSquaredError())]
    if classes:
        usual = [_Answer(classes, Softmax(), CategoricalCrossEntropy())]
    if classes == 2:
        usual.append(_Answer(1, Sigmoid(), BinaryCrossEntropy()))
    usual = [each for each in usual if 1 <= each.units <= _WIDEST]
    present = [replace(each, loss=loss) for each in usual if type(each.loss) is type(loss)]
    if not present:
        widths = dict.fromkeys(each.units for each in usual)
        present = [
            _Answer(units, bend, loss) for units in widths for bend in (Linear(), Softmax(), Sigmoid())
        ]
    return tuple(dict.fromkeys((*present, *usual)))


def _with_loss(remedy: Remedy, loss: LossFunction) -> Remedy:
    """The same with a loss."""
    trainer = msgspec.structs.replace(remedy.project.trainer, loss=loss)
    return replace(remedy, project=msgspec.structs.replace(remedy.project, trainer=trainer))


def _bends(case: Case) -> tuple[ActivationFunction, ...]:
    """Activations of a last layer, likely ones first."""
    order = (Softmax(), Sigmoid(), Linear())
    return order if case.signature.classes else order[::-1]


# ── settings of the ending that there is ─────────────────────────────────────────────────────────────


def _changed(case: Case, last: Node) -> Iterator[Remedy]:
    """One setting changed rather than two, and two rather than three."""
    wide, bent = _with_units(case, last), _with_activation(case, last)
    answers = _answers(case)
    losses = dict.fromkeys((case.project.loss, *(each.loss for each in answers)))
    widths = dict.fromkeys((None, *(each.units for each in answers)))
    # A doubt about the loss, or one that is for classes where there are none: another loss answers that best.
    is_loss_first = case.problem.field == "loss" and (
        case.problem.severity == "warning" or not case.signature.classes
    )
    found: list[tuple[tuple[bool, int], Remedy]] = []
    for loss, units, bend in product(losses, widths, (None, *_bends(case))):
        spec, words, used = case.spec, [], []
        if units is not None:
            if wide is None or getattr(wide.layer, "units", units) == units:
                continue
            spec = edits.set_fields(spec, wide.id, units=units)
            of = "" if wide is last else f" of {display_name(wide)}"
            words.append(f"set units{of} to {units:,}")
        if bend is not None:
            if bent is None or activation_of(bent.layer) == bend:
                continue
            spec = edits.set_fields(spec, bent.id, **{activation_field(bent.layer): bend})
            used.append(spoken(bend))
        if loss != case.project.loss:
            used.append(spoken(loss))
        if used:
            words.append(f"use {joined(used)}")
        if words:
            title = (", " if len(used) > 1 else " and ").join(words)
            remedy = _with_loss(case.with_network(title[0].upper() + title[1:], spec), loss)
            is_other = is_loss_first and loss == case.project.loss
            found.append(((is_other, (units is not None) + len(used)), remedy))
    yield from (remedy for _, remedy in sorted(found, key=lambda each: each[0]))


def _with_units(case: Case, last: Node) -> Node | None:
    """The Dense that decides how wide the output is, seen through layers that leave its shape alone."""
    node: Node | None = last
    while node is not None and not isinstance(node.layer, Dense):
        is_plain = len(node.inputs) == 1 and case.shape(node.inputs[0]) == case.shape(node.id)
        node = case.wiring.nodes.get(node.inputs[0]) if is_plain else None
    return node


def _with_activation(case: Case, last: Node) -> Node | None:
    """The layer whose activation is the output's."""
    node: Node | None = last
    while node is not None and isinstance(node.layer, Flatten):
        node = case.wiring.nodes.get(node.inputs[0])
    # That of a recurrent layer is no matter of its output alone.
    return node if node and activation_field(node.layer) and not hasattr(node.layer, "returns") else None


def _without_class_weights(case: Case) -> Iterator[Remedy]:
    loss = case.project.loss
    if isinstance(loss, CategoricalCrossEntropy) and loss.class_weights:
        for text, title in (("", "Use no class weights"), ("balanced", "Use balanced class weights")):
            yield from case.with_trainer(title, loss=msgspec.structs.replace(loss, class_weights=text))


# ── the form of the output ───────────────────────────────────────────────────────────────────────────


def _in_form(case: Case, last: Node) -> Iterator[Remedy]:
    """Steps kept where an answer for each is wanted, and only the last one where it is not."""
    wanted, words = ("all", "all steps") if case.signature.steps else ("last", "the last step")
    above = list(_above(case, last))
    readers = [node for node in above if getattr(node.layer, "returns", wanted) != wanted]
    chosen = readers if case.signature.steps else readers[:1]
    if chosen:
        spec = case.spec
        for node in chosen:
            spec = edits.set_fields(spec, node.id, returns=wanted)
        names = joined([display_name(node) for node in reversed(chosen)])
        yield case.with_network(f"Let {names} return {words}", spec)
        yield from _added(case, spec, f"Let {names} return {words}, add ", ())
    for node in above:
        if isinstance(node.layer, Flatten | GlobalAveragePool | GlobalMaxPool):
            yield case.removed(node)


def _above(case: Case, last: Node) -> Iterator[Node]:
    """A node and those before it, along first inputs."""
    node: Node | None = last
    while node is not None:
        yield node
        node = case.wiring.nodes.get(node.inputs[0]) if node.inputs else None
