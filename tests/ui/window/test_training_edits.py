"""Edits in training: a learning rate acts at once; what needs a new run begins one; undo revives the old."""

from msgspec.structs import replace

from neuralstudio.engine.optimisers import SGD
from neuralstudio.engine.random import Seeds
from neuralstudio.layers.dense import Dense
from neuralstudio.network.edits import append, remove, set_fields
from neuralstudio.project.document import Project
from tests.ui.window.runs import ENDLESS, STEPS, Trained, bits, headless, project

STILL = 1e-12
"""A learning rate no float32 weight moves at."""


def with_units(trained: Trained, units: int) -> None:
    trained.document.edit_network("units", set_fields(trained.document.network, "dense-1", units=units))
    trained.breathe()


def moves(trained: Trained) -> bool:
    """Whether the weights change from one step to the next."""
    trained.settle()
    before = trained.weights()
    trained.run_for(steps=3)
    trained.settle()
    return trained.weights() != before


def test_a_learning_rate_and_its_undo_act_on_the_run_under_way(trained: Trained) -> None:
    trained.document.open(project(ENDLESS, SGD(learning_rate=0.1)))
    trained.run_for(steps=2)
    assert moves(trained)
    trained.run_for(steps=1)
    stood = trained.step
    trained.set_rate(STILL)
    assert trained.training.state == "running"
    trained.run_for(steps=3)
    assert trained.step > stood
    assert not moves(trained)
    trained.document.undo_stack.undo()
    assert moves(trained)
    assert trained.step > stood
    assert not trained.warnings


def test_a_new_learning_rate_begins_no_new_run(trained: Trained) -> None:
    trained.step_batches(3)
    trained.set_rate(0.5)
    assert trained.training.state == "paused"
    assert trained.step == 3
    trained.step_batches()
    assert trained.step == 4
    assert len(trained.saved().history["steps"]) - 1 == 4


def test_fewer_epochs_end_the_run_with_the_epoch_under_way(trained: Trained) -> None:
    trained.document.open(project(ENDLESS))
    trained.run_for(steps=STEPS)
    with trained.bot.waitSignal(trained.training.finished):
        trained.document.edit_trainer("epochs", replace(trained.trainer, epochs=1))
    assert trained.training.state == "idle"
    assert trained.training.position.batch == 0
    assert trained.training.outcome is not None


def test_more_epochs_let_a_paused_run_go_further(trained: Trained) -> None:
    trained.step_epoch()
    trained.document.edit_trainer("epochs", replace(trained.trainer, epochs=5))
    trained.finish()
    assert trained.training.position.epoch == 5


def test_the_title_may_change_while_it_trains(trained: Trained) -> None:
    trained.document.open(project(ENDLESS))
    trained.run_for(steps=1)
    trained.document.edit("title", replace(trained.document.project, title="Other"))
    assert trained.training.state == "running"


def test_an_edit_of_the_structure_begins_a_new_run_with_the_weights_that_fit(trained: Trained) -> None:
    trained.step_batches(10)
    learnt = trained.weights()
    told: list[str] = []
    trained.training.told.connect(told.append)
    with_units(trained, 6)
    assert trained.training.state == "idle"
    assert trained.step == 0
    assert trained.curve() == []
    after = trained.shown()
    assert after["dense-2/bias"] == learnt["dense-2/bias"]
    assert len(after["dense-1/kernel"]) == 2 * 6 * 4
    assert told == ["0 of 2 layers kept their weights; Train begins a new run."]


def test_undo_of_the_edit_brings_run_curves_and_weights_back(trained: Trained) -> None:
    trained.document.open(project(ENDLESS))
    trained.run_for(steps=20)
    trained.settle()
    saved = trained.saved()
    trained.wait(lambda: trained.drained == saved.position.step)
    curve = trained.curve()
    with_units(trained, 6)
    trained.document.undo_stack.undo()
    assert trained.step == saved.position.step
    assert trained.curve() == curve
    assert trained.shown() == bits(saved.weights)
    trained.step_epoch()
    alone = headless(trained.document.project, saved.position.epoch + 1, saved)
    assert trained.weights() == bits(alone.saved().weights)


def test_a_run_comes_back_over_several_edits(trained: Trained) -> None:
    trained.step_batches(4)
    learnt = trained.weights()
    for units in (5, 6, 7):
        with_units(trained, units)
    trained.document.edit_network("remove", remove(trained.document.network, "dense-1"))
    for _ in range(4):
        trained.document.undo_stack.undo()
    assert trained.step == 4
    assert trained.weights() == learnt


def test_a_run_comes_back_over_a_network_that_could_not_be_trained(trained: Trained) -> None:
    trained.step_batches(4)
    learnt = trained.weights()
    spec, _ = append(trained.document.network, Dense(units=3))
    trained.document.edit_network("append", spec)
    trained.breathe()
    assert trained.document.report.problems
    trained.document.undo_stack.undo()
    assert trained.step == 4
    assert trained.weights() == learnt
    assert trained.shown() == learnt


def test_another_optimiser_keeps_the_weights_and_begins_a_new_run(trained: Trained) -> None:
    trained.step_batches(4)
    learnt = trained.weights()
    trained.document.edit_trainer("choose SGD", replace(trained.trainer, optimiser=SGD()))
    trained.breathe()
    assert trained.step == 0
    assert trained.shown() == learnt
    trained.step_batches()
    assert trained.step == 1


def test_another_document_ends_the_run(trained: Trained) -> None:
    trained.document.open(project(ENDLESS))
    trained.run_for(steps=2)
    trained.document.open(Project())
    assert trained.training.state == "idle"
    assert trained.step == 0
    assert trained.curve() == []
    assert trained.training.saved_run() is None


def test_another_document_inherits_no_weights(trained: Trained) -> None:
    start = trained.shown()
    trained.step_batches(4)
    trained.document.open(replace(project(), seeds=Seeds(order=2)))
    assert trained.shown() == start


def test_a_fresh_copy_of_the_same_document_begins_anew(trained: Trained) -> None:
    start = trained.shown()
    trained.step_batches(4)
    trained.document.open(project())
    assert trained.shown() == start
    assert trained.curve() == []
    assert trained.step == 0


def test_a_new_learning_rate_cuts_no_run_short_that_goes_on_beyond_its_epochs(
    trained: Trained,
) -> None:
    trained.finish()
    trained.step_epoch()
    assert trained.training.total_epochs == 6
    trained.set_rate(0.5)
    trained.finish()
    assert trained.training.position.epoch == 6


def test_the_epochs_shown_are_those_the_run_goes_to(trained: Trained) -> None:
    trained.step_batches()
    trained.document.edit_trainer("epochs", replace(trained.trainer, epochs=9))
    assert trained.training.total_epochs == 9


def test_a_reset_run_does_not_come_back_by_undo_of_a_later_edit(trained: Trained) -> None:
    start = trained.shown()
    trained.step_batches(4)
    with_units(trained, 6)
    trained.document.undo_stack.undo()
    trained.training.reset()
    with_units(trained, 6)
    trained.document.undo_stack.undo()
    assert trained.step == 0
    assert trained.shown() == start
