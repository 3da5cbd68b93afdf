"""Every panel copes with every sort of network and data: it shows them or says why it cannot."""

import pytest
from PySide6.QtWidgets import QLabel, QToolButton, QWidget
from pytestqt.qtbot import QtBot

from neuralstudio.data.sets.text import Text
from neuralstudio.schema.assets import asset
from neuralstudio.ui.panels.build import BuildPanel
from neuralstudio.ui.panels.confusion import ConfusionPanel
from neuralstudio.ui.panels.curves import CurvesPanel
from neuralstudio.ui.panels.data import DataPanel
from neuralstudio.ui.panels.draw import DrawPanel
from neuralstudio.ui.panels.inspector import InspectorPanel
from neuralstudio.ui.panels.log import LogPanel
from neuralstudio.ui.panels.map import MapPanel
from neuralstudio.ui.panels.network import NetworkPanel
from neuralstudio.ui.panels.registry import panel_types
from neuralstudio.ui.samples import first_words
from neuralstudio.ui.studio import Studio
from neuralstudio.views._base import Curves, Graph, Heatmap
from tests.ui.live.projects import PROJECTS


def trained(qtbot: QtBot, studio: Studio, name: str) -> dict[type[QWidget], QWidget]:
    """All panels, shown, with the project trained."""
    panels: dict[type[QWidget], QWidget] = {}
    for kind in panel_types():
        panel = kind(studio)
        panel.resize(500, 320)
        qtbot.addWidget(panel)
        panel.show()
        panels[kind] = panel
    studio.document.open(PROJECTS[name]())
    assert not studio.document.report.problems
    with qtbot.waitSignal(studio.training.finished, timeout=30_000):
        studio.training.train()
    return panels


def figure(panel: QWidget, name: str) -> object:
    widget = panel.findChild(QWidget, name)
    assert widget is not None
    return widget.figure  # type: ignore[attr-defined]


@pytest.mark.parametrize("name", list(PROJECTS))
def test_every_panel_paints_every_project_before_and_after_training(
    qtbot: QtBot, studio: Studio, name: str
) -> None:
    panels = trained(qtbot, studio, name)
    assert studio.training.outcome is not None
    for node in studio.document.network:
        studio.document.select(node.id)
        assert all(not panel.grab().isNull() for panel in panels.values())
    studio.training.reset()
    assert all(not panel.grab().isNull() for panel in panels.values())
    graph = figure(panels[NetworkPanel], "network-graph")
    assert isinstance(graph, Graph)
    assert all(len(edges.weights) or edges.is_band for edges in graph.edges if edges.is_weighted)
    assert len(graph.edges) >= 2


def test_text_is_shown_as_text_and_other_panels_say_what_they_need(qtbot: QtBot, studio: Studio) -> None:
    panels = trained(qtbot, studio, "lstm")
    build, draw, answer_map = panels[BuildPanel], panels[DrawPanel], panels[MapPanel]
    assert isinstance(build, BuildPanel)
    assert isinstance(draw, DrawPanel)
    assert isinstance(answer_map, MapPanel)
    qtbot.waitUntil(lambda: build.card("data").content.picture is not None)
    assert not draw.suits()
    sentence = draw.findChild(QLabel, "draw-empty")
    assert sentence is not None
    assert "reads text cannot be tried out" in sentence.text()
    assert not answer_map.suits()
    assert "two inputs" in figure(answer_map, "answer-map").empty  # type: ignore[attr-defined]
    data = panels[DataPanel].findChild(QLabel, "data-counts")
    assert data is not None
    assert "8 characters in a row" in data.text()
    qtbot.waitUntil(lambda: bool(figure(panels[ConfusionPanel], "confusion-matrix").values.size))  # type: ignore[attr-defined]
    matrix = figure(panels[ConfusionPanel], "confusion-matrix")
    assert isinstance(matrix, Heatmap)
    assert matrix.values.sum() == 20 * 8, "each step of each test sequence counts"


def test_a_text_of_two_characters_is_no_point_of_the_plane(qtbot: QtBot, studio: Studio) -> None:
    panel = MapPanel(studio)
    qtbot.addWidget(panel)
    studio.document.edit_dataset("choose Text", Text(length=2))
    assert not panel.suits()


def test_a_penalty_and_the_end_of_a_run_are_told(qtbot: QtBot, studio: Studio) -> None:
    panels = trained(qtbot, studio, "penalised")
    log = panels[LogPanel]
    assert isinstance(log, LogPanel)
    lines = log.lines()
    assert any("loss" in line and " + penalty " in line for line in lines), lines
    assert any("Target reached: " in line for line in lines), lines
    curves = panels[CurvesPanel]
    assert isinstance(curves, CurvesPanel)
    curves.catch_up()
    loss = figure(curves, "loss-curves")
    assert isinstance(loss, Curves)
    assert [curve.name for curve in loss.curves if curve.dashed] == ["with penalty"]
    build = panels[BuildPanel]
    assert isinstance(build, BuildPanel)
    frozen, penalised = build.card("dense-2").content, build.card("dense-1").content
    assert frozen.is_frozen
    assert "frozen" in frozen.spoken
    assert not penalised.is_frozen
    assert "L2 penalty 0.1" in penalised.spoken
    inspector = panels[InspectorPanel]
    studio.document.select("dense-2")
    freeze = inspector.findChild(QToolButton, "inspector-freeze")
    assert freeze is not None
    assert (freeze.text(), freeze.isChecked()) == ("Frozen", True)


@pytest.mark.parametrize("length", [5, 64])
def test_a_text_reads_on_over_overlapping_samples(length: int) -> None:
    dataset = Text(length=length)
    data = dataset.load(1)
    whole = asset("texts", "harbour.txt").read_text(encoding="utf-8").strip("\n")
    shown = first_words(data.train, data.signature.classes, 150)
    assert whole.startswith(shown)
    assert len(shown) > 140
