"""Processes compute what threads compute, bit for bit, and nothing is left of them or hangs without them."""

import gc
import os
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from threading import Event
from time import monotonic

import numpy as np
import psutil
import pytest

from neuralstudio.data._base import Signature
from neuralstudio.engine.activations import Softmax
from neuralstudio.engine.losses import CategoricalCrossEntropy
from neuralstudio.engine.program import Program
from neuralstudio.engine.random import Seeds
from neuralstudio.layers.dense import Dense
from neuralstudio.layers.dropout import Dropout
from neuralstudio.layers.embedding import Embedding
from neuralstudio.layers.lstm import LSTM
from neuralstudio.network import crew as crew_module
from neuralstudio.network import shared as shared_module
from neuralstudio.network import step as step_module
from neuralstudio.network.model import Model
from neuralstudio.network.spec import stack
from neuralstudio.network.step import TrainingStep
from neuralstudio.network.worker import Job

BATCH, LENGTH, LETTERS = 40, 8, 20
SPEC = stack(
    Embedding(dimensions=16),
    LSTM(units=64, returns="all"),
    Dropout(rate=0.3),
    Dense(units=LETTERS, activation=Softmax()),
)
SIGNATURE = Signature((LENGTH,), tuple(map(str, range(LETTERS))), vocabulary=LETTERS, steps=LENGTH)
SHORT_OF_PATIENCE = """
from neuralstudio.network import worker
worker._PATIENCE = 0.3
worker.main()
"""
A_RUN_THAT_ENDS = """
import os, sys, psutil
from tests.network.test_crew import BATCH, TrainingStep, a_model, fill, wait_for
model = a_model()
step = TrainingStep(model, BATCH, 1)
step.hire(1)
wait_for(step)
step.run(fill, 0)
print(*(child.pid for child in psutil.Process().children()), flush=True)
"""
Outcome = tuple[float, bytes, bytes]


def a_model() -> Model:
    model = Model(SPEC, SIGNATURE, CategoricalCrossEntropy(), Seeds.all(3))
    model.open_noise("epoch 5")
    return model


def fill(worker: int, rows: slice, program: Program) -> None:
    letters = np.random.default_rng(1).integers(0, LETTERS, (BATCH, LENGTH + 1))[rows]
    program.inputs["x"][...] = letters[:, :-1]
    program.inputs["target"][...] = letters[:, 1:]


def steps(step: TrainingStep, model: Model, count: int = 3) -> list[Outcome]:
    """Loss, sums and gradients of some steps down the gradient from the start."""
    model.reset()
    found = []
    for number in range(count):
        loss, sums = step.run(fill, number)
        parameters = model.parameters
        found.append((loss, sums.tobytes(), parameters.gradients.tobytes()))
        parameters.values -= 0.1 * parameters.gradients
    return found


def wait_for(step: TrainingStep) -> None:
    """Until the processes have started; they say so in shared memory."""
    pause, until = Event(), monotonic() + 60
    while not step.is_hired():
        assert monotonic() < until, "the processes do not start"
        pause.wait(0.02)


def children() -> set[psutil.Process]:
    return set(psutil.Process().children())


@pytest.fixture
def newly_hired(model: Model) -> Iterator[tuple[TrainingStep, psutil.Process]]:
    """A step with a process that may be mistreated."""
    before = children()
    step = TrainingStep(model, BATCH, 1)
    step.hire(1)
    wait_for(step)
    (process,) = children() - before
    yield step, process
    step.close()
    assert process not in children()


@pytest.fixture(scope="module")
def model() -> Model:
    return a_model()


@pytest.fixture(scope="module")
def on_one_thread(model: Model) -> list[Outcome]:
    return steps(TrainingStep(model, BATCH, 1), model)


@pytest.fixture(scope="module")
def hired(model: Model) -> Iterator[TrainingStep]:
    """A step whose shards are done by a process and the caller."""
    step = TrainingStep(model, BATCH, 1)
    step.hire(1)
    wait_for(step)
    yield step
    step.close()


def test_the_batch_is_cut_where_the_cell_has_enough_to_do() -> None:
    step = TrainingStep(a_model(), BATCH, 1)
    assert [rows.stop - rows.start for rows in step.slices] == [20, 20]


def test_threads_and_processes_give_what_one_thread_gives(
    model: Model, on_one_thread: list[Outcome], hired: TrainingStep
) -> None:
    assert steps(TrainingStep(model, BATCH, 2), model) == on_one_thread
    assert steps(hired, model) == on_one_thread
    assert hired.is_hired()
    losses = [loss for loss, _, _ in on_one_thread]
    assert losses == sorted(losses, reverse=True)
    assert len(set(losses)) == len(losses)


def test_noise_is_that_of_the_epoch(model: Model, hired: TrainingStep) -> None:
    model.open_noise("epoch 6")
    other = steps(hired, model)
    assert other == steps(TrainingStep(model, BATCH, 1), model)
    model.open_noise("epoch 5")
    assert other != steps(hired, model)


def test_ctrl_c_is_a_matter_of_the_caller(
    model: Model, on_one_thread: list[Outcome], newly_hired: tuple[TrainingStep, psutil.Process]
) -> None:
    step, process = newly_hired
    if sys.platform != "win32":
        process.send_signal(signal.SIGINT)
        assert os.getpgid(process.pid) != os.getpgid(0)
    assert steps(step, model) == on_one_thread
    assert step.is_hired()


def test_a_killed_process_is_done_without(
    model: Model, on_one_thread: list[Outcome], newly_hired: tuple[TrainingStep, psutil.Process]
) -> None:
    step, process = newly_hired
    process.kill()
    assert steps(step, model) == on_one_thread
    assert not step.is_hired()
    assert process not in children()


def test_a_process_that_fails_is_done_without(
    model: Model,
    on_one_thread: list[Outcome],
    newly_hired: tuple[TrainingStep, psutil.Process],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    step, process = newly_hired
    monkeypatch.setattr(crew_module, "Job", lambda _: Job())  # without the random numbers of dropout
    assert steps(step, model) == on_one_thread
    assert not step.is_hired()
    assert process not in children()


def test_a_closed_step_has_no_process_and_goes_on(
    model: Model, on_one_thread: list[Outcome], newly_hired: tuple[TrainingStep, psutil.Process]
) -> None:
    step, process = newly_hired
    step.close()
    assert not process.is_running()
    assert steps(step, model) == on_one_thread


def test_a_process_that_rested_is_replaced(
    model: Model, on_one_thread: list[Outcome], monkeypatch: pytest.MonkeyPatch
) -> None:
    before = children()
    step = TrainingStep(model, BATCH, 1)
    with monkeypatch.context() as patch:
        patch.setattr(crew_module, "_RUN", SHORT_OF_PATIENCE)
        step.hire(1)
        wait_for(step)
    (process,) = children() - before
    process.wait(60)
    assert steps(step, model) == on_one_thread
    wait_for(step)
    step.close()
    assert children() == before


def test_a_step_that_nobody_holds_leaves_no_process(model: Model) -> None:
    before = children()
    step = TrainingStep(model, BATCH, 1)
    step.hire(1)
    assert len(children() - before) == 1
    del step
    gc.collect()
    assert children() == before


def test_processes_share_a_file_where_there_is_no_memory_for_it(
    model: Model, on_one_thread: list[Outcome], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(shared_module, "_IN_MEMORY", tmp_path / "missing")
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    step = TrainingStep(model, BATCH, 1)
    step.hire(1)
    wait_for(step)
    assert list(tmp_path.iterdir()) == []
    assert steps(step, model) == on_one_thread
    step.close()


def test_without_room_to_share_it_is_done_in_threads(
    model: Model, on_one_thread: list[Outcome], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    before = children()
    monkeypatch.setattr(shared_module, "_IN_MEMORY", tmp_path / "missing")
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "missing"))
    step = TrainingStep(model, BATCH, 1)
    if sys.platform != "win32":  # which needs no file
        step.hire(1)
        assert children() == before
    assert steps(step, model) == on_one_thread


@pytest.mark.parametrize("interpreter", ["a/missing/python", "false"])
def test_without_an_interpreter_it_is_done_in_threads(
    model: Model, on_one_thread: list[Outcome], monkeypatch: pytest.MonkeyPatch, interpreter: str
) -> None:
    before = children()
    monkeypatch.setattr(sys, "executable", interpreter)
    step = TrainingStep(model, BATCH, 1)
    step.hire(1)
    assert steps(step, model) == on_one_thread
    step.close()
    assert children() == before


def test_a_trial_leaves_the_results_as_they_are(
    model: Model, on_one_thread: list[Outcome], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(step_module, "cores", lambda: 2)
    monkeypatch.setattr(step_module, "_WORTH_CREW", 0.0)
    before = children()
    step = TrainingStep(model, BATCH, 1)
    step.tune(fill)
    wait_for(step)
    for _ in range(12):  # more than it takes to decide
        assert steps(step, model) == on_one_thread
    step.close()
    assert children() == before


@pytest.mark.parametrize("ending", ["sys.exit(0)", "os._exit(9)"])
def test_no_process_outlives_the_program(ending: str) -> None:
    root = Path(__file__).parents[2]
    run = subprocess.run(
        [sys.executable, "-c", A_RUN_THAT_ENDS + ending],
        cwd=root,
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert run.stderr == ""
    for number in map(int, run.stdout.split()):
        try:
            psutil.Process(number).wait(10)
        except psutil.NoSuchProcess:
            continue
    assert run.stdout.split()
