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

from neuralstudio.cli import (
    check,
    data,
    evaluate,
    export,
    link,
    listing,
    picture,
    predict,
    rate,
    sweep,
    train,
)
from neuralstudio.cli.names import did_you_mean, instead_of
from neuralstudio.cli.source import is_there
from neuralstudio.project.examples import example_names
from neuralstudio.project.playground.link import is_link, parse
from neuralstudio.schema.problem import Problem, ProblemError

PROBLEM, INTERRUPTED = 2, 130


class Window(Protocol):
    """The door to the window, handed in from above, since the command line knows nothing of Qt."""

    def open(self, path: Path | None) -> int:
        """Opens it, with a project if one is given, until it is closed; returns the exit code."""

    def open_link(self, text: str) -> int:
        """Opens it with what a Playground link says, until it is closed; returns the exit code."""

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
        return _tell(_usage(error, arguments))
    except KeyboardInterrupt:
        return INTERRUPTED


def _dispatch(arguments: list[str], window: Window) -> int:
    if not arguments:
        return window.open(None)
    app = _app(window)
    first = arguments[0]
    names = _names(app)
    if not first.startswith("-") and first not in names:
        path = Path(first)
        if len(arguments) == 1 and is_link(first) and not is_there(first):
            parse(first)  # what is wrong is told here, before a window opens
            return window.open_link(first)
        if len(arguments) > 1 or not (is_there(first) or path.suffix == ".nstudio"):
            what = "There is no command and no file of this name"
            remedy = instead_of(first, names, "Commands")
            if first in example_names():
                what = "This is an example, not a command"
                remedy = f"Train it with: neuralstudio train {first}"
            raise ProblemError(Problem(first, what, remedy))
        return window.open(path)
    command = typer.main.get_command(app)
    result = command.main(arguments, prog_name="neuralstudio", standalone_mode=False)
    return result if isinstance(result, int) else 0


def _app(window: Window) -> typer.Typer:
    app = typer.Typer(
        add_completion=False,
        no_args_is_help=True,
        pretty_exceptions_enable=False,
        context_settings={"help_option_names": ["--help", "-h"]},
    )
    app.callback()(_introduce)
    app.command("train")(train.train)
    app.command("rate")(rate.rate)
    app.command("sweep")(sweep.sweep)
    app.command("evaluate")(evaluate.evaluate)
    app.command("predict")(predict.predict)
    app.command("list")(listing.list_kinds)
    app.command("check")(check.check)
    app.command("data")(data.save_data)
    app.command("export")(export.export)
    app.command("link")(link.link)
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

    Without a command the window opens: neuralstudio [FILE.nstudio or Playground link]
    """


def _names(app: typer.Typer) -> list[str]:
    return [command.name for command in app.registered_commands if command.name]


def _usage(error: typer.TyperException, arguments: Sequence[str]) -> str:
    """What is wrong with the options or arguments of a command, and where all of them are explained."""
    option = getattr(error, "option_name", "")
    if hasattr(error, "possibilities"):
        what = f"There is no option {option}. {did_you_mean(option, error.possibilities or ())}".rstrip()
    else:
        what = f"{error.format_message().rstrip('.')}."
    command = " ".join(("neuralstudio", *(name for name in arguments[:1] if not name.startswith("-"))))
    return f"{what} See: {command} --help"


def _tell(sentence: str) -> int:
    print(" ".join(sentence.split()), file=sys.stderr)
    return PROBLEM
