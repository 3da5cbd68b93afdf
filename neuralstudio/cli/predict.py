"""The command that uses a trained network on a picture."""

import sys
from pathlib import Path
from typing import Annotated

import msgspec
import numpy as np
import typer

from neuralstudio.cli.source import open_source, trained
from neuralstudio.data._base import Signature
from neuralstudio.data.pen import SIDE
from neuralstudio.engine.graph import Array
from neuralstudio.schema.problem import Problem, ProblemError
from neuralstudio.session.predict import Predictor

_SCALE = np.float32(1 / 255)
_BAR = 30


def predict(
    project: Annotated[str, typer.Argument(metavar="PROJECT", help="A project file with a trained network.")],
    image: Annotated[Path, typer.Argument(metavar="IMAGE", help="A picture of one digit.")],
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False,
) -> None:
    """Say what a trained network takes a picture for, the most likely class first."""
    opened = open_source(project)
    signature = opened.project.dataset.signature
    run = trained(opened, project)
    if not signature.classes or signature.input_shape not in ((SIDE, SIDE), (SIDE, SIDE, 1), (SIDE * SIDE,)):
        what = f"The network reads {_noun(signature)}, not pictures of {SIDE}×{SIDE} pixels"
        raise ProblemError(Problem(Path(project).name, what, "Choose a project trained on digits."))
    from neuralstudio.cli.image import read_digit

    digit = read_digit(image)
    if digit.doubt:
        print(
            f"Warning: {image.name} may not show one digit on a plain background ({digit.doubt}), "
            "so the answer may mean nothing.",
            file=sys.stderr,
        )
    predictor = Predictor(opened.project)
    predictor.model.parameters.load(run.weights)
    inputs: Array = digit.pixels.reshape(signature.input_shape) * _SCALE
    shares = predictor.percentages(inputs)
    order = np.argsort(-shares, kind="stable")
    ranking = [(signature.classes[index], float(shares[index])) for index in order]
    if as_json:
        classes = [{"label": label, "probability": share} for label, share in ranking]
        print(msgspec.json.encode({"classes": classes}).decode())
        return
    width = max(len(label) for label, _ in ranking)
    for label, share in ranking:
        print(f"{label:>{width}}  {100 * share:5.1f} %  {'█' * round(_BAR * share)}".rstrip())


def _noun(signature: Signature) -> str:
    return f"{'×'.join(map(str, signature.input_shape))} numbers"
