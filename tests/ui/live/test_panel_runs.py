"""The panel Runs: what was left is listed, compared, renamed, opened again and removed."""

from collections.abc import Callable

import pytest
from msgspec.structs import replace
from PySide6.QtCore import Qt
from PySide6.QtGui import QKeyEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QLabel, QLineEdit, QPushButton
from pytestqt.qtbot import QtBot

from neuralstudio.network.edits import set_fields
from neuralstudio.project.document import Project
from neuralstudio.project.examples import example
from neuralstudio.training.backprop import Backprop
from neuralstudio.ui.figures.curves import CurvesWidget
from neuralstudio.ui.panels.curves import CurvesPanel
from neuralstudio.ui.panels.runs import RunsPanel
from neuralstudio.ui.playground.loss_curve import LossCurve
from neuralstudio.ui.playground.losses import Losses
from neuralstudio.ui.studio import Studio
from neuralstudio.views._base import Table
from tests.ui.window.runs import bits

SECONDS = 20_000
Train = Callable[[], None]


@pytest.fixture
def panel(studio: Studio, qtbot: QtBot) -> RunsPanel:
    project = example("xor")
    assert isinstance(project.trainer, Backprop)
    studio.document.open(replace(project, trainer=replace(project.trainer, epochs=3)))
    panel = RunsPanel(studio)
    qtbot.addWidget(panel)
    panel.resize(900, 260)
    panel.show()
    return panel


@pytest.fixture
def train(studio: Studio, qtbot: QtBot) -> Train:
    def to_the_end() -> None:
        with qtbot.waitSignal(studio.training.finished, timeout=SECONDS):
            studio.training.train()

    return to_the_end


def set_rate(studio: Studio, rate: float) -> None:
    trainer = studio.document.project.trainer
    assert isinstance(trainer, Backprop)
    optimiser = replace(trainer.optimiser, learning_rate=rate)
    studio.document.edit_trainer("change learning rate", replace(trainer, optimiser=optimiser))


def set_units(studio: Studio, units: int) -> None:
    studio.document.edit_network("units", set_fields(studio.document.network, "dense-1", units=units))


def button(panel: RunsPanel, name: str) -> QPushButton:
    found = panel.findChild(QPushButton, name)
    assert found is not None
    return found


def press(panel: RunsPanel, name: str) -> None:
    assert button(panel, name).isEnabled()
    QTest.mouseClick(button(panel, name), Qt.MouseButton.LeftButton)


def text(panel: RunsPanel, name: str) -> str:
    label = panel.findChild(QLabel, name)
    assert label is not None
    return label.text() if label.isVisible() else ""


def titles(panel: RunsPanel) -> list[str]:
    return [panel.rows.index(row, 0).data() for row in range(panel.rows.rowCount())]


def difference(panel: RunsPanel) -> Table:
    figure = panel.table.figure
    assert isinstance(figure, Table)
    return figure


def two_runs(studio: Studio, train: Train) -> None:
    """One at rate 0.03, then one at 0.3, both reset."""
    train()
    studio.training.reset()
    set_rate(studio, 0.3)
    train()
    studio.training.reset()


def weights(studio: Studio) -> dict[str, bytes]:
    saved = studio.training.saved_run()
    assert saved is not None
    return bits(saved.weights)


# ── how runs get here ────────────────────────────────────────────────────────────────────────────────


def test_without_runs_a_sentence_says_how_they_get_here(panel: RunsPanel) -> None:
    assert "Each run is kept when you reset it" in text(panel, "runs-empty")
    assert not panel.list.isVisible()
    assert not any(button(panel, f"runs-{name}").isEnabled() for name in ("keep", "open", "remove"))


def test_a_run_that_is_reset_is_listed_with_its_figures(
    panel: RunsPanel, studio: Studio, train: Train
) -> None:
    train()
    last = studio.training.last_epoch
    assert last is not None
    studio.training.reset()
    assert panel.list.isVisible()
    assert text(panel, "runs-empty") == ""
    row = [panel.rows.index(0, column).data() for column in range(panel.rows.columnCount())]
    assert row[:2] == ["4 tanh, rate 0.03", "3"]
    assert row[2:4] == [f"{last.train_loss:.3g}", f"{last.test_loss:.3g}"]
    assert row[4] == f"{last.test_metric:.1%}"
    assert row[5]
    heads = [panel.rows.headerData(at, Qt.Orientation.Horizontal) for at in range(6)]
    assert heads == ["Run", "Epochs", "Train loss", "Test loss", "Accuracy", "Time"]


def test_the_present_run_is_kept_by_a_button_once(panel: RunsPanel, train: Train) -> None:
    train()
    press(panel, "runs-keep")
    assert len(titles(panel)) == 1
    press(panel, "runs-keep")
    assert len(titles(panel)) == 1
    assert text(panel, "runs-told") == "This run is kept already."


# ── comparing ────────────────────────────────────────────────────────────────────────────────────────


def test_ticked_runs_lie_over_the_curves_and_their_settings_stand_in_a_table(
    panel: RunsPanel, studio: Studio, train: Train, qtbot: QtBot
) -> None:
    curves = CurvesPanel(studio)
    qtbot.addWidget(curves)
    curves.show()
    two_runs(studio, train)
    set_units(studio, 6)
    assert titles(panel) == ["4 tanh, rate 0.3", "4 tanh, rate 0.03"]
    assert "Choose or tick runs" in text(panel, "runs-sentence")
    panel.list.setFocus()
    for row in (0, 1):
        panel.list.setCurrentIndex(panel.rows.index(row, 2))
        QTest.keyClick(panel.list, Qt.Key.Key_Space)
    assert [run.is_shown for run in studio.kept.runs] == [True, True]
    plot = curves.findChild(CurvesWidget, "loss-curves")
    assert plot is not None
    qtbot.waitUntil(lambda: {"4 tanh, rate 0.3", "4 tanh, rate 0.03"} <= set(dict(plot.legend())))
    figure = difference(panel)
    assert figure.columns == ("Setting", "Now", "4 tanh, rate 0.03", "4 tanh, rate 0.3")
    assert ("Dense 1 · Units", "6", "4", "4") in figure.rows
    assert ("Optimiser · Learning rate", "0.3", "0.03", "0.3") in figure.rows
    assert len(figure.rows) == 2
    QTest.keyClick(panel.list, Qt.Key.Key_Space)
    assert [run.is_shown for run in studio.kept.runs] == [False, True]
    assert difference(panel).columns[2:] == ("4 tanh, rate 0.3",)


def test_without_ticks_the_chosen_run_is_compared_with_now(
    panel: RunsPanel, studio: Studio, train: Train
) -> None:
    two_runs(studio, train)
    panel.list.selectRow(1)
    assert difference(panel).rows == (("Optimiser · Learning rate", "0.3", "0.03"),)
    panel.list.selectRow(0)
    assert text(panel, "runs-sentence") == "The settings are the same as now."
    assert not panel.table.isVisible()


def test_each_run_has_the_colour_of_its_curve(panel: RunsPanel, studio: Studio, train: Train) -> None:
    two_runs(studio, train)
    swatches = [
        panel.rows.index(row, 0).data(Qt.ItemDataRole.DecorationRole).pixmap(12, 12).toImage()
        for row in range(2)
    ]
    first, second = (swatch.pixelColor(swatch.rect().center()) for swatch in swatches)
    assert first != second


# ── the list ─────────────────────────────────────────────────────────────────────────────────────────


def test_a_title_is_changed_by_typing(panel: RunsPanel, studio: Studio, train: Train, qtbot: QtBot) -> None:
    train()
    studio.training.reset()
    panel.list.selectRow(0)
    panel.list.setFocus()
    QTest.keyClick(panel.list, Qt.Key.Key_F2)
    editor = panel.list.findChild(QLineEdit)
    assert editor is not None
    editor.selectAll()
    QTest.keyClicks(editor, "slow but sure")
    QTest.keyClick(editor, Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: titles(panel) == ["slow but sure"])
    assert studio.kept.runs[0].title == "slow but sure"


def test_a_run_is_removed_and_the_next_one_is_chosen(panel: RunsPanel, studio: Studio, train: Train) -> None:
    two_runs(studio, train)
    panel.list.selectRow(0)
    panel.list.setFocus()
    QTest.keyClick(panel.list, Qt.Key.Key_Delete)
    assert titles(panel) == ["4 tanh, rate 0.03"]
    press(panel, "runs-remove")
    assert titles(panel) == []
    assert not studio.kept.runs
    assert panel.chosen is None
    assert "Each run is kept" in text(panel, "runs-empty")


def test_keys_of_the_list_do_not_start_the_training(panel: RunsPanel, studio: Studio, train: Train) -> None:
    train()
    studio.training.reset()
    panel.list.selectRow(0)
    for key, is_ours in ((Qt.Key.Key_Space, True), (Qt.Key.Key_Delete, True), (Qt.Key.Key_S, False)):
        event = QKeyEvent(QKeyEvent.Type.ShortcutOverride, key, Qt.KeyboardModifier.NoModifier)
        event.ignore()
        QApplication.sendEvent(panel.list, event)
        assert event.isAccepted() is is_ours


# ── opening a run again ──────────────────────────────────────────────────────────────────────────────


def test_an_opened_run_brings_back_settings_weights_and_curves_and_undo_takes_it_back(
    panel: RunsPanel, studio: Studio, train: Train
) -> None:
    train()
    first, project = weights(studio), studio.document.project
    set_units(studio, 6)
    train()
    second, present = weights(studio), studio.document.project
    panel.list.selectRow(0)
    press(panel, "runs-open")
    assert studio.document.project == project
    assert weights(studio) == first
    assert studio.training.position.epoch == 3
    assert len(studio.training.history.epochs) == 4
    assert "is the present run now" in text(panel, "runs-told")
    assert [run.project for run in studio.kept.runs] == [project, present], "the run that was left is kept"
    studio.document.undo_stack.undo()
    assert studio.document.project == present
    assert weights(studio) == second


def test_a_run_at_another_rate_is_opened_and_the_present_one_is_kept_under_its_own(
    panel: RunsPanel, studio: Studio, train: Train
) -> None:
    train()
    first = weights(studio)
    studio.training.reset()
    set_rate(studio, 0.3)
    train()
    panel.list.selectRow(0)
    panel.list.setFocus()
    QTest.keyClick(panel.list, Qt.Key.Key_Return)
    assert weights(studio) == first
    assert titles(panel) == ["4 tanh, rate 0.3", "4 tanh, rate 0.03"]
    rates = [_rate(run.project) for run in studio.kept.runs]
    assert rates == [0.03, 0.3]
    assert _rate(studio.document.project) == 0.03
    studio.document.undo_stack.undo()
    assert _rate(studio.document.project) == 0.3


def test_a_run_is_opened_while_another_is_on(
    panel: RunsPanel, studio: Studio, train: Train, qtbot: QtBot
) -> None:
    train()
    first = weights(studio)
    studio.training.reset()
    set_units(studio, 6)
    studio.document.edit_trainer("epochs", replace(studio.document.project.trainer, epochs=10**6))
    studio.training.train()
    qtbot.waitUntil(lambda: studio.training.position.epoch > 2, timeout=SECONDS)
    panel.list.selectRow(0)
    press(panel, "runs-open")
    assert studio.training.state == "idle"
    assert weights(studio) == first
    assert len(studio.kept.runs) == 2


def _rate(project: Project) -> float:
    assert isinstance(project.trainer, Backprop)
    return project.trainer.optimiser.learning_rate


def test_ticked_runs_lie_in_the_playground_too_with_their_titles(
    panel: RunsPanel, studio: Studio, train: Train, qtbot: QtBot
) -> None:
    losses = Losses(studio)
    qtbot.addWidget(losses)
    losses.resize(300, 180)
    losses.show()
    two_runs(studio, train)
    train()
    losses.refresh()
    names, curve = losses.findChild(QLabel, "playground-kept"), losses.findChild(LossCurve)
    assert names is not None
    assert curve is not None
    assert not names.isVisible()
    before = curve.grab().toImage()
    studio.kept.rename(studio.kept.runs[0].number, "a < b")
    studio.kept.show(studio.kept.runs[0].number, True)
    assert names.isVisible()
    assert "a&nbsp;&lt;&nbsp;b" in names.text()
    assert curve.grab().toImage() != before
