"""Remedies for one layer: other settings of it, a layer before it, another one in its place, or none."""

from collections.abc import Iterator
from math import isqrt, prod
from typing import Any

from neuralstudio.engine.activations import Formula, Linear, ReLU
from neuralstudio.engine.graph import Shape, dimensions
from neuralstudio.layers._base import Layer
from neuralstudio.layers.average_pool1d import AveragePool1D
from neuralstudio.layers.average_pool2d import AveragePool2D
from neuralstudio.layers.conv1d import Conv1D
from neuralstudio.layers.conv2d import Conv2D
from neuralstudio.layers.dropout import Dropout
from neuralstudio.layers.embedding import Embedding
from neuralstudio.layers.flatten import Flatten
from neuralstudio.layers.gaussian_noise import GaussianNoise
from neuralstudio.layers.global_average_pool import GlobalAveragePool
from neuralstudio.layers.global_max_pool import GlobalMaxPool
from neuralstudio.layers.max_pool1d import MaxPool1D
from neuralstudio.layers.max_pool2d import MaxPool2D
from neuralstudio.layers.reshape import Reshape
from neuralstudio.network import edits
from neuralstudio.network.doubts import activation_field
from neuralstudio.network.spec import Node, display_name
from neuralstudio.project._remedy_case import Case, Remedy
from neuralstudio.schema.fields import fields

_FOR_IMAGES: dict[type[Layer], type[Layer]] = {
    Conv1D: Conv2D,
    MaxPool1D: MaxPool2D,
    AveragePool1D: AveragePool2D,
}
"""Layers for sequences, and the same for images."""
_PLACED = ("Convolution", "Pooling", "Recurrent")
"""Groups of layers whose input has places in space or time."""
_MEANT: dict[str, Any] = {"rate": 0.5, "deviation": 0.1, "size": 2, "factor": 2, "function": ReLU()}
"""Settings with which a layer that does nothing does something."""


def for_a_layer(case: Case) -> Iterator[Remedy]:
    """What makes a layer fit its input, or do what it seems to be meant for."""
    node = case.node
    if node is None or not node.inputs:
        return
    if case.is_unfit and len(node.inputs) == 1:
        yield from _settings(case, node)
        if not case.problem.field:
            yield from _instead(case, node)
            yield from _before(case, node)
    else:
        yield from _moved(case, node)
        if case.problem.severity == "warning":
            yield from _meant(case, node)


def removal(case: Case) -> Iterator[Remedy]:
    """The network without the layer: nearly always possible, so it comes last."""
    if case.node is not None and case.problem.field != "loss":
        yield case.removed(case.node)


# ── a layer that does not fit ────────────────────────────────────────────────────────────────────────


def _settings(case: Case, node: Node) -> Iterator[Remedy]:
    layer, given = node.layer, case.shape(node.inputs[0])
    if isinstance(getattr(layer, activation_field(layer), None), Formula):
        yield from case.with_field(node, activation_field(layer), ReLU())
    if given is None:
        return
    if isinstance(layer, Reshape):
        for shape in _filling(layer.shape, given):
            yield from case.with_field(node, "shape", shape)
    if isinstance(layer, Embedding):
        yield from case.with_field(node, "vocabulary", 0)
    if isinstance(layer, Conv1D | Conv2D):
        yield from _groups(case, node, layer, given[-1])
    places = given[:1] if isinstance(layer, Conv1D | MaxPool1D | AveragePool1D) else given[:2]
    for name in ("kernel_size", "size"):
        if hasattr(layer, name):
            largest = min(getattr(layer, name) - 1, *places)
            usual = min(getattr(type(layer)(), name), largest)
            for size in (usual, largest):
                yield from case.with_field(node, name, size)
    yield from case.with_field(node, "padding", "same")
    yield from case.with_field(node, "dilation", 1)


def _filling(text: str, given: Shape) -> Iterator[str]:
    """Shapes like the one in ``text`` with room for ``given``: one length changed; or all in a row."""
    words = [word.strip() for word in text.replace(",", "×").replace("x", "×").split("×")]
    if "?" in words:
        sizes = [int(word) if word.isdecimal() else 1 for word in words]
        for place in reversed(range(len(words))):
            left, odd = divmod(prod(given), max(1, prod(sizes) // max(1, sizes[place])))
            fitting = [size for size in range(2, sizes[place]) if not odd and left % size == 0]
            if fitting:
                yield "×".join((*words[:place], str(fitting[-1]), *words[place + 1 :]))
    else:
        for place in reversed(range(len(words))):
            yield "×".join((*words[:place], "?", *words[place + 1 :]))
    yield "?"


def _groups(case: Case, node: Node, layer: Conv1D | Conv2D, channels: int) -> Iterator[Remedy]:
    """Groups that channels and filters can be divided into."""
    for groups in range(layer.groups, 0, -1):
        if channels % groups == layer.filters % groups == 0:
            yield from case.with_field(node, "groups", groups)
            break
    yield from case.with_field(node, "filters", max(1, layer.filters // layer.groups) * layer.groups)


def _before(case: Case, node: Node) -> Iterator[Remedy]:
    """A layer put before it, or one before it taken away."""
    (source,) = node.inputs
    above = case.wiring.nodes.get(source)
    layers: list[tuple[str, Layer]] = []
    if case.signature.vocabulary:
        layers.append(("Insert Embedding", Embedding()))
    if node.layer.group in _PLACED:
        if isinstance(node.layer, GlobalAveragePool | GlobalMaxPool):
            yield case.removed(node)
        if above is not None and isinstance(above.layer, Flatten):
            yield case.removed(above)
        forms = _forms(case.shape(source))
        layers += [(f"Insert Reshape to {shape}", Reshape(shape=shape)) for shape in forms]
    else:
        layers.append(("Insert Flatten", Flatten()))
    for title, layer in layers:
        spec, _ = edits.insert_between(case.spec, source, node.id, layer)
        yield case.with_network(title, spec)


def _forms(given: Shape | None) -> Iterator[str]:
    """Shapes that an input may have been meant to have: a square image, any image, a sequence."""
    if given is None:
        return
    size = prod(given)
    for channels in (1, 3):
        side = isqrt(size // channels)
        if side * side * channels == size:
            yield f"{side}×{side}×{channels}"
    if len(given) > 3:
        yield dimensions((prod(given[:-2]), *given[-2:]))
    height = next(number for number in range(isqrt(size), 0, -1) if size % number == 0)
    yield f"{size // height}×{height}×1"
    yield dimensions((given[0], size // given[0]))


def _instead(case: Case, node: Node) -> Iterator[Remedy]:
    """The same layer for images instead of sequences."""
    kind = _FOR_IMAGES.get(type(node.layer))
    if kind is not None:
        shared = {field.name for field in fields(kind)} & {field.name for field in fields(type(node.layer))}
        layer = kind(**{name: getattr(node.layer, name) for name in shared})
        yield case.with_network(f"Use {kind.title}", edits.replace_layer(case.spec, node.id, layer))


# ── a layer that does nothing, or what it should not ─────────────────────────────────────────────────


def _meant(case: Case, node: Node) -> Iterator[Remedy]:
    field = case.problem.field
    if field in ("activation", "function"):
        for function in (ReLU(), Linear()):
            yield from case.with_field(node, field, function)
        return
    yield case.removed(node)
    for name, value in _MEANT.items():
        if hasattr(node.layer, name):
            yield from case.with_field(node, name, value)


def _moved(case: Case, node: Node) -> Iterator[Remedy]:
    """Noise put before the last layer that has weights."""
    if not isinstance(node.layer, Dropout | GaussianNoise) or case.problem.field:
        return
    above = case.wiring.nodes.get(node.inputs[0])
    if above is not None and type(above.layer) is type(node.layer):
        return
    while above is not None and not case.report.nodes[above.id].weight_shapes:
        above = case.wiring.nodes.get(above.inputs[0]) if above.inputs else None
    if above is not None:
        spec = edits.move_part(case.spec, (node.id,), above.inputs[0], above.id)
        yield case.with_network(f"Move it before {display_name(above)}", spec)
