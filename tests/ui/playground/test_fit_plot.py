"""The plot of a fitted function: all its numbers have room, however large."""

import numpy as np
import pytest
from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QFontMetricsF, QPainter
from pytestqt.qtbot import QtBot

from neuralstudio.ui.playground.fit_plot import FitPlot
from neuralstudio.ui.theme import named_theme
from neuralstudio.views._base import Axis
from neuralstudio.views.fitting import Fit


def fit(height: float) -> Fit:
    x = np.linspace(-3, 3, 60)
    right = height * np.linspace(0, 1, 60) ** 8
    points = np.stack([x, right], axis=1)
    return Fit(x, right / 3, right, points, x > 0, Axis("x", -3, 3), Axis("y", 0, height))


@pytest.mark.parametrize("height", [1.0, 54321.0, 5e8, 4e-7])
def test_the_values_at_the_left_have_room(
    qtbot: QtBot, monkeypatch: pytest.MonkeyPatch, height: float
) -> None:
    plot = FitPlot(named_theme("dark"))
    qtbot.addWidget(plot)
    plot.resize(280, 220)
    plot.show_fit(fit(height), has_test=True)
    seen: list[tuple[float, float]] = []

    class Watched(QPainter):
        """Says which texts that end at the axis are wider than their place."""

        def drawText(self, *where: object) -> None:  # type: ignore[override]
            if isinstance(where[0], QRectF) and Qt.AlignmentFlag.AlignRight in where[1]:  # type: ignore[operator]
                needed = QFontMetricsF(self.font()).horizontalAdvance(str(where[2]))
                seen.append((needed, where[0].width()))
            super().drawText(*where)  # type: ignore[call-overload]

    monkeypatch.setattr("neuralstudio.ui.playground.fit_plot.QPainter", Watched)
    assert not plot.grab().isNull()
    assert len(seen) >= 5
    assert all(needed <= room for needed, room in seen)
