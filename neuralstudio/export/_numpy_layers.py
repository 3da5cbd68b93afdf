"""Layers in plain NumPy: the lines that compute each, and those that take a gradient back through it."""

from collections.abc import Sequence

from neuralstudio.engine import activations, initialisers
from neuralstudio.engine.activations import ActivationFunction
from neuralstudio.engine.graph import Shape
from neuralstudio.engine.initialisers import InitialiserKind
from neuralstudio.export._base import refusal, unknown
from neuralstudio.export._margins import Margins, pool_margins, same_margins
from neuralstudio.export._numpy_steps import TITLE, NumPySteps


class NumPyLayers(NumPySteps):
    """What each layer is in plain NumPy."""

    # ── core ─────────────────────────────────────────────────────────────────────────────────────

    def dense(self, units: int, activation: ActivationFunction, initialiser: InitialiserKind) -> None:
        w, b = self._weight("W", (self.given[-1], units), initialiser), self._weight("b", (units,))
        h = self._h
        rows, slopes = (h, "d") if len(self.given) == 1 else (_rows(h, self.given[-1]), _rows("d", units))
        gradients = [f"gradients[{w}] = {rows}.T @ {slopes}", f"gradients[{b}] = {slopes}.sum(axis=0)"]
        self._add(f"{h} @ weights[{w}] + weights[{b}]", "dense", [f"d = d @ weights[{w}].T"], gradients, [w])
        self._activate(activation)

    def activation(self, activation: ActivationFunction) -> None:
        forth, back = _activation(activation)
        for name in ("softmax", "sigmoid", "normal_share", "gelu_by_tanh"):
            if f"{name}(" in forth + back:
                self._use(name)
        before, after = self._h, f"h{self.count + 1}"
        line = back.format(x=before, h=after)
        self._add(forth.format(x=before), activation.tag(), [f"d = {line}"] if line != "d" else [])

    def flatten(self) -> None:
        self._reshaped("-1")

    def reshape(self, shape: str) -> None:  # noqa: ARG002 - the trace has it worked out
        self._reshaped(", ".join(map(str, self.place.made)))

    def dropout(self, rate: float) -> None:
        if self.place.node.learning.is_frozen:
            return
        mask, kept = self._kept, f"(random.random({self._h}.shape) >= {rate!r})"
        self.forward += [f"{mask} = 1", "if is_training:"]
        self.forward.append(f"    {mask} = ({kept} / {1 - rate!r}).astype(np.float32)")
        self._add(f"{self._h} * {mask}", "dropout", [f"d = d * {mask}"])

    def gaussian_noise(self, deviation: float) -> None:
        if self.place.node.learning.is_frozen:
            return
        noise = f"random.normal(0, {deviation!r}, {self._h}.shape).astype(np.float32)"
        self._add(f"{self._h} + {noise} if is_training else {self._h}", "noise", [])

    def temperature(self, temperature: float) -> None:
        self._add(f"{self._h} / {temperature!r}", "scale", [f"d = d / {temperature!r}"])
        self.activation(activations.Softmax())

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
        self._to_images(1)
        margins = Margins((0, 0), (0, 0))
        if padding == "same":
            margins = _flat(same_margins(self.given[:1], kernel_size, stride, dilation))
        kernel = (1, kernel_size, self._channels(1) // groups, filters)
        self._padded((1, self.given[0]), margins, "0")
        self._convolution(kernel, (1, stride), dilation, groups, initialiser)
        self._add(f"{self._h}[:, 0]", "row", ["d = d[:, None]"])
        self._activate(activation)

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
        self._to_images(2)
        margins = Margins((0, 0), (0, 0))
        if padding == "same":
            margins = same_margins(self.given[:2], kernel_size, stride, dilation)
        kernel = (kernel_size, kernel_size, self._channels(2) // groups, filters)
        self._padded(self.given[:2], margins, "0")
        self._convolution(kernel, (stride, stride), dilation, groups, initialiser)
        self._activate(activation)

    def up_sampling2d(self, factor: int) -> None:
        self._to_images(2)
        parts = ", ".join(f"{length}, {factor}" for length in self.given[:2])
        back = f"d = d.reshape(-1, {parts}, {self._channels(2)}).sum(axis=(2, 4))"
        self._add(f"{self._h}.repeat({factor}, axis=1).repeat({factor}, axis=2)", "larger", [back])

    def max_pool1d(self, size: int, stride: int, padding: str) -> None:
        self._pool(1, "max", size, stride or size, padding)

    def max_pool2d(self, size: int, stride: int, padding: str) -> None:
        self._pool(2, "max", size, stride or size, padding)

    def average_pool1d(self, size: int, stride: int, padding: str) -> None:
        self._pool(1, "sum", size, stride or size, padding)

    def average_pool2d(self, size: int, stride: int, padding: str) -> None:
        self._pool(2, "sum", size, stride or size, padding)

    def global_average_pool(self) -> None:
        h, axes = self._h, tuple(range(1, len(self.given)))
        back = f"d = np.expand_dims(d, {axes}) / {_size(self.given[:-1])} * np.ones_like({h})"
        self._add(f"{h}.mean(axis={axes})", "mean", [back])

    def global_max_pool(self) -> None:
        h, kept = self._h, self._kept
        places = f"{h}.reshape(len({h}), {_size(self.given[:-1])}, {self.given[-1]})"
        self.forward.append(f"{kept} = {places}.argmax(axis=1)[:, None]")
        back = [
            f"back = np.zeros_like({places})",
            f"np.put_along_axis(back, {kept}, d[:, None], axis=1)",
            f"d = back.reshape({h}.shape)",
        ]
        self._add(f"np.take_along_axis({places}, {kept}, axis=1)[:, 0]", "max", back)

    # ── normalising, and tokens ──────────────────────────────────────────────────────────────────

    def batch_norm(self, momentum: float, epsilon: float) -> None:
        number = self._number("m")
        mean, variance = f'"mean{number}"', f'"variance{number}"'
        channels = self.given[-1:]
        self.running += [
            f"{mean}: np.zeros({channels}, np.float32)",
            f"{variance}: np.ones({channels}, np.float32)",
        ]
        axes, h, kept = tuple(range(len(self.given))), self._h, self._kept
        still = f"({h} - running[{mean}]) / np.sqrt(running[{variance}] + {epsilon!r}), 1"
        if self.place.node.learning.is_frozen:
            raise refusal(self.place.node, TITLE, "with a frozen batch norm")
        self.forward += [
            "if is_training:",
            f"    {kept} = normalised({h}, {axes}, {epsilon!r})",
            f"    for name, now in (({mean}, {h}.mean(axis={axes})), ({variance}, {h}.var(axis={axes}))):",
            f"        running[name] = {momentum!r} * running[name] + (1 - {momentum!r}) * now",
            "else:",
            f"    {kept} = {still}",
        ]
        self._scaled(axes, axes)

    def layer_norm(self, epsilon: float) -> None:
        self.forward.append(f"{self._kept} = normalised({self._h}, -1, {epsilon!r})")
        self._scaled(tuple(range(len(self.given))), -1)

    def embedding(self, vocabulary: int, dimensions: int, initialiser: InitialiserKind) -> None:
        w, h = self._weight("W", (vocabulary, dimensions), initialiser), self._h
        gradients = [f"gradients[{w}] = np.zeros_like(weights[{w}])", f"np.add.at(gradients[{w}], {h}, d)"]
        self._add(f"weights[{w}][{h}]", "embedding", [], gradients, [w])

    # ── shared by several ────────────────────────────────────────────────────────────────────────

    def _activate(self, activation: ActivationFunction) -> None:
        if not isinstance(activation, activations.Linear):
            self.activation(activation)

    def _channels(self, axes: int) -> int:
        return self.given[axes] if len(self.given) > axes else 1

    def _to_images(self, axes: int) -> None:
        """(batch, height, width, channels), from sequences (1 axis) or images without channels."""
        if len(self.given) == axes:
            self._add(f"{self._h}[..., None]", "channel", ["d = d[..., 0]"])
        if axes == 1:
            self._add(f"{self._h}[:, None]", "row", ["d = d[:, 0]"])

    def _padded(self, lengths: Sequence[int], margins: Margins, value: str) -> None:
        if not any((*margins.before, *margins.after)):
            return
        (top, left), (bottom, right) = margins.before, margins.after
        sides = f"((0, 0), ({top}, {bottom}), ({left}, {right}), (0, 0))"
        inner = f"d = d[:, {top} : {top + lengths[0]}, {left} : {left + lengths[1]}]"
        self._add(f"np.pad({self._h}, {sides}, constant_values={value})", "padding", [inner])

    def _convolution(
        self,
        kernel: Shape,
        stride: Shape,
        dilation: int,
        groups: int,
        initialiser: InitialiserKind,
    ) -> None:
        if groups > 1:
            raise refusal(self.place.node, TITLE, "with groups of channels")
        self._use("convolved")
        w, b, h = self._weight("W", kernel, initialiser), self._weight("b", kernel[-1:]), self._h
        gradients = [
            f"gradients[{w}] = kernel_gradient({h}, weights[{w}], d, {stride}, {dilation})",
            f"gradients[{b}] = d.sum(axis=(0, 1, 2))",
        ]
        back = f"d = image_gradient({h}, weights[{w}], d, {stride}, {dilation})"
        made = f"convolved({h}, weights[{w}], {stride}, {dilation}) + weights[{b}]"
        self._add(made, "convolution", [back], gradients, [w])

    def _pool(self, axes: int, kind: str, size: int, stride: int, padding: str) -> None:
        self._use(f"{kind}_pool")
        self._to_images(axes)
        lengths = self.given[:axes]
        margins = pool_margins(lengths, size, stride, padding)
        sizes, strides = (size, size), (stride, stride)
        if axes == 1:
            lengths, margins, sizes, strides = (1, *lengths), _flat(margins), (1, size), (1, stride)
        inside = f"np.ones((1, {lengths[0]}, {lengths[1]}, 1), np.float32)"
        (top, left), (bottom, right) = margins.before, margins.after
        if any((top, left, bottom, right)):
            inside = f"np.pad({inside}, ((0, 0), ({top}, {bottom}), ({left}, {right}), (0, 0)))"
        self._padded(lengths, margins, "-np.inf" if kind == "max" else "0")
        h, after, kept, both = self._h, f"h{self.count + 1}", self._kept, f"{sizes}, {strides}"
        if kind == "max":
            back = f"d = max_pool_gradient({h}, {after}, d, {both})"
            self._add(f"max_pool({h}, {both})", "pool", [back])
        else:
            self.forward.append(f"{kept} = sum_pool({inside}, {both})  # numbers in each window")
            back = f"d = sum_pool_gradient({h}, d / {kept}, {both})"
            self._add(f"sum_pool({h}, {both}) / {kept}", "pool", [back])
        if axes == 1:
            self._add(f"{self._h}[:, 0]", "row", ["d = d[:, None]"])

    def _scaled(self, others: Shape, axes: Shape | int) -> None:
        """The trained scale and shift of what was normalised along ``axes``."""
        self._use("normalised")
        channels, kept = self.given[-1:], self._kept
        w = self._weight("g", channels, initialisers.Constant(value=1.0))
        b = self._weight("b", channels)
        gradients = [
            f"gradients[{w}] = (d * {kept}[0]).sum(axis={others})",
            f"gradients[{b}] = d.sum(axis={others})",
        ]
        back = f"d = normalised_gradient(*{kept}, d * weights[{w}], {axes})"
        self._add(f"{kept}[0] * weights[{w}] + weights[{b}]", "normalisation", [back], gradients)


def _rows(name: str, length: int) -> str:
    return f"{name}.reshape(-1, {length})"


def _size(shape: Shape) -> int:
    size = 1
    for length in shape:
        size *= length
    return size


def _flat(margins: Margins) -> Margins:
    """The margins of a sequence, for an image of height 1."""
    return Margins((0, *margins.before), (0, *margins.after))


def _activation(kind: ActivationFunction) -> tuple[str, str]:
    """The function of ``{x}``, and the way back from its result ``{h}``."""
    match kind:
        case activations.LeakyReLU():
            slope = repr(kind.slope)
            return f"np.where({{x}} > 0, {{x}}, {slope} * {{x}})", f"np.where({{x}} > 0, d, {slope} * d)"
        case activations.ELU():
            return _elu(1.0, kind.alpha)
        case activations.SELU():
            return _elu(1.0507009873554805, 1.0507009873554805 * 1.6732632423543772)
        case activations.GELU() if kind.approximate == "tanh":
            return "gelu_by_tanh({x})", "d * gelu_slope({x})"
        case _ if type(kind) in _ACTIVATIONS:
            return _ACTIVATIONS[type(kind)]
        case _:
            raise unknown(kind, TITLE)


def _elu(scale: float, alpha: float) -> tuple[str, str]:
    below = f"{alpha!r} * np.expm1(np.minimum({{x}}, 0))"
    return (
        f"np.where({{x}} > 0, {scale!r} * {{x}}, {below})",
        f"d * np.where({{x}} > 0, {scale!r}, {{h}} + {alpha!r})",
    )


_ACTIVATIONS = {
    activations.Linear: ("{x}", "d"),
    activations.Sigmoid: ("sigmoid({x})", "d * {h} * (1 - {h})"),
    activations.HardSigmoid: ("np.clip({x} / 6 + 0.5, 0, 1)", "d * (({h} > 0) & ({h} < 1)) / 6"),
    activations.Tanh: ("np.tanh({x})", "d * (1 - {h}**2)"),
    activations.ReLU: ("np.maximum({x}, 0)", "d * ({h} > 0)"),
    activations.GELU: (
        "{x} * normal_share({x})",
        "d * (normal_share({x}) + {x} * np.exp(-0.5 * {x}**2) / math.sqrt(2 * math.pi))",
    ),
    activations.Swish: ("{x} * sigmoid({x})", "d * ({h} + sigmoid({x}) * (1 - {h}))"),
    activations.Softplus: ("np.logaddexp({x}, 0)", "d * sigmoid({x})"),
    activations.Softsign: ("{x} / (1 + np.abs({x}))", "d / (1 + np.abs({x})) ** 2"),
    activations.Softmax: ("softmax({x})", "{h} * (d - (d * {h}).sum(axis=-1, keepdims=True))"),
    activations.Step: ("({x} >= 0).astype(np.float32)", "d * (np.abs({x}) <= 1)  # as if of x itself"),
}
