"""The command that trains: a session's run, shown as it goes, stopped cleanly by Ctrl+C, saved at the end."""

import signal
import sys
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from types import FrameType
from typing import Annotated

import msgspec
import typer

from neuralstudio.cli.progress import Bar, Lines, Outcome, Reporter, loading
from neuralstudio.cli.source import Source, open_source, prepare_output, with_data
from neuralstudio.engine.metrics import fitting_metrics
from neuralstudio.engine.random import Seeds
from neuralstudio.network.check import shape_text
from neuralstudio.network.evaluate import Evaluation, evaluate
from neuralstudio.project.document import Project
from neuralstudio.project.file import save
from neuralstudio.schema.fields import replaced
from neuralstudio.schema.problem import Problem, ProblemError, errors
from neuralstudio.session.gate import Gate, Order
from neuralstudio.session.run import Run
from neuralstudio.training._base import Position
from neuralstudio.training.events import Event, Finished, Started, Warned

DIVERGED, INTERRUPTED = 3, 130
_MOST_EPOCHS, _LARGEST_SEED = 1_000_000, 2**31 - 1


def _whole(option: str, least: int, most: int) -> Callable[[str], int]:
    """A reader of whole numbers that says in words what is expected."""

    def read(text: str) -> int:
        with suppress(ValueError):
            if least <= int(text) <= most:
                return int(text)
        what = f"Expected a whole number from {least:,} to {most:,}. Received: {text}"
        raise ProblemError(Problem(option, what))

    return read


def train(
    source: Source,
    data: Annotated[
        Path | None,
        typer.Option(
            metavar="PATH",
            help="Train on the MNIST files in this folder instead; a network for text: on this text file.",
        ),
    ] = None,
    epochs: Annotated[
        int | None,
        typer.Option(
            parser=_whole("--epochs", 1, _MOST_EPOCHS),
            metavar="N",
            help="Epochs to train. With --resume: the epoch to train to, counted from the very start; "
            "if the saved run has reached it already, that many more.",
        ),
    ] = None,
    seed: Annotated[
        int | None,
        typer.Option(
            parser=_whole("--seed", 0, _LARGEST_SEED),
            metavar="N",
            help="One seed for everything: the same seed trains the same network.",
        ),
    ] = None,
    threads: Annotated[
        int | None,
        typer.Option(
            parser=_whole("--threads", 1, 256),
            metavar="N",
            help="Threads to train on; a short trial decides if not given. The result is the same.",
        ),
    ] = None,
    out: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Save the trained network as a project file.")
    ] = None,
    as_json: Annotated[
        bool, typer.Option("--json", help="Print a JSON object a line; at most one step a second.")
    ] = False,
    resume: Annotated[
        bool,
        typer.Option(
            "--resume", help="Go on where the project's saved run stood; if it is over, for as long again."
        ),
    ] = False,
) -> int:
    """Train a network. Exit code 3 if its numbers grew beyond all bounds, 130 after Ctrl+C."""
    opened = open_source(source)
    if resume and (opened.run is None or seed is not None or data is not None):
        what = "There is no saved run to go on from"
        if opened.run is not None:
            what = "A saved run cannot go on with another seed or other data"
        raise ProblemError(Problem(Path(source).name, what, "Leave out --resume."))
    project = _configured(opened.project, data, epochs, seed)
    problems = errors(project.check().problems)
    if problems:
        _refuse_other_inputs(Path(source).name, opened.project, project)
        raise ProblemError(*problems)
    if out is not None:
        prepare_output(out)
    with loading(project.dataset.title, is_quiet=as_json):
        samples = project.dataset.load(project.seeds.data)
    run = Run(project, samples)
    run.control.threads = threads
    if resume and opened.run is not None:
        run.restore(opened.run)
    return _train(run, out, as_json=as_json)


def _configured(project: Project, data: Path | None, epochs: int | None, seed: int | None) -> Project:
    """The project with what the options say instead."""
    changes: dict[str, object] = {}
    if data is not None:
        project = with_data(project, data)
    if epochs is not None:
        changes["trainer"] = replaced(project.trainer, epochs=epochs)
    if seed is not None:
        changes["seeds"] = Seeds.all(seed)
    return msgspec.structs.replace(project, **changes)


def _refuse_other_inputs(name: str, own: Project, project: Project) -> None:
    """Raises ``ProblemError`` where the network fails on other data only because it was made for its own."""
    inputs, shape = own.dataset.signature.input_shape, project.dataset.signature.input_shape
    if inputs == shape or errors(own.check().problems):
        return
    what = (
        f"{name} is a network for {shape_text(inputs)} inputs, but {project.dataset.title} has images of "
        f"{shape_text(shape)}; use digits-mlp"
    )
    raise ProblemError(Problem("", what))


def _train(run: Run, out: Path | None, *, as_json: bool) -> int:
    metrics = fitting_metrics(len(run.data.signature.classes))
    name = "accuracy" if run.data.signature.classes else "mae"
    scaled = [each for each in run.data.signature.predicted if each.spread != 1]
    target = scaled[0] if len(scaled) == 1 else None
    reporter: Reporter = Lines(name) if as_json else Bar(name, metrics, target)
    gate = Gate()
    before = run.learner.position
    seen: dict[type[Event], Event] = {}

    def post(event: Event) -> None:
        reporter.show(event)
        seen[type(event)] = event

    try:
        with _stops_at_interrupt(gate):
            run.train(post, run.goal, gate)
    finally:
        reporter.close()
    if out is not None:
        save(out, run.project, run.saved())
    test = evaluate(run.learner.model, run.data.test, metrics)
    reporter.finish(_outcome(run, before, seen, out, test))
    warning = seen.get(Warned)
    if isinstance(warning, Warned) and warning.is_fatal:
        print(" ".join(f"{warning.what}. {warning.remedy}".split()), file=sys.stderr)
        return DIVERGED
    return 0 if Finished in seen else INTERRUPTED


def _outcome(
    run: Run, before: Position, seen: Mapping[type[Event], Event], out: Path | None, test: Evaluation
) -> Outcome:
    """How the run ended. ``test``: how good the network is now. A part of an epoch counts as that part."""
    started, finished = seen.get(Started), seen.get(Finished)
    after = run.learner.position
    seconds = after.seconds - before.seconds
    steps = started.steps_per_epoch if isinstance(started, Started) else 1
    done = (after.step - before.step) / steps
    is_complete = isinstance(finished, Finished) and finished.is_complete
    if isinstance(finished, Finished):
        event, reason = "finished", finished.reason
    else:
        event = reason = "interrupted"
    each = seconds / done if done else None
    now = after.epoch - before.epoch
    saved = str(out) if out else None
    return Outcome(
        event,
        reason,
        is_complete,
        after.epoch,
        now,
        test.loss,
        test.metric,
        seconds,
        each,
        saved,
        test.metrics,
    )


@contextmanager
def _stops_at_interrupt(gate: Gate) -> Iterator[None]:
    """Ctrl+C lets the step under way end, so that what is saved is whole; a second one ends at once."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return

    def stop(_number: int, _frame: FrameType | None) -> None:
        gate.give(Order.STOP)
        signal.signal(signal.SIGINT, signal.default_int_handler)

    before = signal.signal(signal.SIGINT, stop)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)
