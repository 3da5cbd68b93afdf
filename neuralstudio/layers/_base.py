"""What every layer is: a kind that says how its output is computed, and how exporters hear of it."""

from collections.abc import Mapping, Sequence
from typing import ClassVar

import numpy as np

from neuralstudio.engine.activations import ActivationFunction
from neuralstudio.engine.graph import Array, Shape, ShapeError, Tensor, parameter
from neuralstudio.engine.initialisers import Constant, InitialiserKind
from neuralstudio.schema.kind import Kind


class Scope:
    """Where a layer declares its weights while the network is traced.

    ``is_training`` is False for prediction (dropout then does nothing); ``vocabulary`` is how many different
    tokens the data has (0: they are numbers, not tokens); ``steps`` how many targets a sample has (0: one
    for the whole). ``initialisers``, ``weights``, ``states`` and ``updates`` collect what was declared, under
    full names such as "dense-1/kernel".
    """

    def __init__(self, owner: str, is_training: bool, vocabulary: int = 0, steps: int = 0) -> None:
        self.owner = owner
        self.is_training = is_training
        self.vocabulary = vocabulary
        self.steps = steps
        self.is_whole_batch = False
        self.weights: dict[str, Tensor] = {}
        self.states: dict[str, Tensor] = {}
        self.updates: dict[str, Tensor] = {}
        self.initialisers: dict[str, InitialiserKind] = {}

    def weight(self, name: str, shape: Shape, initialiser: InitialiserKind) -> Tensor:
        """A trainable weight of the layer."""
        full = f"{self.owner}/{name}"
        self.weights[full] = parameter(full, shape)
        self.initialisers[full] = initialiser
        return self.weights[full]

    def state(self, name: str, shape: Shape, initial: float) -> Tensor:
        """Numbers kept with the weights but not trained, such as a running mean."""
        full = f"{self.owner}/{name}"
        self.states[full] = parameter(full, shape)
        self.initialisers[full] = Constant(value=initial)
        return self.states[full]

    def update(self, state: Tensor, value: Tensor) -> None:
        """What a state becomes in every training step (ignored when not training)."""
        self.updates[state.name] = value

    def needs_whole_batch(self) -> None:
        """Says that the batch must not be cut into shards: the layer looks at all samples at once."""
        self.is_whole_batch = True


class Emitter:
    """What an exporter listens to: one method for each layer. It overrides those it can write."""

    def dense(
        self,
        units: int,
        activation: ActivationFunction,
        initialiser: InitialiserKind,
        bias_initialiser: InitialiserKind,
    ) -> None:
        raise NotImplementedError

    def features(self, chosen: tuple[str, ...]) -> None:
        raise NotImplementedError

    def activation(self, activation: ActivationFunction) -> None:
        raise NotImplementedError

    def flatten(self) -> None:
        raise NotImplementedError

    def dropout(self, rate: float) -> None:
        raise NotImplementedError

    def reshape(self, shape: str) -> None:
        raise NotImplementedError

    def gaussian_noise(self, deviation: float) -> None:
        raise NotImplementedError

    def conv1d(
        self,
        filters: int,
        kernel_size: int,
        stride: int,
        padding: str,
        dilation: int,
        groups: int,
        activation: ActivationFunction,
        initialiser: InitialiserKind,
    ) -> None:
        raise NotImplementedError

    def conv2d(
        self,
        filters: int,
        kernel_size: int,
        stride: int,
        padding: str,
        dilation: int,
        groups: int,
        activation: ActivationFunction,
        initialiser: InitialiserKind,
    ) -> None:
        raise NotImplementedError

    def conv_transpose2d(
        self,
        filters: int,
        kernel_size: int,
        stride: int,
        padding: str,
        activation: ActivationFunction,
        initialiser: InitialiserKind,
    ) -> None:
        raise NotImplementedError

    def up_sampling2d(self, factor: int) -> None:
        raise NotImplementedError

    def max_pool1d(self, size: int, stride: int, padding: str) -> None:
        raise NotImplementedError

    def max_pool2d(self, size: int, stride: int, padding: str) -> None:
        raise NotImplementedError

    def average_pool1d(self, size: int, stride: int, padding: str) -> None:
        raise NotImplementedError

    def average_pool2d(self, size: int, stride: int, padding: str) -> None:
        raise NotImplementedError

    def global_average_pool(self) -> None:
        raise NotImplementedError

    def global_max_pool(self) -> None:
        raise NotImplementedError

    def batch_norm(self, momentum: float, epsilon: float) -> None:
        raise NotImplementedError

    def layer_norm(self, epsilon: float) -> None:
        raise NotImplementedError

    def embedding(self, vocabulary: int, dimensions: int, initialiser: InitialiserKind) -> None:
        raise NotImplementedError

    def simple_rnn(
        self,
        units: int,
        returns: str,
        direction: str,
        activation: ActivationFunction,
        initialiser: InitialiserKind,
    ) -> None:
        raise NotImplementedError

    def lstm(self, units: int, returns: str, direction: str, initialiser: InitialiserKind) -> None:
        raise NotImplementedError

    def gru(self, units: int, returns: str, direction: str, initialiser: InitialiserKind) -> None:
        raise NotImplementedError

    def add(self) -> None:
        raise NotImplementedError

    def multiply(self) -> None:
        raise NotImplementedError

    def concatenate(self) -> None:
        raise NotImplementedError

    def temperature(self, temperature: float) -> None:
        raise NotImplementedError

    def rbf(self, units: int, start: str) -> None:
        raise NotImplementedError


class Layer(Kind):
    """A layer of a network. Final classes live in ``layers/``, one file each."""

    group: ClassVar[str] = "Core"
    takes_several: ClassVar[bool] = False
    """Whether it joins several inputs; such a layer overrides ``join``, the others ``build``."""
    reads_tokens: ClassVar[bool] = False
    """Whether its input may be token numbers."""

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

    def join(self, inputs: Sequence[Tensor], scope: Scope) -> Tensor:
        """The output for all inputs the layer is wired to; most layers take one."""
        if not self.reads_tokens and any(x.dtype == "index" for x in inputs):
            raise ShapeError(f"{self.title} needs numbers, but gets tokens", "Insert Embedding before it.")
        if len(inputs) != 1:
            raise ShapeError(
                f"{self.title} takes one input, but {len(inputs)} layers are connected to it",
                "Disconnect all but one, or join them with Add or Concatenate.",
            )
        return self.build(inputs[0], scope)

    def begin(self, inputs: Array, random: np.random.Generator) -> Mapping[str, Array]:  # noqa: ARG002
        """Initial weights that depend on the data, by short name.

        ``inputs`` are some samples of what arrives at the layer. Asked only where ``begins_with_data``.
        """
        return {}

    @property
    def begins_with_data(self) -> bool:
        """Whether ``begin`` has something to say."""
        return False

    def emit(self, to: Emitter) -> None:
        """Tells an exporter what this layer is."""
        raise NotImplementedError
