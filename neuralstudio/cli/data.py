"""The command that writes a data set into a file for the scripts that the exporters write."""

from pathlib import Path
from typing import Annotated, Any

import msgspec
import numpy as np
import typer

from neuralstudio.cli.names import instead_of
from neuralstudio.cli.source import open_source, prepare_output
from neuralstudio.data._base import Dataset, Samples
from neuralstudio.data.registry import DATASETS
from neuralstudio.engine.graph import Array
from neuralstudio.engine.random import Seeds
from neuralstudio.project.examples import example_names
from neuralstudio.schema.fields import Field, fields, replaced
from neuralstudio.schema.problem import Problem, ProblemError


def save_data(
    source: Annotated[
        str,
        typer.Argument(
            metavar="SOURCE",
            help="A data set's name (see: neuralstudio list datasets), an example's name, a project file, "
            "or a Playground link.",
        ),
    ],
    out: Annotated[Path, typer.Option("--out", metavar="FILE.npz", help="Where the arrays go.")],
    settings: Annotated[
        list[str] | None,
        typer.Option(
            "--set",
            metavar="NAME=VALUE",
            help="A setting of the data set, such as expression='x1 > x2' or noise=10. May be repeated.",
        ),
    ] = None,
) -> None:
    """Save a data set for exported scripts: x_train, y_train, x_test and y_test in an .npz file."""
    dataset, seed = _chosen(source)
    for setting in settings or ():
        dataset = _set(dataset, setting)
    dataset.check()
    if out.suffix.lower() != ".npz":
        raise ProblemError(Problem(str(out), "The arrays go into an .npz file", "End its name in .npz."))
    prepare_output(out)
    data = dataset.load(seed)
    arrays = {
        f"{axis}_{part}": array
        for part, samples in (("train", data.train), ("test", data.test))
        for axis, array in zip("xy", _scaled(samples), strict=True)
    }
    try:
        with out.open("wb") as file:
            np.savez_compressed(file, allow_pickle=False, **arrays)
    except OSError as error:
        what = f"The file cannot be saved ({error.strerror or error})"
        raise ProblemError(Problem(str(out), what, "Check that the disk is not full.")) from None
    print(f"Saved {len(data.train)} samples to train with and {len(data.test)} to test with in {out}.")
    if data.note:
        print(data.note)


def _chosen(source: str) -> tuple[Dataset, int]:
    """The data set that is meant, and the seed it is drawn with. An example goes before a set of its name."""
    if source not in example_names() and source in (kind.tag() for kind in DATASETS):
        return DATASETS[source](), Seeds().data
    project = open_source(source).project
    return project.dataset, project.seeds.data


def _set(dataset: Dataset, setting: str) -> Dataset:
    """The data set with another setting, written NAME=VALUE. Raises ``ProblemError``."""
    name, sign, text = setting.partition("=")
    name = name.strip()
    if not sign:
        what = "A setting is written as NAME=VALUE"
        raise ProblemError(Problem(setting, what, "For example: --set noise=10"))
    known = {field.name: field for field in fields(type(dataset))}
    if name not in known:
        what = f"{dataset.title} has no setting of this name"
        raise ProblemError(Problem(name, what, instead_of(name, known, "Settings")))
    return replaced(dataset, **{name: _value(known[name], text.strip())})


def _value(field: Field, text: str) -> Any:
    """What a text means for a field; one that means nothing stays a text, and is refused as such."""
    if field.editor in ("text", "choice"):
        return text
    try:
        return msgspec.json.decode(text)
    except (msgspec.DecodeError, UnicodeEncodeError):
        return text


def _scaled(samples: Samples) -> tuple[Array, Array]:
    return samples.scaled(), samples.targets
