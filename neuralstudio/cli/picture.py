"""The command that saves a picture of the window. The window itself is handed in from above."""

import re
from collections.abc import Callable
from pathlib import Path
from typing import Annotated

import typer

from neuralstudio.cli.source import prepare_output
from neuralstudio.project.file import load
from neuralstudio.schema.problem import Problem, ProblemError

Take = Callable[[Path | None, Path, tuple[int, int], str], None]
_SMALLEST, _LARGEST = 320, 8192
_THEMES = ("dark", "light")


def command(take: Take) -> Callable[..., None]:
    """The command, around what takes the picture."""

    def picture(
        out: Annotated[Path, typer.Option("--out", metavar="FILE.png", help="Where the picture goes.")],
        project: Annotated[
            Path | None, typer.Argument(metavar="[PROJECT]", help="A project file to open first.")
        ] = None,
        size: Annotated[str, typer.Option(metavar="WIDTHxHEIGHT", help="Size in pixels.")] = "1440x900",
        theme: Annotated[str, typer.Option(metavar="dark|light", help="The look.")] = "dark",
    ) -> None:
        """Save a picture of the window as a PNG."""
        pixels = _parsed(size)
        if theme not in _THEMES:
            what = f"Expected {' or '.join(_THEMES)}. Received: {theme}"
            raise ProblemError(Problem("--theme", what))
        if out.suffix.lower() != ".png":
            raise ProblemError(Problem(str(out), "The picture is a PNG", "Give it a name ending in .png."))
        prepare_output(out)
        if project is not None:
            load(project)  # a bad file is told here, where nobody has to close a message
        take(project, out, pixels, theme)
        if not out.is_file():
            what = "The picture could not be saved"
            raise ProblemError(Problem(str(out), what, "Check that the disk is not full."))

    return picture


def _parsed(size: str) -> tuple[int, int]:
    match = re.fullmatch(r"(\d{3,4})[x×](\d{3,4})", size)
    sides = (int(match[1]), int(match[2])) if match else (0, 0)
    if not _SMALLEST <= min(sides) <= max(sides) <= _LARGEST:
        what = f"Expected a size from {_SMALLEST}x{_SMALLEST} to {_LARGEST}x{_LARGEST}. Received: {size}"
        raise ProblemError(Problem("--size", what, "Write for example 1440x900."))
    return sides
