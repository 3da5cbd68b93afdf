"""Reads an ONNX file: its network and its weights, as data. Nothing else is opened, nothing is run."""

from collections.abc import Sequence
from pathlib import Path

from neuralstudio.data._base import Signature
from neuralstudio.project.archive import open_for_reading
from neuralstudio.project.foreign import (
    onnx_dense,
    onnx_images,
    onnx_merging,
    onnx_normalising,
    onnx_numbers,
    onnx_recurrent,
    onnx_shapes,
)
from neuralstudio.project.foreign.draft import Foreign
from neuralstudio.project.foreign.fitting import finished
from neuralstudio.project.foreign.onnx_decoding import decoded
from neuralstudio.project.foreign.onnx_model import PRODUCER, Graph, OnnxModel, Port
from neuralstudio.project.foreign.onnx_reader import Reader, TurnedError, needed, unknown_operations
from neuralstudio.project.foreign.protobuf import DamageError
from neuralstudio.project.foreign.refusal import RefusalError

MOST_BYTES = 2**31
_FAMILIES = (
    onnx_dense,
    onnx_images,
    onnx_merging,
    onnx_normalising,
    onnx_numbers,
    onnx_recurrent,
    onnx_shapes,
)
"""Importing them declares what each operation means."""
_MOST_NAMED = 3


def read_onnx(path: Path) -> Foreign:
    """The network in the file. Raises ``ProblemError`` (for the file itself) and ``RefusalError``."""
    with open_for_reading(path) as file:
        content = file.read(MOST_BYTES + 1)
    if len(content) > MOST_BYTES:
        raise RefusalError("The file is larger than 2 GB", "Choose a smaller file.")
    try:
        model = decoded(content)
    except DamageError as error:
        what = f"It is no ONNX file, or it is damaged ({error})"
        raise RefusalError(what, "Export it again, or choose another file.") from None
    return network_of(model, path.stem)


def network_of(model: OnnxModel, name: str) -> Foreign:
    """The network of a model; ``name`` is its title if it says none. Raises ``RefusalError``."""
    graph, notes = _checked(model.graph)
    port = next(port for port in graph.inputs if port.name not in graph.tensors)
    first: TurnedError | None = None
    for order in _orders(port):
        reader = Reader(graph, model.opset, order, is_ours=model.producer == PRODUCER)
        try:
            last = reader.run()
        except TurnedError as error:
            first = first or error
            continue
        notes += reader.notes
        if tuple(order) != tuple(range(len(order))):
            notes.append("Its inputs had their axes in another order; here the channels come last.")
        made = reader.shape_of_output
        steps = made[0] if len(made) == 2 else 0
        if not steps:
            reader.draft.step_by_step(reader.by_step)
        reader.draft.join_activations(by_name=reader.is_ours)
        reader.draft.keep(last)
        title = model.metadata.get("title", "") if reader.is_ours else ""
        made_for = Signature(reader.input_shape, vocabulary=reader.vocabulary, steps=steps)
        return finished(reader.draft, made_for, title or name, notes)
    raise first or RefusalError("Its input has another number of axes than any layer here reads")


def _orders(port: Port) -> Sequence[Sequence[int]]:
    """Orders its input may have: ours, channels first, steps first."""
    rank = len(port.shape or ())
    if rank < 2 or rank > 6:
        return ()
    orders = [tuple(range(rank))]
    if rank > 2:
        orders.append((0, rank - 1, *range(1, rank - 1)))
    if rank == 3:
        orders.append((1, 0, 2))
    return orders


def _checked(graph: Graph) -> tuple[Graph, list[str]]:
    """The part of the graph that its first output depends on. Raises ``RefusalError`` for unknown parts."""
    inputs = [port for port in graph.inputs if port.name not in graph.tensors]
    if not graph.outputs or not inputs:
        raise RefusalError("It has no input, or no output")
    kept = needed(graph, {graph.outputs[0].name: None})
    unknown = unknown_operations(kept)
    if unknown:
        more = len(unknown) - _MOST_NAMED
        named = ", ".join(unknown[:_MOST_NAMED]) + (f" (and {more} more)" if more > 0 else "")
        remedy = "Only networks made of layers that are in the palette can be read."
        raise RefusalError(f"It has layers NeuralStudio does not know: {named}", remedy)
    if len(inputs) > 1:
        raise RefusalError(f"It has {len(inputs)} inputs, and a network here has one")
    notes = []
    if len(graph.outputs) > 1:
        notes.append(f"Only the first of its {len(graph.outputs)} outputs was read.")
    return kept, notes
