"""Writes what a network says of each sample into a file: rows of text, or arrays."""

import csv
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from neuralstudio.cli.source import prepare_output
from neuralstudio.data._base import Signature
from neuralstudio.engine.graph import Array
from neuralstudio.schema.problem import Problem, ProblemError

_KINDS = (".csv", ".npz")


def prepare_predictions(path: Path) -> None:
    """Makes sure that predictions can be written there. Raises ``ProblemError``."""
    if path.suffix.lower() not in _KINDS:
        what = "The predictions go into a .csv or .npz file"
        raise ProblemError(Problem(str(path), what, "End its name in .csv or .npz."))
    prepare_output(path)


def write_predictions(
    path: Path, signature: Signature, targets: Array, predicted: Array, outputs: Array
) -> None:
    """Index, truth, prediction and outputs of each sample; of sequences of each step.

    targets, predicted: class numbers (count,) or (count, steps), or numbers (count, numbers); outputs:
    (count, …, units). A .csv names the classes; an .npz has the arrays "index", "true", "predicted",
    "outputs" and "classes". Raises ``ProblemError`` where it cannot be saved.
    """
    try:
        if path.suffix.lower() == ".npz":
            arrays = {"true": targets, "predicted": predicted, "outputs": outputs}
            numbers, classes = np.arange(len(outputs)), np.array(signature.classes, dtype=np.str_)
            with path.open("wb") as file:
                np.savez_compressed(file, allow_pickle=False, index=numbers, classes=classes, **arrays)
            return
        with path.open("w", encoding="utf-8", newline="") as text:
            writer = csv.writer(text)
            rows = _classes if signature.classes else _numbers
            writer.writerows(rows(signature, targets, predicted, outputs))
    except OSError as error:
        what = f"The file cannot be saved ({error.strerror or error})"
        raise ProblemError(Problem(str(path), what, "Check that the disk is not full.")) from None


def _classes(signature: Signature, targets: Array, predicted: Array, outputs: Array) -> Iterator[list[str]]:
    names, units = signature.classes, outputs.shape[-1]
    heads = [f"output {name}" for name in names] if units == len(names) else ["output"]
    is_stepwise = targets.ndim > 1
    yield ["index", *(["step"] if is_stepwise else []), "true", "predicted", *heads]
    for where in np.ndindex(targets.shape):
        classes = (names[targets[where]], names[predicted[where]])
        yield [*map(str, where), *classes, *_texts(outputs[where])]


def _numbers(_signature: Signature, targets: Array, predicted: Array, _outputs: Array) -> Iterator[list[str]]:
    """The outputs are what is predicted, so they are written once."""
    count = targets.shape[-1]
    heads = [f"{part} {each + 1}" for part in ("true", "predicted") for each in range(count)]
    yield ["index", *(heads if count > 1 else ("true", "predicted"))]
    for index, (true, said) in enumerate(zip(targets, predicted, strict=True)):
        yield [str(index), *_texts(true), *_texts(said)]


def _texts(numbers: Array) -> list[str]:
    return [f"{number:.7g}" for number in numbers.tolist()]
