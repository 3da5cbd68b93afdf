"""A training without a window, and a window with nothing to lose at the end."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import QSettings
from PySide6.QtWidgets import QAbstractButton, QApplication, QMessageBox, QWidget
from pytestqt.qtbot import QtBot

from neuralstudio.project.document import Project
from neuralstudio.ui.files import Files
from neuralstudio.ui.studio import Studio
from neuralstudio.ui.window import StudioWindow
from tests.robots.robot import StudioRobot
from tests.ui.window.runs import Trained, project


@pytest.fixture
def trained(studio: Studio, qtbot: QtBot) -> Trained:
    """A controller on the small project, not yet trained."""
    studio.document.open(project())
    return Trained(studio, qtbot)


@pytest.fixture
def settings(tmp_path: Path) -> QSettings:
    return QSettings(str(tmp_path / "window.ini"), QSettings.Format.IniFormat)


Opener = Callable[[QSettings], StudioRobot]


@pytest.fixture
def open_window(qtbot: QtBot, tmp_path: Path) -> Iterator[Opener]:
    """Opens windows, and closes them without a question."""
    windows: list[StudioWindow] = []

    def open_it(settings: QSettings) -> StudioRobot:
        window = StudioWindow(settings)
        windows.append(window)
        with qtbot.waitActive(window):
            window.show()
            window.activateWindow()
        return StudioRobot(qtbot, window)

    yield open_it
    for window in windows:
        if window.isVisible():
            window.studio.training.stop()
            window.studio.document.mark_saved(tmp_path / "done.nstudio")
            window.close()
        # Its undo stack would tell the window, half gone, of its own end.
        window.studio.document.undo_stack.clear()
        window.deleteLater()


@pytest.fixture
def own(open_window: Opener, settings: QSettings) -> StudioRobot:
    """A window of the test's own on the small project, to be closed or taken apart."""
    robot = open_window(settings)
    robot.studio.document.open(project())
    robot.window.show_work()
    return robot


@pytest.fixture(scope="session")
def shared_window(qapp: QApplication, tmp_path_factory: pytest.TempPathFactory) -> Iterator[StudioWindow]:
    """One window for all tests that leave it whole: making one takes longer than most of them."""
    settings = tmp_path_factory.mktemp("shared") / "window.ini"
    window = StudioWindow(QSettings(str(settings), QSettings.Format.IniFormat))
    window.show()
    yield window
    window.studio.document.open(Project())
    window.close()


@pytest.fixture
def robot(qtbot: QtBot, shared_window: StudioWindow) -> Iterator[StudioRobot]:
    """The shared window on the small project, as if just opened."""
    window = shared_window
    with qtbot.waitActive(window):
        window.activateWindow()
    window.studio.document.open(Project())
    window.studio.document.open(project())
    window.show_panel("build")
    window.studio.training.state_changed.emit()
    yield StudioRobot(qtbot, window)
    window.studio.training.stop()
    window.studio.document.open(Project())


@pytest.fixture
def digits_folder(tmp_path: Path) -> Path:
    """A folder like MNIST's, with 20 images to learn from and 10 to test with."""
    folder = tmp_path / "digits"
    folder.mkdir()
    for part, count in (("train", 20), ("t10k", 10)):
        images = bytes(range(256)) * ((count * 784) // 256 + 1)
        head = bytes((0, 0, 8, 3)) + b"".join(side.to_bytes(4, "big") for side in (count, 28, 28))
        (folder / f"{part}-images-idx3-ubyte").write_bytes(head + images[: count * 784])
        labels = bytes(number % 10 for number in range(count))
        (folder / f"{part}-labels-idx1-ubyte").write_bytes(
            bytes((0, 0, 8, 1)) + count.to_bytes(4, "big") + labels
        )
    return folder


class Told(Files):
    """Remembers what it would have said."""

    said: list[tuple[str, str]]

    def tell(self, title: str, text: str) -> None:
        self.said.append((title, text))


@pytest.fixture
def files(studio: Studio, qtbot: QtBot) -> Told:
    window = QWidget()
    qtbot.addWidget(window)
    files = Told(window, studio.document, studio.training, studio.settings)
    files.said = []
    return files


Answer = Callable[[str], list[str]]


@pytest.fixture
def answer(monkeypatch: pytest.MonkeyPatch) -> Answer:
    """Clicks the button of this text in every question; gives the questions' texts."""

    def answer_with(choice: str) -> list[str]:
        asked: list[str] = []

        def click(box: QMessageBox) -> int:
            asked.append(box.text())
            buttons: dict[str, QAbstractButton] = {each.text(): each for each in box.buttons()}
            monkeypatch.setattr(QMessageBox, "clickedButton", lambda _box: buttons[choice])
            return 0

        monkeypatch.setattr(QMessageBox, "exec", click)
        return asked

    return answer_with
