"""The examples beside the canvas and the start page."""

import pytest
from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QColor, QImage, QPainter
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QAbstractButton, QApplication
from pytestqt.qtbot import QtBot

from neuralstudio.project.examples import example, example_groups, example_names
from neuralstudio.ui.example_card import ExampleCard
from neuralstudio.ui.gallery import Gallery
from neuralstudio.ui.panels.examples import ExamplesPanel
from neuralstudio.ui.sketch import paint_sketch
from neuralstudio.ui.studio import Studio


@pytest.fixture
def gallery(qtbot: QtBot, studio: Studio) -> Gallery:
    gallery = Gallery(studio)
    qtbot.addWidget(gallery)
    gallery.resize(800, 600)
    gallery.show()
    return gallery


def card(gallery: Gallery, name: str) -> ExampleCard:
    return next(each for each in gallery.cards if each.name == name)


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


def test_the_gallery_offers_examples_an_empty_network_a_file_and_recent_projects(gallery: Gallery) -> None:
    gallery.set_recent(["/home/ada/digits.nstudio"])
    chosen: list[str] = []
    gallery.example_chosen.connect(chosen.append)
    gallery.empty_chosen.connect(lambda: chosen.append("empty"))
    gallery.open_chosen.connect(lambda: chosen.append("open"))
    gallery.recent_chosen.connect(chosen.append)
    for each in gallery.cards:
        assert each.focusPolicy() == Qt.FocusPolicy.StrongFocus
        QTest.keyClick(each, Qt.Key.Key_Return)
    assert tuple(chosen) == example_names()
    chosen.clear()
    for name in ("gallery-empty", "gallery-open", "recent-digits"):
        gallery.findChild(QAbstractButton, name).click()  # type: ignore[union-attr]
    assert chosen == ["empty", "open", "/home/ada/digits.nstudio"]


def test_arrows_lead_from_card_to_card_across_rows_and_groups(qtbot: QtBot, gallery: Gallery) -> None:
    gallery.activateWindow()
    first, second = example_names()[:2]
    card(gallery, first).setFocus()

    def press(key: Qt.Key) -> str:
        focused = QApplication.focusWidget()
        assert isinstance(focused, ExampleCard)
        QTest.keyClick(focused, key)
        focused = QApplication.focusWidget()
        assert isinstance(focused, ExampleCard)
        return focused.name

    qtbot.waitUntil(lambda: card(gallery, first).hasFocus())
    assert press(Qt.Key.Key_Left) == first
    assert press(Qt.Key.Key_Right) == second
    assert press(Qt.Key.Key_Left) == first
    seen = [first]
    while (name := press(Qt.Key.Key_Down)) != seen[-1]:
        seen.append(name)
    for names in example_groups().values():
        assert set(names) & set(seen), "going down passes through every group"
    assert press(Qt.Key.Key_Up) == seen[-2]


@pytest.mark.parametrize("width", [420, 540, 934, 1300])
def test_no_text_of_a_card_is_cut_and_none_lies_beside_the_page(gallery: Gallery, width: int) -> None:
    gallery.resize(width, 700)
    QApplication.processEvents()
    QApplication.processEvents()
    for each in gallery.cards:
        assert each.height() >= each.heightForWidth(each.width()), each.name
        assert each.mapTo(gallery, each.rect().topRight()).x() < gallery.width()
        assert each.width() >= 200


def test_cards_in_the_dock_are_as_high_as_their_texts(qtbot: QtBot, studio: Studio) -> None:
    panel = ExamplesPanel(studio)
    qtbot.addWidget(panel)
    panel.resize(216, 700)
    panel.show()
    cards = panel.findChildren(ExampleCard)
    assert tuple(each.name for each in cards) == example_names()
    qtbot.waitUntil(lambda: all(each.height() >= each.heightForWidth(each.width()) for each in cards))
    assert max(each.width() for each in cards) <= 216


@pytest.mark.parametrize("mode", ["dark", "light"])
def test_the_pictures_of_the_gallery_show_data_and_network(
    gallery: Gallery, studio: Studio, mode: str
) -> None:
    studio.theme.set_mode(mode)  # type: ignore[arg-type]
    families = studio.theme.theme.families
    for each in gallery.cards:
        each.resize(each.sizeHint())
        image = each.grab().toImage()
        half = round(0.58 * each.width())
        data = {image.pixel(x, y) for x in range(12, half, 2) for y in range(12, 100, 2)}
        assert len(data) > 4, each.text()
        network = {
            image.pixelColor(x, y).name() for x in range(half, each.width() - 12) for y in range(30, 80)
        }
        assert families.core in network, each.text()


def test_a_card_tells_screen_readers_what_it_is_and_what_it_asks(gallery: Gallery) -> None:
    for each in gallery.cards:
        project = example(each.name)
        assert each.accessibleName() == project.title
        assert project.question in each.accessibleDescription()


def test_the_sketch_draws_a_bow_over_what_a_skip_connection_passes(studio: Studio) -> None:
    def ink_above_the_bars(name: str) -> int:
        image = QImage(200, 100, QImage.Format.Format_RGB32)
        image.fill(QColor("white"))
        painter = QPainter(image)
        paint_sketch(painter, QRectF(0, 0, 200, 100), example(name), studio.theme.theme)
        painter.end()
        white = QColor("white").rgb()
        return sum(image.pixel(x, y) != white for x in range(200) for y in range(18))

    assert ink_above_the_bars("residual-cnn") > 20
    assert ink_above_the_bars("digits-cnn") == 0
