"""A layer on trial: traced on small inputs, with weights away from zero, run forwards and backwards."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from neuralstudio.engine.compile import compile_program
from neuralstudio.engine.differentiate import gradients
from neuralstudio.engine.graph import Array, Shape, ShapeError, Tensor, apply, placeholder, topological
from neuralstudio.engine.ops.reduction import Sum
from neuralstudio.engine.random import stream
from neuralstudio.layers._base import Layer, Scope
from neuralstudio.schema.problem import ProblemError
from tests.contracts.peers import INDEX_INPUTS
from tests.engine.formulas import RANDOM, STRAIGHT_THROUGH

BATCH = 4


@dataclass
class Trial:
    """A traced layer: its input nodes, its output and what it declared."""

    layer: Layer
    inputs: list[Tensor]
    output: Tensor
    scope: Scope
    vocabulary: int = 0
    _arrays: dict[Tensor, Array] = field(default_factory=dict)

    @property
    def is_random(self) -> bool:
        """Whether the output is drawn anew in every run."""
        return any(type(node.op) in RANDOM for node in topological([self.output]))

    @property
    def is_straight_through(self) -> bool:
        """Whether the gradient is not that of the function, on purpose."""
        return any(type(node.op) in STRAIGHT_THROUGH for node in topological([self.output]))

    @property
    def weights(self) -> dict[str, Tensor]:
        """Trained weights by short name."""
        return {name.rpartition("/")[2]: weight for name, weight in self.scope.weights.items()}

    @property
    def asked(self) -> tuple[Tensor, ...]:
        """What there is a gradient of: weights, and inputs that are numbers."""
        return (*(x for x in self.inputs if x.dtype == "float"), *self.weights.values())

    @property
    def arrays(self) -> dict[Tensor, Array]:
        """Values for all leaves: always the same ones, float64."""
        if not self._arrays:
            random = np.random.default_rng(5)
            for x in self.inputs:
                is_token = x.dtype == "index"
                drawn = (
                    random.integers(0, self.vocabulary, x.shape) if is_token else random.normal(0, 1, x.shape)
                )
                self._arrays[x] = np.asarray(drawn)
            for name, weight in (self.scope.weights | self.scope.states).items():
                drawn = stream(1, name).normal(0.1, 0.6, weight.shape)
                self._arrays[weight] = np.abs(drawn) + 0.1 if name in self.scope.states else drawn
        return self._arrays

    def run(self, dtype: type[np.floating[Any]] = np.float64, seed: int = 1) -> Array:
        """The output."""
        given = self.typed(dtype)
        noise = np.random.default_rng(seed)
        program = compile_program({"y": self.output}, given, dtype=dtype, noise=noise)
        program.run()
        return program.outputs["y"].copy()

    def typed(self, dtype: type[np.floating[Any]]) -> dict[int, Array]:
        """Copies of all values in a precision, by the node's id."""
        return {
            id(node): array.astype(dtype if node.dtype == "float" else np.int64)
            for node, array in self.arrays.items()
        }

    def gradient_program(self, weighting: Array, given: Mapping[int, Array], dtype: Any) -> Any:
        """A program for ½ Σ w·y², its inputs' and weights' gradients in ``.gradients`` in the order asked."""
        w = placeholder("weighting", self.output.shape)
        loss = apply(Sum(), self.output * self.output * w) * 0.5
        exact = gradients(loss, self.asked)
        written = [np.zeros(leaf.shape, dtype) for leaf in self.asked]
        targets = [(node, into) for node, into in zip(exact, written, strict=True) if node is not None]
        arrays = {**given, id(w): weighting.astype(dtype)}
        program = compile_program({"loss": loss, "y": self.output}, arrays, targets, dtype=dtype)
        return program, written


def trial(layer: Layer, sizes: tuple[Shape, ...], *, is_training: bool = True) -> Trial | None:
    """A layer on inputs of some shapes (without batch); None where it does not take them."""
    vocabulary = INDEX_INPUTS.get(type(layer), 0)
    kind: Any = "index" if vocabulary else "float"
    inputs = [placeholder(f"x{place}", (BATCH, *size), kind) for place, size in enumerate(sizes)]
    steps = sizes[0][0] if len(sizes[0]) == 2 else 0
    scope = Scope("layer-1", is_training, vocabulary, steps)
    try:
        return Trial(layer, inputs, layer.join(inputs, scope), scope, vocabulary)
    except (ShapeError, ProblemError):
        return None
