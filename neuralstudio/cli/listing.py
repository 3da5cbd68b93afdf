"""The command that lists what there is: every kind of a family, read from its declaration."""

from typing import Annotated, Any

import msgspec
import typer

from neuralstudio.cli.names import instead_of
from neuralstudio.data.registry import DATASETS
from neuralstudio.engine.activations import ACTIVATIONS
from neuralstudio.engine.clipping import CLIPPINGS
from neuralstudio.engine.initialisers import INITIALISERS
from neuralstudio.engine.losses import LOSSES
from neuralstudio.engine.metrics import METRICS
from neuralstudio.engine.optimisers import OPTIMISERS
from neuralstudio.engine.schedules import SCHEDULES
from neuralstudio.layers.registry import LAYERS
from neuralstudio.project.examples import example, example_names
from neuralstudio.schema.fields import fields
from neuralstudio.schema.kind import Kind
from neuralstudio.schema.problem import Problem, ProblemError
from neuralstudio.training.registry import TRAINERS

_EXAMPLES = "examples"


def _families() -> dict[str, tuple[type[Kind], ...]]:
    return {
        "layers": LAYERS.kinds,
        "datasets": DATASETS.kinds,
        _EXAMPLES: (),
        "losses": LOSSES,
        "optimisers": OPTIMISERS,
        "activations": ACTIVATIONS,
        "initialisers": INITIALISERS,
        "metrics": METRICS,
        "schedules": SCHEDULES,
        "clippings": CLIPPINGS,
        "trainers": TRAINERS.kinds,
    }


def list_kinds(
    family: Annotated[
        str,
        typer.Argument(
            metavar="FAMILY",
            help="layers, datasets, examples, losses, optimisers, activations, initialisers, "
            "metrics, schedules, clippings or trainers.",
        ),
    ] = "",
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON array, on one line.")] = False,
) -> None:
    """List the layers, datasets, examples … there are, with their settings."""
    families = _families()
    if not family:
        what = f"Say what to list: {', '.join(families)}"
        raise ProblemError(Problem("", what, "For example: neuralstudio list layers"))
    if family not in families:
        remedy = instead_of(family, families, "Lists")
        raise ProblemError(Problem(family, "There is no list of this name", remedy))
    entries = _examples() if family == _EXAMPLES else [_described(kind) for kind in families[family]]
    if as_json:
        print(msgspec.json.encode(entries).decode())
        return
    for entry in entries:
        print(f"{entry['name']}: {entry['title']}\n    {entry['summary'].replace('``', '')}")
        for field in entry["fields"]:
            print(f"    - {field['name']}: {field['allowed']}")


def _examples() -> list[dict[str, Any]]:
    return [
        {"name": name, "title": project.title, "summary": project.question, "fields": []}
        for name, project in ((name, example(name)) for name in example_names())
    ]


def _described(kind: type[Kind]) -> dict[str, Any]:
    return {
        "name": kind.tag(),
        "title": kind.title,
        "summary": kind.summary(),
        "fields": [
            {
                "name": field.name,
                "title": field.title,
                "type": field.editor,
                "allowed": field.allowed,
                "default": msgspec.to_builtins(field.default),
            }
            for field in fields(kind)
        ],
    }
