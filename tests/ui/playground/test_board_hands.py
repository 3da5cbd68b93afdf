"""The board in hands: weights pointed at and typed, keys and pointer."""

import numpy as np
import pytest
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtGui import QWheelEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import (
    QApplication,
    QCheckBox,
    QComboBox,
    QLineEdit,
)
from pytestqt.qtbot import QtBot

from neuralstudio.network.spec import DATA
from neuralstudio.project.playground import setup as playground
from neuralstudio.ui.playground.board import BoardWidget
from neuralstudio.ui.playground.board_layout import Spot
from neuralstudio.ui.playground.hover_card import WeightAt
from neuralstudio.ui.studio import Studio
from tests.robots.pointer import move_pointer
from tests.ui.playground.boards import (
    LEFT,
    child,
    learn,
    on_link,
    point,
    press,
    setup_of,
    text,
    units,
    weight,
)

# ── weights ──────────────────────────────────────────────────────────────────────────────────────────


def test_pointing_at_a_link_shows_its_card_and_a_click_pins_it(board: BoardWidget, studio: Studio) -> None:
    card = board.hands.card
    move_pointer(board.canvas, on_link(board, 1))
    assert card.isVisible()
    assert (card.is_pinned, card.weight is None) == (False, False)
    assert text(board, "hover-title").startswith("<b>Weight h1·1 → h2·")
    move_pointer(board.canvas, QPoint(2, 640))
    assert not card.isVisible()
    QTest.mouseClick(board.canvas, LEFT, pos=on_link(board, 1))
    assert (card.is_pinned, card.isVisible()) == (True, True)
    move_pointer(board.canvas, QPoint(2, 640))
    assert card.isVisible()


def test_a_typed_value_becomes_the_weight(board: BoardWidget, studio: Studio) -> None:
    node = setup_of(studio).hidden[1].id
    board.hands.open_card(WeightAt(node, 2, 1), QPoint(300, 200))
    box = child(board, QLineEdit, "hover-value")
    box.setText("−1,25")
    QTest.keyClick(box, Qt.Key.Key_Return)
    assert weight(studio, f"{node}/kernel")[2, 1] == pytest.approx(-1.25)


@pytest.mark.parametrize("typed", ["", "abc", "1e999", "nan", "1..2"])
def test_what_is_no_number_is_refused_beside_the_field(
    board: BoardWidget, studio: Studio, typed: str
) -> None:
    node = setup_of(studio).output.id
    before = weight(studio, f"{node}/bias")
    board.hands.open_card(WeightAt(node, None, 0), QPoint(300, 200))
    box = child(board, QLineEdit, "hover-value")
    box.setText(typed)
    QTest.keyClick(box, Qt.Key.Key_Return)
    assert text(board, "hover-refusal").startswith("Expected a number")
    assert weight(studio, f"{node}/bias") == pytest.approx(before)


def test_the_card_lists_all_weights_of_the_neuron_and_freezes_its_layer(
    board: BoardWidget, studio: Studio
) -> None:
    column = setup_of(studio).hidden[0]
    board.hands.open_card(WeightAt(column.id, None, 2), QPoint(300, 200))
    rows = child(board, QComboBox, "hover-list")
    words = [rows.itemText(row) for row in range(rows.count())]
    assert words == ["Bias of h1·3", "Weight X₁ → h1·3", "Weight X₂ → h1·3"]
    child(board, QCheckBox, "hover-freeze").click()
    assert setup_of(studio).hidden[0].is_frozen
    assert board.hands.card.isVisible()


def test_the_card_goes_with_its_weight(board: BoardWidget, studio: Studio) -> None:
    column = setup_of(studio).hidden[0]
    board.hands.open_card(WeightAt(column.id, None, 3), QPoint(300, 200))
    board.edits.change_units(column.id, -1)
    assert not board.hands.card.isVisible()


def test_gradient_and_update_are_known_after_a_step(qtbot: QtBot, board: BoardWidget, studio: Studio) -> None:
    board.canvas.set_mode("gradient")
    learn(qtbot, studio)
    qtbot.waitUntil(lambda: board.live.board is not None and board.live.board.layers[0].gradients is not None)
    shot = board.live.board
    assert shot is not None
    assert shot.layers[0].updates is not None
    assert np.abs(shot.layers[0].updates.weights).max() > 0


# ── pointer and keys ─────────────────────────────────────────────────────────────────────────────────


def test_pointing_at_a_neuron_tells_who_it_is_and_leaving_takes_it_back(
    qtbot: QtBot, board: BoardWidget, studio: Studio
) -> None:
    node = setup_of(studio).hidden[0].id
    with qtbot.waitSignal(board.hovered) as told:
        move_pointer(board.canvas, point(board, node, 2))
    assert told.args == [node, 2]
    with qtbot.waitSignal(board.hovered) as told:
        move_pointer(board.canvas, QPoint(2, 640))
    assert told.args == ["", -1]


def test_arrows_walk_through_the_neurons_and_enter_opens_the_card(board: BoardWidget, studio: Studio) -> None:
    canvas = board.canvas
    canvas.setFocus()
    for key in (Qt.Key.Key_Tab, Qt.Key.Key_Tab, Qt.Key.Key_Down):
        QTest.keyClick(canvas, key)
    assert canvas.selection is not None
    assert canvas.selection.node == setup_of(studio).hidden[0].id
    assert canvas.accessibleDescription().startswith(f"Neuron h1·{canvas.selection.unit + 1}, Tanh, bias 0.1")
    QTest.keyClick(canvas, Qt.Key.Key_Return)
    assert board.hands.card.is_pinned
    QTest.keyClick(board.hands.card, Qt.Key.Key_Escape)
    assert not board.hands.card.isVisible()
    assert canvas.hasFocus()


def test_plus_and_minus_keys_change_the_layer_of_the_selected_neuron(
    board: BoardWidget, studio: Studio
) -> None:
    board.canvas.setFocus()
    board.hands.select(Spot(setup_of(studio).hidden[1].id, 0))
    QTest.keyClick(board.canvas, Qt.Key.Key_Plus)
    assert units(studio) == [4, 3]
    QTest.keyClick(board.canvas, Qt.Key.Key_Minus)
    QTest.keyClick(board.canvas, Qt.Key.Key_Minus)
    assert units(studio) == [4, 1]


def test_the_selection_goes_with_its_layer(board: BoardWidget, studio: Studio) -> None:
    board.canvas.setFocus()
    board.hands.select(Spot(setup_of(studio).hidden[1].id, 1))
    press(board, "board-fewer-layers")
    assert board.canvas.selection is None
    board.canvas.setFocus()
    QTest.keyClick(board.canvas, Qt.Key.Key_Minus)
    assert units(studio) == [4]


def test_enter_on_a_feature_switches_it(board: BoardWidget, studio: Studio) -> None:
    board.canvas.setFocus()
    board.hands.select(Spot(DATA, 4))
    QTest.keyClick(board.canvas, Qt.Key.Key_Return)
    assert "x1-x2" in setup_of(studio).features


def test_tab_leaves_the_board_behind_the_output(board: BoardWidget, studio: Studio) -> None:
    board.canvas.setFocus()
    board.hands.select(Spot(setup_of(studio).output.id, 0))
    QTest.keyClick(board.canvas, Qt.Key.Key_Tab)
    assert not board.canvas.hasFocus()


def test_the_wheel_scrolls_a_layer_that_does_not_fit(board: BoardWidget, studio: Studio) -> None:
    node = setup_of(studio).hidden[0].id
    studio.document.edit("many", playground.with_units(studio.document.project, node, 60))
    assert text(board, "board-shown").startswith("showing ")
    where = QPointF(point(board, node, 1))
    wheel = QWheelEvent(
        where,
        QPointF(board.canvas.mapToGlobal(where)),
        QPoint(),
        QPoint(0, -240),
        Qt.MouseButton.NoButton,
        Qt.KeyboardModifier.NoModifier,
        Qt.ScrollPhase.NoScrollPhase,
        False,
    )
    QApplication.sendEvent(board.canvas, wheel)
    assert board.canvas.places is not None
    assert board.canvas.places.columns[1].first == 2
    board.canvas.setFocus()
    board.hands.select(Spot(node, 59))
    assert 59 in board.canvas.places.columns[1].units


# ── what is shown large ──────────────────────────────────────────────────────────────────────────────


def test_a_click_on_a_feature_only_toggles_it(qtbot: QtBot, board: BoardWidget, studio: Studio) -> None:
    where = point(board, DATA, 4)
    move_pointer(board.canvas, where)
    QTest.mouseClick(board.canvas, LEFT, pos=where)
    assert "x1-x2" in setup_of(studio).features
    board.hands.select(Spot(DATA, 0))
    QTest.mouseClick(board.canvas, LEFT, pos=where)
    with qtbot.waitSignal(board.hovered) as told:
        move_pointer(board.canvas, where)
        move_pointer(board.canvas, QPoint(2, 640))
    assert board.canvas.selection is None
    assert told.args in (["", -1], [DATA, 4])
    assert (board.hands._told, board.canvas.hasFocus()) == (None, True)


def test_escape_ends_walking_with_the_keys(qtbot: QtBot, board: BoardWidget) -> None:
    board.canvas.setFocus()
    QTest.keyClick(board.canvas, Qt.Key.Key_Right)
    assert board.canvas.selection is not None
    with qtbot.waitSignal(board.hovered) as told:
        QTest.keyClick(board.canvas, Qt.Key.Key_Escape)
    assert told.args == ["", -1]
    assert board.canvas.selection is None


def test_another_document_forgets_what_was_selected(qtbot: QtBot, board: BoardWidget, studio: Studio) -> None:
    board.canvas.setFocus()
    QTest.keyClick(board.canvas, Qt.Key.Key_Right)
    with qtbot.waitSignal(board.hovered) as told:
        studio.document.open(playground.classic())
    assert told.args == ["", -1]
    assert board.canvas.selection is None


def test_a_refused_number_leaves_the_card_as_wide_as_it_was(board: BoardWidget, studio: Studio) -> None:
    card = board.hands.card
    board.hands.open_card(WeightAt(setup_of(studio).output.id, None, 0), QPoint(300, 200))
    before = card.geometry()
    box = child(board, QLineEdit, "hover-value")
    box.setText("9999999999")
    QTest.keyClick(box, Qt.Key.Key_Return)
    assert text(board, "hover-refusal").startswith("Expected a number from")
    assert (card.x(), card.y(), card.width()) == (before.x(), before.y(), before.width())
    assert card.height() > before.height()
