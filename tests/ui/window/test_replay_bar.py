"""A person drags the slider through the run, and goes on from where it stands."""

from collections.abc import Callable

import numpy as np
import pytest
from msgspec.structs import replace
from PySide6.QtCore import QSettings, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QLabel, QSlider

from neuralstudio.project.document import Project
from neuralstudio.project.examples import example
from neuralstudio.session import watching
from neuralstudio.training.backprop import Backprop
from neuralstudio.ui.figures.curves import CurvesWidget
from neuralstudio.views._base import Scatter
from tests.robots.robot import StudioRobot

EPOCHS = 30
Opener = Callable[[QSettings], StudioRobot]


def playground() -> Project:
    project = example("playground")
    assert isinstance(project.trainer, Backprop)
    return replace(project, trainer=replace(project.trainer, epochs=EPOCHS))


@pytest.fixture
def robot(open_window: Opener, settings: QSettings, monkeypatch: pytest.MonkeyPatch) -> StudioRobot:
    monkeypatch.setattr(watching, "SMALL_INTERVAL", 0.0)
    robot = open_window(settings)
    robot.studio.document.open(playground())
    robot.window.show_work()
    robot.window.docks.raise_panel("curves")
    robot.window.docks.raise_panel("map")
    robot.click("train-button")
    robot.wait_for(
        lambda: robot.studio.training.outcome is not None and robot.studio.training.state == "idle"
    )
    return robot


def slider(robot: StudioRobot) -> QSlider:
    found = robot.widget("history-slider")
    assert isinstance(found, QSlider)
    return found


def background(robot: StudioRobot) -> bytes:
    figure = robot.figure("answer-map")
    assert isinstance(figure, Scatter)
    return np.asarray(figure.background).tobytes()


def test_dragging_shows_the_boundary_as_it_was_and_a_line_on_the_curves(robot: StudioRobot) -> None:
    slider(robot).setValue(0)
    first = background(robot)
    robot.click("history-now")
    now = background(robot)
    assert first != now
    slider(robot).setValue(10)
    assert background(robot) not in (first, now)
    label = robot.widget("history-label")
    assert isinstance(label, QLabel)
    assert label.text() == f"epoch {robot.studio.replay.epoch:g}"
    assert label.text().partition(" ")[2].isdecimal()
    curves = robot.widget("loss-curves")
    assert isinstance(curves, CurvesWidget)
    assert curves.marker == robot.studio.replay.epoch
    robot.click("history-now")
    assert background(robot) == now
    assert slider(robot).value() == slider(robot).maximum()


def test_the_right_end_is_the_present(robot: StudioRobot) -> None:
    slider(robot).setValue(5)
    assert robot.studio.replay.is_replaying
    slider(robot).setFocus()
    QTest.keyClick(slider(robot), Qt.Key.Key_End)
    assert not robot.studio.replay.is_replaying


def test_going_on_from_here_trains_to_the_same_weights(robot: StudioRobot) -> None:
    training = robot.studio.training
    final = training.saved_run()
    assert final is not None
    slider(robot).setValue(slider(robot).maximum() // 2)
    robot.click("history-go-on")
    assert not robot.studio.replay.is_replaying
    assert 0 < training.position.epoch < EPOCHS
    robot.click("train-button")
    robot.wait_for(lambda: training.position.epoch == EPOCHS and training.state == "idle")
    again = training.saved_run()
    assert again is not None
    assert {name: each.tobytes() for name, each in again.weights.items()} == {
        name: each.tobytes() for name, each in final.weights.items()
    }


def test_before_anything_was_learnt_the_slider_rests(robot: StudioRobot) -> None:
    assert slider(robot).isEnabled()
    robot.studio.training.reset()
    assert not slider(robot).isEnabled()
    assert not robot.widget("history-go-on").isVisible()
