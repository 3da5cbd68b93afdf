"""One sample's way through a network: what every layer makes of it, the loss, and the error coming back."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

import numpy as np

from neuralstudio.engine.compile import compile_program
from neuralstudio.engine.differentiate import gradients
from neuralstudio.engine.graph import Array, Dtype, Tensor, apply, claim, placeholder
from neuralstudio.engine.loss_function import behind
from neuralstudio.engine.ops.shape import Reshape
from neuralstudio.layers._base import Scope
from neuralstudio.network.model import Model
from neuralstudio.network.spec import DATA
from neuralstudio.network.targets import class_counts, encoded


@dataclass(frozen=True)
class Signal:
    """What one sample does in a network, forwards and backwards.

    ``outputs`` and ``errors`` (∂loss/∂output) go by node id, the data under ``DATA``, without the axis of
    the batch; ``gradients`` (∂loss/∂weight) by weight name. Where the loss takes the logits, the error of
    the last layer is that of its logits. Without a target there are outputs only, and ``loss`` is None; a
    path that reaches less far leaves ``gradients`` or both empty.
    """

    outputs: Mapping[str, Array]
    errors: Mapping[str, Array]
    gradients: Mapping[str, Array]
    loss: float | None


Reach = Literal["outputs", "errors", "gradients"]
"""How far a sample is followed: to the loss, back to the data, or to the gradients of all weights as well."""


class SignalPath:
    """The program that sends one sample through a model as when predicting: no dropout, no noise.

    train_targets: for losses that weigh rare classes more. The program is compiled once; ``follow`` uses the
    model's weights as they are then, and changes nothing of the model.
    """

    def __init__(self, model: Model, train_targets: Array | None = None, reach: Reach = "gradients") -> None:
        classes = len(model.signature.classes)
        loss = model.loss
        if classes:
            known = np.arange(classes) if train_targets is None else train_targets
            loss = loss.resolved(class_counts(known, classes))
        self._model, self._classes = model, classes
        tensors, weights, states = _graph(model)
        output = tensors[model.output_id]
        is_index = model.encoding == "index"
        shape = output.shape[:-1] if is_index else output.shape
        value = loss.build(output, placeholder("target", shape, "index" if is_index else "float"))
        # Tokens have no slope.
        followed = {name: each for name, each in tensors.items() if each.dtype == "float"}
        followed = followed if reach != "outputs" else {}
        learnt = weights if reach == "gradients" else {}
        slopes = gradients(value, [*followed.values(), *learnt.values()])
        names = [*(f"error {name}" for name in followed), *(f"gradient {name}" for name in learnt)]
        named = {f"output {name}": tensor for name, tensor in tensors.items() if name != DATA}
        named |= {name: slope for name, slope in zip(names, slopes, strict=True) if slope is not None}
        if followed and f"error {model.output_id}" not in named and behind(output).inputs:
            (of_logits,) = gradients(value, [behind(output).inputs[0]])
            named |= {f"error {model.output_id}": of_logits} if of_logits is not None else {}
        self._shapes = {name: tensor.shape[1:] for name, tensor in tensors.items()}
        arrays = {id(each): model.parameters.value(name) for name, each in (weights | states).items()}
        self._program = compile_program({"loss": value} | named, arrays, dtype=model.dtype, is_plain=True)

    def follow(self, inputs: Array, target: Array | None = None) -> Signal:
        """inputs: a scaled sample, of the data set's shape; target: as the data set has it for one sample."""
        program, model = self._program, self._model
        program.inputs["x"][...] = inputs[None]
        if target is not None:
            program.inputs["target"][...] = encoded(np.asarray(target)[None], model.encoding, self._classes)
        with np.errstate(all="ignore"):
            program.run()
        outputs = self._named("output") | {DATA: np.asarray(inputs)}
        if target is None:
            return Signal(outputs, {}, {}, None)
        errors, slopes = self._named("error"), self._named("gradient")
        return Signal(outputs, errors, slopes, float(program.outputs["loss"]))

    def _named(self, what: str) -> dict[str, Array]:
        """Copies of the arrays of one sort, those of nodes in the shape of the node's output."""
        found = {}
        for title, array in self._program.outputs.items():
            sort, _, name = title.partition(" ")
            if sort == what:
                found[name] = array.reshape(self._shapes.get(name, array.shape)).copy()
        return found


def _graph(model: Model) -> tuple[dict[str, Tensor], dict[str, Tensor], dict[str, Tensor]]:
    """The outputs of all nodes for one sample by id, then weights and running means by name.

    A node reads its sources through a reshape to the same shape, so that no op looks into the layer before:
    every output is a step of its own on the way back, also that of a convolution under max pooling.
    """
    signature = model.signature
    kind: Dtype = "index" if signature.vocabulary else "float"
    tensors = {DATA: placeholder("x", (1, *signature.input_shape), kind)}
    tensors[DATA].owner = DATA
    weights: dict[str, Tensor] = {}
    states: dict[str, Tensor] = {}
    for node in model.spec:
        read = [tensors[source] for source in node.inputs]
        sources = [apply(Reshape(each.shape), each) if each.dtype == "float" else each for each in read]
        scope = Scope(node.id, False, signature.vocabulary, signature.steps)
        tensors[node.id] = node.layer.join(sources, scope)
        for weight in (*scope.weights.values(), *scope.states.values()):
            weight.owner = node.id
        claim(tensors[node.id], node.id)
        weights |= scope.weights
        states |= scope.states
    return tensors, weights, states
