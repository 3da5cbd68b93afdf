"""What every export target is, and what they share: the plan of a script, its data, and safe text."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

from neuralstudio.data._base import Dataset, Signature
from neuralstudio.data.sets.mnist import Mnist
from neuralstudio.engine.graph import Array, Shape
from neuralstudio.engine.losses import Encoding
from neuralstudio.engine.ops.shape import Reshape
from neuralstudio.layers._base import Emitter
from neuralstudio.network.spec import DATA, Node, display_name
from neuralstudio.network.trace import Trace, trace
from neuralstudio.project.document import Project
from neuralstudio.schema.kind import Kind
from neuralstudio.schema.problem import Problem, ProblemError, errors
from neuralstudio.training.backprop import Backprop

Templates = Mapping[type[Any], str]
"""Code for the class of each kind; ``{k.…}`` stands for a setting."""


@dataclass(frozen=True)
class Plan:
    """All a script depends on: a project without problems, and its network traced for one sample.

    ``weights_file``: the name of a safetensors file beside the script whose weights it loads; "" for none.
    """

    project: Project
    trainer: Backprop
    encoding: Encoding
    traced: Trace
    weights_file: str = ""

    @property
    def signature(self) -> Signature:
        return self.project.dataset.signature

    @property
    def is_stack(self) -> bool:
        """Each layer reads the one before it."""
        below = (DATA, *(node.id for node in self.project.network))
        return all(node.inputs == (last,) for node, last in zip(self.project.network, below, strict=False))

    @property
    def final(self) -> str:
        """The node whose activation a loss may compute itself: the last that does more than reshape."""
        output = self.traced.tensors[self.project.network.outputs[0].id]
        while isinstance(output.op, Reshape):
            output = output.inputs[0]
        return output.owner


@dataclass(frozen=True)
class Place:
    """Where a layer stands. Numbers count the nodes from 1, in order, and 0 are the data.

    ``given`` and ``made`` are the shapes of its inputs and its output, without the batch.
    """

    node: Node
    number: int
    inputs: tuple[int, ...]
    given: tuple[Shape, ...]
    made: Shape


class Listener(Emitter):
    """An emitter that is told where each layer stands before it hears what the layer is."""

    place: Place

    def arrive(self, place: Place) -> None:
        """The next words are about the layer at this place."""
        self.place = place

    @property
    def given(self) -> Shape:
        """Shape of the layer's first input, without the batch."""
        return self.place.given[0]


class Target(Kind):
    """A form a project can be written in. Final classes live in ``export/``, one file each.

    ``suffix`` ends the name of the file that is written; ``order`` is its place among the others.
    """

    suffix: ClassVar[str] = ".py"
    order: ClassVar[int] = 0
    is_text: ClassVar[bool] = True
    """Whether people read it: it can be shown and printed."""
    takes_weights: ClassVar[bool] = True
    """Whether trained weights can go with it."""
    needs_weights: ClassVar[bool] = False
    """Whether it is nothing without trained weights."""

    def content(
        self, project: Project, weights: Mapping[str, Array] | None = None, weights_file: str = ""
    ) -> bytes:
        """The file. weights: trained ones, by names such as "dense-1/kernel", states included.

        weights_file: the name of a safetensors file beside it with these weights, for targets that refer to
        one. Raises ``ProblemError`` where the network has problems or the target cannot write a layer.
        """
        raise NotImplementedError


class Script(Target):
    """A target that is a program in Python.

    Every name and text of the project in it is escaped. Without weights it trains the network. With them it
    has ``TRAIN = False`` at its top, loads, evaluates and predicts; training waits behind that switch
    (``_weights.py`` has the lines for it). Where a library has no ``model.predict``, a
    function ``predict(x)`` gives what the window shows: probabilities, not the logits a loss may want.
    """

    def content(
        self,
        project: Project,
        weights: Mapping[str, Array] | None = None,  # noqa: ARG002 - they are in the file beside it
        weights_file: str = "",
    ) -> bytes:
        return self.script(project, weights_file).encode()

    def script(self, project: Project, weights_file: str = "") -> str:
        """The program as text. Raises ``ProblemError`` as ``content`` does."""
        title = quoted(f"{project.title}: a neural network in {self.title}, as built in NeuralStudio.")
        return "\n".join(_spaced([title, "", *self.lines(plan_of(project, weights_file))])) + "\n"

    def lines(self, plan: Plan) -> list[str]:
        """The script after its title, for a network without problems."""
        raise NotImplementedError


def quoted(text: str) -> str:
    """Text as a Python literal: whatever it holds, it stays text."""
    return repr(text)


def written(kind: Kind, templates: Templates, target: str, **places: object) -> str:
    """The target's code for a kind: its template, filled in with its settings (``k``) and ``places``.

    Raises ``ProblemError`` for a kind that has no template.
    """
    if type(kind) not in templates:
        raise unknown(kind, target)
    return templates[type(kind)].format(k=kind, **places)


def unknown(kind: Kind, target: str) -> ProblemError:
    """The problem of an activation, a loss … that a target has no code for."""
    return ProblemError(Problem(kind.title, f"{target} scripts cannot be written with it", "Choose another."))


def untrained(project: Project) -> ProblemError:
    """The problem of weights that are asked for before there are any."""
    what = "It has not been trained yet, so there are no weights to save"
    return ProblemError(Problem(project.title, what, "Train it first."))


def report_line(encoding: Encoding) -> str:
    """The line in a script's loop that prints ``loss`` and ``metric`` of an epoch."""
    name = "mean absolute error" if encoding == "numbers" else "accuracy"
    return f'    print(f"epoch {{epoch + 1}}: test loss {{loss:.4f}}, {name} {{metric:.4f}}")'


def _training_of(project: Project) -> Backprop:
    """The training setup, if it is one that scripts can be written for."""
    if not isinstance(project.trainer, Backprop):
        what = f"{project.trainer.title} cannot be written as a script yet"
        raise ProblemError(Problem("Training", what, "Choose back-propagation."))
    return project.trainer


def emit_layers(plan: Plan, to: Listener, target: str) -> None:
    """Has each layer tell the target what it is, from the data to the output."""
    shapes = {DATA: plan.signature.input_shape}
    numbers = {DATA: 0}
    for number, node in enumerate(plan.project.network, 1):
        shapes[node.id] = plan.traced.tensors[node.id].shape[1:]
        numbers[node.id] = number
        sources = tuple(numbers[source] for source in node.inputs)
        given = tuple(shapes[source] for source in node.inputs)
        to.arrive(Place(node, number, sources, given, shapes[node.id]))
        try:
            node.layer.emit(to)
        except NotImplementedError:
            raise refusal(node, target, "") from None


def refusal(node: Node, target: str, reason: str) -> ProblemError:
    """The problem of a layer that a target cannot write."""
    what = f"{target} scripts cannot be written {reason}" if reason else f"{target} has no such layer"
    remedy = "Choose another target, or leave the layer out."
    return ProblemError(Problem(display_name(node), what, remedy, node=node.id))


def plan_of(project: Project, weights_file: str = "") -> Plan:
    """What a script depends on. Raises ``ProblemError`` where the network cannot be trained."""
    trainer = _training_of(project)
    problems = errors(project.check().problems)
    if problems:
        raise ProblemError(*problems)
    signature = project.dataset.signature
    traced = trace(project.network, signature, 1, is_training=True)
    output = traced.tensors[project.network.outputs[0].id]
    encoding = trainer.loss.encoding(output, len(signature.classes))
    return Plan(project, trainer, encoding, traced, weights_file)


def data_lines(dataset: Dataset, encoding: Encoding, meanwhile: Sequence[str] = ()) -> list[str]:
    """NumPy code that makes ``x_train, y_train, x_test, y_test`` as the network and its loss want them.

    ``meanwhile`` are lines that need labels as class numbers; they come before these are encoded.
    """
    lines = _mnist_lines(dataset) if isinstance(dataset, Mnist) else _npz_lines(dataset)
    lines += meanwhile
    classes = len(dataset.signature.classes)
    changes = {
        "one_hot": f"np.eye({classes}, dtype=np.float32)[y]",
        "binary": "y[..., None].astype(np.float32)",
        "signed": "y[..., None].astype(np.float32) * 2 - 1",
        "numbers": "(y if y.ndim > 1 else y[:, None]).astype(np.float32)",
    }
    if encoding in changes:
        lines += [f"y_train, y_test = ({changes[encoding]} for y in (y_train, y_test))"]
    return lines


def _npz_lines(dataset: Dataset) -> list[str]:
    name = f"{dataset.tag()}.npz"
    return [
        "# NeuralStudio makes these data. Save them once beside this script:",
        f"#     neuralstudio data PROJECT.nstudio --out {name}",
        f"with np.load({quoted(name)}) as arrays:",
        '    x_train, y_train = arrays["x_train"], arrays["y_train"]',
        '    x_test, y_test = arrays["x_test"], arrays["y_test"]',
    ]


def _mnist_lines(dataset: Mnist) -> list[str]:
    lines = [
        "def read_idx(name):",
        '    """An array from an IDX file: its dimensions in byte 3, their sizes, then the numbers."""',
        "    path = FOLDER / name",
        "    if path.exists():",
        "        content = path.read_bytes()",
        "    else:",
        '        content = gzip.decompress((FOLDER / (name + ".gz")).read_bytes())',
        "    dimensions = content[3]",
        '    shape = np.frombuffer(content, ">i4", dimensions, offset=4)',
        "    return np.frombuffer(content, np.uint8, offset=4 + 4 * dimensions).reshape(shape)",
        "",
        "",
        f"FOLDER = Path({quoted(dataset.folder)})",
        'x_train = read_idx("train-images-idx3-ubyte").astype(np.float32) / 255',
        'y_train = read_idx("train-labels-idx1-ubyte").astype(np.int64)',
        'x_test = read_idx("t10k-images-idx3-ubyte").astype(np.float32) / 255',
        'y_test = read_idx("t10k-labels-idx1-ubyte").astype(np.int64)',
    ]
    if dataset.target == "image":
        lines += ["y_train, y_test = (x.reshape(len(x), -1) for x in (x_train, x_test))"]
    return lines


def import_lines(dataset: Dataset, *others: str) -> list[str]:
    """The imports of a script, those of the standard library first."""
    standard = {each for each in others if each in _STANDARD}
    if isinstance(dataset, Mnist):
        standard |= {"import gzip", "from pathlib import Path"}
    first = sorted(standard, key=lambda line: (line.startswith("from"), line))
    return [*first, *([""] if first else []), *(each for each in others if each not in _STANDARD)]


_STANDARD = (
    "import copy",
    "import json",
    "import math",
    "import os",
    "import time",
    "from pathlib import Path",
)


def _spaced(lines: Sequence[str]) -> list[str]:
    """Two empty lines before and after each function and class, and nowhere more."""
    found: list[str] = []
    is_inside = False
    for line in lines:
        if line and not line.startswith(" "):
            begins = line.startswith(("def ", "class "))
            if begins or is_inside:
                comments = next((n for n, each in enumerate(reversed(found)) if not each.startswith("#")), 0)
                before, after = found[: len(found) - comments], found[len(found) - comments :]
                while before and not before[-1]:
                    before.pop()
                found = [*before, "", "", *after]
            is_inside = begins
        if line or found[-2:] != ["", ""]:
            found.append(line)
    return found


def called(name: str, arguments: Sequence[str], width: int = 90) -> str:
    """A call as code: on one line, or with a line for each argument where it would be too long."""
    short = f"{name}({', '.join(arguments)})"
    if len(short) <= width:
        return short
    return "\n".join([f"{name}(", *(f"    {each}," for each in arguments), ")"])


def unfolded(call: str, indent: int = 0) -> str:
    """A call that stands ``indent`` to the right, with a line for each argument where it is too long."""
    if len(call) + indent <= 100:
        return call
    name, _, rest = call.partition("(")
    parts, depth = [""], 0
    for sign in rest[:-1]:
        depth += (sign in "([{") - (sign in ")]}")
        if sign == "," and not depth:
            parts.append("")
        else:
            parts[-1] += sign
    return called(name, [part.strip() for part in parts], 0)


def indented(code: str, depth: int = 4) -> list[str]:
    """The lines of a piece of code, moved to the right."""
    return [" " * depth + line if line else "" for line in code.split("\n")]
