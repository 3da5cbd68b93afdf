"""One epoch of MNIST with the lesson's network (784-128-10, Adam, batch 32): ours against PyTorch.

Run: python -m tests.benchmarks.mlp [--rounds 5] [--json]
The sides take turns within one process, so that a busy or slow machine is equally so for all.
"""

import argparse
import json
import statistics
from collections.abc import Callable
from time import perf_counter

import numpy as np
from threadpoolctl import threadpool_limits

from neuralstudio.data.sets.mnist import Mnist
from neuralstudio.project.examples import example
from neuralstudio.session.run import Run
from neuralstudio.training.events import EpochDone
from tests.benchmarks.places import mnist_folder

BATCH = 32


def ours() -> Callable[[], float]:
    """Seconds of one more epoch of our own run, evaluation excluded, as the command line tells them."""
    project = example("digits-mlp")
    data = Mnist(folder=str(mnist_folder())).load(1)
    run = Run(project, data)
    seconds: list[float] = [0.0]

    def epoch() -> float:
        with threadpool_limits(1):
            done = run.learner.position.epoch
            run.train(
                lambda event: seconds.append(event.seconds) if isinstance(event, EpochDone) else None,
                done + 1,
            )
        return seconds[-1] - seconds[-2]

    return epoch


def pytorch(threads: int) -> Callable[[], float]:
    """Seconds of one more epoch in PyTorch with fused Adam: data already float32 in memory."""
    import torch

    data = Mnist(folder=str(mnist_folder())).load(1)
    inputs = torch.tensor(data.train.scaled().reshape(len(data.train), -1))
    targets = torch.tensor(np.asarray(data.train.targets))
    model = torch.nn.Sequential(torch.nn.Linear(784, 128), torch.nn.ReLU(), torch.nn.Linear(128, 10))
    optimiser = torch.optim.Adam(model.parameters(), lr=0.001, eps=1e-7, fused=True)
    loss_of = torch.nn.CrossEntropyLoss()

    def epoch() -> float:
        torch.set_num_threads(threads)
        begin = perf_counter()
        order = torch.randperm(len(inputs))
        for start in range(0, len(inputs), BATCH):
            rows = order[start : start + BATCH]
            optimiser.zero_grad()
            loss = loss_of(model(inputs[rows]), targets[rows])
            loss.backward()
            optimiser.step()
        return perf_counter() - begin

    return epoch


def main() -> None:
    """Measures in turns and prints medians and the ratio."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    sides = {"ours": ours(), "pytorch 1 thread": pytorch(1), "pytorch 2 threads": pytorch(2)}
    times: dict[str, list[float]] = {name: [] for name in sides}
    for turn in range(options.rounds + 1):
        for name, epoch in sides.items():
            seconds = epoch()
            if turn:  # the first turn warms up
                times[name].append(seconds)
    medians = {name: statistics.median(each) for name, each in times.items()}
    best = min(medians["pytorch 1 thread"], medians["pytorch 2 threads"])
    if not options.json:
        for name, seconds in medians.items():
            print(f"{name:20} {seconds:.3f} s/epoch   ({', '.join(f'{each:.3f}' for each in times[name])})")
    result = {
        "name": "mlp",
        "unit": "s/epoch",
        "ours": round(medians["ours"], 4),
        "peers": {"pytorch": round(best, 4)},
        "ratio": round(medians["ours"] / best, 3),
    }
    print(json.dumps(result))


if __name__ == "__main__":
    main()
