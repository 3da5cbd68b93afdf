"""Targets: handed on in every encoding, and what nothing can be learnt from is told before training."""

import numpy as np
import pytest

from neuralstudio.engine.losses import Encoding
from neuralstudio.network.targets import class_counts, encoded, problems

LABELS = np.array([[1, 0, 2], [2, 2, 1]])


def test_labels_of_sequences_are_encoded_step_by_step() -> None:
    assert encoded(LABELS, "index", 3).tolist() == LABELS.tolist()
    assert encoded(LABELS.astype(np.uint8), "index", 3).dtype == np.int64
    one_hot = encoded(LABELS, "one_hot", 3)
    assert one_hot.shape == (2, 3, 3)
    np.testing.assert_array_equal(one_hot.argmax(-1), LABELS)
    np.testing.assert_array_equal(one_hot.sum(-1), 1)


@pytest.mark.parametrize(("encoding", "low"), [("binary", 0), ("signed", -1)])
@pytest.mark.parametrize("shape", [(4,), (2, 2)])
def test_labels_of_two_classes_become_a_column(encoding: Encoding, low: int, shape: tuple[int, ...]) -> None:
    column = encoded(np.array([0, 1, 1, 0]).reshape(shape), encoding, 2)
    assert column.shape == (*shape, 1)
    assert column.dtype == np.float32
    assert column.ravel().tolist() == [low, 1, 1, low]


@pytest.mark.parametrize(
    ("shape", "expected"), [((6,), (6, 1)), ((6, 1), (6, 1)), ((3, 2), (3, 2)), ((1, 3, 2), (1, 3, 2))]
)
def test_numbers_keep_their_shape_and_a_single_one_gets_a_column(
    shape: tuple[int, ...], expected: tuple[int, ...]
) -> None:
    numbers = np.arange(6.0).reshape(shape)
    result = encoded(numbers, "numbers", 0)
    assert result.dtype == np.float32
    assert result.shape == expected
    np.testing.assert_array_equal(result.ravel(), numbers.ravel())


def test_classes_that_do_not_occur_are_counted_as_none() -> None:
    assert class_counts(LABELS, 5).tolist() == [1, 2, 3, 0, 0]


@pytest.mark.parametrize("labels", [np.full(50, 3), np.full((5, 10), 3)])
def test_only_one_class_is_an_error(labels: np.ndarray) -> None:
    (problem,) = problems(labels, 10)
    assert problem.severity == "error"
    assert "All 50 training labels are of one class" in problem.what
    assert problem.remedy


@pytest.mark.parametrize(
    ("numbers", "words"),
    [
        (np.full(9, 2.5), "The numbers to predict are the same"),
        (np.full((9, 2), 2.5), "The numbers to predict are the same"),
        (np.column_stack([np.arange(9), np.ones(9)]), "Number 2 to predict is the same"),
        (np.column_stack([np.ones(9), np.arange(9), np.zeros(9)]), "2 of the numbers to predict"),
    ],
)
def test_a_target_that_never_changes_is_worth_a_warning(numbers: np.ndarray, words: str) -> None:
    (problem,) = problems(numbers, 0)
    assert problem.severity == "warning"
    assert words in problem.what


@pytest.mark.parametrize(
    ("targets", "classes"),
    [
        (LABELS, 3),
        (np.array([0, 1]), 2),
        (np.arange(4.0), 0),
        (np.zeros((0, 2)), 0),
        (np.zeros(0, np.int64), 4),
        (np.full(4, np.nan), 0),
    ],
)
def test_nothing_is_said_of_sound_targets_of_none_and_of_nan(targets: np.ndarray, classes: int) -> None:
    assert problems(targets, classes) == []
