"""The panel Confusion counts every test sample once, a chunk at a time."""

import pytest
from msgspec.structs import replace
from PySide6.QtCore import QTimer
from pytestqt.qtbot import QtBot

from neuralstudio.data.sets.pen_digits import PenDigits
from neuralstudio.data.sets.xor import Xor
from neuralstudio.project.examples import example
from neuralstudio.ui.figures.bars import BarsWidget
from neuralstudio.ui.figures.heatmap import HeatmapWidget
from neuralstudio.ui.panels import confusion as panel_module
from neuralstudio.ui.panels.confusion import CHUNK, ConfusionPanel
from neuralstudio.ui.studio import Studio
from neuralstudio.views._base import Heatmap


@pytest.fixture
def panel(studio: Studio, qtbot: QtBot) -> ConfusionPanel:
    studio.document.open(replace(example("digits-mlp"), dataset=PenDigits(count=800, test=0.5)))
    panel = ConfusionPanel(studio)
    qtbot.addWidget(panel)
    panel.resize(900, 240)
    return panel


def _matrix(panel: ConfusionPanel) -> Heatmap | None:
    widget = panel.findChild(HeatmapWidget, "confusion-matrix")
    assert widget is not None
    figure = widget.figure
    assert figure is None or isinstance(figure, Heatmap)
    return figure


def _total(panel: ConfusionPanel) -> float:
    figure = _matrix(panel)
    return float(figure.values.sum()) if figure is not None else -1.0


def _load(studio: Studio) -> None:
    studio.loader.want(studio.document.project.dataset, studio.document.project.seeds.data)


def test_without_data_a_sentence_says_when_it_will_appear(panel: ConfusionPanel) -> None:
    panel.show()
    figure = _matrix(panel)
    assert figure is not None
    assert "press Train" in figure.empty


def test_all_test_samples_are_counted_in_chunks(panel: ConfusionPanel, studio: Studio, qtbot: QtBot) -> None:
    assert CHUNK < 400
    panel.show()
    _load(studio)
    qtbot.waitUntil(lambda: _total(panel) == 400, timeout=20_000)
    bars = panel.findChild(BarsWidget, "class-accuracy")
    assert bars is not None
    assert bars.isVisible()


def test_the_diagonal_agrees_with_the_accuracy_of_the_run(
    panel: ConfusionPanel, studio: Studio, qtbot: QtBot
) -> None:
    panel.show()
    with qtbot.waitSignal(studio.training.finished, timeout=30_000):
        studio.training.train()
    outcome = studio.training.outcome
    assert outcome is not None

    def is_final() -> bool:
        figure = _matrix(panel)
        right = figure.values.trace() if figure is not None and figure.values.size else -1
        return bool(right == round(outcome.test_metric * 400))

    qtbot.waitUntil(is_final)


def test_new_weights_of_a_run_that_stands_still_are_counted(
    panel: ConfusionPanel, studio: Studio, qtbot: QtBot
) -> None:
    panel.show()
    _load(studio)
    qtbot.waitUntil(lambda: _total(panel) == 400, timeout=20_000)
    predictor = studio.training.predictor
    assert predictor is not None
    predictor.model.parameters.value("dense-2/bias")[4] = 1000
    studio.training.weights_changed.emit()

    def all_are_fours() -> bool:
        figure = _matrix(panel)
        return figure is not None and figure.values.size > 0 and figure.values[:, 4].sum() == 400

    qtbot.waitUntil(all_are_fours)


def test_a_hidden_panel_counts_nothing_until_it_is_shown(
    panel: ConfusionPanel, studio: Studio, qtbot: QtBot
) -> None:
    with qtbot.waitSignal(studio.loader.changed):
        _load(studio)
    qtbot.waitUntil(lambda: studio.loader.data is not None, timeout=20_000)
    assert _matrix(panel) is None
    panel.show()
    qtbot.waitUntil(lambda: _total(panel) == 400)


def test_data_of_another_set_are_not_counted(panel: ConfusionPanel, studio: Studio, qtbot: QtBot) -> None:
    panel.show()
    _load(studio)
    qtbot.waitUntil(lambda: _total(panel) == 400, timeout=20_000)
    studio.document.edit_dataset("choose XOR", Xor())
    assert _total(panel) == 0


def test_of_a_costly_network_a_part_is_shown_first_and_all_in_the_end(
    panel: ConfusionPanel, studio: Studio, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    predictor = studio.training.predictor
    assert predictor is not None
    monkeypatch.setattr(panel_module, "_WHOLE_BUDGET", 120 * predictor.model.cost.flops)
    titles: list[str] = []
    widget = panel.findChild(HeatmapWidget, "confusion-matrix")
    assert widget is not None
    monkeypatch.setattr(widget, "show_figure", lambda figure: titles.append(figure.title))
    panel.show()
    _load(studio)
    qtbot.waitUntil(lambda: " of 400 right" in titles[-1], timeout=20_000)
    assert " of 120 right" in titles[-2]
    assert titles[-2].endswith("a sample of 400")
    assert "sample" not in titles[-1]


def test_while_it_trains_only_a_part_is_counted(
    panel: ConfusionPanel, studio: Studio, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    predictor = studio.training.predictor
    assert predictor is not None
    monkeypatch.setattr(panel_module, "_WHOLE_BUDGET", 120 * predictor.model.cost.flops)
    monkeypatch.setattr(type(studio.training), "state", "running")
    panel.show()
    _load(studio)
    qtbot.waitUntil(lambda: _total(panel) == 120, timeout=20_000)
    qtbot.waitUntil(lambda: not any(timer.isActive() for timer in panel.findChildren(QTimer)))
    assert _total(panel) == 120
