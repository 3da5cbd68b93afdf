"""What the tests of the wiring share: a small project, and a hand on the training without a window."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from msgspec.structs import replace
from PySide6.QtCore import QCoreApplication
from pytestqt.qtbot import QtBot

from neuralstudio.data.sets.xor import Xor
from neuralstudio.engine.activations import Sigmoid, Tanh
from neuralstudio.engine.graph import Array
from neuralstudio.engine.losses import BinaryCrossEntropy
from neuralstudio.engine.optimisers import Adam, OptimiserKind
from neuralstudio.layers.dense import Dense
from neuralstudio.layers.dropout import Dropout
from neuralstudio.network.edits import set_fields
from neuralstudio.network.spec import stack
from neuralstudio.project.document import Project, SavedRun
from neuralstudio.session.gate import Gate
from neuralstudio.session.run import Run
from neuralstudio.training.backprop import Backprop
from neuralstudio.ui.studio import Studio

STEPS = 5
"""In an epoch of ``project()``: 50 training points, 10 a batch."""
ENDLESS = 1_000_000
"""Epochs no test waits for."""
SECONDS = 20_000
"""Milliseconds until a wait fails; none waits for them to pass."""

Weights = dict[str, bytes]


def project(epochs: int = 3, optimiser: OptimiserKind | None = None) -> Project:
    """2-4-1 on exclusive or, with noise in it, so that all four random streams count."""
    trainer = Backprop(loss=BinaryCrossEntropy(), batch_size=10, epochs=epochs)
    return Project(
        title="Small",
        network=stack(
            Dense(units=4, activation=Tanh()), Dropout(rate=0.2), Dense(units=1, activation=Sigmoid())
        ),
        dataset=Xor(count=100),
        trainer=replace(trainer, optimiser=optimiser or Adam(learning_rate=0.01)),
    )


def bits(weights: dict[str, Array]) -> Weights:
    """Weights to be compared bit for bit."""
    return {name: array.tobytes() for name, array in weights.items()}


def edit(studio: Studio, units: int = 9) -> None:
    """Changes the width of the first layer."""
    spec = set_fields(studio.document.network, "dense-1", units=units)
    studio.document.edit_network("change units", spec)


def headless(of: Project, epochs: int, saved: SavedRun | None = None) -> Run:
    """The same run without a window, from its start or from where another stood."""
    run = Run(of, of.dataset.load(of.seeds.data))
    if saved is not None:
        run.restore(saved)
    run.train(lambda _event: None, epochs, Gate())
    return run


@dataclass
class Trained:
    """A studio's training, with waits in the place of looks at the clock."""

    studio: Studio
    bot: QtBot

    def __post_init__(self) -> None:
        self.training = self.studio.training
        self.document = self.studio.document
        self.warnings: list[str] = []
        self.told: list[str] = []
        self.training.warned.connect(self.warnings.append)

    @property
    def trainer(self) -> Backprop:
        trainer = self.document.project.trainer
        assert isinstance(trainer, Backprop)
        return trainer

    @property
    def step(self) -> int:
        return self.training.position.step

    def wait(self, condition: Callable[[], bool]) -> None:
        self.bot.waitUntil(condition, timeout=SECONDS)

    def finish(self) -> None:
        """Trains to the end."""
        with self.bot.waitSignal(self.training.finished, timeout=SECONDS):
            self.training.train()

    def run_for(self, steps: int) -> None:
        """Trains at least so many steps more and leaves it running."""
        goal = self.step + steps
        self.training.train()
        self.wait(lambda: self.step >= goal)
        assert self.training.state == "running"

    def settle(self) -> None:
        """Pauses, and waits until the step under way is over."""
        self.training.pause()
        assert self.training.saved_run() is not None
        assert self.training.state == "paused"

    def step_batches(self, count: int = 1) -> None:
        for _ in range(count):
            self.training.step_batch()
            self.wait(lambda: self.training.state == "paused")

    def step_epoch(self) -> None:
        self.training.step_epoch()
        self.wait(lambda: self.training.state == "paused")

    def saved(self) -> SavedRun:
        saved = self.training.saved_run()
        assert saved is not None
        return saved

    def weights(self) -> Weights:
        """Of the run."""
        return bits(self.saved().weights)

    def shown(self) -> Weights:
        """Of the predictor."""
        assert self.training.predictor is not None
        return bits(self.training.predictor.model.parameters.named())

    def set_rate(self, rate: float) -> None:
        optimiser = replace(self.trainer.optimiser, learning_rate=rate)
        self.document.edit_trainer("change learning rate", replace(self.trainer, optimiser=optimiser))

    @property
    def drained(self) -> int:
        """The step up to which figures came over."""
        last = self.training.history.last_step
        return last.step if last else 0

    def breathe(self) -> None:
        """One round of the event loop, as between two clicks."""
        QCoreApplication.processEvents()

    def curve(self) -> list[float]:
        """Loss of each step, as drained."""
        return [float(loss) for loss in self.training.history.steps.rows[:, 1]]


def is_finite(weights: dict[str, Array]) -> bool:
    return all(bool(np.isfinite(array).all()) for array in weights.values())
