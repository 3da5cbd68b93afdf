"""The tab Network in the window: what it has to do with the pad, with Ctrl+0 and with the keyboard."""

import numpy as np
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QScrollBar

from neuralstudio.data.sets.pen_digits import PenDigits
from neuralstudio.engine.activations import Softmax
from neuralstudio.layers._base import Layer
from neuralstudio.layers.dense import Dense
from neuralstudio.layers.flatten import Flatten
from neuralstudio.network.spec import stack
from neuralstudio.project.document import Project
from neuralstudio.ui.figures.graph import GraphWidget
from neuralstudio.ui.pad import DigitPad
from neuralstudio.views._base import Graph
from tests.robots.robot import StudioRobot

CONTROL = Qt.KeyboardModifier.ControlModifier


def _open(robot: StudioRobot, depth: int) -> GraphWidget:
    hidden: tuple[Layer, ...] = tuple(Dense(units=40) for _ in range(depth))
    network = stack(Flatten(), *hidden, Dense(units=10, activation=Softmax()))
    robot.studio.document.open(Project(network=network, dataset=PenDigits(count=60)))
    robot.window.show_panel("network")
    graph = robot.widget("network-graph")
    assert isinstance(graph, GraphWidget)
    return graph


def test_a_digit_on_the_pad_is_what_the_neurons_speak_of(robot: StudioRobot) -> None:
    _open(robot, 1)
    robot.wait_for(lambda: robot.studio.loader.data is not None)
    pad = robot.widget("pad")
    assert isinstance(pad, DigitPad)
    pad.set_strokes([np.array([[0.5, 0.2], [0.5, 0.8]])])

    def is_drawn() -> bool:
        figure = robot.figure("network-graph")
        tiles = figure.layers[0].tiles if isinstance(figure, Graph) else None
        return tiles is not None and tiles[0][14, 13:15].max() > 0.9 and tiles[0][:, :6].max() == 0

    robot.wait_for(is_drawn, 5)
    pad.clear()
    robot.wait_for(lambda: not is_drawn(), 5)


def test_ctrl_0_brings_all_columns_of_the_network_into_view(robot: StudioRobot) -> None:
    graph = _open(robot, 16)
    graph.grab()
    bar = graph.findChild(QScrollBar)
    assert bar is not None
    assert bar.isVisible()
    robot.press(Qt.Key.Key_0, CONTROL)
    graph.grab()
    assert not bar.isVisible()
    assert robot.window.tabs.currentWidget() is robot.window.panels["network"]


def test_the_keyboard_is_on_the_neurons_when_the_tab_is_shown(robot: StudioRobot) -> None:
    graph = _open(robot, 1)
    assert graph.hasFocus()
    for key in (Qt.Key.Key_Down, Qt.Key.Key_Right, Qt.Key.Key_Return):
        robot.press(key)
    assert graph.place is not None
    assert graph.place[0] == 1
    assert graph.is_pinned
    assert graph.accessibleDescription().startswith("Dense 1 · ")
    robot.press(Qt.Key.Key_Escape)
    assert not graph.is_pinned
