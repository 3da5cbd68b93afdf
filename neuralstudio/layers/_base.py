"""What every layer is: a kind that says how its output is computed, and how exporters hear of it."""

from typing import ClassVar, Protocol

from neuralstudio.engine.activations import ActivationFunction
from neuralstudio.engine.graph import Shape, Tensor, parameter
from neuralstudio.engine.initialisers import InitialiserKind
from neuralstudio.schema.kind import Kind


class Scope:
    """Where a layer declares its weights while the network is traced.

    ``is_training`` is False for prediction (dropout then does nothing). ``initialisers`` and ``weights``
    collect what was declared, under the weights' full names such as "dense-1/kernel".
    """

    def __init__(self, owner: str, is_training: bool) -> None:
        self.owner = owner
        self.is_training = is_training
        self.weights: dict[str, Tensor] = {}
        self.initialisers: dict[str, InitialiserKind] = {}

    def weight(self, name: str, shape: Shape, initialiser: InitialiserKind) -> Tensor:
        """A trainable weight of the layer."""
        full = f"{self.owner}/{name}"
        self.weights[full] = parameter(full, shape)
        self.initialisers[full] = initialiser
        return self.weights[full]


class Emitter(Protocol):
    """What an exporter listens to: one method for each layer it can write."""

    def dense(self, units: int, activation: ActivationFunction, initialiser: InitialiserKind) -> None: ...

    def activation(self, activation: ActivationFunction) -> None: ...

    def flatten(self) -> None: ...

    def dropout(self, rate: float) -> None: ...


class Layer(Kind):
    """A layer of a network. Final classes live in ``layers/``, one file each."""

    group: ClassVar[str] = "Core"

    @property
    def caption(self) -> str:
        """The one setting that matters, for the card: "128 units"."""
        return ""

    @property
    def activation_title(self) -> str:
        """Title of the activation function, where the layer has one, for the card's corner."""
        return ""

    @property
    def formula(self) -> str:
        """What it computes, as one line of mathematics."""
        return "y = x"

    def build(self, x: Tensor, scope: Scope) -> Tensor:
        """The output for an input of shape (batch, …). Raises ``ShapeError`` or ``ProblemError``."""
        raise NotImplementedError

    def emit(self, to: Emitter) -> None:
        """Tells an exporter what this layer is."""
        raise NotImplementedError
