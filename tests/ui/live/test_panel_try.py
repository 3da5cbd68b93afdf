"""The panel Try: numbers in, a number out, at any time; and every other panel copes with such data."""

import numpy as np
import pytest
from msgspec.structs import replace
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QCheckBox, QLabel, QPushButton, QWidget
from pytestqt.qtbot import QtBot

from neuralstudio.data.sets.apartments import COLUMNS, PRICE, worth
from neuralstudio.network.spec import NetworkSpec
from neuralstudio.project.document import Project
from neuralstudio.project.examples import example
from neuralstudio.schema.fields import replaced
from neuralstudio.ui.canvas.thumbnails import thumbnails
from neuralstudio.ui.forms.numbers import NumberBox
from neuralstudio.ui.panels.registry import panel_types
from neuralstudio.ui.panels.trying import TryPanel
from neuralstudio.ui.studio import Studio
from neuralstudio.views._base import Curves, Heatmap

REGRESSIONS = {"apartments": 300, "curve": 100, "sine-rnn": 200, "autoencoder": 120}


def small(name: str, epochs: int = 2) -> Project:
    """An example on fewer samples."""
    project = example(name)
    dataset = replaced(project.dataset, count=REGRESSIONS[name])
    return replace(project, dataset=dataset, trainer=replaced(project.trainer, epochs=epochs))


def opened(qtbot: QtBot, studio: Studio, name: str) -> TryPanel:
    """The panel in view, the example's data loaded."""
    panel = TryPanel(studio)
    qtbot.addWidget(panel)
    panel.resize(290, 280)
    panel.show()
    project = small(name)
    studio.document.open(project)
    studio.loader.want(project.dataset, project.seeds.data)
    qtbot.waitUntil(lambda: studio.loader.data is not None, timeout=10_000)
    return panel


def train(qtbot: QtBot, studio: Studio) -> None:
    with qtbot.waitSignal(studio.training.finished, timeout=30_000):
        studio.training.train()


def text(panel: QWidget, name: str) -> str:
    label = panel.findChild(QLabel, name)
    assert label is not None, name
    return "" if label.isHidden() else label.text()


def figure(panel: QWidget, name: str) -> object:
    widget = panel.findChild(QWidget, name)
    assert widget is not None, name
    return widget.figure  # type: ignore[attr-defined]


def box(panel: QWidget, name: str) -> NumberBox:
    found = panel.findChild(NumberBox, name)
    assert found is not None, name
    return found


def enter(control: NumberBox, value: str) -> None:
    control.setFocus()
    control.selectAll()
    QTest.keyClicks(control, value)
    QTest.keyClick(control, Qt.Key.Key_Return)


# ── apartments ───────────────────────────────────────────────────────────────────────────────────────


def test_an_apartment_is_typed_and_gets_a_price_beside_the_true_one(qtbot: QtBot, studio: Studio) -> None:
    panel = opened(qtbot, studio, "apartments")
    enter(box(panel, "trial-area"), "100")
    enter(box(panel, "trial-to-the-centre"), "2.5")
    lift = panel.findChild(QCheckBox, "trial-lift")
    assert lift is not None
    lift.click()
    row = np.array([[100, 3, 4, 0, 1, 2.5, 1970]], dtype=np.float64)
    assert f"{worth(row)[0]:,.0f} thousand €" in text(panel, "trial-remark")
    inputs = np.stack([column.scaled(row[:, i]) for i, column in enumerate(COLUMNS)], axis=1)
    predictor = studio.training.predictor
    assert predictor is not None
    said = PRICE.real(predictor.model.predict(inputs)[0, 0])
    assert text(panel, "trial-answer") == f"{said:,.0f} thousand €"


def test_the_price_follows_the_weights_and_what_was_typed_stays(qtbot: QtBot, studio: Studio) -> None:
    panel = opened(qtbot, studio, "apartments")
    enter(box(panel, "trial-area"), "120")
    before = text(panel, "trial-answer")
    assert "off on average" not in text(panel, "trial-remark")
    train(qtbot, studio)
    qtbot.waitUntil(lambda: text(panel, "trial-answer") != before)
    qtbot.waitUntil(lambda: "off on average" in text(panel, "trial-remark"))
    assert box(panel, "trial-area").value == 120


@pytest.mark.parametrize("typed", ["900", "-1", "many"])
def test_what_is_no_apartment_is_refused_in_a_sentence(qtbot: QtBot, studio: Studio, typed: str) -> None:
    panel = opened(qtbot, studio, "apartments")
    before = text(panel, "trial-answer")
    area = box(panel, "trial-area")
    enter(area, typed)
    assert text(panel, "trial-refusal") == f"Area: expected a number from 25 to 160. Received: {typed}"
    assert area.property("wrong")
    assert text(panel, "trial-answer") == before
    enter(area, "90")
    assert text(panel, "trial-refusal") == ""
    assert not area.property("wrong")
    assert text(panel, "trial-answer") != before


def test_fields_have_the_units_and_ranges_of_the_columns(qtbot: QtBot, studio: Studio) -> None:
    panel = opened(qtbot, studio, "apartments")
    assert box(panel, "trial-area").lineEdit().text() == "80 m²"
    assert box(panel, "trial-to-the-centre").lineEdit().text() == "7 km"
    year = box(panel, "trial-year-built")
    year.stepBy(100)
    assert year.value == 2025
    assert panel.findChildren(QCheckBox), "what is there or not is a switch"


# ── curves, waves, images ────────────────────────────────────────────────────────────────────────────


def test_a_curve_is_drawn_over_the_test_points_and_the_true_one(qtbot: QtBot, studio: Studio) -> None:
    panel = opened(qtbot, studio, "curve")
    qtbot.waitUntil(lambda: len(figure(panel, "trial-curve").curves) == 3)  # type: ignore[attr-defined]
    before = figure(panel, "trial-curve")
    assert isinstance(before, Curves)
    network, truth, points = before.curves
    assert (len(points.x), points.is_cloud) == (50, True)
    assert truth.y.max() <= 1
    train(qtbot, studio)
    qtbot.waitUntil(lambda: not np.array_equal(figure(panel, "trial-curve").curves[0].y, network.y))  # type: ignore[attr-defined]
    assert not panel.grab().isNull()


def test_a_wave_is_told_value_by_value_or_alone(qtbot: QtBot, studio: Studio) -> None:
    panel = opened(qtbot, studio, "sine-rnn")
    train(qtbot, studio)
    told = figure(panel, "trial-series")
    assert isinstance(told, Curves)
    data = studio.loader.data
    assert data is not None
    np.testing.assert_allclose(told.curves[1].y, data.test.targets[:200, 0])
    alone = panel.findChild(QCheckBox, "trial-alone")
    assert alone is not None
    alone.click()
    free = figure(panel, "trial-series")
    assert isinstance(free, Curves)
    predictor = studio.training.predictor
    assert predictor is not None
    beforehand = predictor.model.predict(data.test.scaled())[:, 0]
    own = free.curves[0].y
    assert own[0] == pytest.approx(beforehand[0], abs=1e-5), "it begins with the same window"
    assert not np.allclose(own[1:8], beforehand[1:8], atol=1e-6), "and then reads its own words"
    window = np.append(data.test.inputs[0, 1:, 0], np.float32(own[0])).reshape(1, -1, 1)
    assert own[1] == pytest.approx(predictor.model.predict(window)[0, 0], abs=1e-5)


def test_an_autoencoder_shows_images_and_what_comes_out(qtbot: QtBot, studio: Studio) -> None:
    panel = opened(qtbot, studio, "autoencoder")
    qtbot.waitUntil(lambda: figure(panel, "trial-images").values.size > 0)  # type: ignore[attr-defined]
    first = figure(panel, "trial-images")
    assert isinstance(first, Heatmap)
    data = studio.loader.data
    assert data is not None
    np.testing.assert_allclose(first.values[:28, :28], data.test.scaled(slice(0, 1))[0])
    others = panel.findChild(QPushButton, "trial-others")
    assert others is not None
    others.click()
    assert not np.array_equal(figure(panel, "trial-images").values[:28], first.values[:28])  # type: ignore[attr-defined]
    for _ in range(20):
        others.click()
    assert not panel.grab().isNull(), "it goes round"


# ── what cannot be tried, and the other panels ───────────────────────────────────────────────────────


def test_try_suits_numbers_and_says_where_to_look_for_classes(qtbot: QtBot, studio: Studio) -> None:
    panel = opened(qtbot, studio, "curve")
    assert panel.suits()
    studio.document.open(example("xor"))
    assert not panel.suits()
    assert "see Draw, Map and Confusion" in text(panel, "try-empty")


def test_a_network_with_a_problem_is_named(qtbot: QtBot, studio: Studio) -> None:
    panel = opened(qtbot, studio, "apartments")
    studio.document.edit_network("clear", NetworkSpec())
    assert "There are no layers yet" in text(panel, "try-empty")
    studio.document.undo_stack.undo()
    assert text(panel, "try-empty") == "" or panel.findChild(QLabel, "trial-answer").isVisible()  # type: ignore[union-attr]


@pytest.mark.parametrize("name", REGRESSIONS)
def test_every_panel_paints_a_regression_before_and_after_training(
    qtbot: QtBot, studio: Studio, name: str
) -> None:
    panels = []
    for kind in panel_types():
        panel = kind(studio)
        panel.resize(500, 320)
        qtbot.addWidget(panel)
        panel.show()
        panels.append(panel)
    studio.document.open(small(name))
    assert not studio.document.report.problems
    assert [panel.tag for panel in panels if panel.area == "bottom-right" and panel.suits()] == ["try"]
    train(qtbot, studio)
    for node in studio.document.network:
        studio.document.select(node.id)
        assert all(not panel.grab().isNull() for panel in panels)
    studio.training.reset()
    assert all(not panel.grab().isNull() for panel in panels)
    data = studio.loader.data
    assert data is not None
    picture = thumbnails(data, studio.theme.theme, 14.0, 1.0)
    assert picture is not None
    image = picture.toImage()
    assert len({image.pixel(x, y) for x in range(image.width()) for y in range(image.height())}) > 4
