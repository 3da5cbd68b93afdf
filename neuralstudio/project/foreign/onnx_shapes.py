"""Operations of ONNX that move numbers about, and those that are worked out at once from constants."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from math import prod
from typing import Any

import numpy as np

from neuralstudio.engine.graph import Array
from neuralstudio.layers.embedding import Embedding
from neuralstudio.project.foreign.draft import layer
from neuralstudio.project.foreign.onnx_features import features
from neuralstudio.project.foreign.onnx_model import Node
from neuralstudio.project.foreign.onnx_reader import Reader, number, reads, whole
from neuralstudio.project.foreign.onnx_recurrent import only_last_step
from neuralstudio.project.foreign.onnx_signals import (
    BATCH,
    Signal,
    fresh,
    reshaped,
    squeezed,
    transposed,
    unsqueezed,
)

_WHOLE, _REAL = (6, 7), (1, 10, 11)


@reads("Constant")
def constant(reader: Reader, node: Node) -> None:
    found = next((value for key, value in node.attributes.items() if key.startswith("value")), None)
    if found is None or isinstance(found, str):
        raise reader.refusal(node, "it holds no numbers")
    array = np.asarray(found)
    if array.dtype.kind not in "biuf":
        raise reader.refusal(node, "it holds no numbers")
    reader.put(node, array.astype(np.float32) if array.dtype == np.float64 and array.ndim < 2 else array)


@reads("ConstantOfShape", "Expand")
def filled(reader: Reader, node: Node) -> None:
    """Only what a network needs of it: numbers that are all the same, such as a first state of zeros."""
    is_expand = node.op == "Expand"
    shape = [int(each) for each in reader.array(node, int(is_expand)).ravel()]
    value: Any = reader.array(node, 0) if is_expand else node.attributes.get("value", np.zeros(1, np.float32))
    if np.size(value) != 1 or any(length < 0 for length in shape) or len(shape) > 16:
        raise reader.refusal(node, "it repeats more than one number")
    reader.fold(prod(shape))
    reader.put(node, np.full(shape, np.asarray(value).ravel()[0]))


@reads("Identity")
def identity(reader: Reader, node: Node) -> None:
    reader.put(node, reader.given(node, 0))


@reads("Cast")
def cast(reader: Reader, node: Node) -> None:
    value, to = reader.given(node, 0), number(node.attributes.get("to"))
    if to not in (*_WHOLE, *_REAL):
        raise reader.refusal(node, "it makes numbers of another kind")
    if isinstance(value, Signal):
        is_start = not reader.draft.parts
        if to in _WHOLE and not value.is_token and not is_start:
            raise reader.refusal(node, "it rounds numbers")
        reader.put(node, replace(value, is_token=value.is_token or to in _WHOLE))
        return
    reader.put(node, value.astype(np.int64 if to in _WHOLE else np.float32))


@reads("Shape")
def shape(reader: Reader, node: Node) -> None:
    value = reader.given(node, 0)
    if not isinstance(value, Signal):
        reader.put(node, np.array(value.shape, np.int64))
        return
    lengths = list(value.sizes(range(len(value.axes))))
    lengths[value.batch] = 0  # what a Reshape takes for "as it was"
    start, end = number(node.attributes.get("start")), number(node.attributes.get("end"), len(lengths))
    reader.put(node, np.array(lengths[start:end], np.int64))


@reads("Transpose")
def transpose(reader: Reader, node: Node) -> None:
    value, order = reader.given(node, 0), whole(node.attributes.get("perm"))
    if isinstance(value, Signal):
        reader.put(node, transposed(value, order or range(len(value.axes))[::-1]))
    else:
        reader.put(node, _by_numpy(reader, node, lambda: value.transpose(order or None)))


@reads("Flatten")
def flatten(reader: Reader, node: Node) -> None:
    value, axis = reader.signal(node), number(node.attributes.get("axis"), 1)
    if value.batch or axis not in (1, 1 - len(value.axes)):
        raise reader.refusal(node, "it joins samples")
    size = prod(value.sizes(value.others))
    reader.put(node, reshaped(value, (0, size), reader.owner(node)))


@reads("Reshape")
def reshape(reader: Reader, node: Node) -> None:
    value, lengths = reader.given(node, 0), reader.integers(node, 1, "shape")
    if lengths is None or number(node.attributes.get("allowzero")) or len(lengths) > 16:
        raise reader.refusal(node, "its shape is not constant")
    if isinstance(value, Signal):
        reader.put(node, reshaped(value, lengths, reader.owner(node), reader.fixed_batch))
        return
    filled = [each or value.shape[place] for place, each in enumerate(lengths[: value.ndim])]
    reader.put(node, _by_numpy(reader, node, lambda: value.reshape(*filled, *lengths[value.ndim :])))


@reads("Squeeze", "Unsqueeze")
def squeeze(reader: Reader, node: Node) -> None:
    value, axes = reader.given(node, 0), reader.integers(node, 1, "axes") or []
    change = squeezed if node.op == "Squeeze" else unsqueezed
    if isinstance(value, Signal):
        reader.put(node, replace(change(value, axes), via=value.via))
    elif node.op == "Squeeze":
        reader.put(node, _by_numpy(reader, node, lambda: np.squeeze(value, tuple(axes) or None)))
    else:
        reader.put(node, _by_numpy(reader, node, lambda: np.expand_dims(value, tuple(axes))))


@reads("Gather")
def gather(reader: Reader, node: Node) -> None:
    value, index = reader.given(node, 0), reader.given(node, 1)
    axis = number(node.attributes.get("axis"))
    if isinstance(index, Signal):
        if isinstance(value, Signal) or axis:
            raise reader.refusal(node, "it looks numbers up in something that is not constant")
        _embed(reader, node, index)
        return
    if not isinstance(value, Signal):
        reader.put(node, _taken(reader, node, value, index, axis))
        return
    if features(reader, node, value):
        return
    if index.size != 1 or index.dtype.kind not in "iu" or index.ndim > 1:
        raise reader.refusal(node, "it picks out numbers")
    place = axis % len(value.axes)
    found = _one_step(reader, node, value, place, int(index.ravel()[0]))
    reader.put(node, found if index.ndim else squeezed(found, [place]))


def _taken(reader: Reader, node: Node, value: Array, index: Array, axis: int) -> Array:
    if not -value.ndim <= axis < value.ndim:
        raise reader.refusal(node, "it has no such axis")
    reader.fold(index.size * (value.size // max(value.shape[axis], 1)))
    return _by_numpy(reader, node, lambda: np.take(value, index, axis))


@reads("Slice")
def cut_out(reader: Reader, node: Node) -> None:
    value = reader.given(node, 0)
    starts, ends = reader.integers(node, 1, "starts"), reader.integers(node, 2, "ends")
    axes, steps = reader.integers(node, 3, "axes"), reader.integers(node, 4, "steps")
    if starts is None or ends is None or len(starts) != len(ends) or any(step != 1 for step in steps or []):
        raise reader.refusal(node, "it cuts out in steps")
    places = axes if axes is not None else list(range(len(starts)))
    if isinstance(value, Signal):
        for axis, start, end in zip(places, starts, ends, strict=False):
            place = axis % len(value.axes)
            if value.axes[place] == (BATCH,):
                raise reader.refusal(node, "it picks out samples")
            (length,) = value.sizes([place])
            first, last, _ = slice(start, end).indices(length)
            if (first, last) != (0, length):
                if last - first != 1:
                    raise reader.refusal(node, "it picks out numbers")
                value = _one_step(reader, node, value, place, first)
        reader.put(node, value)
        return
    cuts = [slice(None)] * value.ndim
    for axis, start, end in zip(places, starts, ends, strict=False):
        if not -value.ndim <= axis < value.ndim:
            raise reader.refusal(node, "it has no such axis")
        cuts[axis] = slice(start, end)
    reader.put(node, value[tuple(cuts)])


def _one_step(reader: Reader, node: Node, value: Signal, place: int, index: int) -> Signal:
    """One number along an axis: the only one there is, or the last step of a recurrent layer."""
    if value.axes[place] == (BATCH,):
        raise reader.refusal(node, "it picks out samples")
    (length,) = value.sizes([place])
    if not -length <= index < length:
        raise reader.refusal(node, "it picks out numbers that do not exist")
    if length == 1:
        return value
    found = only_last_step(reader, value, place, index % length)
    if found is None:
        raise reader.refusal(node, "it picks out numbers, and only the last step of a recurrent layer can be")
    return found


def _embed(reader: Reader, node: Node, index: Signal) -> None:
    table = reader.weight(node, 0, 2)
    if not index.is_token or reader.draft.parts:
        raise reader.refusal(node, "what it looks up are not the input's tokens")
    source, tokens = reader.feed(index, index.others)
    vocabulary, dimensions = table.shape
    reader.vocabulary = vocabulary
    kind = layer(Embedding, vocabulary=vocabulary, dimensions=dimensions)
    name = reader.draft.add(kind, (source,), {"table": table}, reader.owner(node))
    order = [0 if place == index.batch else index.others.index(place) + 1 for place in range(len(index.axes))]
    reader.put(node, fresh(name, (*tokens, dimensions), [*order, len(order)]))


def joined(reader: Reader, node: Node, arrays: Sequence[Array], axis: int) -> Array:
    """Constants behind one another."""
    reader.fold(sum(array.size for array in arrays))
    return _by_numpy(reader, node, lambda: np.concatenate(arrays, axis))


_FOLDS: dict[str, Callable[..., Any]] = {
    "Add": np.add,
    "Sub": np.subtract,
    "Mul": np.multiply,
    "Div": np.divide,
    "Pow": np.power,
    "Max": np.maximum,
    "Min": np.minimum,
    "Neg": np.negative,
    "Sqrt": np.sqrt,
    "Exp": np.exp,
    "Abs": np.abs,
    "Reciprocal": lambda x: 1 / x,
}


def folded(reader: Reader, node: Node, arrays: Sequence[Array]) -> Array:
    """The result of an operation on constants alone."""
    if node.op not in _FOLDS:
        raise reader.refusal(node, "its input does not depend on the network's")
    if any(array.dtype.kind == "i" and not array.all() for array in arrays):
        raise reader.refusal(node, "it computes with the number of samples")
    try:
        reader.fold(prod(np.broadcast_shapes(*(array.shape for array in arrays))))
    except ValueError:
        raise reader.refusal(node, "its constants do not fit together") from None
    function = _FOLDS[node.op]
    with np.errstate(all="ignore"):
        result = np.asarray(function(*arrays))
    return result.astype(np.float32) if result.dtype == np.float64 else result


def _by_numpy(reader: Reader, node: Node, change: Callable[[], Any]) -> Array:
    """The change of a constant; what NumPy finds wrong with it is wrong with the file."""
    try:
        return np.asarray(change())
    except (ValueError, IndexError, TypeError, OverflowError):
        raise reader.refusal(node, "its constants do not fit together") from None
