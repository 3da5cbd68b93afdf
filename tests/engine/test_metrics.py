"""Metrics: by their definitions, and exact however the data are cut into batches."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from neuralstudio.engine.activations import ActivationFunction, Linear, Sigmoid, Softmax, Tanh
from neuralstudio.engine.compile import compile_program
from neuralstudio.engine.graph import Array, Shape, placeholder
from neuralstudio.engine.losses import Encoding
from neuralstudio.engine.metrics import (
    F1,
    METRICS,
    Accuracy,
    MeanAbsoluteError,
    MetricFunction,
    Precision,
    Recall,
    RootMeanSquaredError,
    RSquared,
    TopK,
    confusion,
    predictions,
    usual_metric,
)
from neuralstudio.schema.problem import ProblemError

Random = np.random.Generator
seeds = st.integers(0, 2**32 - 1)
several = settings(deadline=None, max_examples=25)


def sums(
    metric: MetricFunction, said: Array, target: Array, encoding: Encoding, last: ActivationFunction
) -> Array:
    """What a metric adds up over a batch, in float32 as in training, for the numbers before an activation."""
    z = placeholder("z", said.shape)
    goal = placeholder("target", target.shape, "index" if encoding == "index" else "float")
    program = compile_program({"sums": metric.build(last.build(z), goal, encoding)})
    program.inputs["z"][...] = said
    program.inputs["target"][...] = target
    program.run()
    assert program.outputs["sums"].ndim == 1
    return program.outputs["sums"].astype(np.float64)


def value(
    metric: MetricFunction,
    said: Array,
    target: Array,
    encoding: Encoding,
    last: ActivationFunction,
    batch: int = 0,
) -> float:
    """The metric over all rows, added up over batches."""
    step = batch or len(said)
    starts = range(0, len(said), step)
    parts = [sums(metric, said[at : at + step], target[at : at + step], encoding, last) for at in starts]
    return metric.value(np.sum(parts, 0), predictions(said.shape))


# ── classes ──────────────────────────────────────────────────────────────────────────────────────────


def test_accuracy_counts_right_classes_in_every_encoding() -> None:
    said = np.array([[0.1, 2, 0], [3, 1, 0], [0, 1, 5], [2, 0, 0]])
    labels = np.array([1, 0, 2, 1])
    assert value(Accuracy(), said, labels, "index", Softmax()) == 0.75
    assert value(Accuracy(), said, np.eye(3)[labels], "one_hot", Sigmoid()) == 0.75
    column = np.array([[2.0], [-1.0], [0.5], [-3.0]])
    assert value(Accuracy(), column, np.array([[1.0], [0], [0], [0]]), "binary", Sigmoid()) == 0.75
    assert value(Accuracy(), column, np.array([[1.0], [-1], [-1], [1]]), "signed", Tanh()) == 0.5


def by_definition(metric: MetricFunction, said: Array, true: Array, classes: int) -> float:
    """Precision, recall and F1 as scikit-learn defines them: binary for two classes, else macro."""
    shares = []
    for each in range(classes):
        hits = int(((said == each) & (true == each)).sum())
        claimed, actual = int((said == each).sum()), int((true == each).sum())
        precision = hits / claimed if claimed else 0.0
        recall = hits / actual if actual else 0.0
        both = precision + recall
        found = {Precision: precision, Recall: recall, F1: 2 * precision * recall / both if both else 0.0}
        shares.append((found[type(metric)], claimed + actual))
    if classes == 2:
        return shares[1][0]
    return float(np.mean([share for share, occurs in shares if occurs]))


@pytest.mark.parametrize("metric", [Precision(), Recall(), F1()], ids=lambda metric: metric.tag())
@several
@given(seed=seeds, batch=st.integers(1, 20))
def test_precision_recall_and_f1_are_exact_over_the_batches_of_a_data_set(
    metric: MetricFunction, seed: int, batch: int
) -> None:
    random = np.random.default_rng(seed)
    classes = int(random.integers(2, 6))
    said = random.normal(size=(20, classes))
    labels = random.integers(0, int(random.integers(1, classes + 1)), 20)
    expected = by_definition(metric, said.argmax(1), labels, classes)
    assert value(metric, said, labels, "index", Softmax(), batch) == pytest.approx(expected)
    assert value(metric, said, np.eye(classes)[labels], "one_hot", Linear(), batch) == pytest.approx(expected)


@pytest.mark.parametrize("metric", [Precision(), Recall(), F1()], ids=lambda metric: metric.tag())
@pytest.mark.parametrize(("encoding", "last"), [("binary", Sigmoid()), ("signed", Tanh())])
@several
@given(seed=seeds)
def test_with_one_output_the_second_class_is_the_positive_one(
    metric: MetricFunction, encoding: Encoding, last: ActivationFunction, seed: int
) -> None:
    random = np.random.default_rng(seed)
    said, labels = random.normal(size=(9, 1)), random.integers(0, 2, (9, 1))
    target = labels * 2.0 - 1 if encoding == "signed" else labels * 1.0
    expected = by_definition(metric, said > 0, labels, 2)
    assert value(metric, said, target, encoding, last, 4) == pytest.approx(expected)


def test_nothing_said_is_no_precision_rather_than_an_error() -> None:
    said, target = np.full((3, 1), -1.0), np.array([[1.0], [0.0], [0.0]])
    assert value(Precision(), said, target, "binary", Sigmoid()) == 0
    assert value(Recall(), said, target * 0, "binary", Sigmoid()) == 0


def test_rows_of_the_confusion_are_the_true_classes() -> None:
    z, labels = placeholder("z", (5, 3)), placeholder("labels", (5,), "index")
    program = compile_program({"counts": confusion(F1(), z, labels, "index")})
    program.inputs["z"][...] = np.eye(3)[[0, 1, 1, 2, 0]]
    program.inputs["labels"][...] = [0, 1, 0, 0, 2]
    for _ in range(2):  # twice: nothing is left over from the first run
        program.run()
        assert program.outputs["counts"].reshape(3, 3).tolist() == [[1, 1, 1], [0, 1, 0], [1, 0, 0]]


@several
@given(seed=seeds, k=st.integers(1, 7))
def test_top_k_counts_labels_among_the_k_highest_scores(seed: int, k: int) -> None:
    random = np.random.default_rng(seed)
    said, labels = random.normal(size=(12, 6)), random.integers(0, 6, 12)
    best = np.argsort(-said, 1)[:, :k]
    expected = (best == labels[:, None]).any(1).mean()
    assert value(TopK(k=k), said, labels, "index", Softmax(), 5) == pytest.approx(expected)
    assert value(TopK(k=k), said, np.eye(6)[labels], "one_hot", Sigmoid(), 5) == pytest.approx(expected)


def test_top_1_is_accuracy_and_of_two_classes_two_are_always_enough() -> None:
    said, target = np.array([[1.0], [-1.0], [2.0]]), np.array([[1.0], [1.0], [0.0]])
    assert value(TopK(k=1), said, target, "binary", Sigmoid()) == pytest.approx(1 / 3)
    assert value(TopK(k=2), said, target, "binary", Sigmoid(), 2) == 1


def test_a_score_that_is_no_number_is_no_hit() -> None:
    said = np.array([[np.nan, 0, 0], [0, 1, 0]])
    assert value(TopK(k=2), said, np.array([0, 1]), "index", Linear()) == 0.5


@pytest.mark.parametrize("metric", [Accuracy(), TopK(k=2), F1()], ids=lambda metric: metric.tag())
def test_every_step_of_a_sequence_is_a_prediction(metric: MetricFunction) -> None:
    random = np.random.default_rng(0)
    said, labels = random.normal(size=(4, 5, 3)), random.integers(0, 3, (4, 5))
    flat = value(metric, said.reshape(20, 3), labels.reshape(20), "index", Softmax())
    assert value(metric, said, labels, "index", Softmax(), 3) == pytest.approx(flat)
    assert value(metric, said, np.eye(3)[labels], "one_hot", Softmax(), 3) == pytest.approx(flat)


def test_counts_are_whole_numbers_even_of_large_batches() -> None:
    said = np.random.default_rng(0).normal(size=(30_011, 2))
    hits = sums(Accuracy(), said, np.zeros(30_011), "index", Softmax())
    assert hits.tolist() == [float((said[:, 0] >= said[:, 1]).sum())]


# ── numbers ──────────────────────────────────────────────────────────────────────────────────────────


def _r_squared(y: Array, t: Array) -> float:
    return float(np.mean(1 - ((t - y) ** 2).sum(0) / ((t - t.mean(0)) ** 2).sum(0)))


BY_DEFINITION: list[tuple[MetricFunction, Callable[[Array, Array], float]]] = [
    (MeanAbsoluteError(), lambda y, t: float(np.abs(t - y).mean())),
    (RootMeanSquaredError(), lambda y, t: float(np.sqrt(((t - y) ** 2).mean()))),
    (RSquared(), _r_squared),
]


@pytest.mark.parametrize(("metric", "definition"), BY_DEFINITION, ids=[m.tag() for m, _ in BY_DEFINITION])
@several
@given(seed=seeds, batch=st.integers(1, 20))
def test_distances_are_exact_over_the_batches_of_a_data_set(
    metric: MetricFunction, definition: Callable[[Array, Array], float], seed: int, batch: int
) -> None:
    random = np.random.default_rng(seed)
    size: Shape = (20, int(random.integers(1, 4)))
    t = random.normal(random.uniform(-3, 3), 2, size)
    y = t + random.normal(0, 0.5, size)
    assert value(metric, y, t, "numbers", Linear(), batch) == pytest.approx(definition(y, t), rel=1e-5)


def test_r_squared_keeps_its_digits_far_from_zero() -> None:
    random = np.random.default_rng(0)
    t = (np.float32(2000) + random.normal(0, 3, (3000, 1))).astype(np.float32).astype(np.float64)  # years
    y = t + np.round(random.normal(0, 1, t.shape) * 64) / 64
    expected = _r_squared(y, t)
    assert value(RSquared(), y, t, "numbers", Linear(), 256) == pytest.approx(expected, rel=1e-5)


@pytest.mark.parametrize(("error", "expected"), [(0.0, 1.0), (1.0, 0.0)])
def test_r_squared_of_a_constant_target_is_one_or_nothing(error: float, expected: float) -> None:
    t = np.full((6, 1), 0.1)
    assert value(RSquared(), t + error, t, "numbers", Linear(), 4) == expected


def test_always_saying_the_mean_has_an_r_squared_of_zero() -> None:
    t = np.arange(8.0)[:, None]
    assert value(RSquared(), np.full((8, 1), t.mean()), t, "numbers", Linear(), 3) == pytest.approx(0)


def test_a_diverged_network_has_no_distance_and_no_traceback() -> None:
    y, t = np.array([[np.nan], [1.0]]), np.zeros((2, 1))
    for metric, _ in BY_DEFINITION:
        assert not np.isfinite(value(metric, y, t, "numbers", Linear()))


# ── all of them ──────────────────────────────────────────────────────────────────────────────────────


def test_people_look_at_accuracy_for_classes_and_at_distance_for_numbers() -> None:
    assert usual_metric(10) == Accuracy()
    assert usual_metric(0) == MeanAbsoluteError()


@pytest.mark.parametrize("kind", METRICS, ids=lambda kind: kind.tag())
def test_a_metric_is_for_classes_or_for_numbers_and_says_so(kind: type[MetricFunction]) -> None:
    y, labels, numbers = placeholder("y", (4, 3)), placeholder("t", (4,), "index"), placeholder("t", (4, 3))
    cases: list[tuple[Any, Encoding]] = [(labels, "index"), (numbers, "numbers")]
    refusals = []
    for target, encoding in cases:
        try:
            assert len(kind().build(y, target, encoding).shape) == 1
        except ProblemError as error:
            refusals.append(error.problems[0])
    (problem,) = refusals
    assert problem.where == kind.title
    assert problem.remedy.startswith("Choose")


def test_shares_are_those_that_run_from_nothing_to_all() -> None:
    shares = {kind for kind in METRICS if kind.is_share}
    assert shares == {Accuracy, TopK, Precision, Recall, F1}
