"""What a command works on: an example by its name, or a project file."""

import os
from pathlib import Path
from typing import Annotated

import typer

from neuralstudio.cli.names import instead_of
from neuralstudio.project.examples import example, example_names
from neuralstudio.project.file import SUFFIX, Opened, load
from neuralstudio.schema.problem import Problem, ProblemError

Source = Annotated[
    str,
    typer.Argument(
        metavar="SOURCE", help="An example's name (see: neuralstudio list examples) or a project file."
    ),
]


def open_source(source: str) -> Opened:
    """The example of this name, or else the project in this file. Raises ``ProblemError``."""
    if source in example_names():
        return Opened(example(source))
    path = Path(source)
    if path.exists() or path.suffix == SUFFIX or os.sep in source:
        return load(path)
    what = "There is no example and no file of this name"
    raise ProblemError(Problem(source, what, instead_of(source, example_names(), "Examples")))


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
