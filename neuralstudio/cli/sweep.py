"""The command that tries every combination of the values of two settings."""

import sys
from collections.abc import Sequence
from functools import partial
from math import isfinite
from typing import Annotated

import msgspec
import typer

from neuralstudio.cli.names import instead_of
from neuralstudio.cli.source import Source, open_source
from neuralstudio.engine.metrics import MetricFunction, usual_metric
from neuralstudio.schema.problem import Problem, ProblemError
from neuralstudio.session.sweep import Axis, Cell, Sweep
from neuralstudio.session.sweep_values import plain, values_in
from neuralstudio.session.sweepable import Sweepable, settings_of
from neuralstudio.views.sweep import compute

_OVER = "--over"


def sweep(
    source: Source,
    over: Annotated[
        list[str],
        typer.Option(
            metavar="SETTING=VALUES",
            help="A setting and the values to try, for example learning-rate=0.01,0.1; give it twice.",
        ),
    ],
    epochs: Annotated[int, typer.Option(metavar="N", help="Epochs of each run.")] = 100,
    as_json: Annotated[bool, typer.Option("--json", help="Print a JSON object a line.")] = False,
) -> None:
    """Train with every combination of the values of two settings, and compare what comes of them."""
    project = open_source(source).project
    if len(over) != 2:
        what = f"Expected two settings. Received: {len(over)}"
        raise ProblemError(
            Problem(_OVER, what, f"For example: {_OVER} learning-rate=0.01,0.1 {_OVER} activation=tanh,relu")
        )
    settings = settings_of(project)
    first, second = (_axis(text, settings) for text in over)
    whole = Sweep(project, first, second, epochs)
    metric = usual_metric(len(project.dataset.signature.classes))
    cells: list[Cell] = []
    for cell in whole.run():
        cells.append(cell)
        if as_json:
            print(msgspec.json.encode(_plain(cell, whole, metric)).decode(), flush=True)
        elif sys.stderr.isatty():
            print(f"\r{len(cells)} of {whole.count} runs", end="", file=sys.stderr, flush=True)
    if as_json:
        return
    if sys.stderr.isatty():
        print("\r" + " " * 30 + "\r", end="", file=sys.stderr)
    titles = first[0].title, second[0].title
    rows, columns = ([plain(value) for value in values] for _, values in (first, second))
    table = compute(titles, rows, columns, cells, metric.title, partial(_in_figures, metric))
    _print(table.columns, table.rows)


def _axis(text: str, settings: Sequence[Sweepable]) -> Axis:
    name, sign, values = text.partition("=")
    if not sign:
        what = f"Expected a setting and its values. Received: {text}"
        raise ProblemError(Problem(_OVER, what, f"For example: {_OVER} learning-rate=0.01,0.1"))
    setting = _named(name.strip(), settings)
    return setting, values_in(values, setting)


def _named(name: str, settings: Sequence[Sweepable]) -> Sweepable:
    """The setting of this name: whole, "dense-1/units", or its end where only one ends so, "units"."""
    wanted = name.casefold().replace("_", "-")
    named = {each.key.replace("_", "-"): each for each in settings}
    if wanted in named:
        return named[wanted]
    ending = [each for known, each in named.items() if known.rpartition("/")[2] == wanted]
    if len(ending) == 1:
        return ending[0]
    what = "There is no setting of this name" if not ending else "Several settings have this name"
    raise ProblemError(Problem(name[:40], what, instead_of(name, list(named), "Settings")))


def _plain(cell: Cell, whole: Sweep, metric: MetricFunction) -> dict[str, object]:
    (first, rows), (second, columns) = whole.first, whole.second
    figures = (("train_loss", cell.train_loss), ("test_loss", cell.test_loss), (metric.tag(), cell.metric))
    return {
        first.key: plain(rows[cell.row]),
        second.key: plain(columns[cell.column]),
        **{name: value if isfinite(value) else None for name, value in figures},
        "problem": cell.problem,
    }


def _in_figures(metric: MetricFunction, value: float) -> str:
    return f"{value:.1%}" if metric.is_share else f"{value:.4g}"


def _print(columns: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    last = len(columns) - 1
    widths = [max(len(row[at]) for row in (columns, *rows)) for at in range(last)]
    for row in (columns, *rows):
        print(
            "  ".join(
                (*(cell.ljust(width) for cell, width in zip(row, widths, strict=False)), row[last])
            ).rstrip()
        )
