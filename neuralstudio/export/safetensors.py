"""Writes trained weights as a safetensors file: numbers by name, which any library can read."""

from collections.abc import Mapping
from typing import ClassVar

from neuralstudio.engine.graph import Array
from neuralstudio.export._base import Target, untrained
from neuralstudio.project.arrays import packed
from neuralstudio.project.document import Project


class Safetensors(Target, tag="safetensors"):
    """Weights alone, named as in NeuralStudio: "dense-1/kernel", running means and variances too."""

    title: ClassVar[str] = "Weights (safetensors)"
    suffix: ClassVar[str] = ".safetensors"
    order: ClassVar[int] = 4
    is_text: ClassVar[bool] = False
    needs_weights: ClassVar[bool] = True

    def content(
        self,
        project: Project,
        weights: Mapping[str, Array] | None = None,
        weights_file: str = "",  # noqa: ARG002 - it is this file
    ) -> bytes:
        if weights is None:
            raise untrained(project)
        return packed(weights)
