"""Activations in plain NumPy: a step of their own, after that of the layer."""

from neuralstudio.engine import activations
from neuralstudio.engine.activations import ActivationFunction
from neuralstudio.export._base import unknown
from neuralstudio.export._numpy_formula import formula_lines
from neuralstudio.export._numpy_steps import TITLE, NumPySteps


class NumPyActivations(NumPySteps):
    """What each activation is in plain NumPy."""

    def activation(self, activation: ActivationFunction) -> None:
        if isinstance(activation, activations.Formula):
            name = f"formula_{self._number('formula')}"
            self.functions[name] = formula_lines(name, activation.expression)
            forth, back = f"{name}({{x}})", f"d * {name}_slope({{x}})"
            text = "".join(self.functions[name])
        else:
            forth, back = _activation(activation)
            text = forth + back
        for name in ("softmax", "sigmoid", "normal_share", "gelu_by_tanh"):
            if f"{name}(" in text:
                self._use(name)
        before, after = self._h, self._next
        line = back.format(x=before, h=after)
        self._add(forth.format(x=before), activation.tag(), [f"d = {line}"] if line != "d" else [])

    def _activate(self, activation: ActivationFunction) -> None:
        if not isinstance(activation, activations.Linear):
            self.activation(activation)


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
