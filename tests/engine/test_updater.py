"""The optimiser at work: parts with a rate of their own, schedules, clipping, and no denormal numbers."""

import tracemalloc

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from neuralstudio.engine.clipping import ClipByNorm, ClipByValue, Clipping, NoClipping
from neuralstudio.engine.graph import Array
from neuralstudio.engine.optimisers import BLOCK, OPTIMISERS, SGD, Adam, AdamW, OptimiserKind, Updater

FLOAT32_TINY = np.finfo(np.float32).tiny
each_kind = pytest.mark.parametrize("kind", OPTIMISERS, ids=lambda kind: kind.tag())


def gradient(size: int, step: int) -> Array:
    return np.random.default_rng((7, step)).normal(size=size)


def trained(
    optimiser: OptimiserKind,
    parts: list[tuple[slice, float]] | None,
    size: int,
    clipping: Clipping = NoClipping(),  # noqa: B008
    steps: int = 5,
) -> tuple[Array, Updater]:
    weights = np.random.default_rng(0).normal(size=size)
    gradients = np.zeros(size)
    updater = Updater(optimiser, weights, gradients, parts=parts, clipping=clipping)
    for step in range(steps):
        gradients[...] = gradient(size, step)
        updater.step()
    return weights, updater


@each_kind
def test_a_frozen_part_and_its_slots_are_not_touched(kind: type[OptimiserKind]) -> None:
    weights, gradients = np.random.default_rng(0).normal(size=12), np.ones(12)
    before = weights.copy()
    updater = Updater(kind(), weights, gradients, parts=[(slice(0, 4), 1.0), (slice(4, 8), 0.0)])
    for slot in updater.slots.values():
        slot[4:] = 1e-35  # small enough to be cleared away where weights are trained
    for _ in range(1000):
        updater.step()
    np.testing.assert_array_equal(weights[4:], before[4:])
    assert (weights[:4] != before[:4]).all()
    for slot in updater.slots.values():
        np.testing.assert_array_equal(slot[4:], 1e-35)


@each_kind
@given(cut=st.integers(0, 50), factor=st.floats(0.01, 2))
@settings(max_examples=10, deadline=None)
def test_a_part_learns_as_a_network_of_its_own_with_another_rate(
    kind: type[OptimiserKind], cut: int, factor: float
) -> None:
    first, _ = trained(kind(learning_rate=0.01), None, 50)
    second, _ = trained(kind(learning_rate=0.01 * factor), None, 50)
    both, _ = trained(kind(learning_rate=0.01), [(slice(0, cut), 1.0), (slice(cut, 50), factor)], 50)
    np.testing.assert_allclose(both, np.concatenate([first[:cut], second[cut:]]), rtol=1e-13)


def test_parts_longer_than_a_block_and_in_any_order_give_what_one_part_gives() -> None:
    size = 2 * BLOCK + 100
    parts = [(slice(BLOCK + 7, size), 1.0), (slice(0, BLOCK + 7), 1.0)]
    np.testing.assert_array_equal(trained(Adam(), parts, size)[0], trained(Adam(), None, size)[0])
    parts = [(slice(0, BLOCK + 7), 1.0), (slice(BLOCK + 7, size), 0.5)]
    (one, _), (half, _) = (trained(Adam(learning_rate=rate), None, size) for rate in (0.001, 0.0005))
    expected = np.concatenate([one[: BLOCK + 7], half[BLOCK + 7 :]])
    np.testing.assert_array_equal(trained(Adam(), parts, size)[0], expected)


def test_parts_that_overlap_are_refused() -> None:
    with pytest.raises(ValueError, match="parts overlap: one starts at 3, another ends at 4"):
        Updater(SGD(), np.zeros(8), np.zeros(8), parts=[(slice(3, 8), 1.0), (slice(0, 4), 0.0)])


def test_a_network_without_weights_or_with_all_of_them_frozen_takes_steps() -> None:
    Updater(Adam(), np.zeros(0), np.zeros(0), clipping=ClipByNorm()).step()
    weights, _ = trained(AdamW(), [(slice(None), 0.0)], 5, ClipByValue())
    np.testing.assert_array_equal(weights, np.random.default_rng(0).normal(size=5))


def test_a_new_learning_rate_acts_on_the_next_step() -> None:
    weights, gradients = np.zeros(4), np.ones(4)
    updater = Updater(SGD(learning_rate=0.5), weights, gradients)
    updater.step()
    updater.learning_rate = 0.25
    updater.step()
    np.testing.assert_array_equal(weights, -0.75)


def test_the_factor_multiplies_the_learning_rate_of_every_part() -> None:
    weights, gradients = np.zeros(4), np.ones(4)
    parts = [(slice(0, 2), 1.0), (slice(2, 4), 0.5)]
    updater = Updater(SGD(learning_rate=0.5), weights, gradients, parts)
    updater.factor = 0.5
    updater.step()
    np.testing.assert_array_equal(weights, [-0.25, -0.25, -0.125, -0.125])
    updater.factor = 0.0
    updater.step()
    np.testing.assert_array_equal(weights, [-0.25, -0.25, -0.125, -0.125])


def test_the_norm_is_that_of_all_trained_weights_together() -> None:
    weights, gradients = np.zeros(4), np.array([3.0, 4.0, 100.0, 0.0])
    parts = [(slice(0, 1), 1.0), (slice(1, 2), 0.5), (slice(2, 3), 0.0)]
    updater = Updater(SGD(learning_rate=1.0), weights, gradients, parts, ClipByNorm(1.0))
    updater.step()
    np.testing.assert_allclose(weights, [-0.6, -0.4, 0, 0], rtol=1e-6)
    assert gradients[2] == 100


@each_kind
def test_after_a_reset_the_next_step_is_a_first_one(kind: type[OptimiserKind]) -> None:
    weights, gradients = np.zeros(4), np.ones(4)
    updater = Updater(kind(), weights, gradients)
    updater.step()
    first = weights.copy()
    updater.step()
    updater.reset()
    assert updater.steps == 0
    weights[...] = 0
    updater.step()
    np.testing.assert_array_equal(weights, first)


@each_kind
def test_slots_and_steps_are_all_there_is_to_remember(kind: type[OptimiserKind]) -> None:
    straight, _ = trained(kind(), None, 20, steps=9)
    weights, begun = trained(kind(), None, 20, steps=4)
    gradients = np.zeros(20)
    resumed = Updater(kind(), weights, gradients)
    resumed.steps = begun.steps
    for name, slot in begun.slots.items():
        resumed.slots[name][...] = slot
    for step in range(4, 9):
        gradients[...] = gradient(20, step)
        resumed.step()
    np.testing.assert_array_equal(weights, straight)


@each_kind
def test_a_fading_weight_never_becomes_denormal_and_hardly_moves(kind: type[OptimiserKind]) -> None:
    optimiser = kind()
    results = []
    for is_flushed in (True, False):
        weights, gradients = np.full(8, 0.5), np.zeros(8)
        updater = Updater(optimiser, weights, gradients)
        fading = [updater.slots[name] for name in optimiser.fading()]
        if not is_flushed:
            updater._flushes.clear()
        for step in range(2500):
            gradients[...] = 0.3 if step < 5 else 0.0
            updater.step()
            if is_flushed:
                assert all(((slot == 0) | (np.abs(slot) > FLOAT32_TINY)).all() for slot in fading)
        results.append(weights)
    assert np.abs(results[0] - results[1]).max() <= 1e-12


@each_kind
@pytest.mark.parametrize("clipping", [ClipByNorm(0.1), ClipByValue(0.1)], ids=lambda each: each.tag())
def test_a_step_allocates_nothing(kind: type[OptimiserKind], clipping: Clipping) -> None:
    size = 3 * BLOCK
    weights, gradients = np.zeros(size, np.float32), np.ones(size, np.float32)
    updater = Updater(
        kind(), weights, gradients, [(slice(0, BLOCK), 0.5), (slice(BLOCK, size), 1.0)], clipping
    )
    updater.step()

    def growth() -> tuple[int, int]:
        tracemalloc.start()
        try:
            before, _ = tracemalloc.get_traced_memory()
            for _ in range(20):
                gradients[...] = 1
                updater.step()
            after, peak = tracemalloc.get_traced_memory()
        finally:
            tracemalloc.stop()
        return after - before, peak - before

    # Memory is counted for all threads, and the test runner's may take some; a step's own is there each time.
    kept, most = np.min([growth() for _ in range(3)], axis=0)
    assert kept < 4096
    assert most < BLOCK  # a quarter of one block
