"""Undo and redo bring a run back with its moments: to be looked at, and to go on from."""

from collections.abc import Callable

import pytest
from msgspec.structs import replace

from neuralstudio.network.edits import connect, disconnect
from neuralstudio.session import watching
from neuralstudio.session.speed import SPEEDS
from neuralstudio.session.timeline import Moment
from neuralstudio.ui.replay import ReplayController
from tests.ui.window.runs import ENDLESS, STEPS, Trained, edit, project

EPOCHS = 20
Edit = Callable[[Trained], None]


@pytest.fixture
def replay(trained: Trained, monkeypatch: pytest.MonkeyPatch) -> ReplayController:
    """A finished run with many moments."""
    monkeypatch.setattr(watching, "SMALL_INTERVAL", 0.0)
    trained.document.open(project(epochs=EPOCHS))
    trained.finish()
    assert trained.studio.replay.moments > EPOCHS
    return trained.studio.replay


def moments(trained: Trained) -> tuple[Moment, ...]:
    return trained.training.timeline.moments


def steps(trained: Trained) -> list[int]:
    """Where its moments lie."""
    return [moment.position.step for moment in moments(trained)]


def drawn_again(trained: Trained) -> None:
    dataset = replace(trained.document.project.dataset, noise=10)
    trained.document.edit_dataset("other data", dataset)


def other_batches(trained: Trained) -> None:
    trained.document.edit_trainer("batches", replace(trained.trainer, batch_size=25))


def wider(trained: Trained) -> None:
    edit(trained.studio)


@pytest.mark.parametrize("change", [drawn_again, other_batches, wider])
@pytest.mark.parametrize("goes_on", [False, True])
def test_undo_brings_the_moments_back(
    trained: Trained, replay: ReplayController, change: Edit, goes_on: bool
) -> None:
    before, final = moments(trained), trained.weights()
    change(trained)
    if goes_on:
        trained.finish()
        assert moments(trained) != before
    trained.document.undo_stack.undo()
    assert moments(trained) == before
    replay.show(3)
    assert replay.is_replaying
    replay.branch(len(before) // 2)
    assert trained.step == before[len(before) // 2].position.step
    trained.finish()
    assert trained.weights() == final


def test_redo_brings_the_moments_of_the_later_run_back(trained: Trained, replay: ReplayController) -> None:
    first = steps(trained)
    edit(trained.studio)
    trained.finish()
    second = moments(trained)
    trained.document.undo_stack.undo()
    trained.step_batches(STEPS)
    longer = steps(trained)
    assert longer == first + list(range(first[-1] + 1, first[-1] + STEPS + 1))
    trained.document.undo_stack.redo()
    assert moments(trained) == second
    trained.document.undo_stack.undo()
    assert steps(trained) == longer
    assert replay.moments == len(longer)


def test_undo_of_an_edit_made_at_an_earlier_moment_brings_all_moments_back(
    trained: Trained, replay: ReplayController
) -> None:
    before, present = moments(trained), trained.weights()
    replay.show(3)
    edit(trained.studio)
    assert not replay.is_replaying
    assert replay.moments == 0
    trained.document.undo_stack.undo()
    assert moments(trained) == before
    assert trained.shown() == trained.weights() == present
    replay.show(3)
    assert replay.is_replaying


def test_an_edit_in_training_and_its_undo_keep_the_moments(
    trained: Trained, replay: ReplayController
) -> None:
    trained.document.open(project(epochs=ENDLESS))
    trained.training.set_speed(SPEEDS[-2])
    trained.run_for(steps=20 * STEPS)
    known = steps(trained)
    edit(trained.studio)
    trained.wait(lambda: replay.moments > 2)
    trained.document.undo_stack.undo()
    assert trained.training.state == "running"
    assert steps(trained)[: len(known)] == known


def test_a_branch_leaves_the_moments_of_the_run_it_left(trained: Trained, replay: ReplayController) -> None:
    before = moments(trained)
    replay.branch(0)
    assert replay.moments == 1
    edit(trained.studio)
    trained.document.undo_stack.undo()
    assert moments(trained) == before


def test_a_reset_run_leaves_no_moments_to_undo(trained: Trained, replay: ReplayController) -> None:
    edit(trained.studio)
    trained.training.reset()
    trained.document.undo_stack.undo()
    assert replay.moments == 0


def test_a_run_that_goes_on_once_an_error_is_mended_has_its_moments(
    trained: Trained, replay: ReplayController
) -> None:
    before = moments(trained)
    cut = disconnect(trained.document.network, "dense-1", "dropout-1")
    trained.document.edit_network("cut", cut)
    assert replay.moments == 0
    other_batches(trained)
    trained.document.edit_network("join", connect(cut, "dense-1", "dropout-1"))
    assert trained.step == EPOCHS * STEPS
    assert moments(trained) == before
