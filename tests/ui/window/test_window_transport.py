"""Toolbar and status line say where training stands; the toolbar's settings are edits like any other."""

from msgspec.structs import replace
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QComboBox, QLabel, QLineEdit, QProgressBar

from neuralstudio.engine.optimisers import SGD, Adam
from neuralstudio.layers.dense import Dense
from neuralstudio.network.edits import append
from neuralstudio.training.backprop import Backprop
from tests.robots.robot import StudioRobot
from tests.ui.window.runs import ENDLESS, STEPS, Trained, project


def text(robot: StudioRobot, name: str) -> str:
    label = robot.widget(name)
    assert isinstance(label, QLabel)
    return label.text()


def combo(robot: StudioRobot, name: str) -> QComboBox:
    found = robot.widget(name)
    assert isinstance(found, QComboBox)
    return found


def enter(robot: StudioRobot, name: str, value: str) -> None:
    line = combo(robot, name).lineEdit()
    assert isinstance(line, QLineEdit)
    robot.replace_text(line, value)
    QTest.keyClick(line, Qt.Key.Key_Return)


def trainer(robot: StudioRobot) -> Backprop:
    found = robot.studio.document.project.trainer
    assert isinstance(found, Backprop)
    return found


def test_epoch_batch_and_progress_are_shown(robot: StudioRobot) -> None:
    hand = Trained(robot.studio, robot.bot)
    assert text(robot, "epoch") == "0 / 3"
    assert text(robot, "batch") == "–"
    assert text(robot, "speed") == "–"
    hand.step_epoch()
    hand.step_batches(2)
    robot.wait_for(lambda: (text(robot, "epoch"), text(robot, "batch")) == ("2 / 3", f"2 / {STEPS}"))
    bar = robot.widget("progress")
    assert isinstance(bar, QProgressBar)
    robot.wait_for(lambda: bar.value() == int(1000 * 1.4 / 3))
    hand.finish()
    robot.wait_for(lambda: text(robot, "epoch") == "3 / 3")
    robot.wait_for(lambda: bar.value() == 1000)


def test_speed_and_time_left_are_shown_while_it_trains(robot: StudioRobot) -> None:
    robot.studio.document.open(project(ENDLESS))
    robot.click("train-button")
    robot.wait_for(lambda: text(robot, "speed") != "–")
    robot.wait_for(lambda: ":" in text(robot, "time-left"))
    robot.click("train-button")
    robot.wait_for(lambda: text(robot, "time-left") == "–")


def test_the_train_button_says_what_it_does_next(robot: StudioRobot) -> None:
    robot.studio.document.open(project(ENDLESS))
    action = robot.studio.actions["train"]
    assert action.text() == "Train"
    robot.click("train-button")
    robot.wait_for(lambda: action.text() == "Pause")
    robot.click("train-button")
    assert action.text() == "Resume"
    robot.do("stop")
    assert action.text() == "Train"


def test_the_step_button_learns_one_batch(robot: StudioRobot) -> None:
    robot.click("step-button")
    robot.wait_for(lambda: robot.studio.training.state == "paused")
    assert robot.studio.training.position.step == 1


def test_a_learning_rate_typed_or_chosen_is_an_edit(robot: StudioRobot) -> None:
    enter(robot, "learning-rate", "0.25")
    assert trainer(robot).optimiser.learning_rate == 0.25
    enter(robot, "learning-rate", "0,125")
    assert trainer(robot).optimiser.learning_rate == 0.125
    assert robot.studio.document.undo_stack.undoText() == "change learning rate"
    robot.do("undo")
    assert not robot.studio.actions["undo"].isEnabled()
    assert robot.studio.actions["redo"].isEnabled()
    assert trainer(robot).optimiser.learning_rate == 0.01
    assert combo(robot, "learning-rate").currentText() == "0.01"


def test_a_rate_that_is_shown_rounded_is_not_changed_by_leaving_its_box(robot: StudioRobot) -> None:
    Trained(robot.studio, robot.bot).set_rate(0.123456789)
    line = combo(robot, "learning-rate").lineEdit()
    assert isinstance(line, QLineEdit)
    line.setFocus()
    QTest.keyClick(line, Qt.Key.Key_Return)
    assert trainer(robot).optimiser.learning_rate == 0.123456789


def test_a_wrong_learning_rate_is_refused_in_words_and_the_old_one_kept(robot: StudioRobot) -> None:
    hand = Trained(robot.studio, robot.bot)
    for wrong in ("0", "-1", "11", "fast", "nan", "inf", ""):
        hand.warnings.clear()
        enter(robot, "learning-rate", wrong)
        (warning,) = hand.warnings
        assert "Learning rate: " in warning
        assert text(robot, "status-warning") == warning
        assert trainer(robot).optimiser.learning_rate == 0.01
        assert combo(robot, "learning-rate").currentText() == "0.01"
    assert robot.studio.document.undo_stack.count() == 0


def test_a_wrong_batch_size_is_refused_in_words_and_the_old_one_kept(robot: StudioRobot) -> None:
    hand = Trained(robot.studio, robot.bot)
    for wrong in ("0", "2.5", "many", "70000"):
        hand.warnings.clear()
        enter(robot, "batch-size", wrong)
        (warning,) = hand.warnings
        assert "Batch size: " in warning
        assert trainer(robot).batch_size == 10
        assert combo(robot, "batch-size").currentText() == "10"
    assert robot.studio.document.undo_stack.count() == 0


def test_a_batch_size_typed_is_an_edit(robot: StudioRobot) -> None:
    for size in (3, 5, 25, 13):  # beginnings of sizes in the list, and one that is none
        enter(robot, "batch-size", str(size))
        assert trainer(robot).batch_size == size
    hand = Trained(robot.studio, robot.bot)
    hand.step_epoch()
    assert hand.step == 4


def test_an_optimiser_chosen_is_an_edit(robot: StudioRobot) -> None:
    box = combo(robot, "optimiser")
    assert box.currentText() == "Adam"
    box.setFocus()
    QTest.keyClick(box, Qt.Key.Key_Home)
    QTest.keyClick(box, Qt.Key.Key_Return)
    assert trainer(robot).optimiser == SGD()
    assert combo(robot, "learning-rate").currentText() == f"{SGD().learning_rate:g}"
    robot.studio.document.undo_stack.undo()
    assert trainer(robot).optimiser == Adam(learning_rate=0.01)
    assert box.currentText() == "Adam"


def test_the_toolbar_shows_what_is_changed_elsewhere(robot: StudioRobot) -> None:
    document = robot.studio.document
    document.edit_trainer("batch", replace(trainer(robot), batch_size=32, epochs=7))
    assert combo(robot, "batch-size").currentText() == "32"
    assert text(robot, "epoch") == "0 / 7"


def test_the_learning_rate_can_be_changed_in_the_toolbar_while_it_trains(robot: StudioRobot) -> None:
    robot.studio.document.open(project(ENDLESS))
    hand = Trained(robot.studio, robot.bot)
    hand.run_for(steps=1)
    enter(robot, "learning-rate", "0.5")
    assert hand.training.state == "running"
    stood = hand.step
    hand.wait(lambda: hand.step > stood)


def test_the_status_line_shows_the_test_accuracy(robot: StudioRobot) -> None:
    hand = Trained(robot.studio, robot.bot)
    assert text(robot, "status-score") == ""
    hand.finish()
    _, _, _, loss, accuracy = robot.studio.training.history.epochs.rows[-1].tolist()
    said = f"Test accuracy {100 * accuracy:.1f} %  ·  test loss {loss:.3f}"
    robot.wait_for(lambda: text(robot, "status-score") == said)
    robot.wait_for(lambda: "Finished" in text(robot, "status-state"))
    robot.do("reset")
    robot.wait_for(lambda: text(robot, "status-score") == "")


def test_the_status_line_shows_what_goes_on(robot: StudioRobot) -> None:
    robot.studio.document.open(project(ENDLESS))
    robot.wait_for(lambda: "Ready" in text(robot, "status-state"))
    robot.do("train")
    robot.wait_for(lambda: "Training" in text(robot, "status-state"))
    robot.do("train")
    robot.wait_for(lambda: "Paused" in text(robot, "status-state"))


def test_the_status_line_says_why_training_cannot_start_until_it_does(robot: StudioRobot) -> None:
    document = robot.studio.document
    spec, _ = append(document.network, Dense(units=3))
    document.edit_network("append", spec)
    robot.click("train-button")
    assert text(robot, "status-warning") == str(document.report.problems[0])
    document.undo_stack.undo()
    robot.click("train-button")
    robot.wait_for(lambda: text(robot, "status-warning") == "")
