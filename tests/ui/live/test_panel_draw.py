"""The panel Draw: what is drawn becomes percentages, at any time, or a sentence says why not."""

import numpy as np
import pytest
from numpy.typing import NDArray
from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QFontMetricsF
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QLabel, QPushButton
from pytestqt.qtbot import QtBot

from neuralstudio.data.pen import digit_from_strokes
from neuralstudio.data.sets.text import Text
from neuralstudio.engine.activations import Softmax
from neuralstudio.layers.dense import Dense
from neuralstudio.layers.flatten import Flatten
from neuralstudio.network.spec import NetworkSpec, stack
from neuralstudio.project.examples import example
from neuralstudio.ui.figures.bars import BarsWidget
from neuralstudio.ui.panels.draw import DrawPanel
from neuralstudio.ui.studio import Studio
from neuralstudio.views._base import Bars


@pytest.fixture
def panel(studio: Studio, qtbot: QtBot) -> DrawPanel:
    studio.document.open(example("digits-mlp"))
    panel = DrawPanel(studio)
    qtbot.addWidget(panel)
    panel.resize(290, 260)
    panel.show()
    return panel


def _bars(panel: DrawPanel) -> Bars:
    widget = panel.findChild(BarsWidget, "percentages")
    assert widget is not None
    assert isinstance(widget.figure, Bars)
    return widget.figure


def _three() -> list[NDArray[np.float64]]:
    upper, lower = np.linspace(-2.4, 1.6, 20), np.linspace(-1.6, 2.4, 20)
    top = np.column_stack((0.5 + 0.2 * np.cos(upper), 0.32 + 0.17 * np.sin(upper)))
    bottom = np.column_stack((0.5 + 0.22 * np.cos(lower), 0.67 + 0.18 * np.sin(lower)))
    return [np.concatenate((top, bottom))]


def _draw(panel: DrawPanel, qtbot: QtBot) -> None:
    panel.pad.set_strokes(_three())
    qtbot.waitUntil(lambda: len(_bars(panel).values) == 10)


def test_a_stroke_of_the_mouse_gives_a_percentage_for_every_class(panel: DrawPanel, qtbot: QtBot) -> None:
    middle = panel.pad.rect().center()
    button, plain = Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier
    QTest.mousePress(panel.pad, button, plain, middle)
    QTest.mouseMove(panel.pad, middle + QPoint(0, 30))
    QTest.mouseRelease(panel.pad, button, plain, middle + QPoint(0, 30))
    qtbot.waitUntil(lambda: _bars(panel).labels == tuple("0123456789"))
    tenths = [round(value * 1000) for value in _bars(panel).values]
    assert sum(tenths) == 1000


def test_the_network_sees_the_centred_picture(panel: DrawPanel, studio: Studio, qtbot: QtBot) -> None:
    _draw(panel, qtbot)
    expected = digit_from_strokes(_three())
    assert (panel.image == expected).all()
    predictor = studio.training.predictor
    assert predictor is not None
    shares = predictor.percentages(expected.astype(np.float32) / 255)
    assert _bars(panel).values == pytest.approx(shares, abs=0.001)
    assert _bars(panel).strongest == int(shares.argmax())


def test_many_strokes_within_an_instant_are_answered_once(
    panel: DrawPanel, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    shown: list[Bars] = []
    widget = panel.findChild(BarsWidget, "percentages")
    assert widget is not None
    monkeypatch.setattr(widget, "show_figure", shown.append)
    for _ in range(50):
        panel.pad.set_strokes(_three())
    qtbot.waitUntil(lambda: len(shown) > 0)
    assert len(shown) == 1


def test_new_weights_change_the_percentages_of_what_stands_on_the_pad(
    panel: DrawPanel, studio: Studio, qtbot: QtBot
) -> None:
    _draw(panel, qtbot)
    predictor = studio.training.predictor
    assert predictor is not None
    predictor.model.parameters.value("dense-2/bias")[...] = np.eye(10)[7] * 100
    studio.training.weights_changed.emit()
    assert _bars(panel).strongest == 7
    assert _bars(panel).values[7] == 1.0


def test_clear_empties_pad_picture_and_percentages(panel: DrawPanel, qtbot: QtBot) -> None:
    _draw(panel, qtbot)
    button = panel.findChild(QPushButton, "clear-pad")
    assert button is not None
    QTest.mouseClick(button, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: len(_bars(panel).values) == 0)
    assert panel.pad.is_empty
    assert not panel.image.any()
    assert not button.isEnabled()


def test_an_empty_pad_invites_to_draw(panel: DrawPanel) -> None:
    assert "Draw a digit" in _bars(panel).empty


def test_data_that_are_no_drawings_get_a_sentence_with_what_to_do(panel: DrawPanel, studio: Studio) -> None:
    studio.document.open(example("xor"))
    sentence = panel.findChild(QLabel, "draw-empty")
    assert sentence is not None
    assert sentence.isVisible()
    assert not panel.pad.isVisible()
    assert "28×28" in sentence.text()
    assert "Choose Pen digits or MNIST" in sentence.text()


def test_a_network_with_a_problem_leaves_the_pad_and_says_what_is_wrong(
    panel: DrawPanel, studio: Studio, qtbot: QtBot
) -> None:
    _draw(panel, qtbot)
    studio.document.edit_network("clear", NetworkSpec())
    assert panel.pad.isVisible()
    assert "no layers" in _bars(panel).empty
    studio.document.undo_stack.undo()
    assert len(_bars(panel).values) == 10


def test_drawing_while_hidden_is_answered_when_shown(panel: DrawPanel, qtbot: QtBot) -> None:
    panel.hide()
    panel.pad.set_strokes(_three())
    qtbot.waitUntil(lambda: bool(panel.image.any()))
    panel.show()
    assert len(_bars(panel).values) == 10


def test_a_network_that_reads_text_is_not_asked_for_images(panel: DrawPanel, studio: Studio) -> None:
    studio.document.edit_dataset("choose text", Text(length=8, tested=20))
    sentence = panel.findChild(QLabel, "draw-empty")
    assert sentence is not None
    assert "reads text cannot be tried out here yet" in sentence.text()
    assert "28×28" not in sentence.text()


def test_a_long_problem_fits_beside_the_pad(panel: DrawPanel, studio: Studio, qtbot: QtBot) -> None:
    studio.document.edit_network("no output", stack(Flatten(), Dense(units=32, activation=Softmax())))
    widget = panel.findChild(BarsWidget, "percentages")
    assert widget is not None
    figure = _bars(panel)
    assert "32 units" in figure.empty
    qtbot.waitUntil(lambda: widget.height() >= 150)
    flags = int(Qt.AlignmentFlag.AlignCenter | Qt.TextFlag.TextWordWrap)
    for sentence in (figure.empty, 9 * figure.empty):
        font, shown = widget.fitted(sentence)
        area = widget.content_area()
        assert shown.startswith("The network cannot answer yet")
        assert QFontMetricsF(font).boundingRect(area, flags, shown).height() <= area.height()
    assert widget.toolTip() == figure.empty
