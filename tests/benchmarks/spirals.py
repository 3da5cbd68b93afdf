"""Seconds until the two-spirals example tells 97 % of the test points apart, seed by seed.

Run: python -m tests.benchmarks.spirals [--seconds 10] [--seeds 10] [--json]
Beside it are the settings of the page with the same features: 8-4-2 tanh neurons, plain gradient descent at
rate 0.03. Each trains for the same time, in which evaluations and events count; the seed is that of data,
weights and order.
"""

import argparse
import json
from dataclasses import dataclass
from time import perf_counter

from msgspec import structs
from threadpoolctl import threadpool_limits

from neuralstudio.engine.activations import Tanh
from neuralstudio.engine.initialisers import Constant, Uniform
from neuralstudio.engine.losses import HalfSquaredError
from neuralstudio.engine.optimisers import SGD
from neuralstudio.engine.random import Seeds
from neuralstudio.layers.dense import Dense
from neuralstudio.layers.features import Features
from neuralstudio.network.spec import stack
from neuralstudio.project.document import Project
from neuralstudio.project.examples import example
from neuralstudio.session.gate import Gate, Order
from neuralstudio.session.run import Run
from neuralstudio.training.backprop import Backprop
from neuralstudio.training.events import EpochDone, Event

WANTED = 0.97
ENDLESS = 1_000_000


@dataclass
class Trained:
    """``seconds`` until the wanted accuracy (infinite: never); what there was at the end, and the best."""

    seconds: float = float("inf")
    accuracy: float = 0.0
    best: float = 0.0
    epochs: int = 0


def classic() -> Project:
    """The page's own way to learn the same data."""
    layers = [Dense(units, Tanh(), Uniform(limit=0.5), Constant(value=0.1)) for units in (8, 4, 2, 1)]
    trainer = Backprop(
        loss=HalfSquaredError(),
        optimiser=SGD(learning_rate=0.03),
        batch_size=10,
        order="fixed",
        leftovers="carry over",
        measured="afterwards",
    )
    features = Features(chosen=("x1", "x2", "sin-x1", "sin-x2"))
    return Project(network=stack(features, *layers), dataset=example("two-spirals").dataset, trainer=trainer)


def trained(project: Project, seed: int, limit: float) -> Trained:
    """Trains for some seconds."""
    project = structs.replace(project, seeds=Seeds.all(seed))
    data = project.dataset.load(seed)
    found, gate = Trained(), Gate()
    began = perf_counter()  # compiling the network counts

    def post(event: Event) -> None:
        if not isinstance(event, EpochDone):
            return
        now = perf_counter() - began
        found.accuracy, found.epochs = event.test_metric, event.epoch
        found.best = max(found.best, event.test_metric)
        if event.test_metric >= WANTED:
            found.seconds = min(found.seconds, now)
        if now >= limit:
            gate.give(Order.STOP)

    Run(project, data).train(post, ENDLESS, gate)
    return found


def main() -> None:
    """Prints a line for each seed, and JSON last."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--seconds", type=float, default=10.0, help="how long each one trains")
    parser.add_argument("--seeds", type=int, default=10, help="seeds from 1 on")
    parser.add_argument("--json", action="store_true", help="print the last line only")
    asked = parser.parse_args()
    sides = {"ours": example("two-spirals"), "classic": classic()}
    results: dict[str, list[Trained]] = {name: [] for name in sides}
    with threadpool_limits(1, user_api="blas"):
        for seed in range(1, asked.seeds + 1):
            for name, project in sides.items():
                results[name].append(trained(project, seed, asked.seconds))
            if not asked.json:
                print(
                    f"seed {seed:2}: " + "   ".join(_told(name, each[-1]) for name, each in results.items())
                )
    print(json.dumps({"name": "spirals", "unit": "s", "wanted": WANTED} | _summed(results)))


def _told(name: str, found: Trained) -> str:
    when = (
        f"{WANTED:.0%} after {found.seconds:6.2f} s" if found.best >= WANTED else f"never {WANTED:.0%}      "
    )
    return f"{name} {when}, at the end {found.accuracy:.3f} (best {found.best:.3f}, {found.epochs:,} epochs)"


def _summed(results: dict[str, list[Trained]]) -> dict[str, object]:
    return {
        name: {
            "reached": sum(each.best >= WANTED for each in found),
            "kept": sum(each.accuracy >= WANTED for each in found),
            "slowest": max((each.seconds for each in found if each.best >= WANTED), default=None),
            "accuracies": [round(each.accuracy, 3) for each in found],
        }
        for name, found in results.items()
    }


if __name__ == "__main__":
    main()
