"""Shrinking: smaller weights after each step; with L1 those that would cross zero stop there for good."""

from typing import Any

import numpy as np
import pytest

from neuralstudio.engine.graph import Array
from neuralstudio.engine.optimisers import SGD, Adam, Updater
from neuralstudio.engine.shrinking import Shrinker, Shrinking, ShrinkL1, ShrinkL2

RATE = 0.1
each_dtype = pytest.mark.parametrize("dtype", [np.float32, np.float64])


def updater(weights: Array, gradients: Array, shrinking: Shrinking, *parts: tuple[slice, float]) -> Updater:
    shrinker = Shrinker(shrinking, weights, parts or [(slice(None), 1.0)])
    return Updater(SGD(learning_rate=RATE), weights, gradients, parts or None, shrinker=shrinker)


@each_dtype
def test_l2_takes_the_same_share_of_every_weight_after_the_step(dtype: Any) -> None:
    weights, gradients = np.array([2.0, -1.0, 0.0], dtype), np.array([1.0, 1.0, -1.0], dtype)
    updater(weights, gradients, ShrinkL2(rate=0.5)).step()
    np.testing.assert_allclose(weights, np.array([1.9, -1.1, 0.1]) * (1 - RATE * 0.5), 1e-6)


@each_dtype
def test_l1_takes_the_same_bit_of_every_weight_after_the_step(dtype: Any) -> None:
    weights, gradients = np.array([2.0, -1.0, 0.0], dtype), np.array([1.0, 1.0, -1.0], dtype)
    updater(weights, gradients, ShrinkL1(rate=0.5)).step()
    np.testing.assert_allclose(weights, [1.9 - 0.05, -1.1 + 0.05, 0.1 - 0.05], 1e-6)


@each_dtype
def test_a_weight_that_would_cross_zero_stops_there_whatever_pulls_at_it(dtype: Any) -> None:
    weights, gradients = np.array([0.04, -0.04, 0.3], dtype), np.zeros(3, dtype)
    at = updater(weights, gradients, ShrinkL1(rate=0.5))
    at.step()
    np.testing.assert_allclose(weights, [0, 0, 0.25], atol=1e-6)
    gradients[...] = [-5, 5, 0]
    at.step()
    np.testing.assert_allclose(weights, [0, 0, 0.2], atol=1e-6)
    np.testing.assert_array_equal(at.slots["stopped"], [1, 1, 0])


def test_a_weight_that_starts_at_zero_is_not_stopped() -> None:
    weights, gradients = np.zeros(1), np.array([-1.0])
    at = updater(weights, gradients, ShrinkL1(rate=0.5))
    for _ in range(3):
        at.step()
    np.testing.assert_allclose(weights, [3 * (0.1 - 0.05)])


@pytest.mark.parametrize("shrinking", [ShrinkL1(rate=0.5), ShrinkL2(rate=0.5)], ids=lambda each: each.tag())
def test_a_part_shrinks_by_its_own_factor_and_what_no_part_covers_stays(shrinking: Shrinking) -> None:
    weights = np.full(40_000, 1.0)
    before = weights.copy()
    updater(weights, np.zeros(40_000), shrinking, (slice(0, 100), 1.0), (slice(100, 30_000), 0.2)).step()
    np.testing.assert_allclose(before[:100] - weights[:100], 0.05)
    np.testing.assert_allclose(before[100:30_000] - weights[100:30_000], 0.01)
    np.testing.assert_array_equal(weights[30_000:], before[30_000:])


def test_a_new_learning_rate_and_a_schedule_count_for_shrinking_too() -> None:
    weights = np.ones(4)
    at = updater(weights, np.zeros(4), ShrinkL2(rate=0.5))
    at.step()
    at.learning_rate, at.factor = 0.2, 0.5
    at.step()
    at.learning_rate = 0.4
    at.step()
    np.testing.assert_allclose(weights, (1 - 0.05) * (1 - 0.05) * (1 - 0.1))


def test_shrinking_goes_with_any_optimiser() -> None:
    weights, alone = np.array([1.0, -2.0]), np.array([1.0, -2.0])
    gradients = np.array([0.3, 0.1])
    Updater(Adam(learning_rate=RATE), alone, gradients).step()
    shrinker = Shrinker(ShrinkL2(rate=0.5), weights, [(slice(None), 1.0)])
    Updater(Adam(learning_rate=RATE), weights, gradients, shrinker=shrinker).step()
    np.testing.assert_allclose(weights, alone * (1 - 0.05))


def test_what_is_not_a_number_stays_one_so_that_it_is_noticed() -> None:
    weights = np.array([np.nan, 1.0])
    updater(weights, np.zeros(2), ShrinkL1(rate=0.5)).step()
    assert np.isnan(weights[0])
