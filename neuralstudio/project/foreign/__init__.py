"""Networks that other programs wrote, read as data: nothing in them is run."""

from pathlib import Path

import numpy as np

from neuralstudio.project.foreign.draft import Foreign
from neuralstudio.project.foreign.keras_file import read_keras, read_keras_json
from neuralstudio.project.foreign.onnx_file import read_onnx
from neuralstudio.project.foreign.refusal import RefusalError
from neuralstudio.schema.problem import Problem, ProblemError

SUFFIXES = (".onnx", ".keras", ".json")
"""How the names of the files that can be read end."""

__all__ = ["SUFFIXES", "Foreign", "read_foreign"]


def read_foreign(path: Path) -> Foreign:
    """The network in a file of another program. Raises ``ProblemError`` that names the file."""
    try:
        with np.errstate(all="ignore"):  # weights that are not finite are refused in words
            return _read(path)
    except RefusalError as error:
        remedy = error.remedy or "Choose another file."
        raise ProblemError(Problem(path.name, error.what, remedy)) from None


def _read(path: Path) -> Foreign:
    match path.suffix.lower():
        case ".onnx":
            return read_onnx(path)
        case ".keras":
            return read_keras(path)
        case ".json":
            return read_keras_json(path)
    raise RefusalError("Networks are read from files ending in " + ", ".join(SUFFIXES))
