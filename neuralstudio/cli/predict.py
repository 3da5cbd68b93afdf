"""The command that uses a trained network on a picture, or on numbers that are typed."""

import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

import msgspec
import numpy as np
import typer

from neuralstudio.cli.names import instead_of
from neuralstudio.cli.source import open_source, trained
from neuralstudio.data._base import Quantity, Signature
from neuralstudio.data.pen import SIDE
from neuralstudio.engine.graph import Array
from neuralstudio.schema.problem import Problem, ProblemError
from neuralstudio.session.predict import Predictor

_SCALE = np.float32(1 / 255)
_BAR = 30


def predict(
    project: Annotated[str, typer.Argument(metavar="PROJECT", help="A project file with a trained network.")],
    given: Annotated[
        list[str],
        typer.Argument(
            metavar="IMAGE|NAME=VALUE…",
            help="A picture of one digit; or for a table the numbers of a row, as in area=90 rooms=4.",
        ),
    ],
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False,
) -> None:
    """Say what a trained network takes a picture for, or what it predicts from numbers."""
    opened = open_source(project)
    signature = opened.project.dataset.signature
    weights = trained(opened, project).weights
    is_table = bool(signature.columns) and len(signature.predicted) == signature.numbers > 0
    if is_table:
        inputs: Array = _row(signature.columns, given)
    else:
        inputs = _pixels(Path(project).name, signature, given)
    predictor = Predictor(opened.project)
    predictor.model.parameters.load(weights)
    if is_table:
        _tell_numbers(signature.predicted, predictor.model.predict(inputs[None])[0], as_json=as_json)
    else:
        _tell_classes(signature.classes, predictor.percentages(inputs), as_json=as_json)


# ── a picture ────────────────────────────────────────────────────────────────────────────────────────


def _pixels(name: str, signature: Signature, given: Sequence[str]) -> Array:
    """The one picture that was given, as the network sees it. Raises ``ProblemError``."""
    if signature.input_shape not in ((SIDE, SIDE), (SIDE, SIDE, 1), (SIDE * SIDE,)):
        what = f"The network reads {_noun(signature)}, not pictures of {SIDE}×{SIDE} pixels"
        raise ProblemError(Problem(name, what, "Choose a project trained on digits."))
    if not signature.classes:
        what = "The network rebuilds pictures, it does not say which digit one shows"
        raise ProblemError(Problem(name, what, "Look at what it rebuilds in the window, under Try."))
    if len(given) != 1:
        what = f"Expected one picture. Received: {', '.join(given)}"
        raise ProblemError(Problem(name, what, "Ask for each picture by itself."))
    from neuralstudio.cli.image import read_digit

    image = Path(given[0])
    digit = read_digit(image)
    if digit.doubt:
        print(
            f"Warning: {image.name} may not show one digit on a plain background ({digit.doubt}), "
            "so the answer may mean nothing.",
            file=sys.stderr,
        )
    pixels: Array = digit.pixels.reshape(signature.input_shape) * _SCALE
    return pixels


def _tell_classes(classes: Sequence[str], shares: Array, *, as_json: bool) -> None:
    """The most likely class first."""
    order = np.argsort(-shares, kind="stable")
    ranking = [(classes[index], float(shares[index])) for index in order]
    if as_json:
        entries = [{"label": label, "probability": share} for label, share in ranking]
        print(msgspec.json.encode({"classes": entries}).decode())
        return
    width = max(len(label) for label, _ in ranking)
    for label, share in ranking:
        print(f"{label:>{width}}  {100 * share:5.1f} %  {'█' * round(_BAR * share)}".rstrip())


def _noun(signature: Signature) -> str:
    return f"{'×'.join(map(str, signature.input_shape))} numbers"


# ── a row of numbers ─────────────────────────────────────────────────────────────────────────────────


def _row(columns: Sequence[Quantity], given: Sequence[str]) -> Array:
    """The row as the network sees it; every column must be given once. Raises ``ProblemError``."""
    known = {_name(column): column for column in columns}
    values: dict[str, float] = {}
    for word in given:
        name, _, text = word.partition("=")
        if name.lower() not in known:
            remedy = instead_of(name.lower(), tuple(known), "Columns")
            raise ProblemError(Problem(word, "There is no column of this name", remedy))
        values[name.lower()] = _number(known[name.lower()], text)
    missing = [f"{name}={column.usual:g}" for name, column in known.items() if name not in values]
    if missing:
        what = f"{len(missing)} of {len(known)} numbers are missing"
        raise ProblemError(Problem("", what, f"Add, for example: {' '.join(missing)}"))
    return np.array([column.scaled(values[name]) for name, column in known.items()], dtype=np.float32)


def _name(column: Quantity) -> str:
    """A column's name as it is typed: "to-the-centre"."""
    return column.name.lower().replace(" ", "-")


def _number(column: Quantity, text: str) -> float:
    try:
        number = float(text)
    except ValueError:
        number = np.nan
    if column.low <= number <= column.high:
        return number
    what = f"Expected a number from {column.low:g} to {column.high:g}. Received: {text or 'nothing'}"
    raise ProblemError(Problem(_name(column), what))


def _tell_numbers(predicted: Sequence[Quantity], said: Array, *, as_json: bool) -> None:
    values = {each.name: float(each.real(number)) for each, number in zip(predicted, said, strict=True)}
    if as_json:
        units = {each.name: each.unit for each in predicted}
        print(msgspec.json.encode({"predicted": values, "units": units}).decode())
        return
    for each in predicted:
        print(f"{each.name}: {each.worded(values[each.name])}")
