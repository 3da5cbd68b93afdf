"""A project around a network that was read: data that fit it, and a loss that fits its end."""

from collections.abc import Iterator, Sequence
from math import prod

from msgspec.structs import replace

from neuralstudio.data._base import Dataset, Signature
from neuralstudio.data.registry import DATASETS
from neuralstudio.data.sets.stand_in import StandIn
from neuralstudio.engine.activations import ActivationFunction, Sigmoid, Softmax
from neuralstudio.engine.graph import Shape
from neuralstudio.engine.losses import (
    BinaryCrossEntropy,
    CategoricalCrossEntropy,
    Loss,
    MeanSquaredError,
)
from neuralstudio.layers._base import Layer
from neuralstudio.layers.flatten import Flatten
from neuralstudio.layers.reshape import Reshape
from neuralstudio.layers.temperature import Temperature
from neuralstudio.network.check import shape_text
from neuralstudio.network.spec import DATA, NetworkSpec, Node
from neuralstudio.network.trace import trace
from neuralstudio.project.document import Project
from neuralstudio.project.foreign.draft import Draft, Foreign
from neuralstudio.project.foreign.refusal import RefusalError, shown
from neuralstudio.schema.problem import errors
from neuralstudio.training.backprop import Backprop


def finished(draft: Draft, made_for: Signature, title: str, notes: Sequence[str]) -> Foreign:
    """The project, its weights and all notes.

    made_for: what the network meets where it comes from; only its shapes count. Raises ``RefusalError`` where
    layers and weights do not fit together.
    """
    network, weights = draft.network(), draft.weights()
    if not network.nodes:
        raise RefusalError("It has no layers")
    traced = trace(network, made_for, 1, is_training=False)
    if traced.problems:
        raise RefusalError(f"Its layers do not fit together: {traced.problems[0]}")
    for name, weight in (traced.weights | traced.states).items():
        if weights and (name not in weights or weights[name].shape != weight.shape):
            raise RefusalError(f"Its weights do not fit its layers ({shown(name)})")
    project, more = project_of(network, made_for.input_shape, made_for.vocabulary, title)
    return Foreign(project, weights or None, (*notes, *more))


def project_of(network: NetworkSpec, given: Shape, vocabulary: int, title: str) -> tuple[Project, list[str]]:
    """The project that fits best, and notes. given: the shape of one input, as the network was made for it.

    The first data set for which nothing is wrong is taken; else one whose inputs fit; else a stand-in.
    Where the same numbers come in another shape, they are brought into that of the network first.
    """
    fallback: Project | None = None
    for dataset in _datasets(given, vocabulary):
        signature = dataset.signature
        if bool(signature.vocabulary) != bool(vocabulary) or prod(signature.input_shape) != prod(given):
            continue
        if vocabulary and signature.input_shape != given:
            continue
        for spec in _shaped(network, signature.input_shape, given):
            project = _around(spec, dataset, title)
            report = project.check()
            if report.can_train:
                return project, _reshaping_notes(network, spec)
            if fallback is None and all(report.nodes[node.id].output_shape for node in spec):
                fallback = project
    if fallback is not None:
        return fallback, [*_reshaping_notes(network, fallback.network), *_misfit(fallback)]
    project = _around(network, _stand_in(network, given, vocabulary), title)
    if not project.check().can_train:
        project = _around(network, Project().dataset, title)
    what = f"tokens in rows of {shape_text(given)}" if vocabulary else f"inputs of {shape_text(given)}"
    has_stand_in = isinstance(project.dataset, StandIn)
    note = f"None of the data sets here has {what}" + (", so random numbers stand in" if has_stand_in else "")
    return project, [f"{note}: choose or load one that has."]


def _stand_in(network: NetworkSpec, given: Shape, vocabulary: int) -> StandIn:
    """Data of the network's own shape, with classes where it ends in those."""
    traced = trace(network, Signature(given, numbers=1, vocabulary=vocabulary), 1, is_training=False)
    end = traced.tensors.get(network.outputs[0].id)
    units = end.shape[-1] if end is not None else 1
    function = _end(network)
    classes = (
        units if isinstance(function, Softmax) else 2 if isinstance(function, Sigmoid) and units == 1 else 0
    )
    shape = "×".join(map(str, given))
    return StandIn(shape, classes if classes > 1 else 0, max(1, units), vocabulary)


def _datasets(given: Shape, vocabulary: int) -> Iterator[Dataset]:
    """The usual data set first, then all others; rows of tokens are made as long as they are wanted."""
    usual = Project().dataset
    yield usual
    for kind in DATASETS:
        if kind is StandIn:
            continue
        dataset = kind()
        if vocabulary and len(given) == 1 and "length" in kind.__struct_fields__ and 2 <= given[0] <= 1024:
            dataset = replace(dataset, length=given[0])
        if dataset != usual:
            yield dataset


def _shaped(network: NetworkSpec, there: Shape, given: Shape) -> Sequence[NetworkSpec]:
    """The network as it is, if it can take the data so, and behind a layer that reshapes them."""
    if there == given:
        return [network]
    shaper: Layer = Flatten() if len(given) == 1 else Reshape("×".join(map(str, given)))
    node = Node(network.fresh_id(shaper), shaper)
    behind = (
        replace(each, inputs=tuple(node.id if name == DATA else name for name in each.inputs))
        for each in network
    )
    has_one_channel = (*there, 1) == given
    return [*([network] if has_one_channel else []), NetworkSpec((node, *behind))]


def _reshaping_notes(before: NetworkSpec, after: NetworkSpec) -> list[str]:
    if len(after) == len(before):
        return []
    return [f"{after.nodes[0].layer.title} was put in front, so that the data fit its input."]


def _misfit(project: Project) -> list[str]:
    reason = str(errors(project.check().problems)[0])
    return [f"Its inputs fit {project.dataset.title}, but something is left to do: {reason}"]


def _around(network: NetworkSpec, dataset: Dataset, title: str) -> Project:
    trainer = Backprop(loss=_loss(network, len(dataset.signature.classes)))
    return Project(title=title, network=network, dataset=dataset, trainer=trainer)


def _loss(network: NetworkSpec, classes: int) -> Loss:
    function = _end(network)
    if classes and isinstance(function, Softmax):
        return CategoricalCrossEntropy()
    if classes and isinstance(function, Sigmoid):
        return BinaryCrossEntropy()
    return MeanSquaredError()


def _end(network: NetworkSpec) -> ActivationFunction | None:
    """What the last layer does with its sums."""
    last = network.outputs[0].layer if network.outputs else None
    if isinstance(last, Temperature):
        return Softmax()
    return getattr(last, "activation", None) or getattr(last, "function", None)
