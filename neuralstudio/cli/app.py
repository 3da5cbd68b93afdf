"""Puts the commands together, and turns what goes wrong into one sentence and an exit code.

0: done. 2: a problem with what was given, told on stderr. 3: the training diverged. 130: interrupted.
"""

import sys
from collections.abc import Sequence
from contextlib import suppress
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Annotated, Protocol

import typer

from neuralstudio.cli import check, data, listing, picture, predict, train
from neuralstudio.schema.problem import Problem, ProblemError

PROBLEM, INTERRUPTED = 2, 130


class Window(Protocol):
    """The door to the window, handed in from above, since the command line knows nothing of Qt."""

    def open(self, path: Path | None) -> int:
        """Opens it, with a project if one is given, until it is closed; returns the exit code."""

    def picture(self, path: Path | None, out: Path, size: tuple[int, int], theme: str) -> None:
        """Saves a picture of it."""


def run(arguments: Sequence[str], window: Window) -> int:
    """Does what the arguments say; returns the exit code."""
    for stream in (sys.stdout, sys.stderr):
        # A console that lacks a sign such as × must not end the program.
        with suppress(AttributeError):
            stream.reconfigure(errors="replace")  # type: ignore[union-attr]
    try:
        return _dispatch(list(arguments), window)
    except ProblemError as error:
        return _tell(str(error))
    except typer.TyperException as error:
        return _tell(f"{error.format_message().rstrip('.')}. See: neuralstudio --help")
    except KeyboardInterrupt:
        return INTERRUPTED


def _dispatch(arguments: list[str], window: Window) -> int:
    if not arguments:
        return window.open(None)
    app = _app(window)
    first = arguments[0]
    names = [command.name for command in app.registered_commands if command.name]
    if not first.startswith("-") and first not in names:
        path = Path(first)
        if len(arguments) > 1 or not (path.exists() or path.suffix == ".nstudio"):
            what, remedy = (
                "There is no command and no file of this name",
                f"Commands are: {', '.join(names)}.",
            )
            raise ProblemError(Problem(first, what, remedy))
        return window.open(path)
    command = typer.main.get_command(app)
    result = command.main(arguments, prog_name="neuralstudio", standalone_mode=False)
    return result if isinstance(result, int) else 0


def _app(window: Window) -> typer.Typer:
    app = typer.Typer(add_completion=False, no_args_is_help=True, pretty_exceptions_enable=False)
    app.callback()(_introduce)
    app.command("train")(train.train)
    app.command("predict")(predict.predict)
    app.command("list")(listing.list_kinds)
    app.command("check")(check.check)
    app.command("data")(data.save_data)
    app.command("picture")(picture.command(window.picture))
    return app


def _show_version(is_wanted: bool) -> None:
    if not is_wanted:
        return
    try:
        number = version("neuralstudio")
    except PackageNotFoundError:
        number = "(from a source folder that is not installed)"
    print(f"NeuralStudio {number}")
    raise typer.Exit


def _introduce(
    _: Annotated[
        bool,
        typer.Option("--version", callback=_show_version, is_eager=True, help="Show the version and exit."),
    ] = False,
) -> None:
    """Build a neural network, train it, see inside it, and use it.

    Without a command the window opens: neuralstudio [FILE.nstudio]
    """


def _tell(sentence: str) -> int:
    print(" ".join(sentence.split()), file=sys.stderr)
    return PROBLEM
