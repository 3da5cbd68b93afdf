"""Layers as modules of PyTorch.

Ours have the channels last, PyTorch's convolutions have them first. Which it is at the moment is kept track
of, and turned only where it must be, so that a stack of convolutions and poolings stays one of plain modules.
"""

from neuralstudio.engine import activations
from neuralstudio.engine.activations import ActivationFunction
from neuralstudio.engine.initialisers import InitialiserKind
from neuralstudio.export._base import Templates, written
from neuralstudio.export._margins import Margins, pool_margins, same_margins
from neuralstudio.export._torch_modules import features_class, formula_class
from neuralstudio.export._torch_parts import TorchParts
from neuralstudio.export._torch_weights import TITLE, recurrent, start_lines, weight_start


class TorchLayers(TorchParts):
    """What each layer is in PyTorch."""

    # ── core ─────────────────────────────────────────────────────────────────────────────────────

    def dense(
        self,
        units: int,
        activation: ActivationFunction,
        initialiser: InitialiserKind,
        bias_initialiser: InitialiserKind,
    ) -> None:
        self._last()
        stored = self._kernel_and_bias(".T")
        self._add(
            f"nn.Linear({self.given[-1]}, {units})",
            start_lines(initialiser, bias_initialiser),
            ["weight"],
            stored,
        )
        self._activate(activation)

    def features(self, chosen: tuple[str, ...]) -> None:
        name = f"Features{sum(each.startswith('Features') for each in self.classes) + 1}"
        self.classes[name] = features_class(name, chosen)
        self._last()
        self._add(f"{name}()")

    def activation(self, activation: ActivationFunction) -> None:
        match activation:
            case activations.Softmax():
                self._add(f"nn.Softmax(dim={1 if self._part.is_first else -1})")
            case activations.Step():
                self._use("Step")
                self._add("Step()")
            case activations.Formula():
                name = f"Formula{sum(each.startswith('Formula') for each in self.classes) + 1}"
                lines, used = formula_class(name, activation.expression)
                for each in used:
                    self._use(each)
                self.classes[name] = lines
                self._add(f"{name}()")
            case _:
                self._add(f"nn.{written(activation, _ACTIVATIONS, TITLE)}")

    def flatten(self) -> None:
        self._flat()

    def reshape(self, shape: str) -> None:  # noqa: ARG002 - the trace has it worked out
        self._flat()
        if len(self.place.made) > 1:
            self._add(f"nn.Unflatten(1, {self.place.made})")

    def dropout(self, rate: float) -> None:
        if not self.place.node.learning.is_frozen:
            self._add(f"nn.Dropout({rate!r})")

    def gaussian_noise(self, deviation: float) -> None:
        if not self.place.node.learning.is_frozen:
            self._use("GaussianNoise")
            self._add(f"GaussianNoise({deviation!r})")

    def temperature(self, temperature: float) -> None:
        self._use("Scaled")
        self._add(f"Scaled(1 / {temperature!r})")
        self.activation(activations.Softmax())

    def rbf(self, units: int, start: str) -> None:
        self._use("RBF")
        stored = {name: self._stored(name) for name in ("centres", "log_widths")}
        self._add(f"RBF({self.given[-1]}, {units})", (), ["centres"], stored)
        if start == "k-means":
            self.notes[
                "NeuralStudio starts the centres amid groups of samples (k-means); here: anywhere."
            ] = None

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
        self._channels_first(1)
        self._conv(1, filters, kernel_size, stride, padding, dilation, groups, initialiser)
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
        self._channels_first(2)
        self._conv(2, filters, kernel_size, stride, padding, dilation, groups, initialiser)
        self._activate(activation)

    def conv_transpose2d(
        self,
        filters: int,
        kernel_size: int,
        stride: int,
        padding: str,
        activation: ActivationFunction,
        initialiser: InitialiserKind,
    ) -> None:
        self._channels_first(2)
        overhang = max(kernel_size - stride, 0) if padding == "same" else 0
        settings = [f"{self._channels(2)}, {filters}, {kernel_size}, stride={stride}"]
        if overhang and overhang % 2 == 0:
            settings.append(f"padding={overhang // 2}")
        if stride > kernel_size:
            settings.append(f"output_padding={stride - kernel_size}")
        stored = self._kernel_and_bias(".transpose(3, 2, 0, 1)")
        self._add(f"nn.ConvTranspose2d({', '.join(settings)})", start_lines(initialiser), ["weight"], stored)
        if overhang % 2:
            before, after = overhang // 2, overhang - overhang // 2
            self._add(f"nn.ZeroPad2d({(-before, -after, -before, -after)})")  # cuts off
        self._activate(activation)

    def up_sampling2d(self, factor: int) -> None:
        self._channels_first(2)
        self._add(f"nn.Upsample(scale_factor={factor})")

    def max_pool1d(self, size: int, stride: int, padding: str) -> None:
        self._max_pool(1, size, stride or size, padding)

    def max_pool2d(self, size: int, stride: int, padding: str) -> None:
        self._max_pool(2, size, stride or size, padding)

    def average_pool1d(self, size: int, stride: int, padding: str) -> None:
        self._average_pool(1, size, stride or size, padding)

    def average_pool2d(self, size: int, stride: int, padding: str) -> None:
        self._average_pool(2, size, stride or size, padding)

    def global_average_pool(self) -> None:
        self._global_pool("AdaptiveAvgPool")

    def global_max_pool(self) -> None:
        self._global_pool("AdaptiveMaxPool")

    # ── normalising ──────────────────────────────────────────────────────────────────────────────

    def batch_norm(self, momentum: float, epsilon: float) -> None:
        axes = len(self.given) - 1
        if axes > 3:
            raise NotImplementedError
        if axes:
            self._turn_first()
        settings = f"{self.given[-1]}, eps={epsilon!r}, momentum=1 - {momentum!r}"
        names = {"running_mean": "moving_mean", "running_var": "moving_variance"}
        stored = {name: self._stored(ours) for name, ours in (_NORM | names).items()}
        self._add(f"nn.BatchNorm{max(axes, 1)}d({settings})", stored=stored)
        self.notes["PyTorch's running variance is the unbiased one: a little larger than NeuralStudio's."] = (
            None
        )

    def layer_norm(self, epsilon: float) -> None:
        self._last()
        stored = {name: self._stored(ours) for name, ours in _NORM.items()}
        self._add(f"nn.LayerNorm({self.given[-1]}, eps={epsilon!r})", stored=stored)

    # ── sequences ────────────────────────────────────────────────────────────────────────────────

    def embedding(self, vocabulary: int, dimensions: int, initialiser: InitialiserKind) -> None:
        # PyTorch takes a table for a layer from columns to rows.
        start = weight_start(initialiser, "{m}.weight", ', mode="fan_out"')
        stored = {"weight": self._stored("table")}
        self._add(f"nn.Embedding({vocabulary}, {dimensions})", [start], ["weight"], stored)

    def simple_rnn(
        self,
        units: int,
        returns: str,
        direction: str,
        activation: ActivationFunction,
        initialiser: InitialiserKind,
    ) -> None:
        self._recurrent("RNN", units, returns, direction, initialiser, f', nonlinearity="{activation.tag()}"')

    def lstm(self, units: int, returns: str, direction: str, initialiser: InitialiserKind) -> None:
        self._recurrent("LSTM", units, returns, direction, initialiser)

    def gru(self, units: int, returns: str, direction: str, initialiser: InitialiserKind) -> None:
        self._recurrent("GRU", units, returns, direction, initialiser)

    # ── merging ──────────────────────────────────────────────────────────────────────────────────

    def add(self) -> None:
        self._part.joined = " + ".join(self._sources())

    def multiply(self) -> None:
        self._part.joined = " * ".join(self._sources())

    def concatenate(self) -> None:
        sources = ", ".join(self._sources())
        self._part.joined = f"torch.cat([{sources}], dim={1 if self._part.is_first else -1})"

    # ── shared by several ────────────────────────────────────────────────────────────────────────

    def _activate(self, activation: ActivationFunction) -> None:
        if not isinstance(activation, activations.Linear):
            self.activation(activation)

    def _conv(
        self,
        axes: int,
        filters: int,
        size: int,
        stride: int,
        padding: str,
        dilation: int,
        groups: int,
        initialiser: InitialiserKind,
    ) -> None:
        settings = [f"{self._channels(axes)}, {filters}, {size}"]
        if stride > 1:
            settings.append(f"stride={stride}")
        if padding == "same":
            margins = same_margins(self.given[:axes], size, stride, dilation)
            if margins.is_even:
                settings.append('padding="same"' if stride == 1 else f"padding={margins.before}")
            else:
                self._add(f"nn.ZeroPad{axes}d({margins.for_torch})")
        settings += [f"dilation={dilation}"] * (dilation > 1) + [f"groups={groups}"] * (groups > 1)
        stored = self._kernel_and_bias(".transpose(2, 1, 0)" if axes == 1 else ".transpose(3, 2, 0, 1)")
        self._add(f"nn.Conv{axes}d({', '.join(settings)})", start_lines(initialiser), ["weight"], stored)

    def _pool(self, axes: int, size: int, stride: int, padding: str) -> tuple[str, Margins]:
        self._channels_first(axes)
        settings = f"{size}" if stride == size else f"{size}, stride={stride}"
        return settings, pool_margins(self.given[:axes], size, stride, padding)

    def _max_pool(self, axes: int, size: int, stride: int, padding: str) -> None:
        settings, margins = self._pool(axes, size, stride, padding)
        if not margins.is_even:
            self._add(f'nn.ConstantPad{axes}d({margins.for_torch}, -float("inf"))')
        elif any(margins.before):
            settings += f", padding={margins.before}"
        self._add(f"nn.MaxPool{axes}d({settings})")

    def _average_pool(self, axes: int, size: int, stride: int, padding: str) -> None:
        settings, margins = self._pool(axes, size, stride, padding)
        if not margins.is_even:
            self._use("AveragePool")
            self._add(f"AveragePool(nn.AvgPool{axes}d({settings}), {margins.for_torch})")
            return
        if any(margins.before):
            settings += f", padding={margins.before}, count_include_pad=False"
        self._add(f"nn.AvgPool{axes}d({settings})")

    def _global_pool(self, name: str) -> None:
        axes = len(self.given) - 1
        if axes > 3:
            raise NotImplementedError
        self._turn_first()
        self._add(f"nn.{name}{axes}d(1)")
        self._add("nn.Flatten()")
        self._part.is_first = False

    def _recurrent(
        self,
        cell: str,
        units: int,
        returns: str,
        direction: str,
        initialiser: InitialiserKind,
        more: str = "",
    ) -> None:
        self._use("Recurrent")
        if len(self.given) == 1:
            self._add(f"nn.Unflatten(1, ({self.given[0]}, 1))")
        self._last()
        features = self.given[1] if len(self.given) > 1 else 1
        settings = f"{features}, {units}, batch_first=True" + more
        if direction == "both":
            settings += ", bidirectional=True"
        flags = ", returns_all=True" * (returns == "all") + ", is_backward=True" * (direction == "backward")
        self._part.modules.append(
            recurrent(
                f"Recurrent(nn.{cell}({settings}){flags})",
                cell,
                units,
                is_both=direction == "both",
                initialiser=initialiser,
                stored=self._stored,
            )
        )

    def _kernel_and_bias(self, turned: str) -> dict[str, str]:
        return {"weight": self._stored("kernel", turned), "bias": self._stored("bias")}


_NORM = {"weight": "gamma", "bias": "beta"}
_ACTIVATIONS: Templates = {
    activations.Linear: "Identity()",
    activations.Sigmoid: "Sigmoid()",
    activations.HardSigmoid: "Hardsigmoid()",
    activations.Tanh: "Tanh()",
    activations.ReLU: "ReLU()",
    activations.LeakyReLU: "LeakyReLU({k.slope!r})",
    activations.ELU: "ELU({k.alpha!r})",
    activations.SELU: "SELU()",
    activations.GELU: "GELU(approximate={k.approximate!r})",
    activations.Swish: "SiLU()",
    activations.Softplus: "Softplus()",
    activations.Softsign: "Softsign()",
}
