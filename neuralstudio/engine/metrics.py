"""Metrics: how good the network is, in a number people understand. They are watched, not trained."""

from typing import ClassVar, get_args

from neuralstudio.engine.graph import Tensor, apply
from neuralstudio.engine.losses import Encoding, scores
from neuralstudio.engine.ops.elementwise import Absolute
from neuralstudio.engine.ops.loss import ClassHits, RowHits, SideHits
from neuralstudio.engine.ops.reduction import mean
from neuralstudio.schema.kind import Kind

_THRESHOLDS = {"binary": 0.5, "signed": 0.0}


class MetricFunction(Kind):
    """A metric: the mean over the batch, a scalar. ``is_share``: runs 0–1 and is shown in per cent."""

    is_share: ClassVar[bool] = False

    def build(self, output: Tensor, target: Tensor, encoding: Encoding) -> Tensor:
        """The metric of a batch, for targets encoded as the loss wants them."""
        raise NotImplementedError


class Accuracy(MetricFunction, tag="accuracy"):
    """Share of samples whose class is predicted right."""

    title = "Accuracy"
    is_share = True

    def build(self, output: Tensor, target: Tensor, encoding: Encoding) -> Tensor:
        if encoding == "index":
            return apply(ClassHits(), scores(output), target)
        if encoding == "one_hot":
            return apply(RowHits(), output, target)
        return apply(SideHits(_THRESHOLDS[encoding]), output, target)


class MeanAbsoluteError(MetricFunction, tag="mean-absolute-error"):
    """1/N Σ |t − y|: the mean distance, in the unit of the target."""

    title = "Mean absolute error"

    def build(self, output: Tensor, target: Tensor, encoding: Encoding) -> Tensor:  # noqa: ARG002
        return mean(apply(Absolute(), output - target))


Metric = Accuracy | MeanAbsoluteError
METRICS: tuple[type[MetricFunction], ...] = get_args(Metric)


def usual_metric(classes: int) -> MetricFunction:
    """The metric people look at first: accuracy for classes, mean absolute error for numbers."""
    return Accuracy() if classes else MeanAbsoluteError()
