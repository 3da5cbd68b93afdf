"""The network as people draw it: neurons in columns, and of very many weights the strongest."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from neuralstudio.engine.graph import Array
from neuralstudio.network.model import Model
from neuralstudio.views._base import Edges, Floats, Graph, Layer
from neuralstudio.views.network import tiles
from neuralstudio.views.network.columns import Choice, Column, choose
from neuralstudio.views.network.kernels import Indices, Link
from neuralstudio.views.network.tiles import Pictures, Values

__all__ = [
    "Choice",
    "Column",
    "Pictures",
    "Values",
    "Window",
    "bare",
    "choose",
    "compute",
    "natural_most",
    "unit_name",
]

MOST_NEURONS = 18
MOST_EDGES = 300
_MOST_OVER_BANDS = 60
"""Of connections of feature maps: more are a tangle, and the band says that there are others."""
_BAND_FROM = 40
"""Connections of feature maps from which a band stands for those that are not drawn."""
_CROSSING = 12
"""Connections that may pass other columns one by one."""
_LIMIT_SHARE = 0.98


@dataclass(frozen=True)
class Window:
    """The stretch of a column that is on the screen: ``count`` neurons from ``first`` on."""

    first: int
    count: int


def bare(choice: Choice) -> tuple[Layer, ...]:
    """The columns with all their names but no neurons: what decides how many there is room for."""
    return tuple(replace(_layer(column, Window(0, 0)), names=column.names) for column in choice.columns)


def natural_most(choice: Choice) -> int:
    """How many of the strongest connections make a good picture, unless a person wishes otherwise."""
    return _MOST_OVER_BANDS if any(column.kind == "maps" for column in choice.columns) else MOST_EDGES


def compute(
    model: Model,
    choice: Choice | None = None,
    windows: Sequence[Window] = (),
    values: Values | None = None,
    most: int = MOST_EDGES,
    pictures: Pictures = "outputs",
) -> Graph:
    """The neurons in the windows with the strongest ``most`` of the weights between them, as they are now.

    ``most`` is shared out evenly among the layers, since weights of layers with many inputs are small by
    nature. Each ``limit`` is the 98th percentile of what is drawn, so that one outlier does not make all the
    others thin. A connection that stands for several weights (a filter's kernel, the gates of a recurrent
    unit, all places of a flattened image) has their mean absolute value.
    """
    choice = choice or choose(model)
    windows = windows or [Window(0, MOST_NEURONS)] * len(choice.columns)
    layers = [_layer(*each) for each in zip(choice.columns, windows, strict=True)]
    layers = _pictured(model, choice, layers, values, pictures)
    if values is not None:
        layers = [
            _said(model, column, layer, values) for column, layer in zip(choice.columns, layers, strict=True)
        ]
    groups = [_between(model, layers, link, values) for link in choice.links]
    groups = [limited(group) for group in _strongest(groups, most)]
    return Graph("", tuple(layers), tuple(groups), _note(choice, groups))


def unit_name(column: Column, index: int) -> str:
    """What a neuron is called: its class, its feature, the place of its pixel, or its number from 1 on."""
    if column.names:
        return column.names[index]
    if column.kind == "pixels":
        places = np.unravel_index(index, column.shape)
        return f"row {int(places[0]) + 1}, column {int(places[1]) + 1}" + (
            f", channel {int(places[2]) + 1}" if len(places) > 2 and column.shape[2] > 1 else ""
        )
    return f"{index + 1}"


def between(
    model: Model, layers: Sequence[Layer], link: Link, rows: Indices, columns: Indices, values: Values | None
) -> Edges:
    """All connections between some shown neurons: ``rows`` and ``columns`` are places in the windows."""
    shown = layers[link.source].shown[rows], layers[link.target].shown[columns]
    matrix = link.weights(model.parameters.value, *shown)
    starts, ends = (each.reshape(-1) for each in np.meshgrid(rows, columns, indexing="ij"))
    gradients = None
    if values is not None and link.kernel is not None and set(link.kernel.names) <= set(values.gradients):
        gradients = np.nan_to_num(link.weights(values.gradients.__getitem__, *shown)).reshape(-1)
    weights = np.nan_to_num(matrix).reshape(-1)
    is_weighted = link.kernel is not None
    edges = Edges(
        link.source, link.target, starts, ends, weights, link.total, 1.0, gradients, is_weighted=is_weighted
    )
    is_whole = link.kernel is not None and link.kernel.groups == 1
    return edges if is_whole else kept(edges, edges.weights != 0)


def kept(edges: Edges, which: Array) -> Edges:
    """Some of the connections, by mask or by index."""
    gradients = None if edges.gradients is None else edges.gradients[which]
    return replace(
        edges,
        starts=edges.starts[which],
        ends=edges.ends[which],
        weights=edges.weights[which],
        gradients=gradients,
    )


def strongest(edges: Edges, most: int) -> Edges:
    """The ``most`` strongest of the connections."""
    if len(edges.weights) <= most:
        return edges
    sizes = np.abs(edges.weights)
    return kept(edges, np.sort(np.argpartition(sizes, len(sizes) - most)[len(sizes) - most :]))


def _layer(column: Column, window: Window) -> Layer:
    first = max(0, min(window.first, column.units - window.count))
    shown = np.arange(first, min(column.units, first + window.count))
    if column.kind == "pixels":
        first, shown = 0, np.arange(column.units)
    is_named = bool(column.names) and column.kind != "pixels"
    return Layer(
        column.title,
        column.units,
        shown,
        tuple(column.names[index] for index in shown.tolist()) if is_named else (),
        kind=column.kind,
        caption=_caption(column),
        first=first,
        depth=column.depth,
        lane=column.lane,
        lanes=column.lanes,
        is_recurrent=column.is_recurrent,
    )


def _caption(column: Column) -> str:
    """The size of a column in words."""
    size = "×".join(str(side) for side in column.shape[:2])
    match column.kind:
        case "pixels":
            return f"{size} pixels"
        case "maps":
            return f"{column.units:,} × {size}"
        case "strips":
            return f"{column.units:,} × {column.shape[0]} steps"
    return "1 neuron" if column.units == 1 else f"{column.units:,} neurons"


def _pictured(
    model: Model, choice: Choice, layers: list[Layer], values: Values | None, pictures: Pictures
) -> list[Layer]:
    plane = {place: layer.shown for place, layer in enumerate(layers) if layer.kind == "plane"}
    found: dict[int, Floats | None] = dict(tiles.over_plane(model, choice, plane)) if plane else {}
    for place, (column, layer) in enumerate(zip(choice.columns, layers, strict=True)):
        if layer.kind == "weights":
            found[place] = tiles.of_weights(model, choice, place, layer.shown)
        elif layer.kind == "maps" and pictures == "kernels":
            found[place] = tiles.of_kernels(model, column, layer.shown)
        if found.get(place) is None and values is not None and column.tap in values.outputs:
            found[place] = tiles.of_sample(column, values.outputs[column.tap], layer.shown)
    return [replace(layer, tiles=found.get(place)) for place, layer in enumerate(layers)]


def _said(model: Model, column: Column, layer: Layer, values: Values) -> Layer:
    """The layer with what the sample makes its neurons say."""
    output, error = values.outputs.get(column.tap), values.errors.get(column.tap)
    if output is not None:
        every = tiles.numbers(column, output)
        said = every[layer.shown]
        texts: tuple[str, ...] = ()
        top = None
        if column.title == "Output" and column.kind != "pixels":
            texts = tuple(
                _text(model, value, index)
                for value, index in zip(said.tolist(), layer.shown.tolist(), strict=True)
            )
            is_choice = len(every) > 1 and bool(model.signature.classes)
            top = int(np.argmax(every)) if is_choice else None
        layer = replace(layer, activations=said, texts=texts, strongest=top)
    if error is not None:
        pictures = (
            None if column.kind in ("weights", "plane") else tiles.of_errors(column, error, layer.shown)
        )
        layer = replace(layer, errors=tiles.numbers(column, error)[layer.shown], error_tiles=pictures)
    return layer


def _text(model: Model, value: float, place: int) -> str:
    """An answer in words: a percentage of a class, a number with its unit."""
    signature = model.signature
    if signature.classes and model.encoding in ("index", "one_hot", "binary"):
        return f"{100 * value:.1f} %"
    if place < len(signature.predicted):
        quantity = signature.predicted[place]
        return quantity.worded(float(quantity.real(value))).replace("-", "−")
    return f"{value:.3g}".replace("-", "−")


def _between(model: Model, layers: list[Layer], link: Link, values: Values | None) -> Edges:
    """The connections of two columns, over a band where there are very many; or the band alone."""
    source, target = layers[link.source], layers[link.target]
    pairs = len(source.shown) * len(target.shown)
    has_maps = "maps" in (source.kind, target.kind)
    is_far = target.depth > source.depth + 1 and pairs > _CROSSING
    # Pictures that are handed on one by one need no line each: the band says it.
    is_band = is_far or (has_maps and (pairs > _BAND_FROM or (link.kernel is None and pairs > 1)))
    if is_far or (is_band and link.kernel is None):
        none, weights = np.empty(0, np.int64), np.empty(0, np.float32)
        is_weighted = link.kernel is not None
        return Edges(
            link.source, link.target, none, none, weights, link.total, is_band=True, is_weighted=is_weighted
        )
    ends = np.arange(len(source.shown)), np.arange(len(target.shown))
    return replace(between(model, layers, link, *ends, values), is_band=is_band)


def _strongest(groups: list[Edges], most: int) -> list[Edges]:
    """Each layer's share of the edges; what small layers leave goes to the larger ones."""
    room = most
    result = list(groups)
    order = sorted(range(len(groups)), key=lambda place: len(groups[place].weights))
    for position, place in enumerate(order):
        quota = room // (len(order) - position)
        few = strongest(groups[place], quota)
        result[place] = few
        room -= len(few.weights)
    return result


def limited(edges: Edges) -> Edges:
    """The edges with the |weight| that is drawn thickest, so that one outlier does not make others thin."""
    if not edges.is_weighted or not len(edges.weights):
        return edges
    return replace(edges, limit=float(np.quantile(np.abs(edges.weights), _LIMIT_SHARE)) or 1.0)


def _note(choice: Choice, groups: Sequence[Edges]) -> str:
    total = sum(link.total for link in choice.links)
    count = sum(len(group.weights) for group in groups if group.is_weighted)
    is_mean = any(link.is_mean for link in choice.links)
    what = "connections" if is_mean else "weights"
    if not count:
        return f"{total:,} {what}"
    note = f"showing all {total:,} {what}" if count == total else f"showing {count:,} of {total:,} {what}"
    if any(group.is_band and group.is_weighted for group in groups):
        note += " · bands for the others"
    return f"{note} · of several weights the mean |w|" if is_mean else note
