"""Playground links in the window: pasted, dropped, asked for and copied; a wrong one changes nothing."""

from collections.abc import Iterator

import pytest
from PySide6.QtCore import QMimeData, QPointF, Qt, QUrl
from PySide6.QtGui import QDragEnterEvent, QDropEvent, QGuiApplication
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QInputDialog, QLineEdit, QWidget

from neuralstudio.data._base import Dataset
from neuralstudio.data.sets.spiral import Spiral
from neuralstudio.data.sets.xor import Xor
from neuralstudio.project.examples import example
from neuralstudio.project.playground.link import share
from neuralstudio.project.playground.setup import classic, with_batch_size, with_features, with_units
from neuralstudio.ui.links import link_in
from tests.robots.robot import StudioRobot
from tests.ui.window.conftest import Answer
from tests.ui.window.runs import project

LINK = "https://playground.tensorflow.org/#dataset=xor&networkShape=3"
SPIRAL = (
    "http://localhost:5000/#dataset=spiral&noise=15&showTestData=true&discretize=true&playButton_hide=true"
)
WRONG = "https://playground.tensorflow.org/#" + "x" * 30_000


@pytest.fixture(autouse=True)
def _empty_clipboard(qapp: QApplication) -> Iterator[None]:
    QGuiApplication.clipboard().clear()
    yield
    QGuiApplication.clipboard().clear()


def copied(text: str) -> None:
    QGuiApplication.clipboard().setText(text)


def warned(robot: StudioRobot, role: str = "warning") -> str:
    """What the status line says is wrong; or, for "muted", what is worth knowing."""
    line = robot.widget("status-warning")
    assert line.property("role") == role
    return str(line.property("text"))


def dataset(robot: StudioRobot) -> Dataset:
    return robot.studio.document.project.dataset


def pasted_on(robot: StudioRobot, widget: QWidget) -> None:
    widget.setFocus()
    robot.wait_for(lambda: QApplication.focusWidget() is not None)
    robot.press(Qt.Key.Key_V, Qt.KeyboardModifier.ControlModifier)


# ── in ───────────────────────────────────────────────────────────────────────────────────────────────


def test_a_link_pasted_on_the_canvas_opens(robot: StudioRobot) -> None:
    copied(LINK)
    pasted_on(robot, robot.window.build.view)
    opened = robot.studio.document.project
    assert opened.dataset == Xor()
    assert opened.title == "Playground: exclusive or"
    assert robot.window.panels["playground"].isVisible()
    assert not robot.studio.document.is_dirty
    assert not robot.studio.document.undo_stack.canUndo()


def test_a_link_pasted_on_the_start_page_opens(robot: StudioRobot) -> None:
    robot.window.show_gallery()
    copied(f"  {LINK}\n")
    pasted_on(robot, robot.window.gallery)
    assert dataset(robot) == Xor()
    assert not robot.window.gallery.isVisible()


@pytest.mark.parametrize("tag", ["code", "network", "playground"])
def test_a_link_pasted_in_the_centre_opens(robot: StudioRobot, tag: str) -> None:
    robot.window.show_panel(tag)
    copied(LINK)
    pasted_on(robot, robot.window.panels[tag])
    assert dataset(robot) == Xor()


def test_a_link_pasted_into_a_text_is_text(robot: StudioRobot) -> None:
    robot.window.focus_palette()
    box = robot.widget("palette-filter")
    assert isinstance(box, QLineEdit)
    copied(LINK)
    robot.press(Qt.Key.Key_V, Qt.KeyboardModifier.ControlModifier)
    assert box.text() == LINK
    assert robot.studio.document.project == project()
    box.clear()


def test_layers_are_pasted_as_ever(robot: StudioRobot) -> None:
    before = len(robot.studio.document.network)
    robot.studio.document.select(robot.studio.document.network.nodes[0].id)
    robot.window.build.edits.copy()
    pasted_on(robot, robot.window.build.view)
    assert len(robot.studio.document.network) == before + 1


def entered(robot: StudioRobot, mime: QMimeData) -> bool:
    """Whether the window would take what hangs over it."""
    buttons, keys = Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier
    enter = QDragEnterEvent(robot.window.rect().center(), Qt.DropAction.CopyAction, mime, buttons, keys)
    QApplication.sendEvent(robot.window, enter)
    return enter.isAccepted()


def dropped(robot: StudioRobot, mime: QMimeData) -> None:
    buttons, keys = Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier
    at = QPointF(robot.window.rect().center())
    QApplication.sendEvent(robot.window, QDropEvent(at, Qt.DropAction.CopyAction, mime, buttons, keys))


def test_a_link_dropped_on_the_window_opens_with_all_it_says(robot: StudioRobot) -> None:
    mime = QMimeData()
    mime.setUrls([QUrl(SPIRAL)])
    assert entered(robot, mime)
    dropped(robot, mime)
    assert dataset(robot) == Spiral(noise=15)
    options = robot.studio.options
    assert (options.has_test, options.is_discrete, options.hidden) == (True, True, frozenset({"playButton"}))


def test_dropped_text_that_is_a_link_opens_and_other_text_is_not_taken(robot: StudioRobot) -> None:
    mime = QMimeData()
    mime.setText("a shopping list & more")
    assert not entered(robot, mime)
    mime.setText(LINK)
    assert entered(robot, mime)
    dropped(robot, mime)
    assert dataset(robot) == Xor()


def test_another_address_is_not_taken(robot: StudioRobot) -> None:
    mime = QMimeData()
    mime.setUrls([QUrl("https://example.com/page#chapter-2")])
    assert not entered(robot, mime)
    assert link_in(mime) == ""


def test_what_a_link_hides_is_there_again_in_the_next_document(robot: StudioRobot) -> None:
    assert robot.window.links.open_link(SPIRAL)
    assert robot.studio.options.hidden
    robot.studio.document.open(example("xor"))
    assert robot.studio.options.hidden == frozenset()


def test_a_wrong_link_is_told_in_the_status_line_and_changes_nothing(robot: StudioRobot) -> None:
    copied(WRONG)
    pasted_on(robot, robot.window.build.view)
    assert warned(robot).startswith("Link: It has 30,0")
    assert robot.studio.document.project == project()
    assert not robot.window.links.open_link("hello")
    assert "no Playground link" in warned(robot)
    assert robot.studio.document.project == project()


def test_notes_are_told_in_the_status_line(robot: StudioRobot) -> None:
    assert robot.window.links.open_link("#noise=99&batchSize=<b>&colour=red")
    assert warned(robot, "muted") == (
        "noise=99 becomes 50. batchSize=?b? is no number, so it is 10. Not known, so left out: colour."
    )


def test_unsaved_work_is_asked_about_first(robot: StudioRobot, answer: Answer) -> None:
    robot.studio.document.edit("less", classic())
    asked = answer("Cancel")
    assert not robot.window.links.open_link(LINK)
    assert len(asked) == 1
    assert robot.studio.document.project == classic()
    answer("Discard")
    assert robot.window.links.open_link(LINK)
    assert dataset(robot) == Xor()


def test_a_wrong_link_asks_nothing(robot: StudioRobot, answer: Answer) -> None:
    robot.studio.document.edit("less", classic())
    asked = answer("Discard")
    assert not robot.window.links.open_link("javascript:alert(1)")
    assert asked == []


def test_the_command_asks_for_a_link_and_offers_the_one_on_the_clipboard(
    robot: StudioRobot, monkeypatch: pytest.MonkeyPatch
) -> None:
    offered: list[str] = []
    typed = ["", "#dataset=spiral", "", None]

    def ask(box: QInputDialog) -> int:
        offered.append(box.textValue())
        text = typed[len(offered) - 1]
        if text is not None:
            box.setTextValue(text or box.textValue())
        return int(text is not None)

    monkeypatch.setattr(QInputDialog, "exec", ask)
    copied("a shopping list")
    robot.do("open-link")
    assert robot.studio.document.project == project()
    robot.do("open-link")
    assert dataset(robot) == Spiral()
    copied(LINK)
    robot.do("open-link")
    assert dataset(robot) == Xor()
    robot.do("open-link")
    assert offered == ["", "", LINK, LINK]


# ── out ──────────────────────────────────────────────────────────────────────────────────────────────


def test_a_link_is_copied_and_opens_the_same(robot: StudioRobot) -> None:
    shown = with_features(with_units(classic(), "dense-1", 7), ("x1", "sin-x2"))
    robot.studio.document.open(shown)
    robot.studio.options.choose(has_test=True, is_discrete=False, hidden=frozenset({"noise"}))
    robot.do("copy-link")
    url = QGuiApplication.clipboard().text()
    assert url == share(shown, show_test=True, hidden=frozenset({"noise"})).url
    assert robot.window.statusBar().currentMessage() == "The link is copied"
    robot.studio.document.open(project())
    assert robot.window.links.open_link(url)
    again = robot.studio.document.project
    assert (again.network, again.dataset, again.trainer) == (shown.network, shown.dataset, shown.trainer)


def test_what_a_link_cannot_hold_is_told(robot: StudioRobot) -> None:
    robot.studio.document.open(example("circle"))
    robot.do("copy-link")
    assert warned(robot, "muted").startswith("The link is copied. It cannot hold: ")
    assert "the optimiser Adam" in warned(robot, "muted")


def test_trained_weights_are_told_to_stay_behind(robot: StudioRobot) -> None:
    robot.studio.document.open(classic())
    robot.wait_for(lambda: robot.studio.training.predictor is not None)
    robot.do("copy-link")
    assert robot.window.statusBar().currentMessage() == "The link is copied"
    kernel = "dense-1/kernel"
    assert robot.studio.training.predictor is not None
    robot.studio.training.put_weights(
        {kernel: robot.studio.training.predictor.model.parameters.value(kernel) + 1}
    )
    robot.do("copy-link")
    assert "the trained or edited weights" in warned(robot, "muted")


def test_a_network_that_is_no_playground_has_no_link_to_copy(robot: StudioRobot) -> None:
    robot.studio.document.open(example("digits-mlp"))
    assert not robot.studio.actions["copy-link"].isEnabled()
    copied("before")
    robot.window.links.share()
    assert "one or two numbers" in warned(robot)
    assert QGuiApplication.clipboard().text() == "before"
    robot.studio.document.open(classic())
    assert robot.studio.actions["copy-link"].isEnabled()


# ── what a link hides ────────────────────────────────────────────────────────────────────────────────

HIDING = (
    "#playButton_hide=true&stepButton_hide=true&resetButton_hide=true&numHiddenLayers_hide=true&hideText=true"
)
BUTTONS = ("train-button", "step-button", "reset-button")


def test_a_link_hides_buttons_of_the_toolbar_while_its_playground_is_shown(robot: StudioRobot) -> None:
    def wait_until(is_visible: bool) -> None:
        robot.wait_for(lambda: {robot.widget(name).isVisible() for name in BUTTONS} == {is_visible})

    wait_until(is_visible=True)
    assert robot.window.links.open_link(HIDING)
    wait_until(is_visible=False)
    assert robot.studio.actions["train"].isEnabled()
    robot.window.show_panel("network")
    wait_until(is_visible=True)
    robot.window.show_panel("playground")
    wait_until(is_visible=False)
    QTest.mouseClick(robot.widget("playground-show-all"), Qt.MouseButton.LeftButton)
    wait_until(is_visible=True)


def test_a_link_hides_the_number_of_layers_and_the_words(robot: StudioRobot) -> None:
    names = ("board-fewer-layers", "board-layers", "board-more-layers", "playground-headline")
    assert robot.window.links.open_link(HIDING)
    assert not any(robot.widget(name).isVisible() for name in names)
    assert str(robot.widget("playground-read-out").property("text")).strip() == ""
    QTest.mouseClick(robot.widget("playground-show-all"), Qt.MouseButton.LeftButton)
    assert all(robot.widget(name).isVisible() for name in names)


def test_the_classic_playground_takes_the_place_of_what_the_board_cannot_show(
    robot: StudioRobot, answer: Answer
) -> None:
    robot.studio.document.open(example("rbf"))
    robot.window.show_panel("playground")
    robot.studio.document.edit("another", with_batch_size(example("rbf"), 7))
    asked = answer("Cancel")
    button = robot.widget("board-to-classic")
    QTest.mouseClick(button, Qt.MouseButton.LeftButton)
    assert robot.studio.document.project.network == example("rbf").network
    assert len(asked) == 1
    answer("Discard")
    QTest.mouseClick(button, Qt.MouseButton.LeftButton)
    assert robot.studio.document.project == classic()
    assert robot.window.panels["playground"].isVisible()
