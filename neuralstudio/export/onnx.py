"""Writes a network with its weights as an ONNX file, which most other programs can run."""

from collections.abc import Mapping
from typing import ClassVar

import msgspec
import numpy as np

from neuralstudio.data._base import Signature
from neuralstudio.engine.graph import Array
from neuralstudio.export._base import Target, emit_layers, plan_of
from neuralstudio.export._onnx_layers import OnnxLayers
from neuralstudio.network.model import Model
from neuralstudio.project.document import Project
from neuralstudio.project.foreign.onnx_encoding import encoded
from neuralstudio.project.foreign.onnx_model import FLOAT, INT64, PRODUCER, Graph, OnnxModel, Port
from neuralstudio.schema.problem import Problem, ProblemError

OPSET = 20
"""The first with GELU; runtimes since the end of 2023 know it."""
_MOST_BYTES = 2**31 - 1
"""What one protocol buffer can hold."""


class Onnx(Target, tag="onnx"):
    """The network for prediction, weights included: input "x", output "y", any number of samples at once."""

    title: ClassVar[str] = "ONNX"
    suffix: ClassVar[str] = ".onnx"
    order: ClassVar[int] = 10
    is_text: ClassVar[bool] = False

    def content(
        self,
        project: Project,
        weights: Mapping[str, Array] | None = None,
        weights_file: str = "",  # noqa: ARG002 - they are inside
    ) -> bytes:
        plan = plan_of(project)
        signature, made = plan.signature, plan.traced.tensors[project.network.outputs[0].id].shape
        layers = OnnxLayers(_weights(project, weights), len(signature.input_shape))
        emit_layers(plan, layers, self.title)
        layers.end()
        kind = INT64 if signature.vocabulary else FLOAT
        given = Port("x", (None, *signature.input_shape), kind)
        graph = Graph(
            tuple(layers.graph.nodes),
            layers.graph.tensors,
            (given,),
            (Port("y", (None, *made[1:])),),
            project.title or "network",
        )
        about = project.about or project.question
        message = encoded(OnnxModel(graph, OPSET, PRODUCER, about, _metadata(project, signature)))
        if message.size > _MOST_BYTES:
            what = f"Its weights take {message.size / 1e9:.1f} GB, and an ONNX file can hold 2.1"
            raise ProblemError(Problem(project.title, what, "Make its largest layer smaller."))
        return bytes(message)


def _weights(project: Project, weights: Mapping[str, Array] | None) -> Mapping[str, Array]:
    """The weights, or the initial ones; each of them there and of the shape the network has it in."""
    if weights is None:
        return Model(
            project.network, project.dataset.signature, project.loss, project.seeds
        ).parameters.named()
    for report in project.check().nodes.values():
        for name, shape in (report.weight_shapes | report.state_shapes).items():
            if name not in weights or np.shape(weights[name]) != shape:
                what = f"The weights do not fit the network: {name} is missing or of another shape"
                raise ProblemError(Problem(project.title, what, "Train it, or leave the weights out."))
    return weights


def _metadata(project: Project, signature: Signature) -> dict[str, str]:
    found = {"title": project.title, "dataset": project.dataset.title}
    if signature.classes:
        found["classes"] = msgspec.json.encode(signature.classes).decode("utf-8", "replace")
    return found
