"""Operations of ONNX that look at many numbers at once: softmax, normalising, averaging."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from neuralstudio.engine.activations import Softmax
from neuralstudio.engine.graph import Array
from neuralstudio.layers._base import Layer
from neuralstudio.layers.activation import Activation
from neuralstudio.layers.batch_norm import BatchNorm
from neuralstudio.layers.global_average_pool import GlobalAveragePool
from neuralstudio.layers.global_max_pool import GlobalMaxPool
from neuralstudio.layers.layer_norm import LayerNorm
from neuralstudio.layers.temperature import Temperature
from neuralstudio.project.foreign.draft import layer
from neuralstudio.project.foreign.elementwise import X
from neuralstudio.project.foreign.onnx_model import Node
from neuralstudio.project.foreign.onnx_numbers import ready
from neuralstudio.project.foreign.onnx_reader import Reader, number, reads, real
from neuralstudio.project.foreign.onnx_signals import BATCH, Signal, back_in_order, fresh, placed, places
from neuralstudio.schema.expression import Call, Number


@reads("Softmax", "LogSoftmax")
def softmax(reader: Reader, node: Node) -> None:
    x = reader.signal(node)
    axis = number(node.attributes.get("axis"), -1 if reader.opset >= 13 else 1)
    if not -len(x.axes) <= axis < len(x.axes) or (reader.opset < 13 and len(x.axes) != 2):
        raise reader.refusal(node, "it works along an axis of its own")
    if node.op == "LogSoftmax":
        if node.outputs[0] in reader.uses and reader.readers.get(node.outputs[0]):
            raise reader.refusal(node, "it can only come last")
        reader.notes.append(
            "Its last layer gave logarithms of probabilities; here it gives the probabilities."
        )
    place = axis % len(x.axes)
    if x.axes[place] == (BATCH,):
        raise reader.refusal(node, "it works along the samples")
    order = [*(each for each in x.others if each != place), place]
    temperature = _temperature(reader, node, x)
    x = x if temperature is None else replace(x, tree=X)
    source, shape = reader.feed(x if temperature else ready(reader, node, x), order)
    kind: Layer = Activation(Softmax())
    if temperature is not None:
        kind = layer(Temperature, temperature=temperature)
    name = reader.draft.add(kind, (source,), name=reader.owner(node))
    reader.put(node, fresh(name, shape, placed(x, order)))


def _temperature(reader: Reader, node: Node, x: Signal) -> float | None:
    """What the scores are divided by just before the softmax."""
    if reader.is_ours and x.owner != reader.owner(node):
        return None
    match x.tree:
        case Call("*", (inner, Number(value))) if inner == X and value > 0:
            temperature = 1 / value
        case Call("/", (inner, Number(value))) if inner == X and value > 0:
            temperature = value
        case _:
            return None
    return round(temperature, 6) if 0.01 <= round(temperature, 6) <= 100 else None


@reads("BatchNormalization")
def batch_norm(reader: Reader, node: Node) -> None:
    x = reader.signal(node)
    rows = [reader.weight(node, place, 1) for place in range(1, 5)]
    if number(node.attributes.get("training_mode")):
        raise reader.refusal(node, "it was written for training")
    momentum = real(node.attributes.get("momentum"), 0.9)
    kind = layer(
        BatchNorm,
        momentum=round(momentum, 7) if 0 <= momentum < 1 else 0.9,
        epsilon=round(real(node.attributes.get("epsilon"), 1e-5), 9),
    )
    normalised(reader, node, x, 1, kind, rows)


def normalised(
    reader: Reader, node: Node, x: Signal, place: int, kind: BatchNorm, rows: Sequence[Array]
) -> None:
    """A batch norm along an axis; rows: γ, β, mean and variance of each of its channels."""
    x = ready(reader, node, x)
    if place not in x.others or len({len(row) for row in rows}) > 1:
        raise reader.refusal(node, "its weights do not fit together")
    if x.sizes([place]) != (len(rows[0]),):
        raise reader.refusal(node, f"it has weights for {len(rows[0])} channels, but there are others")
    turned = places(x, place) if not x.is_in_order and len(x.others) == 1 else None
    names = ("gamma", "beta", "moving_mean", "moving_variance")
    if turned is not None:  # a flattened picture: each number is a channel
        x = reader.settled(x)
        flat = replace(x, axes=((BATCH,), x.atoms))
        source, shape = reader.feed(flat, [1])
        weights = {key: back_in_order(row, turned) for key, row in zip(names, rows, strict=True)}
        name = reader.draft.add(kind, (source,), weights, reader.owner(node))
        reader.put(node, replace(x, source=name, shape=shape))
        return
    order = [*(each for each in x.others if each != place), place]
    source, shape = reader.feed(x, order)
    name = reader.draft.add(kind, (source,), dict(zip(names, rows, strict=True)), reader.owner(node))
    reader.put(node, fresh(name, shape, placed(x, order)))


@reads("LayerNormalization")
def layer_norm(reader: Reader, node: Node) -> None:
    x = ready(reader, node, reader.signal(node))
    gamma, last = reader.weight(node, 1, 1), len(x.axes) - 1
    beta = reader.weight(node, 2, 1) if reader.has(node, 2) else np.zeros_like(gamma)
    source, shape = reader.feed(x, x.others)
    is_last = number(node.attributes.get("axis"), -1) in (-1, last) and x.axes[last] != (BATCH,)
    if not is_last or not len(gamma) == len(beta) == shape[-1]:
        raise reader.refusal(node, "it works along other axes than the last")
    kind = layer(LayerNorm, epsilon=round(real(node.attributes.get("epsilon"), 1e-5), 9))
    name = reader.draft.add(kind, (source,), {"gamma": gamma, "beta": beta}, reader.owner(node))
    reader.put(node, fresh(name, shape, placed(x, x.others)))


@reads("GlobalAveragePool", "GlobalMaxPool", "ReduceMean", "ReduceMax")
def over_all(reader: Reader, node: Node) -> None:
    x = ready(reader, node, reader.signal(node))
    rank = len(x.axes)
    is_reduction = node.op.startswith("Reduce")
    axes = reader.integers(node, 1, "axes") if is_reduction else list(range(2, rank))
    reduced = sorted({axis % rank for axis in axes or [] if -rank <= axis < rank})
    kept = [place for place in x.others if place not in reduced]
    if x.batch in reduced or len(kept) != 1 or len(reduced) != rank - 2 or not reduced:
        raise reader.refusal(node, "it works along other axes than all but the channels")
    source, shape = reader.feed(x, [*reduced, *kept])
    kind: Layer = GlobalMaxPool() if node.op.endswith(("MaxPool", "Max")) else GlobalAveragePool()
    name = reader.draft.add(kind, (source,), name=reader.owner(node))
    made = fresh(name, shape[-1:], (0, 1))
    axis = {x.batch: made.axes[0], kept[0]: made.axes[1]}
    keeps = not is_reduction or number(node.attributes.get("keepdims"), 1)
    found = [axis.get(place, ()) for place in range(rank) if keeps or place in axis]
    reader.put(node, replace(made, axes=tuple(found)))
