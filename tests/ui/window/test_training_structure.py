"""Structure changed while a run is on: it goes on by itself with all that fits, or waits until it can."""

import numpy as np
import pytest
from msgspec.structs import replace

from neuralstudio.data.sets.xor import Xor
from neuralstudio.engine.activations import ReLU, Sigmoid
from neuralstudio.engine.clipping import ClipByNorm
from neuralstudio.engine.optimisers import SGD, Momentum
from neuralstudio.layers.dense import Dense
from neuralstudio.layers.dropout import Dropout
from neuralstudio.network.edits import append, draw_again, insert_after, remove, set_fields, set_learning
from neuralstudio.network.learning import Learning
from neuralstudio.project.document import Group, Project, SavedRun
from tests.ui.window.runs import ENDLESS, STEPS, Trained, bits, edit, project


@pytest.fixture
def running(trained: Trained) -> Trained:
    """A run that is on, some steps old, and whose sentences are kept."""
    trained.document.open(project(ENDLESS))
    trained.run_for(steps=8)
    trained.training.told.connect(trained.told.append)
    return trained


def gentle_edits(of: Project) -> dict[str, Project]:
    """Edits of a project that leave every weight as it is."""
    network, trainer = of.network, of.trainer
    longer, _ = insert_after(network, "dense-1", Dropout(rate=0.1))
    networks = {
        "activation": set_fields(network, "dense-1", activation=ReLU()),
        "dropout rate": set_fields(network, "dropout-1", rate=0.4),
        "freeze": set_learning(network, "dense-1", Learning(is_frozen=True)),
        "penalty": set_learning(network, "dense-1", Learning(l2=0.01)),
        "a layer without weights": longer,
        "a layer without weights gone": remove(network, "dropout-1"),
    }
    trainers = {
        "batch size": replace(trainer, batch_size=25),
        "clipping": replace(trainer, clipping=ClipByNorm()),
    }
    return {name: replace(of, network=each) for name, each in networks.items()} | {
        name: replace(of, trainer=each) for name, each in trainers.items()
    }


@pytest.mark.parametrize("name", gentle_edits(project()))
def test_an_edit_that_leaves_the_weights_leaves_the_run_too(running: Trained, name: str) -> None:
    history = running.training.history
    before = running.step
    running.document.edit(name, gentle_edits(running.document.project)[name])
    assert running.training.state == "running"
    running.run_for(steps=3)
    assert running.step > before
    assert running.training.history is history
    assert running.told == ["All weights are kept, and the run goes on."]
    assert not running.warnings
    running.settle()
    steps = running.saved().history["steps"][1:, 0]
    assert np.all(np.diff(steps) > 0)


def test_a_paused_run_stays_paused_at_its_place(trained: Trained) -> None:
    trained.step_batches(3)
    learnt, optimiser = trained.weights(), bits(trained.saved().optimiser)
    trained.document.edit("dropout", gentle_edits(trained.document.project)["dropout rate"])
    assert trained.training.state == "paused"
    assert trained.step == 3
    assert trained.weights() == learnt == trained.shown()
    assert bits(trained.saved().optimiser) == optimiser
    trained.step_batches()
    assert trained.step == 4
    trained.wait(lambda: len(trained.curve()) == 4)


def test_a_frozen_layer_stays_and_the_others_learn_on(running: Trained) -> None:
    running.document.edit("freeze", gentle_edits(running.document.project)["freeze"])
    before = running.weights()
    running.run_for(steps=5)
    running.settle()
    after = running.weights()
    assert after["dense-1/kernel"] == before["dense-1/kernel"]
    assert after["dense-2/kernel"] != before["dense-2/kernel"]


def test_another_batch_size_goes_on_within_the_epoch(trained: Trained) -> None:
    trained.step_batches(4)
    trained.document.edit("size", gentle_edits(trained.document.project)["batch size"])
    position = trained.training.position
    assert (position.epoch, position.batch, position.step) == (0, 1, 4)
    trained.step_batches()
    assert trained.training.position.batch == 2
    trained.step_batches()
    assert trained.training.position.epoch == 1


def test_training_goes_on_by_itself_in_the_new_structure(running: Trained) -> None:
    start = running.shown()["dense-2/bias"]
    spec, _ = insert_after(running.document.network, "dense-1", Dense(units=4))
    running.document.edit_network("add", spec)
    assert running.training.state == "running"
    assert running.told == ["2 of 3 layers kept their weights; a new run has begun."]
    running.run_for(steps=3)
    assert running.shown()["dense-2/bias"] != start
    assert not running.warnings


def test_undo_brings_the_old_run_back_though_the_new_one_has_learnt(running: Trained) -> None:
    stood = running.step
    edit(running.studio)
    running.run_for(steps=3)
    running.document.undo_stack.undo()
    assert running.step >= stood
    assert running.training.state == "running"
    assert running.told[-1] == "The run of this network is back."


def test_a_run_waits_while_the_network_has_errors_and_goes_on_when_they_are_mended(running: Trained) -> None:
    curve = len(running.curve())
    spec, _ = append(running.document.network, Dense(units=3))
    running.document.edit_network("append", spec)
    stood = running.step
    assert running.training.state == "paused"
    assert stood >= 8
    assert len(running.curve()) >= curve
    assert running.warnings[-1].startswith("The run waits: ")
    running.training.train()
    running.document.edit_network("mend", remove(running.document.network, "dense-3"))
    running.wait(lambda: running.training.state == "running")
    running.run_for(steps=2)
    assert running.step > stood


def test_a_waiting_run_that_is_paused_does_not_go_on_by_itself(running: Trained) -> None:
    spec, _ = append(running.document.network, Dense(units=3))
    running.document.edit_network("append", spec)
    stood = running.step
    running.training.pause()
    running.document.undo_stack.undo()
    assert running.training.state == "paused"
    assert running.step == stood


def test_a_waiting_run_can_be_stopped(running: Trained) -> None:
    spec, _ = append(running.document.network, Dense(units=3))
    running.document.edit_network("append", spec)
    running.training.stop()
    assert running.training.state == "idle"
    running.document.undo_stack.undo()
    assert running.training.state == "idle"
    assert running.step >= 8


def test_errors_mended_in_another_way_begin_a_new_run_by_themselves(running: Trained) -> None:
    spec, _ = append(running.document.network, Dense(units=3))
    running.document.edit_network("append", spec)
    mended = set_fields(running.document.network, "dense-3", units=1, activation=Sigmoid())
    running.document.edit_network("mend", mended)
    running.wait(lambda: running.training.state == "running")
    assert "2 of 3 layers" in running.told[-1]


def test_an_error_in_an_idle_network_says_nothing_of_a_run(trained: Trained) -> None:
    spec, _ = append(trained.document.network, Dense(units=3))
    trained.document.edit_network("append", spec)
    assert trained.training.state == "idle"
    assert not trained.warnings


def test_words_and_groups_never_touch_a_run(running: Trained) -> None:
    document = running.document
    document.edit("about", replace(document.project, about="Two bits", question="Which?", title="Bits"))
    document.edit("group", replace(document.project, groups=(Group("A", ("dense-1",)),)))
    assert running.training.state == "running"
    assert not running.told
    assert not running.warnings


def test_a_layer_drawn_anew_has_new_weights_and_the_others_stay(trained: Trained) -> None:
    start = trained.shown()
    trained.step_batches(4)
    learnt = trained.weights()
    trained.document.edit_network("draw", draw_again(trained.document.network, "dense-1"))
    drawn = trained.shown()
    assert drawn["dense-1/kernel"] not in (start["dense-1/kernel"], learnt["dense-1/kernel"])
    assert drawn["dense-2/kernel"] == learnt["dense-2/kernel"]
    assert trained.step == 0


def test_another_kind_of_optimiser_or_other_data_begin_a_new_run_at_once(running: Trained) -> None:
    history = running.training.history
    running.document.edit_trainer("SGD", replace(running.trainer, optimiser=SGD()))
    assert running.training.history is not history
    assert running.told[-1] == "All layers kept their weights; a new run has begun."
    running.document.edit_dataset("other", Xor(count=60))
    running.wait(lambda: running.training.state == "running")
    assert running.told[-1] == "All layers kept their weights; a new run has begun."


def test_a_setting_of_the_optimiser_leaves_the_run(trained: Trained) -> None:
    trained.document.open(project(optimiser=Momentum(learning_rate=0.1)))
    trained.step_batches(2)
    optimiser = Momentum(learning_rate=0.1, momentum=0.5)
    trained.document.edit_trainer("momentum", replace(trained.trainer, optimiser=optimiser))
    assert trained.step == 2
    trained.step_batches()
    assert trained.step == 3


def test_many_edits_in_a_row_leave_a_run_that_still_runs(running: Trained) -> None:
    for units in range(5, 25):
        edit(running.studio, units)
    running.run_for(steps=2)
    for _ in range(20):
        running.document.undo_stack.undo()
    running.run_for(steps=2)
    assert len(running.shown()["dense-1/bias"]) == 4 * 4
    assert not running.warnings


# ── weights from elsewhere ───────────────────────────────────────────────────────────────────────────


def test_weights_put_in_are_there_at_once_and_the_run_goes_on_from_them(trained: Trained) -> None:
    trained.step_batches(2)
    bias = np.arange(4, dtype=np.float32)
    trained.training.put_weights({"dense-1/bias": bias})
    assert trained.shown()["dense-1/bias"] == bias.tobytes() == trained.weights()["dense-1/bias"]
    before = trained.weights()
    trained.step_batches()
    assert trained.step == 3
    moved = trained.saved().weights["dense-1/bias"]
    assert 0 < float(np.abs(moved - bias).max()) < 0.1
    assert trained.weights()["dense-2/kernel"] != before["dense-2/kernel"]


def test_weights_put_into_a_running_run_are_kept(trained: Trained) -> None:
    trained.document.open(project(ENDLESS, SGD(learning_rate=1e-12)))
    trained.run_for(steps=STEPS)
    trained.training.put_weights({"dense-2/bias": np.full(1, 7, np.float32)})
    trained.run_for(steps=3)
    assert float(trained.saved().weights["dense-2/bias"][0]) == 7


def test_weights_put_into_an_untrained_network_are_where_training_begins(trained: Trained) -> None:
    trained.training.put_weights({"dense-2/bias": np.full(1, 7, np.float32)})
    assert trained.document.is_dirty
    assert float(trained.saved().weights["dense-2/bias"][0]) == 7
    trained.step_batches()
    assert float(trained.saved().weights["dense-2/bias"][0]) > 6.5


def test_weights_put_into_a_run_from_a_file_are_kept(trained: Trained) -> None:
    trained.step_batches(2)
    saved = trained.saved()
    trained.document.open(project())
    trained.training.restore(SavedRun(saved.weights, saved.optimiser, saved.position, saved.history))
    trained.training.put_weights({"dense-2/bias": np.full(1, 7, np.float32)})
    assert float(trained.saved().weights["dense-2/bias"][0]) == 7
    assert trained.step == 2


def test_weights_of_another_shape_are_left_out(trained: Trained) -> None:
    start = trained.shown()
    trained.training.put_weights({"dense-2/bias": np.zeros(3, np.float32)})
    assert trained.shown() == start


def test_a_new_layer_in_the_place_of_a_deleted_one_begins_with_weights_of_its_own(trained: Trained) -> None:
    document = trained.document
    start = project()
    document.open(replace(start, network=insert_after(start.network, "dense-1", Dense(units=4))[0]))
    trained.finish()
    learnt = trained.weights()
    document.edit_network("delete", remove(document.network, "dense-3"))
    network, new = insert_after(document.network, "dense-1", Dense(units=4))
    document.edit_network("add", network, (new,))
    assert document.selection == ("dense-4",)
    shown = trained.shown()
    assert shown["dense-2/kernel"] == learnt["dense-2/kernel"]
    assert shown["dense-4/kernel"] != learnt["dense-3/kernel"]
    document.undo_stack.undo()
    document.undo_stack.undo()
    assert trained.weights() == learnt
    document.undo_stack.redo()
    document.undo_stack.redo()
    assert trained.shown() == shown
