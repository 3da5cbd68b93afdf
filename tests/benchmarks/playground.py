"""Steps a second of the playground's smallest and largest network: ours against the page's algorithm in Node.

Run: python -m tests.benchmarks.playground [--rounds 5] [--json]
Networks 2-4-2-1 and 7-8-8-8-8-8-8-1, tanh, 250 points of the circles, batch 10, rate 0.03. More is better;
"ratio" is our speed ÷ the peer's. Both sides do whole epochs, timed from outside: steps, then the loss over
the points (ours: Run.train with all its events). "training_only" leaves the losses out on both sides, and
"bare_loop" is our compiled program and optimiser without anything around them.

"epochs" are epochs a second of the page's default and of its largest network as the playground trains them:
in a fixed order, leftovers carried over, both losses measured afterwards; unwatched, with all events.
"""

import argparse
import json
import shutil
import subprocess
from pathlib import Path
from time import perf_counter
from typing import Any

import numpy as np
from threadpoolctl import threadpool_limits

from neuralstudio.data._base import Data, Samples, Signature
from neuralstudio.data.sets.circle import Circle
from neuralstudio.engine.activations import Tanh
from neuralstudio.engine.initialisers import Constant, Uniform
from neuralstudio.engine.losses import HalfSquaredError, MeanSquaredError
from neuralstudio.engine.optimisers import SGD
from neuralstudio.layers.dense import Dense
from neuralstudio.layers.features import FEATURES, Feature, Features
from neuralstudio.network.spec import stack
from neuralstudio.project.document import Project
from neuralstudio.session.run import Run
from neuralstudio.training.backprop import Backprop, BackpropLearner
from tests.benchmarks._sides import layers
from tests.benchmarks._turns import OURS, Measure, Side, medians_by_peer, options, print_figures, take_turns

SHAPES = {"small": (2, 4, 2, 1), "large": (7, *(8,) * 6, 1)}
BATCH, RATE = 10, 0.03
SECONDS = 0.5
"""How long a round of one side lasts."""
PEER = "tensorflow-playground"
SCRIPT = Path(__file__).with_name("playground_peer.js")


def circle(features: int) -> Data:
    """250 points to learn and 250 to test, with the first so many of the page's features."""
    data = Circle().load(1)

    def widened(samples: Samples) -> Samples:
        x, y = samples.inputs.T
        every = np.stack((x, y, x * x, y * y, x * y, np.sin(x), np.sin(y)), axis=1)
        return Samples(every[:, :features].astype(np.float32), samples.targets)

    signature = Signature((features,), classes=data.signature.classes)
    return Data(signature, widened(data.train), widened(data.validation), widened(data.test))


def run_of(shape: tuple[int, ...], data: Data) -> Run:
    """Our network of this shape at its start."""
    network = layers(
        *({"kind": "dense", "units": units, "activation": {"kind": "tanh"}} for units in shape[1:])
    )
    trainer = Backprop(loss=MeanSquaredError(), optimiser=SGD(learning_rate=RATE), batch_size=BATCH)
    return Run(Project(network=network, dataset=Circle(), trainer=trainer), data)


def by_run(shape: tuple[int, ...], *, tests: int | None = None) -> Measure:
    """Steps a second of a run, tested on so many points after each epoch (None: all)."""
    whole = circle(shape[0])
    data = Data(whole.signature, whole.train, whole.validation, whole.test[:tests])
    run = run_of(shape, data)
    epochs = 4  # doubled until a round is long enough; the first round is not counted

    def measure() -> float:
        nonlocal epochs
        with threadpool_limits(1, user_api="blas"):
            while True:
                before = run.learner.position
                begin = perf_counter()
                run.train(lambda _: None, before.epoch + epochs)
                seconds = perf_counter() - begin
                if seconds > SECONDS / 2:
                    return (run.learner.position.step - before.step) / seconds
                epochs *= 2

    return measure


def classic(features: tuple[Feature, ...], shape: tuple[int, ...]) -> Project:
    """A network of the page with its way to learn."""
    layers = [Dense(units, Tanh(), Uniform(limit=0.5), Constant(value=0.1)) for units in shape]
    trainer = Backprop(
        loss=HalfSquaredError(),
        optimiser=SGD(learning_rate=RATE),
        batch_size=BATCH,
        order="fixed",
        leftovers="carry over",
        measured="afterwards",
    )
    return Project(network=stack(Features(features), *layers), dataset=Circle(), trainer=trainer)


def by_epochs(project: Project) -> Measure:
    """Epochs a second of a run, with everything that belongs to them."""
    run = Run(project, project.dataset.load(1))
    epochs = 50

    def measure() -> float:
        nonlocal epochs
        while True:
            begin = perf_counter()
            run.train(lambda _: None, run.learner.position.epoch + epochs)
            seconds = perf_counter() - begin
            if seconds > SECONDS / 2:
                return epochs / seconds
            epochs *= 2

    return measure


def epochs_a_second(asked: argparse.Namespace) -> dict[str, float]:
    """By network: what the playground does in a second."""
    projects = {"default": classic(FEATURES[:2], (4, 2, 1)), "largest": classic(FEATURES[:7], (*(8,) * 6, 1))}
    sides = [Side(name, f"epochs, {name}", by_epochs(project)) for name, project in projects.items()]
    figures = take_turns(sides, asked.rounds)
    if not asked.json:
        print_figures("epochs/s", figures)
    medians = medians_by_peer(sides, figures, more_is_better=True)
    return {name: round(median) for name, median in medians.items()}


def by_bare_loop(shape: tuple[int, ...]) -> Measure:
    """Steps a second of the compiled program and the optimiser on one batch, again and again."""
    data = circle(shape[0])
    learner = run_of(shape, data).learner
    assert isinstance(learner, BackpropLearner)
    program = learner.model.training_program(BATCH)
    program.inputs["x"][...] = data.train.inputs[:BATCH]
    program.inputs["target"][...] = 2 * data.train.targets[:BATCH, np.newaxis] - 1
    updater = learner.updater

    def measure() -> float:
        steps = 0
        begin = perf_counter()
        with threadpool_limits(1, user_api="blas"):
            while perf_counter() - begin < SECONDS:
                for _ in range(500):
                    program.run()
                    updater.step()
                steps += 500
        return steps / (perf_counter() - begin)

    return measure


def by_node(shape: tuple[int, ...], figure: str) -> Measure:
    """Steps a second of the peer's "wholeEpoch" or "training"."""
    command = ["node", str(SCRIPT), "-".join(map(str, shape)), str(SECONDS)]

    def measure() -> float:
        done = subprocess.run(command, capture_output=True, text=True, check=True)
        return float(json.loads(done.stdout)[figure])

    return measure


def compared(name: str, asked: argparse.Namespace, *, whole: bool) -> dict[str, dict[str, float]]:
    """Steps a second by side and network: {"ours": {"small": …, "large": …}, …}."""
    found: dict[str, dict[str, float]] = {}
    for size, shape in SHAPES.items():
        sides = [Side(OURS, f"ours, {size}", by_run(shape, tests=None if whole else BATCH))]
        if not whole:
            sides.append(Side("bare", f"our bare loop, {size}", by_bare_loop(shape)))
        if shutil.which("node"):
            sides.append(Side(PEER, f"peer, {size}", by_node(shape, "wholeEpoch" if whole else "training")))
        figures = take_turns(sides, asked.rounds)
        if not asked.json:
            print(f"{name}, {'-'.join(map(str, shape))}:")
            print_figures("steps/s", figures)
        for peer, median in medians_by_peer(sides, figures, more_is_better=True).items():
            found.setdefault(peer, {})[size] = round(median, 1)
    return found


def told(figures: dict[str, dict[str, float]]) -> dict[str, Any]:
    """Ours, the peer and the ratio of both, as the other benchmarks tell them."""
    ours, peer = figures[OURS], figures.get(PEER)
    ratio = {size: round(ours[size] / peer[size], 3) for size in ours} if peer else None
    return {"ours": ours, "peers": {PEER: peer} if peer else {}, "ratio": ratio}


def main() -> None:
    """Measures in turns and prints medians and ratios."""
    asked = options(__doc__)
    whole = compared("whole epochs", asked, whole=True)
    training = compared("training only", asked, whole=False)
    result = {
        "name": "playground",
        "unit": "steps/s",
        "more_is_better": True,
        **told(whole),
        "training_only": told(training),
        "bare_loop": training["bare"],
        "epochs": epochs_a_second(asked),
    }
    print(json.dumps(result))


if __name__ == "__main__":
    main()
