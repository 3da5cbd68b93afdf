"""The curves say what the history holds, smoothed as the formula says."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from neuralstudio.engine.metrics import MeanAbsoluteError
from neuralstudio.training.events import EpochDone, Started, StepDone
from neuralstudio.training.history import History
from neuralstudio.views import curves


def _history(steps_per_epoch: int, epochs: int) -> History:
    history = History()
    history.record(Started(epochs, steps_per_epoch, 320, 32, 0, 2.3, 0.1))
    step = 0
    for epoch in range(epochs):
        for batch in range(1, steps_per_epoch + 1):
            step += 1
            history.record(StepDone(step, epoch, batch, 32, 1 / step, 1 - 1 / step))
        history.record(EpochDone(epoch + 1, step, 0.5, 0.5, 0.4 - epoch / 10, 0.6 + epoch / 10, 1.0))
    return history


def _naive(values: list[float], beta: float) -> list[float]:
    average, result = 0.0, []
    for number, value in enumerate(values, 1):
        average = beta * average + (1 - beta) * value
        result.append(average / (1 - beta**number))
    return result


@given(
    st.lists(st.floats(-1e3, 1e3), min_size=1, max_size=600),
    st.floats(0.01, 0.99),
)
def test_smoothing_is_the_exponential_average_with_corrected_start(values: list[float], beta: float) -> None:
    effective = beta ** min(1.0, 200 / len(values))
    result = curves.smoothed(np.array(values), beta)
    assert result == pytest.approx(_naive(values, effective), rel=1e-6, abs=1e-6)


def test_smoothing_leaves_a_constant_as_it_is() -> None:
    assert curves.smoothed(np.full(500, 0.7), 0.9) == pytest.approx(np.full(500, 0.7))


def test_no_smoothing_shows_every_step_and_no_faint_line() -> None:
    history = _history(50, 2)
    loss, _ = curves.compute(history, smoothing=0)
    assert [curve.role for curve in loss.curves] == ["train", "test"]
    assert loss.curves[0].y == pytest.approx(history.steps.rows[:, 1])


def test_a_faint_raw_line_stands_behind_a_smoothed_long_one_only() -> None:
    many, _ = curves.compute(_history(50, 2), smoothing=0.6)
    few, _ = curves.compute(_history(5, 2), smoothing=0.6)
    assert [curve.role for curve in many.curves] == ["train", "faint", "test"]
    assert [curve.role for curve in few.curves] == ["train", "test"]


def test_test_points_are_marked_at_the_epochs_from_the_untrained_network_on() -> None:
    loss, accuracy = curves.compute(_history(5, 3), epochs=5)
    assert loss.curves[-1].marks
    assert loss.curves[-1].x.tolist() == [0, 1, 2, 3]
    assert loss.curves[-1].y == pytest.approx([2.3, 0.4, 0.3, 0.2])
    assert accuracy.curves[-1].y == pytest.approx([0.1, 0.6, 0.7, 0.8])
    assert loss.x_limit == accuracy.x_limit == 5


def test_accuracy_is_shown_in_per_cent_and_an_error_is_not() -> None:
    loss, accuracy = curves.compute(_history(5, 1))
    _, error = curves.compute(_history(5, 1), MeanAbsoluteError())
    assert (accuracy.title, accuracy.percent) == ("Accuracy", True)
    assert (error.title, error.percent) == ("Mean absolute error", False)
    assert not loss.percent


def test_a_test_measurement_that_is_no_number_is_left_out() -> None:
    history = _history(5, 1)
    history.epochs.append(2, 0.5, 0.5, float("nan"), float("nan"))
    loss, accuracy = curves.compute(history)
    assert loss.curves[-1].x.tolist() == accuracy.curves[-1].x.tolist() == [0, 1]


def test_a_history_without_steps_gives_curves_without_points() -> None:
    loss, accuracy = curves.compute(History())
    assert all(len(curve.x) == len(curve.y) == 0 for curve in (*loss.curves, *accuracy.curves))


def test_curves_do_not_change_when_the_history_grows() -> None:
    history = _history(5, 1)
    loss, _ = curves.compute(history, smoothing=0)
    before = loss.curves[0].y.copy()
    history.steps.rows[:] = 99
    assert loss.curves[0].y == pytest.approx(before)
