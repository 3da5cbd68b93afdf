"""The panel Network: it follows the weights, lets a sample speak, and sends it through with its error."""

from typing import TypeVar

import numpy as np
import pytest
from numpy.typing import NDArray
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QComboBox, QLabel, QSlider, QSpinBox, QToolButton, QWidget
from pytestqt.qtbot import QtBot

from neuralstudio.network.spec import NetworkSpec
from neuralstudio.project.document import Project
from neuralstudio.project.examples import example
from neuralstudio.session.signal import SignalPath
from neuralstudio.ui.figures.graph import GraphWidget
from neuralstudio.ui.pad import DigitPad
from neuralstudio.ui.panels.network import NetworkPanel
from neuralstudio.ui.signal_player import SPEEDS
from neuralstudio.ui.studio import Studio
from neuralstudio.views._base import Floats, Graph
from tests.ui.live.projects import PROJECTS

W = TypeVar("W", bound=QWidget)


def _graph(panel: NetworkPanel) -> Graph:
    widget = panel.findChild(GraphWidget, "network-graph")
    assert widget is not None
    assert isinstance(widget.figure, Graph)
    return widget.figure


def _open(qtbot: QtBot, studio: Studio, project: Project, *, is_loaded: bool = True) -> NetworkPanel:
    studio.document.open(project)
    panel = NetworkPanel(studio)
    panel.resize(900, 500)
    qtbot.addWidget(panel)
    panel.show()
    if is_loaded:
        studio.loader.want(project.dataset, project.seeds.data)
        qtbot.waitUntil(lambda: studio.loader.data is not None, timeout=20_000)
    return panel


def _child(panel: NetworkPanel, kind: type[W], name: str) -> W:
    found = panel.findChild(kind, name)
    assert found is not None
    return found


@pytest.fixture
def xor(studio: Studio, qtbot: QtBot) -> NetworkPanel:
    return _open(qtbot, studio, example("xor"))


@pytest.fixture
def digits(studio: Studio, qtbot: QtBot) -> NetworkPanel:
    return _open(qtbot, studio, PROJECTS["cnn"]())


def _is_on(panel: NetworkPanel) -> bool:
    """A signal is on its way, or rests at its end."""
    return panel.player.stage is not None


def _known(values: Floats | None) -> NDArray[np.float64]:
    assert values is not None
    return np.asarray(values, dtype=np.float64)


def _click(panel: NetworkPanel, name: str) -> None:
    QTest.mouseClick(_child(panel, QToolButton, name), Qt.MouseButton.LeftButton)


def test_the_panel_follows_the_weights(xor: NetworkPanel) -> None:
    before = _graph(xor)
    predictor = xor.studio.training.predictor
    assert predictor is not None
    predictor.model.parameters.value("dense-1/kernel")[1, 2] = 7.5
    xor.catch_up()
    after = _graph(xor)
    assert [layer.title for layer in after.layers] == [layer.title for layer in before.layers]
    assert 7.5 in after.edges[0].weights
    assert 7.5 not in before.edges[0].weights


def test_the_panel_learns_while_the_network_does(xor: NetworkPanel, qtbot: QtBot) -> None:
    before = _graph(xor).edges[0].weights
    with qtbot.waitSignal(xor.studio.training.weights_changed, timeout=20_000):
        xor.studio.training.step_epoch()
    qtbot.waitUntil(lambda: (_graph(xor).edges[0].weights != before).any())


def test_the_panel_says_what_is_wrong_with_the_network(xor: NetworkPanel) -> None:
    document = xor.studio.document
    document.edit_network("clear", NetworkSpec())
    assert not _graph(xor).layers
    assert "has a layer" in _graph(xor).empty
    document.undo_stack.undo()
    assert len(_graph(xor).layers) == 3


def test_a_hidden_panel_computes_nothing(studio: Studio, qtbot: QtBot) -> None:
    studio.document.open(example("xor"))
    panel = NetworkPanel(studio)
    qtbot.addWidget(panel)
    studio.training.weights_changed.emit()
    assert _child(panel, GraphWidget, "network-graph").figure is None
    panel.show()
    assert len(_graph(panel).layers) == 3


def test_neurons_speak_of_the_test_sample_that_is_chosen(digits: NetworkPanel) -> None:
    data, predictor = digits.studio.loader.data, digits.studio.training.predictor
    assert data is not None
    assert predictor is not None
    _child(digits, QSpinBox, "network-sample").setValue(4)
    tiles = _graph(digits).layers[0].tiles
    assert tiles is not None
    image = data.test.scaled(slice(3, 4))[0]
    np.testing.assert_allclose(tiles[0], image / image.max(), rtol=1e-6)
    shares = predictor.percentages(image)
    np.testing.assert_allclose(
        _known(_graph(digits).layers[-1].activations), _known(shares), rtol=1e-4, atol=1e-6
    )
    truth = _child(digits, QLabel, "network-truth").text()
    assert truth == f"is {data.signature.classes[int(data.test.targets[3])]}"


def test_another_sample_is_drawn_at_random(digits: NetworkPanel, qtbot: QtBot) -> None:
    numbers = set()
    for _ in range(12):
        _click(digits, "random-sample")
        numbers.add(_child(digits, QSpinBox, "network-sample").value())
    assert len(numbers) > 3


def test_what_is_drawn_becomes_the_sample_until_the_pad_is_cleared(
    digits: NetworkPanel, qtbot: QtBot
) -> None:
    pad = DigitPad(digits.studio.theme.theme)
    qtbot.addWidget(pad)
    digits.follow(pad)
    before = _graph(digits).layers[0].tiles
    pad.set_strokes([np.array([[0.5, 0.2], [0.5, 0.8]])])
    source = _child(digits, QComboBox, "network-source")
    qtbot.waitUntil(lambda: source.currentIndex() == 1)
    drawn = _graph(digits).layers[0].tiles
    assert drawn is not None
    assert drawn[0][14, 13:15].max() > 0.9
    assert drawn[0][:, :6].max() == 0
    _click(digits, "play-signal")
    assert _is_on(digits)
    pad.clear()
    qtbot.waitUntil(lambda: source.currentIndex() == 0)
    assert not _is_on(digits), "the signal was that of the drawing"
    np.testing.assert_array_equal(_graph(digits).layers[0].tiles, before)


def test_so_many_edges_are_drawn_as_the_slider_says(studio: Studio, qtbot: QtBot) -> None:
    panel = _open(qtbot, studio, example("digits-mlp"), is_loaded=False)
    slider, note = _child(panel, QSlider, "edges-slider"), _child(panel, QLabel, "network-note")
    counts = []
    for value in (0, 20, 50):
        slider.setValue(value)
        counts.append(sum(len(edges.weights) for edges in _graph(panel).edges))
        assert note.text() == f"showing {counts[-1]} of 101,632 weights"
    assert counts[0] == 10
    assert counts == sorted(set(counts))
    menu = _child(panel, QToolButton, "edges-presets").menu()
    assert menu is not None
    menu.actions()[1].trigger()
    assert sum(len(edges.weights) for edges in _graph(panel).edges) == 100


def test_the_slider_works_over_the_bands_of_feature_maps(studio: Studio, qtbot: QtBot) -> None:
    panel = _open(qtbot, studio, example("digits-cnn"), is_loaded=False)
    presets, slider = _child(panel, QToolButton, "edges-presets"), _child(panel, QSlider, "edges-slider")
    counts = {}
    for value in (slider.value(), 10, 40):
        slider.setValue(value)
        counts[presets.text()] = sum(len(edges.weights) for edges in _graph(panel).edges)
    assert counts["60"] == min(counts["60"], 60)
    assert len(set(counts.values())) == 3
    assert all(len(edges.weights) for edges in _graph(panel).edges if edges.is_weighted)


def test_a_wish_for_edges_stays_until_another_sort_of_network_comes(studio: Studio, qtbot: QtBot) -> None:
    panel = _open(qtbot, studio, example("digits-cnn"), is_loaded=False)
    presets, slider = _child(panel, QToolButton, "edges-presets"), _child(panel, QSlider, "edges-slider")
    texts = [presets.text()]
    slider.setValue(0)
    texts.append(presets.text())
    for name in ("residual-cnn", "xor"):
        studio.document.open(example(name))
        texts.append(presets.text())
    assert texts == ["60", "10", "10", "300"]


def test_kernels_are_shown_in_place_of_maps(digits: NetworkPanel) -> None:
    choice = _child(digits, QComboBox, "network-pictures")
    assert choice.isVisible()
    choice.setCurrentIndex(1)
    tiles = _graph(digits).layers[1].tiles
    assert tiles is not None
    assert tiles.shape == (4, 3, 3)


def test_there_is_no_choice_of_kernels_without_convolutions(xor: NetworkPanel) -> None:
    assert not _child(xor, QComboBox, "network-pictures").isVisible()


# The signal


def _finish(qtbot: QtBot, panel: NetworkPanel) -> None:
    panel.player.speed = 200.0
    qtbot.waitUntil(lambda: panel.player.is_over and not panel.player.is_moving, timeout=5000)


def test_a_signal_runs_to_the_output_and_back_before_any_training(xor: NetworkPanel, qtbot: QtBot) -> None:
    data, predictor = xor.studio.loader.data, xor.studio.training.predictor
    assert data is not None
    assert predictor is not None
    expected = SignalPath(predictor.model).follow(data.test.scaled(slice(0, 1))[0], data.test.targets[0])
    _click(xor, "play-signal")
    _finish(qtbot, xor)
    status = _child(xor, QLabel, "signal-status").text()
    assert status == f"loss {expected.loss:.4g} · error back at Input"
    np.testing.assert_allclose(_known(_graph(xor).layers[1].errors), expected.errors["dense-1"], rtol=1e-5)


def test_a_step_goes_on_to_the_next_column(xor: NetworkPanel, qtbot: QtBot) -> None:
    xor.player.speed = 200.0
    phases = []
    for _ in range(5):
        _click(xor, "step-signal")
        qtbot.waitUntil(lambda: not xor.player.is_moving, timeout=5000)
        assert xor.player.stage is not None
        phases.append(xor.player.stage.phase)
    assert phases == [1, 2, 3, 4, 5]
    assert xor.player.is_over


def test_play_pauses_and_goes_on_and_stop_ends_it(xor: NetworkPanel, qtbot: QtBot) -> None:
    xor.player.speed = 0.01
    _click(xor, "play-signal")
    moving = [xor.player.is_moving]
    _click(xor, "play-signal")
    moving.append(xor.player.is_moving)
    assert moving == [True, False]
    assert _is_on(xor)
    _click(xor, "stop-signal")
    assert not _is_on(xor)
    assert not _child(xor, QToolButton, "stop-signal").isEnabled()


def test_a_signal_keeps_the_weights_it_began_with(xor: NetworkPanel, qtbot: QtBot) -> None:
    xor.player.speed = 0.01
    _click(xor, "play-signal")
    before = _graph(xor).edges[0].weights.copy()
    predictor = xor.studio.training.predictor
    assert predictor is not None
    predictor.model.parameters.values[...] += 1
    xor.catch_up()
    np.testing.assert_array_equal(_graph(xor).edges[0].weights, before)
    _click(xor, "stop-signal")
    np.testing.assert_allclose(_graph(xor).edges[0].weights, before + 1, rtol=1e-6)


def test_another_network_ends_the_signal(xor: NetworkPanel, qtbot: QtBot) -> None:
    _click(xor, "play-signal")
    xor.studio.document.open(example("circle"))
    assert xor.player.stage is None


def test_another_project_is_shown_after_a_signal_that_came_to_its_end(
    studio: Studio, digits: NetworkPanel, qtbot: QtBot
) -> None:
    digits.player.speed = SPEEDS[-1]
    _click(digits, "play-signal")
    qtbot.waitUntil(lambda: digits.player.is_over, timeout=20_000)
    assert _is_on(digits)
    project = example("xor")
    studio.document.open(project)
    assert not _is_on(digits)
    studio.loader.want(project.dataset, project.seeds.data)
    qtbot.waitUntil(lambda: not studio.loader.is_loading, timeout=20_000)
    assert [layer.total for layer in _graph(digits).layers] == [2, 4, 1]


def test_the_speed_is_chosen_from_slow_to_fast(xor: NetworkPanel) -> None:
    slider = _child(xor, QSlider, "signal-speed")
    slider.setValue(slider.maximum())
    assert xor.player.speed == SPEEDS[-1]
    slider.setValue(0)
    assert xor.player.speed == SPEEDS[0]


@pytest.mark.parametrize("name", list(PROJECTS))
def test_a_signal_goes_through_every_sort_of_network(qtbot: QtBot, studio: Studio, name: str) -> None:
    panel = _open(qtbot, studio, PROJECTS[name]())
    _click(panel, "play-signal")
    _finish(qtbot, panel)
    assert not panel.grab().isNull()
    assert all(layer.activations is not None for layer in _graph(panel).layers)


def test_a_neuron_that_is_pinned_stays_live(xor: NetworkPanel, qtbot: QtBot) -> None:
    widget = _child(xor, GraphWidget, "network-graph")
    QTest.keyClick(widget, Qt.Key.Key_Down)
    QTest.keyClick(widget, Qt.Key.Key_Right)
    QTest.keyClick(widget, Qt.Key.Key_Return)
    assert widget.place == (1, 0)
    assert widget._focus is not None
    predictor = xor.studio.training.predictor
    assert predictor is not None
    predictor.model.parameters.value("dense-1/bias")[0] = 0.625
    xor.catch_up()
    assert widget._focus.bias == 0.625
