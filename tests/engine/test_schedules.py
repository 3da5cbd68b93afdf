"""Schedules: equal to PyTorch's where it has them, and functions of nothing but where the run is."""

import warnings
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from neuralstudio.engine.schedules import (
    SCHEDULES,
    Constant,
    CosineDecay,
    ExponentialDecay,
    OneCycle,
    Progress,
    ReduceOnPlateau,
    ScheduleKind,
    StepDecay,
    curve,
)

each_kind = pytest.mark.parametrize("kind", SCHEDULES, ids=lambda kind: kind.tag())
EXTREMES = [OneCycle(rising=0.0), OneCycle(rising=1.0), CosineDecay(warm_up=0.9), CosineDecay(warm_up=0.0)]
shares = st.floats(0.05, 1.0)
losses = st.lists(st.sampled_from([0.5, 0.9, 1.0, 1.0005, 1.2, float("nan")]), max_size=60).map(tuple)


def peer(make: Callable[[Any, Any], Any], count: int, rate: float = 1.0, seen: tuple[float, ...] = ()) -> Any:
    """The learning rates PyTorch goes through: before each of ``count`` steps of the scheduler."""
    torch = pytest.importorskip("torch")
    optimiser = torch.optim.SGD([torch.zeros(1, requires_grad=True)], lr=rate)
    rates = []
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # that the optimiser itself is never asked for a step
        scheduler = make(torch.optim.lr_scheduler, optimiser)
        for number in range(count):
            rates.append(optimiser.param_groups[0]["lr"])
            if seen:
                scheduler.step(seen[number])
            elif number < count - 1:
                scheduler.step()
    return np.array([*rates, optimiser.param_groups[0]["lr"]] if seen else rates)


def epochs_of(schedule: ScheduleKind, count: int) -> Any:
    """The factors at the start of each epoch; an epoch has 7 steps."""
    return curve(schedule, range(0, count * 7, 7), 7, count)


@pytest.mark.peers
@given(factor=shares, every=st.integers(1, 12))
@settings(max_examples=25, deadline=None)
def test_steps_equal_pytorch(factor: float, every: int) -> None:
    theirs = peer(lambda lib, optimiser: lib.StepLR(optimiser, every, factor), 30)
    np.testing.assert_allclose(epochs_of(StepDecay(factor, every), 30), theirs, rtol=1e-12)


@pytest.mark.peers
@given(factor=shares)
@settings(max_examples=25, deadline=None)
def test_exponential_equals_pytorch_at_the_start_of_each_epoch(factor: float) -> None:
    theirs = peer(lambda lib, optimiser: lib.ExponentialLR(optimiser, factor), 30)
    np.testing.assert_allclose(epochs_of(ExponentialDecay(factor), 30), theirs, rtol=1e-12)


@pytest.mark.peers
@given(final=st.floats(0, 1), epochs=st.integers(1, 8), steps=st.integers(1, 9))
@settings(max_examples=40, deadline=None)
def test_cosine_without_warm_up_equals_pytorch(final: float, epochs: int, steps: int) -> None:
    count = epochs * steps
    theirs = peer(lambda lib, optimiser: lib.CosineAnnealingLR(optimiser, count, final), count)
    ours = curve(CosineDecay(0.0, final), range(count), steps, epochs)
    np.testing.assert_allclose(ours, theirs, rtol=1e-10, atol=1e-14)


@pytest.mark.peers
@given(
    seen=losses.filter(len),
    factor=st.floats(0.05, 0.95),
    patience=st.integers(0, 6),
    improvement=st.sampled_from([0.0, 1e-3, 0.15]),
    cooldown=st.integers(0, 5),
)
@settings(max_examples=100, deadline=None)
def test_reduce_on_plateau_equals_pytorch(
    seen: tuple[float, ...], factor: float, patience: int, improvement: float, cooldown: int
) -> None:
    theirs = peer(
        lambda lib, optimiser: lib.ReduceLROnPlateau(
            optimiser,
            factor=factor,
            patience=patience,
            threshold=improvement,
            threshold_mode="abs",
            cooldown=cooldown,
            eps=0,
        ),
        len(seen),
        seen=seen,
    )
    schedule = ReduceOnPlateau(factor, patience, improvement, cooldown)
    ours = curve(schedule, range(len(seen) + 1), 1, len(seen) + 1, seen)
    np.testing.assert_allclose(ours, theirs, rtol=1e-12)


@pytest.mark.peers
@given(
    rising=st.floats(0.0, 1.0),
    start=st.floats(1, 100),
    end=st.floats(1, 1e6),
    epochs=st.integers(1, 8),
    steps=st.integers(2, 9),
)
@settings(max_examples=60, deadline=None)
def test_one_cycle_equals_pytorch(rising: float, start: float, end: float, epochs: int, steps: int) -> None:
    count = epochs * steps
    if rising * count == 1:  # there PyTorch divides by zero
        return
    theirs = peer(
        lambda lib, optimiser: lib.OneCycleLR(
            optimiser,
            max_lr=1.0,
            total_steps=count,
            pct_start=rising,
            div_factor=start,
            final_div_factor=end,
            cycle_momentum=False,
        ),
        count,
    )
    ours = curve(OneCycle(rising, start, end), range(count), steps, epochs)
    np.testing.assert_allclose(ours, theirs, rtol=1e-9, atol=1e-12)


def test_a_constant_is_one_wherever_the_run_is() -> None:
    assert set(curve(Constant(), range(100), 10, 10)) == {1.0}


def test_the_warm_up_rises_in_a_straight_line_to_where_the_cosine_begins() -> None:
    factors = curve(CosineDecay(warm_up=0.25, final=0.1), range(40), 10, 4)
    np.testing.assert_allclose(factors[:11], np.arange(1, 12) / 11)
    assert (np.diff(factors[10:]) < 0).all()
    assert 0.1 < factors[-1] < 0.11


def test_one_cycle_starts_low_and_ends_far_lower() -> None:
    factors = curve(OneCycle(0.3, 25, 1e4), range(100), 10, 10)
    assert factors[0] == pytest.approx(1 / 25)
    assert factors.max() == factors[29] == 1
    assert factors[-1] == pytest.approx(1 / 25e4)


def test_a_plateau_lowers_the_rate_after_more_epochs_than_patience() -> None:
    factors = curve(ReduceOnPlateau(0.5, 2), range(8), 1, 8, [1.0] * 8)
    np.testing.assert_array_equal(factors, [1, 1, 1, 1, 0.5, 0.5, 0.5, 0.25])


@pytest.mark.parametrize("schedule", [*(kind() for kind in SCHEDULES), *EXTREMES], ids=repr)
@given(epochs=st.integers(1, 12), steps=st.integers(1, 12), beyond=st.integers(0, 50), seen=losses)
@settings(max_examples=40, deadline=None)
def test_a_factor_is_a_share_of_the_rate_in_a_run_of_any_length_and_beyond_its_end(
    schedule: ScheduleKind, epochs: int, steps: int, beyond: int, seen: tuple[float, ...]
) -> None:
    for step in (0, 1, epochs * steps - 1, epochs * steps + beyond):
        assert 0 <= schedule.factor(Progress(step, steps, epochs, seen)) <= 1


@each_kind
def test_what_changes_within_an_epoch_says_so(kind: type[ScheduleKind]) -> None:
    factors = curve(kind(), range(200), 10, 20, [1.0] * 20).reshape(20, 10)
    assert (np.ptp(factors, axis=1) > 0).any() == kind.changes_within_epoch


def test_a_step_sees_only_the_losses_of_the_epochs_before_it() -> None:
    class Spy(ScheduleKind, tag="spy"):
        def factor(self, where: Progress) -> float:
            return float(len(where.losses))

    np.testing.assert_array_equal(curve(Spy(), [0, 2, 3, 8, 9], 3, 4, [1.0] * 4), [0, 0, 1, 2, 3])
