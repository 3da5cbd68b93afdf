"""Layers as Keras has them. They work as ours do, down to the order of the axes and of the weights."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from neuralstudio.engine import activations, initialisers
from neuralstudio.engine.activations import ActivationFunction
from neuralstudio.engine.formula import read
from neuralstudio.engine.initialisers import InitialiserKind
from neuralstudio.export._base import Listener, Place, Templates, called, quoted, refusal, unknown, written
from neuralstudio.export._formula import KERAS, code, functions_of
from neuralstudio.network.spec import display_name

TITLE = "Keras"


@dataclass
class Part:
    """What one layer became: layers of Keras one after the other."""

    place: Place
    layers: list[str] = field(default_factory=list)


class KerasLayers(Listener):
    """Collects a part for each layer, and the functions that the script must have."""

    def __init__(self) -> None:
        self.parts: list[Part] = []
        self.functions: dict[str, list[str]] = {}
        self.notes: list[str] = []

    def arrive(self, place: Place) -> None:
        super().arrive(place)
        self.parts.append(Part(place))
        factor = place.node.learning.rate_factor
        if factor not in (0, 1) and not place.node.learning.is_frozen:
            name = quoted(display_name(place.node))
            self.notes.append(
                f"Keras has one learning rate for all: that of {name} should be {factor!r} times it."
            )

    # ── core ─────────────────────────────────────────────────────────────────────────────────────

    def dense(self, units: int, activation: ActivationFunction, initialiser: InitialiserKind) -> None:
        self._weighted("Dense", [str(units)], activation, initialiser)

    def activation(self, activation: ActivationFunction) -> None:
        match activation:
            case activations.LeakyReLU():
                self._add("LeakyReLU", f"negative_slope={activation.slope!r}")
            case activations.ELU() if activation.alpha != 1:
                self._add("ELU", f"alpha={activation.alpha!r}")
            case _:
                self._add("Activation", self._function(activation))

    def flatten(self) -> None:
        self._add("Flatten")

    def reshape(self, shape: str) -> None:  # noqa: ARG002 - the trace has it worked out
        self._add("Reshape", str(self.place.made))

    def dropout(self, rate: float) -> None:
        if not self.place.node.learning.is_frozen:
            self._add("Dropout", repr(rate))

    def gaussian_noise(self, deviation: float) -> None:
        if deviation > 1:
            raise refusal(self.place.node, TITLE, "with a deviation above 1")
        if deviation and not self.place.node.learning.is_frozen:
            self._add("GaussianNoise", repr(deviation))

    def temperature(self, temperature: float) -> None:
        self._add("Rescaling", f"1 / {temperature!r}")
        self._add("Activation", '"softmax"')

    # ── convolution and pooling ──────────────────────────────────────────────────────────────────

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
        self._refuse_gaps(stride, dilation)
        self._with_channels(1)
        settings = _conv_settings(filters, kernel_size, stride, padding, dilation, groups)
        self._weighted("Conv1D", settings, activation, initialiser)

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
        self._refuse_gaps(stride, dilation)
        self._with_channels(2)
        settings = _conv_settings(filters, kernel_size, stride, padding, dilation, groups)
        self._weighted("Conv2D", settings, activation, initialiser)

    def conv_transpose2d(
        self,
        filters: int,
        kernel_size: int,
        stride: int,
        padding: str,
        activation: ActivationFunction,
        initialiser: InitialiserKind,
    ) -> None:
        self._with_channels(2)
        settings = _conv_settings(filters, kernel_size, stride, padding, 1, 1)
        self._weighted("Conv2DTranspose", settings, activation, initialiser)

    def up_sampling2d(self, factor: int) -> None:
        self._with_channels(2)
        self._add("UpSampling2D", str(factor))

    def max_pool1d(self, size: int, stride: int, padding: str) -> None:
        self._pool(1, "MaxPooling1D", size, stride, padding)

    def max_pool2d(self, size: int, stride: int, padding: str) -> None:
        self._pool(2, "MaxPooling2D", size, stride, padding)

    def average_pool1d(self, size: int, stride: int, padding: str) -> None:
        self._pool(1, "AveragePooling1D", size, stride, padding)

    def average_pool2d(self, size: int, stride: int, padding: str) -> None:
        self._pool(2, "AveragePooling2D", size, stride, padding)

    def global_average_pool(self) -> None:
        self._global_pool("Average")

    def global_max_pool(self) -> None:
        self._global_pool("Max")

    # ── normalising ──────────────────────────────────────────────────────────────────────────────

    def batch_norm(self, momentum: float, epsilon: float) -> None:
        self._add("BatchNormalization", f"momentum={momentum!r}", f"epsilon={epsilon!r}", *self._learning())

    def layer_norm(self, epsilon: float) -> None:
        self._add("LayerNormalization", f"epsilon={epsilon!r}", *self._learning())

    # ── sequences ────────────────────────────────────────────────────────────────────────────────

    def embedding(self, vocabulary: int, dimensions: int, initialiser: InitialiserKind) -> None:
        start = f"embeddings_initializer={written(initialiser, _INITIALISERS, TITLE)}"
        self._add("Embedding", str(vocabulary), str(dimensions), start, *self._learning("embeddings"))

    def simple_rnn(
        self,
        units: int,
        returns: str,
        direction: str,
        activation: ActivationFunction,
        initialiser: InitialiserKind,
    ) -> None:
        more = [f"activation={self._function(activation)}"] if activation.tag() != "tanh" else []
        self._recurrent("SimpleRNN", [str(units), *more], returns, direction, initialiser)

    def lstm(self, units: int, returns: str, direction: str, initialiser: InitialiserKind) -> None:
        self._recurrent("LSTM", [str(units)], returns, direction, initialiser)

    def gru(self, units: int, returns: str, direction: str, initialiser: InitialiserKind) -> None:
        self._recurrent("GRU", [str(units)], returns, direction, initialiser)

    # ── merging ──────────────────────────────────────────────────────────────────────────────────

    def add(self) -> None:
        self._add("Add")

    def multiply(self) -> None:
        self._add("Multiply")

    def concatenate(self) -> None:
        self._add("Concatenate")

    # ── shared by several ────────────────────────────────────────────────────────────────────────

    def _add(self, name: str, *settings: str) -> None:
        self.parts[-1].layers.append(called(f"keras.layers.{name}", settings))

    def _learning(self, *weights: str) -> list[str]:
        """What is said of how a layer's weights learn; ``weights`` are those that penalties count."""
        learning = self.place.node.learning
        if learning.is_frozen:
            return ["trainable=False"]
        found = ["trainable=False"] if learning.rate_factor == 0 else []
        if learning.l1 or learning.l2:
            costs = f"keras.regularizers.L1L2(l1={learning.l1!r}, l2={learning.l2!r})"
            found += [f"{name}_regularizer={costs}" for name in weights]
        return found

    def _weighted(
        self,
        name: str,
        settings: Sequence[str],
        activation: ActivationFunction,
        initialiser: InitialiserKind,
    ) -> None:
        """A layer with a kernel and an activation, by itself where that has settings."""
        has_slope = isinstance(activation, activations.ELU) and activation.alpha != 1
        is_plain = not has_slope and not isinstance(activation, activations.LeakyReLU)
        parts = list(settings)
        if is_plain and activation.tag() != "linear":
            parts.append(f"activation={self._function(activation)}")
        self._add(name, *parts, *_kernel_start(initialiser), *self._learning("kernel"))
        if not is_plain:
            self.activation(activation)

    def _refuse_gaps(self, stride: int, dilation: int) -> None:
        if stride > 1 and dilation > 1:
            raise refusal(self.place.node, TITLE, "with a stride and a dilation at once")

    def _with_channels(self, axes: int) -> None:
        if len(self.given) == axes:
            self._add("Reshape", str((*self.given, 1)))

    def _pool(self, axes: int, name: str, size: int, stride: int, padding: str) -> None:
        self._with_channels(axes)
        settings = [str(size)]
        settings += [f"strides={stride}"] * (stride not in (0, size)) + ['padding="same"'] * (
            padding == "same"
        )
        self._add(name, *settings)
        if padding == "same" and name.startswith("Average"):
            self.notes.append(
                "Keras on PyTorch as its back end pads averages with the edge, others with nothing."
            )

    def _global_pool(self, name: str) -> None:
        axes = len(self.given) - 1
        if axes > 3:
            raise NotImplementedError
        self._add(f"Global{name}Pooling{axes}D")

    def _recurrent(
        self,
        name: str,
        settings: Sequence[str],
        returns: str,
        direction: str,
        initialiser: InitialiserKind,
    ) -> None:
        if len(self.given) == 1:
            self._add("Reshape", str((*self.given, 1)))
        parts = [*settings, *_kernel_start(initialiser)]
        parts += ["return_sequences=True"] * (returns == "all")
        parts += ["go_backwards=True"] * (direction == "backward")
        parts += self._learning("kernel", "recurrent")
        if direction == "both":
            self._add("Bidirectional", called(f"keras.layers.{name}", parts, 1000))
            return
        self._add(name, *parts)
        if direction == "backward" and returns == "all":
            self.functions["in_order"] = _IN_ORDER
            self._add("Lambda", "in_order")

    def _function(self, kind: ActivationFunction) -> str:
        """An activation by name, or a function that is written into the script."""
        match kind:
            case activations.Formula():
                name = f"formula_{sum(each.startswith('formula') for each in self.functions) + 1}"
                tree = read(kind.expression)
                if "step" in functions_of(tree):
                    self.functions["step"] = _STEP
                text = f"    {quoted(kind.expression.strip())}"
                self.functions[name] = [f"def {name}(x):", text, f"    return {code(tree, KERAS)}"]
                return name
            case activations.Step():
                self.functions["step"] = _STEP
                return "step"
            case activations.GELU() if kind.approximate == "tanh":
                self.functions["gelu_by_tanh"] = _GELU
                return "gelu_by_tanh"
            case _ if type(kind) in _ACTIVATIONS:
                return f'"{_ACTIVATIONS[type(kind)]}"'
            case _:
                raise unknown(kind, TITLE)


def _conv_settings(
    filters: int, size: int, stride: int, padding: str, dilation: int, groups: int
) -> list[str]:
    settings = [str(filters), str(size)]
    settings += [f"strides={stride}"] * (stride > 1) + ['padding="same"'] * (padding == "same")
    return [*settings, *[f"dilation_rate={dilation}"] * (dilation > 1), *[f"groups={groups}"] * (groups > 1)]


def _kernel_start(initialiser: InitialiserKind) -> list[str]:
    if isinstance(initialiser, initialisers.GlorotUniform):
        return []  # as Keras does by itself
    return [f"kernel_initializer={written(initialiser, _INITIALISERS, TITLE)}"]


_IN_ORDER = [
    "def in_order(x):",
    '    """Read backwards, the last step comes out first; this puts each output at its step."""',
    "    return keras.ops.flip(x, axis=1)",
]
_STEP = [
    "def step(x):",
    '    """1 for x >= 0, else 0; its slope is taken to be that of x between -1 and 1."""',
    "    line = keras.ops.clip(x, -1.0, 1.0)",
    "    return keras.ops.stop_gradient(keras.ops.cast(x >= 0, x.dtype) - line) + line",
]
_GELU = [
    "def gelu_by_tanh(x):",
    '    """x times its share of a normal distribution, nearly."""',
    "    return keras.activations.gelu(x, approximate=True)",
]
_ACTIVATIONS = {
    activations.Linear: "linear",
    activations.Sigmoid: "sigmoid",
    activations.HardSigmoid: "hard_sigmoid",
    activations.Tanh: "tanh",
    activations.ReLU: "relu",
    activations.ELU: "elu",
    activations.SELU: "selu",
    activations.GELU: "gelu",
    activations.Swish: "silu",
    activations.Softplus: "softplus",
    activations.Softsign: "softsign",
    activations.Softmax: "softmax",
}
_INITIALISERS: Templates = {
    initialisers.Zeros: "keras.initializers.Zeros()",
    initialisers.Constant: "keras.initializers.Constant({k.value!r})",
    initialisers.Uniform: "keras.initializers.RandomUniform(-{k.limit!r}, {k.limit!r})",
    initialisers.Normal: "keras.initializers.RandomNormal(stddev={k.deviation!r})",
    initialisers.GlorotUniform: "keras.initializers.GlorotUniform()",
    initialisers.GlorotNormal: "keras.initializers.GlorotNormal()",
    initialisers.HeUniform: "keras.initializers.HeUniform()",
    initialisers.HeNormal: "keras.initializers.HeNormal()",
    initialisers.Orthogonal: "keras.initializers.Orthogonal()",
}
