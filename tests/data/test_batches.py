"""Batches deal every row once an epoch; gathering copies rows exactly and takes no memory."""

import tracemalloc

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from neuralstudio.data._base import Samples
from neuralstudio.data.batches import Batches, Gather


def pictures(count: int, seed: int = 0) -> Samples:
    random = np.random.default_rng(seed)
    inputs = random.integers(0, 256, (count, 28, 28), dtype=np.uint8)
    return Samples(inputs, random.integers(0, 10, count), scale=1 / 255)


def points(count: int) -> Samples:
    random = np.random.default_rng(1)
    return Samples(
        random.normal(size=(count, 2)).astype(np.float32), random.normal(size=(count, 3)).astype(np.float32)
    )


@given(
    count=st.integers(1, 200),
    batch_size=st.integers(1, 60),
    shuffle=st.booleans(),
    seed=st.integers(0, 2**32),
)
def test_every_row_comes_once_an_epoch(count: int, batch_size: int, shuffle: bool, seed: int) -> None:
    batches = Batches(points(count), batch_size, np.random.default_rng(seed) if shuffle else None)
    for _ in range(2):
        rows = list(batches.epoch())
        assert len(rows) == len(batches)
        assert all(len(each) == batch_size for each in rows[:-1])
        assert all(each.dtype == np.int64 for each in rows)
        assert sorted(np.concatenate(rows)) == list(range(count))


@given(count=st.integers(1, 200), batch_size=st.integers(1, 60))
def test_a_remainder_can_be_left_out(count: int, batch_size: int) -> None:
    batches = Batches(points(count), batch_size, np.random.default_rng(0), keep_remainder=False)
    rows = list(batches.epoch())
    assert len(rows) == len(batches) == count // batch_size
    assert all(len(each) == batch_size for each in rows)


def test_batches_of_an_epoch_share_one_array() -> None:
    first, second, *_ = Batches(points(30), 10, np.random.default_rng(0)).epoch()
    assert first.base is not None
    assert first.base is second.base


def test_without_shuffling_rows_come_as_they_lie() -> None:
    batches = Batches(points(5), 2, order=None)
    assert [rows.tolist() for rows in batches.epoch()] == [[0, 1], [2, 3], [4]]


def test_rows_left_out_of_one_epoch_can_join_the_first_batch_of_the_next() -> None:
    batches = Batches(points(5), 2, order=None, keep_remainder=False)
    left = batches.left_out()
    assert left.tolist() == [4]
    assert [rows.tolist() for rows in batches.epoch(left)] == [[4, 0, 1], [2, 3]]
    shuffled = (Batches(points(5), 2, np.random.default_rng(3), keep_remainder=False) for _ in range(2))
    seen, left = np.concatenate(list(next(shuffled).epoch())), next(shuffled).left_out()
    assert sorted([*seen, *left]) == list(range(5)), "the same order twice"


def test_a_restored_state_brings_the_same_epoch_again() -> None:
    order = np.random.default_rng(7)
    batches = Batches(points(50), 8, order)
    list(batches.epoch())
    state = order.bit_generator.state
    expected = np.concatenate(list(batches.epoch()))
    assert not np.array_equal(np.concatenate(list(batches.epoch())), expected)
    fresh = np.random.default_rng(0)
    fresh.bit_generator.state = state
    again = np.concatenate(list(Batches(points(50), 8, fresh).epoch()))
    np.testing.assert_array_equal(again, expected)


def test_a_batch_size_below_one_is_refused() -> None:
    with pytest.raises(ValueError, match="Received: 0"):
        Batches(points(5), 0, np.random.default_rng(0))


@pytest.mark.parametrize("samples", [pictures(50), points(50)], ids=["uint8 images", "float32 points"])
def test_gathered_rows_equal_scaled_samples_bit_for_bit(samples: Samples) -> None:
    gather = Gather(samples, batch_size=16)
    for rows in Batches(samples, 16, np.random.default_rng(0)).epoch():
        inputs = np.full((len(rows), *samples.inputs.shape[1:]), np.nan, dtype=np.float32)
        targets = np.empty((len(rows), *samples.targets.shape[1:]), dtype=samples.targets.dtype)
        gather(rows, inputs, targets)
        np.testing.assert_array_equal(inputs, samples.scaled()[rows])
        np.testing.assert_array_equal(targets, samples.targets[rows])


def test_samples_that_are_a_strided_view_are_gathered_rightly() -> None:
    whole = pictures(20)
    samples = Samples(whole.inputs[::2, ::-1], whole.targets[::2], whole.scale)
    inputs, targets = np.empty((3, 28, 28), np.float32), np.empty(3, np.int64)
    Gather(samples, 3)(np.array([1, 9, 4]), inputs, targets)
    np.testing.assert_array_equal(inputs, samples.scaled()[[1, 9, 4]])


def test_gathering_takes_no_memory() -> None:
    samples = pictures(200)
    gather, rows = Gather(samples, 32), np.arange(0, 64, 2)
    inputs, targets = np.empty((32, 28, 28), np.float32), np.empty(32, np.int64)
    gather(rows, inputs, targets)
    tracemalloc.start()
    try:
        gather(rows, inputs, targets)
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert peak < 2000  # a batch of bytes is 25,088
