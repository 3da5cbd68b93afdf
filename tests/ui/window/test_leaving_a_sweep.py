"""A sweep under way never outlives its window or its document, and the docks make room for its grid."""

from PySide6.QtCore import Qt
from PySide6.QtTest import QTest

from neuralstudio.project.examples import example
from neuralstudio.ui.panels.sweep import SweepPanel
from tests.robots.robot import StudioRobot


def sweeping(robot: StudioRobot) -> SweepPanel:
    """A long sweep, just begun."""
    panel = robot.window.panels["sweep"]
    assert isinstance(panel, SweepPanel)
    robot.window.show_panel("sweep")
    panel.epochs.setValue(1_000_000)
    robot.click("sweep-start")
    robot.wait_for(lambda: panel.sweeping.share > 0)
    return panel


def test_a_closed_window_ends_its_sweep(own: StudioRobot) -> None:
    panel = sweeping(own)
    assert own.window.close()
    assert not panel.sweeping.is_running


def test_another_document_ends_the_sweep_and_the_window_goes_on(robot: StudioRobot) -> None:
    panel = sweeping(robot)
    robot.studio.document.open(example("two-spirals"))
    assert not panel.sweeping.is_running
    robot.window.show_panel("sweep")
    robot.wait_for(lambda: panel.across.setting is not None and panel.is_in_view)


def test_the_docks_give_way_to_the_grid_and_come_back(robot: StudioRobot) -> None:
    robot.do("show-sweep")
    docks = robot.window.docks.docks
    assert all(dock.isHidden() for dock in docks.values())
    robot.do("show-runs")
    assert not docks["runs"].isHidden()


def test_the_space_bar_ticks_a_run_and_does_not_train(robot: StudioRobot) -> None:
    robot.studio.training.train()
    robot.wait_for(lambda: robot.studio.training.outcome is not None)
    robot.studio.training.reset()
    robot.do("show-runs")
    panel = robot.window.panels["runs"]
    robot.wait_for(lambda: panel.is_in_view)
    panel.list.selectRow(0)  # type: ignore[attr-defined]
    QTest.keyClick(panel.list, Qt.Key.Key_Space)  # type: ignore[attr-defined]
    assert robot.studio.kept.runs[-1].is_shown
    assert robot.studio.training.state == "idle"
    robot.studio.kept.remove(robot.studio.kept.runs[-1].number)
