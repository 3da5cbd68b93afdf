"""Walks a spec and has every layer build its part of the graph; finds shapes, weights and problems."""

from dataclasses import dataclass, field

from msgspec.structs import replace

from neuralstudio.data._base import Signature
from neuralstudio.engine.graph import Dtype, Shape, ShapeError, Tensor, claim, placeholder
from neuralstudio.engine.initialisers import InitialiserKind
from neuralstudio.layers._base import Scope
from neuralstudio.network.spec import DATA, NetworkSpec, display_name
from neuralstudio.schema.problem import Problem, ProblemError


@dataclass
class Trace:
    """The graph of a network for one batch size.

    ``tensors`` has the output of each node by id (and the input under ``DATA``); nodes that could not be
    built, and those behind them, are missing there and have a problem or a cause further up. ``updates`` has
    what each of the ``states`` becomes in a training step; ``is_whole_batch`` forbids cutting a batch.
    """

    input: Tensor
    tensors: dict[str, Tensor]
    weights: dict[str, Tensor] = field(default_factory=dict)
    states: dict[str, Tensor] = field(default_factory=dict)
    updates: dict[str, Tensor] = field(default_factory=dict)
    is_whole_batch: bool = False
    initialisers: dict[str, InitialiserKind] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)

    def shape(self, node_id: str) -> Shape | None:
        """Output shape of a node without the batch, where known."""
        tensor = self.tensors.get(node_id)
        return None if tensor is None else tensor.shape[1:]

    def weights_of(self, node_id: str) -> dict[str, Tensor]:
        """The weights a node declared, by full name."""
        return {name: weight for name, weight in self.weights.items() if weight.owner == node_id}


def trace(spec: NetworkSpec, signature: Signature, batch: int, *, is_training: bool) -> Trace:
    """Builds the graph. Never raises for a network that does not fit: see ``Trace.problems``."""
    kind: Dtype = "index" if signature.vocabulary else "float"
    inputs = placeholder("x", (batch, *signature.input_shape), kind)
    inputs.owner = DATA
    result = Trace(inputs, {DATA: inputs})
    for node in spec.nodes:
        sources = [result.tensors[source] for source in node.inputs if source in result.tensors]
        if len(sources) < len(node.inputs) or not sources:
            continue
        is_learning = is_training and not node.learning.is_frozen
        scope = Scope(node.id, is_learning, signature.vocabulary, signature.steps)
        try:
            output = node.layer.join(sources, scope)
        except ShapeError as error:
            result.problems.append(Problem(display_name(node), f"{error}", error.remedy, node=node.id))
            continue
        except ProblemError as error:
            result.problems.extend(replace(each, node=node.id) for each in error.problems)
            continue
        for tensor in (output, *scope.updates.values()):
            claim(tensor, node.id)
        for weight in (*scope.weights.values(), *scope.states.values()):
            weight.owner = node.id
        result.tensors[node.id] = output
        result.weights |= scope.weights
        result.states |= scope.states
        result.updates |= scope.updates
        result.is_whole_batch |= scope.is_whole_batch
        result.initialisers |= scope.initialisers
    return result
