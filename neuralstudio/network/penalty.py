"""What large weights cost: the L1 and L2 penalties of all layers, and their gradient."""

from collections.abc import Sequence

import numpy as np

from neuralstudio.engine.compile import compile_program
from neuralstudio.engine.differentiate import gradients
from neuralstudio.engine.graph import Array, Shape, Tensor, apply
from neuralstudio.engine.ops.elementwise import Absolute, Square
from neuralstudio.engine.ops.reduction import Sum
from neuralstudio.engine.parameters import Parameters
from neuralstudio.engine.program import Program
from neuralstudio.network.spec import NetworkSpec
from neuralstudio.network.trace import Trace


def is_penalised(name: str, shape: Shape) -> bool:
    """Whether a weight is kept small where that is wished: biases and other vectors are not."""
    return len(shape) >= 2 and not name.endswith("bias")


class Penalty:
    """Σ over layers of l1·Σ|w| + l2·Σw² (biases and other vectors left out), as Keras's regularizers.

    PyTorch's ``weight_decay`` λ is the same as l2 = λ/2. Computed once a step, not once a shard.
    """

    def __init__(self, spec: NetworkSpec, traced: Trace, parameters: Parameters) -> None:
        self._parameters = parameters
        terms: list[Tensor] = []
        weights: list[str] = []
        for name, weight in traced.weights.items():
            learning = spec[weight.owner].learning
            if learning.is_frozen or not is_penalised(name, weight.shape):
                continue
            found = [
                (learning.l1, apply(Sum(), apply(Absolute(), weight))),
                (learning.l2, apply(Sum(), apply(Square(), weight))),
            ]
            parts = [total * factor for factor, total in found if factor]
            if parts:
                terms += parts
                weights.append(name)
        self._program: Program | None = None
        self._targets: Sequence[tuple[Array, Array]] = ()
        if terms:
            self._compile(terms, [(name, traced.weights[name]) for name in weights])

    def _compile(self, terms: list[Tensor], weights: list[tuple[str, Tensor]]) -> None:
        total = sum(terms[1:], start=terms[0])
        found = gradients(total, [weight for _, weight in weights])
        targets = [
            (node, np.zeros(weight.shape, self._parameters.values.dtype), self._parameters.gradient(name))
            for (name, weight), node in zip(weights, found, strict=True)
            if node is not None
        ]
        values = {id(weight): self._parameters.value(name) for name, weight in weights}
        dtype = self._parameters.values.dtype.type
        self._program = compile_program(
            {"penalty": total}, values, [(node, array) for node, array, _ in targets], dtype=dtype
        )
        self._targets = [(array, gradient) for _, array, gradient in targets]

    @property
    def is_none(self) -> bool:
        """No layer has a penalty."""
        return self._program is None

    def add(self) -> float:
        """Adds the penalty's gradient to the weights' gradients; returns the penalty."""
        if self._program is None:
            return 0.0
        self._program.run()
        for array, gradient in self._targets:
            np.add(gradient, array, gradient)
        return float(self._program.outputs["penalty"])
