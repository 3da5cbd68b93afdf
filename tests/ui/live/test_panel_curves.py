"""The panel Curves follows a run, and its controls do what they say."""

from html import escape

import pytest
from msgspec.structs import replace
from PySide6.QtCore import QEvent
from PySide6.QtWidgets import QApplication, QCheckBox, QLabel, QSlider
from pytestqt.qtbot import QtBot

from neuralstudio.project.document import Project
from neuralstudio.project.examples import example
from neuralstudio.project.playground import setup as playground
from neuralstudio.training.backprop import Backprop
from neuralstudio.ui.figures.curves import CurvesWidget
from neuralstudio.ui.panels.curves import CurvesPanel
from neuralstudio.ui.studio import Studio
from neuralstudio.views._base import Curves


def short_xor(epochs: int = 3) -> Project:
    """The example XOR, trained only for a moment."""
    project = example("xor")
    assert isinstance(project.trainer, Backprop)
    return replace(project, trainer=replace(project.trainer, epochs=epochs))


@pytest.fixture
def panel(studio: Studio, qtbot: QtBot) -> CurvesPanel:
    studio.document.open(short_xor())
    panel = CurvesPanel(studio)
    qtbot.addWidget(panel)
    panel.resize(900, 240)
    return panel


def _figure(panel: CurvesPanel, name: str) -> Curves:
    widget = panel.findChild(CurvesWidget, f"{name}-curves")
    assert widget is not None
    figure = widget.figure
    assert isinstance(figure, Curves)
    return figure


def _train(studio: Studio, qtbot: QtBot) -> None:
    with qtbot.waitSignal(studio.training.finished, timeout=20_000):
        studio.training.train()


def test_before_training_a_sentence_says_what_will_appear(panel: CurvesPanel) -> None:
    panel.show()
    assert "press Train" in _figure(panel, "loss").empty
    assert not any(len(curve.x) for curve in _figure(panel, "loss").curves)


def test_both_plots_get_points_while_the_network_learns(
    panel: CurvesPanel, studio: Studio, qtbot: QtBot
) -> None:
    panel.show()
    _train(studio, qtbot)
    qtbot.waitUntil(lambda: _figure(panel, "loss").curves[-1].x.tolist() == [0, 1, 2, 3])
    qtbot.waitUntil(lambda: _figure(panel, "metric").curves[-1].x.tolist() == [0, 1, 2, 3])
    started = studio.training.started
    assert started is not None
    x = _figure(panel, "metric").curves[0].x
    assert 3 <= len(x) <= 3 * started.steps_per_epoch, "quick steps are told several at a time"
    assert x[-1] == 3
    assert _figure(panel, "metric").percent


def test_a_hidden_panel_does_nothing_and_catches_up_when_it_is_shown(
    panel: CurvesPanel, studio: Studio, qtbot: QtBot
) -> None:
    _train(studio, qtbot)
    assert not any(len(curve.x) for curve in _figure(panel, "loss").curves)
    panel.show()
    assert _figure(panel, "loss").curves[-1].x.tolist() == [0, 1, 2, 3]


def test_reset_empties_the_plots(panel: CurvesPanel, studio: Studio, qtbot: QtBot) -> None:
    panel.show()
    _train(studio, qtbot)
    studio.training.reset()
    qtbot.waitUntil(lambda: not any(len(curve.x) for curve in _figure(panel, "loss").curves))
    qtbot.waitUntil(lambda: not any(len(curve.x) for curve in _figure(panel, "metric").curves))


def test_smoothing_is_applied_at_once_and_remembered(
    panel: CurvesPanel, studio: Studio, qtbot: QtBot
) -> None:
    panel.show()
    _train(studio, qtbot)
    slider = panel.findChild(QSlider, "smoothing")
    assert slider is not None
    slider.setValue(0)
    raw = studio.training.history.steps.rows[:, 1]
    assert _figure(panel, "loss").curves[0].y == pytest.approx(raw)
    slider.setValue(90)
    assert _figure(panel, "loss").curves[0].y != pytest.approx(raw)
    again = CurvesPanel(studio)
    qtbot.addWidget(again)
    assert again.smoothing == 0.9


def test_log_y_is_for_the_loss_alone(panel: CurvesPanel) -> None:
    box = panel.findChild(QCheckBox, "log-y")
    assert box is not None
    box.setChecked(True)
    loss, metric = (panel.findChild(CurvesWidget, f"{name}-curves") for name in ("loss", "metric"))
    assert loss is not None
    assert metric is not None
    assert loss.is_log_y
    assert not metric.is_log_y


def test_a_line_stands_at_the_moment_that_is_replayed(
    panel: CurvesPanel, studio: Studio, qtbot: QtBot
) -> None:
    panel.show()
    _train(studio, qtbot)
    for name in ("loss", "metric"):
        qtbot.waitUntil(lambda name=name: len(_figure(panel, name).curves[-1].x) == 4)  # type: ignore[misc]
    plots = panel.findChildren(CurvesWidget)
    assert len(plots) == 2

    def markers() -> list[float | None]:
        return [plot.marker for plot in plots]

    studio.replay.show(0)
    assert markers() == [0, 0]
    row = studio.training.history.epochs.rows[0]
    read = [chip for plot in plots for chip, _ in plot.legend()]
    assert f"test {row[3]:.4g}" in read
    assert f"test {row[4]:.1%}" in read
    studio.replay.show(studio.replay.moments - 1)
    assert markers() == [3, 3]
    studio.replay.live()
    assert markers() == [None, None]
    assert "test" in dict(plots[0].legend())


def test_kept_runs_lie_over_the_present_one_each_in_its_colour(
    panel: CurvesPanel, studio: Studio, qtbot: QtBot
) -> None:
    panel.show()
    _train(studio, qtbot)
    studio.training.reset()
    _train(studio, qtbot)
    (kept,) = studio.kept.runs
    assert all(curve.name != kept.title for curve in _figure(panel, "loss").curves)
    studio.kept.show(kept.number, True)
    qtbot.waitUntil(lambda: _figure(panel, "loss").curves[-1].name == kept.title)
    qtbot.waitUntil(lambda: _figure(panel, "metric").curves[-1].name == kept.title)
    curve = _figure(panel, "loss").curves[-1]
    assert curve.y.tolist() == kept.history.epochs.rows[:, 3].tolist()
    plot = panel.findChild(CurvesWidget, "loss-curves")
    assert plot is not None
    colours = dict(plot.legend())
    assert kept.title in colours
    assert colours[kept.title] not in (colours["train"], colours["test"])
    studio.kept.remove(kept.number)
    qtbot.waitUntil(lambda: all(curve.name != kept.title for curve in _figure(panel, "loss").curves))


def test_a_run_without_a_foreseeable_end_is_shown_as_far_as_it_came(
    panel: CurvesPanel, studio: Studio, qtbot: QtBot
) -> None:
    studio.document.open(short_xor(epochs=1_000_000))
    panel.show()
    assert _figure(panel, "loss").x_limit is None
    studio.document.open(short_xor(epochs=500))
    qtbot.waitUntil(lambda: _figure(panel, "loss").x_limit == 500)


def test_kept_runs_are_named_and_an_accuracy_is_not_among_errors(
    panel: CurvesPanel, studio: Studio, qtbot: QtBot
) -> None:
    panel.show()
    _train(studio, qtbot)
    studio.training.reset()
    (kept,) = studio.kept.runs
    label = panel.findChild(QLabel, "curves-kept")
    assert label is not None
    assert not label.isVisible()
    studio.kept.show(kept.number, True)
    assert label.isVisible()
    assert escape(kept.title) in label.text()
    project = playground.with_problem(playground.classic(), "regression")
    studio.document.edit("regression", project)
    panel._draw_all()
    assert _figure(panel, "loss").curves[-1].name == kept.title
    assert _figure(panel, "metric").title == "Mean absolute error"
    assert all(curve.name != kept.title for curve in _figure(panel, "metric").curves)


def test_the_crosshair_goes_with_the_pointer(panel: CurvesPanel, studio: Studio, qtbot: QtBot) -> None:
    panel.show()
    _train(studio, qtbot)
    panel._draw_all()
    plot = panel.findChild(CurvesWidget, "loss-curves")
    assert plot is not None
    plot._set_hover(1.0)
    assert plot._crosshair.isVisible()
    QApplication.sendEvent(plot._plot.viewport(), QEvent(QEvent.Type.Leave))
    assert not plot._crosshair.isVisible()
