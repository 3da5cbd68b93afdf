"""Wires are drawn, moved and taken away: with the mouse, and with keys alone."""

import pytest
from PySide6.QtCore import QEvent, QPoint, Qt
from PySide6.QtGui import QAction
from PySide6.QtTest import QTest

from neuralstudio.layers.add import Add
from neuralstudio.layers.concatenate import Concatenate
from neuralstudio.layers.dense import Dense
from neuralstudio.layers.flatten import Flatten
from neuralstudio.network.edits import add_unwired
from neuralstudio.network.spec import DATA, LOSS, NetworkSpec, Node

from .conftest import Hands

SHIFT = Qt.KeyboardModifier.ShiftModifier


def inputs(hands: Hands, node: str) -> tuple[str, ...]:
    return hands.studio.document.network[node].inputs


def wires(hands: Hands) -> set[tuple[str, str]]:
    return set(hands.panel.scene.wires)


@pytest.fixture
def stack(hands: Hands) -> Hands:
    """Flatten, Dense, Dense, Add in a row."""
    hands.open(Flatten(), Dense(units=5), Dense(units=5), Add())
    hands.panel.fit()
    hands.panel.scene.finish_moving()
    return hands


def choose(hands: Hands, typed: str) -> None:
    popup = hands.panel.popup
    assert popup.isVisible()
    QTest.keyClicks(popup.filter, typed)
    QTest.keyClick(popup.filter, Qt.Key.Key_Return)


# ── with the mouse ───────────────────────────────────────────────────────────────────────────────────


def test_a_wire_dragged_from_a_port_to_a_merge_becomes_its_second_input(stack: Hands) -> None:
    stack.drag(stack.panel.port_center("dense-1"), QPoint(300, 300), stack.panel.card_center("add-1"))
    assert inputs(stack, "add-1") == ("dense-2", "dense-1")
    assert stack.selected() == ("add-1",)
    stack.undo()
    assert inputs(stack, "add-1") == ("dense-2",)


def test_a_wire_to_a_layer_with_one_input_takes_the_place_of_the_old_one(stack: Hands) -> None:
    goal = stack.panel.card_center("dense-2")
    stack.drag(stack.panel.port_center("flatten-1"), QPoint(300, 300), goal, is_dropped=False)
    assert "in place of Dense 1" in stack.panel.view.note.text()
    stack._mouse(QEvent.Type.MouseButtonRelease, goal, Qt.MouseButton.LeftButton, Qt.MouseButton.NoButton, NO)
    assert inputs(stack, "dense-2") == ("flatten-1",)


NO = Qt.KeyboardModifier.NoModifier


def test_possible_targets_stay_bright_and_others_say_why_not(stack: Hands) -> None:
    cards = stack.panel.scene.cards
    goal = stack.panel.card_center("flatten-1")
    stack.drag(stack.panel.port_center("dense-2"), QPoint(300, 300), goal, is_dropped=False)
    assert {name for name, card in cards.items() if card.opacity() < 1} == {
        DATA,
        "flatten-1",
        "dense-1",
        "add-1",
        LOSS,
    }
    assert "close a circle" in stack.panel.view.note.text()
    assert not any(card.is_target for card in cards.values())
    stack.press(Qt.Key.Key_Escape)
    assert all(card.opacity() == 1 for card in cards.values())
    assert not stack.panel.view.note.isVisible()
    assert not stack.studio.document.undo_stack.count()


def test_the_card_a_wire_would_go_to_lights_up(stack: Hands) -> None:
    goal = stack.panel.card_center("add-1")
    stack.drag(stack.panel.port_center("dense-1"), QPoint(300, 300), goal, is_dropped=False)
    assert [name for name, card in stack.panel.scene.cards.items() if card.is_target] == ["add-1"]
    assert stack.panel.view.note.text() == "Wire Dense 1 to Add 1"
    stack.press(Qt.Key.Key_Escape)
    assert not stack.panel.scene.cards["add-1"].is_target


@pytest.mark.parametrize("target", [DATA, LOSS, "dense-1", "flatten-1"])
def test_an_impossible_wire_changes_nothing(stack: Hands, target: str) -> None:
    before = stack.studio.document.network
    stack.drag(stack.panel.port_center("dense-2"), QPoint(300, 300), stack.panel.card_center(target))
    assert stack.studio.document.network == before
    assert len(stack.panel.scene.items()) == len(stack.panel.scene.cards) + len(stack.panel.scene.wires)


def test_a_wire_let_go_on_the_ground_asks_for_a_layer_that_reads_the_source(stack: Hands) -> None:
    stack.drag(stack.panel.port_center("dense-1"), QPoint(400, 380))
    choose(stack, "dropout")
    assert inputs(stack, "dropout-1") == ("dense-1",)
    assert inputs(stack, "dense-2") == ("dense-1",)
    assert stack.selected() == ("dropout-1",)
    assert stack.studio.document.undo_stack.count() == 1


def test_a_wire_can_be_drawn_backwards_from_an_input(hands: Hands) -> None:
    hands.open(Flatten(), Dense(), Add())
    hands.panel.fit()
    hands.panel.scene.finish_moving()
    hands.drag(
        hands.panel.port_center("add-1", "input"), QPoint(400, 380), hands.panel.card_center("flatten-1")
    )
    assert inputs(hands, "add-1") == ("dense-1", "flatten-1")
    hands.drag(hands.panel.port_center("add-1", "input"), QPoint(400, 380))
    choose(hands, "dense")
    assert inputs(hands, "add-1") == ("dense-1", "flatten-1", "dense-2")
    assert inputs(hands, "dense-2") == ()


def test_the_end_of_a_wire_is_taken_to_another_layer_in_one_step(stack: Hands) -> None:
    stack.drag(
        stack.panel.port_center("dense-2", "input"), QPoint(400, 380), stack.panel.card_center("add-1")
    )
    assert inputs(stack, "dense-2") == ()
    assert inputs(stack, "add-1") == ("dense-2", "dense-1")
    assert stack.studio.document.undo_stack.count() == 1
    stack.undo()
    assert inputs(stack, "dense-2") == ("dense-1",)


def test_the_end_of_a_wire_let_go_on_the_ground_removes_it_and_at_home_keeps_it(stack: Hands) -> None:
    port = stack.panel.port_center("dense-2", "input")
    stack.drag(port, QPoint(400, 380), stack.panel.card_center("dense-2"))
    assert not stack.studio.document.undo_stack.count()
    stack.drag(port, QPoint(400, 380))
    assert inputs(stack, "dense-2") == ()
    assert ("dense-1", "dense-2") not in wires(stack)


def test_the_wire_to_the_loss_stays(stack: Hands) -> None:
    stack.drag(stack.panel.port_center(LOSS, "input"), QPoint(400, 380))
    assert not stack.studio.document.undo_stack.count()
    assert ("add-1", LOSS) in wires(stack)


def beside_plus(hands: Hands, source: str, target: str) -> QPoint:
    """A place on a wire that is neither its + nor a port."""
    start, end = hands.panel.scene.arrangement.routes[source, target]
    return hands.panel.view.mapFromScene(start + (end - start) * 0.2)


def test_a_click_selects_a_wire_and_delete_takes_it_away(stack: Hands) -> None:
    stack.studio.document.select("dense-1")
    stack.click(beside_plus(stack, "dense-1", "dense-2"))
    assert stack.selected() == ()
    assert stack.panel.view.accessibleDescription() == "Wire from Dense 1 to Dense 2, 5"
    stack.press(Qt.Key.Key_Delete)
    assert inputs(stack, "dense-2") == ()
    assert stack.ids == ["flatten-1", "dense-1", "dense-2", "add-1"]
    assert not stack.panel.scene.selected_wire
    stack.undo()
    assert inputs(stack, "dense-2") == ("dense-1",)


def test_a_card_selected_after_a_wire_takes_the_keys_back(stack: Hands) -> None:
    stack.panel.view.select_wire(("dense-1", "dense-2"))
    stack.click(stack.panel.card_center("flatten-1"))
    assert stack.panel.scene.selected_wire is None
    stack.press(Qt.Key.Key_Delete)
    assert stack.ids == ["dense-1", "dense-2", "add-1"]


def test_the_menu_of_a_wire_inserts_and_removes(stack: Hands) -> None:
    menu = stack.panel.wire_menu("dense-1", "dense-2")
    names = [action.objectName() for action in menu.actions()]
    assert names == ["wire-insert", "wire-remove"]
    menu.actions()[0].trigger()
    stack.qtbot.waitUntil(stack.panel.popup.isVisible)
    choose(stack, "dropout")
    assert inputs(stack, "dense-2") == ("dropout-1",)
    menu = stack.panel.wire_menu("dropout-1", "dense-2")
    menu.actions()[1].trigger()
    assert inputs(stack, "dense-2") == ()
    menu = stack.panel.wire_menu("add-1", LOSS)
    assert not menu.actions()[1].isEnabled()
    menu.deleteLater()


def branched(hands: Hands) -> None:
    """Flatten read by two Dense, both read by Add."""
    nodes = (
        Node("flatten-1", Flatten()),
        Node("dense-1", Dense(units=5), ("flatten-1",)),
        Node("dense-2", Dense(units=5), ("flatten-1",)),
        Node("add-1", Add(), ("dense-1", "dense-2")),
    )
    document = hands.studio.document
    document.edit_network("branch", NetworkSpec(nodes))
    hands.panel.fit()
    hands.panel.scene.finish_moving()


def test_the_plus_of_one_of_several_wires_inserts_on_that_wire_only(hands: Hands) -> None:
    branched(hands)
    hands.click(hands.panel.plus_center("flatten-1", "dense-2"))
    choose(hands, "dropout")
    assert inputs(hands, "dropout-1") == ("flatten-1",)
    assert inputs(hands, "dense-2") == ("dropout-1",)
    assert inputs(hands, "dense-1") == ("flatten-1",)


def test_a_layer_from_the_palette_and_a_card_land_on_one_wire_only(hands: Hands) -> None:
    branched(hands)
    assert hands.drop_layer("dropout", hands.panel.wire_center("flatten-1", "dense-2"))
    assert (inputs(hands, "dense-1"), inputs(hands, "dense-2")) == (("flatten-1",), ("dropout-1",))
    hands.panel.scene.finish_moving()
    hands.drag(
        hands.panel.card_center("dropout-1"),
        QPoint(450, 400),
        hands.panel.wire_center("flatten-1", "dense-1"),
    )
    assert (inputs(hands, "dense-1"), inputs(hands, "dense-2")) == (("dropout-1",), ("flatten-1",))


def test_a_layer_let_go_far_from_all_wires_stays_without_one(hands: Hands) -> None:
    hands.open(Flatten(), Dense())
    hands.panel.view.zoom_to(0.5)
    at = QPoint(450, 440)
    assert hands.drop_layer("add", at)
    assert inputs(hands, "add-1") == ()
    card = hands.panel.scene.arrangement.cards["add-1"]
    others = [place for name, place in hands.panel.scene.arrangement.cards.items() if name != "add-1"]
    assert card.top() > max(place.bottom() for place in others)
    assert card.left() <= hands.panel.view.mapToScene(at).x() <= card.right()


def test_several_selected_cards_are_dragged_onto_a_wire_together(hands: Hands) -> None:
    hands.open(Flatten(), Dense(units=1), Dense(units=2), Dense(units=3))
    hands.panel.fit()
    hands.panel.scene.finish_moving()
    hands.studio.document.select("dense-1", "dense-2")
    goal = hands.panel.wire_center("dense-3")
    hands.drag(hands.panel.card_center("dense-2"), QPoint(400, 400), goal)
    assert hands.ids == ["flatten-1", "dense-3", "dense-1", "dense-2"]
    assert hands.studio.document.undo_stack.count() == 1


def test_ports_are_seen_on_the_card_under_the_pointer_and_the_selected_one(stack: Hands) -> None:
    cards = stack.panel.scene.cards
    stack.studio.document.select("dense-1")
    hover(stack, stack.panel.card_center("add-1"))
    assert {name for name, card in cards.items() if card.ports} == {"dense-1", "add-1"}
    assert any(takes_more for _, takes_more, _ in cards["add-1"].ports)
    assert not any(takes_more for _, takes_more, _ in cards["dense-1"].ports)
    hover(stack, stack.panel.port_center("dense-2"))
    assert [is_hot for *_, is_hot in cards["dense-2"].ports].count(True) == 1
    hover(stack, QPoint(450, 10))
    assert {name for name, card in cards.items() if card.ports} == {"dense-1"}


def hover(hands: Hands, at: QPoint) -> None:
    none = Qt.MouseButton.NoButton
    hands._mouse(QEvent.Type.MouseMove, at, none, none, NO)


# ── with keys ────────────────────────────────────────────────────────────────────────────────────────


def test_w_and_enter_wire_the_selected_card_to_the_merge_that_waits(stack: Hands) -> None:
    stack.studio.document.select("dense-1")
    stack.press(Qt.Key.Key_W)
    assert "Wire Dense 1 to Add 1" in stack.panel.view.accessibleDescription()
    stack.press(Qt.Key.Key_Return)
    assert inputs(stack, "add-1") == ("dense-2", "dense-1")
    assert stack.selected() == ("add-1",)
    assert "Add 1" in stack.panel.view.accessibleDescription()


def test_arrows_lead_the_wire_to_other_possible_targets_only(stack: Hands) -> None:
    stack.studio.document.select("flatten-1")
    stack.press(Qt.Key.Key_W)
    choice = stack.panel.view.choice
    assert choice is not None
    seen = [choice.target]
    for _ in range(4):
        stack.press(Qt.Key.Key_Left)
        seen.append(choice.target)
    assert seen == ["add-1", "dense-2", "dense-1", "dense-1", "dense-1"]
    stack.press(Qt.Key.Key_Escape)
    assert stack.panel.view.choice is None
    assert stack.selected() == ("flatten-1",)
    assert not stack.studio.document.undo_stack.count()


def test_enter_on_a_wired_target_takes_the_wire_away(stack: Hands) -> None:
    stack.studio.document.select("flatten-1")
    stack.press(Qt.Key.Key_W)
    stack.press(Qt.Key.Key_Left)
    stack.press(Qt.Key.Key_Left)
    assert "Enter takes the wire away" in stack.panel.view.accessibleDescription()
    stack.press(Qt.Key.Key_Return)
    assert inputs(stack, "dense-1") == ()


def test_a_slash_while_wiring_inserts_a_new_branch(stack: Hands) -> None:
    stack.studio.document.select("flatten-1")
    stack.press(Qt.Key.Key_W)
    stack.press(Qt.Key.Key_Slash)
    choose(stack, "dense")
    assert inputs(stack, "dense-3") == ("flatten-1",)
    assert inputs(stack, "dense-1") == ("flatten-1",)


def test_w_without_a_card_says_what_to_do(stack: Hands) -> None:
    stack.press(Qt.Key.Key_W)
    assert stack.panel.view.choice is None
    assert "Select the card" in stack.panel.view.note.text()


def test_leaving_the_canvas_leaves_the_wiring(stack: Hands) -> None:
    stack.studio.document.select("flatten-1")
    stack.press(Qt.Key.Key_W)
    stack.panel.overlay.zoom.percentage.setFocus()
    assert stack.panel.view.choice is None
    assert len(stack.panel.scene.items()) == len(stack.panel.scene.cards) + len(stack.panel.scene.wires)


def test_shift_w_walks_over_the_wires_and_arrows_leave_them(stack: Hands) -> None:
    stack.studio.document.select("dense-1")
    stack.press(Qt.Key.Key_W, SHIFT)
    assert stack.panel.scene.selected_wire == ("dense-1", "dense-2")
    stack.press(Qt.Key.Key_W, SHIFT)
    assert stack.panel.scene.selected_wire == ("dense-2", "add-1")
    stack.press(Qt.Key.Key_Left)
    assert stack.selected() == ("dense-2",)
    stack.press(Qt.Key.Key_W, SHIFT)
    stack.press(Qt.Key.Key_Slash)
    choose(stack, "dropout")
    assert inputs(stack, "add-1") == ("dropout-1",)


def test_arrows_walk_between_branches_and_along_wires(hands: Hands) -> None:
    branched(hands)
    hands.studio.document.select("flatten-1")
    walked: list[str] = []
    for key in (Qt.Key.Key_Right, Qt.Key.Key_Up, Qt.Key.Key_Right, Qt.Key.Key_Left, Qt.Key.Key_Left):
        hands.press(key)
        walked += hands.selected()
    assert walked == ["dense-1", "dense-2", "add-1", "dense-1", "flatten-1"]


def test_an_unwired_card_is_reached_with_the_arrows(hands: Hands) -> None:
    hands.open(Flatten(), Dense())
    document = hands.studio.document
    document.edit_network("add", add_unwired(document.network, Concatenate())[0])
    hands.studio.document.select("dense-1")
    hands.press(Qt.Key.Key_Down)
    assert hands.selected() == ("concatenate-1",)


def test_shift_arrows_extend_the_selection_and_take_it_back(stack: Hands) -> None:
    stack.studio.document.select("flatten-1")
    stack.press(Qt.Key.Key_Right, SHIFT)
    stack.press(Qt.Key.Key_Right, SHIFT)
    assert stack.selected() == ("flatten-1", "dense-1", "dense-2")
    stack.press(Qt.Key.Key_Left, SHIFT)
    assert stack.selected() == ("flatten-1", "dense-1")


def test_ctrl_a_selects_all_layers(stack: Hands) -> None:
    stack.press(Qt.Key.Key_A, Qt.KeyboardModifier.ControlModifier)
    assert list(stack.selected()) == stack.ids


def test_a_shift_drag_adds_to_the_selection(stack: Hands) -> None:
    stack.studio.document.select("add-1")
    start = stack.panel.card_center("flatten-1") - QPoint(0, 100)
    stack.drag(start, start + QPoint(5, 20), start + QPoint(10, 110), modifier=SHIFT)
    assert stack.selected() == ("add-1", "flatten-1")


def test_a_group_is_selected_as_its_layers_and_enter_opens_it(stack: Hands) -> None:
    stack.studio.document.select("dense-1", "dense-2")
    stack.panel.edits.group()
    name = stack.panel.scene.card_of("dense-1")
    assert stack.panel.scene.members(name) == ("dense-1", "dense-2")
    stack.click(QPoint(450, 10))
    stack.click(stack.panel.card_center("dense-1"))
    assert stack.selected() == ("dense-1", "dense-2")
    stack.press(Qt.Key.Key_Return)
    assert "dense-1" in stack.panel.scene.cards
    stack.undo()
    stack.double_click(stack.panel.card_center("dense-2"))
    assert "dense-2" in stack.panel.scene.cards


def test_the_menu_of_a_card_begins_wiring_and_branches(stack: Hands) -> None:
    stack.studio.document.select("dense-1")
    trigger(stack, "dense-1", "card-wire")
    stack.qtbot.waitUntil(lambda: stack.panel.view.choice is not None)
    stack.press(Qt.Key.Key_Escape)
    trigger(stack, "dense-1", "card-branch")
    stack.qtbot.waitUntil(stack.panel.popup.isVisible)
    choose(stack, "dropout")
    assert inputs(stack, "dropout-1") == ("dense-1",)


def trigger(hands: Hands, card: str, name: str) -> None:
    menu = hands.panel.context_menu(card)
    action = menu.findChild(QAction, name)
    assert action is not None
    action.trigger()
    menu.deleteLater()
