"""The surface in space: what it shows, and how it is turned with mouse, wheel and keys."""

from time import thread_time

import numpy as np
import pytest
from numpy.typing import NDArray
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtGui import QWheelEvent
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from neuralstudio.ui.figures.surface import SurfaceWidget
from neuralstudio.ui.theme import named_theme
from neuralstudio.views import surface
from neuralstudio.views._base import Axis
from tests.robots.pointer import move_pointer

AXES = (Axis("X₁", -6, 6), Axis("X₂", -6, 6), Axis("answer", -1, 1))
_LEFT = Qt.MouseButton.LeftButton


def hill() -> NDArray[np.float64]:
    line = np.linspace(-6, 6, surface.SIDE)
    across, up = np.meshgrid(line, -line)
    heights: NDArray[np.float64] = np.tanh((across * across + up * up - 9) / 6)
    return heights


@pytest.fixture
def widget(qtbot: QtBot) -> SurfaceWidget:
    widget = SurfaceWidget(named_theme("light"))
    qtbot.addWidget(widget)
    widget.resize(340, 320)
    widget.show_figure(surface.compute(hill(), AXES))
    widget.show()
    return widget


def test_heights_stay_within_their_axis() -> None:
    figure = surface.compute(5 * hill(), AXES)
    assert figure.heights.max() == 1
    assert figure.heights.min() == -1


def test_numbers_that_are_none_lie_at_zero() -> None:
    assert not surface.compute(np.full((4, 4), np.nan), AXES).heights.any()


def test_of_several_classes_the_winner_has_height_and_colour() -> None:
    shares = np.zeros((2, 2, 3))
    shares[..., 0], shares[0, 0] = 1, (0, 0.5, 0)
    colours = np.array([[255, 0, 0], [0, 255, 0], [0, 0, 255]], dtype=np.uint8)
    figure = surface.compute(shares, (*AXES[:2], Axis("share", 0, 1)), colours)
    assert figure.heights.tolist() == [[1, 1], [1, 1]]
    assert figure.colours[0, 0].tolist() == [0, 255, 0]
    assert figure.colours[1, 1].tolist() == [255, 0, 0]


def test_a_drag_turns_it_and_a_double_click_brings_it_back(widget: SurfaceWidget) -> None:
    turn, tilt = widget.turn, widget.tilt
    before = widget.grab().toImage()
    QTest.mousePress(widget, _LEFT, Qt.KeyboardModifier.NoModifier, QPoint(100, 100))
    move_pointer(widget, QPoint(160, 130), Qt.MouseButton.LeftButton)
    QTest.mouseRelease(widget, _LEFT, Qt.KeyboardModifier.NoModifier, QPoint(160, 130))
    assert widget.turn != turn
    assert widget.tilt > tilt
    assert widget.grab().toImage() != before
    QTest.mouseDClick(widget, _LEFT)
    assert (widget.turn, widget.tilt, widget.zoom) == (turn, tilt, 1.0)


def test_arrows_turn_it_and_it_never_tips_over(widget: SurfaceWidget) -> None:
    turn = widget.turn
    QTest.keyClick(widget, Qt.Key.Key_Right)
    assert widget.turn > turn
    for _ in range(40):
        QTest.keyClick(widget, Qt.Key.Key_Down)
    assert widget.tilt < np.pi / 2
    for _ in range(40):
        QTest.keyClick(widget, Qt.Key.Key_Up)
    assert widget.tilt > 0
    QTest.keyClick(widget, Qt.Key.Key_Home)
    assert widget.turn == turn


def test_the_wheel_zooms_within_bounds(widget: SurfaceWidget) -> None:
    def wheel(delta: int) -> None:
        middle = QPointF(170, 160)
        none = Qt.KeyboardModifier.NoModifier
        event = QWheelEvent(
            middle, middle, QPoint(), QPoint(0, delta), Qt.MouseButton.NoButton, none,
            Qt.ScrollPhase.NoScrollPhase, False,
        )  # fmt: skip
        widget.wheelEvent(event)

    wheel(240)
    assert widget.zoom > 1
    for _ in range(60):
        wheel(240)
    assert widget.zoom == 3.0
    for _ in range(90):
        wheel(-240)
    assert widget.zoom == 0.5


def test_it_is_painted_from_every_side(widget: SurfaceWidget) -> None:
    for turn in np.linspace(-3, 3, 7):
        widget.look(float(turn), 0.6)
        image = widget.grab().toImage()
        colours = {image.pixel(x, y) for x in range(0, 340, 9) for y in range(0, 320, 9)}
        assert len(colours) > 20


def test_a_frame_takes_less_than_ten_milliseconds(widget: SurfaceWidget) -> None:
    times = []
    for step in range(12):
        widget.look(step / 10, 0.6)
        begin = thread_time()
        widget.grab()
        times.append(thread_time() - begin)
    assert min(times) < 0.010
