"""The examples beside the canvas and the start page."""

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QAbstractButton
from pytestqt.qtbot import QtBot

from neuralstudio.project.examples import example, example_names
from neuralstudio.ui.gallery import Gallery
from neuralstudio.ui.panels.examples import ExamplesPanel
from neuralstudio.ui.studio import Studio


@pytest.mark.parametrize("name", example_names())
def test_every_example_has_a_question_and_no_problem(name: str) -> None:
    project = example(name)
    assert project.title
    assert project.question.endswith((".", "?"))
    assert not project.check().problems


def test_an_example_opens_at_once_unless_the_window_listens(qtbot: QtBot, studio: Studio) -> None:
    panel = ExamplesPanel(studio)
    qtbot.addWidget(panel)
    card = panel.findChild(QAbstractButton, "example-xor")
    assert card is not None
    QTest.keyClick(card, Qt.Key.Key_Return)
    assert studio.document.project == example("xor")
    chosen: list[str] = []
    panel.example_chosen.connect(chosen.append)
    panel.findChild(QAbstractButton, "example-two-spirals").click()  # type: ignore[union-attr]
    assert chosen == ["two-spirals"]
    assert studio.document.project == example("xor")


def test_the_gallery_offers_examples_an_empty_network_a_file_and_recent_projects(
    qtbot: QtBot, studio: Studio
) -> None:
    gallery = Gallery(studio)
    qtbot.addWidget(gallery)
    gallery.set_recent(["/home/ada/digits.nstudio"])
    gallery.resize(800, 600)
    gallery.show()
    chosen: list[str] = []
    gallery.example_chosen.connect(chosen.append)
    gallery.empty_chosen.connect(lambda: chosen.append("empty"))
    gallery.open_chosen.connect(lambda: chosen.append("open"))
    gallery.recent_chosen.connect(chosen.append)
    for card in gallery.cards:
        assert card.focusPolicy() == Qt.FocusPolicy.StrongFocus
        QTest.keyClick(card, Qt.Key.Key_Return)
    gallery.findChild(QAbstractButton, "recent-digits").click()  # type: ignore[union-attr]
    assert sorted(chosen[:-3]) == sorted(example_names())
    assert chosen[0] == "digits-mlp"
    assert chosen[-3:] == ["empty", "open", "/home/ada/digits.nstudio"]


def test_the_pictures_of_the_gallery_show_the_data(qtbot: QtBot, studio: Studio) -> None:
    gallery = Gallery(studio)
    qtbot.addWidget(gallery)
    for card in gallery.cards:
        card.resize(card.sizeHint())
        image = card.grab().toImage()
        colours = {image.pixel(x, y) for x in range(12, 200, 2) for y in range(12, 120, 2)}
        assert len(colours) > 4, card.text()
