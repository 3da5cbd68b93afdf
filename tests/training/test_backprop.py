"""Training: the same run for the same seeds, however interrupted, and a soft landing when it diverges."""

from collections.abc import Iterator
from dataclasses import replace
from itertools import islice
from typing import Any

import msgspec
import numpy as np
import pytest

from neuralstudio.data._base import Data, Samples, Signature
from neuralstudio.data.sets.pen_digits import PenDigits
from neuralstudio.data.sets.xor import Xor
from neuralstudio.engine.activations import Formula, Linear, Sigmoid, Softmax
from neuralstudio.engine.losses import BinaryCrossEntropy, MeanSquaredError
from neuralstudio.engine.optimisers import OPTIMISERS, SGD, Adam, OptimiserKind
from neuralstudio.engine.random import Seeds
from neuralstudio.engine.schedules import StepDecay
from neuralstudio.engine.stopping import Stopping
from neuralstudio.layers.activation import Activation
from neuralstudio.layers.dense import Dense
from neuralstudio.layers.dropout import Dropout
from neuralstudio.layers.flatten import Flatten
from neuralstudio.network.evaluate import evaluate
from neuralstudio.network.learning import Learning
from neuralstudio.network.spec import NetworkSpec, stack
from neuralstudio.schema.problem import ProblemError
from neuralstudio.training._base import Control, Position
from neuralstudio.training.backprop import Backprop, BackpropLearner
from neuralstudio.training.events import EpochDone, Event, Finished, Started, StepDone, Warned

XOR_NETWORK = stack(Dense(units=6), Dense(units=1, activation=Sigmoid()))
DROPOUT_NETWORK = stack(Dense(units=12), Dropout(rate=0.4), Dense(units=1, activation=Sigmoid()))
DIGITS_NETWORK = stack(Flatten(), Dense(units=16), Dense(units=10, activation=Softmax()))
BINARY = Backprop(loss=BinaryCrossEntropy(), batch_size=10, epochs=2)


@pytest.fixture(scope="module")
def xor() -> Data:
    return Xor(count=206).load(1)


@pytest.fixture(scope="module")
def digits() -> Data:
    return PenDigits(count=600).load(1)


def learner(
    trainer: Backprop, spec: NetworkSpec, data: Data, seed: int = 1, control: Control | None = None
) -> BackpropLearner:
    return trainer.learner(spec, data, Seeds.all(seed), control or Control())


def weights(at: BackpropLearner) -> bytes:
    return at.model.parameters.values.tobytes()


def only(events: list[Event], kind: type[Event]) -> list[Event]:
    return [event for event in events if isinstance(event, kind)]


# ── the course of a run ──────────────────────────────────────────────────────────────────────────────


def test_a_run_tells_its_start_every_step_every_epoch_and_its_end(xor: Data) -> None:
    events = list(learner(BINARY, XOR_NETWORK, xor).run(2))
    assert [type(event) for event in events] == [
        Started,
        *[StepDone] * 11,
        EpochDone,
        *[StepDone] * 11,
        EpochDone,
        Finished,
    ]
    started = events[0]
    assert isinstance(started, Started)
    assert (started.steps_per_epoch, started.samples_per_epoch, started.batch_size) == (11, 103, 10)
    steps = [event for event in events if isinstance(event, StepDone)]
    assert [step.step for step in steps] == list(range(1, 23))
    assert [step.samples for step in steps[:11]] == [10] * 10 + [3]
    assert {step.epoch for step in steps[11:]} == {1}


def test_the_epochs_figures_are_means_over_its_samples(xor: Data) -> None:
    events = list(learner(BINARY, XOR_NETWORK, xor).run(1))
    steps = [event for event in events if isinstance(event, StepDone)]
    (done,) = only(events, EpochDone)
    assert isinstance(done, EpochDone)
    mean = sum(step.loss * step.samples for step in steps) / 103
    assert done.train_loss == pytest.approx(mean, rel=1e-12)


def test_training_learns(digits: Data) -> None:
    at = learner(Backprop(), DIGITS_NETWORK, digits)
    events = list(at.run(8))
    last = events[-1]
    assert isinstance(last, Finished)
    assert last.test_metric > 0.6
    assert evaluate(at.model, digits.test).metric == pytest.approx(last.test_metric)


def test_one_step_is_the_step_of_the_formula(xor: Data) -> None:
    trainer = msgspec.structs.replace(BINARY, optimiser=SGD(learning_rate=0.5), batch_size=10_000)
    at = learner(trainer, stack(Dense(units=1, activation=Sigmoid())), xor)
    kernel = at.model.parameters.value("dense-1/kernel").astype(np.float64)
    list(islice(at.run(1), 2))
    x, t = xor.train.inputs.astype(np.float64), xor.train.targets.reshape(-1, 1)
    y = 1 / (1 + np.exp(-x @ kernel))
    expected = kernel - 0.5 * x.T @ (y - t) / len(t)
    np.testing.assert_allclose(at.model.parameters.value("dense-1/kernel"), expected, 1e-5, 1e-6)


@pytest.mark.parametrize("count", [2, 3, 7])
def test_a_batch_larger_than_the_data_is_all_the_data(xor: Data, count: int) -> None:
    of_each = np.sort(np.unique(xor.train.targets, return_index=True)[1])
    rest = np.setdiff1d(np.arange(10), of_each)
    few = replace(xor, train=xor.train[np.concatenate([of_each, rest])[:count]])
    events = list(learner(msgspec.structs.replace(BINARY, batch_size=4096), XOR_NETWORK, few).run(2))
    steps = [event for event in events if isinstance(event, StepDone)]
    assert [step.samples for step in steps] == [count, count]
    assert isinstance(events[-1], Finished)


# ── the same run ─────────────────────────────────────────────────────────────────────────────────────


def test_the_same_seed_gives_bit_identical_weights_on_xor(xor: Data) -> None:
    first, second = (learner(BINARY, DROPOUT_NETWORK, xor) for _ in range(2))
    for at in (first, second):
        list(at.run(2))
    assert weights(first) == weights(second)


def test_the_same_seed_gives_bit_identical_weights_on_digits(digits: Data) -> None:
    again = PenDigits(count=600).load(1)
    first, second = learner(Backprop(), DIGITS_NETWORK, digits), learner(Backprop(), DIGITS_NETWORK, again)
    for at in (first, second):
        list(at.run(1))
    assert weights(first) == weights(second)


def test_another_seed_gives_another_run(xor: Data) -> None:
    first, second = learner(BINARY, XOR_NETWORK, xor, 1), learner(BINARY, XOR_NETWORK, xor, 2)
    for at in (first, second):
        list(at.run(1))
    assert weights(first) != weights(second)


@pytest.mark.parametrize("optimiser", [kind() for kind in OPTIMISERS], ids=lambda each: each.tag())
@pytest.mark.parametrize("after", [0, 4, 11, 12, 17])
def test_a_saved_run_goes_on_as_if_it_had_never_stopped(
    xor: Data, optimiser: OptimiserKind, after: int
) -> None:
    trainer = msgspec.structs.replace(BINARY, optimiser=optimiser)
    straight = learner(trainer, DROPOUT_NETWORK, xor)
    whole = list(straight.run(3))

    begun = learner(trainer, DROPOUT_NETWORK, xor)
    list(islice(begun.run(3), 1 + after))  # the start, and some steps and epochs
    position = msgspec.json.decode(msgspec.json.encode(begun.exact_position), type=Position)
    resumed = learner(trainer, DROPOUT_NETWORK, xor)
    resumed.model.parameters.load(begun.model.parameters.named())
    resumed.restore(begun.state(), position)
    rest = list(resumed.run(3))

    assert weights(resumed) == weights(straight)
    assert [e for e in rest if isinstance(e, StepDone)] == [e for e in whole if isinstance(e, StepDone)][
        -len(only(rest, StepDone)) :
    ]
    for theirs, ours in zip(only(whole, EpochDone)[::-1], only(rest, EpochDone)[::-1], strict=False):
        assert msgspec.structs.replace(ours, seconds=0) == msgspec.structs.replace(theirs, seconds=0)


def test_a_run_left_within_an_epoch_goes_on_there(xor: Data) -> None:
    straight, interrupted = (learner(BINARY, DROPOUT_NETWORK, xor) for _ in range(2))
    list(straight.run(2))
    for stop in (3, 8, 2, 11):
        list(islice(interrupted.run(2), stop))
    events = list(interrupted.run(2))
    assert isinstance(events[-1], Finished)
    assert weights(interrupted) == weights(straight)


def test_a_finished_run_can_be_lengthened(xor: Data) -> None:
    straight, lengthened = (learner(BINARY, DROPOUT_NETWORK, xor) for _ in range(2))
    list(straight.run(4))
    list(lengthened.run(1))
    list(lengthened.run(4))
    assert weights(lengthened) == weights(straight)


def test_evaluating_and_predicting_during_a_run_do_not_disturb_it(xor: Data) -> None:
    straight, watched = (learner(BINARY, DROPOUT_NETWORK, xor) for _ in range(2))
    list(straight.run(2))
    for _ in watched.run(2):
        evaluate(watched.model, xor.test)
        watched.model.predict(xor.test.inputs[:3])
    assert weights(watched) == weights(straight)


# ── what may change meanwhile ────────────────────────────────────────────────────────────────────────


def test_a_new_learning_rate_acts_on_the_next_step(xor: Data) -> None:
    control = Control()
    trainer = msgspec.structs.replace(BINARY, optimiser=SGD(learning_rate=0.1))
    at = learner(trainer, XOR_NETWORK, xor, control=control)
    values = at.model.parameters.values
    run = at.run(2)
    list(islice(run, 3))
    before = values.copy()
    control.learning_rate = 0.025
    next(run)
    np.testing.assert_allclose(before - values, 0.025 * at.model.parameters.gradients, 1e-3, 1e-7)


def test_the_number_of_epochs_can_change_while_the_run_is_on(xor: Data) -> None:
    control = Control()
    run = learner(BINARY, XOR_NETWORK, xor, control=control).run(50)
    next(run)
    control.epochs = 2
    assert len(only(list(run), EpochDone)) == 2


# ── numbers that leave the finite world ──────────────────────────────────────────────────────────────


def ended(events: Iterator[Event]) -> tuple[Warned, Finished]:
    found = list(events)
    warned, finished = found[-2:]
    assert isinstance(warned, Warned)
    assert isinstance(finished, Finished)
    assert len(only(found, Warned)) == 1
    return warned, finished


@pytest.mark.parametrize("optimiser", [SGD(), Adam()], ids=lambda each: each.tag())
def test_a_diverging_run_stops_with_the_last_good_weights(xor: Data, optimiser: SGD | Adam) -> None:
    spec = stack(Dense(units=8), Dense(units=8), Dense(units=1, activation=Linear()))
    control = Control()
    trainer = Backprop(loss=MeanSquaredError(), optimiser=optimiser, batch_size=10)
    at = learner(trainer, spec, xor, control=control)
    run = at.run(2000)
    list(islice(run, 20))
    control.learning_rate = 1e6
    warned, finished = ended(run)
    assert warned.is_fatal
    assert "step" in warned.what
    assert any(f"Dense {number}" in warned.what for number in (1, 2, 3))
    assert "learning rate (it is 1e+06)" in warned.remedy
    assert np.isfinite(at.model.parameters.values).all()
    assert np.isfinite(finished.test_loss)
    assert finished.reason.startswith("stopped")


def test_a_run_that_diverged_can_go_on_with_a_smaller_learning_rate(xor: Data) -> None:
    control = Control(learning_rate=1e6)
    trainer = Backprop(loss=MeanSquaredError(), optimiser=SGD(), batch_size=10)
    at = learner(trainer, stack(Dense(units=8), Dense(units=1, activation=Linear())), xor, control=control)
    ended(at.run(2000))
    control.learning_rate = 0.01
    done = at.position.epoch
    events = list(at.run(done + 3))
    assert not only(events, Warned)
    assert isinstance(events[-1], Finished)
    assert events[-1].test_loss < 1.5


def spoilt(samples: Samples, row: int, value: float) -> Samples:
    inputs = samples.inputs.copy()
    inputs[row] = value
    return Samples(inputs, samples.targets, samples.scale)


@pytest.mark.parametrize("value", [np.nan, np.inf])
@pytest.mark.parametrize("row", [0, 50, 102])
def test_a_gap_in_the_training_data_stops_the_run_and_is_told_as_such(
    xor: Data, row: int, value: float
) -> None:
    # inf·0 and inf − inf make NaN, too; a step with a short last batch must be explained as well.
    data = replace(xor, train=spoilt(xor.train, row, value))
    linear = stack(Dense(units=6, activation=Linear()), Dense(units=1, activation=Sigmoid()))
    at = learner(BINARY, linear, data)
    warned, _ = ended(at.run(2))
    assert warned.is_fatal
    assert "the data holds infinities or gaps" in warned.what
    assert "In step" in warned.what
    assert "Dense 1 (" in warned.what
    assert np.isfinite(at.model.parameters.values).all()


def test_a_gap_in_the_test_data_is_told_as_such(xor: Data) -> None:
    for part in ("test", "validation"):
        parts: dict[str, Any] = {part: spoilt(xor.test, 0, np.nan)}
        data = replace(xor, **parts)
        with pytest.raises(ProblemError, match=f"The {part} samples hold infinities or gaps"):
            learner(BINARY, XOR_NETWORK, data)


@pytest.mark.parametrize(
    ("part", "words"),
    [
        ({"train": slice(0, 0)}, "no training samples"),
        ({"test": slice(0, 0)}, "no test samples"),
    ],
)
def test_an_empty_part_is_refused_in_words(xor: Data, part: dict[str, slice], words: str) -> None:
    cut: dict[str, Any] = {name: getattr(xor, name)[rows] for name, rows in part.items()}
    with pytest.raises(ProblemError, match=words):
        learner(BINARY, XOR_NETWORK, replace(xor, **cut))


def test_labels_that_do_not_exist_are_refused_in_words(xor: Data) -> None:
    for label in (-1, 7):
        wrong = Samples(xor.train.inputs, np.full_like(xor.train.targets, label))
        with pytest.raises(ProblemError, match="there are 2 classes"):
            learner(BINARY, XOR_NETWORK, replace(xor, train=wrong))


def test_a_formula_without_a_value_is_blamed_instead_of_the_learning_rate(xor: Data) -> None:
    spec = stack(
        Dense(units=6, activation=Formula(expression="log(x)")), Dense(units=1, activation=Sigmoid())
    )
    warned, _ = ended(learner(BINARY, spec, xor).run(2))
    assert "Dense 1" in warned.what
    assert "formula" in warned.remedy


def test_a_root_at_zero_is_found_in_its_gradient(xor: Data) -> None:
    root = stack(
        Dense(units=6),
        Activation(function=Formula(expression="sqrt(x)")),
        Dense(units=1, activation=Sigmoid()),
    )
    warned, _ = ended(learner(BINARY, root, xor).run(2))
    assert "In step 1 " in warned.what
    assert "Activation 1" in warned.what


def test_time_over_begins_anew_when_a_run_goes_on(xor: Data) -> None:
    trainer = msgspec.structs.replace(BINARY, stopping=Stopping(time_limit=0.05), epochs=100_000)
    at = learner(trainer, XOR_NETWORK, xor)
    first = list(at.run(100_000))
    second = list(at.run(100_000))
    for events in (first, second):
        assert len(only(events, StepDone)) > 5
        last = events[-1]
        assert isinstance(last, Finished)
        assert last.reason.startswith("time limit")


def test_a_network_that_does_not_fit_is_not_accepted(xor: Data) -> None:
    trainer = Backprop()
    assert trainer.accepts(XOR_NETWORK, xor.signature)
    assert not BINARY.accepts(XOR_NETWORK, xor.signature)


def test_regression_trains_on_numbers() -> None:
    random = np.random.default_rng(0)
    inputs = random.normal(size=(200, 3)).astype(np.float32)
    targets = (inputs @ np.array([[1.0], [-2.0], [0.5]])).astype(np.float32)
    samples = Samples(inputs, targets)
    data = Data(Signature((3,), numbers=1), samples[:150], samples[:0], samples[150:])
    trainer = Backprop(loss=MeanSquaredError(), optimiser=Adam(learning_rate=0.05))
    events = list(learner(trainer, stack(Dense(units=1, activation=Linear())), data).run(40))
    last = events[-1]
    assert isinstance(last, Finished)
    assert last.test_loss < 1e-3
    assert last.test_metric < 0.05


# ── how layers learn, and when a run ends ────────────────────────────────────────────────────────────


def with_learning(spec: NetworkSpec, node_id: str, **settings: object) -> NetworkSpec:
    learning = msgspec.convert({"kind": "learning", **settings}, Learning)
    nodes = (
        msgspec.structs.replace(node, learning=learning) if node.id == node_id else node for node in spec
    )
    return NetworkSpec(tuple(nodes))


def test_a_frozen_layer_keeps_its_weights_while_the_others_learn(xor: Data) -> None:
    at = learner(BINARY, with_learning(XOR_NETWORK, "dense-1", is_frozen=True), xor)
    before = at.model.parameters.named()
    list(at.run(2))
    after = at.model.parameters.named()
    np.testing.assert_array_equal(after["dense-1/kernel"], before["dense-1/kernel"])
    np.testing.assert_array_equal(after["dense-1/bias"], before["dense-1/bias"])
    assert (after["dense-2/kernel"] != before["dense-2/kernel"]).all()


def test_a_rate_factor_scales_the_steps_of_its_layer_only(xor: Data) -> None:
    trainer = msgspec.structs.replace(BINARY, optimiser=SGD(learning_rate=0.1))
    moved = []
    for factor in (1.0, 3.0):
        at = learner(trainer, with_learning(XOR_NETWORK, "dense-2", rate_factor=factor), xor)
        before = at.model.parameters.named()
        next(event for event in at.run(1) if isinstance(event, StepDone))
        after = at.model.parameters.named()
        moved.append({name: after[name] - before[name] for name in after})
    np.testing.assert_allclose(moved[1]["dense-2/kernel"], 3 * moved[0]["dense-2/kernel"], 1e-3, 1e-7)
    np.testing.assert_array_equal(moved[1]["dense-1/kernel"], moved[0]["dense-1/kernel"])


def test_penalties_are_told_beside_the_loss_and_shrink_the_weights(xor: Data) -> None:
    sizes = {}
    for l2 in (0.0, 1.0):
        trainer = msgspec.structs.replace(BINARY, optimiser=SGD(learning_rate=0.1))
        at = learner(trainer, with_learning(XOR_NETWORK, "dense-1", l2=l2, l1=l2 / 10), xor)
        kernel = at.model.parameters.value("dense-1/kernel")
        expected = l2 * float((kernel**2).sum()) + l2 / 10 * float(np.abs(kernel).sum())
        events = list(at.run(20))
        first = next(event for event in events if isinstance(event, StepDone))
        assert first.penalty == pytest.approx(expected, rel=1e-5)
        sizes[l2] = float(np.abs(kernel).sum())
    assert sizes[1.0] < 0.5 * sizes[0.0]


def test_the_penalty_has_the_gradient_of_the_formula(xor: Data) -> None:
    trainer = msgspec.structs.replace(BINARY, optimiser=SGD(learning_rate=0.5), batch_size=10_000)
    one = stack(Dense(units=1, activation=Sigmoid()))
    kernels = []
    for settings in ({}, {"l1": 0.02, "l2": 0.03}):
        at = learner(trainer, with_learning(one, "dense-1", **settings), xor)
        start = at.model.parameters.value("dense-1/kernel").copy()
        list(islice(at.run(1), 2))
        kernels.append(at.model.parameters.value("dense-1/kernel").copy())
    expected = kernels[0] - 0.5 * (0.02 * np.sign(start) + 2 * 0.03 * start)
    np.testing.assert_allclose(kernels[1], expected, 1e-4, 1e-6)


def test_a_schedule_changes_the_rate_of_the_steps(xor: Data) -> None:
    plain = msgspec.structs.replace(BINARY, optimiser=SGD(learning_rate=0.1))
    halved = msgspec.structs.replace(plain, schedule=StepDecay(shrink=0.5, every_epochs=1))
    first, second = learner(plain, XOR_NETWORK, xor), learner(halved, XOR_NETWORK, xor)
    for at in (first, second):
        list(islice(at.run(2), 13))  # the start, and one epoch
    assert weights(first) == weights(second)
    for at in (first, second):
        next(event for event in at.run(2) if isinstance(event, StepDone))
    assert second.updater.factor == 0.5
    assert weights(first) != weights(second)


@pytest.mark.parametrize(
    ("stopping", "words"),
    [
        (Stopping(patience=2, minimum_improvement=1e5), "early stopping"),
        (Stopping(target_metric=0.4), "target reached"),
        (Stopping(target_loss=100.0), "target reached"),
        (Stopping(time_limit=1e-6), "time limit"),
    ],
)
def test_a_run_stops_by_its_rules_and_says_why(xor: Data, stopping: Stopping, words: str) -> None:
    at = learner(msgspec.structs.replace(BINARY, stopping=stopping), XOR_NETWORK, xor)
    last = list(at.run(50))[-1]
    assert isinstance(last, Finished)
    assert last.is_complete
    assert last.epochs < 50
    assert last.reason.startswith(words)


def test_the_best_weights_are_put_back(xor: Data) -> None:
    stopping = Stopping(restores_best=True)
    wild = msgspec.structs.replace(BINARY, stopping=stopping, optimiser=Adam(learning_rate=1.0))
    at = learner(wild, XOR_NETWORK, xor)
    events = list(at.run(12))
    epochs = [event for event in events if isinstance(event, EpochDone)]
    last = events[-1]
    assert isinstance(last, Finished)
    best = min(epochs, key=lambda event: event.test_loss)
    assert best.epoch < 12
    assert last.test_loss == pytest.approx(best.test_loss)
    assert f"epoch {best.epoch}, the best" in last.reason


def test_only_one_class_is_refused_in_words(xor: Data) -> None:
    one = replace(xor, train=xor.train[np.flatnonzero(xor.train.targets == 1)])
    with pytest.raises(ProblemError, match="one class"):
        learner(BINARY, XOR_NETWORK, one)


def test_steps_told_of_together_train_the_same_network(xor: Data) -> None:
    single, together = (
        learner(BINARY, DROPOUT_NETWORK, xor),
        learner(BINARY, DROPOUT_NETWORK, xor, control=Control(burst=4)),
    )
    told = [event for event in together.run(2) if isinstance(event, StepDone)]
    every = [event for event in single.run(2) if isinstance(event, StepDone)]
    assert weights(single) == weights(together)
    assert [event.samples for event in told] == [40, 40, 23] * 2
    assert told[0].loss == pytest.approx(sum(event.loss for event in every[:4]) / 4)
    assert told[0].metric == pytest.approx(sum(event.metric for event in every[:4]) / 4)
