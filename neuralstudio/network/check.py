"""What can be said of a network before it runs: shapes, weights, cost, and all that is wrong with it."""

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from math import prod

from neuralstudio.data._base import Signature
from neuralstudio.engine.graph import Shape, Tensor, topological
from neuralstudio.engine.losses import LossFunction
from neuralstudio.network.doubts import doubts
from neuralstudio.network.ending import ending_problems
from neuralstudio.network.learning import is_idle
from neuralstudio.network.memory import in_words, memory_limit
from neuralstudio.network.shards import sample_cost
from neuralstudio.network.spec import NetworkSpec, Node, display_name
from neuralstudio.network.trace import Trace, trace
from neuralstudio.network.wiring import Wiring, dead_ends, wiring_problems
from neuralstudio.schema.problem import Problem, errors

TOO_LARGE = "training would take"
"""How it is said that there is not enough memory."""
_UNKNOWN = (Problem("", "Its shape is not known"),)
"""Instead of what is wrong with an end that problems before it hide."""


@dataclass(frozen=True)
class NodeReport:
    """One card's figures. ``input_shape`` and ``output_shape`` (without batch) are None behind a problem."""

    input_shape: Shape | None
    output_shape: Shape | None
    weight_shapes: dict[str, Shape]
    flops: int
    state_shapes: dict[str, Shape] = field(default_factory=dict)
    """Numbers kept with the weights but not trained, such as running means."""

    @property
    def weights(self) -> int:
        return sum(prod(shape) for shape in self.weight_shapes.values())


@dataclass(frozen=True)
class Report:
    """The check of a whole network. ``nodes`` is keyed by node id."""

    nodes: dict[str, NodeReport]
    problems: tuple[Problem, ...]
    batch: int = 1
    sample_bytes: int = 0
    """What the outputs of all layers take for one sample, with what their gradients need."""

    @property
    def weights(self) -> int:
        return sum(node.weights for node in self.nodes.values())

    @property
    def flops(self) -> int:
        """Floating-point operations for one sample, forwards."""
        return sum(node.flops for node in self.nodes.values())

    @property
    def training_bytes(self) -> int:
        """Weights, gradients and two optimiser vectors, and a batch on its way forth and back, in float32."""
        return 4 * 4 * self.weights + 2 * self.batch * self.sample_bytes

    @property
    def can_train(self) -> bool:
        return not errors(self.problems)

    def of(self, node_id: str) -> tuple[Problem, ...]:
        """The problems of one node."""
        return tuple(problem for problem in self.problems if problem.node == node_id)


def check(
    spec: NetworkSpec, signature: Signature, loss: LossFunction, batch: int = 32, samples: int = 0
) -> Report:
    """Traces one sample through the network and collects figures and problems.

    ``batch`` is the size of a training batch, for the memory that training takes; ``samples`` is how many
    there are to learn from, 0 if that is not known.
    """
    traced, wiring = trace(spec, signature, 1, is_training=True), Wiring(spec)
    problems = [*wiring_problems(spec), *traced.problems]
    if not any(problem.field == "id" for problem in problems):  # else wires mean nothing yet
        problems += _learning_problems(wiring, signature, loss, traced)
        problems += doubts(wiring, traced)
    if traced.is_whole_batch and batch == 1:
        what = "With one sample a batch, batch norm has nothing to average over"
        problems.append(Problem("Network", what, "Make the batch larger.", "warning", field="batch_size"))
    if 0 < samples < batch:
        what = f"A batch of {batch:,} is more than the {samples:,} samples there are to learn from"
        remedy = "Make the batch smaller: now each epoch is a single step."
        problems.append(Problem("Training", what, remedy, "warning", field="batch_size"))
    report = Report(_figures(spec, traced), tuple(problems), batch, sample_cost(traced).bytes)
    return replace(report, problems=(*report.problems, *_memory_problems(spec, report)))


def _figures(spec: NetworkSpec, traced: Trace) -> dict[str, NodeReport]:
    flops: dict[str, int] = defaultdict(int)
    for tensor in topological(traced.tensors.values()):
        flops[tensor.owner] += tensor.op.flops(tensor)
    weights, states = _shapes_by_owner(traced.weights), _shapes_by_owner(traced.states)
    return {
        node.id: NodeReport(
            traced.shape(node.inputs[0]) if node.inputs else None,
            traced.shape(node.id),
            weights[node.id],
            flops[node.id],
            states[node.id],
        )
        for node in spec.nodes
    }


def _shapes_by_owner(tensors: Mapping[str, Tensor]) -> dict[str, dict[str, Shape]]:
    found: dict[str, dict[str, Shape]] = defaultdict(dict)
    for name, tensor in tensors.items():
        found[tensor.owner][name] = tensor.shape
    return found


def _learning_problems(
    wiring: Wiring, signature: Signature, loss: LossFunction, traced: Trace
) -> list[Problem]:
    """Why nothing could be learnt: ends that lead nowhere, no weights, an output that does not fit."""
    ends = wiring.ends
    endings = {
        node.id: ending_problems(node, wiring.nodes, traced, signature, loss)
        for node in ends
        if node.id in traced.tensors
    }
    if not ends or wiring.has_loose_chain:  # whose end the output is likely to be
        return []

    def fitness(node: Node) -> tuple[bool, int]:
        return not errors(endings.get(node.id, _UNKNOWN)), wiring.depth(node)

    # Of several ends the output is the one that fits; else the longest way, else the one added last.
    last = max(reversed(ends), key=fitness)
    found = dead_ends(wiring, last)
    if last.id not in traced.tensors:
        return found
    if not traced.weights:
        what = "No layer has weights, so there is nothing to train"
        return [*found, Problem("Network", what, "Add a Dense layer.")]
    if all(wiring.nodes[weight.owner].learning.is_frozen for weight in traced.weights.values()):
        what = "All layers are frozen, so nothing can learn"
        found.append(Problem("Network", what, "Let one of them learn.", field="is_frozen"))
    elif all(is_idle(wiring.nodes[weight.owner].learning) for weight in traced.weights.values()):
        what = "The rate factors of all layers that are not frozen are so small that nothing learns"
        remedy = "Give one of them a rate factor near 1."
        found.append(Problem("Network", what, remedy, "warning", field="rate_factor"))
    return [*found, *endings[last.id]]


def _memory_problems(spec: NetworkSpec, report: Report) -> list[Problem]:
    limit = memory_limit()
    if report.training_bytes <= limit:
        return []
    largest = max(spec, key=lambda node: report.nodes[node.id].weights)
    if 32 * report.weights < report.training_bytes:
        what = (
            f"With {report.batch:,} samples a batch, {TOO_LARGE} {in_words(report.training_bytes)}, "
            f"more than this computer can spare ({in_words(limit)})"
        )
        remedy = "Make the batch or the layers smaller."
        return [Problem("Network", what, remedy, field="batch_size")]
    what = (
        f"With its {report.nodes[largest.id].weights:,} weights, {TOO_LARGE} "
        f"{in_words(report.training_bytes)}, more than this computer can spare ({in_words(limit)})"
    )
    return [Problem(display_name(largest), what, "Make it smaller.", node=largest.id, field="units")]


def shape_text(shape: Shape | None) -> str:
    """A shape for people: "28×28", "784", "?" where it is not known."""
    if shape is None:
        return "?"
    return "×".join(map(str, shape)) or "1"
