"""What the layers of a Keras model are here, by the settings its description gives them."""

from collections.abc import Callable, Mapping
from typing import Any

from neuralstudio.engine import activations
from neuralstudio.engine.activations import ActivationFunction
from neuralstudio.layers._base import Layer
from neuralstudio.layers.activation import Activation
from neuralstudio.layers.add import Add
from neuralstudio.layers.average_pool1d import AveragePool1D
from neuralstudio.layers.average_pool2d import AveragePool2D
from neuralstudio.layers.batch_norm import BatchNorm
from neuralstudio.layers.concatenate import Concatenate
from neuralstudio.layers.conv1d import Conv1D
from neuralstudio.layers.conv2d import Conv2D
from neuralstudio.layers.conv_transpose2d import ConvTranspose2D
from neuralstudio.layers.dense import Dense
from neuralstudio.layers.dropout import Dropout
from neuralstudio.layers.embedding import Embedding
from neuralstudio.layers.flatten import Flatten
from neuralstudio.layers.gaussian_noise import GaussianNoise
from neuralstudio.layers.global_average_pool import GlobalAveragePool
from neuralstudio.layers.global_max_pool import GlobalMaxPool
from neuralstudio.layers.gru import GRU
from neuralstudio.layers.layer_norm import LayerNorm
from neuralstudio.layers.lstm import LSTM
from neuralstudio.layers.max_pool1d import MaxPool1D
from neuralstudio.layers.max_pool2d import MaxPool2D
from neuralstudio.layers.multiply import Multiply
from neuralstudio.layers.reshape import Reshape
from neuralstudio.layers.simple_rnn import SimpleRNN
from neuralstudio.layers.up_sampling2d import UpSampling2D
from neuralstudio.project.foreign.draft import layer
from neuralstudio.schema.fields import replaced

_FUNCTIONS: dict[str, ActivationFunction] = {
    "linear": activations.Linear(),
    "sigmoid": activations.Sigmoid(),
    "tanh": activations.Tanh(),
    "relu": activations.ReLU(),
    "softmax": activations.Softmax(),
    "hard_sigmoid": activations.HardSigmoid(),
    "leaky_relu": activations.LeakyReLU(0.2),
    "elu": activations.ELU(),
    "selu": activations.SELU(),
    "gelu": activations.GELU(),
    "silu": activations.Swish(),
    "swish": activations.Swish(),
    "softplus": activations.Softplus(),
    "softsign": activations.Softsign(),
}


class Settings:
    """The settings of one Keras layer. ``given``: the shape it is given, () if the file does not say.

    What has no counterpart here is collected in ``missing``, so that all of it can be told at once.
    """

    def __init__(self, values: Mapping[str, Any], given: tuple[int | None, ...] = ()) -> None:
        self.values, self.given = values, given
        self.missing: list[str] = []

    def only(self, key: str, *allowed: Any) -> None:
        """Notes a setting that is none of those allowed, of which the first is the usual one."""
        value = self.values.get(key, allowed[0])
        if value not in allowed:
            self.missing.append(f"{key}={str(value)[:30]}")

    def one(self, key: str, usual: int) -> int:
        """A length that is the same along all axes."""
        value = self.values.get(key, usual)
        lengths = value if isinstance(value, list) else [value]
        if len(set(lengths)) != 1:
            self.missing.append(f"{key}={str(value)[:30]}")
            return usual
        return int(lengths[0])

    def last_axis(self, usual: int = -1) -> None:
        last = len(self.given)
        self.only("axis", usual, -1, [-1], *([last, [last]] if last else []))

    def function(self, usual: str = "linear") -> ActivationFunction:
        name = self.values.get("activation", usual)
        found = _FUNCTIONS.get(name) if isinstance(name, str) else _FUNCTIONS["linear"] if not name else None
        if found is None:
            self.missing.append(f"activation={name if isinstance(name, str) else 'of its own'}"[:50])
        return found or _FUNCTIONS["linear"]


def _dense(s: Settings) -> Layer:
    s.only("use_bias", True)
    if len(s.given) > 2:
        s.missing.append("inputs of more than two axes")
    if len(s.given) == 2:  # ours would take all steps together
        return layer(Conv1D, filters=s.values["units"], kernel_size=1, activation=s.function())
    return layer(Dense, units=s.values["units"], activation=s.function())


def _convolution(kind: type[Layer], *, is_transposed: bool = False) -> Callable[[Settings], Layer]:
    def made(s: Settings) -> Layer:
        s.only("use_bias", True)
        s.only("data_format", "channels_last")
        s.only("padding", "valid", "same")
        more: dict[str, int] = {}
        if is_transposed:
            s.only("dilation_rate", 1, [1], [1, 1])
            s.only("output_padding", None)
            s.only("groups", 1)
        else:
            more = {"dilation": s.one("dilation_rate", 1), "groups": s.values.get("groups", 1)}
        padding = "same" if s.values.get("padding") == "same" else "valid"
        size, stride = s.one("kernel_size", 1), s.one("strides", 1)
        filters, function = s.values["filters"], s.function()
        return layer(
            kind,
            filters=filters,
            kernel_size=size,
            stride=stride,
            padding=padding,
            activation=function,
            **more,
        )

    return made


def _pool(kind: type[Layer]) -> Callable[[Settings], Layer]:
    def made(s: Settings) -> Layer:
        s.only("data_format", "channels_last")
        s.only("padding", "valid", "same")
        size = s.one("pool_size", 2)
        stride = size if s.values.get("strides") is None else s.one("strides", size)
        padding = "same" if s.values.get("padding") == "same" else "valid"
        return layer(kind, size=size, stride=stride, padding=padding)

    return made


def _global_pool(kind: type[Layer]) -> Callable[[Settings], Layer]:
    def made(s: Settings) -> Layer:
        s.only("data_format", "channels_last")
        s.only("keepdims", False)
        return kind()

    return made


def _batch_norm(s: Settings) -> Layer:
    s.last_axis()
    for key, usual in (("center", True), ("scale", True), ("renorm", False)):
        s.only(key, usual)
    return layer(BatchNorm, momentum=s.values.get("momentum", 0.99), epsilon=s.values.get("epsilon", 0.001))


def _layer_norm(s: Settings) -> Layer:
    s.last_axis()
    for key, usual in (("center", True), ("scale", True), ("rms_scaling", False)):
        s.only(key, usual)
    return layer(LayerNorm, epsilon=s.values.get("epsilon", 0.001))


def _embedding(s: Settings) -> Layer:
    s.only("mask_zero", False)
    s.only("lora_rank", None)
    return layer(Embedding, vocabulary=s.values["input_dim"], dimensions=s.values["output_dim"])


def _recurrent(kind: type[Layer]) -> Callable[[Settings], Layer]:
    def made(s: Settings) -> Layer:
        s.only("use_bias", True)
        for key in ("return_state", "stateful", "dropout", "recurrent_dropout"):
            s.only(key, False)
        more: dict[str, Any] = {}
        if kind is SimpleRNN:
            more["activation"] = s.function("tanh")
        else:
            s.only("activation", "tanh")
            s.only("recurrent_activation", "sigmoid")
        if kind is GRU:
            s.only("reset_after", True)
        is_backward, gives_all = bool(s.values.get("go_backwards")), bool(s.values.get("return_sequences"))
        if gives_all:  # Keras would give the last step first
            s.only("go_backwards", False)
        way = "backward" if is_backward else "forward"
        returns = "all" if gives_all else "last"
        return layer(kind, units=s.values["units"], returns=returns, direction=way, **more)

    return made


def _both_ways(s: Settings) -> Layer:
    s.only("merge_mode", "concat")
    inner, back = s.values["layer"], s.values.get("backward_layer")
    name = inner["class_name"]
    if name not in ("SimpleRNN", "LSTM", "GRU") or inner.get("module") != "keras.layers":
        s.missing.append(f"layer={name}"[:40])
        return Flatten()
    s.values = inner["config"]
    s.only("go_backwards", False)
    found = LAYERS[name](s)
    if back is not None:
        same = ("units", "activation", "recurrent_activation", "use_bias", "reset_after", "return_sequences")
        if back["class_name"] != name or any(
            back["config"].get(key) != inner["config"].get(key) for key in same
        ):
            s.missing.append("another backward_layer")
    return replaced(found, direction="both")


def _relu(s: Settings) -> Layer:
    s.only("max_value", None)
    s.only("threshold", 0)
    slope = s.values.get("negative_slope", 0)
    return layer(Activation, function=activations.LeakyReLU(slope) if slope else activations.ReLU())


def _softmax(s: Settings) -> Layer:
    s.last_axis()
    return Activation(activations.Softmax())


def _dropout(s: Settings) -> Layer:
    s.only("noise_shape", None)
    return layer(Dropout, rate=s.values["rate"])


def _flatten(s: Settings) -> Layer:
    s.only("data_format", "channels_last")
    return Flatten()


def _concatenate(s: Settings) -> Layer:
    s.last_axis()
    return Concatenate()


def _up_sampling(s: Settings) -> Layer:
    s.only("data_format", "channels_last")
    s.only("interpolation", "nearest")
    return layer(UpSampling2D, factor=s.one("size", 2))


def _reshape(s: Settings) -> Layer:
    return layer(Reshape, shape="×".join("?" if n == -1 else str(n) for n in s.values["target_shape"]))


LAYERS: dict[str, Callable[[Settings], Layer]] = {
    "Dense": _dense,
    "Activation": lambda s: layer(Activation, function=s.function()),
    "ReLU": _relu,
    "LeakyReLU": lambda s: layer(
        Activation, function=activations.LeakyReLU(s.values.get("negative_slope", 0.3))
    ),
    "ELU": lambda s: layer(Activation, function=activations.ELU(s.values.get("alpha", 1.0))),
    "Softmax": _softmax,
    "Flatten": _flatten,
    "Dropout": _dropout,
    "Conv1D": _convolution(Conv1D),
    "Conv2D": _convolution(Conv2D),
    "Conv2DTranspose": _convolution(ConvTranspose2D, is_transposed=True),
    "MaxPooling1D": _pool(MaxPool1D),
    "MaxPooling2D": _pool(MaxPool2D),
    "AveragePooling1D": _pool(AveragePool1D),
    "AveragePooling2D": _pool(AveragePool2D),
    **{f"GlobalAveragePooling{n}D": _global_pool(GlobalAveragePool) for n in (1, 2)},
    **{f"GlobalMaxPooling{n}D": _global_pool(GlobalMaxPool) for n in (1, 2)},
    "UpSampling2D": _up_sampling,
    "BatchNormalization": _batch_norm,
    "LayerNormalization": _layer_norm,
    "Embedding": _embedding,
    "SimpleRNN": _recurrent(SimpleRNN),
    "LSTM": _recurrent(LSTM),
    "GRU": _recurrent(GRU),
    "Bidirectional": _both_ways,
    "Reshape": _reshape,
    "GaussianNoise": lambda s: layer(GaussianNoise, deviation=s.values["stddev"]),
    "Add": lambda _: Add(),
    "Multiply": lambda _: Multiply(),
    "Concatenate": _concatenate,
}
