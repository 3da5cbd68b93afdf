"""Writes a target's files: the file itself, and beside a script the weights that it loads."""

from collections.abc import Mapping
from functools import partial
from pathlib import Path
from typing import IO

from neuralstudio.engine.graph import Array
from neuralstudio.export._base import Script, Target
from neuralstudio.project.arrays import packed
from neuralstudio.project.document import Project
from neuralstudio.project.replacing import replace_file
from neuralstudio.schema.problem import Problem, ProblemError

WEIGHTS = ".safetensors"


def files(
    target: Target, project: Project, path: Path, weights: Mapping[str, Array] | None = None
) -> dict[Path, bytes]:
    """What to write where, so that ``path`` holds the target; with weights they are inside or beside it.

    Raises ``ProblemError`` for a name that does not end as the target's files do, or what cannot be written.
    """
    if path.suffix.lower() != target.suffix:
        what = f"{target.title} goes into a {target.suffix} file"
        raise ProblemError(Problem(str(path), what, f"End its name in {target.suffix}."))
    if weights is None or not isinstance(target, Script):
        return {path: target.content(project, weights)}
    beside = path.with_suffix(WEIGHTS)
    return {path: target.content(project, weights, beside.name), beside: packed(weights)}


def write(found: Mapping[Path, bytes]) -> None:
    """Writes the files, each as a whole or not at all. Raises ``ProblemError`` where one cannot be saved."""
    for path, content in found.items():
        replace_file(path, partial(_put, content), keeps_backups=False)


def _put(content: bytes, stream: IO[bytes]) -> None:
    stream.write(content)
