"""How good a model is on a set of samples: loss and metrics, exact however the samples are cut."""

from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np

from neuralstudio.data._base import Samples
from neuralstudio.engine.graph import Array
from neuralstudio.engine.losses import Encoding
from neuralstudio.engine.metrics import COUNTING, MetricFunction, predictions
from neuralstudio.engine.program import Program
from neuralstudio.network.model import Model
from neuralstudio.network.targets import encoded


@dataclass(frozen=True)
class Evaluation:
    """Loss and the model's usual metric over a whole set of samples; ``metrics`` has further ones by tag.

    ``confusion``: how often each true class (row) was taken for each (column), (classes, classes), where one
    of the metrics was worked out from these counts.
    """

    loss: float
    metric: float
    metrics: dict[str, float] = field(default_factory=dict)
    confusion: Array | None = field(default=None, compare=False)


class Evaluator:
    """Evaluates a model on the same samples (not none) again and again; the targets are encoded once."""

    def __init__(self, model: Model, samples: Samples, metrics: tuple[MetricFunction, ...] = ()) -> None:
        self._model = model
        self._samples = samples
        self._metrics = (model.metric, *(each for each in metrics if each != model.metric))
        self._targets = encoded(samples.targets, model.encoding, len(model.signature.classes))
        self._programs: dict[tuple[int, int], Program] = {}  # quicker to find than the model's

    def run(self, on_progress: Callable[[float], object] | None = None) -> Evaluation:
        """Loss and metrics with the weights as they are now.

        ``on_progress`` hears the share that is done, from 0 to 1, from whichever thread did it.
        """
        model, samples, targets = self._model, self._samples, self._targets
        losses: dict[int, float] = {}
        sums: dict[int, list[Array]] = {}

        def part(worker: int, rows: slice) -> None:
            count = rows.stop - rows.start
            program = self._programs.get((worker, count))
            if program is None:
                program = model.evaluation_program(count, self._metrics, worker)
                self._programs[worker, count] = program
            x = program.inputs["x"]
            np.copyto(x, samples.inputs[rows])
            if samples.scale != 1.0:
                np.multiply(x, x.dtype.type(samples.scale), x)
            program.inputs["target"][...] = targets[rows]
            program.run()
            losses[rows.start] = count * float(program.outputs["loss"])
            sums[rows.start] = [program.outputs[each.tag()].astype(np.float64) for each in self._metrics]

        model.in_parts(len(samples), part, on_progress)
        by_part = (sums[start] for start in sorted(sums))
        totals = [np.asarray(sum(parts)) for parts in zip(*by_part, strict=True)]
        values = {
            each.tag(): each.value(total, predictions((len(samples), *model.output_shape)))
            for each, total in zip(self._metrics, totals, strict=True)
        }
        loss = sum(losses[start] for start in sorted(losses)) / len(samples)
        return Evaluation(loss, values[model.metric.tag()], values, self._confusion(totals))

    def _confusion(self, totals: list[Array]) -> Array | None:
        for metric, total in zip(self._metrics, totals, strict=True):
            if isinstance(metric, COUNTING):
                classes = len(self._model.signature.classes)
                return total.reshape(classes, classes).astype(np.int64)
        return None


def evaluate(model: Model, samples: Samples, metrics: tuple[MetricFunction, ...] = ()) -> Evaluation:
    """Loss and metrics of a model over some samples (which must not be empty)."""
    return Evaluator(model, samples, metrics).run()


def decided(outputs: Array, encoding: Encoding) -> Array:
    """The class that each output (…, units) stands for: the largest, or of one unit the side it lies on."""
    if encoding in ("binary", "signed"):
        return (outputs[..., 0] > (0.0 if encoding == "signed" else 0.5)).astype(np.int64)
    largest: Array = outputs.argmax(axis=-1)
    return largest
