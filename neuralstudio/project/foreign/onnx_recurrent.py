"""ONNX's recurrent operations. They read (steps, batch, features) and number the directions on an axis."""

from collections.abc import Mapping
from dataclasses import replace

import msgspec
import numpy as np

from neuralstudio.engine.activations import ReLU, Tanh
from neuralstudio.engine.graph import Array
from neuralstudio.layers._base import Layer
from neuralstudio.layers.gru import GRU
from neuralstudio.layers.lstm import LSTM
from neuralstudio.layers.simple_rnn import SimpleRNN
from neuralstudio.project.foreign.draft import layer
from neuralstudio.project.foreign.onnx_model import Node
from neuralstudio.project.foreign.onnx_reader import Reader, TurnedError, number, reads, word
from neuralstudio.project.foreign.onnx_signals import Signal, fresh

_KINDS: Mapping[str, type[Layer]] = {"LSTM": LSTM, "GRU": GRU, "RNN": SimpleRNN}
_GATES = {"LSTM": (0, 2, 3, 1), "GRU": (0, 1, 2), "RNN": (0,)}
"""Where each of our gates stands among ONNX's."""
_USUAL = {"LSTM": ("sigmoid", "tanh", "tanh"), "GRU": ("sigmoid", "tanh"), "RNN": ("tanh",)}
_DIRECTIONS = {"forward": "forward", "reverse": "backward", "bidirectional": "both"}


@reads("LSTM", "GRU", "RNN")
def recurrent(reader: Reader, node: Node) -> None:
    x, is_batch_first = reader.signal(node), bool(number(node.attributes.get("layout")))
    kernel, state_kernel = reader.weight(node, 1, 3), reader.weight(node, 2, 3)
    ways, rows, features = kernel.shape
    gates = _GATES[node.op]
    units = rows // len(gates)
    direction = _DIRECTIONS.get(word(node.attributes.get("direction"), "forward"), "")
    if state_kernel.shape != (ways, rows, units) or ways != 1 + (direction == "both") or not direction:
        raise reader.refusal(node, "its weights do not fit together")
    bias = np.zeros((ways, 2 * rows), np.float32)
    if reader.has(node, 3):
        bias = reader.weight(node, 3, 2)
    if bias.shape != (ways, 2 * rows):
        raise reader.refusal(node, "its weights do not fit together")
    settings = {"units": units, "direction": direction} | _checked_settings(reader, node, ways)
    if len(x.axes) != 3 or x.batch != (0 if is_batch_first else 1):
        raise TurnedError("It reads sequences whose axes lie in another order")
    source, (steps, width) = reader.feed(x, x.others, is_channel_open=True)
    if width != features:
        raise reader.refusal(node, f"it reads {width} features, but has weights for {features}")
    returns = _returns(reader, node)
    weights: dict[str, Array] = {}
    for way in range(ways):
        prefix = "backward_" if way else ""
        parts = _weights(kernel[way], state_kernel[way], bias[way], gates, has_two=node.op == "GRU")
        weights |= {prefix + name: array for name, array in parts.items()}
    kind = layer(_KINDS[node.op], returns=returns, **settings)
    name = reader.draft.add(kind, (source,), weights, reader.owner(node))
    shape = (ways, units) if returns == "last" else (steps, ways, units)
    order = (1, 0, 2) if returns == "last" else (1, 2, 0, 3)
    if is_batch_first:
        order = (0, 1, 2) if returns == "last" else (0, 1, 2, 3)
    signal = fresh(name, shape, order)
    signal = replace(signal, shape=(*shape[:-2], ways * units))
    reader.values[node.outputs[0 if returns == "all" else 1]] = signal


def _returns(reader: Reader, node: Node) -> str:
    """Which of the outputs is used: all steps, the last one; the memory never."""
    names = (*node.outputs, "", "", "")
    used = [bool(name) and name in reader.uses for name in names[:3]]
    if used[2] or used[0] == used[1]:
        raise reader.refusal(node, "more than one of its outputs is used")
    return "all" if used[0] else "last"


def _checked_settings(reader: Reader, node: Node, ways: int) -> dict[str, object]:
    attributes = node.attributes
    if "clip" in attributes or number(attributes.get("input_forget")) or reader.has(node, 7):
        raise reader.refusal(node, "it has peepholes, clipping or joined gates")
    for place in (5, 6):
        if reader.has(node, place) and reader.array(node, place).any():
            raise reader.refusal(node, "it does not begin with a state of zeros")
    if reader.has(node, 4):
        raise reader.refusal(node, "its sequences have lengths of their own")
    if node.op == "GRU" and not number(attributes.get("linear_before_reset")):
        raise reader.refusal(node, "it resets the state before the product, ours after it")
    named = attributes.get("activations", ())
    found = tuple(str(each).lower() for each in named) if isinstance(named, tuple) else ()
    if not found or found == _USUAL[node.op] * ways:
        return {}
    if node.op == "RNN" and found == ("relu",) * ways:
        return {"activation": ReLU()}
    if node.op == "RNN" and found == ("tanh",) * ways:
        return {"activation": Tanh()}
    raise reader.refusal(node, f"it has other activations ({', '.join(found)[:60]})")


def _weights(
    kernel: Array, state_kernel: Array, bias: Array, gates: tuple[int, ...], *, has_two: bool
) -> dict[str, Array]:
    """Our weights for one direction; a second bias is added to the first where we have only one."""

    def arranged(weight: Array) -> Array:
        parts = np.split(weight, len(gates))
        return np.concatenate([parts[gate] for gate in gates]).T

    first, second = (arranged(each) for each in np.split(bias, 2))
    weights = {"kernel": arranged(kernel), "recurrent_kernel": arranged(state_kernel)}
    return weights | ({"bias": first, "recurrent_bias": second} if has_two else {"bias": first + second})


def only_last_step(reader: Reader, value: Signal, place: int, index: int) -> Signal | None:
    """Makes a recurrent layer return its last step only, if that is the step taken and nobody has more."""
    part = reader.draft.parts.get(value.source)
    if part is None or not isinstance(part.layer, LSTM | GRU | SimpleRNN):
        return None
    kind = part.layer
    last = {"forward": value.shape[0] - 1, "backward": 0}.get(kind.direction)
    is_steps = value.axes[place] == value.atoms[:1]
    if kind.returns != "all" or index != last or not is_steps or reader.draft.readers(value.source):
        return None
    part.layer = msgspec.structs.replace(kind, returns="last")
    reader.cut_short[value.source] = value.shape[1:]
    axes = tuple(() if at == place else axis for at, axis in enumerate(value.axes))
    return replace(value, shape=value.shape[1:], atoms=value.atoms[1:], axes=axes)
