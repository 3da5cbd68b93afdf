"""Lets layers choose initial weights that depend on the data, such as centres found by k-means."""

from math import prod

import numpy as np

from neuralstudio.data._base import Samples
from neuralstudio.engine.compile import compile_program
from neuralstudio.engine.graph import Array
from neuralstudio.engine.program import Program
from neuralstudio.engine.random import stream
from neuralstudio.network.model import Model
from neuralstudio.network.spec import DATA
from neuralstudio.network.trace import trace

_MOST = 2000
"""Samples shown to a layer."""
_MOST_NUMBERS = 4_000_000
"""Numbers shown to a layer: fewer samples where each is large."""


def begin(model: Model, samples: Samples) -> None:
    """Has each layer that wants it see what arrives at it, in order, and sets the weights it answers with."""
    eager = [node for node in model.spec if node.layer.begins_with_data]
    if not eager:
        return
    order = stream(model.seeds.weights, "samples shown").permutation(len(samples))
    shapes = trace(model.spec, model.signature, 1, is_training=False)
    for node in eager:
        source = node.inputs[0]
        size = prod(shapes.shape(source) or ())
        rows = np.sort(order[: min(_MOST, max(1, _MOST_NUMBERS // size))])
        arriving = _arriving(model, samples[rows], source)
        found = node.layer.begin(arriving, stream(model.seeds.weights, node.stream_name(node.id)))
        for name, value in found.items():
            model.parameters.value(f"{node.id}/{name}")[...] = value


def _arriving(model: Model, samples: Samples, source: str) -> Array:
    """What a node puts out for samples: (count, …)."""
    inputs = samples.inputs if model.signature.vocabulary else samples.scaled()
    if source == DATA:
        return inputs
    programs: dict[tuple[int, int], Program] = {}
    parts: dict[int, Array] = {}

    def part(worker: int, rows: slice) -> None:
        key = worker, rows.stop - rows.start
        program = programs.get(key) or _program_up_to(model, source, key[1])
        programs[key] = program
        program.inputs["x"][...] = inputs[rows]
        program.run()
        parts[rows.start] = program.outputs[source].copy()

    model.in_parts(len(inputs), part)
    return np.concatenate([parts[start] for start in sorted(parts)])


def _program_up_to(model: Model, source: str, rows: int) -> Program:
    """Predicts as far as a node. The model would keep its programs; this one is needed once."""
    traced = trace(model.spec, model.signature, rows, is_training=False)
    given = traced.weights | traced.states
    weights = {id(each): model.parameters.value(name) for name, each in given.items()}
    return compile_program({source: traced.tensors[source]}, weights, dtype=model.dtype)
