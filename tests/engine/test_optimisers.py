"""Optimisers: ten steps equal PyTorch's, and nothing they do for speed changes what they compute."""

from typing import Any

import msgspec
import numpy as np
import pytest

from neuralstudio.engine.graph import Array
from neuralstudio.engine.optimisers import (
    BLOCK,
    OPTIMISERS,
    SGD,
    Adam,
    Momentum,
    OptimiserKind,
    RMSProp,
    Updater,
)

SETTINGS: list[OptimiserKind] = [
    SGD(learning_rate=0.1),
    Momentum(learning_rate=0.05, momentum=0.8),
    RMSProp(learning_rate=0.01, decay=0.95, epsilon=1e-7),
    Adam(learning_rate=0.01, beta_1=0.85, beta_2=0.99, epsilon=1e-7),
]
FLOAT32_TINY = np.finfo(np.float32).tiny


def slope(weights: Array, step: int) -> Array:
    """A gradient that depends on the weights, so that an error grows from step to step."""
    return np.asarray(np.sin(weights * 3 + step) + weights / 2)


def trained(optimiser: OptimiserKind, dtype: Any, steps: int = 10, size: int = 3 * BLOCK + 17) -> Array:
    weights = np.random.default_rng(0).normal(size=size).astype(dtype)
    gradients = np.zeros_like(weights)
    updater = Updater(optimiser, weights, gradients)
    for step in range(steps):
        gradients[...] = slope(weights, step)
        updater.step()
    return weights


def peer(optimiser: OptimiserKind, dtype: Any, steps: int = 10, size: int = 3 * BLOCK + 17) -> Array:
    torch = pytest.importorskip("torch")
    weights = torch.tensor(np.random.default_rng(0).normal(size=size).astype(dtype), requires_grad=True)
    match optimiser:
        case SGD():
            theirs = torch.optim.SGD([weights], lr=optimiser.learning_rate)
        case Momentum():
            theirs = torch.optim.SGD([weights], lr=optimiser.learning_rate, momentum=optimiser.momentum)
        case RMSProp():
            theirs = torch.optim.RMSprop(
                [weights], lr=optimiser.learning_rate, alpha=optimiser.decay, eps=optimiser.epsilon
            )
        case Adam():
            betas = optimiser.beta_1, optimiser.beta_2
            theirs = torch.optim.Adam(
                [weights], lr=optimiser.learning_rate, betas=betas, eps=optimiser.epsilon
            )
        case _:
            raise TypeError(f"no peer is known for {optimiser}")
    for step in range(steps):
        weights.grad = torch.tensor(slope(weights.detach().numpy(), step))
        theirs.step()
    return np.asarray(weights.detach().numpy())


def test_every_optimiser_is_tested_here() -> None:
    assert {type(each) for each in SETTINGS} == set(OPTIMISERS)


@pytest.mark.peers
@pytest.mark.parametrize("optimiser", SETTINGS, ids=lambda each: each.tag())
@pytest.mark.parametrize(("dtype", "tolerance"), [(np.float32, 1e-5), (np.float64, 1e-10)])
def test_ten_steps_equal_pytorch(optimiser: OptimiserKind, dtype: Any, tolerance: float) -> None:
    ours, theirs = trained(optimiser, dtype), peer(optimiser, dtype)
    assert np.abs(ours - theirs).max() <= tolerance * np.abs(theirs).max()


@pytest.mark.parametrize("optimiser", SETTINGS, ids=lambda each: each.tag())
def test_the_blocks_do_not_change_the_result(optimiser: OptimiserKind) -> None:
    weights = np.random.default_rng(0).normal(size=3 * BLOCK + 17)
    alone = weights[-5:].copy()  # the last of the weights, trained by themselves
    gradients = np.zeros_like(alone)
    updater = Updater(optimiser, alone, gradients)
    for step in range(10):
        gradients[...] = slope(alone, step)
        updater.step()
    np.testing.assert_array_equal(trained(optimiser, np.float64)[-5:], alone)


@pytest.mark.parametrize("optimiser", SETTINGS, ids=lambda each: each.tag())
def test_a_fading_weight_never_becomes_denormal_and_hardly_moves(optimiser: OptimiserKind) -> None:
    results = []
    for is_flushed in (True, False):
        weights, gradients = np.full(8, 0.5), np.zeros(8)
        updater = Updater(optimiser, weights, gradients)
        fading = [updater.slots[name] for name in optimiser.fading]
        if not is_flushed:
            updater._fading.clear()
        for step in range(2500):
            gradients[...] = 0.3 if step < 5 else 0.0
            updater.step()
            if is_flushed:
                assert all(((slot == 0) | (np.abs(slot) > FLOAT32_TINY)).all() for slot in fading)
        results.append(weights)
    assert np.abs(results[0] - results[1]).max() <= 1e-12


def test_a_new_learning_rate_acts_on_the_next_step() -> None:
    weights, gradients = np.zeros(4), np.ones(4)
    updater = Updater(SGD(learning_rate=0.5), weights, gradients)
    updater.step()
    updater.learning_rate = 0.25
    updater.step()
    np.testing.assert_array_equal(weights, -0.75)


@pytest.mark.parametrize("kind", OPTIMISERS, ids=lambda each: each.tag())
def test_a_weight_without_gradient_stays_where_it_is_even_with_the_smallest_epsilon(
    kind: type[OptimiserKind],
) -> None:
    optimiser = kind()
    if hasattr(optimiser, "epsilon"):
        optimiser = msgspec.structs.replace(optimiser, epsilon=1e-12)
    weights, gradients = np.ones(4, np.float32), np.zeros(4, np.float32)
    updater = Updater(optimiser, weights, gradients)
    for _ in range(20):
        updater.step()
    np.testing.assert_array_equal(weights, 1)
