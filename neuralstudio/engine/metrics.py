"""Metrics: how good the network is, in a number people understand. They are watched, not trained.

A metric is worked out in two halves, so that it is exact over a whole data set, however that is cut into
batches and shards: ``build`` gives sums over a batch (a 1-D tensor), and ``value`` turns the added-up sums of
all batches into the number to show::

    sums += program.outputs["metric"]                    # in float64
    count += predictions((samples, *output_shape))       # not the targets' size: that has one-hot rows in it
    metric.value(sums, count)
"""

from math import inf, prod, sqrt
from typing import Annotated, ClassVar, get_args

import numpy as np
from msgspec import Meta

from neuralstudio.engine.graph import Array, Shape, Tensor, apply
from neuralstudio.engine.losses import Encoding, scores
from neuralstudio.engine.ops.counting import (
    Above,
    ClassHits,
    Confusion,
    Largest,
    SideHits,
    TopHits,
    VarianceSums,
)
from neuralstudio.engine.ops.elementwise import Absolute, Square
from neuralstudio.engine.ops.reduction import Sum
from neuralstudio.engine.ops.shape import Reshape
from neuralstudio.schema.kind import Kind
from neuralstudio.schema.problem import Problem, ProblemError

_THRESHOLDS = {"binary": 0.5, "signed": 0.0}


def predictions(output_shape: Shape) -> int:
    """How many predictions an output (batch, units) or (batch, steps, units) holds."""
    return prod(output_shape[:-1])


class MetricFunction(Kind):
    """A metric, in two halves: sums over a batch, and what they come to.

    ``is_share``: runs 0–1 and is shown in per cent.
    """

    is_share: ClassVar[bool] = False

    @property
    def caption(self) -> str:
        """What it is called with its settings, such as "Top-5 accuracy"."""
        return self.title

    def build(self, output: Tensor, target: Tensor, encoding: Encoding) -> Tensor:
        """Sums over a batch, 1-D, for targets encoded as the loss wants them.

        Raises ``ProblemError`` where the metric is for classes and the task has numbers, or the other way.
        """
        raise NotImplementedError

    def value(self, sums: Array, count: int) -> float:
        """The metric, from the added-up sums of all batches (float64) and their number of ``predictions``."""
        raise NotImplementedError


class Accuracy(MetricFunction, tag="accuracy"):
    """Share of samples whose class is predicted right."""

    title = "Accuracy"
    is_share = True

    def build(self, output: Tensor, target: Tensor, encoding: Encoding) -> Tensor:
        if encoding in _THRESHOLDS:
            return apply(SideHits(_THRESHOLDS[encoding]), output, target)
        return apply(ClassHits(), scores(output), _labels(self, target, encoding))

    def value(self, sums: Array, count: int) -> float:
        return float(sums[0]) / count


class TopK(MetricFunction, tag="top-k"):
    """Share of samples whose class is among the k likeliest.

    Classes with the same score as the right one do not count against it, as in Keras.
    """

    title = "Top-k accuracy"
    is_share = True
    k: Annotated[
        int, Meta(ge=1, le=1000, title="k", description="So many guesses are allowed for each sample.")
    ] = 5

    @property
    def caption(self) -> str:
        return f"Top-{self.k} accuracy"

    def build(self, output: Tensor, target: Tensor, encoding: Encoding) -> Tensor:
        if encoding in _THRESHOLDS:
            # With two guesses both classes may be named: every output is on the right side.
            threshold = _THRESHOLDS[encoding] if self.k == 1 else -inf
            return apply(SideHits(threshold), output, target)
        return apply(TopHits(self.k), scores(output), _labels(self, target, encoding))

    def value(self, sums: Array, count: int) -> float:
        return float(sums[0]) / count


class Precision(MetricFunction, tag="precision"):
    """Share of right ones among the samples that were taken for a class: few false alarms.

    Of two classes the second is meant ("positive"), of more the mean over the classes, as scikit-learn's
    "binary" and "macro": classes that neither occur nor were said are left out; 0 where nothing was said.
    """

    title = "Precision"
    is_share = True

    def build(self, output: Tensor, target: Tensor, encoding: Encoding) -> Tensor:
        return confusion(self, output, target, encoding)

    def value(self, sums: Array, count: int) -> float:  # noqa: ARG002 - the counts have it
        hits, said, _ = _by_class(sums)
        return _mean_share(sums, hits, said)


class Recall(MetricFunction, tag="recall"):
    """Share of a class's samples that were found: little is missed.

    Of two classes the second is meant ("positive"), of more the mean over the classes, as scikit-learn's
    "binary" and "macro": classes that neither occur nor were said are left out; 0 where none occurs.
    """

    title = "Recall"
    is_share = True

    def build(self, output: Tensor, target: Tensor, encoding: Encoding) -> Tensor:
        return confusion(self, output, target, encoding)

    def value(self, sums: Array, count: int) -> float:  # noqa: ARG002 - the counts have it
        hits, _, true = _by_class(sums)
        return _mean_share(sums, hits, true)


class F1(MetricFunction, tag="f1"):
    """Harmonic mean of precision and recall: 2·hits / (said + true).

    Of two classes the second is meant ("positive"), of more the mean of the classes' F1, as scikit-learn's
    "binary" and "macro": classes that neither occur nor were said are left out.
    """

    title = "F1 score"
    is_share = True

    def build(self, output: Tensor, target: Tensor, encoding: Encoding) -> Tensor:
        return confusion(self, output, target, encoding)

    def value(self, sums: Array, count: int) -> float:  # noqa: ARG002 - the counts have it
        hits, said, true = _by_class(sums)
        return _mean_share(sums, 2 * hits, said + true)


class MeanAbsoluteError(MetricFunction, tag="mean-absolute-error"):
    """1/N Σ |t − y|: the mean distance, in the unit of the target."""

    title = "Mean absolute error"

    def build(self, output: Tensor, target: Tensor, encoding: Encoding) -> Tensor:
        return _summed(apply(Absolute(), _difference(self, output, target, encoding)))

    def value(self, sums: Array, count: int) -> float:
        return float(sums[0]) / count


class RootMeanSquaredError(MetricFunction, tag="root-mean-squared-error"):
    """√(1/N Σ (t − y)²): the usual distance, in the unit of the target; large errors count more.

    The root of the mean over all samples and outputs, as in Keras (scikit-learn: mean of the outputs' roots).
    """

    title = "Root mean squared error"

    def build(self, output: Tensor, target: Tensor, encoding: Encoding) -> Tensor:
        return _summed(apply(Square(), _difference(self, output, target, encoding)))

    def value(self, sums: Array, count: int) -> float:
        return sqrt(sums[0] / count) if sums[0] >= 0 else float("nan")


class RSquared(MetricFunction, tag="r-squared"):
    """1 − Σ (t − y)² / Σ (t − mean t)²: 1 is perfect, 0 is no better than always saying the mean.

    The mean over the outputs, as scikit-learn's r2_score; an output whose target is constant counts 1 if it
    is met exactly, else 0.
    """

    title = "R²"

    def build(self, output: Tensor, target: Tensor, encoding: Encoding) -> Tensor:
        _difference(self, output, target, encoding)
        return apply(VarianceSums(), output, target)

    def value(self, sums: Array, count: int) -> float:
        total, lost, squares, lost_squares, errors = np.asarray(sums, np.float64).reshape(5, -1)
        squares = squares + lost_squares
        spread = squares - (total + lost) ** 2 / count
        is_constant = spread <= 1e-12 * squares
        missed = np.where(np.isfinite(errors), errors > 0, np.nan)
        shares = np.divide(errors, spread, out=missed, where=~is_constant)
        return float(np.mean(1 - shares))


Metric = Accuracy | TopK | Precision | Recall | F1 | MeanAbsoluteError | RootMeanSquaredError | RSquared
METRICS: tuple[type[MetricFunction], ...] = get_args(Metric)
COUNTING = (Precision, Recall, F1)
"""Metrics whose sums are the counts of ``confusion``."""

_GUESSES = 5


def usual_metric(classes: int) -> MetricFunction:
    """The metric people look at first: accuracy for classes, mean absolute error for numbers."""
    return Accuracy() if classes else MeanAbsoluteError()


def fitting_metrics(classes: int) -> tuple[MetricFunction, ...]:
    """All metrics that tell something of a task with so many classes (0: numbers), the usual one first."""
    if not classes:
        return MeanAbsoluteError(), RootMeanSquaredError(), RSquared()
    top = (TopK(k=min(_GUESSES, classes - 1)),) if classes > 2 else ()  # of two, both may be guessed
    return Accuracy(), *top, Precision(), Recall(), F1()


def confusion(asking: Kind, output: Tensor, target: Tensor, encoding: Encoding) -> Tensor:
    """Counts of true and said classes in a batch, (classes·classes,): reshaped, rows are the true classes.

    ``asking`` is named in the ``ProblemError`` where there are no classes.
    """
    true = _labels(asking, target, encoding)
    if encoding in _THRESHOLDS:
        said, classes = apply(Above(_THRESHOLDS[encoding]), output), 2
    else:
        said, classes = apply(Largest(), scores(output)), output.shape[-1]
    return apply(Confusion(classes), said, true)


def _labels(asking: Kind, target: Tensor, encoding: Encoding) -> Tensor:
    """Targets of any encoding of classes as class numbers."""
    if encoding == "numbers":
        what = "It is for classes, but this data set has numbers to predict"
        raise ProblemError(Problem(asking.title, what, "Choose mean absolute error.", field="metric"))
    if encoding == "index":
        return target
    return apply(Largest() if encoding == "one_hot" else Above(_THRESHOLDS[encoding]), target)


def _difference(metric: MetricFunction, output: Tensor, target: Tensor, encoding: Encoding) -> Tensor:
    if encoding == "index":
        what = "It is for numbers to predict, but this data set has classes"
        raise ProblemError(Problem(metric.title, what, "Choose accuracy.", field="metric"))
    return output - target


def _summed(errors: Tensor) -> Tensor:
    """The sum over the predictions of the mean over the outputs."""
    return apply(Reshape((1,)), apply(Sum(), errors) * (1 / errors.shape[-1]))


def _by_class(counts: Array) -> tuple[Array, Array, Array]:
    """Of each class: how often it was said and right, how often said, how often true."""
    size = round(sqrt(len(counts)))
    table = np.asarray(counts, np.float64).reshape(size, size)
    return table.diagonal(), table.sum(0), table.sum(1)


def _mean_share(counts: Array, part: Array, whole: Array) -> float:
    """part / whole: of two classes the second, of more the mean over those that occur or were said."""
    _, said, true = _by_class(counts)
    shares = np.divide(part, whole, out=np.zeros(len(part)), where=whole > 0)
    if len(shares) == 2:
        return float(shares[1])
    return float(shares[said + true > 0].mean())
