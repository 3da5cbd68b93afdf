"""The way of an ONNX model to the bytes of its file (onnx.proto, IR version 9)."""

import numpy as np

from neuralstudio.engine.graph import Array
from neuralstudio.project.foreign.onnx_model import (
    TYPES,
    Attribute,
    Graph,
    Node,
    OnnxModel,
    Port,
)
from neuralstudio.project.foreign.protobuf import Message

_IR_VERSION = 9
_NUMBERS = {np.dtype(kind): number for number, kind in TYPES.items()}


def encoded(model: OnnxModel) -> Message:
    """The file as a message: its size is known before its bytes are joined."""
    to = Message()
    to.number(1, _IR_VERSION)
    to.text(2, model.producer)
    to.text(6, model.doc)
    to.message(7, _encoded_graph(model.graph))
    opset = Message()
    opset.text(1, "")
    opset.number(2, model.opset)
    to.message(8, opset)
    to.messages(14, (_pair(key, value) for key, value in model.metadata.items()))
    return to


def _pair(key: str, value: str) -> Message:
    to = Message()
    to.text(1, key)
    to.text(2, value)
    return to


def _encoded_graph(graph: Graph) -> Message:
    to = Message()
    to.messages(1, map(_encoded_node, graph.nodes))
    to.text(2, graph.name)
    to.messages(5, (_encoded_tensor(array, name) for name, array in graph.tensors.items()))
    to.messages(11, map(_encoded_port, graph.inputs))
    to.messages(12, map(_encoded_port, graph.outputs))
    return to


def _encoded_node(node: Node) -> Message:
    to = Message()
    for name in node.inputs:
        to.text(1, name)
    for name in node.outputs:
        to.text(2, name)
    to.text(3, node.name)
    to.text(4, node.op)
    to.messages(5, (_encoded_attribute(name, value) for name, value in node.attributes.items()))
    return to


def _encoded_attribute(name: str, value: Attribute) -> Message:
    to = Message()
    to.text(1, name)
    match value:
        case int():
            to.number(3, value)
            kind = 2
        case float():
            to.float32(2, value)
            kind = 1
        case str():
            to.text(4, value)
            kind = 3
        case tuple():
            for each in value:
                if isinstance(each, str):
                    to.text(9, each)
                else:
                    to.number(8, int(each))
            kind = 8 if isinstance(value[0], str) else 7
        case _:
            raise TypeError(f"attribute {name} of {type(value).__name__}")
    to.number(20, kind)
    return to


def _encoded_tensor(array: Array, name: str) -> Message:
    to = Message()
    for length in array.shape:
        to.number(1, length)
    to.number(2, _NUMBERS[array.dtype])
    to.text(8, name)
    to.content(9, np.asarray(array, array.dtype.newbyteorder("<")).tobytes())
    return to


def _encoded_port(port: Port) -> Message:
    shape = Message()
    for length in port.shape or ():
        axis = Message()
        if length is None:
            axis.text(2, port.batch)
        else:
            axis.number(1, length)
        shape.message(1, axis)
    tensor, kind, to = Message(), Message(), Message()
    tensor.number(1, port.type)
    tensor.message(2, shape)
    kind.message(1, tensor)
    to.text(1, port.name)
    to.message(2, kind)
    return to
