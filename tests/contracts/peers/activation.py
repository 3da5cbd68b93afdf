"""Activation functions as PyTorch has them, by tag; for the layers that end in one, too."""

from collections.abc import Callable, Mapping
from typing import Any

from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy

from neuralstudio.engine.activations import ACTIVATIONS, ELU, GELU, ActivationFunction, Formula, LeakyReLU
from neuralstudio.engine.graph import Shape
from neuralstudio.layers._base import Layer
from neuralstudio.layers.activation import Activation
from neuralstudio.schema.expression import folded
from neuralstudio.schema.formula import read


def torch_activation(torch: Any, activation: ActivationFunction, x: Any) -> Any:
    """The activation of ``x`` by PyTorch, differentiable."""
    return _BY_TAG[activation.tag()](torch, activation, x)


def _step(torch: Any, _: ActivationFunction, x: Any) -> Any:
    # The value of the step, the gradient of the straight line through it.
    line = torch.clamp(x, -1, 1)
    return (x >= 0).to(x.dtype) + (line - line.detach())


def _formula(torch: Any, activation: Formula, x: Any) -> Any:
    functions: Mapping[str, Callable[..., Any]] = {
        "+": torch.add,
        "-": torch.subtract,
        "*": torch.multiply,
        "/": torch.divide,
        "^": torch.pow,
        "min": torch.minimum,
        "max": torch.maximum,
        "step": lambda z: _step(torch, activation, z),
        "softplus": lambda z: torch.logaddexp(z, torch.zeros_like(z)),
    }

    def call(name: str, arguments: Any) -> Any:
        return functions[name](*arguments) if name in functions else getattr(torch, name)(*arguments)

    def number(value: float) -> Any:
        return torch.tensor(value, dtype=x.dtype)

    return folded(read(activation.expression), {"x": x}, call, number)


_BY_TAG: Mapping[str, Callable[[Any, Any, Any], Any]] = {
    "linear": lambda _torch, _activation, x: x,
    "sigmoid": lambda torch, _, x: torch.sigmoid(x),
    # PyTorch's own hardsigmoid has a sixth with the digits of float32 only, whatever x has.
    "hard-sigmoid": lambda torch, _, x: torch.nn.functional.relu6(x + 3) / 6,
    "tanh": lambda torch, _, x: torch.tanh(x),
    "relu": lambda torch, _, x: torch.relu(x),
    "leaky-relu": lambda torch, leaky, x: torch.nn.functional.leaky_relu(x, leaky.slope),
    "elu": lambda torch, elu, x: torch.nn.functional.elu(x, elu.alpha),
    "selu": lambda torch, _, x: torch.selu(x),
    "gelu": lambda torch, gelu, x: torch.nn.functional.gelu(x, approximate=gelu.approximate),
    "swish": lambda torch, _, x: torch.nn.functional.silu(x),
    "softplus": lambda torch, _, x: torch.nn.functional.softplus(x, threshold=40),
    "softsign": lambda torch, _, x: torch.nn.functional.softsign(x),
    "softmax": lambda torch, _, x: torch.softmax(x, -1),
    "step": _step,
    "formula": _formula,
}

PEERS = {Activation: lambda torch, layer, x, _weights, _: torch_activation(torch, layer.function, x)}

_FORMULAS = ["x * sigmoid(1.7*x)", "max(x, 0.1*x) − x²/9", "sin(3*x)*exp(-x^2)", "x^3 ÷ (1 + abs(x))"]
FUNCTIONS: SearchStrategy[ActivationFunction] = (
    st.sampled_from(ACTIVATIONS).map(lambda kind: kind())
    | st.builds(LeakyReLU, slope=st.floats(0, 1))
    | st.builds(ELU, alpha=st.floats(0, 10))
    | st.builds(GELU, approximate=st.sampled_from(["none", "tanh"]))
    | st.builds(Formula, expression=st.sampled_from(_FORMULAS))
)
"""Every activation function, with many settings."""
SETTINGS: dict[type[Layer], SearchStrategy[tuple[Layer, Shape]]] = {
    Activation: st.tuples(
        FUNCTIONS.map(lambda function: Activation(function)),  # type: ignore[arg-type]
        st.lists(st.integers(1, 6), min_size=1, max_size=3).map(tuple),
    )
}
