"""The buttons train, pause, step, stop and reset the document's network, to the step and to the bit."""

from neuralstudio.project.document import Project
from neuralstudio.training.events import Finished
from neuralstudio.ui.studio import Studio
from tests.ui.window.runs import ENDLESS, STEPS, Trained, bits, headless, project


def test_training_goes_to_the_last_epoch_and_says_that_it_finished(trained: Trained) -> None:
    trained.finish()
    training = trained.training
    assert training.state == "idle"
    assert training.position.epoch == 3
    assert trained.step == 3 * STEPS
    assert isinstance(training.outcome, Finished)
    assert training.outcome.epochs == 3
    assert [row[0] for row in training.history.epochs.rows.tolist()] == [0, 1, 2, 3]
    assert len(trained.curve()) == 3  # the steps of an epoch are told of together


def test_training_again_goes_on_for_as_many_epochs_again(trained: Trained) -> None:
    trained.finish()
    trained.finish()
    assert trained.training.position.epoch == 6
    assert trained.training.total_epochs == 6
    assert trained.weights() == bits(headless(project(), 6).saved().weights)


def test_a_run_in_the_window_is_the_run_without_one_bit_for_bit(trained: Trained) -> None:
    trained.finish()
    alone = headless(project(), 3)
    assert trained.weights() == bits(alone.saved().weights)
    assert trained.curve() == [float(loss) for loss in alone.history.steps.rows[:, 1]]


def test_a_second_run_with_the_same_seeds_is_the_first(trained: Trained) -> None:
    trained.finish()
    first, curve = trained.weights(), trained.curve()
    trained.document.open(Project())
    trained.document.open(project())
    trained.finish()
    assert trained.weights() == first
    assert trained.curve() == curve


def test_no_step_is_lost_or_doubled_by_pausing(trained: Trained) -> None:
    trained.document.open(project(epochs=400))
    for _ in range(4):
        trained.run_for(steps=2)
        trained.settle()
        stood = trained.step
        assert trained.saved().position.step == stood
        trained.wait(lambda stood=stood: trained.drained == stood)  # type: ignore[misc]
    trained.finish()
    assert trained.step == 400 * STEPS
    assert trained.weights() == bits(headless(project(epochs=400), 400).saved().weights)
    assert len(trained.curve()) == 400


def test_a_paused_run_stands_still(trained: Trained) -> None:
    trained.document.open(project(epochs=ENDLESS))
    trained.run_for(steps=1)
    trained.settle()
    stood, weights = trained.step, trained.weights()
    # The last drain of the figures comes in while it stands.
    trained.wait(lambda: trained.drained == stood)
    assert trained.step == stood
    assert trained.weights() == weights


def test_a_step_is_exactly_one_batch(trained: Trained) -> None:
    for number in range(1, STEPS + 3):
        trained.step_batches()
        assert trained.step == number
    assert trained.training.position.epoch == 1
    assert trained.training.position.batch == 2


def test_a_step_out_of_a_running_run_pauses_it(trained: Trained) -> None:
    trained.document.open(project(epochs=ENDLESS))
    trained.run_for(steps=1)
    trained.step_batches()
    stood = trained.step
    trained.step_batches()
    assert trained.step == stood + 1


def test_a_step_of_an_epoch_ends_with_the_epoch(trained: Trained) -> None:
    trained.step_batches(2)
    trained.step_epoch()
    assert trained.step == STEPS
    assert trained.training.position.batch == 0
    trained.step_epoch()
    assert trained.step == 2 * STEPS


def test_stepping_learns_what_training_learns(trained: Trained) -> None:
    trained.step_batches(STEPS + 1)
    trained.step_epoch()
    trained.training.stop()
    assert trained.weights() == bits(headless(project(), 2).saved().weights)


def test_reset_gives_the_very_same_start(trained: Trained) -> None:
    start = trained.shown()
    trained.step_batches(7)
    first, curve = trained.weights(), trained.curve()
    trained.training.reset()
    trained.breathe()
    assert trained.shown() == start
    assert trained.step == 0
    assert trained.curve() == []
    assert trained.training.saved_run() is None
    trained.step_batches(7)
    assert trained.weights() == first
    trained.wait(lambda: trained.curve() == curve)


def test_a_running_run_can_be_reset(trained: Trained) -> None:
    start = trained.shown()
    trained.document.open(project(epochs=ENDLESS))
    trained.run_for(steps=3)
    trained.training.reset()
    assert trained.training.state == "idle"
    assert trained.shown() == start
    assert trained.training.history.steps.rows.size == 0


def test_training_goes_on_after_a_stop(trained: Trained) -> None:
    trained.document.open(project(epochs=400))
    trained.run_for(steps=3)
    trained.training.stop()
    assert trained.training.state == "idle"
    trained.breathe()
    stood = trained.step
    assert len(trained.curve()) * STEPS == stood < 400 * STEPS
    assert trained.shown() == trained.weights()
    trained.finish()
    assert trained.step == 400 * STEPS
    assert trained.weights() == bits(headless(project(epochs=400), 400).saved().weights)


def test_stop_says_that_the_run_finished_once(trained: Trained) -> None:
    heard: list[str] = []
    trained.training.finished.connect(lambda: heard.append("finished"))
    trained.document.open(project(epochs=ENDLESS))
    trained.run_for(steps=1)
    trained.training.stop()
    trained.training.stop()
    trained.breathe()
    assert heard == ["finished"]


def test_the_predictor_is_there_before_during_and_after_training(trained: Trained) -> None:
    start = trained.shown()
    trained.document.open(project(epochs=ENDLESS))
    with trained.bot.waitSignal(trained.training.weights_changed):
        trained.training.train()
    trained.wait(lambda: trained.shown() != start)
    assert trained.training.state == "running"
    trained.training.stop()
    assert trained.shown() == trained.weights()


def test_a_paused_run_shows_the_weights_it_stands_at(trained: Trained) -> None:
    trained.step_batches(3)
    trained.wait(lambda: trained.shown() == trained.weights())


def test_what_is_saved_of_a_running_run_goes_on_as_if_never_interrupted(trained: Trained) -> None:
    long = project(epochs=600)
    trained.document.open(long)
    trained.run_for(steps=3)
    saved = trained.saved()
    assert trained.training.state == "running"
    stood = saved.position.step
    assert (len(saved.history["steps"]) - 1) * STEPS == stood
    trained.finish()
    assert trained.step == 600 * STEPS
    through = trained.weights()
    assert bits(headless(long, 600, saved).saved().weights) == through
    trained.training.restore(saved)
    assert trained.step == stood
    assert trained.shown() == bits(saved.weights)
    assert len(trained.curve()) * STEPS == stood
    trained.finish()
    assert trained.weights() == through


def test_an_untrained_network_has_no_run_to_save(trained: Trained) -> None:
    assert trained.training.saved_run() is None


def test_space_starts_pauses_and_goes_on(trained: Trained) -> None:
    trained.document.open(project(epochs=ENDLESS))
    training = trained.training
    training.toggle()
    trained.wait(lambda: trained.step > 0)
    states = [training.state]
    for _ in range(2):
        training.toggle()
        states.append(training.state)
    assert states == ["running", "paused", "running"]


def test_pause_and_stop_without_a_run_do_nothing(studio: Studio) -> None:
    studio.training.pause()
    studio.training.stop()
    assert studio.training.state == "idle"


def test_a_run_from_a_file_that_went_beyond_its_epochs_is_shown_whole(trained: Trained) -> None:
    trained.finish()
    trained.finish()
    saved = trained.saved()
    trained.document.open(project())
    assert trained.training.total_epochs == 3
    trained.training.restore(saved)
    assert trained.training.position.epoch == 6
    assert trained.training.total_epochs == 6
