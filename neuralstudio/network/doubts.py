"""Layers that may be as they are, but do nothing or not what they seem to do: worth a word, not a refusal."""

from collections.abc import Collection, Iterator

from neuralstudio.engine.activations import ActivationFunction, Formula, Linear, ReLU, Softmax
from neuralstudio.engine.graph import Tensor
from neuralstudio.layers._base import Layer
from neuralstudio.layers.activation import Activation
from neuralstudio.layers.batch_norm import BatchNorm
from neuralstudio.layers.dense import Dense
from neuralstudio.layers.dropout import Dropout
from neuralstudio.layers.flatten import Flatten
from neuralstudio.layers.layer_norm import LayerNorm
from neuralstudio.layers.reshape import Reshape
from neuralstudio.layers.temperature import Temperature
from neuralstudio.network.spec import Node, display_name
from neuralstudio.network.trace import Trace
from neuralstudio.network.wiring import Wiring
from neuralstudio.schema.problem import Problem

_ONCE = Dropout | BatchNorm | LayerNorm
_FORMS = Flatten | Reshape | Dropout
"""Layers behind which a number is still what it was: in another place, or switched off."""


def activation_field(layer: Layer) -> str:
    """The field that holds a layer's activation function; "" where it has none."""
    names = ("activation", "function")
    return next((name for name in names if isinstance(getattr(layer, name, None), ActivationFunction)), "")


def activation_of(layer: Layer) -> ActivationFunction | None:
    """What a layer does with its numbers at the end, where it does anything."""
    if isinstance(layer, Temperature):
        return Softmax()
    name = activation_field(layer)
    return getattr(layer, name) if name else None


def doubts(wiring: Wiring, traced: Trace) -> list[Problem]:
    """A warning for each layer that had better be another or not be there, at most one for each."""
    owners = {weight.owner for weight in traced.weights.values()}
    found = []
    for node in wiring.nodes.values():
        if node.id in traced.tensors and node.inputs:
            problem = (
                _idle(node, traced)
                or _doubled(node, wiring)
                or _same_again(node, wiring)
                or _repeated(node, wiring)
                or _within(node, wiring, traced, owners)
            )
            found += [problem] if problem else []
    return found


def _idle(node: Node, traced: Trace) -> Problem | None:
    """Layers that pass on what they get."""
    before, after = traced.tensors.get(node.inputs[0]), traced.tensors[node.id]
    is_same = (
        len(node.inputs) == 1 and before is not None and (after is before or _is_same_view(before, after))
    )
    if is_same or _has_trivial_windows(node.layer):
        what = "It passes its input on unchanged"
        return Problem(display_name(node), what, "Remove it or change it.", "warning", node.id)
    return None


def _is_same_view(before: Tensor, after: Tensor) -> bool:
    return after.op.is_view and after.inputs == (before,) and after.shape == before.shape


def _has_trivial_windows(layer: Layer) -> bool:
    """Windows of one pixel each, or enlarging by 1."""
    if getattr(layer, "factor", 0) == 1:
        return True
    return getattr(layer, "size", 0) == 1 and getattr(layer, "stride", 2) <= 1


def _doubled(node: Node, wiring: Wiring) -> Problem | None:
    """A merge that reads one thing twice."""
    twice = next((each for place, each in enumerate(node.inputs) if each in node.inputs[:place]), None)
    if twice is None:
        return None
    name = display_name(wiring.nodes[twice]) if twice in wiring.nodes else "the data"
    what = f"It reads {name} twice, which tells it nothing new"
    return Problem(display_name(node), what, "Wire it to another layer, or remove it.", "warning", node.id)


def _same_again(node: Node, wiring: Wiring) -> Problem | None:
    """Dropout right behind dropout, or a norm right behind the same norm."""
    source = wiring.nodes.get(node.inputs[0])
    if source is None or not isinstance(node.layer, _ONCE) or type(source.layer) is not type(node.layer):
        return None
    name = display_name(source)
    what = f"{name} has normalised its input already, so it does nothing"
    if isinstance(node.layer, Dropout):
        both = 1 - (1 - node.layer.rate) * (1 - getattr(source.layer, "rate", 0.0))
        what = f"{name} comes right before it: together they are one dropout of {both:.0%}"
    return Problem(display_name(node), what, "Remove it.", "warning", node.id)


def _repeated(node: Node, wiring: Wiring) -> Problem | None:
    """An activation right behind the same activation."""
    function = node.layer.function if isinstance(node.layer, Activation) else None
    if function is None or isinstance(function, Formula | Linear):
        return None
    source = wiring.nodes.get(node.inputs[0])
    while source is not None and isinstance(source.layer, _FORMS) and source.inputs:
        source = wiring.nodes.get(source.inputs[0])
    if source is None or activation_of(source.layer) != function:
        return None
    effect = "so it changes nothing" if isinstance(function, ReLU) else "and twice is seldom meant"
    what = f"{display_name(source)} ends with {function.title} already, {effect}"
    return Problem(display_name(node), what, "Remove it.", "warning", node.id)


def _within(node: Node, wiring: Wiring, traced: Trace, owners: Collection[str]) -> Problem | None:
    """What only makes sense at the network's end, in the midst of it."""
    function = activation_of(node.layer)
    readers = list(_readers(node, wiring))
    if not readers or not isinstance(function, Linear | Softmax):
        return None
    name, where = display_name(node), activation_field(node.layer)
    if isinstance(function, Softmax):
        if not any(reader.id in owners for reader in readers):
            return None  # a mean of several answers, say, or weighing by shares
        what = "Within the network its softmax lets little through, as all its outputs share 1"
        remedy = "Use ReLU, and softmax in the last layer only."
        return Problem(name, what, remedy, "warning", node.id, where)
    if not isinstance(node.layer, Dense) or not all(isinstance(each.layer, Dense) for each in readers):
        return None
    kernel = traced.weights[f"{node.id}/kernel"]
    widest = max(reader.layer.units for reader in readers if isinstance(reader.layer, Dense))
    if node.layer.units < min(kernel.shape[0], widest):
        return None  # a bottleneck, as in an autoencoder
    names = " and ".join(dict.fromkeys(display_name(reader) for reader in readers))
    what = f"Without an activation, it and {names} can do no more than one layer alone"
    return Problem(name, what, "Use ReLU, or remove it.", "warning", node.id, where)


def _readers(node: Node, wiring: Wiring) -> Iterator[Node]:
    """Who computes with a node's numbers, looking through layers that only arrange them."""
    waiting = list(wiring.readers.get(node.id, ()))
    while waiting:
        reader = waiting.pop(0)
        if isinstance(reader.layer, _FORMS):
            waiting.extend(wiring.readers.get(reader.id, ()))
        else:
            yield reader
