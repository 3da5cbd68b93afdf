"""The classic settings give the losses of the page everybody learnt with, epoch by epoch.

Beside ours runs a plain implementation of its rules: neuron after neuron, link after link, in float64.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from itertools import pairwise
from math import tanh
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from neuralstudio.data._base import Dataset, Samples
from neuralstudio.data.sets.circle import Circle
from neuralstudio.data.sets.gaussian import Gaussian
from neuralstudio.data.sets.multi_gaussian import MultiGaussian
from neuralstudio.data.sets.plane import Plane
from neuralstudio.data.sets.spiral import Spiral
from neuralstudio.data.sets.xor import Xor
from neuralstudio.engine.activations import Activation, Linear, ReLU, Sigmoid, Tanh
from neuralstudio.engine.initialisers import Constant, Uniform
from neuralstudio.engine.losses import HalfSquaredError
from neuralstudio.engine.optimisers import SGD
from neuralstudio.engine.shrinking import NoShrinking, Shrinking, ShrinkL1, ShrinkL2
from neuralstudio.layers.dense import Dense
from neuralstudio.layers.features import Features
from neuralstudio.network.spec import stack
from neuralstudio.project.document import Project
from neuralstudio.session.run import Run
from neuralstudio.training.backprop import Backprop
from neuralstudio.training.events import EpochDone

EPOCHS, RATE = 200, 0.03
TOLERANCE = 1e-6
CLASSES: list[Dataset] = [Circle(), Xor(), Gaussian(), Spiral()]
NUMBERS: list[Dataset] = [Plane(), MultiGaussian()]

Values = NDArray[np.float64]
"""One number for each sample that is looked at together."""


# ── the page's rules, written down as plainly as possible ────────────────────────────────────────────

FUNCTIONS: dict[type, Callable[[Values], Any]] = {
    Tanh: np.tanh,
    ReLU: lambda x: np.maximum(x, 0),
    Sigmoid: lambda x: 1 / (1 + np.exp(-x)),
    Linear: lambda x: x,
}
SLOPES: dict[type, Callable[[Values, Values], Any]] = {
    Tanh: lambda _, y: 1 - y * y,
    ReLU: lambda x, _: (x > 0) * 1.0,
    Sigmoid: lambda _, y: y * (1 - y),
    Linear: lambda x, _: np.ones_like(x),
}
"""By input and output of the function."""


@dataclass
class Link:
    """From one neuron to another. A dead one stays at zero."""

    source: "Neuron"
    weight: float
    slopes: float = 0.0
    is_dead: bool = False


@dataclass
class Neuron:
    """Its output for the samples at hand, and the sums of slopes since the last update."""

    activation: type = Linear
    bias: float = 0.0
    links: list[Link] = field(default_factory=list)
    total: Values = field(default_factory=lambda: np.zeros(0))
    output: Values = field(default_factory=lambda: np.zeros(0))
    output_slope: Values = field(default_factory=lambda: np.zeros(0))
    slopes: float = 0.0


class Page:
    """A network of neurons that learns as the page does."""

    def __init__(self, kernels: list[Values], biases: list[Values], activations: list[type]) -> None:
        self.layers = [[Neuron() for _ in range(len(kernels[0]))]]
        for kernel, bias, activation in zip(kernels, biases, activations, strict=True):
            below = self.layers[-1]
            self.layers.append(
                [
                    Neuron(
                        activation,
                        float(bias[to]),
                        [Link(source, float(kernel[from_, to])) for from_, source in enumerate(below)],
                    )
                    for to in range(len(bias))
                ]
            )
        self.samples = 0

    def outputs(self, inputs: NDArray[Any]) -> Values:
        for neuron, column in zip(self.layers[0], inputs.T, strict=True):
            neuron.output = column
        for layer in self.layers[1:]:
            for neuron in layer:
                arriving = [link.weight * link.source.output for link in neuron.links]
                neuron.total = neuron.bias + np.sum(arriving, axis=0)
                neuron.output = FUNCTIONS[neuron.activation](neuron.total)
        return self.layers[-1][0].output

    def loss(self, inputs: Values, targets: Values) -> float:
        return float(np.mean(0.5 * (self.outputs(inputs) - targets) ** 2))

    def learn(self, inputs: Values, targets: Values) -> None:
        """Adds the slopes of some samples to those since the last update."""
        self.layers[-1][0].output_slope = self.outputs(inputs) - targets
        for below, layer in reversed(list(pairwise(self.layers))):
            for neuron in below:
                neuron.output_slope = np.zeros(len(inputs))
            for neuron in layer:
                slope = neuron.output_slope * SLOPES[neuron.activation](neuron.total, neuron.output)
                neuron.slopes += slope.sum()
                for link in neuron.links:
                    link.slopes += (slope * link.source.output).sum()
                    link.source.output_slope = link.source.output_slope + slope * link.weight
        self.samples += len(inputs)

    def update(self, shrinking: Shrinking) -> None:
        for neuron in (neuron for layer in self.layers[1:] for neuron in layer):
            neuron.bias -= RATE * neuron.slopes / self.samples
            neuron.slopes = 0.0
            for link in neuron.links:
                if not link.is_dead:
                    self._move(link, shrinking)
                link.slopes = 0.0
        self.samples = 0

    def _move(self, link: Link, shrinking: Shrinking) -> None:
        link.weight -= RATE * link.slopes / self.samples
        if isinstance(shrinking, ShrinkL1):
            smaller = link.weight - RATE * shrinking.rate * np.sign(link.weight)
            link.is_dead = bool(link.weight * smaller < 0)
            link.weight = 0.0 if link.is_dead else smaller
        elif isinstance(shrinking, ShrinkL2):
            link.weight -= RATE * shrinking.rate * link.weight

    def epoch(self, inputs: Values, targets: Values, batch: int, shrinking: Shrinking, together: int) -> None:
        """All samples in order, an update after each ``batch``; what is left waits for the next epoch."""
        for start in range(0, len(inputs), batch):
            rows = range(start, min(start + batch, len(inputs)))
            for first in rows[::together]:
                at = slice(first, min(first + together, rows.stop))
                self.learn(inputs[at], targets[at])
            if len(rows) == batch:
                self.update(shrinking)


# ── ours beside it ───────────────────────────────────────────────────────────────────────────────────


def classic(dataset: Dataset, hidden: Activation, shrinking: Shrinking, batch: int) -> Project:
    """4 and 2 hidden neurons and one output, with the page's way to learn."""
    output: Activation = Tanh() if dataset.signature.classes else Linear()
    layers = [
        Dense(units, activation, Uniform(limit=0.5), Constant(value=0.1))
        for units, activation in ((4, hidden), (2, hidden), (1, output))
    ]
    trainer = Backprop(
        loss=HalfSquaredError(),
        optimiser=SGD(learning_rate=RATE),
        batch_size=batch,
        shrinking=shrinking,
        order="fixed",
        leftovers="carry over",
        measured="afterwards",
        precision="double",
    )
    return Project(network=stack(Features(), *layers), dataset=dataset, trainer=trainer)


def in_double(samples: Samples, *, are_classes: bool) -> tuple[Values, Values]:
    targets = samples.targets.astype(np.float64)
    return samples.inputs.astype(np.float64), 2 * targets - 1 if are_classes else targets[:, 0]


def beside(run: Run) -> Page:
    """The page's network, with the weights that ours begins with."""
    arrays = run.learner.model.parameters.named()
    layers = [node for node in run.project.network if isinstance(node.layer, Dense)]
    return Page(
        [arrays[f"{node.id}/kernel"] for node in layers],
        [arrays[f"{node.id}/bias"] for node in layers],
        [type(node.layer.activation) for node in layers if isinstance(node.layer, Dense)],
    )


def compared(project: Project, together: int | None = None) -> tuple[float, Page, Run]:
    """The largest difference in any loss of any epoch, and both networks at the end."""
    trainer = project.trainer
    assert isinstance(trainer, Backprop)
    run = Run(project, project.dataset.load(1))
    page = beside(run)
    ours: list[EpochDone] = []
    run.train(lambda event: ours.append(event) if isinstance(event, EpochDone) else None, EPOCHS)
    assert len(ours) == EPOCHS
    are_classes = bool(project.dataset.signature.classes)
    train, test = (in_double(part, are_classes=are_classes) for part in (run.data.train, run.data.test))
    largest = 0.0
    for event in ours:
        page.epoch(*train, trainer.batch_size, trainer.shrinking, together or trainer.batch_size)
        largest = max(
            largest, abs(event.train_loss - page.loss(*train)), abs(event.test_loss - page.loss(*test))
        )
    assert np.ptp([event.train_loss for event in ours]) > 1e-4, "nothing was learnt, so nothing is compared"
    return largest, page, run


def cases() -> Iterator[Any]:
    ways: list[Shrinking] = [NoShrinking(), ShrinkL1(rate=0.003), ShrinkL2(rate=0.003)]
    for dataset in (*CLASSES, *NUMBERS):
        for shrinking in ways:
            yield pytest.param(
                dataset, Tanh(), shrinking, 10, id=f"{dataset.tag()}, {shrinking.tag()}, batches of 10"
            )
    yield pytest.param(Circle(), ReLU(), NoShrinking(), 30, id="circle, ReLU, batches of 30")
    yield pytest.param(Xor(), ReLU(), ShrinkL2(rate=0.003), 30, id="xor, ReLU, l2, batches of 30")
    yield pytest.param(Gaussian(), Sigmoid(), ShrinkL1(rate=0.003), 30, id="gaussian, sigmoid, l1")
    yield pytest.param(MultiGaussian(), Sigmoid(), NoShrinking(), 7, id="multi-gaussian, sigmoid")


@pytest.mark.parametrize(("dataset", "hidden", "shrinking", "batch"), list(cases()))
def test_losses_are_those_of_the_page(
    dataset: Dataset, hidden: Activation, shrinking: Shrinking, batch: int
) -> None:
    largest, _, _ = compared(classic(dataset, hidden, shrinking, batch))
    print(f"largest difference: {largest:.1e}")
    assert largest < TOLERANCE


def test_l1_stops_the_same_weights_dead() -> None:
    largest, page, run = compared(classic(Gaussian(), Tanh(), ShrinkL1(rate=0.1), 10))
    assert largest < TOLERANCE
    dead = [link.is_dead for layer in page.layers[1:] for neuron in layer for link in neuron.links]
    arrays = run.learner.model.parameters.named()
    kernels = [array.T.ravel() == 0 for name, array in arrays.items() if name.endswith("kernel")]
    assert np.concatenate(kernels).tolist() == dead
    assert 0 < sum(dead) < len(dead)


def test_samples_one_by_one_are_the_same_as_batch_by_batch() -> None:
    """The rules are written for several samples at a time only to be quick."""
    project = classic(Gaussian(count=100), Tanh(), NoShrinking(), 10)
    assert compared(project, together=1)[0] < TOLERANCE


def test_the_rules_are_written_down_rightly() -> None:
    """One neuron, one sample, by hand."""
    page = Page([np.array([[0.5]])], [np.array([0.1])], [Tanh])
    page.learn(np.array([[2.0]]), np.array([-1.0]))
    page.update(ShrinkL2(rate=0.1))
    y = tanh(1.1)
    slope = (y + 1) * (1 - y * y)
    (neuron,) = page.layers[1]
    assert neuron.bias == pytest.approx(0.1 - RATE * slope)
    assert neuron.links[0].weight == pytest.approx((0.5 - RATE * slope * 2) * (1 - RATE * 0.1))
