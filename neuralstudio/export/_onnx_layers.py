"""Layers as ONNX operations. Images have their channels first there; ours are turned only where they must."""
# ruff: noqa: ARG002 - the weights are there: it does not matter how many a layer has, or where they began

from collections.abc import Mapping, Sequence

import numpy as np

from neuralstudio.engine import activations
from neuralstudio.engine.activations import ActivationFunction
from neuralstudio.engine.graph import Array
from neuralstudio.engine.initialisers import InitialiserKind
from neuralstudio.export._base import Listener, Place
from neuralstudio.export._margins import Margins, pool_margins, same_margins
from neuralstudio.export._onnx_activations import activated
from neuralstudio.export._onnx_features import featured
from neuralstudio.export._onnx_graph import TIME_FIRST, GraphBuilder, Order, Value, channels_first, plain
from neuralstudio.project.foreign.onnx_model import Attribute


class OnnxLayers(Listener):
    """What each layer is in ONNX. ``values`` has what each node puts out, the data first."""

    def __init__(self, weights: Mapping[str, Array], input_axes: int) -> None:
        self.graph = GraphBuilder()
        self.values = [Value("x", plain(input_axes + 1))]
        self._weights = weights

    def arrive(self, place: Place) -> None:
        super().arrive(place)
        self.graph.owner = place.node.id
        self.values.append(self.values[place.inputs[0]])

    def end(self) -> None:
        """Makes the last layer's output that of the graph."""
        last = self.values[-1]
        self.graph.end(self.graph.turned(last, plain(len(last.order))))

    # ── core ─────────────────────────────────────────────────────────────────────────────────────

    def dense(
        self,
        units: int,
        activation: ActivationFunction,
        initialiser: InitialiserKind,
        bias_initialiser: InitialiserKind,
    ) -> None:
        x, kernel, bias = self._plain(), self._weight("kernel"), self._weight("bias")
        if len(self.given) == 1:
            self._set("Gemm", x, kernel, bias)
        else:
            self._set("Add", self.graph.add("MatMul", x, kernel), bias)
        self.activation(activation)

    def features(self, chosen: tuple[str, ...]) -> None:
        self.values[-1] = Value(featured(self.graph, self._plain(), chosen), plain(2))

    def activation(self, activation: ActivationFunction) -> None:
        h = self.values[-1]
        channels = h.order.index(len(h.order) - 1)
        self.values[-1] = Value(activated(self.graph, activation, h.name, channels), h.order)

    def flatten(self) -> None:
        self._set("Flatten", self._plain(), axis=1)

    def reshape(self, shape: str) -> None:
        self._set("Reshape", self._plain(), self.graph.integers("shape", 0, *self.place.made))

    def dropout(self, rate: float) -> None:
        h = self.values[-1]
        self._set("Dropout", h.name, self.graph.number(rate), order=h.order)

    def gaussian_noise(self, deviation: float) -> None:
        """Nothing: there is noise in training only."""

    def temperature(self, temperature: float) -> None:
        h = self.values[-1]
        self._set("Mul", h.name, self.graph.number(1 / temperature), order=h.order)
        self.activation(activations.Softmax())

    def rbf(self, units: int, start: str) -> None:
        """exp(−|x − c|² / 2s²), the differences written out: exact wherever the centres lie."""
        each = self.graph.add("Unsqueeze", self._plain(), self.graph.integers("axis", 1))
        differences = self.graph.add("Sub", each, self._weight("centres"))
        axis = self.graph.integers("axis", 2)
        distances = self.graph.add("ReduceSumSquare", differences, axis, keepdims=0)
        scale = -0.5 * np.exp(-2 * self._array("log_widths").astype(np.float64))
        scales = self.graph.tensor("scales", scale.astype(np.float32))
        self._set("Exp", self.graph.add("Mul", distances, scales))

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
        self._convolution(1, kernel_size, stride, padding, dilation, groups)
        self.activation(activation)

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
        self._convolution(2, kernel_size, stride, padding, dilation, groups)
        self.activation(activation)

    def conv_transpose2d(
        self,
        filters: int,
        kernel_size: int,
        stride: int,
        padding: str,
        activation: ActivationFunction,
        initialiser: InitialiserKind,
    ) -> None:
        x, kernel = self._images(2), self._weight("kernel", (3, 2, 0, 1))
        made = [length * stride for length in self.given[:2]]
        margins = pool_margins(made, kernel_size, stride, padding)
        open_end = max(stride - kernel_size, 0)
        self._set(
            "ConvTranspose",
            x,
            kernel,
            self._weight("bias"),
            order=channels_first(4),
            strides=(stride, stride),
            pads=(*margins.before, *margins.after),
            output_padding=(open_end, open_end),
        )
        self.activation(activation)

    def up_sampling2d(self, factor: int) -> None:
        scales = self.graph.tensor("scales", np.array([1, 1, factor, factor], np.float32))
        self._set(
            "Resize",
            self._images(2),
            "",
            scales,
            order=channels_first(4),
            mode="nearest",
            coordinate_transformation_mode="asymmetric",
            nearest_mode="floor",
        )

    def max_pool1d(self, size: int, stride: int, padding: str) -> None:
        self._pool("MaxPool", 1, size, stride, padding)

    def max_pool2d(self, size: int, stride: int, padding: str) -> None:
        self._pool("MaxPool", 2, size, stride, padding)

    def average_pool1d(self, size: int, stride: int, padding: str) -> None:
        self._pool("AveragePool", 1, size, stride, padding)

    def average_pool2d(self, size: int, stride: int, padding: str) -> None:
        self._pool("AveragePool", 2, size, stride, padding)

    def global_average_pool(self) -> None:
        self._reduce("ReduceMean")

    def global_max_pool(self) -> None:
        self._reduce("ReduceMax")

    # ── normalising, tokens and merging ──────────────────────────────────────────────────────────

    def batch_norm(self, momentum: float, epsilon: float) -> None:
        order = channels_first(len(self.given) + 1)
        weights = map(self._weight, ("gamma", "beta", "moving_mean", "moving_variance"))
        x = self._in(order)
        self._set("BatchNormalization", x, *weights, order=order, epsilon=epsilon, momentum=float(momentum))

    def layer_norm(self, epsilon: float) -> None:
        x = self._plain()
        self._set("LayerNormalization", x, *map(self._weight, ("gamma", "beta")), axis=-1, epsilon=epsilon)

    def embedding(self, vocabulary: int, dimensions: int, initialiser: InitialiserKind) -> None:
        self._set("Gather", self._weight("table"), self.values[-1].name, axis=0)

    def add(self) -> None:
        self._merge("Add")

    def multiply(self) -> None:
        self._merge("Mul")

    def concatenate(self) -> None:
        order, names = self._together()
        self._set("Concat", *names, order=order, axis=order.index(len(order) - 1))

    # ── recurrent ────────────────────────────────────────────────────────────────────────────────

    def simple_rnn(
        self,
        units: int,
        returns: str,
        direction: str,
        activation: ActivationFunction,
        initialiser: InitialiserKind,
    ) -> None:
        functions = ("Relu" if isinstance(activation, activations.ReLU) else "Tanh",) * len(_ways(direction))
        self._recurrent("RNN", units, returns, direction, (0,), activations=functions)

    def lstm(self, units: int, returns: str, direction: str, initialiser: InitialiserKind) -> None:
        self._recurrent("LSTM", units, returns, direction, (0, 3, 1, 2))

    def gru(self, units: int, returns: str, direction: str, initialiser: InitialiserKind) -> None:
        self._recurrent("GRU", units, returns, direction, (0, 1, 2), linear_before_reset=1)

    def _recurrent(
        self,
        op: str,
        units: int,
        returns: str,
        direction: str,
        gates: Sequence[int],
        **settings: int | tuple[str, ...],
    ) -> None:
        """``gates``: ours in ONNX's order. ONNX's weights lie (directions, gates · units, …)."""
        ways = _ways(direction)

        def stacked(name: str) -> Array:
            parts = [self._array(prefix + name) for prefix in ways]
            return np.stack([_by_gate(part, gates) for part in parts])

        bias = stacked("bias")
        has_second = f"{self.place.node.id}/recurrent_bias" in self._weights
        second = stacked("recurrent_bias") if has_second else np.zeros_like(bias)
        every, last = self.graph.add_several(
            op,
            2,
            self._sequences(),
            self.graph.tensor("kernel", stacked("kernel")),
            self.graph.tensor("recurrent_kernel", stacked("recurrent_kernel")),
            self.graph.tensor("bias", np.concatenate([bias, second], 1)),
            hidden_size=units,
            direction={"forward": "forward", "backward": "reverse", "both": "bidirectional"}[direction],
            **settings,
        )
        if len(ways) == 1:
            result, axis = (every, 1) if returns == "all" else (last, 0)
            result = self.graph.add("Squeeze", result, self.graph.integers("axis", axis))
        elif returns == "all":  # (steps, directions, batch, units)
            turned = self.graph.add("Transpose", every, perm=(0, 2, 1, 3))
            result = self.graph.add("Reshape", turned, self.graph.integers("shape", 0, 0, 2 * units))
        else:
            turned = self.graph.add("Transpose", last, perm=(1, 0, 2))
            result = self.graph.add("Reshape", turned, self.graph.integers("shape", 0, 2 * units))
        self.values[-1] = Value(result, TIME_FIRST if returns == "all" else plain(2))

    # ── shared by several ────────────────────────────────────────────────────────────────────────

    def _set(self, op: str, *inputs: str, order: Order | None = None, **settings: Attribute) -> None:
        """Makes an operation's result the layer's output, in our order if nothing else is said."""
        self.values[-1] = Value(
            self.graph.add(op, *inputs, **settings), order or plain(len(self.place.made) + 1)
        )

    def _in(self, order: Order) -> str:
        return self.graph.turned(self.values[-1], order)

    def _plain(self) -> str:
        return self._in(plain(len(self.given) + 1))

    def _array(self, name: str) -> Array:
        return np.asarray(self._weights[f"{self.place.node.id}/{name}"], np.float32)

    def _weight(self, name: str, axes: Sequence[int] | None = None) -> str:
        array = self._array(name)
        return self.graph.tensor(name, array if axes is None else array.transpose(axes))

    def _images(self, axes: int) -> str:
        """The input with its channels first, from sequences (1 axis) or images, perhaps without channels."""
        if len(self.given) == axes:
            return self.graph.add("Unsqueeze", self._plain(), self.graph.integers("axis", 1))
        return self._in(channels_first(axes + 2))

    def _sequences(self) -> str:
        if len(self.given) == 1:  # one number a step
            numbered = self.graph.add("Unsqueeze", self._plain(), self.graph.integers("axis", 2))
            return self.graph.turned(Value(numbered, plain(3)), TIME_FIRST)
        return self._in(TIME_FIRST)

    def _convolution(
        self, axes: int, kernel_size: int, stride: int, padding: str, dilation: int, groups: int
    ) -> None:
        x, lengths = self._images(axes), self.given[:axes]
        margins = Margins((0,) * axes, (0,) * axes)
        if padding == "same":
            margins = same_margins(lengths, kernel_size, stride, dilation)
        kernel = self._weight("kernel", (axes + 1, axes, *range(axes)))
        self._set(
            "Conv",
            x,
            kernel,
            self._weight("bias"),
            order=channels_first(axes + 2),
            kernel_shape=(kernel_size,) * axes,
            strides=(stride,) * axes,
            dilations=(dilation,) * axes,
            pads=(*margins.before, *margins.after),
            group=groups,
        )

    def _pool(self, op: str, axes: int, size: int, stride: int, padding: str) -> None:
        margins = pool_margins(self.given[:axes], size, stride or size, padding)
        self._set(
            op,
            self._images(axes),
            order=channels_first(axes + 2),
            kernel_shape=(size,) * axes,
            strides=(stride or size,) * axes,
            pads=(*margins.before, *margins.after),
        )

    def _reduce(self, op: str) -> None:
        """Over all axes between batch and channels."""
        h = self.values[-1]
        axes = sorted(h.order.index(axis) for axis in range(1, len(h.order) - 1))
        self._set(op, h.name, self.graph.integers("axes", *axes), keepdims=0)

    def _together(self) -> tuple[Order, list[str]]:
        """The layer's inputs, all in the order of the first."""
        values = [self.values[number] for number in self.place.inputs]
        return values[0].order, [self.graph.turned(value, values[0].order) for value in values]

    def _merge(self, op: str) -> None:
        order, (result, *others) = self._together()
        for other in others:
            result = self.graph.add(op, result, other)
        self.values[-1] = Value(result, order)


def _ways(direction: str) -> tuple[str, ...]:
    """How the names of the weights of each direction begin."""
    return ("", "backward_") if direction == "both" else ("",)


def _by_gate(weight: Array, gates: Sequence[int]) -> Array:
    """(…, gates · units) → (gates · units, …), the gates in another order."""
    parts = np.split(weight, len(gates), -1)
    return np.concatenate([parts[gate] for gate in gates], -1).T
