"""The board in hands: neurons and layers added and removed, weights typed, keys and pointer."""

from collections.abc import Callable, Iterator
from functools import partial
from random import Random
from typing import TypeVar

import numpy as np
import pytest
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtGui import QContextMenuEvent, QImage, QWheelEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import (
    QApplication,
    QCheckBox,
    QComboBox,
    QLabel,
    QLineEdit,
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
from neuralstudio.project.playground.setup import Setup
from neuralstudio.ui.playground.board import BoardWidget
from neuralstudio.ui.playground.board_layout import Spot
from neuralstudio.ui.playground.hover_card import WeightAt
from neuralstudio.ui.studio import Studio

W = TypeVar("W", bound=QWidget)
KEYS = (Qt.Key.Key_Up, Qt.Key.Key_Down, Qt.Key.Key_Left, Qt.Key.Key_Right, Qt.Key.Key_Return, Qt.Key.Key_Plus)
LEFT = Qt.MouseButton.LeftButton


@pytest.fixture
def board(qtbot: QtBot, studio: Studio) -> Iterator[BoardWidget]:
    """The board of the classic network, on the screen."""
    studio.document.open(playground.classic())
    board = BoardWidget(studio)
    qtbot.addWidget(board)
    board.resize(850, 650)
    board.show()
    qtbot.waitUntil(lambda: board.live.board is not None)
    yield board
    studio.training.stop()


def child(board: BoardWidget, kind: type[W], name: str) -> W:
    found = board.findChild(kind, name)
    assert found is not None
    return found


def setup_of(studio: Studio) -> Setup:
    return playground.read(studio.document.project)


def units(studio: Studio) -> list[int]:
    return [column.units for column in setup_of(studio).hidden]


def press(board: BoardWidget, name: str) -> None:
    QTest.mouseClick(child(board, QToolButton, name), LEFT)


def weight(studio: Studio, name: str) -> np.ndarray[tuple[int, ...], np.dtype[np.float32]]:
    assert studio.training.predictor is not None
    return np.array(studio.training.predictor.model.parameters.value(name))


def point(board: BoardWidget, node: str, unit: int) -> QPoint:
    assert board.canvas.places is not None
    tile = board.canvas.places.tile_of(Spot(node, unit))
    assert tile is not None
    return tile.center().toPoint()


def on_link(board: BoardWidget, gap: int) -> QPoint:
    """A point on the first link of a gap, where no other is near."""
    assert board.canvas.places is not None
    found = board.canvas.places.gaps[gap]
    return QPointF(found.left + 3, found.starts[0]).toPoint()


def text(board: BoardWidget, name: str) -> str:
    return child(board, QLabel, name).text()


def learn(qtbot: QtBot, studio: Studio) -> None:
    """A few steps, so that the weights are worth keeping."""
    studio.training.step_epoch()
    qtbot.waitUntil(lambda: studio.training.position.epoch == 1)
    qtbot.waitUntil(lambda: studio.training.state != "running")
    studio.training.saved_run()  # brings over what the run has told last


# ── shape ────────────────────────────────────────────────────────────────────────────────────────────


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


# ── weights ──────────────────────────────────────────────────────────────────────────────────────────


def test_pointing_at_a_link_shows_its_card_and_a_click_pins_it(board: BoardWidget, studio: Studio) -> None:
    card = board.hands.card
    QTest.mouseMove(board.canvas, on_link(board, 1))
    assert card.isVisible()
    assert (card.is_pinned, card.weight is None) == (False, False)
    assert text(board, "hover-title").startswith("<b>Weight h1·1 → h2·")
    QTest.mouseMove(board.canvas, QPoint(2, 640))
    assert not card.isVisible()
    QTest.mouseClick(board.canvas, LEFT, pos=on_link(board, 1))
    assert (card.is_pinned, card.isVisible()) == (True, True)
    QTest.mouseMove(board.canvas, QPoint(2, 640))
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
        QTest.mouseMove(board.canvas, point(board, node, 2))
    assert told.args == [node, 2]
    with qtbot.waitSignal(board.hovered) as told:
        QTest.mouseMove(board.canvas, QPoint(2, 640))
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
