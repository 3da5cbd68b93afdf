"""What every export target is, and what they share: the plan of a script, its data, and safe text."""

from collections.abc import Mapping
from typing import Any, ClassVar

from neuralstudio.data._base import Dataset
from neuralstudio.data.sets.mnist import Mnist
from neuralstudio.engine.losses import Encoding
from neuralstudio.layers._base import Emitter
from neuralstudio.network.spec import DATA, NetworkSpec, Node, display_name
from neuralstudio.network.trace import trace
from neuralstudio.project.document import Project
from neuralstudio.schema.kind import Kind
from neuralstudio.schema.problem import Problem, ProblemError, errors
from neuralstudio.training.backprop import Backprop

Templates = Mapping[type[Any], str]
"""Code for the class of each kind; ``{k.…}`` stands for a setting."""


class Target(Kind):
    """A library a project can be written for. Final classes live in ``export/``, one file each.

    ``suffix`` ends the name of the file that is written; ``order`` is its place among the others.
    """

    suffix: ClassVar[str] = ".py"
    order: ClassVar[int] = 0

    def script(self, project: Project) -> str:
        """A readable script that trains the project's network; every name and text in it is escaped.

        Raises ``ProblemError`` where the network has problems or the target cannot write a layer.
        """
        trainer, encoding = _training_of(project), _encoding_of(project)
        title = quoted(f"{project.title}: a neural network in {self.title}, as built in NeuralStudio.")
        return "\n".join([title, "", *self.lines(project, trainer, encoding)]) + "\n"

    def lines(self, project: Project, trainer: Backprop, encoding: Encoding) -> list[str]:
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


def emit_layers(network: NetworkSpec, to: Emitter, target: str) -> None:
    """Has each layer tell the target what it is, from the data to the output."""
    below = DATA
    for node in network:
        if node.inputs != (below,):
            raise refusal(node, target, "where layers do not follow one another")
        try:
            node.layer.emit(to)
        except NotImplementedError:
            raise refusal(node, target, "") from None
        below = node.id


def refusal(node: Node, target: str, reason: str) -> ProblemError:
    """The problem of a layer that a target cannot write."""
    what = f"{target} scripts cannot be written {reason}" if reason else f"{target} has no such layer"
    remedy = "Choose another target, or leave the layer out."
    return ProblemError(Problem(display_name(node), what, remedy, node=node.id))


def _encoding_of(project: Project) -> Encoding:
    """How the loss wants its targets. Raises ``ProblemError`` where the network cannot be trained."""
    problems = errors(project.check().problems)
    if problems:
        raise ProblemError(*problems)
    signature = project.dataset.signature
    traced = trace(project.network, signature, 1, is_training=False)
    output = traced.tensors[project.network.outputs[0].id]
    return _training_of(project).loss.encoding(output, len(signature.classes))


def data_lines(dataset: Dataset, encoding: Encoding) -> list[str]:
    """NumPy code that makes ``x_train, y_train, x_test, y_test`` as the network and its loss want them."""
    lines = _mnist_lines(dataset) if isinstance(dataset, Mnist) else _npz_lines(dataset)
    classes = len(dataset.signature.classes)
    changes = {
        "one_hot": f"np.eye({classes}, dtype=np.float32)[y]",
        "binary": "y.reshape(-1, 1).astype(np.float32)",
        "signed": "y.reshape(-1, 1).astype(np.float32) * 2 - 1",
        "numbers": "y.reshape(len(y), -1).astype(np.float32)",
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
    return [
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


def import_lines(dataset: Dataset, *others: str) -> list[str]:
    """The imports of a script, those of the standard library first."""
    standard = ["import gzip", "from pathlib import Path", ""] if isinstance(dataset, Mnist) else []
    return [*standard, *others]
