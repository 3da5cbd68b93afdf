"""Stopping: every rule in its own words, in force only when asked for, and the same for a resumed run."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from neuralstudio.engine.stopping import Stopping, best

NAN = float("nan")
numbers = st.lists(st.floats(0, 2) | st.just(NAN), max_size=30)


def first_stop(stopping: Stopping, losses: list[float]) -> int:
    """After how many epochs the run ends; 0 if it does not."""
    return next(
        (n for n in range(1, len(losses) + 1) if stopping.reason(losses[:n], [0.0] * n, 0.0, True)), 0
    )


@given(losses=numbers, seconds=st.floats(0, 1e9), rises=st.booleans())
def test_with_its_defaults_nothing_stops_a_run(losses: list[float], seconds: float, rises: bool) -> None:
    assert Stopping().reason(losses, losses, seconds, rises) == ""


@given(seconds=st.floats(0, 59), rises=st.booleans())
def test_before_the_first_epoch_ends_only_time_can_stop_a_run(seconds: float, rises: bool) -> None:
    everything = Stopping(1, 0.1, True, 9.0, 9.0, 60)
    assert everything.reason([], [], seconds, rises) == ""
    assert everything.reason([], [], 60, rises) == "time limit: 60 s of training were allowed"


def test_patience_ends_when_so_many_epochs_brought_nothing_better() -> None:
    losses = [3.0, 2.0, 1.0, 1.5, 1.0, 1.2]
    assert first_stop(Stopping(patience=3), losses) == 6
    assert first_stop(Stopping(patience=4), losses) == 0
    said = Stopping(patience=3).reason(losses, [], 0, True)
    assert said == "early stopping: no better loss for 3 epochs (best was epoch 3)"


def test_a_better_loss_renews_the_patience() -> None:
    assert first_stop(Stopping(patience=2), [1.0, 1.1, 0.9, 1.0, 0.8, 0.7]) == 0


def test_small_improvements_add_up_to_one_that_counts() -> None:
    falling = [1.0, 0.96, 0.92, 0.88, 0.84, 0.80, 0.76]
    assert first_stop(Stopping(patience=3, minimum_improvement=0.1), falling) == 0
    assert first_stop(Stopping(patience=2, minimum_improvement=0.1), falling) == 3
    said = Stopping(patience=2, minimum_improvement=0.1).reason(falling[:3], [], 0, True)
    assert said == "early stopping: no better loss by more than 0.1 for 2 epochs (best was epoch 3)"


def test_patience_of_one_speaks_of_one_epoch() -> None:
    said = Stopping(patience=1).reason([1.0, 1.0], [], 0, True)
    assert said == "early stopping: no better loss for 1 epoch (best was epoch 1)"


def test_a_loss_that_is_not_a_number_is_no_better_one() -> None:
    assert (
        Stopping(patience=2).reason([NAN, NAN], [], 0, True) == "early stopping: no better loss for 2 epochs"
    )
    assert first_stop(Stopping(patience=2), [1.0, NAN, NAN, 0.5]) == 3


@given(losses=numbers, patience=st.integers(1, 5), improvement=st.floats(0, 0.5))
def test_a_run_stops_within_its_patience_after_the_best_epoch_that_counts(
    losses: list[float], patience: int, improvement: float
) -> None:
    at = first_stop(Stopping(patience=patience, minimum_improvement=improvement), losses)
    seen = losses[: at or len(losses)]
    before = [loss for loss in seen[:-patience] if loss == loss]
    recent = [loss for loss in seen[-patience:] if loss == loss]
    if at:
        assert all(loss >= min(before, default=0) - improvement for loss in recent)
    elif improvement == 0 and len(seen) > patience:
        assert min(recent, default=9) < min(before, default=9)


def test_a_target_loss_stops_the_run_as_soon_as_it_is_reached() -> None:
    stopping = Stopping(target_loss=0.5)
    assert first_stop(stopping, [0.9, 0.51, 0.5, 0.6]) == 3
    said = stopping.reason([0.9, 0.25], [], 0, True)
    assert said == "target reached: the loss is 0.25 (wanted: 0.5 or less)"


@pytest.mark.parametrize(("rises", "reached", "missed"), [(True, 0.95, 0.85), (False, 0.85, 0.95)])
def test_a_target_metric_is_reached_from_below_or_from_above(
    rises: bool, reached: float, missed: float
) -> None:
    stopping = Stopping(target_metric=0.9)
    assert stopping.reason([1.0], [missed], 0, rises) == ""
    assert stopping.reason([1.0, 1.0], [reached, missed], 0, rises) == ""
    wanted = "0.9 or more" if rises else "0.9 or less"
    said = stopping.reason([1.0], [reached], 0, rises)
    assert said == f"target reached: the metric is {reached} (wanted: {wanted})"


def test_a_target_is_named_before_a_limit_that_was_met_with_it() -> None:
    stopping = Stopping(patience=1, target_loss=1, time_limit=1)
    assert stopping.reason([1.0, 1.0], [], 5, True).startswith("target reached")
    assert stopping.reason([2.0, 2.0], [], 5, True).startswith("early stopping")
    assert stopping.reason([2.0], [], 5, True) == stopping.time_over(5) != ""


def test_the_best_epoch_has_the_smallest_loss_and_is_the_first_of_equals() -> None:
    assert best([3.0, 1.0, 2.0, 1.0]) == 1
    assert best([NAN, 2.0, NAN]) == 1
    assert best([]) == best([NAN]) == -1
