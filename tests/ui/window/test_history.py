"""Every step of the work is listed, can be gone back to, and compared with how it is now."""

from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QLabel, QMenu, QPushButton, QTableView

from neuralstudio.network.edits import set_fields
from neuralstudio.project.examples import example, example_names
from neuralstudio.project.file import save
from neuralstudio.ui.panels.history import HistoryPanel
from neuralstudio.views._base import Table
from tests.robots.robot import StudioRobot
from tests.ui.window.runs import project


@pytest.fixture
def history(robot: StudioRobot) -> HistoryPanel:
    """The panel in view, after three edits of which one was undone."""
    robot.studio.document.select("dense-1")
    robot.window.build.edits.insert("dropout", "dense-1")
    for units in (9, 10):
        spec = set_fields(robot.studio.document.network, "dense-1", units=units)
        robot.studio.document.edit_network("change units", spec)
    robot.studio.document.undo_stack.undo()
    robot.do("history")
    panel = robot.window.panels["history"]
    assert isinstance(panel, HistoryPanel)
    robot.wait_for(lambda: panel.is_in_view and panel.list.count() == 4)
    return panel


def steps(history: HistoryPanel) -> list[str]:
    return [history.list.item(row).text() for row in range(history.list.count())]


def sentence(robot: StudioRobot) -> str:
    label = robot.widget("history-sentence")
    assert isinstance(label, QLabel)
    return label.text()


def rows(history: HistoryPanel) -> tuple[tuple[str, ...], ...]:
    assert isinstance(history.table.figure, Table)
    return history.table.figure.rows


def test_steps_are_listed_in_words_with_the_present_one_marked(history: HistoryPanel) -> None:
    assert steps(history) == ["As it was opened", "Add Dropout", "Change units  ·  now", "Change units"]
    assert history.list.currentRow() == 2
    assert "Undone" in history.list.item(3).toolTip()


def test_enter_goes_back_and_forth(robot: StudioRobot, history: HistoryPanel) -> None:
    history.list.setFocus()
    history.list.setCurrentRow(0)
    QTest.keyClick(history.list, Qt.Key.Key_Return)
    assert robot.studio.document.project == project()
    assert steps(history)[0] == "As it was opened  ·  now"
    history.list.setCurrentRow(3)
    QTest.keyClick(history.list, Qt.Key.Key_Return)
    assert robot.studio.document.network["dense-1"].layer.units == 10  # type: ignore[attr-defined]
    assert robot.studio.document.undo_stack.index() == 3


def test_the_button_goes_to_the_chosen_step(robot: StudioRobot, history: HistoryPanel) -> None:
    button = robot.widget("history-go")
    assert isinstance(button, QPushButton)
    assert not button.isEnabled()
    history.list.setCurrentRow(1)
    button.click()
    assert robot.studio.document.undo_stack.index() == 1
    assert not button.isEnabled()


def test_a_new_edit_replaces_what_was_undone(robot: StudioRobot, history: HistoryPanel) -> None:
    robot.window.build.edits.insert("flatten", "dense-1")
    assert steps(history) == ["As it was opened", "Add Dropout", "Change units", "Add Flatten  ·  now"]


def test_edits_that_become_one_step_are_one_line(robot: StudioRobot, history: HistoryPanel) -> None:
    document = robot.studio.document
    for units in (11, 12, 13):
        document.edit_network("drag", set_fields(document.network, "dense-1", units=units), merge_key="drag")
    assert steps(history)[-2:] == ["Change units", "Drag  ·  now"]
    assert document.steps[-1][1] == document.project


def test_the_saved_step_is_marked(robot: StudioRobot, history: HistoryPanel, tmp_path: Path) -> None:
    assert robot.window.files.save_to(tmp_path / "a.nstudio")
    assert steps(history)[2] == "Change units  ·  now  ·  saved"
    robot.studio.document.undo_stack.undo()
    assert steps(history)[1:3] == ["Add Dropout  ·  now", "Change units  ·  saved"]


def test_another_document_begins_another_history(robot: StudioRobot, history: HistoryPanel) -> None:
    robot.studio.document.open(example("xor"))
    assert steps(history) == ["As it was opened  ·  now"]


def test_a_step_is_compared_with_now(robot: StudioRobot, history: HistoryPanel) -> None:
    history.list.setCurrentRow(0)
    assert sentence(robot) == "From “As it was opened” to now: 2 changes"
    assert rows(history) == (
        ("~ changed", "Dense 1", "Units", "4", "9"),
        ("+ added", "Dropout 2", "Layer", "", "Dropout; reads Dense 1"),
    )
    history.list.setCurrentRow(3)
    assert rows(history) == (("~ changed", "Dense 1", "Units", "10", "9"),)
    history.list.setCurrentRow(2)
    assert rows(history) == ()
    assert "how it is now" in sentence(robot)


def test_a_change_that_is_clicked_selects_its_card(robot: StudioRobot, history: HistoryPanel) -> None:
    history.list.setCurrentRow(0)
    table = history.table.findChild(QTableView)
    assert table is not None
    where = table.visualRect(table.model().index(1, 1)).center()
    QTest.mouseClick(table.viewport(), Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier, where)
    assert robot.studio.document.selection == ("dropout-2",)


def test_a_change_of_a_card_that_is_gone_selects_nothing(robot: StudioRobot, history: HistoryPanel) -> None:
    robot.studio.document.undo_stack.setIndex(0)
    robot.studio.document.select()
    history.list.setCurrentRow(1)
    assert rows(history)[0][0] == "− removed"
    history.table.row_chosen.emit(0)
    assert robot.studio.document.selection == ()


def menu_of(robot: StudioRobot) -> QMenu:
    button = robot.widget("history-compare")
    assert isinstance(button, QPushButton)
    menu = button.menu()
    menu.aboutToShow.emit()
    return menu


def test_the_document_is_compared_with_its_saved_version_and_examples(
    robot: StudioRobot, history: HistoryPanel, tmp_path: Path
) -> None:
    assert not menu_of(robot).actions()[0].isEnabled()
    assert robot.window.files.save_to(tmp_path / "a.nstudio")
    robot.studio.document.undo_stack.undo()
    menu_of(robot).actions()[0].trigger()
    assert rows(history) == (("~ changed", "Dense 1", "Units", "9", "4"),)
    assert "a.nstudio" in sentence(robot)
    entries = {action.text(): action for action in menu_of(robot).actions()}
    assert {example(name).title for name in example_names()} <= entries.keys()
    entries[example("two-spirals").title].trigger()
    assert example("two-spirals").title in sentence(robot)
    assert any(row[1] == "Data" for row in rows(history))


def test_a_file_that_is_no_project_is_told_of(
    robot: StudioRobot, history: HistoryPanel, tmp_path: Path
) -> None:
    bad = tmp_path / "bad.nstudio"
    bad.write_text("nothing")
    before = rows(history)
    history.compare_with_file(bad)
    label = robot.widget("status-warning")
    assert isinstance(label, QLabel)
    assert "bad.nstudio" in label.text()
    assert rows(history) == before


def test_a_comparison_stays_while_the_document_is_edited(
    robot: StudioRobot, history: HistoryPanel, tmp_path: Path
) -> None:
    save(tmp_path / "b.nstudio", robot.studio.document.project, None)
    history.compare_with_file(tmp_path / "b.nstudio")
    assert sentence(robot) == "There is no difference between “b.nstudio” and now."
    robot.window.build.edits.insert("flatten", "dense-1")
    assert rows(history) == (("+ added", "Flatten 1", "Layer", "", "Flatten; reads Dense 1"),)
