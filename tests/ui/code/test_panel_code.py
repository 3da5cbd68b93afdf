"""The panel Code shows the script of the network as it is now."""

from pathlib import Path
from time import thread_time

import numpy as np
import pytest
from msgspec.structs import replace
from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QAction, QColor, QGuiApplication
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QCheckBox, QFileDialog, QLabel, QMessageBox, QPlainTextEdit, QPushButton
from pytestqt.qtbot import QtBot

from neuralstudio.engine.activations import Sigmoid, Softmax
from neuralstudio.export._base import Script, Target
from neuralstudio.export.registry import SCRIPTS, TARGETS
from neuralstudio.layers.dense import Dense
from neuralstudio.network.edits import replace_layer
from neuralstudio.network.model import Model
from neuralstudio.network.spec import stack
from neuralstudio.project.arrays import unpacked
from neuralstudio.project.document import Project, SavedRun
from neuralstudio.project.examples import example
from neuralstudio.ui.code_text import CodeText
from neuralstudio.ui.panels.code import CodePanel
from neuralstudio.ui.studio import Studio
from neuralstudio.ui.theme import MODES, contrast


@pytest.fixture
def panel(studio: Studio, qtbot: QtBot) -> CodePanel:
    studio.document.open(example("xor"))
    panel = CodePanel(studio)
    qtbot.addWidget(panel)
    panel.resize(800, 300)
    panel.show()
    return panel


def text_of(panel: CodePanel) -> QPlainTextEdit:
    text = panel.findChild(QPlainTextEdit, "code-text")
    assert text is not None
    return text


def message(panel: CodePanel) -> str:
    label = panel.findChild(QLabel, "code-message")
    assert label is not None
    return label.text() if label.isVisible() else ""


def spans_of(panel: CodePanel) -> dict[str, str]:
    """Each piece of the text that has a colour, with that colour."""
    found: dict[str, str] = {}
    block = text_of(panel).document().firstBlock()
    while block.isValid():
        for span in block.layout().formats():
            word = block.text()[span.start : span.start + span.length]
            found[word] = span.format.foreground().color().name()
        block = block.next()
    return found


def colours_of(panel: CodePanel) -> set[str]:
    return set(spans_of(panel).values())


def press(panel: CodePanel, name: str) -> None:
    button = panel.findChild(QPushButton, name)
    assert button is not None
    QTest.mouseClick(button, Qt.MouseButton.LeftButton)


@pytest.mark.parametrize("tag", [kind.tag() for kind in SCRIPTS])
def test_each_target_has_a_button_that_shows_its_script(
    panel: CodePanel, studio: Studio, qtbot: QtBot, tag: str
) -> None:
    press(panel, f"code-{tag}")
    assert text_of(panel).toPlainText() == SCRIPTS[tag]().script(example("xor"))
    assert text_of(panel).isReadOnly()
    again = CodePanel(studio)
    qtbot.addWidget(again)
    assert again.target.tag() == tag


def follow(panel: CodePanel, qtbot: QtBot, expected: str) -> None:
    qtbot.waitUntil(lambda: expected in text_of(panel).toPlainText(), timeout=2000)


def test_an_edit_of_the_network_is_in_the_script_soon(panel: CodePanel, studio: Studio, qtbot: QtBot) -> None:
    assert "keras.layers.Dense(4, " in text_of(panel).toPlainText()
    network = replace_layer(studio.document.network, "dense-1", Dense(units=77))
    studio.document.edit_network("more units", network)
    follow(panel, qtbot, "keras.layers.Dense(77, ")
    studio.document.undo_stack.undo()
    follow(panel, qtbot, "keras.layers.Dense(4, ")


def test_only_the_lines_that_changed_are_marked(panel: CodePanel, studio: Studio, qtbot: QtBot) -> None:
    text = panel.findChild(CodeText)
    assert text is not None
    assert not text.marked
    network = replace_layer(studio.document.network, "dense-1", Dense(units=77))
    studio.document.edit_network("more units", network)
    follow(panel, qtbot, "keras.layers.Dense(77, ")
    assert len(text.marked) == 1
    assert "keras.layers.Dense(77, " in text.marked[0]
    press(panel, "code-numpy")
    assert len(text.marked) == 0


def test_many_edits_of_any_kind_leave_exactly_the_script(
    panel: CodePanel, studio: Studio, qtbot: QtBot
) -> None:
    for name in ("digits-cnn", "residual-cnn", "shakespeare-lstm", "xor"):
        project = replace(example(name), title=f"{name} 🙂 \u2028 ünï")
        studio.document.edit("become another", project)
        for tag in ("pytorch", "keras"):
            press(panel, f"code-{tag}")
            expected = SCRIPTS[tag]().script(project)
            follow(panel, qtbot, expected)
            assert text_of(panel).toPlainText() == expected


def test_a_script_of_two_hundred_layers_does_not_hold_the_window_up(
    panel: CodePanel, studio: Studio, qtbot: QtBot
) -> None:
    network = stack(*(Dense(16) for _ in range(200)), Dense(1, Sigmoid()))
    studio.document.edit_network("many", network)
    for tag in ("keras", "pytorch", "numpy"):
        begin = thread_time()
        press(panel, f"code-{tag}")
        assert thread_time() - begin < 1
    press(panel, "code-pytorch")
    edited = replace_layer(network, "dense-100", Dense(units=77))
    studio.document.edit_network("more units", edited)
    begin = thread_time()
    panel.catch_up()
    assert thread_time() - begin < 0.3
    assert "nn.Linear(16, 77)" in text_of(panel).toPlainText()


def test_an_edit_keeps_the_place_that_is_read(panel: CodePanel, studio: Studio, qtbot: QtBot) -> None:
    bar = text_of(panel).verticalScrollBar()
    bar.setValue(12)
    assert bar.value() == 12
    network = replace_layer(studio.document.network, "dense-1", Dense(units=77))
    studio.document.edit_network("more units", network)
    follow(panel, qtbot, "keras.layers.Dense(77, ")
    assert bar.value() == 12


def test_while_hidden_it_does_nothing_and_catches_up_when_shown(panel: CodePanel, studio: Studio) -> None:
    panel.hide()
    before = text_of(panel).toPlainText()
    studio.document.edit("rename", replace(studio.document.project, title="Another name"))
    assert text_of(panel).toPlainText() == before
    panel.show()
    assert "Another name" in text_of(panel).toPlainText()


def test_without_a_network_that_works_it_says_what_is_missing(
    panel: CodePanel, studio: Studio, qtbot: QtBot
) -> None:
    studio.document.open(Project())
    assert text_of(panel).toPlainText() == ""
    qtbot.waitUntil(lambda: "There are no layers yet" in message(panel), timeout=2000)
    copy = panel.findChild(QPushButton, "code-copy")
    assert copy is not None
    assert not copy.isEnabled()
    studio.document.open(example("xor"))
    qtbot.waitUntil(lambda: message(panel) == "", timeout=2000)
    assert copy.isEnabled()


def test_while_the_network_has_problems_the_last_script_stays_in_grey(
    panel: CodePanel, studio: Studio, qtbot: QtBot
) -> None:
    before = text_of(panel).toPlainText()
    network = replace_layer(studio.document.network, "dense-2", Dense(units=7, activation=Softmax()))
    studio.document.edit_network("too many units", network)
    qtbot.waitUntil(lambda: message(panel) != "", timeout=2000)
    assert message(panel).startswith("The script goes on here once this is solved: ")
    assert text_of(panel).toPlainText() == before
    assert colours_of(panel) == {QColor(studio.theme.theme.muted).name()}
    copy = panel.findChild(QPushButton, "code-copy")
    assert copy is not None
    assert not copy.isEnabled()
    studio.document.undo_stack.undo()
    qtbot.waitUntil(lambda: message(panel) == "", timeout=2000)
    assert len(colours_of(panel)) > 3


def test_copy_puts_the_whole_script_on_the_clipboard(panel: CodePanel, qtbot: QtBot) -> None:
    press(panel, "code-copy")
    assert QGuiApplication.clipboard().text() == text_of(panel).toPlainText()
    assert "clipboard" in message(panel)


def test_save_writes_the_script_as_it_is_shown(
    panel: CodePanel, qtbot: QtBot, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "xor.py"
    monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *_: (str(path), ""))
    press(panel, "code-save")
    assert path.read_text(encoding="utf-8") == text_of(panel).toPlainText()
    assert "Saved as" in message(panel)


def test_where_nothing_can_be_written_it_says_so(panel: CodePanel, tmp_path: Path) -> None:
    panel.save_to(tmp_path / "no" / "where.py")
    assert "where.py: The file cannot be saved (No such file or directory)" in message(panel)


def test_keywords_texts_and_comments_have_colours_of_the_theme(panel: CodePanel, studio: Studio) -> None:
    for mode in ("dark", "light", "contrast"):
        studio.theme.set_mode(next(each for each in MODES if each == mode))
        theme = studio.theme.theme
        found = spans_of(panel)
        grounds = (theme.field, theme.hover)  # behind a changed line
        assert min(contrast(colour, each) for colour in found.values() for each in grounds) >= 4.5
        assert found["import"] == QColor(theme.accent).name()
        assert found['"tanh"'] == QColor(theme.good).name()
        assert found["# 1. Import what is needed."] == QColor(theme.muted).name()


def trained_xor(tmp_path: Path) -> SavedRun:
    project = example("xor")
    model = Model(project.network, project.dataset.signature, project.loss, project.seeds)
    return SavedRun(model.parameters.named())


def test_trained_weights_go_beside_the_script(
    panel: CodePanel, studio: Studio, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    box = panel.findChild(QCheckBox, "code-weights")
    assert box is not None
    assert not box.isEnabled()
    run = trained_xor(tmp_path)
    studio.training.restore(run)
    assert box.isEnabled()
    assert "TRAIN = False" not in text_of(panel).toPlainText()
    QTest.mouseClick(box, Qt.MouseButton.LeftButton, pos=QPoint(8, box.height() // 2))
    assert "TRAIN = False" in text_of(panel).toPlainText()
    path = tmp_path / "mine.py"
    monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *_: (str(path), ""))
    press(panel, "code-save")
    assert "mine.safetensors" in message(panel)
    assert "'mine.safetensors'" in path.read_text(encoding="utf-8")
    saved = unpacked((tmp_path / "mine.safetensors").read_bytes(), "mine", "weights")
    assert saved.keys() == run.weights.keys()
    assert all(np.array_equal(saved[name], run.weights[name]) for name in saved)
    studio.training.reset()
    assert not box.isEnabled()
    assert "TRAIN = False" not in text_of(panel).toPlainText()


def test_a_script_that_would_replace_files_the_dialog_did_not_name_asks_first(
    panel: CodePanel, studio: Studio, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    studio.training.restore(trained_xor(tmp_path))
    box = panel.findChild(QCheckBox, "code-weights")
    assert box is not None
    box.click()
    for name in ("net.py", "net.safetensors"):
        (tmp_path / name).write_text("mine")
    asked: list[str] = []

    def refuse(_parent: object, _title: str, question: str, _buttons: object) -> QMessageBox.StandardButton:
        asked.append(question)
        return QMessageBox.StandardButton.Yes if len(asked) == 1 else QMessageBox.StandardButton.No

    monkeypatch.setattr(QMessageBox, "question", refuse)
    monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *_: (str(tmp_path / "net"), ""))
    press(panel, "code-save")
    assert [question.split()[0] for question in asked] == ["net.py", "net.safetensors"]
    assert [(tmp_path / name).read_text() for name in ("net.py", "net.safetensors")] == ["mine", "mine"]


@pytest.mark.parametrize("kind", [kind for kind in TARGETS if not issubclass(kind, Script)])
def test_every_other_form_is_in_the_menu(
    panel: CodePanel, studio: Studio, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, kind: type[Target]
) -> None:
    path = tmp_path / f"mine{kind.suffix}"
    monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *_: (str(tmp_path / "mine"), ""))
    action = panel.findChild(QAction, f"code-export-{kind.tag()}")
    assert action is not None
    if kind.needs_weights:
        action.trigger()
        assert "It has not been trained yet" in message(panel)
        assert not path.exists()
        studio.training.restore(trained_xor(tmp_path))
    action.trigger()
    assert f"Saved as {path}" in message(panel)
    assert path.stat().st_size > 50
