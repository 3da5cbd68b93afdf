"""The panel Code shows the script of the network as it is now."""

from pathlib import Path

import pytest
from msgspec.structs import replace
from PySide6.QtCore import Qt
from PySide6.QtGui import QColor, QGuiApplication
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QFileDialog, QLabel, QPlainTextEdit, QPushButton
from pytestqt.qtbot import QtBot

from neuralstudio.export.registry import TARGETS
from neuralstudio.layers.dense import Dense
from neuralstudio.network.edits import replace_layer
from neuralstudio.project.document import Project
from neuralstudio.project.examples import example
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


def press(panel: CodePanel, name: str) -> None:
    button = panel.findChild(QPushButton, name)
    assert button is not None
    QTest.mouseClick(button, Qt.MouseButton.LeftButton)


@pytest.mark.parametrize("tag", [kind.tag() for kind in TARGETS])
def test_each_target_has_a_button_that_shows_its_script(
    panel: CodePanel, studio: Studio, qtbot: QtBot, tag: str
) -> None:
    press(panel, f"code-{tag}")
    assert text_of(panel).toPlainText() == TARGETS[tag]().script(example("xor"))
    assert text_of(panel).isReadOnly()
    again = CodePanel(studio)
    qtbot.addWidget(again)
    assert again.target.tag() == tag


def test_an_edit_of_the_network_is_in_the_script_at_once(panel: CodePanel, studio: Studio) -> None:
    assert "keras.layers.Dense(4, " in text_of(panel).toPlainText()
    network = replace_layer(studio.document.network, "dense-1", Dense(units=77))
    studio.document.edit_network("more units", network)
    assert "keras.layers.Dense(77, " in text_of(panel).toPlainText()
    studio.document.undo_stack.undo()
    assert "keras.layers.Dense(4, " in text_of(panel).toPlainText()


def test_an_edit_keeps_the_place_that_is_read(panel: CodePanel, studio: Studio) -> None:
    bar = text_of(panel).verticalScrollBar()
    bar.setValue(12)
    assert bar.value() == 12
    network = replace_layer(studio.document.network, "dense-1", Dense(units=77))
    studio.document.edit_network("more units", network)
    assert bar.value() == 12


def test_while_hidden_it_does_nothing_and_catches_up_when_shown(panel: CodePanel, studio: Studio) -> None:
    panel.hide()
    before = text_of(panel).toPlainText()
    studio.document.edit("rename", replace(studio.document.project, title="Another name"))
    assert text_of(panel).toPlainText() == before
    panel.show()
    assert "Another name" in text_of(panel).toPlainText()


def test_without_a_network_that_works_it_says_what_is_missing(panel: CodePanel, studio: Studio) -> None:
    studio.document.open(Project())
    assert text_of(panel).toPlainText() == ""
    assert "There are no layers yet" in message(panel)
    copy = panel.findChild(QPushButton, "code-copy")
    assert copy is not None
    assert not copy.isEnabled()
    studio.document.open(example("xor"))
    assert message(panel) == ""
    assert copy.isEnabled()


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
    assert "where.py cannot be saved" in message(panel)


def test_keywords_texts_and_comments_have_colours_of_the_theme(panel: CodePanel, studio: Studio) -> None:
    for mode in ("dark", "light", "contrast"):
        studio.theme.set_mode(next(each for each in MODES if each == mode))
        theme = studio.theme.theme
        found: dict[str, str] = {}
        block = text_of(panel).document().firstBlock()
        while block.isValid():
            for span in block.layout().formats():
                word = block.text()[span.start : span.start + span.length]
                found[word] = span.format.foreground().color().name()
            block = block.next()
        assert min(contrast(colour, theme.field) for colour in found.values()) >= 4.5
        assert found["import"] == QColor(theme.accent).name()
        assert found['"tanh"'] == QColor(theme.good).name()
        assert found["# 1. Import what is needed."] == QColor(theme.muted).name()
