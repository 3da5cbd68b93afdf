"""Uses a network: one input in, percentages out; at any time, also while it trains in another thread."""

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from neuralstudio.engine.graph import Array
from neuralstudio.network.model import Model
from neuralstudio.network.spec import Node
from neuralstudio.project.document import Project

_DEAD = 0.95
"""Share of a layer's units that make it a dead layer: pixels that are always black are no such units."""


class Predictor:
    """A model of its own with a copy of the weights, so that no thread waits for another.

    Raises ``ProblemError`` where the project's network does not work.
    """

    def __init__(self, project: Project) -> None:
        self.project = project
        self.signature = project.dataset.signature
        self.model = Model(project.network, self.signature, project.loss, project.seeds)
        self.gradient_norms: Mapping[str, float] = {}
        """How long each weight's gradient was in the last step; nothing while no step was taken."""

    def load(self, weights: Array, gradient_norms: Mapping[str, float] | None = None) -> None:
        """Takes over a flat vector of weights of the same network, and what is known of their gradients."""
        self.model.parameters.values[...] = weights
        self.gradient_norms = gradient_norms or {}

    def percentages(self, inputs: Array) -> NDArray[np.float64]:
        """Probability of each class for one scaled input of the data set's shape: (classes,), summing to 1.

        A single output stands for the second class of two (0…1 for sigmoid, −1…1 for tanh). Outputs of a
        network without softmax are cut off at 0 and divided by their sum.
        """
        output = self.model.predict(np.asarray(inputs)[None])[0].astype(np.float64).reshape(-1)
        if len(output) == 1:
            share = (output[0] + 1) / 2 if self.model.encoding == "signed" else output[0]
            share = float(np.clip(np.nan_to_num(share, nan=0.5), 0, 1))
            return np.array([1 - share, share])
        output = np.clip(np.nan_to_num(output, posinf=float(np.finfo(np.float32).max)), 0, None)
        total = output.sum()
        return output / total if total > 0 else np.full(len(output), 1 / len(output))

    def scores(self, inputs: Array) -> NDArray[np.float64]:
        """For a map of the plane: −1 (first class) … +1 (second class) for each of many inputs, (count,)."""
        output = np.nan_to_num(self.model.predict(inputs).reshape(len(inputs), -1).astype(np.float64))
        if output.shape[1] > 1:
            score = output[:, 1] - output[:, 0]
        else:
            score = output[:, 0] if self.model.encoding == "signed" else output[:, 0] * 2 - 1
        return np.clip(score, -1.0, 1.0)

    def dead_layers(self, inputs: Array) -> tuple[Node, ...]:
        """Layers before the last of which nearly all units give 0 for each of some scaled inputs."""
        inner = [node for node in self.project.network if node.id != self.model.output_id]
        outputs = self.activations(inputs, [node.id for node in inner])
        shares = {node.id: float(np.mean(~outputs[node.id].any(axis=0))) for node in inner}
        return tuple(node for node in inner if node.layer.activation_title and shares[node.id] >= _DEAD)

    def activations(self, inputs: Array, nodes: Sequence[str]) -> dict[str, Array]:
        """Outputs of some nodes for a batch of scaled inputs, by node id."""
        program = self.model.prediction_program(len(inputs), tuple(nodes))
        program.inputs["x"][...] = inputs
        program.run()
        return {node: program.outputs[node].copy() for node in nodes}
