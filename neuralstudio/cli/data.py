"""The command that writes a data set into a file for the scripts that the exporters write."""

from pathlib import Path
from typing import Annotated

import numpy as np
import typer

from neuralstudio.cli.source import Source, open_source, prepare_output
from neuralstudio.data._base import Samples
from neuralstudio.engine.graph import Array
from neuralstudio.schema.problem import Problem, ProblemError


def save_data(
    source: Source,
    out: Annotated[Path, typer.Option("--out", metavar="FILE.npz", help="Where the arrays go.")],
) -> None:
    """Save a project's data set for exported scripts: x_train, y_train, x_test and y_test in an .npz file."""
    project = open_source(source).project
    if out.suffix.lower() != ".npz":
        raise ProblemError(Problem(str(out), "The arrays go into an .npz file", "End its name in .npz."))
    prepare_output(out)
    data = project.dataset.load(project.seeds.data)
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


def _scaled(samples: Samples) -> tuple[Array, Array]:
    return samples.scaled(), samples.targets
