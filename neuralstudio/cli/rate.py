"""The command that tries learning rates."""

from pathlib import Path
from typing import Annotated

import msgspec
import typer

from neuralstudio.cli.progress import loading
from neuralstudio.cli.source import Source, open_source, with_data
from neuralstudio.schema.problem import ProblemError, errors
from neuralstudio.session.rate_test import rate_test

_LINES = 12


def rate(
    source: Source,
    data: Annotated[
        Path | None, typer.Option(metavar="PATH", help="Try on these data instead, as for train.")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object, on one line.")] = False,
) -> None:
    """Try rising learning rates for some steps and suggest one to begin with."""
    project = open_source(source).project
    if data is not None:
        project = with_data(project, data)
    problems = errors(project.check().problems)
    if problems:
        raise ProblemError(*problems)
    with loading(project.dataset.title, is_quiet=as_json):
        samples = project.dataset.load(project.seeds.data)
        found = rate_test(project, samples)
    suggestion = found.suggestion if found.suggestion == found.suggestion else None
    if as_json:
        plain = {"suggestion": suggestion, "rates": found.rates.tolist(), "losses": found.losses.tolist()}
        print(msgspec.json.encode(plain).decode())
        return
    print(f"{'rate':>10}  loss")
    for place in range(0, len(found.rates), max(1, len(found.rates) // _LINES)):
        print(f"{found.rates[place]:10.2g}  {found.losses[place]:.4f}")
    if suggestion is None:
        print("The loss did not fall at any rate: look at the network and its loss first.")
    else:
        print(f"A learning rate to begin with: {suggestion:.2g}")
