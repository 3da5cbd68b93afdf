"""The flat vector of weights, and the streams of random numbers."""

import numpy as np
import pytest

from neuralstudio.engine.parameters import Parameters
from neuralstudio.engine.random import Seeds, stream

SHAPES = {"a": (3, 5), "b": (5,), "c": (17,), "d": ()}


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_every_weight_of_many_numbers_starts_at_a_multiple_of_64_bytes(
    dtype: type[np.float32] | type[np.float64],
) -> None:
    parameters = Parameters({**SHAPES, "e": (70, 60), "f": (3,)}, dtype)
    for name in parameters:
        assert parameters.value(name).ctypes.data % 64 == 0
        assert parameters.gradient(name).ctypes.data % 64 == 0


def test_few_weights_lie_close_together_so_that_a_bias_follows_its_kernel() -> None:
    parameters = Parameters(SHAPES)
    starts = [parameters.stretch(name).start for name in parameters]
    assert starts == [0, 15, 20, 37]
    assert parameters.stretch("d").stop == parameters.values.size == 48
    assert parameters.values.ctypes.data % 64 == 0


def test_weights_are_views_that_do_not_overlap_and_padding_stays_zero() -> None:
    parameters = Parameters(SHAPES)
    for number, name in enumerate(parameters, 1):
        parameters.value(name)[...] = number
    assert [float(parameters.value(name).mean()) for name in parameters] == [1, 2, 3, 4]
    assert np.count_nonzero(parameters.values) == parameters.count == 15 + 5 + 17 + 1
    assert parameters.values.size % 16 == 0


def test_named_gives_copies_in_shape() -> None:
    parameters = Parameters(SHAPES)
    named = parameters.named()
    named["a"][...] = 7
    assert not parameters.values.any()
    assert {name: array.shape for name, array in named.items()} == SHAPES


def test_load_takes_what_fits_by_name_and_shape_and_leaves_the_rest() -> None:
    parameters = Parameters(SHAPES)
    parameters.values[...] = 1
    taken = parameters.load({"a": np.full((3, 5), 2.0), "b": np.full(6, 2.0), "e": np.zeros(1)})
    assert taken == ("a",)
    assert (parameters.value("a") == 2).all()
    assert (parameters.value("b") == 1).all()


def test_named_and_load_round_trip_any_vector_of_the_layout() -> None:
    parameters = Parameters(SHAPES)
    flat = np.random.default_rng(0).normal(size=parameters.values.shape).astype(np.float32)
    parameters.load(parameters.named(flat))
    for name in parameters:
        np.testing.assert_array_equal(parameters.value(name), parameters.view(flat, name))


def test_the_same_seed_and_name_give_the_same_stream() -> None:
    np.testing.assert_array_equal(stream(4, "noise").random(9), stream(4, "noise").random(9))


def test_streams_of_other_names_or_seeds_are_independent() -> None:
    draws = [
        stream(seed, name).random(4000) for seed in (0, 1) for name in ("dense-1/kernel", "dense-2/kernel")
    ]
    correlations = np.asarray(np.corrcoef(draws))[np.triu_indices(4, 1)]
    assert np.abs(correlations).max() < 0.08  # five standard deviations


def test_one_seed_for_everything() -> None:
    assert Seeds.all(5) == Seeds(data=5, weights=5, order=5, noise=5)
