"""The list of layers: filter, keyboard, drag."""

import itertools

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QLabel, QLineEdit, QListWidgetItem
from pytestqt.qtbot import QtBot

from neuralstudio.layers.registry import LAYERS
from neuralstudio.network.spec import DATA, LOSS
from neuralstudio.project.document import Project
from neuralstudio.project.examples import example
from neuralstudio.ui.catalogue import GROUPS, found
from neuralstudio.ui.panels.palette import LAYER_MIME, PalettePanel
from neuralstudio.ui.studio import Studio


def digits() -> Project:
    return example("digits-mlp")


def ids(studio: Studio) -> list[str]:
    return [node.id for node in studio.document.network]


@pytest.fixture
def palette(qtbot: QtBot, studio: Studio) -> PalettePanel:
    panel = PalettePanel(studio)
    qtbot.addWidget(panel)
    panel.show()
    return panel


def visible_layers(panel: PalettePanel) -> list[str]:
    """Tags of the layers that can be seen; headings have none."""
    rows = [panel.layers.item(row) for row in range(panel.layers.count())]
    tags = [row.data(Qt.ItemDataRole.UserRole) for row in rows if not row.isHidden()]
    return [tag for tag in tags if tag]


def test_the_palette_has_every_layer(palette: PalettePanel) -> None:
    assert sorted(visible_layers(palette)) == sorted(kind.tag() for kind in LAYERS)


@pytest.mark.parametrize(
    ("sought", "first"),
    [("drop", "dropout"), ("DENS", "dense"), ("unrolls", "flatten"), ("acti", "activation")],
)
def test_the_filter_finds_title_tag_and_summary_and_enter_inserts(
    studio: Studio, palette: PalettePanel, sought: str, first: str
) -> None:
    QTest.keyClicks(palette.filter_box, sought)
    assert first in visible_layers(palette)
    QTest.keyClick(palette.filter_box, Qt.Key.Key_Return)
    assert ids(studio) == [f"{first}-1"]
    assert studio.document.selection == (f"{first}-1",)
    assert studio.document.undo_stack.undoText() == f"add {LAYERS[first].title}"


def test_a_filter_nothing_matches_inserts_nothing_and_says_so(studio: Studio, palette: PalettePanel) -> None:
    QTest.keyClicks(palette.filter_box, "zzz")
    QTest.keyClick(palette.filter_box, Qt.Key.Key_Return)
    assert (visible_layers(palette), ids(studio)) == ([], [])
    assert any("zzz" in label.text() for label in palette.findChildren(QLabel) if label.isVisible())
    QTest.keyClick(palette.filter_box, Qt.Key.Key_Escape)
    assert len(visible_layers(palette)) == len(LAYERS.kinds)


def test_down_leaves_the_search_box_and_enter_inserts_behind_the_selected_card(
    studio: Studio, palette: PalettePanel
) -> None:
    studio.document.open(digits())
    studio.document.select("flatten-1")
    QTest.keyClicks(palette.filter_box, "dropout")
    QTest.keyClick(palette.filter_box, Qt.Key.Key_Down)
    QTest.keyClick(palette.layers, Qt.Key.Key_Return)
    assert ids(studio) == ["flatten-1", "dropout-1", "dense-1", "dense-2"]
    studio.document.select(DATA)
    QTest.keyClick(palette.layers, Qt.Key.Key_Return)
    assert ids(studio)[0] == "dropout-2"
    studio.document.select(LOSS)
    QTest.keyClick(palette.layers, Qt.Key.Key_Return)
    assert ids(studio)[-1] == "dropout-3"


def test_a_dragged_layer_is_named_by_its_tag(palette: PalettePanel) -> None:
    row = next(
        palette.layers.item(row)
        for row in range(palette.layers.count())
        if palette.layers.item(row).text() == "Dense"
    )
    data = palette.layers.mimeData([row])
    assert bytes(data.data(LAYER_MIME).data()) == b"dense"
    assert LAYER_MIME == "application/x-neuralstudio-layer"


def heading(panel: PalettePanel, group: str) -> QListWidgetItem:
    rows = [panel.layers.item(row) for row in range(panel.layers.count())]
    return next(row for row in rows if row.text() == group.upper())


def test_groups_stand_in_the_order_of_a_network_and_each_has_its_icon(palette: PalettePanel) -> None:
    rows = [palette.layers.item(row) for row in range(palette.layers.count())]
    headings = [row for row in rows if row.data(Qt.ItemDataRole.UserRole) is None]
    assert [row.text() for row in headings] == [group.upper() for group in GROUPS]
    pictures = [row.icon().pixmap(18, 18).toImage() for row in headings]
    assert all(one != other for one, other in itertools.combinations(pictures, 2))


def test_a_closed_group_is_hidden_found_by_searching_and_stays_closed(
    qtbot: QtBot, studio: Studio, palette: PalettePanel
) -> None:
    item = heading(palette, "Pooling")
    where = palette.layers.visualItemRect(item).center()
    QTest.mouseClick(palette.layers.viewport(), Qt.MouseButton.LeftButton, pos=where)
    assert "max-pool2d" not in visible_layers(palette)
    assert len(visible_layers(palette)) < len(LAYERS.kinds)
    QTest.keyClicks(palette.filter_box, "max pool")
    assert visible_layers(palette) == ["global-max-pool", "max-pool1d", "max-pool2d"]
    again = PalettePanel(studio)
    qtbot.addWidget(again)
    assert "max-pool2d" not in visible_layers(again)


def test_the_keyboard_opens_and_closes_groups(palette: PalettePanel) -> None:
    palette.layers.take_focus()
    QTest.keyClick(palette.layers, Qt.Key.Key_Left)
    assert "dense" not in visible_layers(palette)
    assert palette.layers.currentItem() is heading(palette, "Core")
    QTest.keyClick(palette.layers, Qt.Key.Key_Right)
    assert "dense" in visible_layers(palette)
    QTest.keyClick(palette.layers, Qt.Key.Key_Return)
    assert "dense" not in visible_layers(palette)


@pytest.mark.parametrize(
    ("sought", "first"),
    [
        ("memory", "lstm"),
        ("conv", "conv1d"),
        ("add", "add"),
        ("gaussian", "gaussian-noise"),
        ("image", "conv2d"),
    ],
)
def test_words_of_title_and_summary_find_a_layer(sought: str, first: str) -> None:
    assert found(sought)[0].tag() == first


def test_another_theme_keeps_the_filter(studio: Studio, palette: PalettePanel) -> None:
    QTest.keyClicks(palette.filter_box, "drop")
    studio.theme.set_mode("light")
    assert visible_layers(palette) == ["dropout"]


def test_the_search_box_has_a_name_for_robots_and_screen_readers(palette: PalettePanel) -> None:
    found = palette.findChild(QLineEdit, "palette-filter")
    assert found is not None
    assert found.accessibleName() == "Filter layers"
