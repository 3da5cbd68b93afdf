"""What a Keras script is put together from: layers as code, functions they need, and weights for them."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from neuralstudio.engine import activations, initialisers
from neuralstudio.engine.activations import ActivationFunction
from neuralstudio.engine.initialisers import InitialiserKind
from neuralstudio.export._base import Listener, Place, Templates, called, quoted, unknown, written
from neuralstudio.export._formula import KERAS, code, functions_of
from neuralstudio.network.spec import display_name
from neuralstudio.schema.formula import read

TITLE = "Keras"


@dataclass
class Part:
    """What one layer became: layers of Keras one after the other."""

    place: Place
    layers: list[str] = field(default_factory=list)


class KerasParts(Listener):
    """Collects a part for each layer, and the functions and classes that the script must have.

    ``starts`` are lines that give weights their values once there is a model: in a script that
    ``is_trained`` those in ``stored``, by their names in NeuralStudio. ``vocabulary``: how many different
    tokens the data have.
    """

    def __init__(self, *, is_trained: bool = False, vocabulary: int = 0) -> None:
        self.parts: list[Part] = []
        self.functions: dict[str, list[str]] = {}
        self.notes: list[str] = []
        self.starts: list[str] = []
        self._is_trained, self._vocabulary = is_trained, vocabulary

    def arrive(self, place: Place) -> None:
        super().arrive(place)
        self.parts.append(Part(place))
        factor = place.node.learning.rate_factor
        if factor not in (0, 1) and not place.node.learning.is_frozen:
            name = quoted(display_name(place.node))
            self.notes.append(
                f"Keras has one learning rate for all: that of {name} should be {factor!r} times it."
            )

    def _add(self, name: str, *settings: str, package: str = "keras.layers.") -> None:
        self.parts[-1].layers.append(called(f"{package}{name}", settings))

    @property
    def _name(self) -> str:
        """What the Keras layer with the weights of this layer is called, where it must be found again."""
        return f"layer_{self.place.number}"

    def _add_with_weights(
        self, name: str, settings: Sequence[str], weights: Sequence[str], package: str = "keras.layers."
    ) -> None:
        """``weights``: our names in Keras's order; two with + between them are rows of one array."""
        if not self._is_trained:
            self._add(name, *settings, package=package)
            return
        self._add(name, *settings, f'name="{self._name}"', package=package)
        arrays = []
        for each in weights:
            parts = [f"stored[{quoted(f'{self.place.node.id}/{part}')}]" for part in each.split("+")]
            arrays.append(parts[0] if len(parts) == 1 else f"np.stack([{', '.join(parts)}])")
        put = f'model.get_layer("{self._name}").set_weights'
        short = f"{put}([{', '.join(arrays)}])"
        if len(short) <= 100:
            self.starts.append(short)
        else:
            self.starts += [f"{put}(", "    [", *(f"        {array}," for array in arrays), "    ]", ")"]

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


def kernel_start(initialiser: InitialiserKind) -> list[str]:
    """The setting for where a kernel starts; nothing where Keras starts it so by itself."""
    if isinstance(initialiser, initialisers.GlorotUniform):
        return []
    return [f"kernel_initializer={start_code(initialiser)}"]


def bias_start(initialiser: InitialiserKind) -> list[str]:
    """The same for a bias."""
    if isinstance(initialiser, initialisers.Zeros):
        return []
    return [f"bias_initializer={start_code(initialiser)}"]


def start_code(initialiser: InitialiserKind) -> str:
    """An initialiser as code."""
    return written(initialiser, _INITIALISERS, TITLE)


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
