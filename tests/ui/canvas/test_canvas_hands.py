"""What mouse, keys and drops do on the canvas."""

import random

import pytest
from PySide6.QtCore import QMimeData, QPoint, QPointF, Qt
from PySide6.QtGui import QAction, QWheelEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QPushButton

from neuralstudio.layers.dense import Dense
from neuralstudio.layers.flatten import Flatten
from neuralstudio.network.spec import DATA, LOSS
from neuralstudio.ui.panels.build import BuildPanel

from .conftest import Hands

CTRL, ALT = Qt.KeyboardModifier.ControlModifier, Qt.KeyboardModifier.AltModifier


def test_a_layer_dropped_on_a_wire_goes_there_and_is_selected(hands: Hands) -> None:
    hands.open(Flatten(), Dense())
    assert hands.drop_layer("dropout", hands.panel.wire_center("flatten-1"))
    assert hands.ids == ["flatten-1", "dropout-1", "dense-1"]
    assert hands.selected() == ("dropout-1",)
    hands.undo()
    assert hands.ids == ["flatten-1", "dense-1"]


def test_a_layer_dropped_on_the_ground_goes_to_the_nearest_wire(hands: Hands) -> None:
    hands.open(Flatten(), Dense())
    assert hands.drop_layer("dropout", hands.panel.wire_center("dense-1") + QPoint(5, 130))
    assert hands.ids == ["flatten-1", "dense-1", "dropout-1"]


def test_the_first_layer_can_be_dropped_anywhere(hands: Hands) -> None:
    assert hands.drop_layer("flatten", QPoint(40, 60))
    assert hands.ids == ["flatten-1"]


def test_what_is_no_layer_is_refused(hands: Hands) -> None:
    text = QMimeData()
    text.setText("dense")
    assert not hands.drop(text, QPoint(450, 240))
    assert not hands.drop_layer("no-such-layer", QPoint(450, 240))
    assert hands.ids == []


def choose(hands: Hands, typed: str) -> None:
    popup = hands.panel.popup
    assert popup.isVisible()
    QTest.keyClicks(popup.filter, typed)
    QTest.keyClick(popup.filter, Qt.Key.Key_Return)
    assert not popup.isVisible()


def test_the_plus_on_a_wire_inserts_there(hands: Hands) -> None:
    hands.open(Flatten(), Dense())
    hands.click(hands.panel.plus_center(DATA))
    choose(hands, "drop")
    assert hands.ids == ["dropout-1", "flatten-1", "dense-1"]


def test_a_slash_and_a_name_insert_after_the_selection_or_at_the_end(hands: Hands) -> None:
    hands.open(Flatten(), Dense())
    hands.press(Qt.Key.Key_Slash)
    choose(hands, "dro")
    assert hands.ids[-1] == "dropout-1"
    hands.studio.document.select("flatten-1")
    hands.press(Qt.Key.Key_Slash)
    choose(hands, "dense")
    assert hands.ids == ["flatten-1", "dense-2", "dense-1", "dropout-1"]


def test_the_list_of_layers_is_walked_with_arrows_and_closed_with_escape(hands: Hands) -> None:
    hands.panel.open_popup(DATA)
    popup = hands.panel.popup
    first = popup.list.currentItem().text()
    QTest.keyClick(popup.filter, Qt.Key.Key_Down)
    assert popup.list.currentItem().text() != first
    QTest.keyClicks(popup.filter, "no such layer")
    assert popup.list.count() == 0
    QTest.keyClick(popup.filter, Qt.Key.Key_Return)
    QTest.keyClick(popup.filter, Qt.Key.Key_Escape)
    assert not popup.isVisible()
    assert hands.ids == []


def test_a_click_beside_the_list_of_layers_closes_it(hands: Hands) -> None:
    hands.panel.open_popup(DATA)
    hands.click(QPoint(850, 30))
    assert not hands.panel.popup.isVisible()


def test_a_click_on_a_layer_of_the_list_inserts_it(hands: Hands) -> None:
    hands.panel.open_popup(DATA)
    listed = hands.panel.popup.list
    item = listed.findItems("Flatten", Qt.MatchFlag.MatchExactly)[0]
    at = listed.visualItemRect(item).center()
    QTest.mouseClick(listed.viewport(), Qt.MouseButton.LeftButton, pos=at)
    assert hands.ids == ["flatten-1"]


def middle(hands: Hands, card: str) -> QPoint:
    return hands.panel.card_center(card)


def test_a_card_dragged_onto_a_wire_moves_there(hands: Hands) -> None:
    hands.open(Flatten(), Dense(units=5), Dense(units=7))
    goal = hands.panel.wire_center("dense-2")
    hands.drag(middle(hands, "dense-1"), middle(hands, "dense-2"), goal)
    assert hands.ids == ["flatten-1", "dense-2", "dense-1"]
    assert hands.selected() == ("dense-1",)
    hands.undo()
    assert hands.ids == ["flatten-1", "dense-1", "dense-2"]


def test_the_wire_a_dragged_card_would_land_on_is_lit(hands: Hands) -> None:
    hands.open(Flatten(), Dense(), Dense())
    items = len(hands.panel.scene.items())
    hands.drag(
        middle(hands, "dense-1"), QPoint(300, 200), hands.panel.wire_center("dense-2"), is_dropped=False
    )
    lit = [pair for pair, wire in hands.panel.scene.wires.items() if wire.mode == "target"]
    assert lit == [("dense-2", LOSS)]
    hands.press(Qt.Key.Key_Escape)
    assert hands.ids == ["flatten-1", "dense-1", "dense-2"]
    assert not [wire for wire in hands.panel.scene.wires.values() if wire.mode != "quiet"]
    assert len(hands.panel.scene.items()) == items


def test_an_undo_while_a_card_is_dragged_ends_the_drag(hands: Hands) -> None:
    hands.open(Flatten(), Dense())
    hands.panel.edits.insert("dropout", "flatten-1")
    at = middle(hands, "dropout-1")
    hands.drag(at, at + QPoint(40, 40), is_dropped=False)
    hands.undo()
    hands.drag(at, hands.panel.wire_center("dense-1"))
    assert hands.ids == ["flatten-1", "dense-1"]
    assert len(hands.panel.scene.items()) == 4 + 3


@pytest.mark.parametrize("card", [DATA, LOSS])
def test_data_and_loss_stay_where_they_are(hands: Hands, card: str) -> None:
    hands.open(Flatten(), Dense())
    before = hands.ids
    hands.drag(middle(hands, card), QPoint(450, 100), hands.panel.wire_center("flatten-1"))
    assert hands.ids == before


def test_a_card_let_go_beside_its_own_place_stays(hands: Hands) -> None:
    hands.open(Flatten(), Dense())
    count = hands.studio.document.undo_stack.count()
    hands.drag(middle(hands, "dense-1"), QPoint(450, 100), hands.panel.wire_center("flatten-1"))
    assert hands.studio.document.undo_stack.count() == count


def test_alt_arrows_reorder(hands: Hands) -> None:
    hands.open(Dense(units=1), Dense(units=2), Dense(units=3))
    hands.studio.document.select("dense-2", "dense-3")
    hands.press(Qt.Key.Key_Left, ALT)
    assert hands.ids == ["dense-2", "dense-3", "dense-1"]
    hands.press(Qt.Key.Key_Left, ALT)
    assert hands.ids == ["dense-2", "dense-3", "dense-1"]
    hands.press(Qt.Key.Key_Right, ALT)
    assert hands.ids == ["dense-1", "dense-2", "dense-3"]
    assert hands.selected() == ("dense-2", "dense-3")


def test_arrows_walk_over_all_cards(hands: Hands) -> None:
    hands.open(Flatten(), Dense())
    walked: list[str] = []
    for _ in range(5):
        hands.press(Qt.Key.Key_Right)
        walked += hands.selected()
    assert walked == [DATA, "flatten-1", "dense-1", LOSS, LOSS]
    hands.press(Qt.Key.Key_Left)
    assert hands.selected() == ("dense-1",)
    assert "Dense 1" in hands.panel.view.accessibleDescription()
    assert hands.panel.card("dense-1").has_keyboard


@pytest.mark.parametrize("key", [Qt.Key.Key_Delete, Qt.Key.Key_Backspace])
def test_delete_removes_what_is_selected_and_undo_brings_it_back(hands: Hands, key: Qt.Key) -> None:
    hands.open(Flatten(), Dense(), Dense())
    hands.studio.document.select("flatten-1", "dense-1", LOSS)
    hands.press(key)
    assert hands.ids == ["dense-2"]
    assert hands.selected() == ("dense-2",)
    hands.undo()
    assert hands.ids == ["flatten-1", "dense-1", "dense-2"]


def test_ctrl_d_duplicates_with_all_settings(hands: Hands) -> None:
    hands.open(Flatten(), Dense(units=9))
    hands.studio.document.select("flatten-1", "dense-1")
    hands.press(Qt.Key.Key_D, CTRL)
    assert hands.ids == ["flatten-1", "dense-1", "flatten-2", "dense-2"]
    assert hands.studio.document.network["dense-2"].layer == Dense(units=9)
    assert hands.selected() == ("flatten-2", "dense-2")


def test_clicks_select_and_ctrl_clicks_add_and_take_away(hands: Hands) -> None:
    hands.open(Flatten(), Dense())
    hands.click(middle(hands, "flatten-1"))
    hands.click(middle(hands, "dense-1"), CTRL)
    assert hands.selected() == ("flatten-1", "dense-1")
    hands.click(middle(hands, "flatten-1"), CTRL)
    assert hands.selected() == ("dense-1",)
    hands.click(middle(hands, DATA))
    assert hands.selected() == (DATA,)
    hands.click(QPoint(450, 20))
    assert hands.selected() == ()


def test_a_rubber_band_selects_the_cards_it_touches(hands: Hands) -> None:
    hands.open(Flatten(), Dense())
    start = middle(hands, "flatten-1") - QPoint(0, 100)
    hands.drag(start, start + QPoint(5, 20), middle(hands, "dense-1") + QPoint(0, 100))
    assert hands.selected() == ("flatten-1", "dense-1")
    hands.press(Qt.Key.Key_Escape)
    assert hands.selected() == ()


def test_enter_and_double_click_ask_for_the_settings(hands: Hands) -> None:
    hands.open(Flatten(), Dense())
    hands.studio.document.select("dense-1")
    with hands.qtbot.waitSignal(hands.panel.edit_requested) as entered:
        hands.press(Qt.Key.Key_Return)
    assert entered.args == ["dense-1"]
    with hands.qtbot.waitSignal(hands.panel.edit_requested) as clicked:
        hands.double_click(middle(hands, "flatten-1"))
    assert clicked.args == ["flatten-1"]
    assert hands.selected() == ("flatten-1",)


def trigger(hands: Hands, card: str, name: str) -> None:
    menu = hands.panel.context_menu(card)
    action = menu.findChild(QAction, name)
    assert action is not None
    action.trigger()
    menu.deleteLater()


def test_the_menu_of_a_card_edits_it(hands: Hands) -> None:
    hands.open(Flatten(), Dense())
    hands.studio.document.select("dense-1")
    trigger(hands, "dense-1", "card-earlier")
    assert hands.ids == ["dense-1", "flatten-1"]
    trigger(hands, "dense-1", "card-later")
    trigger(hands, "dense-1", "card-duplicate")
    assert hands.ids == ["flatten-1", "dense-1", "dense-2"]
    trigger(hands, "dense-2", "card-delete")
    assert hands.ids == ["flatten-1", "dense-1"]
    trigger(hands, "flatten-1", "card-insert")
    hands.qtbot.waitUntil(hands.panel.popup.isVisible)
    choose(hands, "dropout")
    assert hands.ids == ["flatten-1", "dropout-1", "dense-1"]


def test_the_space_bar_is_left_to_the_window(hands: Hands) -> None:
    hands.open(Flatten(), Dense())
    unhandled = []
    hands.panel.keyPressEvent = lambda event: unhandled.append(event.key())  # type: ignore[method-assign]
    hands.press(Qt.Key.Key_Space)
    assert unhandled == [Qt.Key.Key_Space]


def wheel(hands: Hands, at: QPoint, turn: int, modifier: Qt.KeyboardModifier) -> None:
    viewport = hands.panel.view.viewport()
    where = QPointF(viewport.mapToGlobal(at))
    event = QWheelEvent(
        QPointF(at),
        where,
        QPoint(),
        QPoint(0, turn),
        Qt.MouseButton.NoButton,
        modifier,
        Qt.ScrollPhase.NoScrollPhase,
        False,
    )
    QApplication.sendEvent(viewport, event)


def test_ctrl_wheel_zooms_at_the_pointer_and_the_wheel_scrolls(hands: Hands) -> None:
    hands.open(Flatten(), *[Dense()] * 8)
    view = hands.panel.view
    hands.press(Qt.Key.Key_0, CTRL)
    at = middle(hands, "dense-4")
    before, zoom = view.mapToScene(at), view.zoom
    wheel(hands, at, 480, CTRL)
    assert view.zoom > 1.9 * zoom
    assert (view.mapToScene(at) - before).manhattanLength() < 3
    scrolled = view.horizontalScrollBar().value()
    wheel(hands, at, -120, Qt.KeyboardModifier.NoModifier)
    assert view.horizontalScrollBar().value() > scrolled


@pytest.mark.parametrize(
    ("button", "modifier"),
    [
        (Qt.MouseButton.MiddleButton, Qt.KeyboardModifier.NoModifier),
        (Qt.MouseButton.LeftButton, CTRL),
    ],
)
def test_middle_drag_and_ctrl_drag_pan(
    hands: Hands, button: Qt.MouseButton, modifier: Qt.KeyboardModifier
) -> None:
    hands.open(Flatten(), *[Dense()] * 12)
    bar = hands.panel.view.horizontalScrollBar()
    bar.setValue(bar.minimum())
    hands.drag(QPoint(600, 60), QPoint(500, 60), QPoint(400, 60), button=button, modifier=modifier)
    assert bar.value() - bar.minimum() == pytest.approx(200, abs=20)
    assert hands.selected() == ()


def test_buttons_zoom_and_fit(hands: Hands) -> None:
    hands.open(Flatten(), *[Dense()] * 12)
    zooms = []
    for name in ("zoom-reset", "zoom-in", "zoom-out", "zoom-fit"):
        button = hands.panel.findChild(QPushButton, name)
        assert button is not None
        button.click()
        zooms.append(hands.panel.view.zoom)
        assert hands.panel.overlay.zoom.percentage.text() == f"{round(100 * zooms[-1])} %"
    assert zooms[:3] == pytest.approx([1, 1.2, 1])
    assert zooms[3] < 0.7
    bar = hands.panel.view.horizontalScrollBar()
    assert bar.minimum() == bar.maximum()


def test_home_and_end_go_to_the_first_and_last_card_and_pages_pan(hands: Hands) -> None:
    hands.open(Flatten(), *[Dense()] * 30)
    bar = hands.panel.view.horizontalScrollBar()
    hands.press(Qt.Key.Key_End)
    assert hands.selected() == (LOSS,)
    assert bar.value() == bar.maximum()
    hands.press(Qt.Key.Key_PageUp)
    assert 0.7 < (bar.maximum() - bar.value()) / hands.panel.view.viewport().width() < 1
    hands.press(Qt.Key.Key_PageDown)
    assert bar.value() == bar.maximum()
    hands.press(Qt.Key.Key_Home)
    assert hands.selected() == (DATA,)
    assert hands.panel.view.visible_rect.contains(hands.panel.scene.arrangement.cards[DATA])


def test_the_selected_card_is_scrolled_into_sight(hands: Hands) -> None:
    hands.open(Flatten(), *[Dense()] * 30)
    hands.studio.document.select("dense-30")
    place = hands.panel.scene.arrangement.cards["dense-30"]
    assert hands.panel.view.visible_rect.contains(place)


def test_nothing_is_left_behind_by_many_edits_and_undos(hands: Hands, studio_panel: BuildPanel) -> None:
    hands.open(Flatten(), Dense())
    dice = random.Random(5)
    edits, document = hands.panel.edits, hands.studio.document
    for _ in range(200):
        order = [DATA, *hands.ids]
        document.select(dice.choice(order))
        what = dice.randrange(6)
        if what == 0 or len(order) < 4:
            edits.insert(dice.choice(["dense", "dropout", "flatten"]), dice.choice(order))
        elif what == 1:
            edits.delete()
        elif what == 2:
            edits.duplicate()
        elif what == 3:
            edits.shift(dice.choice([-1, 1]))
        elif what == 4:
            document.undo_stack.undo()
        else:
            document.undo_stack.redo()
    studio_panel.refresh()
    fresh = studio_panel.scene
    assert len(hands.panel.scene.items()) == len(fresh.items()) == len(fresh.cards) + len(fresh.wires)
    assert list(hands.panel.scene.cards) == list(fresh.cards) == [DATA, *hands.ids, LOSS]
    assert hands.panel.scene.wires.keys() == fresh.wires.keys()
    assert hands.panel.scene.arrangement == fresh.arrangement


@pytest.fixture
def studio_panel(hands: Hands) -> BuildPanel:
    """Another panel on the same document, built anew."""
    panel = BuildPanel(hands.studio)
    hands.qtbot.addWidget(panel)
    return panel
