"""Curves keep their spikes when thinned, and their axes stay calm."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PySide6.QtGui import QColor
from pytestqt.qtbot import QtBot

from neuralstudio.ui.figures.curves import CurvesWidget
from neuralstudio.ui.figures.decimate import decimate
from neuralstudio.ui.figures.ranges import (
    log_tick_values,
    round_up,
    settled,
    short_texts,
    tick_texts,
    tick_values,
)
from neuralstudio.ui.theme import named_theme
from neuralstudio.views._base import Curve, Curves


@given(
    st.lists(st.floats(-1e6, 1e6) | st.just(float("nan")), min_size=0, max_size=300),
    st.integers(4, 60),
)
def test_decimation_keeps_ends_minimum_and_maximum(values: list[float], limit: int) -> None:
    y = np.array(values, dtype=np.float64)
    x = np.arange(len(y), dtype=np.float64)
    xs, ys = decimate(x, y, limit)
    finite = np.isfinite(y)
    assert len(xs) == len(ys) <= max(limit, 0)
    if finite.any():
        assert (ys.min(), ys.max()) == (y[finite].min(), y[finite].max())
        assert (xs[0], xs[-1]) == (x[finite][0], x[finite][-1])
        assert (np.diff(xs) > 0).all()
        assert (y[xs.astype(int)] == ys).all()


def test_one_spike_among_a_million_points_survives() -> None:
    y = np.zeros(1_000_000)
    y[654_321] = 5.0
    xs, ys = decimate(np.arange(len(y), dtype=np.float64), y)
    assert len(xs) <= 2000
    assert 654_321 in xs[ys == 5.0]


@given(st.floats(1e-9, 1e9))
def test_round_number_is_not_below_and_not_far_above(value: float) -> None:
    assert value * (1 - 1e-6) <= round_up(value) <= value * 2


def test_range_stays_while_the_data_fits_and_fills_it() -> None:
    before = settled(None, 0.1, 0.55)
    assert before == pytest.approx((0.0, 0.6))
    assert settled(before, 0.1, 0.52) == before
    assert settled(before, 0.1, 0.61) != before
    assert settled(before, 0.05, 0.1) == pytest.approx((0.0, 0.15))


def test_range_of_accuracies_near_one_leaves_zero_out() -> None:
    assert settled(None, 0.83, 0.98) == pytest.approx((0.8, 1.0))


@given(st.floats(-1e3, 1e3), st.floats(1e-3, 1e3), st.integers(2, 8))
def test_ticks_lie_inside_the_range_and_are_few(low: float, span: float, most: int) -> None:
    values = tick_values(low, low + span, most)
    assert len(values) <= most + 1
    assert all(low - span * 1e-3 <= value <= low + span * 1.001 for value in values)


def test_tick_texts_have_the_same_decimals() -> None:
    assert tick_texts([0.0, 0.25, 0.5]) == ["0.00", "0.25", "0.50"]
    assert tick_texts([0.8, 0.85, 0.9], percent=True) == ["80%", "85%", "90%"]
    assert tick_texts([0.0, 2000.0]) == ["0", "2,000"]


def test_large_and_tiny_ticks_are_short() -> None:
    assert short_texts([-5e7, 0.0, 5e7, 1e8]) == ["−5e7", "0", "5e7", "1e8"]
    assert short_texts([2.5e-7, 5e-7]) == ["2.5e−7", "5e−7"]
    assert short_texts([-0.5, 0.0, 0.5]) == ["−0.5", "0.0", "0.5"]
    assert short_texts([0.0, 2000.0]) == ["0", "2,000"]


def test_logarithmic_ticks_are_round() -> None:
    assert log_tick_values(-2.0, 0.0) == pytest.approx([0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1.0])
    assert log_tick_values(-4.0, 0.0) == pytest.approx([1e-4, 1e-3, 1e-2, 0.1, 1.0])


def test_legend_names_the_solid_curves_in_their_colours(qtbot: QtBot, curves: Curves) -> None:
    theme = named_theme("dark")
    widget = CurvesWidget(theme)
    qtbot.addWidget(widget)
    widget.show_figure(curves)
    assert widget.legend() == [("train", QColor(theme.train)), ("test", QColor(theme.test))]


def test_logarithmic_axis_leaves_out_what_has_no_logarithm(qtbot: QtBot) -> None:
    widget = CurvesWidget(named_theme("dark"))
    qtbot.addWidget(widget)
    widget.resize(400, 300)
    x = np.arange(4.0)
    widget.show_figure(Curves("Loss", "epoch", (Curve("train", x, np.array([1.0, 0.1, 0.0, -1.0])),)))
    linear = widget.to_image()
    action = widget.extra_actions()[0]
    action.setChecked(True)
    assert widget.is_log_y
    assert widget.to_image() != linear


@pytest.mark.parametrize("values", [[np.nan, np.nan], [2.0, 2.0], [0.0, 0.0], [np.inf, 1.0], [-1e30, 1e30]])
def test_odd_values_are_shown_without_complaint(qtbot: QtBot, values: list[float]) -> None:
    widget = CurvesWidget(named_theme("light"))
    qtbot.addWidget(widget)
    widget.resize(300, 200)
    for log in (False, True):
        widget.set_log_y(log)
        widget.show_figure(Curves("Loss", "epoch", (Curve("train", np.arange(2.0), np.array(values)),)))
        assert not widget.to_image().isNull()
