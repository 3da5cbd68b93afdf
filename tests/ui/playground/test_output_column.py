"""The right column: the map and its switches, the pointer, what is read of a run, and its history."""

import numpy as np
import pytest
from msgspec.structs import replace
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QAbstractButton, QCheckBox, QComboBox, QPushButton, QSlider

from neuralstudio.data._base import Quantity
from neuralstudio.engine.activations import ReLU
from neuralstudio.network.spec import DATA
from neuralstudio.project.playground import setup
from neuralstudio.ui.playground import answers
from neuralstudio.ui.playground.loss_curve import LossCurve
from neuralstudio.views._base import Scatter
from tests.robots.pointer import move_pointer
from tests.ui.playground.hands import Hands


def shown(hands: Hands) -> Scatter:
    figure = hands.panel.output.picture.map.figure
    assert figure is not None
    return figure


# ── the map ──────────────────────────────────────────────────────────────────────────────────────────


def test_the_map_has_a_hundred_cells_a_side_and_the_training_points(hands: Hands) -> None:
    assert shown(hands).background.shape == (100, 100)
    assert len(shown(hands).points) == 250
    assert not shown(hands).is_test.any()


def test_test_points_come_with_the_box(hands: Hands) -> None:
    hands.check("playground-test")
    assert hands.studio.options.has_test
    assert shown(hands).is_test.sum() == 250
    hands.check("playground-test")
    assert not shown(hands).is_test.any()


def test_discretise_shows_only_the_winner(hands: Hands) -> None:
    assert len(np.unique(shown(hands).background)) > 10
    hands.check("playground-discretise")
    assert set(np.unique(shown(hands).background)) <= {-1, 0, 1}
    assert hands.steps == 0


def test_toggling_discretise_adds_no_points_to_the_loss_curve(hands: Hands) -> None:
    hands.train(3)
    curve = hands.find("playground-loss")
    assert isinstance(curve, LossCurve)
    count = len(hands.studio.training.history.epochs)
    hands.wait(lambda: len(curve.rows) == count)
    for _ in range(4):
        hands.check("playground-discretise")
    hands.panel.hide()
    hands.panel.show()  # draws everything anew
    assert len(hands.studio.training.history.epochs) == count == len(curve.rows)


def test_the_pointer_reads_the_loss_curve(hands: Hands) -> None:
    hands.train(5)
    curve = hands.find("playground-loss")
    assert isinstance(curve, LossCurve)
    hands.wait(lambda: len(curve.rows) == len(hands.studio.training.history.epochs))
    move_pointer(curve, QPoint(curve.width() - 12, 30))
    hands.wait(lambda: "epoch" in hands.text("playground-losses"))
    found = curve.read_out()
    assert found is not None
    rows = hands.studio.training.history.epochs.rows
    assert found[1:] in [(row[1], row[3]) for row in rows.tolist()]
    move_pointer(curve, QPoint(5, 30))
    hands.wait(lambda: "epoch" not in hands.text("playground-losses"))


def test_the_answer_is_a_surface_on_request(hands: Hands) -> None:
    hands.check("playground-3d")
    assert hands.find("playground-surface").isVisible()
    assert not hands.find("playground-map").isVisible()
    hands.check("playground-3d")
    assert hands.find("playground-map").isVisible()


def test_the_pointer_reads_the_map(hands: Hands) -> None:
    hands.point_at(1.0, -2.0)
    hands.wait(lambda: "→" in hands.text("playground-read-out"))
    words = hands.text("playground-read-out")
    assert words.startswith(("X₁ 1", "X₁ 0.9"))
    assert "X₂ −" in words
    assert "orange" in words or "blue" in words


def test_a_neuron_is_shown_large_with_its_name(hands: Hands) -> None:
    answer = shown(hands).background.copy()
    hands.panel.board.hovered.emit("dense-1", 2)
    assert hands.text("playground-output-name") == "Neuron h1·3"
    assert (shown(hands).background != answer).any()
    hands.panel.board.hovered.emit(DATA, 0)
    assert hands.text("playground-output-name") == "Feature X₁"
    hands.panel.board.hovered.emit("", -1)
    assert hands.text("playground-output-name") == "Output"
    assert (shown(hands).background == answer).all()


def test_many_classes_have_a_legend(hands: Hands) -> None:
    hands.click("tile-painted")
    hands.click("paint-on-present")
    hands.click("paint-add-class")
    hands.stroke((-5, 5), (5, 5))
    hands.load()
    assert hands.panel.output._bar.classes == ("orange", "blue", "green")


def test_a_regression_has_its_values_at_the_bar(hands: Hands) -> None:
    project = setup.with_problem(hands.project, "regression")
    hands.studio.document.edit("regression", project)
    hands.load()
    assert len(hands.panel.output._bar.ends) == 3
    assert not hands.panel.output._bar.classes


# ── one number ───────────────────────────────────────────────────────────────────────────────────────


def test_one_number_is_shown_as_a_fit_with_its_residual(hands: Hands) -> None:
    hands.click("tile-function")
    hands.load()
    hands.wait(lambda: hands.panel.output.picture.fit is not None)
    before = hands.panel.output.picture.fit
    assert before is not None
    assert hands.find("playground-fit").isVisible()
    assert len(before.points) == 400
    hands.train(40)
    hands.wait(lambda: (now := hands.panel.output.picture.fit) is not None and now.rms < before.rms)
    assert "RMS" in hands.text("playground-read-out")


def test_a_neuron_of_one_number_is_a_line_of_its_own(hands: Hands) -> None:
    hands.click("tile-function")
    hands.load()
    hands.panel.board.hovered.emit("dense-1", 1)
    fit = hands.panel.output.picture.fit
    assert fit is not None
    assert fit.name == "neuron"
    assert not len(fit.right)
    hands.panel.board.hovered.emit("", -1)
    fit = hands.panel.output.picture.fit
    assert fit is not None
    assert fit.name == "network"


# ── readings ─────────────────────────────────────────────────────────────────────────────────────────


def test_a_run_is_read_in_words(hands: Hands) -> None:
    assert hands.text("playground-flow") == "–"
    assert hands.text("playground-time") == "–"
    hands.train(300)
    hands.wait(lambda: hands.text("playground-flow") == "healthy")
    hands.wait(lambda: float(hands.text("playground-score").rstrip("%")) > 90)
    assert hands.text("playground-dead") == "0 / 6"
    assert hands.text("playground-time") != "–"


def test_the_confusion_matrix_can_be_enlarged(hands: Hands) -> None:
    hands.click("playground-confusion-section")
    hands.wait(lambda: hands.find("playground-confusion").isVisible())
    counts = hands.panel.output.readings.counts
    assert counts is not None
    assert counts.sum() == 250
    button = hands.find("playground-enlarge")
    assert isinstance(button, QPushButton)
    button.click()
    assert hands.find("playground-large-confusion").isVisible()
    hands.find("playground-large-confusion").close()


def test_a_diverging_run_is_told_of_and_the_last_good_weights_stay(hands: Hands) -> None:
    project = setup.with_problem(hands.project, "regression")
    project = setup.with_learning_rate(project, 10)
    hands.studio.document.edit("wild", setup.with_activation(project, ReLU()))
    hands.load()
    with hands.bot.waitSignal(hands.studio.training.finished, timeout=20_000):
        hands.studio.training.train()
    assert "last good weights" in hands.text("playground-told")
    predictor = hands.studio.training.predictor
    assert predictor is not None
    assert np.isfinite(predictor.model.parameters.values).all()
    hands.studio.document.undo_stack.undo()
    assert hands.text("playground-told") == ""


# ── history ──────────────────────────────────────────────────────────────────────────────────────────


def trained_for_a_while(hands: Hands) -> QSlider:
    hands.studio.training.train()
    hands.wait(lambda: hands.studio.replay.moments >= 6)
    hands.studio.training.pause()
    hands.wait(lambda: hands.studio.training.state == "paused")
    assert hands.studio.training.saved_run() is not None
    slider = hands.find("replay-slider")
    assert isinstance(slider, QSlider)
    hands.wait(lambda: slider.maximum() == hands.studio.replay.moments - 1)
    return slider


def is_replaying(hands: Hands) -> bool:
    return hands.studio.replay.is_replaying


def test_the_slider_replays_and_now_comes_back(hands: Hands) -> None:
    slider = trained_for_a_while(hands)
    assert slider.value() == slider.maximum()
    assert not hands.find("replay-now").isEnabled()
    saved = hands.studio.training.saved_run()
    predictor = hands.studio.training.predictor
    assert saved is not None
    assert predictor is not None
    slider.setFocus()
    QTest.keyClick(slider, Qt.Key.Key_Home)
    assert is_replaying(hands)
    assert "as it was at epoch" in hands.text("replay-label")
    hands.wait(lambda: hands.text("playground-output-name") == "Output – as it was")
    then = shown(hands).background.copy()
    hands.click("replay-now")
    assert not is_replaying(hands)
    assert slider.value() == slider.maximum()
    hands.wait(lambda: bool((shown(hands).background != then).any()))
    hands.wait(lambda: hands.text("playground-output-name") == "Output")
    weights = predictor.model.parameters.named()
    assert all((weights[name] == saved.weights[name]).all() for name in weights)


def test_a_run_goes_on_from_a_moment(hands: Hands) -> None:
    slider = trained_for_a_while(hands)
    end = hands.studio.training.position.step
    slider.setValue(2)
    moment = hands.studio.replay.at(2)
    hands.click("replay-go-on")
    assert not is_replaying(hands)
    assert hands.studio.training.position.step == moment.position.step < end
    hands.wait(lambda: slider.maximum() == hands.studio.replay.moments - 1 == 2)
    hands.train(2)
    assert hands.studio.training.position.epoch >= int(moment.epoch) + 2


def test_arrow_keys_walk_through_the_moments(hands: Hands) -> None:
    slider = trained_for_a_while(hands)
    slider.setFocus()
    QTest.keyClick(slider, Qt.Key.Key_Left)
    assert hands.studio.replay.index == slider.maximum() - 1
    QTest.keyClick(slider, Qt.Key.Key_Right)
    assert hands.studio.replay.index == slider.maximum()


@pytest.mark.parametrize("name", ["playground-test", "playground-discretise", "playground-3d"])
def test_a_link_sets_the_boxes(hands: Hands, name: str) -> None:
    hands.studio.options.choose(has_test=True, is_discrete=True, is_surface=True)
    box = hands.find(name)
    assert isinstance(box, QCheckBox)
    assert box.isChecked()
    assert box.toolTip()


def test_the_column_rests_while_it_is_hidden(hands: Hands) -> None:
    hands.panel.hide()
    count = hands.panel.output.picture.refreshes
    dataset = replace(hands.project.dataset, noise=20)
    hands.studio.document.edit_dataset("noise", dataset)
    hands.load()
    assert hands.panel.output.picture.refreshes == count
    hands.panel.show()
    assert hands.panel.output.picture.refreshes > count


def test_every_control_beside_the_board_has_a_name_and_a_tooltip(hands: Hands) -> None:
    hands.click("tile-painted")
    hands.click("paint-empty")
    kinds = (QAbstractButton, QComboBox, QSlider)
    for column in (hands.panel.data, hands.panel.output):
        found = [each for kind in kinds for each in column.findChildren(kind)]
        assert len(found) >= 8
        for control in found:
            words = control.text() if isinstance(control, QAbstractButton) else ""
            if not control.objectName() or control.objectName().startswith(("default-", "qt_")):
                continue
            assert control.accessibleName() or words, control.objectName()
            around = control.parentWidget()
            own = control.toolTip() or control.accessibleDescription() or (around and around.toolTip())
            assert own or "section" in control.objectName(), control.objectName()


def test_values_at_the_bar_have_a_proper_minus_and_zero_has_none() -> None:
    (unit,) = setup.with_problem(setup.classic(), "regression").dataset.signature.predicted
    assert isinstance(unit, Quantity)
    words = [answers.in_unit(unit, value) for value in (-1, -1e-9, 1)]
    assert words[1].strip("0.") == ""
    assert words[0] == f"−{words[2]}"


def test_a_surface_is_to_be_dragged_not_pointed_at(hands: Hands) -> None:
    hands.check("playground-3d")
    assert "Drag" in hands.text("playground-read-out")
