"""The strip above the playground: each control is one undo step, and what cannot be is said."""

from collections.abc import Callable

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QAction
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QComboBox, QLabel, QSpinBox, QWidget
from pytestqt.qtbot import QtBot

from neuralstudio.engine.activations import ReLU
from neuralstudio.engine.optimisers import Adam
from neuralstudio.project.document import Project
from neuralstudio.project.playground import setup
from neuralstudio.session.speed import SPEEDS
from neuralstudio.training.backprop import Backprop
from neuralstudio.ui.playground.strip import ControlStrip
from neuralstudio.ui.studio import Studio


@pytest.fixture
def strip(studio: Studio, qtbot: QtBot) -> ControlStrip:
    studio.document.open(setup.classic())
    strip = ControlStrip(studio)
    qtbot.addWidget(strip)
    strip.resize(1400, 60)
    strip.show()
    return strip


def pick(strip: ControlStrip, name: str, text: str) -> None:
    """Chooses from a list with the keyboard."""
    combo = strip.findChild(QComboBox, name)
    assert combo is not None
    place = combo.findText(text)
    assert place >= 0, f"{name} has no {text}"
    combo.setCurrentIndex(place)
    combo.activated.emit(place)


def trainer(project: Project) -> Backprop:
    assert isinstance(project.trainer, Backprop)
    return project.trainer


CHOICES: list[tuple[str, str, Callable[[Project], object], object]] = [
    ("playground-learning-rate", "0.3", lambda p: setup.read(p).learning_rate, 0.3),
    ("playground-activation", "ReLU", lambda p: {each.activation for each in setup.read(p).hidden}, {ReLU()}),
    ("playground-regularisation", "L2", lambda p: setup.read(p).penalty, "l2"),
    ("playground-optimiser", "Adam", lambda p: type(trainer(p).optimiser), Adam),
    ("playground-problem", "Regression", lambda p: setup.read(p).problem, "regression"),
]


@pytest.mark.parametrize(("name", "text", "read", "wanted"), CHOICES, ids=[each[0] for each in CHOICES])
def test_a_choice_is_one_undo_step(
    strip: ControlStrip,
    studio: Studio,
    name: str,
    text: str,
    read: Callable[[Project], object],
    wanted: object,
) -> None:
    before = studio.document.project
    pick(strip, name, text)
    assert read(studio.document.project) == wanted
    assert studio.document.undo_stack.count() == 1
    studio.document.undo_stack.undo()
    assert studio.document.project == before
    combo = strip.findChild(QComboBox, name)
    assert combo is not None
    assert combo.currentText() != text


def test_a_rate_can_be_set_once_there_is_a_regularisation(strip: ControlStrip, studio: Studio) -> None:
    rate = strip.findChild(QComboBox, "playground-regularisation-rate")
    assert rate is not None
    assert not rate.isEnabled()
    pick(strip, "playground-regularisation", "L1")
    assert rate.isEnabled()
    pick(strip, "playground-regularisation-rate", "0.03")
    now = setup.read(studio.document.project)
    assert (now.penalty, now.penalty_rate) == ("l1", 0.03)


def type_into(strip: ControlStrip, name: str, text: str) -> None:
    combo = strip.findChild(QComboBox, name)
    assert combo is not None
    edit = combo.lineEdit()
    assert edit is not None
    edit.setFocus()
    edit.selectAll()
    QTest.keyClicks(edit, text)
    QTest.keyClick(edit, Qt.Key.Key_Return)


def test_a_rate_that_is_not_in_the_list_can_be_typed(strip: ControlStrip, studio: Studio) -> None:
    type_into(strip, "playground-learning-rate", "0.042")
    assert setup.read(studio.document.project).learning_rate == 0.042


@pytest.mark.parametrize("text", ["fast", "-1", "11", ""])
def test_a_wrong_rate_is_refused_in_a_sentence(strip: ControlStrip, studio: Studio, text: str) -> None:
    said: list[str] = []
    studio.training.warned.connect(said.append)
    before = studio.document.project
    combo = strip.findChild(QComboBox, "playground-learning-rate")
    assert combo is not None
    edit = combo.lineEdit()
    assert edit is not None
    edit.setText(text)
    edit.editingFinished.emit()
    assert studio.document.project is before
    assert len(said) == 1
    assert said[0].endswith((".", text))
    assert "Learning rate" in said[0]
    assert combo.currentText() == "0.03"


def test_an_optimiser_keeps_the_learning_rate(strip: ControlStrip, studio: Studio) -> None:
    pick(strip, "playground-optimiser", "Adam")
    assert setup.read(studio.document.project).learning_rate == 0.03


def test_speed_is_no_undo_step(strip: ControlStrip, studio: Studio) -> None:
    pick(strip, "playground-speed", "10 batches/s")
    assert studio.training.speed == SPEEDS[3]
    assert studio.document.undo_stack.count() == 0


def test_each_seed_stands_for_itself(strip: ControlStrip, studio: Studio) -> None:
    button = strip.findChild(QWidget, "playground-seeds")
    assert button is not None
    QTest.mouseClick(button, Qt.MouseButton.LeftButton)
    box = next(each for each in strip.findChildren(QSpinBox) if each.objectName() == "seed-weights")
    box.setValue(7)
    seeds = studio.document.project.seeds
    assert (seeds.data, seeds.weights, seeds.order) == (1, 7, 1)
    assert button.property("text") == "Seeds 1 · 7 · 1"
    QTest.keyClick(box, Qt.Key.Key_Escape)
    assert not box.isVisible()
    assert studio.document.undo_stack.count() == 1


def test_a_stop_rule_is_named_on_its_button(strip: ControlStrip, studio: Studio) -> None:
    button = strip.findChild(QWidget, "playground-stop-rules")
    assert button is not None
    QTest.mouseClick(button, Qt.MouseButton.LeftButton)
    field = strip.findChild(QWidget, "field-stopping.target_loss")
    assert field is not None
    field.setFocus()
    QTest.keyClick(field, Qt.Key.Key_A, Qt.KeyboardModifier.ControlModifier)
    QTest.keyClicks(field, "0.01")
    QTest.keyClick(field, Qt.Key.Key_Return)
    assert trainer(studio.document.project).stopping.target_loss == 0.01
    assert button.property("text") == "Stop: loss ≤ 0.01"
    assert studio.document.undo_stack.count() == 1


def test_what_a_link_hides_can_be_shown_again(strip: ControlStrip, studio: Studio) -> None:
    rate = strip.findChild(QComboBox, "playground-learning-rate")
    everything = strip.findChild(QWidget, "playground-show-all")
    assert rate is not None
    assert everything is not None
    assert everything.isHidden()
    studio.options.choose(hidden=frozenset({"learningRate"}))
    assert not rate.isVisible()
    assert everything.isVisible()
    QTest.mouseClick(everything, Qt.MouseButton.LeftButton)
    assert rate.isVisible()


def test_buttons_do_what_the_actions_of_the_window_do(studio: Studio, qtbot: QtBot) -> None:
    studio.document.open(setup.classic())
    done: list[str] = []
    for name in ("reset", "new-weights", "copy-link"):
        action = QAction(name)
        action.setToolTip(f"tip of {name}")
        action.setObjectName(f"action-{name}")
        action.triggered.connect(lambda _on=False, name=name: done.append(name))
        studio.actions[name] = action
    strip = ControlStrip(studio)
    qtbot.addWidget(strip)
    strip.show()
    for name in ("reset", "new-weights", "copy-link"):
        button = strip.findChild(QWidget, f"playground-{name}")
        assert button is not None
        assert button.toolTip() == f"tip of {name}"
        QTest.mouseClick(button, Qt.MouseButton.LeftButton)
    assert done == ["reset", "new-weights", "copy-link"]
    studio.actions["copy-link"].setEnabled(False)
    link = strip.findChild(QWidget, "playground-copy-link")
    assert link is not None
    assert not link.isEnabled()


def test_nothing_is_clipped_in_a_narrow_window(strip: ControlStrip) -> None:
    for width in (1400, 1000, 600):
        strip.resize(width, strip.height())
        strip.fit()
        strip.layout().activate()  # type: ignore[union-attr]
        children = [each for each in strip.children() if isinstance(each, QWidget) and each.isVisible()]
        inner = [each for each in children if not each.isWindow()]
        assert all(strip.rect().contains(each.geometry()) for each in inner), width


def test_every_control_has_a_name_and_a_tooltip(strip: ControlStrip) -> None:
    combos = strip.findChildren(QComboBox)
    assert len(combos) == 7
    for each in combos:
        assert each.accessibleName()
        assert each.toolTip()


def test_the_strip_rests_for_a_network_that_is_no_playground(strip: ControlStrip, studio: Studio) -> None:
    studio.document.open(Project())
    rate = strip.findChild(QComboBox, "playground-learning-rate")
    epoch = strip.findChild(QLabel, "playground-epoch")
    assert rate is not None
    assert epoch is not None
    assert not rate.isEnabled()
    assert epoch.text() == "0"
