"""The steps of a network in plain NumPy, forwards and back: what all layers are written with."""

from collections.abc import Sequence
from dataclasses import dataclass

from neuralstudio.engine import initialisers
from neuralstudio.engine.graph import Shape
from neuralstudio.engine.initialisers import InitialiserKind, fans
from neuralstudio.export._base import Listener, Templates, written
from neuralstudio.export._numpy_functions import FUNCTIONS, NEEDS

TITLE = "NumPy"


@dataclass(frozen=True)
class Step:
    """The way back through one step: gradients of its weights, and ``d`` for what it read."""

    kind: str
    gradients: Sequence[str]
    back: Sequence[str]


class NumPySteps(Listener):
    """Collects forward lines ``h1 = … h0 …`` and, for each, the lines that take a gradient ``d`` back.

    ``weights`` and ``running`` (numbers that are kept, but not trained) are their lines in dictionaries.
    """

    def __init__(self) -> None:
        self.weights: list[str] = []
        self.running: list[str] = []
        self.forward: list[str] = []
        self.functions: dict[str, list[str]] = {}
        self.factors: dict[str, float] = {}
        self.count = 0
        self._steps: list[Step] = []
        self._numbers: dict[str, int] = {}

    def backward(self, first: str, included: str) -> list[str]:
        """All lines back to the first weights: ``first`` begins, and has an activation in it already."""
        lines = [first]
        left = sum(bool(step.gradients) for step in self._steps)
        for step in reversed(self._steps):
            if not left:
                break  # nothing further back has weights
            if step.kind == included:
                included = ""
                continue
            lines += step.gradients
            left -= bool(step.gradients)
            lines += step.back if left else []
        return lines

    @property
    def _h(self) -> str:
        """What the next step reads."""
        return f"h{self.count}"

    @property
    def _kept(self) -> str:
        """Where the next step keeps something for the way back."""
        return f"masks[{self.count}]"

    def _use(self, name: str) -> None:
        for each in (*NEEDS.get(name, ()), name):
            self.functions[each] = FUNCTIONS[each]

    def _number(self, letter: str) -> int:
        self._numbers[letter] = self._numbers.get(letter, 0) + 1
        return self._numbers[letter]

    def _weight(self, letter: str, shape: Shape, initialiser: InitialiserKind | None = None) -> str:
        """A new weight, by its name in quotes."""
        name = f"{letter}{self._number(letter)}"
        start = f"np.zeros({shape}, np.float32)"
        if isinstance(initialiser, initialisers.Orthogonal):
            self._use("orthogonal")
        if initialiser is not None:
            inputs, outputs = fans(shape)
            sizes = {"inputs": inputs, "both": inputs + outputs}
            start = written(initialiser, _INITIALISERS, TITLE, shape=shape, **sizes) + ".astype(np.float32)"
        self.weights.append(f'"{name}": {start}')
        if self.place.node.learning.rate_factor != 1:
            self.factors[name] = self.place.node.learning.rate_factor
        return f'"{name}"'

    def _add(
        self,
        expression: str,
        kind: str,
        back: Sequence[str],
        gradients: Sequence[str] = (),
        penalised: Sequence[str] = (),
    ) -> None:
        """A step. Penalties of a frozen layer do not count, as it has no gradients."""
        learning = self.place.node.learning
        costs = []
        for w in penalised:
            costs += [f"gradients[{w}] += {learning.l1!r} * np.sign(weights[{w}])"] * (learning.l1 > 0)
            costs += [f"gradients[{w}] += {2 * learning.l2!r} * weights[{w}]"] * (learning.l2 > 0)
        self.forward.append(f"h{self.count + 1} = {expression}")
        self._steps.append(Step(kind, () if learning.is_frozen else [*gradients, *costs], back))
        self.count += 1

    def _reshaped(self, shape: str) -> None:
        h = self._h
        self._add(f"{h}.reshape(len({h}), {shape})", "reshape", [f"d = d.reshape({h}.shape)"])


_INITIALISERS: Templates = {
    initialisers.Zeros: "np.zeros({shape})",
    initialisers.Constant: "np.full({shape}, {k.value!r})",
    initialisers.Uniform: "random.uniform(-{k.limit!r}, {k.limit!r}, {shape})",
    initialisers.Normal: "random.normal(0, {k.deviation!r}, {shape})",
    initialisers.GlorotUniform: "random.uniform(-np.sqrt(6 / {both}), np.sqrt(6 / {both}), {shape})",
    initialisers.GlorotNormal: "random.normal(0, np.sqrt(2 / {both}), {shape})",
    initialisers.HeUniform: "random.uniform(-np.sqrt(6 / {inputs}), np.sqrt(6 / {inputs}), {shape})",
    initialisers.HeNormal: "random.normal(0, np.sqrt(2 / {inputs}), {shape})",
    initialisers.Orthogonal: "orthogonal({shape})",
}
