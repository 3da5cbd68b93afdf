"""Optimisers: what they compute is what PyTorch's compute, whatever the settings."""

from collections.abc import Callable
from typing import Any

import msgspec
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from neuralstudio.engine.graph import Array
from neuralstudio.engine.optimisers import (
    BLOCK,
    OPTIMISERS,
    SGD,
    Adadelta,
    Adagrad,
    Adam,
    AdamW,
    Momentum,
    Nadam,
    Nesterov,
    OptimiserKind,
    RMSProp,
    Updater,
)

SETTINGS: list[OptimiserKind] = [
    SGD(learning_rate=0.1),
    Momentum(learning_rate=0.05, momentum=0.8),
    Nesterov(learning_rate=0.05, momentum=0.8),
    RMSProp(learning_rate=0.01, decay=0.95, epsilon=1e-7),
    Adagrad(learning_rate=0.05, epsilon=1e-7),
    Adadelta(learning_rate=0.9, decay=0.95, epsilon=1e-6),
    Adam(learning_rate=0.01, beta_1=0.85, beta_2=0.99, epsilon=1e-7),
    AdamW(learning_rate=0.01, beta_1=0.85, beta_2=0.99, epsilon=1e-7, weight_decay=0.1),
    Nadam(learning_rate=0.01, beta_1=0.85, beta_2=0.99, epsilon=1e-7, momentum_decay=0.01),
]
PRECISIONS = [(np.float32, 1e-5), (np.float64, 1e-10)]
Slope = Callable[[Array, int], Array]


def waves(weights: Array, step: int) -> Array:
    """A gradient that depends on the weights, so that an error grows from step to step."""
    return np.asarray(np.sin(weights * 3 + step) + weights / 2)


def noise(seed: int, scale: float) -> Slope:
    """Gradients that depend on nothing; one in ten is zero."""

    def slope(weights: Array, step: int) -> Array:
        draw = np.random.default_rng((seed, step))
        values = draw.normal(0, scale, weights.shape) * (draw.random(weights.shape) > 0.1)
        return values.astype(weights.dtype)

    return slope


def start(size: int, dtype: Any, seed: int) -> Array:
    return np.random.default_rng(seed).normal(size=size).astype(dtype)


def trained(
    optimiser: OptimiserKind, dtype: Any, steps: int, slope: Slope = waves, size: int = 999, seed: int = 0
) -> Array:
    weights = start(size, dtype, seed)
    gradients = np.zeros_like(weights)
    updater = Updater(optimiser, weights, gradients)
    for step in range(steps):
        gradients[...] = slope(weights, step)
        updater.step()
    return weights


def peer(
    optimiser: OptimiserKind, dtype: Any, steps: int, slope: Slope = waves, size: int = 999, seed: int = 0
) -> Array:
    torch = pytest.importorskip("torch")
    weights = torch.tensor(start(size, dtype, seed), requires_grad=True)
    usual = torch.get_default_dtype()
    torch.set_default_dtype(weights.dtype)  # the precision in which NAdam keeps the product of its momenta
    try:
        theirs = theirs_for(torch, optimiser, [weights])
        for step in range(steps):
            weights.grad = torch.tensor(slope(weights.detach().numpy(), step))
            theirs.step()
    finally:
        torch.set_default_dtype(usual)
    return np.asarray(weights.detach().numpy())


def theirs_for(torch: Any, optimiser: OptimiserKind, weights: list[Any]) -> Any:
    optim, rate = torch.optim, optimiser.learning_rate
    match optimiser:
        case SGD():
            return optim.SGD(weights, rate)
        case Momentum():
            return optim.SGD(weights, rate, momentum=optimiser.momentum)
        case Nesterov():
            return optim.SGD(weights, rate, momentum=optimiser.momentum, nesterov=optimiser.momentum > 0)
        case RMSProp():
            return optim.RMSprop(weights, rate, alpha=optimiser.decay, eps=optimiser.epsilon)
        case Adagrad():
            return optim.Adagrad(weights, rate, eps=optimiser.epsilon)
        case Adadelta():
            return optim.Adadelta(weights, rate, rho=optimiser.decay, eps=optimiser.epsilon)
        case Adam() | AdamW() | Nadam():
            kind = {Adam: optim.Adam, AdamW: optim.AdamW, Nadam: optim.NAdam}[type(optimiser)]
            more: dict[str, float] = {}
            if isinstance(optimiser, AdamW):
                more = {"weight_decay": optimiser.weight_decay}
            if isinstance(optimiser, Nadam):
                more = {"momentum_decay": optimiser.momentum_decay}
            betas = (optimiser.beta_1, optimiser.beta_2)
            return kind(weights, rate, betas=betas, eps=optimiser.epsilon, **more)
    raise TypeError(f"no peer is known for {optimiser}")


def assert_close(ours: Array, theirs: Array, tolerance: float) -> None:
    assert np.isfinite(theirs).all()
    assert np.abs(ours - theirs).max() <= tolerance * np.abs(theirs).max()


def varied(kind: type[OptimiserKind]) -> st.SearchStrategy[OptimiserKind]:
    """An optimiser with settings from the useful range."""
    ranges = {
        "learning_rate": (1e-5, 0.1),
        "momentum": (0.0, 0.99),
        "decay": (0.0, 0.999),
        "epsilon": (1e-8, 1e-2),
        "beta_1": (0.0, 0.99),
        "beta_2": (0.1, 0.9999),  # near 0, m / √v of a gradient that vanishes is all rounding
        "weight_decay": (0.0, 1.0),
        "momentum_decay": (0.0, 1.0),
    }
    fields = {name: st.floats(*ranges[name]) for name in kind.__struct_fields__}
    return st.builds(kind, **fields)


def test_every_optimiser_is_tested_here() -> None:
    assert {type(each) for each in SETTINGS} == set(OPTIMISERS)


@pytest.mark.peers
@pytest.mark.parametrize("optimiser", SETTINGS, ids=lambda each: each.tag())
@pytest.mark.parametrize(("dtype", "tolerance"), PRECISIONS)
def test_ten_steps_equal_pytorch(optimiser: OptimiserKind, dtype: Any, tolerance: float) -> None:
    size = 3 * BLOCK + 17
    ours, theirs = (by(optimiser, dtype, 10, size=size) for by in (trained, peer))
    assert_close(ours, theirs, tolerance)


@pytest.mark.peers
@pytest.mark.parametrize("kind", OPTIMISERS, ids=lambda kind: kind.tag())
@pytest.mark.parametrize(("dtype", "tolerance"), PRECISIONS)
@given(data=st.data())
@settings(max_examples=15, deadline=None)
def test_fifty_steps_equal_pytorch_whatever_the_settings(
    kind: type[OptimiserKind], dtype: Any, tolerance: float, data: st.DataObject
) -> None:
    optimiser = data.draw(varied(kind))
    seed, size = data.draw(st.integers(0, 1000)), data.draw(st.integers(20, 60))
    slope = noise(seed, data.draw(st.floats(0.01, 10)))
    for steps in (10, 50):
        ours, theirs = (by(optimiser, dtype, steps, slope, size, seed) for by in (trained, peer))
        assert_close(ours, theirs, tolerance)


@pytest.mark.parametrize("optimiser", SETTINGS, ids=lambda each: each.tag())
def test_the_blocks_do_not_change_the_result(optimiser: OptimiserKind) -> None:
    size = 3 * BLOCK + 17
    alone = start(size, np.float64, 0)[-5:].copy()  # the last of the weights, trained by themselves
    gradients = np.zeros_like(alone)
    updater = Updater(optimiser, alone, gradients)
    for step in range(10):
        gradients[...] = waves(alone, step)
        updater.step()
    np.testing.assert_array_equal(trained(optimiser, np.float64, 10, size=size)[-5:], alone)


@pytest.mark.parametrize("kind", OPTIMISERS, ids=lambda each: each.tag())
def test_a_weight_without_gradient_stays_where_it_is_even_with_the_smallest_epsilon(
    kind: type[OptimiserKind],
) -> None:
    changes: dict[str, float] = {"epsilon": 1e-12, "weight_decay": 0.0}
    optimiser = msgspec.structs.replace(
        kind(), **{name: value for name, value in changes.items() if name in kind.__struct_fields__}
    )
    weights, gradients = np.ones(4, np.float32), np.zeros(4, np.float32)
    updater = Updater(optimiser, weights, gradients)
    for _ in range(20):
        updater.step()
    np.testing.assert_array_equal(weights, 1)


def test_weight_decay_draws_a_weight_without_gradient_to_zero() -> None:
    weights = np.ones(4)
    updater = Updater(AdamW(learning_rate=0.1, weight_decay=0.5), weights, np.zeros(4))
    for _ in range(3):
        updater.step()
    np.testing.assert_allclose(weights, 0.95**3)


@pytest.mark.parametrize("kind", OPTIMISERS, ids=lambda each: each.tag())
def test_a_gradient_is_only_read(kind: type[OptimiserKind]) -> None:
    weights, gradients = start(8, np.float32, 0), start(8, np.float32, 1)
    before = gradients.copy()
    Updater(kind(), weights, gradients).step()
    np.testing.assert_array_equal(gradients, before)


@pytest.mark.peers
def test_nadam_equals_pytorch_when_the_product_of_its_momenta_has_vanished() -> None:
    optimiser = Nadam(learning_rate=1e-3, beta_1=0.5)
    slope = noise(0, 1.0)
    ours, theirs = (by(optimiser, np.float64, 300, slope, 20) for by in (trained, peer))
    assert_close(ours, theirs, 1e-10)


def test_nadam_goes_on_after_a_leap_in_steps_as_if_it_had_taken_them() -> None:
    straight, resumed = (Nadam(beta_1=0.99).coefficients(0.1, step) for step in (700, 700))
    assert straight == resumed
    walked = Nadam(beta_1=0.99, momentum_decay=0.02)
    product = np.prod([0.99 * (1 - 0.5 * 0.96 ** (0.02 * t)) for t in range(1, 41)])
    mu = 0.99 * (1 - 0.5 * 0.96 ** (0.02 * 40))
    second = np.sqrt((1 - 0.999) / (1 - 0.999**40))
    assert walked.coefficients(1.0, 40)["ahead"] == pytest.approx(
        (1 - mu) / (1 - product) / second, rel=1e-13
    )
