"""The panel Sweep: every combination is trained beside the window, shown, and can be used."""

import pytest
from msgspec.structs import replace
from PySide6.QtCore import QEvent, QPoint, Qt
from PySide6.QtGui import QGuiApplication, QHelpEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QComboBox, QLabel, QLineEdit, QPushButton
from pytestqt.qtbot import QtBot

from neuralstudio.data.sets.function import Function
from neuralstudio.engine.activations import Linear, ReLU, Tanh
from neuralstudio.engine.losses import MeanSquaredError
from neuralstudio.engine.optimisers import Adam
from neuralstudio.layers.dense import Dense
from neuralstudio.network.edits import remove
from neuralstudio.network.spec import stack
from neuralstudio.project.document import Project
from neuralstudio.project.examples import example
from neuralstudio.schema.fields import replaced
from neuralstudio.training.backprop import Backprop
from neuralstudio.ui.panels.sweep import SweepPanel
from neuralstudio.ui.studio import Studio
from neuralstudio.views._base import Table
from neuralstudio.views.sweep import best
from tests.ui.live.projects import DIGITS

SECONDS = 20_000


@pytest.fixture
def panel(studio: Studio, qtbot: QtBot) -> SweepPanel:
    studio.document.open(example("xor"))
    panel = SweepPanel(studio)
    qtbot.addWidget(panel, before_close_func=lambda panel: panel.sweeping.finish())
    panel.resize(1000, 700)
    panel.show()
    return panel


def type_values(panel: SweepPanel, name: str, text: str) -> None:
    line = panel.findChild(QLineEdit, f"sweep-{name}-values")
    assert line is not None
    line.selectAll()
    QTest.keyClicks(line, text)
    QTest.keyClick(line, Qt.Key.Key_Return)


def ask(panel: SweepPanel, rates: str, activations: str = "Tanh, ReLU", epochs: int = 3) -> None:
    panel.down.choose("optimiser/learning_rate")
    panel.across.choose("activation")
    type_values(panel, "down", rates)
    type_values(panel, "across", activations)
    panel.epochs.setValue(epochs)


def press(panel: SweepPanel, name: str) -> None:
    button = panel.findChild(QPushButton, name)
    assert button is not None
    assert button.isEnabled()
    QTest.mouseClick(button, Qt.MouseButton.LeftButton)


def finish(panel: SweepPanel, qtbot: QtBot) -> None:
    press(panel, "sweep-start")
    assert panel.sweeping.is_running
    qtbot.waitUntil(lambda: not panel.sweeping.is_running, timeout=SECONDS)


def text(panel: SweepPanel, name: str) -> str:
    label = panel.findChild(QLabel, name)
    assert label is not None
    return label.text()


def click(panel: SweepPanel, row: int, column: int) -> None:
    where = panel.grid.cell_area((row, column)).center().toPoint()
    QTest.mouseClick(panel.grid, Qt.MouseButton.LeftButton, pos=where)


def rate_of(studio: Studio) -> float:
    trainer = studio.document.project.trainer
    assert isinstance(trainer, Backprop)
    return trainer.optimiser.learning_rate


# ── a sweep ──────────────────────────────────────────────────────────────────────────────────────────


def test_two_rates_and_two_activations_fill_four_cells_and_the_best_is_marked(
    panel: SweepPanel, qtbot: QtBot
) -> None:
    assert "press Start" in panel.grid.figure.empty  # type: ignore[union-attr]
    ask(panel, "0.03, 10", epochs=20)
    assert text(panel, "sweep-count") == "2 × 2 = 4 runs"
    finish(panel, qtbot)
    cells = panel.sweeping.cells
    assert set(cells) == {(0, 0), (0, 1), (1, 0), (1, 1)}
    assert all(cell.answers is not None or cell.problem for cell in cells.values())
    assert min(cells[1, 0].test_loss, cells[1, 1].test_loss) > max(
        cells[0, 0].test_loss, cells[0, 1].test_loss
    )
    figure = panel.grid.figure
    assert isinstance(figure, Table)
    assert figure.columns[:2] == ("Learning rate", "Activation of hidden layers")
    assert [row[:2] for row in figure.rows] == [
        ("0.03", "Tanh"),
        ("0.03", "ReLU"),
        ("10", "Tanh"),
        ("10", "ReLU"),
    ]
    (marked,) = (row[:2] for row in figure.rows if row[-1] == "best")
    winner = best(cells.values())
    assert winner is not None
    assert marked == figure.rows[2 * winner[0] + winner[1]][:2]
    assert text(panel, "sweep-left") == "All 4 runs are done"
    assert not panel.grid.grab().isNull()


def test_a_run_that_diverges_says_so_in_words(panel: SweepPanel, studio: Studio, qtbot: QtBot) -> None:
    project = example("curve")
    studio.document.open(project)
    panel.down.choose("optimiser")
    panel.across.choose("optimiser/learning_rate")
    type_values(panel, "down", "SGD, Adam")
    type_values(panel, "across", "0.001, 10")
    panel.epochs.setValue(10)
    finish(panel, qtbot)
    cell = panel.sweeping.cells[0, 1]
    assert "grew beyond all bounds" in cell.problem
    click(panel, 0, 1)
    words = text(panel, "sweep-cell")
    assert words.startswith("Optimiser: SGD\nLearning rate: 10\nDiverged: In step ")
    assert best(panel.sweeping.cells.values()) != (0, 1)
    assert not panel.grid.grab().isNull()


def test_a_combination_that_cannot_be_says_why(panel: SweepPanel, qtbot: QtBot, studio: Studio) -> None:
    panel.down.choose("hidden-layers")
    panel.across.choose("dense-1/units")
    type_values(panel, "down", "0, 1")
    type_values(panel, "across", "2")
    panel.epochs.setValue(1)
    finish(panel, qtbot)
    assert panel.sweeping.cells[0, 0].problem
    assert not panel.sweeping.cells[1, 0].problem
    click(panel, 0, 0)
    assert "Not possible: " in text(panel, "sweep-cell")
    assert not panel.findChild(QPushButton, "sweep-use").isEnabled()  # type: ignore[union-attr]
    before = studio.document.project
    QTest.keyClick(panel.grid, Qt.Key.Key_Return)
    assert studio.document.project == before


def test_other_networks_are_shown_as_numbers(panel: SweepPanel, studio: Studio, qtbot: QtBot) -> None:
    project = example("digits-mlp")
    studio.document.open(replace(project, dataset=DIGITS))
    ask(panel, "0.001, 0.01", "ReLU", epochs=1)
    finish(panel, qtbot)
    assert all(cell.answers is None and not cell.problem for cell in panel.sweeping.cells.values())
    assert not panel.grid.grab().isNull()


def test_a_network_of_one_number_is_shown_as_its_fit(panel: SweepPanel, studio: Studio, qtbot: QtBot) -> None:
    network = stack(Dense(units=4, activation=Tanh()), Dense(units=1, activation=Linear()))
    trainer = Backprop(loss=MeanSquaredError(), optimiser=Adam(learning_rate=0.01), epochs=2)
    project = Project(network=network, dataset=Function(expression="x^2"), trainer=trainer)
    studio.document.open(project)
    ask(panel, "0.001, 0.1", "Tanh", epochs=30)
    finish(panel, qtbot)
    fits = [cell.fit for cell in panel.sweeping.cells.values()]
    assert fits[0] is not None
    assert fits[1] is not None
    assert fits[1].rms < fits[0].rms
    assert fits[1].right.max() == pytest.approx(9, abs=0.1), "in the unit of the data"
    assert not panel.grid.grab().isNull()


def test_cancelling_midway_keeps_what_is_done_at_once(panel: SweepPanel, qtbot: QtBot) -> None:
    ask(panel, "0.01, 0.03, 0.1", epochs=400)
    press(panel, "sweep-start")
    qtbot.waitUntil(lambda: len(panel.sweeping.cells) >= 2, timeout=SECONDS)
    press(panel, "sweep-start")
    assert not panel.sweeping.is_running
    known = dict(panel.sweeping.cells)
    assert 2 <= len(known) < 6
    assert text(panel, "sweep-left") == f"Cancelled after {len(known)} of 6 runs"
    click(panel, 0, 1)
    assert "Test loss" in text(panel, "sweep-cell")
    click(panel, 2, 1)
    assert "Not trained yet" in text(panel, "sweep-cell")
    assert not panel.findChild(QPushButton, "sweep-use").isEnabled()  # type: ignore[union-attr]


def test_another_document_ends_the_sweep_and_takes_its_grid_away(
    panel: SweepPanel, studio: Studio, qtbot: QtBot
) -> None:
    ask(panel, "0.01, 0.03", epochs=100_000)
    press(panel, "sweep-start")
    qtbot.waitUntil(lambda: panel.sweeping.share > 0, timeout=SECONDS)
    studio.document.open(example("two-spirals"))
    assert not panel.sweeping.is_running
    assert panel.sweeping.sweep is None
    assert panel.grid.is_empty


def test_the_document_may_be_edited_and_trained_while_a_sweep_runs(
    panel: SweepPanel, studio: Studio, qtbot: QtBot
) -> None:
    ask(panel, "0.01, 0.03", epochs=100_000)
    press(panel, "sweep-start")
    with qtbot.waitSignal(studio.training.progressed, timeout=SECONDS):
        studio.training.train()
    spec = remove(studio.document.network, "dense-1")
    studio.document.edit_network("remove Dense", spec)
    qtbot.waitUntil(lambda: panel.sweeping.share > 0, timeout=SECONDS)
    assert panel.sweeping.is_running
    studio.training.stop()


# ── a cell ───────────────────────────────────────────────────────────────────────────────────────────


def test_the_settings_of_a_cell_are_one_undo_step(panel: SweepPanel, studio: Studio, qtbot: QtBot) -> None:
    before = studio.document.project
    ask(panel, "0.01, 0.1")
    finish(panel, qtbot)
    click(panel, 1, 1)
    press(panel, "sweep-use")
    assert rate_of(studio) == 0.1
    layer = studio.document.network["dense-1"].layer
    assert isinstance(layer, Dense)
    assert layer.activation == ReLU()
    assert "Learning rate 0.1" in text(panel, "sweep-told")
    studio.document.undo_stack.undo()
    assert studio.document.project == before


def test_a_cell_trains_to_the_very_figures_it_shows(panel: SweepPanel, studio: Studio, qtbot: QtBot) -> None:
    ask(panel, "0.01, 0.1", epochs=4)
    finish(panel, qtbot)
    panel.grid.setFocus()
    for key in (Qt.Key.Key_Down, Qt.Key.Key_Down, Qt.Key.Key_Right):
        QTest.keyClick(panel.grid, key)
    assert panel.grid.current == (1, 1)
    assert "Learning rate: 0.1, Activation of hidden layers: ReLU" in panel.grid.accessibleDescription()
    QTest.keyClick(panel.grid, Qt.Key.Key_Return)
    assert rate_of(studio) == 0.1
    studio.document.edit_trainer("epochs", replaced(studio.document.project.trainer, epochs=4))
    with qtbot.waitSignal(studio.training.finished, timeout=SECONDS):
        studio.training.train()
    last = studio.training.last_epoch
    assert last is not None
    assert last.test_loss == panel.sweeping.cells[1, 1].test_loss


def test_a_setting_that_is_gone_is_told(panel: SweepPanel, studio: Studio, qtbot: QtBot) -> None:
    panel.across.choose("dense-1/units")
    type_values(panel, "down", "0.01")
    type_values(panel, "across", "2")
    panel.epochs.setValue(1)
    finish(panel, qtbot)
    network = stack(*(node.layer for node in studio.document.network if node.id != "dense-1"))
    studio.document.edit_network("remove Dense", network)
    before = studio.document.project
    panel.grid.choose((0, 0))
    panel.use()
    assert studio.document.project == before
    assert "has no such setting" in text(panel, "sweep-told")


def test_the_figures_are_copied_as_a_table_and_told_under_the_pointer(
    panel: SweepPanel, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    ask(panel, "0.01, 0.1", "Tanh", epochs=2)
    finish(panel, qtbot)
    press(panel, "sweep-copy")
    lines = QGuiApplication.clipboard().text().split("\n")
    assert lines[0].split("\t") == [
        "Learning rate",
        "Activation of hidden layers",
        "Train loss",
        "Test loss",
        "Accuracy",
        "Note",
    ]
    assert [line.split("\t")[0] for line in lines[1:]] == ["0.01", "0.1"]
    assert any("Save as CSV" in action.text() for action in panel.grid.context_menu().actions())
    told: list[str] = []
    monkeypatch.setattr(
        "neuralstudio.ui.sweep_grid.QToolTip.showText", lambda _where, words, _widget: told.append(words)
    )
    where = panel.grid.cell_area((1, 0)).center().toPoint()
    panel.grid.event(QHelpEvent(QEvent.Type.ToolTip, where, panel.grid.mapToGlobal(where)))
    assert told[0].startswith("Learning rate: 0.1\n")
    panel.grid.event(QHelpEvent(QEvent.Type.ToolTip, QPoint(1, 1), panel.grid.mapToGlobal(QPoint(1, 1))))
    assert told[1] == ""


# ── what is asked for ────────────────────────────────────────────────────────────────────────────────


def test_a_wrong_value_is_told_beside_its_field_and_nothing_starts(panel: SweepPanel) -> None:
    ask(panel, "0.01, fast")
    assert "Received: fast" in text(panel, "sweep-down-message")
    press(panel, "sweep-start")
    assert not panel.sweeping.is_running
    type_values(panel, "down", "0.01")
    assert text(panel, "sweep-down-message") == ""


def test_what_cannot_be_swept_is_told_in_one_sentence(panel: SweepPanel) -> None:
    panel.down.choose("optimiser/learning_rate")
    panel.across.choose("optimiser/learning_rate")
    press(panel, "sweep-start")
    assert "Both settings are “Learning rate”" in text(panel, "sweep-message")
    panel.across.choose("dense-1/units")
    type_values(panel, "down", " ".join(f"0.{each:02}" for each in range(1, 20)))
    type_values(panel, "across", " ".join(map(str, range(1, 20))))
    press(panel, "sweep-start")
    assert "361 combinations are too many" in text(panel, "sweep-message")
    assert not panel.sweeping.is_running


def test_typed_values_stay_while_the_document_changes_and_others_follow_it(
    panel: SweepPanel, studio: Studio
) -> None:
    type_values(panel, "down", "0.5, 0.7")
    spec = studio.document.network
    studio.document.edit_network("add", stack(Dense(units=3), *(node.layer for node in spec)))
    assert panel.down.line.text() == "0.5, 0.7"
    combo = panel.findChild(QComboBox, "sweep-across")
    assert combo is not None
    assert any(combo.itemText(at) == "Dense 2 · Units" for at in range(combo.count()))


def test_values_worth_trying_are_ticked_in_a_menu(panel: SweepPanel) -> None:
    panel.down.choose("activation")
    type_values(panel, "down", "ReLU")
    menu = panel.down._more.menu()
    menu.aboutToShow.emit()
    ticked = {action.text(): action.isChecked() for action in menu.actions() if action.isCheckable()}
    assert ticked == {"Tanh": False, "ReLU": True, "Sigmoid": False, "Linear": False}
    next(action for action in menu.actions() if action.text() == "Tanh").trigger()
    assert panel.down.line.text() == "Tanh, ReLU"
