"""Layers as Keras has them. They work as ours do, down to the order of the axes and of the weights."""

from collections.abc import Sequence
from math import prod

from neuralstudio.engine import activations
from neuralstudio.engine.activations import ActivationFunction
from neuralstudio.engine.initialisers import InitialiserKind, Zeros
from neuralstudio.export._base import called, indented
from neuralstudio.export._centres import K_MEANS
from neuralstudio.export._features import columns
from neuralstudio.export._keras_parts import KerasParts, bias_start, kernel_start, start_code
from neuralstudio.export._margins import same_margins


class KerasLayers(KerasParts):
    """What each layer is in Keras."""

    # ── core ─────────────────────────────────────────────────────────────────────────────────────

    def dense(
        self,
        units: int,
        activation: ActivationFunction,
        initialiser: InitialiserKind,
        bias_initialiser: InitialiserKind,
    ) -> None:
        self._weighted("Dense", [str(units)], activation, initialiser, bias_initialiser)

    def features(self, chosen: tuple[str, ...]) -> None:
        name = f"features_{sum(each.startswith('features') for each in self.functions) + 1}"
        made = ", ".join(columns(chosen, "keras.ops"))
        self.functions[name] = [
            f"def {name}(x):",
            '    """What the next layer sees of x1 and x2."""',
            "    x1, x2 = keras.ops.split(x, 2, axis=-1)",
            *indented(called("return keras.ops.concatenate", [f"[{made}]", "axis=-1"])),
        ]
        self._add("Lambda", name)

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
        if self.place.node.learning.is_frozen:
            return
        if deviation > 1:  # Keras's own takes no more
            self.functions["Noise"] = _NOISE
            self._add("Noise", repr(deviation), package="")
        elif deviation:
            self._add("GaussianNoise", repr(deviation))

    def temperature(self, temperature: float) -> None:
        self._add("Rescaling", f"1 / {temperature!r}")
        self._add("Activation", '"softmax"')

    def rbf(self, units: int, start: str) -> None:
        self.functions["RBF"] = _RBF
        is_drawn = start == "random" or self._is_trained
        name = "" if is_drawn else self._name
        settings = [str(units), *([f'name="{name}"'] if name else []), *self._learning("centres")]
        self._add_with_weights("RBF", settings, ("centres", "log_widths"), "")
        if not is_drawn:
            self.functions["k_means"] = K_MEANS
            self.starts += [
                f'layer = model.get_layer("{name}")',
                "arriving = keras.Model(model.inputs, layer.input).predict(x_train[:2000], verbose=0)",
                f"layer.set_weights(k_means(arriving, {units}))",
            ]

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
        sizes = (kernel_size, stride, dilation, groups)
        self._convolution(1, filters, sizes, padding, activation, initialiser)

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
        sizes = (kernel_size, stride, dilation, groups)
        self._convolution(2, filters, sizes, padding, activation, initialiser)

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
        settings = [f"momentum={momentum!r}", f"epsilon={epsilon!r}", *self._learning()]
        weights = ("gamma", "beta", "moving_mean", "moving_variance")
        self._add_with_weights("BatchNormalization", settings, weights)

    def layer_norm(self, epsilon: float) -> None:
        settings = [f"epsilon={epsilon!r}", *self._learning()]
        self._add_with_weights("LayerNormalization", settings, ("gamma", "beta"))

    # ── sequences ────────────────────────────────────────────────────────────────────────────────

    def embedding(self, vocabulary: int, dimensions: int, initialiser: InitialiserKind) -> None:
        start = f"embeddings_initializer={start_code(initialiser)}"
        rows = vocabulary or self._vocabulary
        settings = [str(rows), str(dimensions), start, *self._learning("embeddings")]
        self._add_with_weights("Embedding", settings, ["table"])

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

    def _weighted(
        self,
        name: str,
        settings: Sequence[str],
        activation: ActivationFunction,
        initialiser: InitialiserKind,
        bias_initialiser: InitialiserKind = Zeros(),  # noqa: B008 - a frozen value
    ) -> None:
        """A layer with a kernel and an activation, by itself where that has settings."""
        has_slope = isinstance(activation, activations.ELU) and activation.alpha != 1
        is_plain = not has_slope and not isinstance(activation, activations.LeakyReLU)
        parts = list(settings)
        if is_plain and activation.tag() != "linear":
            parts.append(f"activation={self._function(activation)}")
        parts += [*kernel_start(initialiser), *bias_start(bias_initialiser), *self._learning("kernel")]
        self._add_with_weights(name, parts, ("kernel", "bias"))
        if not is_plain:
            self.activation(activation)

    def _convolution(
        self,
        axes: int,
        filters: int,
        sizes: tuple[int, int, int, int],
        padding: str,
        activation: ActivationFunction,
        initialiser: InitialiserKind,
    ) -> None:
        """Keras has no stride together with a dilation: it is then computed everywhere, and some are kept."""
        size, stride, dilation, groups = sizes
        self._with_channels(axes)
        is_both = stride > 1 and dilation > 1
        if is_both and padding == "same":
            margins = same_margins(self.given[:axes], size, stride, dilation)
            pairs = tuple(zip(margins.before, margins.after, strict=True))
            self._add(f"ZeroPadding{axes}D", str(pairs if axes > 1 else pairs[0]))
            padding = "valid"
        settings = _conv_settings(filters, size, 1 if is_both else stride, padding, dilation, groups)
        self._weighted(f"Conv{axes}D", settings, activation, initialiser)
        if is_both:
            name = f"every_{stride}th_{axes}d"
            places = ", ".join([":", *[f"::{stride}"] * axes])
            text = '    """What a stride keeps: Keras has none together with a dilation."""'
            self.functions[name] = [f"def {name}(x):", text, f"    return x[{places}]"]
            self._add("Lambda", name)

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
            self._add("Reshape", str((prod(self.given[:-1]), self.given[-1])))
            axes = 1
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
        parts = [*settings, *kernel_start(initialiser)]
        parts += ["return_sequences=True"] * (returns == "all")
        parts += ["go_backwards=True"] * (direction == "backward")
        parts += self._learning("kernel", "recurrent")
        weights: list[str] = []
        for prefix in ("", "backward_")[: 2 if direction == "both" else 1]:
            bias = f"{prefix}bias+{prefix}recurrent_bias" if name == "GRU" else f"{prefix}bias"
            weights += [f"{prefix}kernel", f"{prefix}recurrent_kernel", bias]
        if direction == "both":
            self._add_with_weights("Bidirectional", [called(f"keras.layers.{name}", parts, 1000)], weights)
            return
        self._add_with_weights(name, parts, weights)
        if direction == "backward" and returns == "all":
            self.functions["in_order"] = _IN_ORDER
            self._add("Lambda", "in_order")


def _conv_settings(
    filters: int, size: int, stride: int, padding: str, dilation: int, groups: int
) -> list[str]:
    settings = [str(filters), str(size)]
    settings += [f"strides={stride}"] * (stride > 1) + ['padding="same"'] * (padding == "same")
    return [*settings, *[f"dilation_rate={dilation}"] * (dilation > 1), *[f"groups={groups}"] * (groups > 1)]


_IN_ORDER = [
    "def in_order(x):",
    '    """Read backwards, the last step comes out first; this puts each output at its step."""',
    "    return keras.ops.flip(x, axis=1)",
]
_NOISE = [
    "class Noise(keras.layers.Layer):",
    '    """Normally distributed noise while training, of any deviation."""',
    "",
    "    def __init__(self, deviation):",
    "        super().__init__()",
    "        self.deviation, self.seeds = deviation, keras.random.SeedGenerator()",
    "",
    "    def call(self, x, training=False):",
    "        noise = keras.random.normal(keras.ops.shape(x), stddev=self.deviation, seed=self.seeds)",
    "        return x + noise if training else x",
]
_RBF = [
    "class RBF(keras.layers.Layer):",
    '    """exp(-|x - c|**2 / (2 * s**2)) with centres c and widths s, of which the logarithm is learnt."""',
    "",
    "    def __init__(self, units, centres_regularizer=None, **settings):",
    "        super().__init__(**settings)",
    "        self.units, self.regularizer = units, centres_regularizer",
    "",
    "    def build(self, shape):",
    "        anywhere = keras.initializers.RandomUniform(-1.0, 1.0)",
    "        size = (self.units, shape[-1])",
    "        self.centres = self.add_weight(size, anywhere, regularizer=self.regularizer)",
    "        width = keras.initializers.Constant(0.5 * np.log(shape[-1]))",
    "        self.log_widths = self.add_weight((self.units,), width)",
    "",
    "    def call(self, x):",
    "        squares = keras.ops.sum((keras.ops.expand_dims(x, 1) - self.centres) ** 2, axis=-1)",
    "        return keras.ops.exp(-0.5 * squares * keras.ops.exp(-2 * self.log_widths))",
]
