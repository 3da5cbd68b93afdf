"""What goes wrong in training becomes a sentence, and training can begin again."""

import dataclasses
from pathlib import Path

import pytest
from msgspec.structs import replace

from neuralstudio.data.sets.mnist import Mnist
from neuralstudio.data.sets.pen_digits import PenDigits
from neuralstudio.engine.activations import Linear
from neuralstudio.engine.losses import MeanSquaredError
from neuralstudio.engine.optimisers import SGD
from neuralstudio.engine.program import Program
from neuralstudio.layers.dense import Dense
from neuralstudio.network.spec import NetworkSpec, stack
from neuralstudio.project.document import Project
from neuralstudio.project.examples import example
from tests.ui.window.runs import STEPS, Trained, is_finite, project


def _boom() -> None:
    raise ValueError("boom")


def _broken(program: Program, owner: str) -> Program:
    """The program, with an instruction of one layer that raises."""
    instructions = list(program.instructions)
    at = next(number for number, each in enumerate(instructions) if each.node.owner == owner)
    instructions[at] = dataclasses.replace(instructions[at], calls=((_boom, ()),))
    return Program(instructions, program.inputs, program.outputs, 0)


@pytest.mark.parametrize("done", [0, 3])
def test_a_bug_in_an_instruction_is_one_sentence_with_layer_and_step_and_training_can_go_on(
    trained: Trained, monkeypatch: pytest.MonkeyPatch, done: int
) -> None:
    trained.step_batches(done)
    trained.training.stop()
    trained.breathe()
    whole = Program.run

    def run(program: Program) -> None:
        whole(_broken(program, "dense-2") if "sums" in program.outputs else program)

    with monkeypatch.context() as patch:
        patch.setattr(Program, "run", run)
        with trained.bot.waitSignal(trained.training.finished):
            trained.training.train()
    assert len(trained.warnings) == 1
    assert trained.warnings[0].startswith(f"Training stopped in step {done + 1}: Dense 2: ")
    assert "boom" in trained.warnings[0]
    assert "\n" not in trained.warnings[0]
    assert trained.training.state == "idle"
    assert trained.step == done
    trained.finish()
    assert trained.step == 3 * STEPS
    assert len(trained.warnings) == 1


def wild() -> Project:
    """Straight lines only, a squared error and the largest learning rate: the numbers grow in every step."""
    base = project(epochs=200, optimiser=SGD(learning_rate=10))
    trainer = replace(base.trainer, loss=MeanSquaredError())
    return replace(
        base,
        network=stack(Dense(units=8, activation=Linear()), Dense(units=1, activation=Linear())),
        trainer=trainer,
    )


def test_a_run_that_diverges_warns_keeps_finite_weights_and_can_be_trained_at_a_lower_rate(
    trained: Trained,
) -> None:
    trained.document.open(wild())
    trained.finish()
    (warning,) = trained.warnings
    assert "Lower the learning rate (it is 10)" in warning
    assert is_finite(trained.saved().weights)
    assert trained.training.state == "idle"
    assert trained.training.position.epoch < 200
    trained.set_rate(1e-4)
    trained.finish()
    assert len(trained.warnings) == 1
    assert trained.training.position.epoch == 200
    assert is_finite(trained.saved().weights)


def test_a_network_with_problems_is_not_trained_and_the_first_problem_is_said(trained: Trained) -> None:
    trained.document.edit_network("empty", NetworkSpec())
    trained.training.train()
    assert trained.warnings == [str(trained.document.report.problems[0])]
    assert trained.training.state == "idle"
    trained.training.step_batch()
    assert len(trained.warnings) == 2


def test_there_is_no_predictor_while_the_network_has_problems(trained: Trained) -> None:
    start = trained.shown()
    trained.document.edit_network("empty", NetworkSpec())
    assert trained.training.predictor is None
    trained.document.undo_stack.undo()
    assert trained.shown() == start


def test_data_that_cannot_be_loaded_start_no_run_and_hold_nothing_up(
    trained: Trained, tmp_path: Path
) -> None:
    digits = replace(example("digits-mlp"), dataset=Mnist(folder=str(tmp_path / "nowhere")))
    trained.document.open(digits)
    loader = trained.studio.loader
    trained.training.train()
    trained.wait(lambda: not loader.is_loading)
    assert "no such folder" in loader.problem
    assert trained.warnings == [loader.problem]
    assert trained.training.state == "idle"
    trained.document.open(project())
    trained.finish()
    assert trained.step == 3 * STEPS


def test_the_loader_keeps_only_what_is_wanted_last(trained: Trained) -> None:
    loader = trained.studio.loader
    loader.want(PenDigits(count=300), 1)
    loader.want(PenDigits(count=100), 1)
    trained.wait(lambda: loader.data is not None)
    assert loader.data is not None
    assert len(loader.data.train) + len(loader.data.test) == 100


def test_the_loader_tries_again_after_a_failure(trained: Trained, tmp_path: Path) -> None:
    loader = trained.studio.loader
    dataset = Mnist(folder=str(tmp_path / "nowhere"))
    for _ in range(2):
        with trained.bot.waitSignal(loader.changed):
            loader.want(dataset, 1)
        assert loader.is_loading
        trained.wait(lambda: not loader.is_loading)
        assert loader.problem
        assert loader.data is None


def test_training_that_waits_for_its_data_is_forgotten_with_its_document(trained: Trained) -> None:
    trained.document.open(replace(example("digits-mlp"), dataset=PenDigits(count=300)))
    trained.training.train()
    assert trained.studio.loader.is_loading
    other = project()
    trained.document.open(other)
    trained.studio.loader.want(other.dataset, other.seeds.data)
    trained.wait(lambda: trained.studio.loader.data is not None)
    trained.breathe()
    assert trained.training.state == "idle"
    assert trained.step == 0


def test_training_that_waits_for_its_data_can_be_called_off(trained: Trained) -> None:
    trained.document.open(replace(example("digits-mlp"), dataset=PenDigits(count=300)))
    trained.training.train()
    trained.training.toggle()
    trained.wait(lambda: trained.studio.loader.data is not None)
    trained.breathe()
    assert trained.training.state == "idle"
    assert trained.step == 0
