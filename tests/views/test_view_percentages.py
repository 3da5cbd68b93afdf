"""Percentages that are shown add up, and each is as near the true one as that allows."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from neuralstudio.views import percentages

amounts = st.lists(st.floats(0, 1e6), min_size=1, max_size=30).filter(lambda values: sum(values) > 1e-3)


def _shares(values: list[float]) -> NDArray[np.float64]:
    shares: NDArray[np.float64] = np.array(values) / np.sum(values)
    return shares


@given(amounts)
def test_the_numbers_as_shown_sum_to_exactly_one_hundred(values: list[float]) -> None:
    texts = [f"{value:.1%}" for value in percentages.rounded(_shares(values))]
    tenths = [int(text.removesuffix("%").replace(".", "")) for text in texts]
    assert sum(tenths) == 1000


@given(amounts)
def test_no_number_is_off_by_a_whole_tenth(values: list[float]) -> None:
    shares = _shares(values)
    assert np.abs(percentages.rounded(shares) - shares).max() < 0.001 + 1e-9


@given(amounts)
def test_a_larger_share_is_never_shown_smaller(values: list[float]) -> None:
    descending = np.sort(_shares(values))[::-1]
    assert (np.diff(percentages.rounded(descending)) <= 0).all()


def test_the_first_of_equal_remainders_gets_the_tenth_left_over() -> None:
    assert percentages.rounded(np.full(3, 1 / 3)).tolist() == [0.334, 0.333, 0.333]


def test_shares_that_are_whole_tenths_stay_as_they_are() -> None:
    assert percentages.rounded(np.array([0.941, 0.002, 0.057])) == pytest.approx([0.941, 0.002, 0.057])


def test_the_strongest_class_is_marked() -> None:
    bars = percentages.compute(np.array([0.1, 0.7, 0.2]), ("cat", "dog", "hat"))
    assert bars.percent
    assert (bars.labels, bars.strongest) == (("cat", "dog", "hat"), 1)
