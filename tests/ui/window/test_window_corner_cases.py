"""Orders in an odd sequence: nothing freezes and nothing is lost."""

from functools import partial
from pathlib import Path

from neuralstudio.data.sets.pen_digits import PenDigits
from neuralstudio.ui.studio import Studio
from neuralstudio.ui.training import TrainingController
from tests.robots.robot import StudioRobot
from tests.ui.window.conftest import Answer, Told
from tests.ui.window.runs import ENDLESS, STEPS, Trained, edit, project


def stands_at(training: TrainingController, epoch: int) -> bool:
    """It does not run, and that many epochs are finished."""
    return training.state != "running" and training.position.epoch == epoch


def test_training_again_right_after_a_stop_does_not_freeze(trained: Trained) -> None:
    trained.document.open(project(ENDLESS))
    trained.run_for(steps=2)
    trained.training.stop()
    trained.training.step_batch()
    trained.wait(lambda: trained.training.state == "paused")
    trained.breathe()
    assert trained.training.state == "paused"


def test_undo_of_new_weights_brings_the_run_back(robot: StudioRobot) -> None:
    hand = Trained(robot.studio, robot.bot)
    hand.step_batches(4)
    learnt = hand.weights()
    robot.do("new-weights")
    robot.do("undo")
    assert hand.step == 4
    assert hand.weights() == learnt


def test_reopening_the_same_file_after_saving_it_shows_what_was_saved(
    studio: Studio, files: Told, answer: Answer, tmp_path: Path
) -> None:
    path = tmp_path / "a.nstudio"
    studio.document.open(project())
    assert files.save_to(path)
    edit(studio)
    edited = studio.document.project
    answer("Save")
    assert files.open(path)
    assert studio.document.project == edited


def test_no_two_entries_of_a_menu_share_a_letter(robot: StudioRobot) -> None:
    for title, menu in robot.window.menus.items():
        texts = [action.text() for action in menu.actions() if "&" in action.text()]
        letters = [text[text.index("&") + 1].lower() for text in texts]
        assert len(letters) == len(set(letters)), (title, texts)


def test_a_window_closed_twice_while_data_load(studio: Studio) -> None:
    studio.loader.want(PenDigits(count=3000), 1)
    studio.loader.finish()
    studio.loader.finish()
    assert not studio.loader.is_loading


def test_a_step_after_stepping_to_the_last_epoch_learns_a_batch(trained: Trained) -> None:
    training = trained.training
    for epoch in (1, 2, 3):
        training.step_epoch()
        trained.wait(partial(stands_at, training, epoch))
    assert training.state == "idle"
    assert trained.step == 3 * STEPS
    training.step_batch()
    trained.wait(lambda: training.state == "paused")
    assert trained.step == 3 * STEPS + 1
