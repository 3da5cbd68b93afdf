"""Initial weights: bounds, spread and reproducibility, for weights whose two sides differ."""

import numpy as np
import pytest

from neuralstudio.engine.initialisers import (
    INITIALISERS,
    Constant,
    ForgetGateOpen,
    GlorotNormal,
    GlorotUniform,
    HeNormal,
    HeUniform,
    InitialiserKind,
    Normal,
    Orthogonal,
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
    tested = {type(each) for each, _ in [*DEVIATIONS, *LIMITS]} | {Zeros, Constant, Orthogonal}
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


@pytest.mark.parametrize("shape", [(300, 100), (100, 300), (64, 64)])
def test_orthogonal_weights_keep_lengths_along_their_shorter_side(shape: tuple[int, int]) -> None:
    weights = Orthogonal().sample(np.random.default_rng(0), shape)
    products = weights.T @ weights if shape[0] >= shape[1] else weights @ weights.T
    assert weights.shape == shape
    np.testing.assert_allclose(products, np.eye(min(shape)), atol=1e-12)
    assert abs(weights.mean()) < 4 / np.sqrt(weights.size * max(shape))


def test_constant_weights_are_all_the_value() -> None:
    np.testing.assert_array_equal(
        Constant(value=0.3).sample(np.random.default_rng(0), (2, 3)), np.full((2, 3), 0.3)
    )


def test_a_forget_gate_starts_open_and_the_others_at_zero() -> None:
    bias = ForgetGateOpen().sample(np.random.default_rng(0), (8,))
    np.testing.assert_array_equal(bias, [0, 0, 1, 1, 0, 0, 0, 0])


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
