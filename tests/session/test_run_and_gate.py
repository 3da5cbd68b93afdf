"""A run obeys orders from another thread between two steps, and comes back from what it saved."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from queue import Queue
from threading import Thread

import numpy as np
import pytest

from neuralstudio.data._base import Data
from neuralstudio.data.sets.xor import Xor
from neuralstudio.engine.activations import Sigmoid
from neuralstudio.engine.losses import BinaryCrossEntropy
from neuralstudio.layers.dense import Dense
from neuralstudio.layers.dropout import Dropout
from neuralstudio.network.spec import stack
from neuralstudio.project.document import Project, SavedRun
from neuralstudio.schema.problem import ProblemError
from neuralstudio.session.gate import Gate, Order
from neuralstudio.session.inbox import Inbox
from neuralstudio.session.run import Run
from neuralstudio.training.backprop import Backprop
from neuralstudio.training.events import EpochDone, Event, Finished, Snapshot, Started, StepDone

SECONDS = 20.0
"""How long to wait for another thread before a test fails; none waits for it to pass."""

PROJECT = Project(
    network=stack(Dense(units=8), Dropout(rate=0.3), Dense(units=1, activation=Sigmoid())),
    dataset=Xor(count=100),
    trainer=Backprop(loss=BinaryCrossEntropy(), batch_size=10, epochs=3),
)
STEPS = 5
"""In an epoch: 50 training points, 10 a batch."""


@pytest.fixture(scope="module")
def data() -> Data:
    return PROJECT.dataset.load(1)


class Rig:
    """A run in a thread of its own, and what it posted."""

    def __init__(self, data: Data, order: Order, epochs: int = 3, *, is_watched: bool = False) -> None:
        self.gate = Gate(order)
        self.run = Run(PROJECT, data)
        self.events: Queue[Event] = Queue()
        self.thread = Thread(
            target=self.run.train,
            args=(self.events.put, epochs, self.gate),
            kwargs={"is_watched": is_watched},
        )
        self.thread.start()

    @property
    def step(self) -> int:
        return self.run.learner.position.step

    def stands(self) -> bool:
        return self.gate.wait_until_still(SECONDS)

    def end(self) -> None:
        self.gate.give(Order.STOP)
        self.thread.join(SECONDS)
        assert not self.thread.is_alive()

    def wait_for(self, kind: type[Event]) -> Event:
        while not isinstance(event := self.events.get(timeout=SECONDS), kind):
            pass
        return event

    def posted(self) -> list[Event]:
        return list(self.events.queue)


@pytest.fixture
def rigged(data: Data) -> Iterator[Callable[..., Rig]]:
    rigs: list[Rig] = []

    def make(order: Order, epochs: int = 3, *, is_watched: bool = False) -> Rig:
        rigs.append(Rig(data, order, epochs, is_watched=is_watched))
        return rigs[-1]

    yield make
    for rig in rigs:
        rig.end()


Rigged = Callable[..., Rig]


def test_a_run_that_is_told_to_run_finishes(rigged: Rigged) -> None:
    rig = rigged(Order.RUN)
    finished = rig.wait_for(Finished)
    rig.thread.join(SECONDS)
    assert isinstance(finished, Finished)
    assert finished.epochs == 3
    assert rig.step == 3 * STEPS


def test_a_run_that_begins_paused_has_told_its_start_and_learnt_nothing(rigged: Rigged) -> None:
    rig = rigged(Order.PAUSE)
    assert rig.stands()
    assert [type(event) for event in rig.posted()] == [Started]
    assert rig.step == 0


def test_each_step_order_is_one_batch(rigged: Rigged) -> None:
    rig = rigged(Order.PAUSE)
    assert rig.stands()
    for number in range(1, 8):  # beyond the end of an epoch
        rig.gate.give(Order.STEP_BATCH)
        assert rig.stands()
        assert rig.step == number
        assert rig.gate.order is Order.PAUSE


def test_a_step_of_an_epoch_ends_with_the_epoch(rigged: Rigged) -> None:
    rig = rigged(Order.STEP_EPOCH)
    assert rig.stands()
    assert rig.step == STEPS
    rig.gate.give(Order.STEP_BATCH)
    assert rig.stands()
    rig.gate.give(Order.STEP_EPOCH)
    assert rig.stands()
    assert rig.step == 2 * STEPS
    assert sum(isinstance(event, EpochDone) for event in rig.posted()) == 2


def test_pause_holds_and_run_goes_on(rigged: Rigged) -> None:
    rig = rigged(Order.RUN, 10**6)
    rig.wait_for(StepDone)
    rig.gate.give(Order.PAUSE)
    assert rig.stands()
    held = rig.step, rig.run.weights.tobytes()
    assert not rig.events.empty()
    while not rig.events.empty():
        rig.events.get()
    assert (rig.step, rig.run.weights.tobytes()) == held
    rig.gate.give(Order.RUN)
    rig.wait_for(StepDone)
    assert rig.step > held[0]


def test_stop_ends_a_run_and_another_takes_it_up_where_it_stood(rigged: Rigged, data: Data) -> None:
    rig = rigged(Order.PAUSE)
    for _ in range(3):
        assert rig.stands()
        rig.gate.give(Order.STEP_BATCH)
    assert rig.stands()
    rig.end()
    assert rig.step == 3
    rig.run.train(rig.events.put, 3)
    straight = Run(PROJECT, data)
    straight.train(Inbox().post, 3)
    assert rig.run.weights.tobytes() == straight.weights.tobytes()


def test_stop_frees_a_run_that_stands(rigged: Rigged) -> None:
    rig = rigged(Order.PAUSE)
    assert rig.stands()
    rig.end()
    assert not any(isinstance(event, Finished) for event in rig.posted())


def test_orders_given_one_upon_the_other_end_with_the_last(rigged: Rigged) -> None:
    rig = rigged(Order.PAUSE, 10**6)
    for _ in range(200):
        rig.gate.give(Order.RUN)
        rig.gate.give(Order.PAUSE)
        assert rig.stands()
        assert rig.gate.order is Order.PAUSE
    for _ in range(200):
        rig.gate.give(Order.STEP_BATCH)
        rig.gate.give(Order.PAUSE)
        assert rig.stands()


def test_an_order_is_not_lost_to_the_end_of_a_single_step() -> None:
    gate = Gate(Order.STEP_BATCH)
    done = StepDone(1, 0, 1, 10, 0.5, 0.5)
    gate.give(Order.STOP)
    gate.after(done)
    assert gate.order is Order.STOP
    assert not gate.passes(lambda: None)


def test_who_waits_for_a_pause_does_not_see_the_one_before(rigged: Rigged) -> None:
    rig = rigged(Order.PAUSE)
    assert rig.stands()
    rig.gate.give(Order.RUN)
    assert not rig.gate.wait_until_still(0.0)


def test_a_gate_nobody_waits_at_does_not_stand() -> None:
    assert not Gate(Order.PAUSE).wait_until_still(0.0)


def test_a_watched_run_shows_its_weights_when_it_pauses_and_at_its_end(rigged: Rigged) -> None:
    rig = rigged(Order.STEP_BATCH, is_watched=True)
    assert rig.stands()
    shots = [event for event in rig.posted() if isinstance(event, Snapshot)]
    assert shots
    assert shots[-1].step == 1
    np.testing.assert_array_equal(shots[-1].weights, rig.run.weights)
    rig.gate.give(Order.RUN)
    rig.thread.join(SECONDS)
    last = rig.posted()[-1]
    assert isinstance(last, Snapshot)
    np.testing.assert_array_equal(last.weights, rig.run.weights)


# ── saving and restoring ─────────────────────────────────────────────────────────────────────────────


def stopped_after(data: Data, events: int) -> Run:
    """A run that was stopped after some events."""
    run, gate = Run(PROJECT, data), Gate()
    count = 0

    def post(event: Event) -> None:
        nonlocal count
        count += 1
        if count == events:
            gate.give(Order.STOP)

    run.train(post, 3, gate)
    return run


@pytest.mark.parametrize("events", [1, 4, 6, 7, 12])
def test_a_restored_run_goes_on_as_if_never_stopped(data: Data, events: int) -> None:
    straight = Run(PROJECT, data)
    straight.train(Inbox().post, 3)
    resumed = Run(PROJECT, data)
    resumed.restore(stopped_after(data, events).saved())
    resumed.train(Inbox().post, 3)
    assert resumed.weights.tobytes() == straight.weights.tobytes()
    np.testing.assert_array_equal(resumed.history.steps.rows, straight.history.steps.rows)
    np.testing.assert_array_equal(resumed.history.epochs.rows, straight.history.epochs.rows)


def foreign() -> dict[str, Callable[[SavedRun], SavedRun]]:
    def without(saved: SavedRun) -> SavedRun:
        return replace(saved, weights={k: v for k, v in saved.weights.items() if k != "dense-2/bias"})

    def reshaped(saved: SavedRun) -> SavedRun:
        return replace(saved, weights=saved.weights | {"dense-2/bias": np.zeros(3, np.float32)})

    def more(saved: SavedRun) -> SavedRun:
        return replace(saved, weights=saved.weights | {"dense-3/bias": np.zeros(3, np.float32)})

    return {"without": without, "reshaped": reshaped, "more": more}


@pytest.mark.parametrize("how", foreign())
def test_weights_of_another_network_are_refused_and_nothing_is_changed(data: Data, how: str) -> None:
    saved = foreign()[how](stopped_after(data, 8).saved())
    run = Run(PROJECT, data)
    before = run.weights.tobytes()
    with pytest.raises(ProblemError, match="do not fit the network"):
        run.restore(saved)
    assert run.weights.tobytes() == before
    assert run.learner.position.step == 0
    assert len(run.history.steps) == 0


def test_the_inbox_keeps_every_figure_and_the_latest_snapshot() -> None:
    inbox = Inbox()
    steps: list[Event] = [StepDone(number, 0, number, 10, 0.5, 0.5) for number in range(1, 1001)]
    for number, event in enumerate(steps):
        inbox.post(event)
        inbox.post(Snapshot(number, np.full(2, number)))
    events, snapshot = inbox.drain()
    assert events == steps
    assert snapshot is not None
    assert snapshot.step == 999
    assert inbox.drain() == ([], None)


def test_nothing_is_lost_when_one_thread_writes_and_another_drains() -> None:
    inbox, count = Inbox(), 20_000
    finished = Finished("done", 1, 0.1, 0.9, 1.0)

    def write() -> None:
        for number in range(count):
            inbox.post(StepDone(number, 0, number, 1, 0.0, 0.0))
            if number % 100 == 0:
                inbox.post(Snapshot(number, np.zeros(1)))
        inbox.post(finished)

    writer = Thread(target=write)
    writer.start()
    found: list[Event] = []
    shots: list[int] = []
    while finished not in found[-1:]:
        events, snapshot = inbox.drain()
        found += events
        shots += [snapshot.step] if snapshot else []
    writer.join(SECONDS)
    events, snapshot = inbox.drain()
    shots += [snapshot.step] if snapshot else []
    assert [event.step for event in found if isinstance(event, StepDone)] == list(range(count))
    assert shots == sorted(shots)
    assert shots[-1] == count - 100


def test_an_inbox_nobody_drains_stays_bounded() -> None:
    inbox = Inbox()
    event = StepDone(1, 0, 1, 1, 0.0, 0.0)
    for _ in range(Inbox.LIMIT + 10):
        inbox.post(event)
    assert len(inbox.drain()[0]) == Inbox.LIMIT
