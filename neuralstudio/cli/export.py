"""The command that writes a network for other programs: a script, a model, weights, a table."""

import sys
from pathlib import Path
from typing import Annotated

import typer

from neuralstudio.cli.names import instead_of
from neuralstudio.cli.source import Source, open_source, prepare_output, trained
from neuralstudio.export._base import Script, Target
from neuralstudio.export.registry import TARGETS
from neuralstudio.export.writing import files, write
from neuralstudio.schema.problem import Problem, ProblemError

_PRINTED = Path("-")
_TAGS = tuple(kind.tag() for kind in sorted(TARGETS, key=lambda kind: kind.order))


def export(
    source: Source,
    to: Annotated[str, typer.Option(metavar="TARGET", help=f"What to write: {', '.join(_TAGS)}.")],
    out: Annotated[
        Path, typer.Option("--out", metavar="FILE", help="Where it goes; - prints what can be read.")
    ],
    weights: Annotated[
        bool,
        typer.Option(
            "--weights",
            help="Include the trained weights of a project file in a script, as a .safetensors file of "
            "the same name beside it. ONNX and safetensors have them always.",
        ),
    ] = False,
) -> None:
    """Write a network for other programs: as a script, an ONNX model, weights or a table."""
    if to not in _TAGS:
        raise ProblemError(
            Problem(to, "There is nothing of this name to write", instead_of(to, _TAGS, "Targets"))
        )
    target = TARGETS[to]()
    opened = open_source(source)
    has_them_inside = target.takes_weights and not isinstance(target, Script)
    has_weights = weights or target.needs_weights or (has_them_inside and opened.run is not None)
    if weights and not target.takes_weights:
        what = f"{target.title} has no place for weights"
        raise ProblemError(Problem("--weights", what, "Leave it out."))
    stored = trained(opened, source).weights if has_weights else None
    if out == _PRINTED:
        _print(target, target.content(opened.project) if target.is_text and not weights else None)
        return
    found = files(target, opened.project, out, stored)
    replaced = [path.name for path in found if path.exists()]
    for path in found:
        prepare_output(path)
    write(found)
    untrained = " with untrained weights" if has_them_inside and stored is None else ""
    print(f"Saved {' and '.join(map(str, found))}{untrained}{_remark(replaced)}.")


def _print(target: Target, content: bytes | None) -> None:
    """Puts a text on standard output. Raises ``ProblemError`` where it is none, or needs a file beside it."""
    if content is None:
        what = f"{target.title} cannot be printed" if not target.is_text else "Weights cannot be printed"
        raise ProblemError(Problem("--out -", what, "Give the name of a file."))
    sys.stdout.write(content.decode())


def _remark(replaced: list[str]) -> str:
    return f" (replaced the {' and '.join(replaced)} of before)" if replaced else ""
