"""The drawing pad turns what the hand does into strokes."""

import numpy as np
import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from neuralstudio.ui.pad import DigitPad
from neuralstudio.ui.theme import named_theme


@pytest.fixture
def pad(qtbot: QtBot) -> DigitPad:
    pad = DigitPad(named_theme("dark"))
    qtbot.addWidget(pad)
    pad.resize(200, 200)
    return pad


def _draw(qtbot: QtBot, pad: DigitPad, *points: tuple[int, int]) -> None:
    QTest.mousePress(pad, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier, QPoint(*points[0]))
    for point in points[1:]:
        QTest.mouseMove(pad, QPoint(*point))
    QTest.mouseRelease(pad, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier, QPoint(*points[-1]))


def test_mouse_moves_become_a_stroke_in_unit_coordinates(qtbot: QtBot, pad: DigitPad) -> None:
    with qtbot.waitSignal(pad.strokes_changed):
        _draw(qtbot, pad, (20, 40), (100, 40), (100, 180))
    (stroke,) = pad.strokes()
    assert stroke.dtype == np.float64
    assert stroke == pytest.approx(np.array([[0.1, 0.2], [0.5, 0.2], [0.5, 0.9]]))


def test_a_click_is_a_dot(qtbot: QtBot, pad: DigitPad) -> None:
    empty = pad.grab().toImage()
    _draw(qtbot, pad, (100, 100))
    assert [stroke.shape for stroke in pad.strokes()] == [(1, 2)]
    assert pad.grab().toImage() != empty
    assert pad.grab().toImage().pixelColor(100, 100).name() == "#ffffff"


def test_points_outside_stay_on_the_edge(qtbot: QtBot, pad: DigitPad) -> None:
    _draw(qtbot, pad, (100, 100), (300, -50))
    assert pad.strokes()[0][-1] == pytest.approx([1.0, 0.0])


def test_pad_that_is_not_square_uses_its_middle(qtbot: QtBot, pad: DigitPad) -> None:
    pad.resize(400, 200)
    _draw(qtbot, pad, (100, 0), (299, 199))
    assert pad.strokes()[0] == pytest.approx(np.array([[0.0, 0.0], [0.995, 0.995]]))


def test_right_button_draws_nothing(qtbot: QtBot, pad: DigitPad) -> None:
    QTest.mouseClick(pad, Qt.MouseButton.RightButton, Qt.KeyboardModifier.NoModifier, QPoint(50, 50))
    assert pad.is_empty


@pytest.mark.parametrize("key", [Qt.Key.Key_Delete, Qt.Key.Key_Backspace])
def test_delete_and_backspace_clear(qtbot: QtBot, pad: DigitPad, key: Qt.Key) -> None:
    empty = pad.grab().toImage()
    _draw(qtbot, pad, (20, 20), (80, 80))
    with qtbot.waitSignal(pad.strokes_changed):
        QTest.keyClick(pad, key)
    assert pad.strokes() == []
    assert pad.grab().toImage() == empty


def test_undo_takes_back_the_last_stroke_only(qtbot: QtBot, pad: DigitPad) -> None:
    _draw(qtbot, pad, (20, 20), (80, 80))
    once = pad.grab().toImage()
    _draw(qtbot, pad, (150, 20), (150, 180))
    QTest.keyClick(pad, Qt.Key.Key_Z, Qt.KeyboardModifier.ControlModifier)
    assert len(pad.strokes()) == 1
    assert pad.grab().toImage() == once


def test_clearing_an_empty_pad_is_silent(qtbot: QtBot, pad: DigitPad) -> None:
    with qtbot.assertNotEmitted(pad.strokes_changed):
        pad.clear()


def test_strokes_set_look_like_strokes_drawn(qtbot: QtBot, pad: DigitPad) -> None:
    _draw(qtbot, pad, (20, 20), (80, 80), (150, 40))
    drawn, strokes = pad.grab().toImage(), pad.strokes()
    pad.clear()
    pad.set_strokes(strokes)
    assert pad.grab().toImage() == drawn


def test_strokes_handed_out_are_copies(qtbot: QtBot, pad: DigitPad) -> None:
    _draw(qtbot, pad, (20, 20), (80, 80))
    pad.strokes()[0][:] = 0.0
    assert pad.strokes()[0].max() > 0.3


def test_pad_has_a_name_for_screen_readers(pad: DigitPad) -> None:
    assert pad.accessibleName()
    assert "Delete" in pad.accessibleDescription()
