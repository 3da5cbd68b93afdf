"""Lets layers choose initial weights that depend on the data, such as centres found by k-means."""

import numpy as np

from neuralstudio.data._base import Samples
from neuralstudio.engine.random import stream
from neuralstudio.network.model import Model
from neuralstudio.network.spec import DATA

_MOST = 2000
"""Samples shown to a layer."""


def begin(model: Model, samples: Samples) -> None:
    """Has each layer that wants it see what arrives at it, in order, and sets the weights it answers with."""
    eager = [node for node in model.spec if node.layer.begins_with_data]
    if not eager:
        return
    random = stream(model.seeds.weights, "samples shown")
    rows = np.sort(random.permutation(len(samples))[:_MOST])
    chosen = samples[rows]
    inputs = chosen.inputs if model.signature.vocabulary else chosen.scaled()
    for node in eager:
        source = node.inputs[0]
        if source == DATA:
            arriving = inputs
        else:
            program = model.prediction_program(len(inputs), (source,))
            program.inputs["x"][...] = inputs
            program.run()
            arriving = program.outputs[source]
        found = node.layer.begin(arriving, stream(model.seeds.weights, node.id))
        for name, value in found.items():
            model.parameters.value(f"{node.id}/{name}")[...] = value
