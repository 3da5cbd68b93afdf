"""The way of an ONNX model from the bytes of its file, which may be damaged or say anything."""

from collections.abc import Iterator
from math import prod

import numpy as np

from neuralstudio.engine.graph import Array
from neuralstudio.project.foreign.onnx_model import (
    FLOAT,
    TYPES,
    Attribute,
    Graph,
    Node,
    OnnxModel,
    Port,
    Subgraph,
)
from neuralstudio.project.foreign.protobuf import (
    DamageError,
    Value,
    fields,
    float32s,
    inner,
    numbers,
    signed,
    text,
)
from neuralstudio.project.foreign.refusal import RefusalError

_MOST_NODES = 20_000
_MOST_TENSORS = 20_000
_MOST_PORTS = 1000
_MOST_NUMBERS = 4096
"""Numbers in a list that is an attribute, and whole numbers in a tensor that is not stored raw."""
_MOST_AXES = 16
_OTHER_TYPES = {2: "uint8", 3: "int8", 4: "uint16", 5: "int16", 8: "text", 12: "uint32", 13: "uint64"}
_OTHER_TYPES |= {14: "complex64", 15: "complex128", 16: "bfloat16"}


def decoded(content: bytes) -> OnnxModel:
    """The model in a file's bytes; its tensors are views of them.

    Raises ``DamageError`` and ``RefusalError``.
    """
    graphs: list[memoryview] = []
    opset, producer, doc, has_version = 0, "", "", False
    metadata: dict[str, str] = {}
    for number, value in fields(memoryview(content)):
        match number:
            case 1:
                has_version = signed(value) > 0
            case 2:
                producer = text(value)
            case 6:
                doc = text(value)
            case 7:
                graphs.append(inner(value))
            case 8:
                domain, version = _opset(value)
                opset = version if domain in ("", "ai.onnx") else opset
            case 14 if len(metadata) < _MOST_PORTS:
                parts = dict(fields(inner(value)))
                metadata[text(parts.get(1, memoryview(b"")))] = text(parts.get(2, memoryview(b"")))
            case 25:
                raise RefusalError("It brings functions of its own along, which are not read")
    if not has_version or len(graphs) != 1:
        raise DamageError("no model")
    return OnnxModel(_graph(graphs[0]), opset, producer, doc, metadata)


def _opset(value: Value) -> tuple[str, int]:
    parts = dict(fields(inner(value)))
    return text(parts.get(1, memoryview(b""))), signed(parts.get(2, 0))


def _graph(content: memoryview) -> Graph:
    nodes: list[Node] = []
    tensors: dict[str, Array] = {}
    ports: dict[int, list[Port]] = {11: [], 12: []}
    name = ""
    for number, value in fields(content):
        match number:
            case 1:
                nodes.append(_node(inner(value)))
            case 2:
                name = text(value)
            case 5:
                key, array = _tensor(inner(value))
                tensors[key] = array
            case 11 | 12:
                ports[number].append(_port(inner(value)))
            case 15:
                raise RefusalError("It holds sparse tensors, which are not read")
        if len(nodes) > _MOST_NODES or max(map(len, (tensors, *ports.values()))) > _MOST_TENSORS:
            raise RefusalError(f"It has more than the {_MOST_NODES:,} operations that can be read")
    return Graph(tuple(nodes), tensors, tuple(ports[11]), tuple(ports[12]), name)


def _node(content: memoryview) -> Node:
    names: dict[int, list[str]] = {1: [], 2: []}
    single: dict[int, str] = {}
    attributes: dict[str, Attribute] = {}
    for number, value in fields(content):
        match number:
            case 1 | 2:
                names[number].append(text(value))
            case 3 | 4 | 7:
                single[number] = text(value)
            case 5:
                name, attribute = _attribute(inner(value))
                attributes[name] = attribute
        if max(map(len, (*names.values(), attributes))) > _MOST_PORTS:
            raise DamageError("a node with too many parts")
    inputs, outputs = tuple(names[1]), tuple(names[2])
    return Node(single.get(4, ""), inputs, outputs, attributes, single.get(3, ""), single.get(7, ""))


def _attribute(content: memoryview) -> tuple[str, Attribute]:
    name = ""
    one: Attribute | None = None
    many: list[int | float] = []
    texts: list[str] = []
    for number, value in fields(content):
        match number:
            case 1:
                name = text(value)
            case 2:
                (one,) = float32s(value)[:1] or [0.0]
            case 3:
                one = signed(value)
            case 4:
                one = bytes(inner(value)).decode("utf-8", "replace")
            case 5:
                one = _tensor(inner(value))[1]
            case 6 | 11:
                one = Subgraph()
            case 7:
                many += float32s(value)
            case 8:
                many += numbers(value, _MOST_NUMBERS)
            case 9:
                texts.append(bytes(inner(value)).decode("utf-8", "replace"))
        if len(many) + len(texts) > _MOST_NUMBERS:
            raise DamageError("a list that is too long")
    return name, (tuple(texts) or tuple(many)) if one is None else one


def _port(content: memoryview) -> Port:
    name = ""
    shape: tuple[int | None, ...] | None = None
    kind = 0
    for number, value in fields(content):
        if number == 1:
            name = text(value)
        elif number == 2:
            for _, tensor in _only(inner(value), 1):
                for part, each in fields(inner(tensor)):
                    if part == 1:
                        kind = signed(each)
                    elif part == 2:
                        shape = tuple(_length(axis) for _, axis in _only(inner(each), 1))
    if shape is not None and len(shape) > _MOST_AXES:
        raise DamageError("too many axes")
    return Port(name, shape, kind)


def _only(content: memoryview, wanted: int) -> Iterator[tuple[int, Value]]:
    return (pair for pair in fields(content) if pair[0] == wanted)


def _length(axis: Value) -> int | None:
    return next((signed(value) for _, value in _only(inner(axis), 1)), None)


def _tensor(content: memoryview) -> tuple[str, Array]:
    """A tensor by name. Its size is worked out and compared with its bytes before anything is made of it."""
    dims: list[int] = []
    whole: list[int] = []
    kind, name, raw, packed = 0, "", None, {}
    for number, value in fields(content):
        match number:
            case 1:
                dims += numbers(value, _MOST_AXES)
            case 2:
                kind = signed(value)
            case 4 | 10:
                packed[number] = inner(value)
            case 5 | 7:
                whole += numbers(value, _MOST_NUMBERS)
            case 8:
                name = text(value)
            case 9:
                raw = inner(value)
            case 13:
                raise RefusalError("Its weights lie in another file, which is not read")
            case 14 if signed(value):
                raise RefusalError("Its weights lie in another file, which is not read")
        if len(dims) > _MOST_AXES or len(whole) > _MOST_NUMBERS:
            raise DamageError("a tensor that is too long")
    if kind not in TYPES:
        noun = _OTHER_TYPES.get(kind, "of an unknown kind")
        raise RefusalError(f"It holds numbers that are not read ({noun})")
    dtype = np.dtype(TYPES[kind]).newbyteorder("<")
    if any(not 0 <= length < 2**31 for length in dims):
        raise DamageError("a length that cannot be")
    size = prod(dims)
    source = raw if raw is not None else packed.get(4 if kind == FLOAT else 10)
    if source is not None and len(source) != size * dtype.itemsize:
        raise DamageError(f"the sizes of {name[:40]!r} do not fit its bytes")
    if source is not None and size:
        return name, np.frombuffer(source, dtype).reshape(dims)
    if len(whole) != size or (whole and kind not in (6, 7, 9)):
        raise DamageError(f"the sizes of {name[:40]!r} do not fit its numbers")
    try:
        return name, np.array(whole, dtype).reshape(dims)
    except (OverflowError, ValueError):
        raise DamageError("a number that is too large") from None
