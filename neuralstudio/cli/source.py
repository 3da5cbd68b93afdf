"""What a command works on: an example by its name, a project file, or a Playground link."""

import os
import sys
from pathlib import Path
from typing import Annotated

import typer
from msgspec.structs import replace

from neuralstudio.cli.names import instead_of
from neuralstudio.data.corpus import read_corpus
from neuralstudio.data.idx import find_digit_files
from neuralstudio.data.sets.mnist import Mnist
from neuralstudio.data.sets.pen_digits import PenDigits
from neuralstudio.data.sets.text import Text
from neuralstudio.network.spec import NetworkSpec
from neuralstudio.project.document import Project, SavedRun
from neuralstudio.project.examples import example, example_names
from neuralstudio.project.file import SUFFIX, Opened, load
from neuralstudio.project.playground.link import is_link, parse
from neuralstudio.schema.fields import fields, replaced
from neuralstudio.schema.problem import Problem, ProblemError

Source = Annotated[
    str,
    typer.Argument(
        metavar="SOURCE",
        help="An example's name (see: neuralstudio list examples), a project file, or a Playground link.",
    ),
]


def open_source(source: str) -> Opened:
    """The example of this name, or the project in this file or link. Raises ``ProblemError``.

    What of a link is not as on the page is told on stderr.
    """
    if source in example_names():
        return Opened(example(source))
    if is_link(source) and not is_there(source):
        link = parse(source)
        for note in link.notes:
            print(note, file=sys.stderr)
        return Opened(link.project)
    path = Path(source)
    if is_there(source) or path.suffix == SUFFIX or os.sep in source:
        return load(path)
    what = "There is no example and no file of this name"
    raise ProblemError(Problem(source, what, instead_of(source, example_names(), "Examples")))


def is_there(name: str) -> bool:
    """Whether there is a file or folder of this name, which may be no name at all."""
    try:
        return Path(name).exists()
    except (OSError, ValueError):  # too long, or with a sign that no name may have
        return False


def trained(opened: Opened, source: str) -> SavedRun:
    """The run that a project was saved with. Raises ``ProblemError`` where it has none."""
    if opened.run is None:
        remedy = f"Train it first: neuralstudio train {source} --out FILE.nstudio"
        raise ProblemError(Problem(Path(source).name, "The network is not trained yet", remedy))
    return opened.run


def with_data(project: Project, path: Path) -> Project:
    """The project on other data: for a text another text file, else the MNIST files in a folder.

    A text may have other characters than the one before, so the network's vocabulary and classes are changed
    to fit. Raises ``ProblemError`` for a wrong path before anything else is told.
    """
    whole = str(path.resolve())
    if isinstance(project.dataset, Text):
        read_corpus(path)
        dataset = replaced(project.dataset, file=whole)
        before, after = (len(each.signature.classes) for each in (project.dataset, dataset))
        return replace(project, dataset=dataset, network=_fitted(project.network, before, after))
    find_digit_files(path)
    mnist = project.dataset if isinstance(project.dataset, Mnist) else Mnist()
    if isinstance(project.dataset, PenDigits):
        mnist = replace(mnist, target=project.dataset.target)  # an autoencoder stays one
    return replace(project, dataset=replaced(mnist, folder=whole))


def _fitted(network: NetworkSpec, before: int, after: int) -> NetworkSpec:
    """The network for a text of ``after`` different characters instead of ``before``."""
    nodes = []
    ends = network.outputs
    for node in network:
        names = {field.name for field in fields(type(node.layer))}
        wanted = {"vocabulary"} | ({"units"} if node in ends else set())
        changes = {name: after for name in wanted & names if getattr(node.layer, name) == before}
        nodes.append(replace(node, layer=replaced(node.layer, **changes)))
    return NetworkSpec(tuple(nodes))


def prepare_output(path: Path) -> None:
    """Makes sure a file can be written there before hours are spent on what goes into it.

    Folders that are missing are made. Raises ``ProblemError``.
    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        is_writable = os.access(path.parent, os.W_OK)
    except OSError:
        is_writable = False
    if path.is_dir():
        raise ProblemError(Problem(str(path), "This is a folder", "Give the name of a file in it."))
    if not is_writable:
        what = "Nothing can be written into this folder"
        raise ProblemError(Problem(str(path.parent), what, "Choose a folder that is yours."))
