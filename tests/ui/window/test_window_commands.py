"""What a person can do is in a menu or has a key, can be done when it makes sense, and is listed under F1."""

from collections.abc import Iterable

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QKeySequence
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QDialog, QLineEdit, QMenu, QPushButton, QTableWidget, QToolButton

from neuralstudio.network.edits import set_fields
from neuralstudio.network.spec import LOSS, NetworkSpec
from tests.robots.robot import StudioRobot
from tests.ui.window.runs import ENDLESS, Trained, project


def in_menus(menus: Iterable[QMenu]) -> set[str]:
    return {action.objectName() for menu in menus for action in menu.actions()}


def test_every_command_is_in_a_menu_or_has_a_key(robot: StudioRobot) -> None:
    window = robot.window
    reachable = in_menus(window.menus.values())
    for command in window.table.commands:
        action = window.studio.actions[command.id]
        assert action.objectName() in reachable or not action.shortcut().isEmpty(), command.id
        if command.menu:
            assert action in window.menus[command.menu].actions(), command.id


def test_no_two_commands_share_a_key(robot: StudioRobot) -> None:
    seen: dict[str, str] = {}
    for name, action in robot.studio.actions.items():
        for keys in action.shortcuts():
            text = keys.toString(QKeySequence.SequenceFormat.PortableText)
            if text:
                assert text not in seen, f"{name} and {seen[text]} both have {text}"
                seen[text] = name


def test_every_command_has_words_and_a_tip(robot: StudioRobot) -> None:
    for name, action in robot.studio.actions.items():
        assert action.text().strip(), name
        assert action.toolTip().strip(), name


def is_enabled(robot: StudioRobot, *names: str) -> list[bool]:
    return [robot.studio.actions[name].isEnabled() for name in names]


CARDS = ("duplicate", "delete", "move-earlier", "move-later")


def test_commands_on_cards_follow_the_selection(robot: StudioRobot) -> None:
    document = robot.studio.document
    assert not any(is_enabled(robot, *CARDS))
    document.select("dense-1")
    assert all(is_enabled(robot, *CARDS))
    document.select(LOSS)
    assert not any(is_enabled(robot, *CARDS))
    document.select("dense-1")
    document.edit_network("clear", NetworkSpec())
    assert not any(is_enabled(robot, *CARDS))


def test_undo_and_redo_follow_an_edit_of_a_card(robot: StudioRobot) -> None:
    assert is_enabled(robot, "undo", "redo") == [False, False]
    node = robot.add_layer("Dropout")
    assert is_enabled(robot, "undo", "redo") == [True, False]
    assert robot.studio.actions["undo"].text() == "&Undo add Dropout"
    assert node in robot.studio.document.network


def test_stop_follows_the_training(robot: StudioRobot) -> None:
    robot.studio.document.open(project(ENDLESS))
    assert is_enabled(robot, "stop") == [False]
    robot.do("train")
    robot.wait_for(lambda: robot.studio.training.position.step > 0)
    assert is_enabled(robot, "stop") == [True]
    robot.do("train")
    assert robot.studio.training.state == "paused"
    assert is_enabled(robot, "stop") == [True]
    robot.do("stop")
    assert is_enabled(robot, "stop") == [False]


# ── keys ─────────────────────────────────────────────────────────────────────────────────────────────


def test_space_trains_and_pauses_from_the_canvas(robot: StudioRobot) -> None:
    robot.studio.document.open(project(ENDLESS))
    canvas = robot.widget("canvas")
    canvas.setFocus()
    QTest.keyClick(canvas, Qt.Key.Key_Space)
    robot.wait_for(lambda: robot.studio.training.position.step > 0)
    QTest.keyClick(canvas, Qt.Key.Key_Space)
    assert robot.studio.training.state == "paused"


def test_a_full_stop_steps_from_the_canvas(robot: StudioRobot) -> None:
    canvas = robot.widget("canvas")
    canvas.setFocus()
    QTest.keyClick(canvas, Qt.Key.Key_Period)
    robot.wait_for(lambda: robot.studio.training.state == "paused")
    assert robot.studio.training.position.step == 1


@pytest.mark.parametrize("name", ["palette-filter", "learning-rate"])
def test_letters_that_are_shortcuts_are_typed_in_a_line(robot: StudioRobot, name: str) -> None:
    box = robot.widget(name)
    line = box if isinstance(box, QLineEdit) else box.findChild(QLineEdit)
    assert isinstance(line, QLineEdit)
    line.setFocus()
    line.clear()
    QTest.keyClicks(line, "a b.>:")
    assert line.text() == "a b.>:"
    QTest.keyClick(line, Qt.Key.Key_Home)
    QTest.keyClick(line, Qt.Key.Key_Delete)
    assert line.text() == " b.>:"
    assert len(robot.studio.document.network) == 3
    assert robot.studio.training.state == "idle"
    assert robot.studio.training.position.step == 0


def test_space_presses_the_button_that_has_the_keyboard(robot: StudioRobot) -> None:
    pressed: list[str] = []
    button = QPushButton("Press", robot.window.panels["build"])
    button.clicked.connect(lambda: pressed.append("pressed"))
    button.show()
    button.setFocus()
    QTest.keyClick(button, Qt.Key.Key_Space)
    assert pressed == ["pressed"]
    assert robot.studio.training.state == "idle"


def test_space_on_the_train_button_trains_once(robot: StudioRobot) -> None:
    robot.studio.document.open(project(ENDLESS))
    button = robot.widget("train-button")
    assert isinstance(button, QToolButton)
    button.setFocus(Qt.FocusReason.TabFocusReason)
    QTest.keyClick(button, Qt.Key.Key_Space)
    robot.wait_for(lambda: robot.studio.training.position.step > 0)
    assert robot.studio.training.state == "running"


def test_delete_and_undo_by_their_keys(robot: StudioRobot) -> None:
    robot.widget("canvas").setFocus()
    robot.studio.document.select("dense-1")
    robot.press(Qt.Key.Key_Delete)
    assert "dense-1" not in robot.studio.document.network
    # Selecting asks the commands again whether they can be done.
    robot.studio.document.select("dense-2")
    robot.press(Qt.Key.Key_Z, Qt.KeyboardModifier.ControlModifier)
    assert "dense-1" in robot.studio.document.network


def test_reset_by_its_key(robot: StudioRobot) -> None:
    robot.do("step-batch")
    robot.wait_for(lambda: robot.studio.training.state == "paused")
    robot.widget("canvas").setFocus()
    robot.press(Qt.Key.Key_Backspace, Qt.KeyboardModifier.ControlModifier)
    assert robot.studio.training.position.step == 0
    assert robot.studio.training.state == "idle"


def test_the_palette_is_found_by_its_key(robot: StudioRobot) -> None:
    robot.widget("canvas").setFocus()
    robot.press(Qt.Key.Key_L, Qt.KeyboardModifier.ControlModifier)
    assert robot.widget("palette-filter").hasFocus()


def test_f1_lists_every_key(robot: StudioRobot) -> None:
    robot.widget("canvas").setFocus()
    robot.press(Qt.Key.Key_F1)
    dialog = robot.window.findChild(QDialog, "shortcuts")
    assert dialog is not None
    assert dialog.isVisible()
    grid = dialog.findChild(QTableWidget)
    assert grid is not None
    listed = {item.text() for row in range(grid.rowCount()) if (item := grid.item(row, 0)) is not None}
    words = [item.text() for row in range(grid.rowCount()) if (item := grid.item(row, 1)) is not None]
    assert len(words) == grid.rowCount()
    assert all(words)
    for name, action in robot.studio.actions.items():
        texts = [each.toString(QKeySequence.SequenceFormat.NativeText) for each in action.shortcuts()]
        if any(texts):
            assert ", ".join(texts) in listed, name
    for keys in ("/", "Enter", "Esc"):
        assert keys in listed
    dialog.reject()


def test_new_weights_are_other_weights_and_can_be_undone(robot: StudioRobot) -> None:
    hand = Trained(robot.studio, robot.bot)
    start = hand.shown()
    robot.do("new-weights")
    other = hand.shown()
    assert other != start
    assert robot.studio.document.project.seeds.order == 1
    robot.studio.document.undo_stack.undo()
    assert hand.shown() == start


def test_the_title_has_the_name_and_a_star_while_there_is_something_to_save(robot: StudioRobot) -> None:
    window, document = robot.window, robot.studio.document
    assert "Small" in window.windowTitle()
    assert not window.isWindowModified()
    document.edit_network("change units", set_fields(document.network, "dense-1", units=9))
    assert window.isWindowModified()
    document.undo_stack.undo()
    assert not window.isWindowModified()


def test_the_canvas_is_zoomed_by_keys_and_from_the_view_menu(robot: StudioRobot) -> None:
    view = robot.window.build.view
    view.zoom_to(1.0)
    view.setFocus()
    robot.press(Qt.Key.Key_Plus, Qt.KeyboardModifier.ControlModifier)
    assert view.zoom == pytest.approx(1.2)
    robot.press(Qt.Key.Key_Minus, Qt.KeyboardModifier.ControlModifier)
    robot.press(Qt.Key.Key_Minus, Qt.KeyboardModifier.ControlModifier)
    assert view.zoom == pytest.approx(1 / 1.2)
    robot.do("zoom-in")
    assert view.zoom == pytest.approx(1.0)
    shown = robot.window.menus["&View"].actions()
    assert [robot.studio.actions[name] in shown for name in ("zoom-in", "zoom-out", "fit")] == [True] * 3
