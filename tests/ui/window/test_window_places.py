"""Panels, start page, look and size: what was moved can be restored, what was left is remembered."""

from pathlib import Path

import pytest
from PySide6.QtCore import QMimeData, QPoint, QPointF, QSettings, Qt, QUrl
from PySide6.QtGui import QDragEnterEvent, QDropEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QAbstractButton, QApplication, QMenu, QMessageBox, QWidget
from pytestqt.qtbot import QtBot

from neuralstudio.data.sets.mnist import Mnist
from neuralstudio.network.edits import set_fields
from neuralstudio.project.examples import example, example_names
from neuralstudio.project.file import load, save
from neuralstudio.ui.files import Files
from neuralstudio.ui.panels.table import TablePanel
from neuralstudio.ui.theme import named_theme
from tests.robots.robot import StudioRobot
from tests.ui.window.conftest import Opener
from tests.ui.window.runs import ENDLESS, Trained, project

# ── docks ────────────────────────────────────────────────────────────────────────────────────────────


def test_every_panel_has_one_place(robot: StudioRobot) -> None:
    window = robot.window
    for tag, panel in window.panels.items():
        if panel.area == "centre":
            assert window.tabs.indexOf(panel) >= 0
            assert tag not in window.docks.docks
        else:
            assert window.docks.docks[tag].widget() is panel


def test_a_closed_panel_comes_back_by_the_view_menu(own: StudioRobot) -> None:
    view = own.window.menus["&View"]
    for tag, dock in own.window.docks.docks.items():
        (toggle,) = (action for action in view.actions() if action.objectName() == f"view-{tag}")
        assert toggle.isChecked()
        dock.close()
        assert dock.isHidden()
        assert not toggle.isChecked()
        toggle.trigger()
        assert not dock.isHidden()


def test_all_panels_come_back_to_their_places_by_restore(own: StudioRobot) -> None:
    window, docks = own.window, own.window.docks.docks
    places = {tag: window.dockWidgetArea(dock) for tag, dock in docks.items()}
    docks["inspector"].close()
    window.tabifyDockWidget(docks["layers"], docks["log"])
    window.addDockWidget(Qt.DockWidgetArea.TopDockWidgetArea, docks["curves"])
    (restore,) = (each for each in window.menus["&View"].actions() if each.text() == "Restore all panels")
    restore.trigger()
    assert {tag: window.dockWidgetArea(dock) for tag, dock in docks.items()} == places
    assert not any(dock.isHidden() or dock.isFloating() for dock in docks.values())


def test_a_panel_asked_for_is_shown_even_when_closed(own: StudioRobot) -> None:
    own.window.docks.docks["data"].close()
    own.do("show-data")
    assert not own.window.docks.docks["data"].isHidden()
    own.wait_for(lambda: own.window.panels["data"].is_in_view)


def test_size_and_layout_are_remembered_by_the_next_window(
    own: StudioRobot, settings: QSettings, open_window: Opener
) -> None:
    window = own.window
    window.resize(1180, 760)  # a screen without a display is narrower than that
    window.docks.docks["log"].close()
    window.addDockWidget(Qt.DockWidgetArea.LeftDockWidgetArea, window.docks.docks["curves"])
    assert window.close()
    second = open_window(settings).window
    assert second.height() == 760
    assert second.docks.docks["log"].isHidden()
    curves = second.docks.docks["curves"]
    assert second.dockWidgetArea(curves) == Qt.DockWidgetArea.LeftDockWidgetArea
    assert not curves.isHidden()


def test_settings_that_are_no_layout_are_passed_over(settings: QSettings, open_window: Opener) -> None:
    settings.setValue("window/geometry", "nonsense")
    settings.setValue("window/layout", 7)
    settings.setValue("theme", "purple")
    window = open_window(settings).window
    assert not any(dock.isHidden() for dock in window.docks.docks.values())


# ── look ─────────────────────────────────────────────────────────────────────────────────────────────


def test_the_theme_goes_from_dark_to_light_and_back_everywhere_and_is_remembered(
    own: StudioRobot, settings: QSettings, open_window: Opener
) -> None:
    """Qt's warnings would fail the test; every panel is painted in both."""
    window, theme = own.window, own.studio.theme
    theme.set_mode("dark")
    for mode in ("light", "dark"):
        own.do("theme")
        assert theme.mode == mode
        assert theme.theme is named_theme(mode)
        app = QApplication.instance()
        assert isinstance(app, QApplication)
        background = app.palette().window().color()
        assert (background.lightness() < 128) == (mode == "dark")
        for tag in window.panels:
            window.show_panel(tag)
            panel = window.panels[tag]
            assert panel.palette().window().color() == background, tag
            assert not panel.grab().isNull()
    own.do("theme")
    assert window.close()
    assert open_window(settings).studio.theme.mode == "light"


def test_every_look_is_in_the_view_menu(robot: StudioRobot) -> None:
    (looks,) = (each for each in robot.window.menus["&View"].findChildren(QMenu) if each.title() == "Theme")
    for action, mode in zip(looks.actions(), ("system", "light", "dark", "contrast"), strict=True):
        action.trigger()
        assert robot.studio.theme.mode == mode


# ── start page ───────────────────────────────────────────────────────────────────────────────────────


def test_the_start_page_opens_each_example_and_gives_way(robot: StudioRobot) -> None:
    gallery, document = robot.window.gallery, robot.studio.document
    for name in example_names():
        robot.do("gallery")
        assert gallery.isVisible()
        card = gallery.findChild(QAbstractButton, f"example-{name}")
        assert card is not None
        card.click()
        assert document.project == example(name)
        assert document.path is None
        assert not gallery.isVisible()
        if name == "playground":
            assert robot.window.panels["playground"].is_in_view, "it is at home there"
            continue
        assert robot.widget("canvas").isVisible()
        signature = document.project.dataset.signature
        if signature.vocabulary:
            continue  # a text cannot be tried out
        front = "map" if signature.input_shape == (2,) else "draw" if signature.classes else "try"
        robot.wait_for(lambda front=front: robot.window.panels[front].is_in_view)


def test_the_start_page_begins_with_an_empty_network(robot: StudioRobot) -> None:
    robot.do("gallery")
    robot.click("gallery-empty")
    assert len(robot.studio.document.network) == 0
    assert not robot.window.gallery.isVisible()


def test_recent_files_are_in_the_menu_and_on_the_start_page(own: StudioRobot, tmp_path: Path) -> None:
    path = tmp_path / "mine.nstudio"
    assert own.window.files.save_to(path)
    own.window.files.new()
    (recent,) = (each for each in own.window.findChildren(QMenu) if each.title() == "Open &recent")
    (entry,) = recent.actions()
    entry.trigger()
    assert own.studio.document.path == path
    own.window.files.new()
    own.do("gallery")
    own.click("recent-mine")
    assert own.studio.document.path == path
    assert not own.window.gallery.isVisible()


# ── dropped on the window ────────────────────────────────────────────────────────────────────────────


def drop(robot: StudioRobot, *paths: Path) -> bool:
    """Drags files onto the window and lets go; False if it would not have them."""
    mime = QMimeData()
    mime.setUrls([QUrl.fromLocalFile(str(path)) for path in paths])
    copy, left = Qt.DropAction.CopyAction, Qt.MouseButton.LeftButton
    none = Qt.KeyboardModifier.NoModifier
    enter = QDragEnterEvent(QPoint(300, 300), copy, mime, left, none)
    enter.ignore()
    QApplication.sendEvent(robot.window, enter)
    if not enter.isAccepted():
        return False
    QApplication.sendEvent(robot.window, QDropEvent(QPointF(300, 300), copy, mime, left, none))
    return True


@pytest.fixture
def told(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """What would have been said about files."""
    said: list[str] = []
    monkeypatch.setattr(Files, "tell", lambda _files, _title, sentence: said.append(sentence))
    return said


def test_a_project_dropped_on_the_window_is_opened(
    robot: StudioRobot, tmp_path: Path, told: list[str]
) -> None:
    path = tmp_path / "xor.nstudio"
    save(path, example("xor"), None)
    assert drop(robot, path)
    assert robot.studio.document.project == example("xor")
    assert robot.studio.document.path == path
    assert not told


def test_a_file_of_nonsense_dropped_on_the_window_is_told_of(
    robot: StudioRobot, tmp_path: Path, told: list[str]
) -> None:
    path = tmp_path / "holiday.jpg"
    path.write_bytes(bytes(range(256)))
    assert drop(robot, path)
    assert len(told) == 1
    assert "holiday.jpg" in told[0]
    assert robot.studio.document.project == project()


def test_an_mnist_folder_dropped_on_the_window_becomes_the_data(
    robot: StudioRobot, told: list[str], digits_folder: Path
) -> None:
    robot.studio.document.open(example("digits-mlp"))
    assert drop(robot, digits_folder)
    robot.wait_for(lambda: isinstance(robot.studio.document.project.dataset, Mnist))
    robot.wait_for(lambda: robot.studio.loader.data is not None)
    assert robot.studio.loader.data is not None
    assert len(robot.studio.loader.data.train) == 20
    assert not told
    robot.studio.document.undo_stack.undo()
    assert robot.studio.document.project == example("digits-mlp")


def test_a_text_dropped_on_the_window_is_not_taken(robot: StudioRobot) -> None:
    assert not drop(robot)


# ── closing ──────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(("choice", "is_closed"), [("Cancel", False), ("Discard", True), ("Save", True)])
def test_closing_asks_about_unsaved_work(
    own: StudioRobot, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, choice: str, is_closed: bool
) -> None:
    path = tmp_path / "mine.nstudio"
    assert own.window.files.save_to(path)
    document = own.studio.document
    document.edit_network("change units", set_fields(document.network, "dense-1", units=9))

    def click(box: QMessageBox) -> int:
        button = next(each for each in box.buttons() if each.text() == choice)
        monkeypatch.setattr(QMessageBox, "clickedButton", lambda _box: button)
        return 0

    monkeypatch.setattr(QMessageBox, "exec", click)
    assert own.window.close() == is_closed
    assert (load(path).project == document.project) == (choice == "Save")
    assert own.window.isVisible() != is_closed


def test_closing_while_it_trains_ends_the_run(
    own: StudioRobot, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    own.studio.document.open(project(ENDLESS))
    Trained(own.studio, own.bot).run_for(steps=1)
    monkeypatch.setattr(Files, "may_leave", lambda _files: True)
    assert own.window.close()
    assert own.studio.training.state == "idle"


def test_a_window_closed_while_data_load_waits_for_them(open_window: Opener, settings: QSettings) -> None:
    robot = open_window(settings)
    assert robot.studio.loader.is_loading
    assert robot.window.close()


def test_object_names_a_test_may_ask_for_are_there(robot: StudioRobot, qtbot: QtBot) -> None:
    for name in ("train-button", "step-button", "pad", "canvas", "palette-filter", "palette-layers"):
        assert isinstance(robot.widget(name), QWidget)


def test_after_an_example_is_opened_beside_the_canvas_the_space_bar_trains(robot: StudioRobot) -> None:
    robot.window.show_panel("examples")
    card = robot.window.panels["examples"].findChild(QAbstractButton, "example-xor")
    assert card is not None
    card.setFocus()
    QTest.mouseClick(card, Qt.MouseButton.LeftButton)
    assert robot.studio.document.project == example("xor")
    assert not card.hasFocus()
    assert robot.widget("canvas").hasFocus()
    robot.press(Qt.Key.Key_Space)
    robot.wait_for(lambda: robot.studio.training.position.step > 0)


def test_enter_on_a_row_of_the_table_leads_to_the_settings_of_that_layer(own: StudioRobot) -> None:
    window = own.window
    window.files.open_example("xor")
    window.show_panel("table")
    table = window.panels["table"]
    assert isinstance(table, TablePanel)
    own.wait_for(lambda: table.model.rowCount() > 0)
    table.view.selectRow(0)
    QTest.keyClick(table.view, Qt.Key.Key_Return)
    inspector = window.panels["inspector"]
    own.wait_for(lambda: inspector.isAncestorOf(QApplication.focusWidget() or window))
