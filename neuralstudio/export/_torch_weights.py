"""How the weights of PyTorch modules start: at random, or as they are stored."""

from collections.abc import Callable

from neuralstudio.engine import initialisers
from neuralstudio.engine.initialisers import InitialiserKind
from neuralstudio.export._base import Templates, written
from neuralstudio.export._torch_parts import Module

TITLE = "PyTorch"
Stored = Callable[..., str]
"""Code for an array of a layer's by its name and, if need be, what turns it into PyTorch's."""


def weight_start(initialiser: InitialiserKind, weight: str, mode: str = "") -> str:
    """A line that draws a weight."""
    return f"nn.init.{written(initialiser, _INITIALISERS, TITLE, weight=weight, mode=mode)}"


def start_lines(
    initialiser: InitialiserKind,
    bias: InitialiserKind = initialisers.Zeros(),  # noqa: B008 - a frozen value
) -> list[str]:
    """Lines that draw a module's weight and give its bias a start."""
    return [weight_start(initialiser, "{m}.weight"), weight_start(bias, "{m}.bias")]


def recurrent(
    code: str, cell: str, units: int, *, is_both: bool, initialiser: InitialiserKind, stored: Stored
) -> Module:
    """A recurrent module, whose cell reads one way or both. Of PyTorch's two biases only GRUs need both."""
    module = Module(code)
    for prefix, way in (("", "_l0"), ("backward_", "_l0_reverse"))[: 1 + is_both]:
        cell_bias = f"{{m}}.cell.bias_ih{way}"
        module.start += [
            weight_start(initialiser, f"{{m}}.cell.weight_ih{way}"),
            f"nn.init.orthogonal_({{m}}.cell.weight_hh{way})",
            f"nn.init.zeros_({cell_bias})",
        ]
        if cell == "LSTM":
            module.start.append(
                f"nn.init.ones_({cell_bias}[{units} : {2 * units}])  # the forget gate is open"
            )
        if cell == "GRU":
            module.start.append(f"nn.init.zeros_({{m}}.cell.bias_hh{way})")
        else:
            module.fixed += [
                f"nn.init.zeros_({{m}}.cell.bias_hh{way})",
                f"{{m}}.cell.bias_hh{way}.requires_grad_(False)  # one of two biases that add up is enough",
            ]
        module.penalised += [f"cell.weight_ih{way}", f"cell.weight_hh{way}"]
        names = {"weight_ih": "kernel", "weight_hh": "recurrent_kernel", "bias_ih": "bias"}
        names |= {"bias_hh": "recurrent_bias"} if cell == "GRU" else {}
        for theirs, ours in names.items():
            array = stored(prefix + ours)
            if cell == "GRU":
                array = f"swapped({array})"
            module.stored[f"cell.{theirs}{way}"] = array + (".T" if "weight" in theirs else "")
    return module


SWAPPED = [
    "def swapped(numbers):",
    '    """PyTorch\'s GRU has the reset gate in front of the update gate."""',
    "    update, reset, candidate = np.split(numbers, 3, axis=-1)",
    "    return np.concatenate([reset, update, candidate], axis=-1)",
]
"""A function that scripts with the stored weights of a GRU need."""

_INITIALISERS: Templates = {
    initialisers.Zeros: "zeros_({weight})",
    initialisers.Constant: "constant_({weight}, {k.value!r})",
    initialisers.Uniform: "uniform_({weight}, -{k.limit!r}, {k.limit!r})",
    initialisers.Normal: "normal_({weight}, 0.0, {k.deviation!r})",
    initialisers.GlorotUniform: "xavier_uniform_({weight})",
    initialisers.GlorotNormal: "xavier_normal_({weight})",
    initialisers.HeUniform: 'kaiming_uniform_({weight}{mode}, nonlinearity="relu")',
    initialisers.HeNormal: 'kaiming_normal_({weight}{mode}, nonlinearity="relu")',
    initialisers.Orthogonal: "orthogonal_({weight})",
}
