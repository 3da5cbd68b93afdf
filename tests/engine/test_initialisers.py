"""Initial weights: bounds, spread and reproducibility, for weights whose two sides differ."""

import numpy as np
import pytest

from neuralstudio.engine.initialisers import (
    INITIALISERS,
    GlorotNormal,
    GlorotUniform,
    HeNormal,
    HeUniform,
    InitialiserKind,
    Normal,
    Uniform,
    Zeros,
    fans,
)

SHAPE = (300, 100)
DEVIATIONS = [
    (Normal(deviation=0.2), 0.2),
    (GlorotNormal(), np.sqrt(2 / 400)),
    (HeNormal(), np.sqrt(2 / 300)),
]
LIMITS = [
    (Uniform(limit=0.3), 0.3),
    (GlorotUniform(), np.sqrt(6 / 400)),
    (HeUniform(), np.sqrt(6 / 300)),
]


def drawn(initialiser: InitialiserKind, seed: int = 0) -> np.ndarray[tuple[int, ...], np.dtype[np.float64]]:
    return initialiser.sample(np.random.default_rng(seed), SHAPE)


def test_every_initialiser_is_tested_here() -> None:
    tested = {type(each) for each, _ in [*DEVIATIONS, *LIMITS]} | {Zeros}
    assert tested == set(INITIALISERS)


@pytest.mark.parametrize(("initialiser", "deviation"), DEVIATIONS)
def test_normal_weights_have_their_deviation_and_mean_zero(
    initialiser: InitialiserKind, deviation: float
) -> None:
    weights = drawn(initialiser)
    assert weights.std() == pytest.approx(deviation, rel=0.02)
    assert abs(weights.mean()) < 4 * deviation / np.sqrt(weights.size)


@pytest.mark.parametrize(("initialiser", "limit"), LIMITS)
def test_uniform_weights_fill_their_bounds_evenly(initialiser: InitialiserKind, limit: float) -> None:
    weights = drawn(initialiser)
    assert np.abs(weights).max() <= limit
    assert np.abs(weights).max() > 0.999 * limit
    assert weights.std() == pytest.approx(limit / np.sqrt(3), rel=0.02)


@pytest.mark.parametrize("initialiser", [kind() for kind in INITIALISERS], ids=lambda each: each.tag())
def test_the_same_stream_gives_the_same_weights(initialiser: InitialiserKind) -> None:
    np.testing.assert_array_equal(drawn(initialiser, 3), drawn(initialiser, 3))


def test_zeros_are_zero() -> None:
    assert not drawn(Zeros()).any()


def test_fans_are_the_last_two_axes_times_the_field() -> None:
    assert fans((784, 128)) == (784, 128)
    assert fans((3, 3, 8, 16)) == (72, 144)
    assert fans((10,)) == (10, 10)
    assert fans(()) == (1, 1)
