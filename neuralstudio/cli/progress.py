"""How a run is shown on the command line: a bar and sentences for people, JSON lines for programs."""

import re
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from time import perf_counter
from typing import Any, Protocol

import msgspec
from rich.console import Console
from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeRemainingColumn

from neuralstudio.cli.figures import figure, named
from neuralstudio.data._base import Quantity
from neuralstudio.engine.metrics import MetricFunction
from neuralstudio.training.events import EVENT_NAMES, EpochDone, Event, Started, StepDone

_FRAME = 0.2
"""Seconds between two looks of the bar: drawing it takes time from the training."""

_LINE = 1.0
"""Seconds between two "step" lines, and between two lines about epochs when there are many."""

_FEW_EPOCHS = 25


class Outcome(msgspec.Struct, frozen=True):
    """The end of a run.

    ``epochs`` counts all that the network has been trained for; ``epochs_now``, ``seconds`` and
    ``seconds_per_epoch`` only those of this call, and of the time only training.
    ``is_complete``: it was neither interrupted nor stopped by its numbers.
    ``test_metrics``: every metric that fits the task, by its tag.
    """

    event: str
    reason: str
    is_complete: bool
    epochs: int
    epochs_now: int
    test_loss: float
    test_metric: float
    seconds: float
    seconds_per_epoch: float | None
    saved: str | None
    test_metrics: dict[str, float] = {}


@contextmanager
def loading(title: str, *, is_quiet: bool) -> Iterator[None]:
    """Says what is being loaded, on a terminal, until it is there."""
    console = Console()
    if is_quiet or not console.is_terminal:
        yield
        return
    with console.status(f"Loading {title} …"):
        yield


@contextmanager
def working(title: str, *, is_quiet: bool) -> Iterator[Callable[[float], None]]:
    """A bar for one piece of work, on a terminal: what it gives is told the share that is done, 0 to 1."""
    console = Console()
    is_shown = console.is_terminal and not is_quiet
    with Progress(console=console, auto_refresh=False, transient=True, disable=not is_shown) as bar:
        task = bar.add_task(title, total=1.0)
        next_frame = [0.0]

        def tell(share: float) -> None:
            bar.update(task, completed=share)
            if perf_counter() >= next_frame[0]:
                next_frame[0] = perf_counter() + _FRAME
                bar.refresh()

        yield tell


class Reporter(Protocol):
    """What a run is shown with. ``show`` is called for every event and must be quick for most."""

    def show(self, event: Event) -> None: ...

    def close(self) -> None: ...

    def finish(self, outcome: Outcome) -> None: ...


class Lines:
    """One JSON object a line: every event, but at most one step a second. ``metric``: "accuracy" or "mae"."""

    def __init__(self, metric: str) -> None:
        self._metric = metric
        self._next = 0.0
        self._samples = 0
        self._since = perf_counter()

    def show(self, event: Event) -> None:
        figures: dict[str, Any] = {}
        if isinstance(event, StepDone):
            self._samples += event.samples
            now = perf_counter()
            if now < self._next:
                return
            self._next = now + _LINE
            figures["samples_per_second"] = round(self._samples / max(now - self._since, 1e-6), 1)
            self._samples, self._since = 0, now
        if type(event) in EVENT_NAMES and EVENT_NAMES[type(event)] not in ("finished", "snapshot"):
            self._print({"event": EVENT_NAMES[type(event)]} | msgspec.structs.asdict(event) | figures)

    def close(self) -> None:
        """Nothing is kept open."""

    def finish(self, outcome: Outcome) -> None:
        self._print(msgspec.structs.asdict(outcome))

    def _print(self, line: dict[str, Any]) -> None:
        named = {re.sub("metric$", self._metric, name): value for name, value in line.items()}
        # msgspec writes numbers that are none (nan) as null, which every reader of JSON takes.
        sys.stdout.write(msgspec.json.encode(named).decode() + "\n")
        sys.stdout.flush()


class Bar:
    """A progress bar with time left, speed and figures where there is a terminal, and a line an epoch.

    ``metrics``: what is told at the end, the first one being ``metric``, as for ``Lines``. ``target``: the
    one number to predict, where the network sees it in another unit than people.
    """

    def __init__(
        self, metric: str, metrics: Sequence[MetricFunction] = (), target: Quantity | None = None
    ) -> None:
        self._metric = metric
        self._target = target
        self._further = metrics[1:]
        self._console = Console(highlight=False, soft_wrap=True)
        columns = (
            TextColumn("{task.description}"),
            BarColumn(),
            TaskProgressColumn(),
            TimeRemainingColumn(),
            TextColumn("{task.fields[figures]}"),
        )
        is_shown = self._console.is_terminal
        # It redraws only when told to: a thread of its own would take turns with the training.
        self._bar = Progress(
            *columns, console=self._console, auto_refresh=False, transient=True, disable=not is_shown
        )
        self._task = self._bar.add_task("", total=None, figures="")
        self._started: Started | None = None
        self._next_frame = self._next_line = 0.0
        self._since = perf_counter()
        self._samples = 0
        self._loss = self._figure = 0.0

    def show(self, event: Event) -> None:
        match event:
            case StepDone():
                self._samples += event.samples
                self._loss += event.loss * event.samples
                self._figure += event.metric * event.samples
                if perf_counter() >= self._next_frame:
                    self._draw(event)
            case Started():
                self._started = event
                total = (event.epochs - event.first_epoch) * event.steps_per_epoch
                self._bar.update(self._task, total=total)
                self._bar.start()
                self._since = perf_counter()
            case EpochDone():
                self._tell_epoch(event)
            case _:
                pass

    def close(self) -> None:
        """Takes the bar off the screen; what comes now is text."""
        self._bar.stop()

    def finish(self, outcome: Outcome) -> None:
        self.close()
        verb = "Trained" if outcome.is_complete else "Stopped after"
        epochs = f"{outcome.epochs_now} epoch{'s' if outcome.epochs_now != 1 else ''}"
        if outcome.epochs != outcome.epochs_now:
            epochs = f"{verb} {epochs} now, {outcome.epochs} overall,"
        else:
            epochs = f"{verb} {epochs}"
        each = "" if outcome.seconds_per_epoch is None else f" ({_time(outcome.seconds_per_epoch)} an epoch)"
        figures = f"test {self._words(outcome.test_metric)}, test loss {outcome.test_loss:.4g}"
        self._say(f"{epochs} in {_time(outcome.seconds)}{each}: {figures}.")
        if self._further:
            told = (
                f"{named(each)} {figure(each, outcome.test_metrics[each.tag()])}" for each in self._further
            )
            self._say(f"On the test data: {', '.join(told)}.")
        if self._target is not None:
            error = self._target.worded(outcome.test_metric * self._target.spread)
            self._say(f"{self._target.name}: {error} off on average.")
        if outcome.saved:
            self._say(f"Saved to {outcome.saved}.")
        else:
            self._say("Nothing was saved: add --out FILE.nstudio to keep the trained network.")

    def _draw(self, event: StepDone) -> None:
        assert self._started is not None
        now = perf_counter()
        speed = self._samples / max(now - self._since, 1e-6)
        loss, metric = self._loss / self._samples, self._figure / self._samples
        figures = f"{speed:,.0f} samples/s  loss {loss:.4f}  {self._words(metric)}"
        done = (event.epoch - self._started.first_epoch) * self._started.steps_per_epoch + event.batch
        name = f"Epoch {event.epoch + 1}/{self._started.epochs}"
        self._bar.update(self._task, completed=done, description=name, figures=figures)
        self._bar.refresh()
        self._next_frame = perf_counter() + _FRAME
        self._since = now
        self._samples, self._loss, self._figure = 0, 0.0, 0.0

    def _tell_epoch(self, event: EpochDone) -> None:
        assert self._started is not None
        now = perf_counter()
        if self._started.epochs > _FEW_EPOCHS and now < self._next_line:
            return
        self._next_line = now + _LINE
        train = f"loss {event.train_loss:.4f}  {self._words(event.train_metric)}"
        test = f"test loss {event.test_loss:.4f}  test {self._words(event.test_metric)}"
        self._say(f"Epoch {event.epoch}/{self._started.epochs}  {train}  {test}")

    def _say(self, line: str) -> None:
        self._bar.console.print(line, markup=False)

    def _words(self, metric: float) -> str:
        if self._metric == "accuracy":
            return f"accuracy {100 * metric:.2f} %"
        return f"mean absolute error {metric:.4g}"


def _time(seconds: float) -> str:
    return f"{seconds:,.0f} s" if seconds >= 100 else f"{seconds:.3g} s"
