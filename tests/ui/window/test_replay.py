"""Looking back at a run's moments shows all of them as they were; going on from one repeats the run."""

from collections.abc import Callable
from functools import partial

import numpy as np
import pytest
from msgspec.structs import replace

from neuralstudio.network.edits import set_fields
from neuralstudio.project.document import Project
from neuralstudio.session import watching
from neuralstudio.ui.replay import ReplayController
from tests.ui.window.runs import ENDLESS, STEPS, Trained, bits, edit, headless, project

EPOCHS = 40
MANY = 1100
"""Epochs with a moment each: more than a thousand."""


@pytest.fixture(autouse=True)
def many_moments(monkeypatch: pytest.MonkeyPatch) -> None:
    """A moment at every event, or a test would have to wait for a minute."""
    monkeypatch.setattr(watching, "SMALL_INTERVAL", 0.0)


@pytest.fixture
def replay(trained: Trained) -> ReplayController:
    trained.document.open(project(epochs=EPOCHS))
    return trained.studio.replay


def titles(trained: Trained) -> list[str]:
    """Of the runs that were kept."""
    return [run.title for run in trained.studio.kept.runs]


def test_there_is_nothing_to_look_back_at_before_the_first_step(replay: ReplayController) -> None:
    assert replay.moments == 0
    assert replay.epoch is None
    replay.show(3)
    replay.branch()
    assert not replay.is_replaying


def test_each_moment_is_shown_as_it_was(trained: Trained, replay: ReplayController) -> None:
    trained.document.open(project(epochs=MANY))
    trained.finish()
    present, count = trained.shown(), replay.moments
    assert count >= 1000
    moved: list[int] = []
    replay.moved.connect(moved.append)
    for index in range(count):
        replay.show(index)
        assert replay.is_replaying
        assert trained.training.predictor is not None
        shown = trained.training.predictor.model.parameters.values
        assert shown.tobytes() == replay.at(index).weights.tobytes()
    assert moved == list(range(count))
    replay.show(0)
    assert trained.shown() == bits(headless(project(), 0).saved().weights)
    assert replay.epoch == 0
    replay.live()
    assert not replay.is_replaying
    assert trained.shown() == present
    assert moved[-1] == -1


def test_panels_are_told_of_each_moment(trained: Trained, replay: ReplayController) -> None:
    trained.finish()
    changes: tuple[Callable[[], None], ...] = (partial(replay.show, 5), partial(replay.show, 9), replay.live)
    for change in changes:
        with trained.bot.waitSignal(trained.training.weights_changed, timeout=1000):
            change()


def test_a_run_goes_on_behind_a_moment_and_only_adds_to_it(
    trained: Trained, replay: ReplayController
) -> None:
    trained.document.open(project(epochs=ENDLESS))
    trained.run_for(steps=20)
    trained.wait(lambda: replay.moments > 3)
    replay.show(1)
    shown, known, step = trained.shown(), replay.moments, trained.step
    with trained.bot.waitSignal(replay.moments_changed, timeout=5000):
        pass
    trained.wait(lambda: trained.step > step + 50 * STEPS)
    assert replay.moments >= known
    assert trained.shown() == shown
    assert replay.is_replaying
    replay.live()
    trained.settle()
    trained.wait(lambda: trained.shown() == trained.weights())


def test_going_on_from_the_middle_repeats_the_run_bit_for_bit(
    trained: Trained, replay: ReplayController
) -> None:
    trained.finish()
    assert replay.moments > EPOCHS
    final, curve = trained.weights(), trained.training.history.epochs.rows.copy()
    middle = replay.moments // 2
    moment = replay.at(middle)
    replay.show(middle)
    replay.branch()
    assert not replay.is_replaying
    assert trained.step == moment.position.step
    assert trained.shown() == bits(trained.saved().weights)
    assert trained.training.history.steps.rows[-1, 0] == pytest.approx(moment.epoch)
    assert replay.at(replay.moments - 1) is moment
    (kept,) = trained.studio.kept.runs
    assert bits(kept.run.weights) == final
    trained.finish()
    assert trained.step == EPOCHS * STEPS
    assert trained.weights() == final
    np.testing.assert_array_equal(trained.training.history.epochs.rows, curve)


def test_another_learning_rate_from_the_middle_gives_another_run(
    trained: Trained, replay: ReplayController
) -> None:
    trained.finish()
    final = trained.weights()
    replay.branch(replay.moments // 2)
    trained.set_rate(0.3)
    trained.finish()
    assert trained.weights() != final
    assert len(trained.studio.kept.runs) == 1


def test_a_running_run_goes_on_from_the_moment(trained: Trained, replay: ReplayController) -> None:
    trained.document.open(project(epochs=ENDLESS))
    trained.run_for(steps=200 * STEPS)
    trained.wait(lambda: replay.moments > 3)
    replay.branch(1)
    assert trained.training.state == "running"
    trained.wait(lambda: trained.step > 3 * STEPS)


def test_train_and_step_come_back_to_the_present(trained: Trained, replay: ReplayController) -> None:
    trained.step_batches(5)
    trained.wait(lambda: replay.moments >= 5)
    replay.show(0)
    trained.step_batches()
    assert not replay.is_replaying
    trained.wait(lambda: trained.shown() == trained.weights())


def test_what_is_saved_is_the_present(trained: Trained, replay: ReplayController) -> None:
    trained.finish()
    present = trained.weights()
    replay.show(2)
    assert trained.weights() == present


def test_weights_of_an_earlier_moment_cannot_be_changed(trained: Trained, replay: ReplayController) -> None:
    trained.finish()
    present = trained.weights()
    replay.show(2)
    shown = trained.shown()
    trained.training.put_weights({"dense-1/bias": np.ones(4, np.float32)})
    assert len(trained.warnings) == 1
    assert "Go on from here" in trained.warnings[0]
    assert (trained.weights(), trained.shown()) == (present, shown)


def test_weights_put_by_hand_are_the_present_ones(trained: Trained, replay: ReplayController) -> None:
    trained.finish()
    trained.training.put_weights({"dense-1/bias": np.ones(4, np.float32)})
    present = trained.weights()
    replay.show(2)
    replay.live()
    assert trained.shown() == present


@pytest.mark.parametrize("what", ["reset", "edit", "open", "new data"])
def test_what_begins_anew_has_nothing_to_look_back_at(
    trained: Trained, replay: ReplayController, what: str
) -> None:
    trained.finish()
    replay.show(3)
    if what == "reset":
        trained.training.reset()
    elif what == "edit":
        edit(trained.studio)
    elif what == "open":
        trained.document.open(Project())
    else:
        other = replace(trained.document.project.dataset, noise=10)
        trained.document.edit_dataset("other data", other)
    assert not replay.is_replaying
    assert replay.moments == 0
    assert replay.epoch is None


def test_an_edit_that_leaves_the_network_keeps_its_moments(
    trained: Trained, replay: ReplayController
) -> None:
    trained.finish()
    known = replay.moments
    replay.show(3)
    trained.document.edit_trainer("batch size", replace(trained.trainer, batch_size=25))
    assert replay.moments == known
    assert not replay.is_replaying
    replay.show(3)
    replay.live()
    assert trained.shown() == trained.weights()
    replay.branch(3)
    trained.training.step_batch()
    trained.wait(lambda: trained.training.state == "paused")


def test_a_moment_within_an_epoch_goes_on_in_batches_of_another_size(
    trained: Trained, replay: ReplayController
) -> None:
    trained.step_batches(STEPS + 3)
    trained.wait(lambda: replay.at(replay.moments - 1).position.step == STEPS + 3)
    last = replay.moments - 1
    trained.document.edit_trainer("batch size", replace(trained.trainer, batch_size=25))
    replay.branch(last)
    assert (trained.training.position.epoch, trained.training.position.batch) == (1, 1)
    trained.finish()
    assert trained.training.position.epoch == EPOCHS


def test_moments_of_another_activation_are_no_moments_of_this_network(
    trained: Trained, replay: ReplayController
) -> None:
    trained.finish()
    spec = set_fields(trained.document.network, "dropout-1", rate=0.4)
    trained.document.edit_network("other rate", spec)
    assert replay.moments == 0


def test_runs_that_are_left_are_kept_to_compare(trained: Trained, replay: ReplayController) -> None:
    trained.finish()
    trained.training.reset()
    trained.finish()
    edit(trained.studio)
    trained.finish()
    trained.document.open(Project())
    first, _, third = titles(trained)
    assert first.startswith("4 tanh")
    assert third.startswith("9 tanh")


def test_a_run_shorter_than_an_epoch_is_not_kept(trained: Trained) -> None:
    trained.step_batches(STEPS - 1)
    trained.training.reset()
    assert titles(trained) == []


def test_runs_that_edits_end_on_the_fly_do_not_crowd_the_ledger(trained: Trained) -> None:
    trained.document.open(project(epochs=ENDLESS))
    trained.run_for(steps=2 * STEPS)
    for units in range(5, 9):
        edit(trained.studio, units)
        trained.wait(lambda: trained.step > 2 * STEPS)
    assert titles(trained) == []
    trained.settle()
    edit(trained.studio, 9)
    assert [title[0] for title in titles(trained)] == ["8"]
