"""Weights set by hand are steps of the work: undone and done again, alone, whatever was learnt meanwhile."""

import numpy as np
import pytest

from neuralstudio.engine.graph import Array
from neuralstudio.layers.dense import Dense
from neuralstudio.network.edits import append, set_fields
from neuralstudio.ui.panels.history import HistoryPanel
from neuralstudio.ui.replay import ReplayController
from neuralstudio.ui.weight_edits import edit_weights, present_weights
from tests.robots.robot import StudioRobot
from tests.ui.window.runs import ENDLESS, Trained, project

NAME = "dense-1/bias"


def present(trained: Trained) -> Array:
    return present_weights(trained.training)[NAME]


def put(trained: Trained, *, first: float) -> bool:
    """Sets the first bias alone."""
    array = present(trained).copy()
    array[0] = first
    return edit_weights(trained.document, trained.training, "set a bias", {NAME: array})


def test_a_weight_is_put_back_and_set_again(trained: Trained) -> None:
    stack, start = trained.document.undo_stack, trained.shown()
    assert put(trained, first=7)
    assert (stack.count(), stack.undoText()) == (1, "set a bias")
    assert present(trained)[0] == 7
    stack.undo()
    assert trained.shown() == start
    stack.redo()
    assert present(trained)[0] == 7
    assert trained.training.predictor is not None
    assert trained.training.predictor.model.parameters.value(NAME)[0] == 7


def test_undoing_leaves_what_was_learnt_meanwhile_in_the_others(trained: Trained) -> None:
    trained.step_batches(2)
    before = float(present(trained)[0])
    put(trained, first=0.5)
    trained.step_batches(3)
    learnt = present(trained).copy()
    trained.document.undo_stack.undo()
    assert present(trained).tolist() == [pytest.approx(before), *learnt[1:].tolist()]
    assert trained.step == 5


def test_a_running_run_goes_on_from_the_weight_put_back(trained: Trained) -> None:
    trained.document.open(project(ENDLESS))
    trained.run_for(steps=4)
    put(trained, first=500)
    trained.run_for(steps=2)
    assert present(trained)[0] > 400
    trained.document.undo_stack.undo()
    trained.run_for(steps=2)
    assert abs(present(trained)[0]) < 100
    assert not trained.warnings


def test_it_lies_between_other_steps_in_its_place(trained: Trained) -> None:
    document, stack = trained.document, trained.document.undo_stack
    trained.step_batches(2)
    put(trained, first=7)
    document.edit_network("change units", set_fields(document.network, "dense-1", units=6))
    assert len(present(trained)) == 6
    assert [words for words, _ in document.steps] == ["", "set a bias", "change units"]
    stack.undo()
    assert present(trained)[0] == 7
    stack.undo()
    assert present(trained)[0] != 7
    stack.redo()
    stack.redo()
    assert len(present(trained)) == 6


def test_an_undone_layer_is_forgotten_by_a_weight_set_after_it(trained: Trained) -> None:
    document = trained.document
    spec, added = append(document.network, Dense(units=3))
    document.edit_network("add", spec)
    document.undo_stack.undo()
    put(trained, first=7)
    assert document.undo_stack.count() == 1
    assert document.fresh_id(Dense(units=3)) == added


def test_after_a_reset_undoing_sets_this_number_alone(trained: Trained) -> None:
    start = present(trained).copy()
    trained.step_batches(2)
    put(trained, first=7)
    trained.training.reset()
    trained.document.undo_stack.undo()
    np.testing.assert_array_equal(present(trained)[1:], start[1:])


def test_the_same_number_again_is_no_step(trained: Trained) -> None:
    assert put(trained, first=float(present(trained)[0]))
    assert trained.document.undo_stack.count() == 0
    assert not trained.document.is_dirty


def test_an_earlier_moment_refuses_a_weight_but_undo_goes_to_the_present(trained: Trained) -> None:
    replay = ReplayController(trained.training)
    trained.finish()
    put(trained, first=7)
    replay.show(1)
    assert not put(trained, first=8)
    assert "earlier moment" in trained.warnings[0]
    assert trained.document.undo_stack.count() == 1
    trained.document.undo_stack.undo()
    assert not replay.is_replaying
    assert present(trained)[0] != 7


def test_the_history_tells_of_it_in_words(robot: StudioRobot) -> None:
    studio = robot.studio
    array = present_weights(studio.training)[NAME].copy() + 1
    edit_weights(studio.document, studio.training, "set a bias of Dense", {NAME: array})
    robot.do("history")
    panel = robot.window.panels["history"]
    assert isinstance(panel, HistoryPanel)
    robot.wait_for(lambda: panel.is_in_view and panel.list.count() == 2)
    assert panel.list.item(1).text() == "Set a bias of Dense  ·  now"
    panel.list.setCurrentRow(0)
    panel.go()
    np.testing.assert_array_equal(present_weights(studio.training)[NAME], array - 1)
