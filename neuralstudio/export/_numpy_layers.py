"""Layers in plain NumPy: the lines that compute each, and those that take a gradient back through it."""

import math

from neuralstudio.engine import activations, initialisers
from neuralstudio.engine.activations import ActivationFunction
from neuralstudio.engine.graph import Shape
from neuralstudio.engine.initialisers import InitialiserKind
from neuralstudio.export._base import called, indented
from neuralstudio.export._centres import K_MEANS
from neuralstudio.export._features import columns, slopes
from neuralstudio.export._numpy_images import NumPyImages
from neuralstudio.export._numpy_recurrent import NumPyRecurrent


class NumPyLayers(NumPyImages, NumPyRecurrent):
    """What each layer is in plain NumPy; those for images and for sequences have files of their own."""

    # ── core ─────────────────────────────────────────────────────────────────────────────────────

    def dense(
        self,
        units: int,
        activation: ActivationFunction,
        initialiser: InitialiserKind,
        bias_initialiser: InitialiserKind,
    ) -> None:
        w = self._weight("W", "kernel", (self.given[-1], units), initialiser)
        b = self._weight("b", "bias", (units,), bias_initialiser)
        h = self._h
        rows, slopes = (h, "d") if len(self.given) == 1 else (_rows(h, self.given[-1]), _rows("d", units))
        gradients = [f"gradients[{w}] = {rows}.T @ {slopes}", f"gradients[{b}] = {slopes}.sum(axis=0)"]
        self._add(f"{h} @ weights[{w}] + weights[{b}]", "dense", [f"d = d @ weights[{w}].T"], gradients, [w])
        self._activate(activation)

    def features(self, chosen: tuple[str, ...]) -> None:
        name = f"features_{sum(each.startswith('features') for each in self.functions) // 2 + 1}"
        by_x1, by_x2 = slopes(chosen, "np")
        self.functions[name] = [
            f"def {name}(x):",
            '    """What the next layer sees of x1 and x2."""',
            "    x1, x2 = x[:, :1], x[:, 1:]",
            *indented(called("return np.hstack", [f"[{', '.join(columns(chosen, 'np'))}]"])),
        ]
        self.functions[f"{name}_slope"] = [
            f"def {name}_slope(x, d):",
            '    """The slope by x1 and x2, from that by each of the features."""',
            "    x1, x2 = x[:, :1], x[:, 1:]",
            f"    by_x1 = {by_x1}",
            f"    by_x2 = {by_x2}",
            "    return np.hstack([by_x1, by_x2])",
        ]
        self._add(f"{name}({self._h})", "features", [f"d = {name}_slope({self._h}, d)"])

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

    def rbf(self, units: int, start: str) -> None:
        self._use("rbf")
        inputs, h, kept = self.given[0], self._h, self._kept
        centres = self._weight("C", "centres", (units, inputs), initialisers.Uniform(limit=1.0))
        widths = self._weight(
            "s", "log_widths", (units,), initialisers.Constant(value=math.log(math.sqrt(inputs)))
        )
        if start == "k-means" and not self._is_trained:
            self.functions["k_means"] = K_MEANS
            self.beginnings += [
                "# Radial units start amid groups of samples",
                f"arriving = forward(x_train[:2000], is_training=False)[0][{self._at}]",
                f"weights[{centres}], weights[{widths}] = k_means(arriving, {units})",
            ]
        gradients = [
            f"gradients[{centres}] = d.T @ {h} - d.sum(axis=0)[:, None] * weights[{centres}]",
            f"gradients[{widths}] = (d * {kept}).sum(axis=0)",
        ]
        self._add(
            f"rbf({h}, weights[{centres}], weights[{widths}])",
            "rbf",
            [f"d = d @ weights[{centres}] - {h} * d.sum(axis=1, keepdims=True)"],
            gradients,
            [centres],
            through=[f"d = d * {self._next} * np.exp(-2 * weights[{widths}])"],
            keeps=True,
        )

    # ── merging ──────────────────────────────────────────────────────────────────────────────────

    def add(self) -> None:
        numbers = self._sources
        made = " + ".join(f"h{number}" for number in numbers)
        self._add(made, "add", reads=numbers, shares=["d"] * len(numbers))

    def multiply(self) -> None:
        numbers = self._sources
        others = [[*numbers[:place], *numbers[place + 1 :]] for place in range(len(numbers))]
        shares = [" * ".join(["d", *(f"h{number}" for number in each)]) for each in others]
        self._add(" * ".join(f"h{number}" for number in numbers), "multiply", reads=numbers, shares=shares)

    def concatenate(self) -> None:
        self._side_by_side(self._sources, [shape[-1] for shape in self.place.given])

    # ── normalising ──────────────────────────────────────────────────────────────────────────────

    def batch_norm(self, momentum: float, epsilon: float) -> None:
        number, channels = self._number("mean"), self.given[-1:]
        mean = self._state(f"mean{number}", "moving_mean", channels, 0)
        variance = self._state(f"variance{number}", "moving_variance", channels, 1)
        axes, h, kept = tuple(range(len(self.given))), self._h, self._kept
        still = [
            f"spread = np.sqrt(running[{variance}] + {epsilon!r})",
            f"{kept} = ({h} - running[{mean}]) / spread, spread",
        ]
        if self.place.node.learning.is_frozen:
            self.forward += still
            self._scaled(axes, f"d * {{w}} / {kept}[1]")
            return
        self.forward += [
            "if is_training:",
            f"    {kept} = normalised({h}, {axes}, {epsilon!r})",
            f"    for name, now in (({mean}, {h}.mean(axis={axes})), ({variance}, {h}.var(axis={axes}))):",
            f"        running[name] = {momentum!r} * running[name] + (1 - {momentum!r}) * now",
            "else:",
            *(f"    {line}" for line in still),
        ]
        self._normalised(axes, axes)

    def layer_norm(self, epsilon: float) -> None:
        self.forward.append(f"{self._kept} = normalised({self._h}, -1, {epsilon!r})")
        self._normalised(tuple(range(len(self.given))), -1)

    def _normalised(self, others: Shape, axes: Shape | int) -> None:
        """Scale and shift of what was normalised along ``axes``."""
        self._use("normalised")
        self._scaled(others, f"normalised_gradient(*{self._kept}, d * {{w}}, {axes})")

    def _scaled(self, others: Shape, back: str) -> None:
        """A trained scale and shift; ``others`` are all axes but the last."""
        channels, kept = self.given[-1:], self._kept
        w = self._weight("g", "gamma", channels, initialisers.Constant(value=1.0))
        b = self._weight("b", "beta", channels)
        gradients = [
            f"gradients[{w}] = (d * {kept}[0]).sum(axis={others})",
            f"gradients[{b}] = d.sum(axis={others})",
        ]
        back = "d = " + back.format(w=f"weights[{w}]")
        self._add(f"{kept}[0] * weights[{w}] + weights[{b}]", "normalisation", [back], gradients)


def _rows(name: str, length: int) -> str:
    return f"{name}.reshape(-1, {length})"
