"""Splitting: nothing lost, nothing twice, the same every time."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from neuralstudio.data._base import Samples
from neuralstudio.data.split import carve, portion, split


def numbered(count: int) -> Samples:
    return Samples(np.arange(count, dtype=np.float32).reshape(-1, 1), np.arange(count, dtype=np.int64))


@given(
    count=st.integers(0, 300),
    train=st.floats(0, 1),
    validation=st.floats(0, 1),
    seed=st.integers(0, 2**32),
)
def test_parts_are_disjoint_complete_and_repeatable(
    count: int, train: float, validation: float, seed: int
) -> None:
    validation = min(validation, 1 - train)
    parts = split(numbered(count), train, validation, np.random.default_rng(seed))
    again = split(numbered(count), train, validation, np.random.default_rng(seed))
    targets = np.concatenate([part.targets for part in parts])
    assert sorted(targets) == list(range(count))
    for part, twin in zip(parts, again, strict=True):
        np.testing.assert_array_equal(part.targets, part.inputs[:, 0])
        np.testing.assert_array_equal(part.targets, twin.targets)


@given(count=st.integers(0, 10000), percent=st.integers(0, 100))
def test_a_portion_is_rounded_down_as_in_whole_numbers(count: int, percent: int) -> None:
    assert portion(count, percent / 100) == count * percent // 100


def test_shares_of_more_than_everything_are_refused() -> None:
    with pytest.raises(ValueError, match="shares"):
        split(numbered(10), 0.8, 0.3, np.random.default_rng(0))


@given(count=st.integers(0, 200), share=st.floats(0, 1), seed=st.integers(0, 2**32))
def test_carving_keeps_order_and_loses_nothing(count: int, share: float, seed: int) -> None:
    rest, validation = carve(numbered(count), share, np.random.default_rng(seed))
    assert abs(len(validation) - math.floor(count * share)) <= 1
    assert sorted(np.concatenate((rest.targets, validation.targets))) == list(range(count))
    assert (np.diff(rest.targets) > 0).all()
    assert (np.diff(validation.targets) > 0).all()


def test_another_seed_splits_differently() -> None:
    first, second = (split(numbered(100), 0.5, 0.2, np.random.default_rng(seed)) for seed in (1, 2))
    assert not np.array_equal(first[0].targets, second[0].targets)
