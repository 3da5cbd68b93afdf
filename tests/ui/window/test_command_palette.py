"""Ctrl+Shift+P finds anything by a part of its name, and Enter does it; on the start page too."""

from pathlib import Path

import pytest
from PySide6.QtCore import QEvent, QSettings, Qt
from PySide6.QtGui import QFocusEvent
from PySide6.QtWidgets import QApplication, QLineEdit, QListWidget

from neuralstudio.layers.registry import LAYERS
from neuralstudio.project.examples import example, example_names
from neuralstudio.ui.command_palette import CommandPalette
from neuralstudio.ui.findable import findable
from tests.robots.robot import StudioRobot
from tests.ui.window.conftest import Opener
from tests.ui.window.runs import project

CONTROL_SHIFT = Qt.KeyboardModifier.ControlModifier | Qt.KeyboardModifier.ShiftModifier


class Palette:
    """Hands on the palette of a window."""

    def __init__(self, robot: StudioRobot) -> None:
        self.robot = robot
        widget = robot.widget("command-palette")
        assert isinstance(widget, CommandPalette)
        self.widget = widget

    def open(self) -> "Palette":
        self.robot.press(Qt.Key.Key_P, CONTROL_SHIFT)
        assert self.widget.isVisible()
        assert self.widget.filter.hasFocus()
        return self

    def type(self, text: str) -> "Palette":
        self.robot.replace_text(self.widget.filter, text)
        return self

    def titles(self) -> list[str]:
        rows: QListWidget = self.widget.list
        return [rows.item(row).text() for row in range(rows.count())]

    def enter(self) -> None:
        self.robot.press(Qt.Key.Key_Return)


@pytest.fixture
def palette(robot: StudioRobot) -> Palette:
    robot.studio.settings.remove("command-palette/recent")
    robot.widget("canvas").setFocus()
    return Palette(robot)


def test_it_finds_every_command_layer_card_example_and_panel(palette: Palette) -> None:
    titles = set(palette.open().titles()) | {each.title for each in findable(palette.robot.window)}
    assert {"Save as", "New weights", "Go to Dense 2", "Go to the data", "Go to the loss", "Curves"} <= titles
    assert {f"Add {kind.title}" for kind in LAYERS} <= titles
    assert {example(name).title for name in example_names()} <= titles
    for command in palette.robot.window.table.commands:
        assert (
            command.id == "command-palette"
            or palette.robot.studio.actions[command.id].text().replace("&", "").rstrip("…") in titles
        )


def test_enter_does_the_first_thing_found(palette: Palette) -> None:
    palette.open().type("add drop")
    assert palette.titles()[0] == "Add Dropout"
    palette.enter()
    assert not palette.widget.isVisible()
    assert "dropout-2" in palette.robot.studio.document.network


def test_a_layer_goes_behind_the_selection(palette: Palette) -> None:
    document = palette.robot.studio.document
    document.select("dense-1")
    palette.open().type("add flatten").enter()
    assert [node.id for node in document.network][:2] == ["dense-1", "flatten-1"]
    assert document.selection == ("flatten-1",)


def test_a_card_is_gone_to(palette: Palette) -> None:
    palette.open().type("go dense 2").enter()
    assert palette.robot.studio.document.selection == ("dense-2",)


def test_up_and_down_choose_and_stop_at_the_ends(palette: Palette) -> None:
    palette.open().type("go to")
    titles = palette.titles()
    assert len(titles) >= 5
    for key, row in ((Qt.Key.Key_Up, 0), (Qt.Key.Key_Down, 1), (Qt.Key.Key_PageDown, len(titles) - 1)):
        palette.robot.press(key)
        assert palette.widget.list.currentRow() == row
    assert titles[-1] in palette.widget.filter.accessibleDescription()


def test_escape_closes_it_and_gives_the_keyboard_back(palette: Palette) -> None:
    canvas = palette.robot.widget("canvas")
    palette.open()
    palette.robot.press(Qt.Key.Key_Escape)
    assert not palette.widget.isVisible()
    assert canvas.hasFocus()
    assert palette.robot.studio.document.project == project()


def test_its_key_closes_it_too(palette: Palette) -> None:
    palette.open()
    palette.robot.press(Qt.Key.Key_P, CONTROL_SHIFT)
    assert not palette.widget.isVisible()


def test_it_closes_when_the_keyboard_goes_elsewhere(palette: Palette) -> None:
    palette.open()
    palette.robot.widget("canvas").setFocus()
    assert not palette.widget.isVisible()


def test_the_menu_of_its_line_does_not_close_it(palette: Palette) -> None:
    palette.open()
    event = QFocusEvent(QEvent.Type.FocusOut, Qt.FocusReason.PopupFocusReason)
    QApplication.sendEvent(palette.widget.filter, event)
    assert palette.widget.isVisible()


def test_what_cannot_be_done_now_says_why_and_is_not_done(palette: Palette) -> None:
    palette.open().type("duplicate")
    row = palette.widget.list.item(0)
    assert row.text() == "Duplicate"
    assert "Select a layer first" in str(row.data(Qt.ItemDataRole.AccessibleTextRole))
    palette.enter()
    assert palette.widget.isVisible()
    assert len(palette.robot.studio.document.network) == 3


def test_every_command_that_may_be_impossible_says_why(palette: Palette) -> None:
    for command in palette.robot.window.table.commands:
        assert command.enabled is None or command.needs, command.id


def test_what_was_chosen_lately_comes_first_and_is_remembered(
    palette: Palette, open_window: Opener, settings: QSettings
) -> None:
    palette.open().type("light theme").enter()
    palette.open().type("curves").enter()
    assert palette.open().titles()[:2] == ["Curves", "Light theme"]
    stored = palette.robot.studio.settings.value("command-palette/recent")
    settings.setValue("command-palette/recent", stored)
    other = Palette(open_window(settings))
    other.robot.window.open_palette()
    assert other.titles()[:2] == ["Curves", "Light theme"]
    other.widget.close_it()
    palette.robot.studio.theme.set_mode("dark")


def test_nothing_found_is_said(palette: Palette) -> None:
    palette.open().type("qqqqq")
    assert palette.titles() == []
    assert palette.robot.widget("command-nothing").isVisible()
    palette.enter()
    assert palette.widget.isVisible()


def test_it_works_on_the_start_page(palette: Palette) -> None:
    palette.robot.do("gallery")
    palette.robot.window.open_palette()
    palette.type("exclusive or" if "Exclusive or" in example("xor").title else example("xor").title).enter()
    assert palette.robot.studio.document.project == example("xor")
    assert not palette.robot.window.gallery.isVisible()


def test_a_recent_file_is_opened(palette: Palette, tmp_path: Path) -> None:
    window = palette.robot.window
    assert window.files.save_to(tmp_path / "latest-work.nstudio")
    window.files.new()
    window.open_palette()
    palette.type("latest-w").enter()
    assert palette.robot.studio.document.path == tmp_path / "latest-work.nstudio"


def test_it_stays_within_a_small_window(palette: Palette) -> None:
    window = palette.robot.window
    palette.open()
    window.resize(640, 480)
    palette.robot.wait_for(lambda: palette.widget.geometry().right() <= window.width())
    assert window.rect().contains(palette.widget.geometry())
    window.resize(1440, 900)


def test_space_and_full_stop_are_typed_and_start_nothing(palette: Palette) -> None:
    palette.open()
    line = palette.widget.filter
    assert isinstance(line, QLineEdit)
    palette.type("a .")
    assert line.text() == "a ."
    assert palette.robot.studio.training.state == "idle"
