"""Slow motion: samples have their turn one after the other, and the figures stay true."""

import pytest

from neuralstudio.session.speed import FULL, SPEEDS, Speed
from neuralstudio.training.events import Started, StepDone
from neuralstudio.ui.playground.slow_motion import SlowMotion
from neuralstudio.ui.progress import Progress
from tests.ui.playground.hands import Hands


def test_samples_have_their_turn_one_after_the_other(hands: Hands) -> None:
    slow = hands.panel.findChild(SlowMotion)
    assert slow is not None
    seen: list[tuple[tuple[int, int], int | None]] = []
    slow.changed.connect(lambda: seen.append((slow.place, slow.row)))
    hands.studio.training.set_speed(Speed("20 samples/s", 20, "samples"))
    hands.studio.training.train()
    hands.wait(lambda: len({place for place, _ in seen}) >= 4)
    assert [place for place, _ in seen[:3]] == [(1, 10), (2, 10), (3, 10)]
    assert len({row for _, row in seen[:3]}) == 3
    assert hands.find("playground-sample").isVisible()
    assert hands.text("playground-sample").endswith("of 10")
    canvas = hands.panel.output.picture.map
    train = hands.studio.loader.data
    assert train is not None
    assert slow.row is not None
    assert canvas._sample == pytest.approx(train.train.scaled(slice(slow.row, slow.row + 1))[0].tolist())
    hands.studio.training.pause()
    hands.wait(lambda: slow.row is None)
    assert not hands.find("playground-sample").isVisible()
    assert canvas._sample is None


def test_figures_are_true_in_slow_motion(hands: Hands) -> None:
    hands.train(5)
    training = hands.studio.training
    training.set_speed(SPEEDS[0])
    assert training.progress.rate(training.speed) <= 1
    hands.panel.output.readings.refresh(None, None)
    assert hands.text("playground-pace") == "0.004"  # 250 samples an epoch
    assert hands.text("playground-step") == "4:10 min"


def test_the_speed_is_not_more_than_was_chosen() -> None:
    progress = Progress()
    started = Started(epochs=9, steps_per_epoch=25, samples_per_epoch=250, batch_size=10)
    progress.take_in([started])
    progress.samples_per_second = 90_000.0
    assert progress.rate(SPEEDS[0]) == pytest.approx(1)
    assert progress.rate(FULL) == 90_000.0


def test_news_without_samples_do_not_count_for_the_speed() -> None:
    progress = Progress()
    progress._last -= 10
    progress.take_in([])
    step = StepDone(step=1, epoch=0, batch=1, samples=10, loss=1.0, metric=0.0)
    progress.take_in([step])
    assert progress.samples_per_second == pytest.approx(1, rel=0.1)
