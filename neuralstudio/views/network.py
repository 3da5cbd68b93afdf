"""The network as people draw it: neurons in columns, and of very many weights the strongest."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from neuralstudio.engine.graph import Array
from neuralstudio.network.model import Model
from neuralstudio.network.spec import DATA, NetworkSpec, Node, display_name
from neuralstudio.views._base import Edges, Graph, Layer

MOST_NEURONS = 18
MOST_EDGES = 1000
_LIMIT_SHARE = 0.98
_SAMPLES = 500


@dataclass(frozen=True)
class Link:
    """A kernel between two columns: its full name, and where it comes from and goes to."""

    kernel: str
    source: int
    target: int


@dataclass(frozen=True)
class Choice:
    """Which neurons of a network are shown. Kept over many frames, so that the picture stands still."""

    columns: tuple[Layer, ...]
    links: tuple[Link, ...]


def choose(model: Model, inputs: Array | None = None, most: int = MOST_NEURONS) -> Choice:
    """At most ``most`` neurons of each column: those whose weights are strongest on the whole.

    inputs: scaled samples (n, *input_shape), so that pixels which never change do not count as strong. A
    layer is a column if it has a kernel (inputs, units); layers without weights vanish.
    """
    kernels, links = _links(model)
    sizes = [int(np.prod(model.signature.input_shape)), *(kernel.shape[1] for kernel in kernels)]
    strengths = [np.zeros(size) for size in sizes]
    for link, kernel in zip(links, kernels, strict=True):
        sizes_of = np.abs(kernel)
        mean = float(sizes_of.mean()) or 1.0
        if kernel.shape[0] == sizes[link.source]:
            strengths[link.source] += sizes_of.mean(axis=1) / mean
        strengths[link.target] += sizes_of.mean(axis=0) / mean
    if inputs is not None and len(inputs):
        strengths[0] *= inputs[:_SAMPLES].reshape(min(len(inputs), _SAMPLES), -1).std(axis=0)
    shown = [_strongest(strength, most) for strength in strengths]
    nodes = [model.spec[link.kernel.rpartition("/")[0]] for link in links]
    columns = [Layer(_input_title(model), sizes[0], shown[0], _input_names(model, shown[0]))]
    for node, size, chosen in zip(nodes, sizes[1:], shown[1:], strict=True):
        is_last = node is nodes[-1]
        names = _class_names(model, chosen, size) if is_last else ()
        columns.append(Layer("Output" if is_last else display_name(node), size, chosen, names))
    return Choice(tuple(columns), tuple(links))


def compute(model: Model, choice: Choice | None = None, most: int = MOST_EDGES) -> Graph:
    """The chosen neurons with the strongest ``most`` of the weights between them, as they are now.

    The note counts them against all weights of the kernels; ``limit`` is the 98th percentile of what is
    drawn, so that one outlier does not make all the others thin.
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
    note = (
        f"showing all {total:,} weights"
        if len(every) == total
        else f"showing {len(every):,} of {total:,} weights"
    )
    return Graph("", choice.columns, tuple(groups), limit or 1.0, note)


def _links(model: Model) -> tuple[list[Array], list[Link]]:
    """The kernels of the layers that are columns, and which column each reads (0 is the input)."""
    places = {DATA: 0}
    kernels: list[Array] = []
    links: list[Link] = []
    for node in model.spec:
        name = f"{node.id}/kernel"
        if name not in model.parameters.shapes or len(model.parameters.shapes[name]) != 2:
            continue
        source = _nearest(model.spec, node, places)
        places[node.id] = len(links) + 1
        links.append(Link(name, source, places[node.id]))
        kernels.append(model.parameters.value(name))
    return kernels, links


def _nearest(spec: NetworkSpec, node: Node, places: dict[str, int]) -> int:
    """The column a node reads, seen through layers that are none."""
    above = node.inputs[0]
    while above not in places:
        above = spec[above].inputs[0]
    return places[above]


def _strongest(strength: NDArray[np.float64], most: int) -> NDArray[np.int64]:
    """Indices of the strongest, in ascending order."""
    if len(strength) <= most:
        return np.arange(len(strength))
    return np.sort(np.argsort(-strength, kind="stable")[:most])


def _input_title(model: Model) -> str:
    return "Pixel (row, column)" if len(model.signature.input_shape) == 2 else "Input"


def _input_names(model: Model, shown: NDArray[np.int64]) -> tuple[str, ...]:
    """Features by name, pixels by row and column (counted from 1), anything else by number."""
    signature = model.signature
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
    """All weights of a kernel between shown neurons; none where layers in between change the count."""
    kernel = model.parameters.value(link.kernel)
    rows, columns = choice.columns[link.source].shown, choice.columns[link.target].shown
    if kernel.shape[0] != choice.columns[link.source].total:
        rows = rows[:0]
    starts, ends = np.divmod(np.arange(len(rows) * len(columns)), max(1, len(columns)))
    weights = kernel[np.ix_(rows, columns)].reshape(-1)
    return Edges(link.source, link.target, starts, ends, weights, kernel.size)


def _filtered(edges: Edges, kept: NDArray[np.bool_]) -> Edges:
    return Edges(
        edges.source, edges.target, edges.starts[kept], edges.ends[kept], edges.weights[kept], edges.total
    )
