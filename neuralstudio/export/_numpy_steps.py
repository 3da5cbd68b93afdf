"""The steps of a network in plain NumPy, forwards and back: what all layers are written with."""

from collections.abc import Sequence
from dataclasses import dataclass

from neuralstudio.engine import initialisers
from neuralstudio.engine.graph import Shape
from neuralstudio.engine.initialisers import InitialiserKind, fans
from neuralstudio.export._base import Listener, Place, Templates, quoted, written
from neuralstudio.export._numpy_functions import FUNCTIONS, NEEDS
from neuralstudio.network.spec import display_name

TITLE = "NumPy"


@dataclass(frozen=True)
class Step:
    """One line ``h… =`` of the way forth, and the lines of the way back through it.

    ``remark`` names the layer; ``made`` and ``reads`` are numbers of h. On the way back come ``through``,
    then the ``gradients`` of its weights, then ``back``, which makes ``d`` the gradient for what it read;
    where it reads several, ``shares`` are instead what each of them gets of ``d``.
    """

    kind: str
    remark: str
    made: int
    reads: Sequence[int]
    through: Sequence[str]
    gradients: Sequence[str]
    back: Sequence[str]
    shares: Sequence[str]


class NumPySteps(Listener):
    """Collects forward lines ``h1 = … h0 …`` and, for each, the lines that take a gradient ``d`` back.

    ``weights`` and ``running`` (numbers that are kept, but not trained) are their lines in dictionaries.
    ``is_trained``: they are had from ``stored``, by their names in NeuralStudio. ``vocabulary``: how many
    different tokens the data have.
    """

    def __init__(self, *, is_trained: bool = False, vocabulary: int = 0) -> None:
        self.weights: list[str] = []
        self.running: list[str] = []
        self.forward: list[str] = []
        self.beginnings: list[str] = []
        """Lines that set initial weights by looking at the data."""
        self.functions: dict[str, list[str]] = {}
        self.factors: dict[str, float] = {}
        self.count = 0
        self._is_trained, self._vocabulary = is_trained, vocabulary
        self._at = 0
        self._made = {0: 0}
        self._steps: list[Step] = []
        self._numbers: dict[str, int] = {}

    def arrive(self, place: Place) -> None:
        super().arrive(place)
        self._move(self._made[place.inputs[0]])
        self.forward.append(self._remark)

    @property
    def output(self) -> str:
        """Where the answer is, once all layers were heard."""
        return self._h

    def backward(self, first: str, included: str) -> list[str]:
        """All lines back to the first weights: ``first`` begins, and has an activation in it already.

        ``d`` is the gradient for what was made by the step that comes next. Where another one comes in
        between, or several read the same, the gradient for h3 waits as ``d3``. What reads h3 all comes
        before what made it, so then the sum is whole.
        """
        wanted, waiting, at = self._wanted(), set[int](), self._at
        lines, remark = [first], ""
        steps = [step for step in reversed(self._steps) if step.made in wanted]
        for step, after in zip(steps, [*(step.made for step in steps[1:]), -1], strict=True):
            if step.remark != remark:
                remark = step.remark
                lines.append(remark)
            if step.made != at:
                lines.append(f"d = d{step.made}")
            is_wanted = not wanted.isdisjoint(step.reads)
            if step.kind == included:
                included = ""
            else:
                lines += [*step.through, *step.gradients, *(step.back if is_wanted else ())]
            at = -1
            pairs = list(zip(step.reads, step.shares or ["d"], strict=True))
            for number, share in sorted(pairs, key=lambda pair: pair[0] == after):  # that one last
                if number not in wanted:
                    continue
                total = f"d{number} + {share}" if number in waiting else share
                if number == after and list(step.reads).count(number) == 1:
                    lines += [f"d = {total}"] * (total != "d")
                    at = number
                else:
                    first = "" if number in waiting else "  # waits: others read it, too"
                    lines.append(f"d{number} = {total}{first}")
                    waiting.add(number)
        return lines

    def _wanted(self) -> set[int]:
        """Numbers of h that weights lead to: a gradient for the others is of no use."""
        wanted = set[int]()
        for step in self._steps:
            if step.gradients or wanted.intersection(step.reads):
                wanted.add(step.made)
        return wanted

    def _move(self, number: int) -> None:
        """What comes next reads ``h<number>``."""
        self._at = self._made[self.place.number] = number

    @property
    def _remark(self) -> str:
        """The layer's name, in which no character ends a line."""
        return f"# {quoted(display_name(self.place.node))[1:-1]}"

    @property
    def _h(self) -> str:
        """What the next step reads."""
        return f"h{self._at}"

    @property
    def _next(self) -> str:
        """What the next step makes."""
        return f"h{self.count + 1}"

    @property
    def _kept(self) -> str:
        """Where the next step keeps something for the way back."""
        return f"notes[{self.count + 1}]"

    @property
    def _sources(self) -> list[int]:
        """The numbers of h that the layer reads."""
        return [self._made[number] for number in self.place.inputs]

    def _use(self, name: str) -> None:
        needs = NEEDS.get(name, ())
        is_back = [any(word in each for word in ("gradient", "back", "slope")) for each in needs]
        before = [each for each, later in zip(needs, is_back, strict=True) if not later]
        behind = [each for each, later in zip(needs, is_back, strict=True) if later]
        for each in (*before, name, *behind):
            self.functions.setdefault(each, FUNCTIONS[each])

    def _number(self, letter: str) -> int:
        self._numbers[letter] = self._numbers.get(letter, 0) + 1
        return self._numbers[letter]

    def _weight(
        self, letter: str, ours: str, shape: Shape, initialiser: InitialiserKind | None = None
    ) -> str:
        """A new weight, by its name in quotes; ``ours`` is what the layer in NeuralStudio calls it."""
        name = f"{letter}{self._number(letter)}"
        start = f"np.zeros({shape}, np.float32)"
        if self._is_trained:
            start = self._stored(ours)
        elif initialiser is not None:
            if isinstance(initialiser, initialisers.Orthogonal):
                self._use("orthogonal")
            inputs, outputs = fans(shape)
            sizes = {"inputs": inputs, "both": inputs + outputs, "quarter": shape[-1] // 4}
            start = written(initialiser, _INITIALISERS, TITLE, shape=shape, **sizes) + ".astype(np.float32)"
        self.weights.append(f'"{name}": {start}')
        if self.place.node.learning.rate_factor != 1:
            self.factors[name] = self.place.node.learning.rate_factor
        return f'"{name}"'

    def _state(self, name: str, ours: str, shape: Shape, number: int) -> str:
        """Numbers that are kept with the weights, all the same at first; the name in quotes."""
        start = self._stored(ours) if self._is_trained else f"np.full({shape}, {number}, np.float32)"
        self.running.append(f'"{name}": {start}')
        return f'"{name}"'

    def _stored(self, ours: str) -> str:
        return f"stored[{quoted(f'{self.place.node.id}/{ours}')}]"

    def _add(
        self,
        expression: str,
        kind: str,
        back: Sequence[str] = (),
        gradients: Sequence[str] = (),
        penalised: Sequence[str] = (),
        *,
        through: Sequence[str] = (),
        reads: Sequence[int] = (),
        shares: Sequence[str] = (),
        keeps: bool = False,
    ) -> None:
        """A step. Penalties of a frozen layer do not count, as it has no gradients.

        ``keeps``: the expression is a pair, what it makes and what the way back needs to know.
        """
        learning = self.place.node.learning
        costs = []
        for w in penalised:
            costs += [f"gradients[{w}] += {learning.l1!r} * np.sign(weights[{w}])"] * (learning.l1 > 0)
            costs += [f"gradients[{w}] += {2 * learning.l2!r} * weights[{w}]"] * (learning.l2 > 0)
        made = f"{self._next}, {self._kept}" if keeps else self._next
        self.forward.append(f"{made} = {expression}")
        own = () if learning.is_frozen else [*gradients, *costs]
        self.count += 1
        step = Step(kind, self._remark, self.count, reads or [self._at], through, own, back, shares)
        self._steps.append(step)
        self._move(self.count)

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
    initialisers.ForgetGateOpen: "np.repeat([0, 1, 0, 0], {quarter})",
}
