"""The curves of a run: complete while short, thinned when long, and the same after a file."""

import math

import numpy as np
import pytest

from neuralstudio.training.events import EpochDone, Finished, Started, StepDone, Warned
from neuralstudio.training.history import CAPACITY, History, Series


def test_a_short_series_keeps_every_row() -> None:
    series = Series(2)
    for number in range(100):
        series.append(number, number**2)
    np.testing.assert_array_equal(series.rows[:, 1], np.arange(100) ** 2)


@pytest.mark.parametrize("count", [CAPACITY, 3 * CAPACITY + 5, 20 * CAPACITY])
def test_a_long_series_keeps_its_shape_in_bounded_memory(count: int) -> None:
    series = Series(2)
    for number in range(count):
        series.append(number, math.sin(number / count * 6))
    assert CAPACITY // 2 - 1 <= len(series) < CAPACITY
    x, y = series.rows.T
    assert (np.diff(x) > 0).all()
    assert x[0] < count / 1000
    assert x[-1] > count * 0.99
    np.testing.assert_allclose(y, np.sin(x / count * 6), atol=1e-3)


def test_a_series_comes_back_from_its_state_and_goes_on_the_same() -> None:
    series, again = Series(1), Series(1)
    for number in range(CAPACITY + 6):
        series.append(number)
    again.restore(series.state())
    np.testing.assert_array_equal(again.rows, series.rows)
    for each in (series, again):
        each.append(5.0)
        each.append(7.0)
    np.testing.assert_array_equal(again.rows, series.rows)


@pytest.mark.parametrize(
    "state",
    [
        np.zeros((0, 3)),
        np.zeros((5, 2)),
        np.zeros(3),
        np.zeros((CAPACITY + 1, 3)),
        np.full((2, 3), np.inf),
        np.full((2, 3), np.nan),
    ],
)
def test_what_is_no_series_is_refused(state: np.ndarray[tuple[int, ...], np.dtype[np.float64]]) -> None:
    with pytest.raises(ValueError, match="series"):
        Series(3).restore(state)


def recorded() -> History:
    history = History()
    history.record(Started(2, 4, 100, 25, 0, 0.9, 0.1))
    for step in range(1, 5):
        history.record(StepDone(step, 0, step, 25, 1 / step, step / 10))
    history.record(EpochDone(1, 4, 0.5, 0.6, 0.7, 0.8, 1.0))
    return history


def test_steps_lie_at_fractions_of_an_epoch() -> None:
    history = recorded()
    np.testing.assert_allclose(history.steps.rows[:, 0], [0.25, 0.5, 0.75, 1.0])
    assert history.last_step is not None
    assert history.last_step.step == 4


def test_the_first_point_of_the_test_curve_is_the_untrained_network() -> None:
    rows = recorded().epochs.rows
    assert rows[0, 0] == 0
    assert np.isnan(rows[0, 1:3]).all()
    assert rows[0, 3:].tolist() == [0.9, 0.1]
    assert rows[1].tolist() == [1, 0.5, 0.6, 0.7, 0.8]


def test_a_run_that_goes_on_has_no_second_start() -> None:
    history = recorded()
    history.record(Started(2, 4, 100, 25, 1, 0.5, 0.5))
    assert len(history.epochs) == 2


def test_events_without_figures_leave_no_trace() -> None:
    history = History()
    history.record(Warned("a", "b"))
    history.record(Finished("done", 1, 0.1, 0.9, 1.0))
    assert len(history.steps) == len(history.epochs) == 0


def test_a_history_comes_back_from_its_state() -> None:
    history, again = recorded(), History()
    again.restore(history.state())
    np.testing.assert_array_equal(again.steps.rows, history.steps.rows)
    np.testing.assert_array_equal(again.epochs.rows, history.epochs.rows)
    with pytest.raises(KeyError):
        again.restore({})


def test_a_history_from_before_there_were_penalties_opens_without_any() -> None:
    history, again = recorded(), History()
    old = history.state()
    old["steps"] = old["steps"][:, :3]
    again.restore(old)
    np.testing.assert_array_equal(again.steps.rows, history.steps.rows)
    assert not again.steps.rows[:, 3].any()
    with pytest.raises(ValueError, match="series"):
        again.restore(old | {"steps": old["steps"][:, :2]})


def test_the_penalty_of_a_step_is_known_from_then_on() -> None:
    history = History()
    history.record(Started(2, 2, 100, 50, 0))
    assert history.penalty_at(1) == 0
    for step, penalty in enumerate((0.4, 0.3, 0.2), start=1):
        history.record(StepDone(step, (step - 1) // 2, 2 - step % 2, 50, 1.0, 0.5, penalty))
    assert [history.penalty_at(epoch) for epoch in (0.1, 0.5, 1.0, 1.2, 1.5, 9)] == [
        0,
        0.4,
        0.3,
        0.3,
        0.2,
        0.2,
    ]
