"""All about one neuron: what it says, its bias, its strongest inputs, and its connections on the screen."""

from dataclasses import dataclass, field

import numpy as np

from neuralstudio.network.model import Model
from neuralstudio.views._base import Edges, Floats, Graph
from neuralstudio.views.network import Choice, Values, between, limited, strongest, tiles, unit_name

MOST_EDGES = 80
"""Connections shown of one neuron, in and out."""
STRONGEST = 5


@dataclass(frozen=True)
class Input:
    """One of the strongest inputs of a neuron. ``pattern``: what a filter looks for there, in −1…1."""

    name: str
    weight: float
    activation: float | None = None
    pattern: Floats | None = None


@dataclass(frozen=True)
class Focus:
    """One neuron: ``index`` in its column, whose first ``inputs`` are the strongest of ``read``.

    ``is_mean``: weights of inputs are means of several. ``edges``: its connections to what is on the screen;
    ``overlays``: its weights to the pixels of a column, (rows, columns) in −1…1.
    """

    column: int
    index: int
    name: str
    activation: float | None
    error: float | None
    bias: float | None
    inputs: tuple[Input, ...]
    read: int
    is_mean: bool
    is_sequence: bool
    is_picture: bool
    edges: tuple[Edges, ...] = ()
    overlays: dict[int, Floats] = field(default_factory=dict)


def focus(
    model: Model, choice: Choice, graph: Graph, place: tuple[int, int], values: Values | None = None
) -> Focus:
    """What there is to say about neuron ``place`` = (column, index) of a graph just computed."""
    column = choice.columns[place[0]]
    index = min(place[1], column.units - 1)
    inputs, read = _inputs(model, choice, place[0], index, values)
    return Focus(
        place[0],
        index,
        f"{column.title} · {unit_name(column, index)}",
        _number(values, choice, place[0], index, is_error=False),
        _number(values, choice, place[0], index, is_error=True),
        float(model.parameters.value(column.bias)[index]) if column.bias else None,
        inputs,
        read,
        any(link.is_mean for link in choice.into(place[0])),
        column.kind == "strips",
        column.kind == "maps",
        _edges(model, choice, graph, place[0], index, values),
        _overlays(model, choice, place[0], index),
    )


def _number(values: Values | None, choice: Choice, place: int, index: int, *, is_error: bool) -> float | None:
    column = choice.columns[place]
    known = {} if values is None else values.errors if is_error else values.outputs
    if column.tap not in known:
        return None
    return float(tiles.numbers(column, known[column.tap])[index])


def _inputs(
    model: Model, choice: Choice, place: int, index: int, values: Values | None
) -> tuple[tuple[Input, ...], int]:
    """The strongest of all inputs, on the screen or not."""
    found: list[tuple[float, int, int]] = []
    read = 0
    for link in choice.into(place):
        rows = np.arange(link.count)
        weights = np.nan_to_num(link.weights(model.parameters.value, rows, np.array([index]))[:, 0])
        connected = np.flatnonzero(weights) if link.kernel is None else rows
        read += len(connected)
        order = connected[np.argsort(-np.abs(weights[connected]), kind="stable")[:STRONGEST]]
        found += [(float(weights[row]), link.source, int(row)) for row in order.tolist()]
    found.sort(key=lambda each: -abs(each[0]))
    kernel = choice.columns[place].kernel
    patterns = kernel.patterns(model.parameters.value) if kernel is not None else None
    inputs = []
    for weight, source, row in found[:STRONGEST]:
        pattern = None
        if patterns is not None and row < patterns.shape[1]:
            pattern = patterns[index, row] / (float(np.abs(patterns[index]).max()) or 1.0)
        column = choice.columns[source]
        name = f"{column.title} · {unit_name(column, row)}"
        said = _number(values, choice, source, row, is_error=False)
        inputs.append(Input(name, weight, said, pattern))
    return tuple(inputs), read


def _edges(
    model: Model, choice: Choice, graph: Graph, place: int, index: int, values: Values | None
) -> tuple[Edges, ...]:
    """Its connections to neurons on the screen; those with pixels are an overlay instead."""
    here = np.flatnonzero(graph.layers[place].shown == index)
    if not len(here):
        return ()
    found = []
    for link in choice.links:
        if place not in (link.source, link.target):
            continue
        other = link.source if link.target == place else link.target
        if choice.columns[other].kind == "pixels":
            continue
        there = np.arange(len(graph.layers[other].shown))
        ends = (there, here) if link.target == place else (here, there)
        found.append(limited(strongest(between(model, graph.layers, link, *ends, values), MOST_EDGES)))
    return tuple(found)


def _overlays(model: Model, choice: Choice, place: int, index: int) -> dict[int, Floats]:
    found: dict[int, Floats] = {}
    for link in choice.links:
        other = link.source if link.target == place else link.target
        column = choice.columns[other]
        if place not in (link.source, link.target) or column.kind != "pixels" or link.kernel is None:
            continue
        every, one = np.arange(column.units), np.array([index])
        ends = (every, one) if link.target == place else (one, every)
        weights = np.nan_to_num(link.weights(model.parameters.value, *ends)).reshape(column.shape)
        picture = weights.mean(axis=-1) if weights.ndim > 2 else weights
        found[other] = picture / (float(np.abs(picture).max()) or 1.0)
    return found
