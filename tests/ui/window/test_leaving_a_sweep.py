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


def test_another_document_ends_the_sweep_and_the_window_goes_on(own: StudioRobot) -> None:
    panel = sweeping(own)
    own.studio.document.open(example("two-spirals"))
    assert not panel.sweeping.is_running
    own.window.show_panel("sweep")
    own.wait_for(lambda: panel.across.setting is not None and panel.is_in_view)
    assert "Press" not in own.window.statusBar().currentMessage()


def test_the_docks_give_way_to_the_grid_and_come_back(own: StudioRobot) -> None:
    own.do("show-sweep")
    docks = own.window.docks.docks
    assert all(dock.isHidden() for dock in docks.values())
    own.do("show-runs")
    assert not docks["runs"].isHidden()


def test_the_space_bar_ticks_a_run_and_does_not_train(own: StudioRobot) -> None:
    own.studio.training.train()
    own.wait_for(lambda: own.studio.training.outcome is not None)
    own.studio.training.reset()
    own.do("show-runs")
    panel = own.window.panels["runs"]
    own.wait_for(lambda: panel.is_in_view)
    panel.list.selectRow(0)  # type: ignore[attr-defined]
    QTest.keyClick(panel.list, Qt.Key.Key_Space)  # type: ignore[attr-defined]
    assert own.studio.kept.runs[0].is_shown
    assert own.studio.training.state == "idle"
