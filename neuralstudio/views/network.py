"""The network as people draw it: neurons in columns, and of very many weights the strongest."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from neuralstudio.engine.graph import Array
from neuralstudio.layers._base import Layer as LayerKind
from neuralstudio.layers.concatenate import Concatenate
from neuralstudio.layers.conv_transpose2d import ConvTranspose2D
from neuralstudio.layers.rbf import RBF
from neuralstudio.network.model import Model
from neuralstudio.network.spec import DATA, Node, display_name
from neuralstudio.network.trace import Trace, trace
from neuralstudio.views._base import Edges, Graph, Layer

MOST_NEURONS = 18
MOST_EDGES = 1000
_LIMIT_SHARE = 0.98
_SAMPLES = 500


_UNITS_FIRST: tuple[type[LayerKind], ...] = (ConvTranspose2D, RBF)
"""Layers whose kernels have the units on the last axis but one."""


@dataclass(frozen=True)
class Kernel:
    """The weights of a column: full names of arrays that lie side by side, (…, inputs, gates·units) each."""

    node: Node
    names: tuple[str, ...]
    inputs: int
    units: int
    gates: int
    groups: int
    is_mean: bool
    """A connection stands for several weights: a pattern of a filter, or the gates of a unit."""

    def matrix(self, model: Model) -> Array:
        """One number for each input and unit, (inputs, units): the weight, or the mean |w| of several."""
        return np.concatenate([self._part(model.parameters.value(name)) for name in self.names], axis=1)

    def _part(self, kernel: Array) -> Array:
        if self.is_mean:
            kernel = np.abs(kernel)
        if kernel.ndim > 2:
            kernel = kernel.mean(axis=tuple(range(kernel.ndim - 2)))
        if isinstance(self.node.layer, _UNITS_FIRST):
            kernel = kernel.T
        if self.gates > 1:
            kernel = kernel.reshape(len(kernel), self.gates, -1).mean(axis=1)
        if self.groups == 1:
            return kernel
        rows, units = len(kernel), kernel.shape[1] // self.groups
        whole = np.zeros((rows * self.groups, kernel.shape[1]), kernel.dtype)
        for group in range(self.groups):
            columns = slice(group * units, (group + 1) * units)
            whole[group * rows : (group + 1) * rows, columns] = kernel[:, columns]
        return whole


@dataclass(frozen=True)
class Origin:
    """A column's place on the last axis of a tensor: ``span`` numbers from ``start`` in each ``period``."""

    column: int
    start: int
    span: int
    period: int


@dataclass(frozen=True)
class Link:
    """Connections from the neurons of column ``source`` (``count`` of them) through a kernel to a column."""

    kernel: Kernel
    source: int
    target: int
    count: int
    origin: Origin

    @property
    def is_mean(self) -> bool:
        return self.kernel.is_mean or self.kernel.inputs > self.origin.period or self.origin.span > self.count

    def connections(self, model: Model) -> Array:
        """(count, units); (0, units) where layers in between change the count past recognition.

        Images and sequences are flattened with the channels last, so every place has each channel once.
        """
        matrix, at = self.kernel.matrix(model), self.origin
        if len(matrix) == self.count and not at.start:
            return matrix
        if len(matrix) % at.period == 0:
            part = _mean(matrix, at.period)[at.start : at.start + at.span]
            if len(part) % self.count == 0:
                return _mean(part, self.count)
        if not at.start and self.count % len(matrix) == 0:
            return matrix[np.arange(self.count) % len(matrix)]
        return matrix[:0]


@dataclass(frozen=True)
class Choice:
    """Which neurons of a network are shown. Kept over many frames, so that the picture stands still."""

    columns: tuple[Layer, ...]
    links: tuple[Link, ...]


def choose(model: Model, inputs: Array | None = None, most: int = MOST_NEURONS) -> Choice:
    """At most ``most`` neurons of each column: those whose weights are strongest on the whole.

    inputs: scaled samples (n, *input_shape), so that pixels which never change do not count as strong. A
    layer is a column if it has a kernel, with a neuron for each unit or filter; other layers vanish.
    """
    kernels, links = _read(model)
    pixels = int(np.prod(model.signature.input_shape))
    first = next((link.count for link in links if link.source == 0), pixels)
    sizes = [first, *(kernel.units for kernel in kernels)]
    strengths = [np.zeros(size) for size in sizes]
    for link in links:
        matrix = np.abs(link.connections(model))
        if len(matrix):
            mean = float(matrix.mean()) or 1.0
            strengths[link.source] += matrix.mean(axis=1) / mean
            strengths[link.target] += matrix.mean(axis=0) / mean
    if inputs is not None and len(inputs) and sizes[0] == pixels and not model.signature.vocabulary:
        strengths[0] *= inputs[:_SAMPLES].reshape(min(len(inputs), _SAMPLES), -1).std(axis=0)
    shown = [_strongest(strength, most) for strength in strengths]
    names = _input_names(model, shown[0], sizes[0])
    columns = [Layer(_input_title(model, sizes[0]), sizes[0], shown[0], names)]
    for kernel, size, chosen in zip(kernels, sizes[1:], shown[1:], strict=True):
        is_last = kernel is kernels[-1]
        names = _class_names(model, chosen, size) if is_last else ()
        columns.append(Layer("Output" if is_last else display_name(kernel.node), size, chosen, names))
    return Choice(tuple(columns), tuple(links))


def compute(model: Model, choice: Choice | None = None, most: int = MOST_EDGES) -> Graph:
    """The chosen neurons with the strongest ``most`` of the weights between them, as they are now.

    The note counts them against all there are; ``limit`` is the 98th percentile of what is drawn, so that
    one outlier does not make all the others thin. A connection that stands for several weights (a filter's
    kernel, the gates of a recurrent unit, all places of a flattened image) has their mean absolute value.
    """
    choice = choice or choose(model)
    groups = [_between(model, choice, link) for link in choice.links]
    every = np.concatenate([np.abs(group.weights) for group in groups] or [np.empty(0)])
    if len(every) > most:
        kept = np.zeros(len(every), dtype=bool)
        kept[np.argpartition(every, len(every) - most)[-most:]] = True
        ends = np.cumsum([len(group.weights) for group in groups])[:-1]
        groups = [_filtered(group, mask) for group, mask in zip(groups, np.split(kept, ends), strict=True)]
        every = every[kept]
    total = sum(group.total for group in groups)
    limit = float(np.quantile(every, _LIMIT_SHARE)) if len(every) else 0.0
    is_mean = any(link.is_mean for link in choice.links)
    what = "connections" if is_mean else "weights"
    note = (
        f"showing all {total:,} {what}"
        if len(every) == total
        else f"showing {len(every):,} of {total:,} {what}"
    )
    if is_mean:
        note += " · of several weights the mean |w|"
    return Graph("", choice.columns, tuple(groups), limit or 1.0, note)


def _read(model: Model) -> tuple[list[Kernel], list[Link]]:
    """The kernels of the layers that are columns, and the columns each reads (0 is the input)."""
    traced = trace(model.spec, model.signature, 1, is_training=False)
    width = traced.input.shape[-1]
    origins = {DATA: [Origin(0, 0, width, width)]}
    kernels: list[Kernel] = []
    found: list[tuple[Kernel, Origin]] = []
    for node in model.spec:
        kernel = _kernel(node, traced)
        if kernel is None:
            origins[node.id] = _passed_on(node, traced, origins)
            continue
        found += [(kernel, origin) for origin in origins[node.inputs[0]]]
        kernels.append(kernel)
        origins[node.id] = [Origin(len(kernels), 0, kernel.units, kernel.units)]
    first = _input_width(model, [kernel for kernel, origin in found if origin.column == 0])
    counts = [first, *(kernel.units for kernel in kernels)]
    links = [
        Link(kernel, origin.column, 1 + kernels.index(kernel), counts[origin.column], origin)
        for kernel, origin in found
    ]
    return kernels, links


def _kernel(node: Node, traced: Trace) -> Kernel | None:
    """What a layer multiplies its input with; None for layers that have nothing of the kind."""
    shapes = {name: weight.shape for name, weight in traced.weights_of(node.id).items()}
    names = tuple(name for name, shape in shapes.items() if len(shape) > 1 and "recurrent" not in name)
    if not names:
        return None
    units = traced.tensors[node.id].shape[-1]
    shape = shapes[names[0]]
    rows, columns = shape[-2:] if not isinstance(node.layer, _UNITS_FIRST) else (shape[-1], shape[-2])
    each = units // len(names)
    if not each or columns % each:
        return None
    groups = int(getattr(node.layer, "groups", 1))
    is_mean = columns > each or any(length > 1 for length in shape[:-2])
    return Kernel(node, names, rows * groups, units, columns // each, groups, is_mean)


def _passed_on(node: Node, traced: Trace, origins: dict[str, list[Origin]]) -> list[Origin]:
    """Where the columns lie in the output of a layer that is none itself."""
    if isinstance(node.layer, Concatenate):
        lengths = [traced.tensors[source].shape[-1] for source in node.inputs]
        whole, start, side_by_side = sum(lengths), 0, []
        for source, length in zip(node.inputs, lengths, strict=True):
            for at in origins[source]:
                place, span = (at.start, at.span) if at.period == length else (0, length)
                side_by_side.append(Origin(at.column, start + place, span, whole))
            start += length
        return side_by_side
    every = [origin for source in node.inputs for origin in origins[source]]
    before, after = traced.tensors[node.inputs[0]].shape[-1], traced.tensors[node.id].shape[-1]
    whole_axis = [at for at in every if at.span == at.period == before]
    if before != after and len(whole_axis) == len(every):
        every = [Origin(at.column, 0, after, after) for at in every]
    return list(dict.fromkeys(every))


def _input_width(model: Model, readers: list[Kernel]) -> int:
    """Neurons of the first column: all numbers of a sample where a layer reads them all, else channels."""
    pixels = int(np.prod(model.signature.input_shape))
    widths = [kernel.inputs for kernel in readers]
    return pixels if not widths or pixels in widths else widths[0]


def _mean(matrix: Array, count: int) -> Array:
    """(n·count, units) → (count, units): the mean |w| of every count-th row; the same for n = 1."""
    if len(matrix) == count:
        return matrix
    means: Array = np.abs(matrix).reshape(-1, count, matrix.shape[1]).mean(axis=0)
    return means


def _strongest(strength: NDArray[np.float64], most: int) -> NDArray[np.int64]:
    """Indices of the strongest, in ascending order."""
    if len(strength) <= most:
        return np.arange(len(strength))
    return np.sort(np.argsort(-strength, kind="stable")[:most])


def _input_title(model: Model, size: int) -> str:
    """What the neurons of the first column are."""
    shape = model.signature.input_shape
    if model.signature.vocabulary:
        return "Token"
    if size == int(np.prod(shape)):
        return "Pixel (row, column)" if len(shape) == 2 else "Input"
    return "Channel" if len(shape) != 2 or size == 1 else "Feature"


def _input_names(model: Model, shown: NDArray[np.int64], size: int) -> tuple[str, ...]:
    """Features and tokens by name, pixels by row and column (counted from 1), anything else by number."""
    signature = model.signature
    if signature.vocabulary:
        names = signature.classes if len(signature.classes) == signature.vocabulary else ()
        return tuple(names[index] if index < len(names) else str(index) for index in shown.tolist())
    if size != int(np.prod(signature.input_shape)):
        return tuple(str(index + 1) for index in shown.tolist())
    if signature.features:
        return tuple(signature.features[index] for index in shown.tolist())
    if len(signature.input_shape) == 1:
        return tuple(f"x{index + 1}" for index in shown.tolist())
    places = zip(*(axis.tolist() for axis in np.unravel_index(shown, signature.input_shape)), strict=True)
    return tuple(", ".join(str(axis + 1) for axis in place) for place in places)


def _class_names(model: Model, shown: NDArray[np.int64], size: int) -> tuple[str, ...]:
    """A single output stands for the second of two classes."""
    classes = model.signature.classes
    if size == 1 and len(classes) == 2:
        return (classes[1],)
    return tuple(classes[index] for index in shown.tolist()) if len(classes) == size else ()


def _between(model: Model, choice: Choice, link: Link) -> Edges:
    """All connections between shown neurons; zeros between the groups of a kernel are none."""
    rows, columns = choice.columns[link.source].shown, choice.columns[link.target].shown
    matrix = link.connections(model)
    weights = matrix[np.ix_(rows if len(matrix) else rows[:0], columns)]
    starts, ends = np.divmod(np.arange(weights.size), max(1, len(columns)))
    total = matrix.size // link.kernel.groups
    edges = Edges(link.source, link.target, starts, ends, weights.reshape(-1), total)
    return edges if link.kernel.groups == 1 else _filtered(edges, edges.weights != 0)


def _filtered(edges: Edges, kept: NDArray[np.bool_]) -> Edges:
    return Edges(
        edges.source, edges.target, edges.starts[kept], edges.ends[kept], edges.weights[kept], edges.total
    )
