"""Measures what steps of an example allocate once warm, in a process of its own: no other thread disturbs.

Run: python -m tests.training.allocations EXAMPLE WARM_UP   (prints bytes: growth over twenty steps, and peak)
"""

import sys
import tracemalloc

import numpy as np

from neuralstudio.engine.program import Program
from neuralstudio.engine.updater import Updater
from neuralstudio.network.model import Model
from neuralstudio.network.step import TrainingStep
from neuralstudio.project.examples import example
from neuralstudio.training.backprop import Backprop


def main() -> None:
    """Prints two numbers: bytes more after the steps than before, and the most in between."""
    project = example(sys.argv[1])
    assert isinstance(project.trainer, Backprop)
    signature = project.dataset.signature
    model = Model(project.network, signature, project.loss, project.seeds)
    parameters, batch = model.parameters, project.trainer.batch_size
    updater = Updater(project.trainer.optimiser, parameters.values, parameters.gradients)
    random = np.random.default_rng(1)
    inputs = random.integers(0, signature.vocabulary or 2, (batch, *signature.input_shape))
    targets = random.integers(0, len(signature.classes), (batch, *model.output_shape[:-1]))
    step = TrainingStep(model, batch, threads=1)

    def fill(_: int, rows: slice, program: Program) -> None:
        np.copyto(program.inputs["x"], inputs[rows], casting="unsafe")
        np.copyto(program.inputs["target"], targets[rows])

    def learn() -> None:
        step.run(fill, 0)
        updater.step()

    for _ in range(int(sys.argv[2])):
        learn()
    tracemalloc.start()
    learn()
    before, _ = tracemalloc.get_traced_memory()
    tracemalloc.reset_peak()
    for _ in range(20):
        learn()
    after, peak = tracemalloc.get_traced_memory()
    print(after - before, peak - before)


if __name__ == "__main__":
    main()
