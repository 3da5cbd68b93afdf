"""The plot of a fitted function: all its numbers have room, however large."""

import numpy as np
import pytest
from PySide6.QtGui import QFontMetricsF
from pytestqt.qtbot import QtBot

from neuralstudio.ui.figures.ranges import short_texts, tick_values
from neuralstudio.ui.playground.fit_plot import FitPlot
from neuralstudio.ui.theme import named_theme, scaled
from neuralstudio.views._base import Axis
from neuralstudio.views.fitting import Fit


def fit(height: float) -> Fit:
    x = np.linspace(-3, 3, 60)
    right = height * np.linspace(0, 1, 60) ** 8
    points = np.stack([x, right], axis=1)
    return Fit(x, right / 3, right, points, x > 0, Axis("x", -3, 3), Axis("y", 0, height))


@pytest.mark.parametrize("height", [1.0, 54321.0, 5e8, 4e-7])
def test_the_values_at_the_left_have_room(qtbot: QtBot, height: float) -> None:
    plot = FitPlot(named_theme("dark"))
    qtbot.addWidget(plot)
    plot.resize(280, 220)
    plot.show_fit(fit(height), has_test=True)
    assert not plot.grab().isNull()
    upper, lower = plot._areas()
    assert upper.left() == lower.left() < 80
    metrics = QFontMetricsF(scaled(plot.font(), 0.85))
    texts = short_texts(tick_values(-height / 4, height * 1.15, most=4))
    assert len(texts) >= 3
    assert all(metrics.horizontalAdvance(text) < upper.left() - 5 for text in texts)
