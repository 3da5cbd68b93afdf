"""The whole main job in a real window: build, import, train, draw, undo, save, reopen."""

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import QSettings
from pytestqt.qtbot import QtBot

from neuralstudio.engine.activations import Softmax
from neuralstudio.layers.dense import Dense
from neuralstudio.ui.window import StudioWindow
from neuralstudio.views._base import Curves, Graph
from tests.acceptance.strokes import three
from tests.robots.robot import StudioRobot

pytestmark = pytest.mark.display


@pytest.fixture
def robot(qtbot: QtBot, tmp_path: Path) -> Iterator[StudioRobot]:
    """A window on an empty network."""
    window = StudioWindow(QSettings(str(tmp_path / "settings.ini"), QSettings.Format.IniFormat))
    with qtbot.waitExposed(window):
        window.show()
    window.files.new()
    yield StudioRobot(qtbot, window)
    window.studio.training.stop()
    window.studio.document.mark_saved(tmp_path / "done.nstudio")
    window.close()


def test_a_digit_network_is_built_trained_drawn_on_saved_and_reopened(
    robot: StudioRobot, mnist_folder: Path, tmp_path: Path
) -> None:
    studio = robot.studio
    assert len(studio.document.network) == 0

    # Build 784-128-10 from an empty canvas.
    robot.add_layer("Flatten")
    robot.add_layer("Dense", units=128)
    robot.add_layer("Dense", units=10, activation="Softmax")
    _, hidden, output = (node.layer for node in studio.document.network)
    assert isinstance(hidden, Dense)
    assert hidden.units == 128
    assert isinstance(output, Dense)
    assert output.units == 10
    assert isinstance(output.activation, Softmax)
    assert studio.document.report.weights == 101_770

    # Import MNIST.
    robot.import_mnist(mnist_folder)
    assert studio.loader.data is not None
    assert len(studio.loader.data.train) == 60_000

    # The pad works before any training.
    robot.draw(three())
    robot.wait_for(lambda: robot.figure("percentages") is not None)

    # Train: both curves get points, the network view changes.
    robot.window.show_panel("network")
    robot.wait_for(lambda: isinstance(robot.figure("network-graph"), Graph))
    before = robot.figure("network-graph")
    robot.window.docks.raise_panel("curves")
    robot.train(epochs=2)

    def points(name: str) -> dict[str, int]:
        curves = robot.figure(name)
        assert isinstance(curves, Curves)
        return {curve.name: len(curve.x) for curve in curves.curves}

    for name in ("loss-curves", "metric-curves"):
        # A live figure is painted no more often than it may cost: the last point comes a moment later.
        robot.wait_for(lambda name=name: points(name)["test"] >= 2)
        assert points(name)["train"] > 100
    after = robot.figure("network-graph")
    assert isinstance(before, Graph)
    assert isinstance(after, Graph)
    assert not np.array_equal(before.edges[0].weights, after.edges[0].weights)
    assert studio.training.history.epochs.rows[-1, 4] > 0.95

    # Draw a 3 and read ten percentages.
    robot.click("clear-pad")
    robot.draw(three())
    robot.wait_for(lambda: robot.percentages().argmax() == 3)
    drawn = robot.percentages()
    assert len(drawn) == 10
    assert drawn.sum() == pytest.approx(100)

    # Undo takes back an edit without losing the trained weights of layers that still fit.
    robot.add_layer("Dropout")
    assert len(studio.document.network) == 4
    robot.do("undo")
    assert len(studio.document.network) == 3
    robot.wait_for(lambda: np.allclose(robot.percentages(), drawn))

    # Save and reopen: same weights, same prediction.
    path = tmp_path / "digits.nstudio"
    assert studio.training.predictor is not None
    weights = studio.training.predictor.model.parameters.named()
    assert robot.window.files.save_to(path)
    assert not studio.document.is_dirty
    robot.window.files.new()
    assert len(studio.document.network) == 0
    assert robot.window.files.open(path)
    assert studio.training.predictor is not None
    for name, value in studio.training.predictor.model.parameters.named().items():
        np.testing.assert_array_equal(value, weights[name])
    robot.wait_for(lambda: np.allclose(robot.percentages(), drawn))
    assert len(studio.training.history.epochs) >= 2
