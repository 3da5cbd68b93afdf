"""The command that measures a trained network on test samples, and saves what it says of each."""

from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

import msgspec
import numpy as np
import typer

from neuralstudio.cli.figures import MOST_CLASSES, figure, named, table
from neuralstudio.cli.outputs import prepare_predictions, write_predictions
from neuralstudio.cli.progress import loading, working
from neuralstudio.cli.source import Source, open_source, trained, with_data
from neuralstudio.data._base import Data, Quantity, Samples
from neuralstudio.data.sets.text import Text
from neuralstudio.engine.graph import Array
from neuralstudio.engine.metrics import (
    COUNTING,
    MeanAbsoluteError,
    MetricFunction,
    RootMeanSquaredError,
    fitting_metrics,
)
from neuralstudio.network.check import shape_text
from neuralstudio.network.evaluate import Evaluation, Evaluator, decided
from neuralstudio.network.model import Model
from neuralstudio.network.targets import class_counts
from neuralstudio.project.document import Project
from neuralstudio.schema.problem import Problem, ProblemError


def evaluate(
    source: Source,
    data: Annotated[
        Path | None,
        typer.Option(metavar="PATH", help="Measure on the test samples of these data instead, as for train."),
    ] = None,
    out: Annotated[
        Path | None,
        typer.Option(metavar="FILE.csv|.npz", help="Save what the network says of each test sample."),
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object, on one line.")] = False,
) -> None:
    """Measure a trained network on test samples: loss, metrics, and which class is taken for which."""
    opened = open_source(source)
    weights = trained(opened, source).weights
    project = opened.project
    if data is not None:
        project = with_data(project, data)
        _refuse_other_task(Path(source).name, opened.project, project)
    if out is not None:
        prepare_predictions(out)
    with loading(project.dataset.title, is_quiet=as_json):
        samples = project.dataset.load(project.seeds.data)
        model = _model(project, samples)
    model.parameters.load(weights)
    with working("Measuring", is_quiet=as_json) as tell:
        metrics = fitting_metrics(len(model.signature.classes))
        found = Evaluator(model, samples.test, metrics).run(tell)
    if out is not None:
        _save_predictions(out, model, samples.test, is_quiet=as_json)
    if as_json:
        print(_encoded(project, len(samples.test), found, out))
    else:
        _tell(project, len(samples.test), found, out)


def _refuse_other_task(name: str, own: Project, project: Project) -> None:
    """Raises ``ProblemError`` for data that the weights were not made for."""
    before, after = own.dataset.signature, project.dataset.signature
    if (before.input_shape, before.classes) == (after.input_shape, after.classes):
        return
    if isinstance(project.dataset, Text):
        what = "This text has other characters than the one the network was trained on"
        file = Path(project.dataset.file).name
        raise ProblemError(Problem(file, what, "Choose a text with the same characters, or train on it."))
    what = (
        f"The network was trained for {shape_text(before.input_shape)} inputs and {len(before.classes)} "
        f"classes, but {project.dataset.title} has {shape_text(after.input_shape)} inputs and "
        f"{len(after.classes)} classes"
    )
    raise ProblemError(Problem(name, what, "Choose data of the same kind."))


def _model(project: Project, data: Data) -> Model:
    classes, loss = len(data.signature.classes), project.loss
    if classes:
        loss = loss.resolved(class_counts(data.train.targets, classes))
    return Model(project.network, data.signature, loss, project.seeds)


def _save_predictions(out: Path, model: Model, samples: Samples, *, is_quiet: bool) -> None:
    with working("Predicting", is_quiet=is_quiet) as tell:
        outputs = model.predict(samples.scaled(), tell)
    is_class = bool(model.signature.classes)
    targets: Array = samples.targets if is_class else samples.targets.reshape(outputs.shape)
    predicted = decided(outputs, model.encoding) if is_class else outputs
    if len(model.signature.predicted) == targets.shape[-1] and not is_class:
        # In the units of people; "outputs" stay as the network gives them.
        quantities = model.signature.predicted
        targets, predicted = (
            np.stack([each.real(numbers[:, place]) for place, each in enumerate(quantities)], axis=1)
            for numbers in (targets, predicted)
        )
    with working("Saving", is_quiet=is_quiet):
        write_predictions(out, model.signature, targets, predicted, outputs)


def _encoded(project: Project, samples: int, found: Evaluation, out: Path | None) -> str:
    plain = {
        "title": project.title,
        "dataset": project.dataset.title,
        "samples": samples,
        "test_loss": found.loss,
        "test_metrics": found.metrics,
        "classes": project.dataset.signature.classes,
        "confusion": None if found.confusion is None else found.confusion.tolist(),
        "saved": str(out) if out else None,
    }
    return msgspec.json.encode(plain).decode()


def in_units(metric: MetricFunction, found: Evaluation, predicted: Sequence[Quantity]) -> str:
    """An error in the unit of what is predicted, where the network sees it in another."""
    is_error = isinstance(metric, MeanAbsoluteError | RootMeanSquaredError)
    if not is_error or len(predicted) != 1 or predicted[0].spread == 1:
        return ""
    return f"that is {predicted[0].worded(found.metrics[metric.tag()] * predicted[0].spread)}"


def _tell(project: Project, samples: int, found: Evaluation, out: Path | None) -> None:
    classes, predicted = project.dataset.signature.classes, project.dataset.signature.predicted
    print(f"{project.title} · {project.dataset.title}, {samples:,} test samples\n")
    meant = f"of class {classes[1]}" if len(classes) == 2 else "mean over the classes"
    rows = [("loss", f"{found.loss:.4g}", "")]
    for metric in fitting_metrics(len(classes)):
        remark = meant if isinstance(metric, COUNTING) else in_units(metric, found, predicted)
        rows.append((named(metric), figure(metric, found.metrics[metric.tag()]), remark))
    widths = [max(len(row[column]) for row in rows) for column in (0, 1)]
    for name, value, remark in rows:
        print(f"{name:<{widths[0]}}  {value:>{widths[1]}}  {remark}".rstrip())
    if found.confusion is not None and len(classes) <= MOST_CLASSES:
        print("\nA row for each true class, a column for each predicted one:")
        print("\n".join(table(found.confusion, classes)))
    elif found.confusion is not None:
        print(f"\nWhich of the {len(classes)} classes is taken for which: add --json.")
    if out is not None:
        print(f"\nSaved the predictions to {out}.")
