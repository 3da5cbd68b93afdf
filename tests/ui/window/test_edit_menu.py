"""Cut, copy, paste and select all mean layers on the canvas, text in a text; groups and pictures."""

from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication, QImage
from PySide6.QtSvg import QSvgRenderer
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QFileDialog, QLabel, QLineEdit, QMessageBox, QWidget

from neuralstudio.ui.commands import EXPORT
from neuralstudio.ui.forms.numbers import NumberBox
from tests.robots.robot import StudioRobot
from tests.ui.window.conftest import Opener
from tests.ui.window.runs import ENDLESS, project

CONTROL = Qt.KeyboardModifier.ControlModifier
SHIFT = Qt.KeyboardModifier.ShiftModifier


@pytest.fixture
def canvas(robot: StudioRobot) -> QWidget:
    canvas = robot.widget("canvas")
    canvas.setFocus()
    return canvas


def ids(robot: StudioRobot) -> list[str]:
    return [node.id for node in robot.studio.document.network]


def test_layers_are_copied_and_pasted_by_keys(robot: StudioRobot, canvas: QWidget) -> None:
    robot.studio.document.select("dense-1", "dropout-1")
    robot.press(Qt.Key.Key_C, CONTROL)
    robot.press(Qt.Key.Key_V, CONTROL)
    assert len(ids(robot)) == 5
    assert len(robot.studio.document.selection) == 2
    robot.press(Qt.Key.Key_Z, CONTROL)
    assert robot.studio.document.project == project()


def test_layers_are_cut_by_key_and_pasted_by_the_menu(robot: StudioRobot, canvas: QWidget) -> None:
    robot.studio.document.select("dropout-1")
    robot.press(Qt.Key.Key_X, CONTROL)
    assert ids(robot) == ["dense-1", "dense-2"]
    robot.studio.document.select("dense-1")
    robot.do("paste")
    assert ids(robot) == ["dense-1", "dropout-1", "dense-2"]


def test_all_layers_are_selected_by_key(robot: StudioRobot, canvas: QWidget) -> None:
    robot.press(Qt.Key.Key_A, CONTROL)
    assert robot.studio.document.selection == ("dense-1", "dropout-1", "dense-2")


def test_a_field_with_nothing_of_its_own_to_undo_leaves_the_key_to_the_project(robot: StudioRobot) -> None:
    robot.studio.document.select("dense-1")
    units = robot.widget("field-units")
    assert isinstance(units, NumberBox)
    units.setFocus()
    before = robot.studio.document.project
    units.lineEdit().selectAll()
    QTest.keyClicks(units, "5")
    robot.press(Qt.Key.Key_Z, CONTROL)
    assert robot.studio.document.project == before, "the unfinished text is taken back first"
    units.lineEdit().selectAll()
    QTest.keyClicks(units, "5")
    robot.press(Qt.Key.Key_Return)
    edited = robot.studio.document.project
    assert edited != before
    robot.press(Qt.Key.Key_Z, CONTROL)
    assert robot.studio.document.project == before
    robot.press(Qt.Key.Key_Y, CONTROL)
    assert robot.studio.document.project == edited


def test_in_a_text_the_keys_mean_the_text(robot: StudioRobot) -> None:
    robot.studio.document.select("dense-1")
    line = robot.widget("palette-filter")
    assert isinstance(line, QLineEdit)
    line.setText("conv")
    line.setFocus()
    robot.press(Qt.Key.Key_A, CONTROL)
    robot.press(Qt.Key.Key_C, CONTROL)
    assert QGuiApplication.clipboard().text() == "conv"
    assert robot.studio.document.selection == ("dense-1",)
    robot.press(Qt.Key.Key_X, CONTROL)
    assert line.text() == ""
    robot.press(Qt.Key.Key_V, CONTROL)
    assert line.text() == "conv"
    assert robot.studio.document.project == project()
    line.clear()


def test_in_the_log_copy_means_its_lines(robot: StudioRobot) -> None:
    robot.studio.training.warned.emit("A line to copy.")
    robot.studio.document.select("dense-1")
    robot.window.show_panel("log")
    robot.widget("log-lines").setFocus()
    robot.press(Qt.Key.Key_C, CONTROL)
    assert "A line to copy." in QGuiApplication.clipboard().text()


def test_layers_are_grouped_and_ungrouped_by_keys(robot: StudioRobot, canvas: QWidget) -> None:
    assert not robot.studio.actions["group"].isEnabled()
    robot.studio.document.select("dense-1", "dropout-1")
    assert not robot.studio.actions["ungroup"].isEnabled()
    robot.press(Qt.Key.Key_G, CONTROL)
    (group,) = robot.studio.document.project.groups
    assert group.nodes == ("dense-1", "dropout-1")
    robot.press(Qt.Key.Key_G, CONTROL | SHIFT)
    assert robot.studio.document.project.groups == ()


def test_text_that_is_no_network_is_told_of_in_the_status_line(robot: StudioRobot, canvas: QWidget) -> None:
    QGuiApplication.clipboard().setText("Dear all")
    robot.press(Qt.Key.Key_V, CONTROL)
    label = robot.widget("status-warning")
    assert isinstance(label, QLabel)
    assert label.text()
    assert robot.studio.document.project == project()


# ── pictures of the network ──────────────────────────────────────────────────────────────────────────


def choose(monkeypatch: pytest.MonkeyPatch, path: Path | str, kind: str = "") -> None:
    monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *_: (str(path), kind))


def test_export_is_a_menu_in_the_file_menu(robot: StudioRobot) -> None:
    menu = robot.window.menus[EXPORT]
    assert menu.menuAction() in robot.window.menus["&File"].actions()
    assert robot.studio.actions["export-picture"] in menu.actions()


def test_the_whole_canvas_is_drawn_into_a_file(
    robot: StudioRobot, canvas: QWidget, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    robot.studio.document.select("dense-1")
    robot.window.build.view.zoom_to(3)
    robot.wait_for(lambda: robot.studio.loader.data is not None)
    robot.window.build.refresh()  # the data card has its picture now
    robot.window.build.scene.finish_moving()
    area = robot.window.build.scene.itemsBoundingRect()
    for name in ("net.png", "net.svg"):
        choose(monkeypatch, tmp_path / name)
        robot.do("export-picture")
        assert (tmp_path / name).stat().st_size > 1000
    image = QImage(str(tmp_path / "net.png"))
    assert image.width() >= 2 * area.width()
    assert image.pixelColor(1, 1).name() == robot.studio.theme.theme.window
    accent = robot.studio.theme.theme.accent
    colours = {image.pixelColor(x, image.height() // 2).name() for x in range(image.width())}
    assert len(colours) > 5
    assert accent not in colours, "what is selected is no part of the network"
    assert robot.window.build.card("dense-1").is_selected
    drawing = QSvgRenderer(str(tmp_path / "net.svg"))
    assert drawing.isValid()
    assert drawing.viewBoxF().width() >= area.width()
    assert robot.studio.document.selection == ("dense-1",)
    robot.window.fit()


def test_a_picture_gets_the_ending_of_the_chosen_kind(
    robot: StudioRobot, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    choose(monkeypatch, tmp_path / "net", "Picture of dots (*.png)")
    robot.do("export-picture")
    assert [path.name for path in tmp_path.iterdir() if path.stem == "net"] == ["net.png"]


def test_a_picture_that_cannot_be_written_is_one_sentence(
    robot: StudioRobot, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    said: list[str] = []
    monkeypatch.setattr(QMessageBox, "exec", lambda box: said.append(box.text()))
    choose(monkeypatch, tmp_path / "nowhere" / "net.svg")
    robot.do("export-picture")
    assert len(said) == 1
    assert "net.svg" in said[0]


# ── the rest of the window ───────────────────────────────────────────────────────────────────────────


def test_the_train_button_is_as_wide_whatever_it_says(robot: StudioRobot) -> None:
    robot.studio.document.open(project(ENDLESS))
    button = robot.widget("train-button")
    widths = {button.width()}
    robot.do("train")
    robot.wait_for(lambda: robot.studio.training.position.step > 0)
    widths.add(button.width())
    robot.do("train")
    assert robot.studio.actions["train"].text() == "Resume"
    robot.wait_for(lambda: button.isVisible())
    widths.add(button.width())
    assert len(widths) == 1
    assert button.width() >= button.sizeHint().width()


def test_what_an_edit_left_of_the_run_is_told_in_the_status_line(own: StudioRobot) -> None:
    own.studio.document.open(project(ENDLESS))
    own.do("train")
    own.wait_for(lambda: own.studio.training.position.step > 2)
    own.studio.document.select("dense-1")
    own.window.build.edits.insert("dense", "dense-1")
    assert "layers kept their weights" in own.window.statusBar().currentMessage()
    assert own.studio.training.state == "running"


@pytest.mark.parametrize("name", ["new.nstudio", "net.onnx", "model.keras", "model.json"])
def test_a_file_nobody_can_read_dropped_on_the_window_is_one_message(
    own: StudioRobot, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str, open_window: Opener
) -> None:
    said: list[str] = []
    monkeypatch.setattr(QMessageBox, "exec", lambda box: said.append(box.text()))
    (tmp_path / name).write_bytes(b"\x08\x99 not what it says")
    before = own.studio.document.project
    own.window._open_path(str(tmp_path / name))
    assert len(said) == 1
    assert name in said[0]
    assert own.studio.document.project is before
