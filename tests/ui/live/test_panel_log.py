"""The panel Log writes down what happened in a run, and lets it be copied."""

import pytest
from msgspec.structs import replace
from PySide6.QtGui import QAction, QGuiApplication
from PySide6.QtWidgets import QListWidget
from pytestqt.qtbot import QtBot

from neuralstudio.project.document import Project
from neuralstudio.project.examples import example
from neuralstudio.training.backprop import Backprop
from neuralstudio.ui.panels.log import LogPanel
from neuralstudio.ui.studio import Studio


def _xor(epochs: int) -> Project:
    project = example("xor")
    assert isinstance(project.trainer, Backprop)
    return replace(project, trainer=replace(project.trainer, epochs=epochs))


@pytest.fixture
def panel(studio: Studio, qtbot: QtBot) -> LogPanel:
    panel = LogPanel(studio)
    qtbot.addWidget(panel)
    return panel


def _train(studio: Studio, qtbot: QtBot, epochs: int) -> None:
    studio.document.open(_xor(epochs))
    with qtbot.waitSignal(studio.training.finished, timeout=20_000):
        studio.training.train()


def test_a_run_is_written_from_start_to_end_also_while_the_panel_is_hidden(
    panel: LogPanel, studio: Studio, qtbot: QtBot
) -> None:
    _train(studio, qtbot, 3)
    texts = [line.partition("   ")[2] for line in panel.lines()]
    assert texts[0] == "Training starts: 25 batches of 10 in each of 3 epochs"
    assert [text[:12] for text in texts[1:4]] == ["Epoch 1 of 3", "Epoch 2 of 3", "Epoch 3 of 3"]
    assert texts[4].startswith("Finished after 3 epochs")
    assert len(texts) == 5


def test_an_epoch_line_has_the_figures_of_the_history(panel: LogPanel, studio: Studio, qtbot: QtBot) -> None:
    _train(studio, qtbot, 1)
    _, train_loss, train_accuracy, test_loss, test_accuracy = studio.training.history.epochs.rows[-1].tolist()
    line = panel.lines()[1]
    assert f"training: loss {train_loss:.4g}, accuracy {train_accuracy * 100:.1f} %" in line
    assert f"test: loss {test_loss:.4g}, accuracy {test_accuracy * 100:.1f} %" in line


def test_a_run_of_many_epochs_writes_a_hundred_lines_of_them_at_most(
    panel: LogPanel, studio: Studio, qtbot: QtBot
) -> None:
    _train(studio, qtbot, 250)
    epochs = [line for line in panel.lines() if "Epoch " in line]
    assert len(epochs) == 83
    assert "Epoch 3 of 250" in epochs[0]


def test_going_on_after_the_end_is_a_new_start(panel: LogPanel, studio: Studio, qtbot: QtBot) -> None:
    _train(studio, qtbot, 2)
    with qtbot.waitSignal(studio.training.finished, timeout=20_000):
        studio.training.train()
    assert any("goes on from epoch 2" in line for line in panel.lines())
    assert sum("Epoch 2 of" in line for line in panel.lines()) == 1
    assert sum("Epoch 4 of 4" in line for line in panel.lines()) == 1


def test_a_run_that_is_stopped_says_where(panel: LogPanel, studio: Studio, qtbot: QtBot) -> None:
    studio.document.open(_xor(100_000))
    with qtbot.waitSignal(studio.training.progressed, timeout=20_000):
        studio.training.train()
    qtbot.waitUntil(lambda: studio.training.started is not None)
    studio.training.stop()
    assert "Stopped in epoch" in panel.lines()[-1]


def test_warnings_are_written(panel: LogPanel, studio: Studio) -> None:
    studio.training.train()
    assert "There are no layers yet" in panel.lines()[0]


def test_selected_lines_or_all_are_copied(panel: LogPanel, studio: Studio) -> None:
    for sentence in ("first", "second", "third"):
        studio.training.warned.emit(sentence)
    panel.copy()
    assert [line[-6:].strip() for line in QGuiApplication.clipboard().text().splitlines()] == [
        "first",
        "second",
        "third",
    ]
    found = panel.findChild(QListWidget, "log-lines")
    assert found is not None
    found.setCurrentRow(1)
    action = panel.findChild(QAction, "copy-log")
    assert action is not None
    action.trigger()
    assert QGuiApplication.clipboard().text().endswith("second")
    assert "\n" not in QGuiApplication.clipboard().text()


def test_clear_empties_the_list(panel: LogPanel, studio: Studio) -> None:
    studio.training.warned.emit("first")
    panel.clear()
    assert panel.lines() == []
