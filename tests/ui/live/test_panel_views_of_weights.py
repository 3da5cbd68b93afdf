"""The panels Weights and Map show the newest weights, or say why they cannot."""

import pytest
from PySide6.QtWidgets import QLabel
from pytestqt.qtbot import QtBot

from neuralstudio.network.spec import NetworkSpec
from neuralstudio.project.examples import example
from neuralstudio.ui.figures.histogram import HistogramWidget
from neuralstudio.ui.figures.scatter import ScatterWidget
from neuralstudio.ui.panels.map import MapPanel
from neuralstudio.ui.panels.weights import WeightsPanel
from neuralstudio.ui.studio import Studio
from neuralstudio.views._base import Histogram, Scatter


def _map(panel: MapPanel) -> Scatter:
    widget = panel.findChild(ScatterWidget, "answer-map")
    assert widget is not None
    assert isinstance(widget.figure, Scatter)
    return widget.figure


def _histograms(panel: WeightsPanel) -> list[HistogramWidget]:
    found = panel.findChildren(HistogramWidget)
    return [widget for widget in found if widget.objectName().startswith("histogram-")]


@pytest.fixture
def xor(studio: Studio) -> Studio:
    studio.document.open(example("xor"))
    return studio


def test_the_weights_panel_has_a_histogram_for_each_weight_array(xor: Studio, qtbot: QtBot) -> None:
    panel = WeightsPanel(xor)
    qtbot.addWidget(panel)
    panel.resize(900, 240)
    panel.show()
    counts = {}
    for widget in _histograms(panel):
        assert isinstance(widget.figure, Histogram)
        counts[widget.objectName()] = widget.figure.counts.sum()
    assert counts == {
        "histogram-dense-1-kernel": 8,
        "histogram-dense-1-bias": 4,
        "histogram-dense-2-kernel": 4,
        "histogram-dense-2-bias": 1,
    }


def test_the_weights_panel_makes_way_for_another_network(xor: Studio, qtbot: QtBot) -> None:
    panel = WeightsPanel(xor)
    qtbot.addWidget(panel)
    panel.resize(900, 240)
    panel.show()
    xor.document.open(example("two-spirals"))
    qtbot.waitUntil(lambda: len(_histograms(panel)) == 6)
    xor.document.edit_network("clear", NetworkSpec())
    sentence = panel.findChild(QLabel, "weights-empty")
    assert sentence is not None
    assert sentence.isVisible()


def test_the_map_shows_answers_and_points_of_data_with_two_inputs(xor: Studio, qtbot: QtBot) -> None:
    panel = MapPanel(xor)
    qtbot.addWidget(panel)
    panel.show()
    assert _map(panel).background.shape == (60, 60)
    assert not len(_map(panel).points)
    xor.loader.want(xor.document.project.dataset, 1)
    qtbot.waitUntil(lambda: len(_map(panel).points) == 500, timeout=20_000)


def test_the_map_follows_the_weights(xor: Studio, qtbot: QtBot) -> None:
    panel = MapPanel(xor)
    qtbot.addWidget(panel)
    panel.show()
    predictor = xor.training.predictor
    assert predictor is not None
    predictor.model.parameters.value("dense-2/bias")[...] = 100
    xor.training.weights_changed.emit()
    assert _map(panel).background.min() == pytest.approx(1.0)


def test_the_map_says_which_data_it_needs(studio: Studio, qtbot: QtBot) -> None:
    panel = MapPanel(studio)
    qtbot.addWidget(panel)
    panel.show()
    assert "two inputs" in _map(panel).empty
    assert _map(panel).background.size == 0
