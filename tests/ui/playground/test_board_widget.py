"""The board as it lives: neurons and layers added and removed, and learning in front of one's eyes."""

from collections.abc import Callable
from functools import partial
from random import Random

import numpy as np
import pytest
from PySide6.QtCore import QPoint
from PySide6.QtGui import QContextMenuEvent, QImage
from PySide6.QtTest import QTest
from PySide6.QtWidgets import (
    QApplication,
    QLabel,
    QMenu,
    QToolButton,
    QWidget,
)
from pytestqt.qtbot import QtBot

from neuralstudio.engine.activations import ReLU
from neuralstudio.layers.features import FEATURES
from neuralstudio.network.spec import DATA
from neuralstudio.project.examples import example
from neuralstudio.project.playground import setup as playground
from neuralstudio.ui.playground.board import BoardWidget
from neuralstudio.ui.playground.hover_card import WeightAt
from neuralstudio.ui.studio import Studio
from tests.ui.playground.boards import KEYS, LEFT, child, learn, point, press, setup_of, text, units, weight


def test_the_board_says_how_many_layers_neurons_and_weights_there_are(board: BoardWidget) -> None:
    assert text(board, "board-layers") == "2 hidden layers"
    assert text(board, "board-shown") == "showing all 18 weights"
    assert child(board, QToolButton, "board-layer-h1").text() == "4 neurons ▾"


def test_plus_and_minus_change_neurons_and_can_be_undone(board: BoardWidget, studio: Studio) -> None:
    press(board, "board-more-h1")
    press(board, "board-more-h1")
    press(board, "board-fewer-h2")
    assert units(studio) == [6, 1]
    assert not child(board, QToolButton, "board-fewer-h2").isEnabled()
    studio.document.undo_stack.undo()
    assert units(studio) == [6, 2]


def test_layers_are_added_before_the_output_and_removed_again(board: BoardWidget, studio: Studio) -> None:
    press(board, "board-more-layers")
    assert units(studio) == [4, 2, 2]
    for _ in range(3):
        press(board, "board-fewer-layers")
    assert units(studio) == []
    assert text(board, "board-layers") == "0 hidden layers"
    assert not child(board, QToolButton, "board-fewer-layers").isEnabled()


def test_a_new_neuron_leaves_the_weights_of_the_others(
    qtbot: QtBot, board: BoardWidget, studio: Studio
) -> None:
    learn(qtbot, studio)
    first, second = (column.id for column in setup_of(studio).hidden)
    before = {name: weight(studio, name) for name in (f"{first}/kernel", f"{first}/bias", f"{second}/kernel")}
    press(board, "board-more-h1")
    assert weight(studio, f"{first}/kernel")[:, :4] == pytest.approx(before[f"{first}/kernel"])
    assert weight(studio, f"{first}/bias")[:4] == pytest.approx(before[f"{first}/bias"])
    assert weight(studio, f"{second}/kernel")[:4] == pytest.approx(before[f"{second}/kernel"])
    press(board, "board-fewer-h1")
    assert weight(studio, f"{second}/kernel") == pytest.approx(before[f"{second}/kernel"])


def test_weights_follow_their_features(qtbot: QtBot, board: BoardWidget, studio: Studio) -> None:
    learn(qtbot, studio)
    name = f"{setup_of(studio).hidden[0].id}/kernel"
    before = weight(studio, name)
    QTest.mouseClick(board.canvas, LEFT, pos=point(board, DATA, 0))
    assert setup_of(studio).features == ("x2",)
    assert weight(studio, name) == pytest.approx(before[1:])
    QTest.mouseClick(board.canvas, LEFT, pos=point(board, DATA, 5))
    assert setup_of(studio).features == ("x2", "sin-x1")
    assert weight(studio, name)[0] == pytest.approx(before[1])


def test_a_feature_in_the_place_of_another_begins_with_weights_of_its_own(
    qtbot: QtBot, board: BoardWidget, studio: Studio
) -> None:
    learn(qtbot, studio)
    name = f"{setup_of(studio).hidden[0].id}/kernel"
    before = weight(studio, name)
    QTest.mouseClick(board.canvas, LEFT, pos=point(board, DATA, 6))
    QTest.mouseClick(board.canvas, LEFT, pos=point(board, DATA, 1))
    assert setup_of(studio).features == ("x1", "sin-x2")
    assert weight(studio, name)[0] == pytest.approx(before[0])
    assert not np.allclose(weight(studio, name)[1], before[1])


def test_the_right_button_on_a_neuron_opens_the_menu_of_its_layer(
    monkeypatch: pytest.MonkeyPatch, board: BoardWidget, studio: Studio
) -> None:
    opened: list[str] = []
    monkeypatch.setattr(QMenu, "popup", lambda menu, _where: opened.append(menu.parent().objectName()))
    where = point(board, setup_of(studio).hidden[1].id, 0)
    event = QContextMenuEvent(QContextMenuEvent.Reason.Mouse, where, board.canvas.mapToGlobal(where))
    QApplication.sendEvent(board.canvas, event)
    assert opened == ["board-layer-h2"]


def test_the_last_feature_cannot_be_left_out_and_a_sentence_says_so(
    board: BoardWidget, studio: Studio
) -> None:
    for unit in (0, 1):
        QTest.mouseClick(board.canvas, LEFT, pos=point(board, DATA, unit))
    assert setup_of(studio).features == ("x2",)
    assert "at least one feature" in text(board, "board-note")
    QTest.mouseClick(board.canvas, LEFT, pos=point(board, DATA, 2))
    assert text(board, "board-note") == ""


def test_cosines_come_with_more(board: BoardWidget, studio: Studio) -> None:
    assert len(board.canvas.features) == 7
    press(board, "board-more-features")
    QTest.mouseClick(board.canvas, LEFT, pos=point(board, DATA, FEATURES.index("cos-x2")))
    assert "cos-x2" in setup_of(studio).features
    assert board.canvas.features == FEATURES


def test_the_menu_of_a_layer_changes_that_layer_only(board: BoardWidget, studio: Studio) -> None:
    first, second = (column.id for column in setup_of(studio).hidden)
    board.edits.set_activation(first, ReLU())
    board.edits.set_dropout(first, 0.3)
    board.edits.set_frozen(second, True)
    one, two = setup_of(studio).hidden
    assert (one.activation, one.dropout, one.is_frozen) == (ReLU(), 0.3, False)
    assert (two.dropout, two.is_frozen) == (0, True)
    button = child(board, QToolButton, "board-layer-h1")
    assert "ReLU" in button.toolTip()
    assert "30% dropout" in button.toolTip()
    button.menu().aboutToShow.emit()
    words = [action.text() for action in button.menu().actions()]
    assert words[0] == "Activation: ReLU"
    assert "Remove layer" in words


def test_a_layer_in_the_middle_can_be_inserted_and_removed(board: BoardWidget, studio: Studio) -> None:
    first = setup_of(studio).hidden[0].id
    board.edits.set_dropout(first, 0.2)
    board.edits.insert_layer_after(first)
    assert units(studio) == [4, 4, 2]
    assert [column.dropout for column in setup_of(studio).hidden] == [0.2, 0, 0]
    board.edits.remove_layer(first)
    assert units(studio) == [4, 2]
    assert studio.document.report.can_train


# ── life ─────────────────────────────────────────────────────────────────────────────────────────────


def test_maps_and_links_live_while_the_network_learns(
    qtbot: QtBot, board: BoardWidget, studio: Studio
) -> None:
    before = board.live.refreshes
    studio.training.train()
    qtbot.waitUntil(lambda: board.live.refreshes > before + 5)
    assert board.live.is_flowing
    studio.training.pause()
    qtbot.waitUntil(lambda: not board.live.is_flowing)


@pytest.mark.parametrize("seed", range(3))
def test_edits_without_order_while_the_network_learns_leave_the_board_right(
    qtbot: QtBot, board: BoardWidget, studio: Studio, seed: int
) -> None:
    choose = Random(seed)
    edits, undo = board.edits, studio.document.undo_stack
    for _ in range(40):
        columns = setup_of(studio).hidden
        node = choose.choice(columns).id if columns else setup_of(studio).output.id
        tries: list[Callable[[], object]] = [
            edits.add_layer,
            edits.remove_last_layer,
            partial(edits.change_units, node, choose.choice((-1, 1))),
            partial(edits.insert_layer_after, node) if columns else edits.add_layer,
            partial(edits.remove_layer, node) if columns else edits.add_layer,
            partial(edits.toggle_feature, choose.choice(FEATURES)),
            partial(edits.set_dropout, node, choose.choice((0, 0.5))),
            partial(edits.set_weight, node, None, 0, 1.5),
            partial(board.hands.open_card, WeightAt(node, 0, 0), QPoint(200, 200)),
            partial(QTest.keyClick, board.canvas, choose.choice(KEYS)),
            undo.undo,
            undo.redo,
            studio.training.toggle,
        ]
        choose.choice(tries)()
        QApplication.processEvents()
    studio.training.pause()
    expected = [column.units for column in (*setup_of(studio).hidden, setup_of(studio).output)]
    qtbot.waitUntil(
        lambda: (
            board.live.board is not None
            and [len(layer.maps) for layer in board.live.board.layers] == expected
        )
    )
    assert not board.grab().isNull()


def test_a_hidden_board_rests(qtbot: QtBot, board: BoardWidget, studio: Studio) -> None:
    board.hide()
    studio.training.train()
    qtbot.waitUntil(lambda: studio.training.position.epoch > 3)
    before = board.live.refreshes
    qtbot.waitUntil(lambda: studio.training.position.epoch > 20)
    assert board.live.refreshes == before


def test_what_is_no_stack_is_told_in_a_sentence_with_a_way_on(
    qtbot: QtBot, board: BoardWidget, studio: Studio
) -> None:
    studio.document.open(example("digits-mlp"))
    refusal = child(board, QLabel, "board-refusal")
    assert refusal.isVisible()
    assert "one or two numbers" in refusal.text()
    with qtbot.waitSignal(board.wanted) as wanted:
        QTest.mouseClick(child(board, QWidget, "board-to-network"), LEFT)
    assert wanted.args == ["network"]
    studio.document.open(playground.classic())
    assert not refusal.isVisible()


@pytest.mark.parametrize("name", ["curve", "xor", "circle", "two-spirals"])
def test_every_example_of_one_or_two_inputs_is_shown(
    qtbot: QtBot, board: BoardWidget, studio: Studio, name: str
) -> None:
    studio.document.open(example(name))
    expected = len(setup_of(studio).hidden) + 1
    qtbot.waitUntil(lambda: board.live.board is not None and len(board.live.board.layers) == expected)
    image = board.grab().toImage().convertToFormat(QImage.Format.Format_RGB32)
    assert len(np.unique(np.frombuffer(image.constBits(), dtype=np.uint32))) > 50


def test_another_theme_repaints_the_board(board: BoardWidget, studio: Studio) -> None:
    corner = QPoint(4, board.height() - 4)
    dark = board.grab().toImage().pixelColor(corner)
    studio.theme.set_mode("light")
    light = board.grab().toImage().pixelColor(corner)
    assert light.lightness() > dark.lightness() + 100


def test_links_show_weights_until_there_is_an_update(
    qtbot: QtBot, board: BoardWidget, studio: Studio
) -> None:
    board.canvas.set_mode("update")
    assert text(board, "board-shown") == "showing weights until there is an update"
    assert any(np.abs(links.weights).max() > 0 for links in board.canvas._strengths)
    learn(qtbot, studio)
    qtbot.waitUntil(lambda: not board.canvas.is_standing_in)
    assert text(board, "board-shown").startswith("showing all ")
