"""The map of answers for every sort of data with two inputs."""

import numpy as np
import pytest
from msgspec.structs import replace
from pytestqt.qtbot import QtBot

from neuralstudio.data._base import Dataset
from neuralstudio.data.sets.multi_gaussian import MultiGaussian
from neuralstudio.data.sets.painted import Painted
from neuralstudio.engine.activations import Linear, Softmax, Tanh
from neuralstudio.engine.losses import CategoricalCrossEntropy, MeanSquaredError
from neuralstudio.layers.dense import Dense
from neuralstudio.network import edits
from neuralstudio.network.spec import NetworkSpec
from neuralstudio.project.document import Project
from neuralstudio.training.backprop import Backprop
from neuralstudio.ui.figures.scatter import ScatterWidget
from neuralstudio.ui.panels.map import MapPanel
from neuralstudio.ui.studio import Studio
from neuralstudio.views._base import Scatter

POINTS = tuple((float(place % 5), float(place // 5), place % 3) for place in range(20))


def project(dataset: Dataset) -> Project:
    """A network of two layers that fits the data."""
    classes = len(dataset.signature.classes)
    last = Dense(units=classes or 1, activation=Softmax() if classes else Linear())
    network = NetworkSpec()
    for layer in (Dense(units=4, activation=Tanh()), last):
        network, _ = edits.append(network, layer)
    loss = CategoricalCrossEntropy() if classes else MeanSquaredError()
    return Project(network=network, dataset=dataset, trainer=replace(Backprop(), loss=loss))


def shown(qtbot: QtBot, studio: Studio, dataset: Dataset) -> tuple[MapPanel, Scatter]:
    studio.document.open(project(dataset))
    assert not studio.document.report.problems
    panel = MapPanel(studio)
    qtbot.addWidget(panel)
    studio.loader.want(dataset, 0)
    panel.show()
    qtbot.waitUntil(lambda: studio.loader.data is not None, timeout=10000)
    widget = panel.findChild(ScatterWidget, "answer-map")
    assert widget is not None
    assert isinstance(widget.figure, Scatter)
    return panel, widget.figure


def test_numbers_are_answered_with_numbers(qtbot: QtBot, studio: Studio) -> None:
    _, figure = shown(qtbot, studio, MultiGaussian(count=100))
    predictor = studio.training.predictor
    assert predictor is not None
    middle = predictor.model.predict(np.array([[0.1, -0.1]], dtype=np.float32))[0, 0]
    assert figure.background[30, 30] == pytest.approx(np.clip(middle, -1, 1), abs=1e-5)
    assert figure.values is not None
    assert len(figure.values) == 100


def test_three_classes_are_blended(qtbot: QtBot, studio: Studio) -> None:
    panel, figure = shown(qtbot, studio, Painted(points=POINTS))
    assert figure.background.shape == (60, 60, 3)
    assert figure.values is None
    assert set(figure.classes.tolist()) == {0, 1, 2}
    assert not panel.grab().isNull()
