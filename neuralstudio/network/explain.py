"""One training step kept moment by moment, for people to walk through; the network stays as it was."""

import numpy as np

from neuralstudio.engine.graph import Array
from neuralstudio.engine.recording import Recording
from neuralstudio.network.model import Model
from neuralstudio.network.spec import display_name


def record(model: Model, inputs: Array, targets: Array, chapter: int) -> Recording:
    """A training step from data to gradients.

    inputs: (batch, …), scaled; targets: as ``network.targets.encoded`` hands them over. The batch is taken in
    one piece, with the random numbers that step ``chapter`` has in the stream the model has open. A title is
    "loss", "output of Dense 1", "gradient for Dense 1" (what comes back to it), "gradient of dense-1/kernel"
    or "new batch-norm-1/moving_mean". A transposed convolution is an input gradient already on the way
    forwards: the two are one operation.

    Weights, running means and gradients are afterwards what they were before.
    """
    program = model.explained_program(len(inputs))
    parameters = model.parameters
    kept = parameters.values.copy(), parameters.gradients.copy()
    program.inputs["x"][...] = inputs
    program.inputs["target"][...] = targets
    if program.noise is not None:
        model.noise.open(program.noise, chapter)
    places = {parameters.gradient(name).ctypes.data: f"gradient of {name}" for name in parameters.trained}
    places |= {
        parameters.value(name).ctypes.data: f"new {name}"
        for name in parameters.shapes
        if name not in parameters.trained
    }
    try:
        with np.errstate(all="ignore"):
            return Recording(program, {node.id: display_name(node) for node in model.spec}, places)
    finally:
        parameters.values[...], parameters.gradients[...] = kept
