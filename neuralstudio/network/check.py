"""What can be said of a network before it runs: shapes, weights, cost, and all that is wrong with it."""

from collections.abc import Collection
from dataclasses import dataclass, field, replace
from math import prod

from neuralstudio.data._base import Signature
from neuralstudio.engine.graph import Shape, Tensor, dimensions, topological
from neuralstudio.engine.losses import LossFunction
from neuralstudio.engine.ops.loss import Softmax
from neuralstudio.engine.ops.shape import Reshape
from neuralstudio.network.memory import in_words, memory_limit
from neuralstudio.network.shards import sample_cost
from neuralstudio.network.spec import DATA, NetworkSpec, Node, display_name
from neuralstudio.network.trace import Trace, trace
from neuralstudio.schema.problem import Problem, ProblemError, errors


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


def check(spec: NetworkSpec, signature: Signature, loss: LossFunction, batch: int = 32) -> Report:
    """Traces one sample through the network and collects figures and problems.

    ``batch`` is the size of a training batch, for the memory that training takes.
    """
    traced = trace(spec, signature, 1, is_training=True)
    problems = list(traced.problems)
    problems += _structure_problems(spec)
    problems += _loss_problems(spec, signature, loss, traced)
    problems += _idle_layers(spec, traced)
    if traced.is_whole_batch and batch == 1:
        what = "With one sample a batch, batch norm has nothing to average over"
        problems.append(Problem("Network", what, "Make the batch larger.", "warning", field="batch_size"))
    flops: dict[str, int] = {}
    for tensor in topological(traced.tensors.values()):
        flops[tensor.owner] = flops.get(tensor.owner, 0) + tensor.op.flops(tensor)
    nodes = {
        node.id: NodeReport(
            traced.shape(node.inputs[0]) if node.inputs else None,
            traced.shape(node.id),
            {name: weight.shape for name, weight in traced.weights_of(node.id).items()},
            flops.get(node.id, 0),
            {name: state.shape for name, state in traced.states.items() if state.owner == node.id},
        )
        for node in spec.nodes
    }
    report = Report(nodes, tuple(problems), batch, sample_cost(traced).bytes)
    return replace(report, problems=(*report.problems, *_memory_problems(spec, report)))


def _structure_problems(spec: NetworkSpec) -> list[Problem]:
    if not spec.nodes:
        return [Problem("Network", "There are no layers yet", "Add a layer from the palette.")]
    known = {DATA}
    for node in spec.nodes:
        what = _wiring_fault(node, known)
        if what:
            return [Problem(display_name(node), what, "Remove it and add it again.", node=node.id)]
        known.add(node.id)
    if len(spec.outputs) > 1:
        names = " and ".join(display_name(node) for node in spec.outputs)
        return [Problem("Network", f"It has several ends: {names}", "Remove or join all but one.")]
    return []


def _wiring_fault(node: Node, known: Collection[str]) -> str:
    """What is wrong with a node's id or inputs (only a file can bring that in; edits keep them right)."""
    if node.id in known:
        return f"There is another layer with the id “{node.id}”"
    if not node.inputs:
        return "It has no input"
    if len(node.inputs) > 1 and not node.layer.takes_several:
        return f"It has {len(node.inputs)} inputs, but takes one"
    for source in node.inputs:
        if source not in known:
            return f"It reads “{source}”, but no layer before it has that id"
    return ""


def _loss_problems(
    spec: NetworkSpec, signature: Signature, loss: LossFunction, traced: Trace
) -> list[Problem]:
    if len(spec.outputs) != 1 or spec.outputs[0].id not in traced.tensors:
        return []
    last = spec.outputs[0]
    output = traced.tensors[last.id]
    if not traced.weights:
        return [
            Problem("Network", "No layer has weights, so there is nothing to train", "Add a Dense layer.")
        ]
    if all(spec[weight.owner].learning.is_frozen for weight in traced.weights.values()):
        return [Problem("Network", "All layers are frozen, so nothing can learn", "Let one of them learn.")]
    steps = output.shape[1:-1]
    if steps != ((signature.steps,) if signature.steps else ()) or len(output.shape) < 2:
        return [_wrong_form(last, output, signature)]
    try:
        encoding = loss.encoding(output, len(signature.classes))
    except ProblemError as error:
        return [
            Problem(each.where, each.what, each.remedy, node=last.id, field=each.field)
            for each in error.problems
        ]
    computed = output
    while isinstance(computed.op, Reshape):
        computed = computed.inputs[0]
    if output.shape[-1] == 1 and isinstance(computed.op, Softmax):
        what = "A softmax over a single unit is always 1"
        remedy = "Use sigmoid, or a unit for each class."
        return [Problem(display_name(last), what, remedy, node=last.id, field="activation")]
    if encoding == "numbers" and output.shape[-1] != signature.numbers:
        what = (
            f"The last layer's output is {output.shape[-1]} wide, but {signature.numbers} are to be predicted"
        )
        remedy = f"Let the last layer have as many units as numbers to predict: {signature.numbers}."
        return [Problem(display_name(last), what, remedy, node=last.id, field="units")]
    return []


def _wrong_form(last: Node, output: Tensor, signature: Signature) -> Problem:
    """The problem of an output that has not the form of a target."""
    shape = dimensions(output.shape[1:])
    if signature.steps:
        what = (
            f"The last layer's output is {shape}, but each of {signature.steps} steps needs a row of numbers"
        )
        remedy = "Let recurrent layers return all steps, and end with Dense."
    else:
        what = f"The last layer's output is {shape}, but a row of numbers is needed"
        remedy = "Insert Flatten, then Dense."
    return Problem(display_name(last), what, remedy, node=last.id)


def _memory_problems(spec: NetworkSpec, report: Report) -> list[Problem]:
    limit = memory_limit()
    if report.training_bytes <= limit:
        return []
    largest = max(spec, key=lambda node: report.nodes[node.id].weights)
    if 32 * report.weights < report.training_bytes:
        what = (
            f"With {report.batch:,} samples a batch, training would take {in_words(report.training_bytes)}, "
            f"more than this computer can spare ({in_words(limit)})"
        )
        remedy = "Make the batch or the layers smaller."
        return [Problem("Network", what, remedy, field="batch_size")]
    what = (
        f"With its {report.nodes[largest.id].weights:,} weights, training would take "
        f"{in_words(report.training_bytes)}, more than this computer can spare ({in_words(limit)})"
    )
    return [Problem(display_name(largest), what, "Make it smaller.", node=largest.id, field="units")]


def _idle_layers(spec: NetworkSpec, traced: Trace) -> list[Problem]:
    """Layers that pass on what they get: allowed, but worth a word."""
    idle = []
    for node in spec.nodes:
        before = traced.tensors.get(node.inputs[0]) if node.inputs else None
        after = traced.tensors.get(node.id)
        if before is not None and (after is before or (after is not None and _is_same_view(before, after))):
            name = display_name(node)
            what = "It passes its input on unchanged"
            idle.append(Problem(name, what, "Remove it or change it.", "warning", node.id))
    return idle


def _is_same_view(before: object, after: object) -> bool:
    inputs = getattr(after, "inputs", ())
    is_view = after is not None and getattr(getattr(after, "op", None), "is_view", False)
    return is_view and inputs == (before,) and getattr(after, "shape", 0) == getattr(before, "shape", 1)


def shape_text(shape: Shape | None) -> str:
    """A shape for people: "28×28", "784", "?" where it is not known."""
    if shape is None:
        return "?"
    return "×".join(map(str, shape)) or "1"
