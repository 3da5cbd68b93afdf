"""The window sets a run's speed at any time, and shows what a small network's last step did."""

import numpy as np

from neuralstudio.engine.graph import Array
from neuralstudio.session.speed import FULL, SPEEDS, Speed
from tests.ui.window.runs import ENDLESS, STEPS, Trained, bits, headless, project

SLOWEST = SPEEDS[0]
FOLLOWED = Speed("9 batches/s", 9, "batches")


def state_of(trained: Trained) -> str:
    return trained.training.state


def rows_of(trained: Trained) -> Array | None:
    return trained.training.upcoming


def known(trained: Trained) -> tuple[bool, bool]:
    """Whether gradients and updates are."""
    return trained.training.gradients is not None, trained.training.updates is not None


def test_the_speed_is_full_until_it_is_set(trained: Trained) -> None:
    assert trained.training.speed == FULL
    heard: list[Speed] = []
    trained.training.speed_changed.connect(lambda: heard.append(trained.training.speed))
    trained.training.set_speed(SLOWEST)
    trained.training.set_speed(SLOWEST)
    assert heard == [SLOWEST]


def test_a_slow_run_is_paused_stopped_and_made_faster_at_once(trained: Trained) -> None:
    trained.training.set_speed(SLOWEST)
    trained.document.open(project(epochs=ENDLESS))
    trained.training.train()
    trained.wait(lambda: trained.training.upcoming is not None)
    assert (state_of(trained), trained.step) == ("running", 0)
    trained.training.pause()
    assert state_of(trained) == "paused"
    trained.training.train()
    trained.training.set_speed(FULL)
    trained.wait(lambda: trained.step > 20 * STEPS)
    trained.training.set_speed(SLOWEST)
    trained.training.stop()
    assert state_of(trained) == "idle"


def test_slow_motion_learns_what_full_speed_learns(trained: Trained) -> None:
    trained.training.set_speed(Speed("200 batches/s", 200, "batches"))
    trained.finish()
    assert trained.weights() == bits(headless(project(), 3).saved().weights)


def test_the_next_batch_is_known_in_slow_motion_only(trained: Trained) -> None:
    trained.step_batches()
    assert rows_of(trained) is None
    trained.training.set_speed(FOLLOWED)
    trained.document.open(project(epochs=ENDLESS))
    trained.training.train()
    trained.wait(lambda: rows_of(trained) is not None)
    rows = rows_of(trained)
    assert rows is not None
    assert rows.shape == (10,)
    assert len(set(rows.tolist())) == 10
    trained.training.stop()


def test_gradients_and_updates_are_known_by_name_after_a_step(trained: Trained) -> None:
    training = trained.training
    assert known(trained) == (False, False)
    start = {name: np.frombuffer(raw, np.float32) for name, raw in trained.shown().items()}
    trained.step_batches()
    trained.wait(lambda: training.updates is not None)
    assert training.predictor is not None
    assert training.updates is not None
    assert training.gradients is not None
    parameters = training.predictor.model.parameters
    assert list(training.gradients) == list(training.updates) == list(parameters.trained)
    for name, update in training.updates.items():
        assert update.shape == training.gradients[name].shape == parameters.shapes[name]
        changed = parameters.value(name).reshape(-1) - start[name]
        np.testing.assert_allclose(update.reshape(-1), changed, atol=1e-7)


def test_an_earlier_moment_and_an_edited_network_have_no_gradients(trained: Trained) -> None:
    training, replay = trained.training, trained.studio.replay
    trained.step_batches(2)
    trained.wait(lambda: training.updates is not None and replay.moments > 1)
    replay.show(0)
    assert known(trained) == (False, False)
    replay.live()
    assert known(trained) == (True, True)
    training.reset()
    assert known(trained) == (False, False)
