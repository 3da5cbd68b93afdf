"""Runs exported scripts on small data of any shape, for the tests of this folder."""

import contextlib
import io
import os
from pathlib import Path
from typing import Any

import msgspec
import numpy as np

from neuralstudio.data._base import Data, Dataset, Samples, Signature
from neuralstudio.engine.activations import Softmax
from neuralstudio.engine.graph import Shape
from neuralstudio.engine.losses import CategoricalCrossEntropy
from neuralstudio.layers._base import Layer
from neuralstudio.layers.dense import Dense
from neuralstudio.layers.flatten import Flatten
from neuralstudio.layers.reshape import Reshape
from neuralstudio.network.learning import Learning
from neuralstudio.network.spec import NetworkSpec, Node, stack
from neuralstudio.project.document import Project
from neuralstudio.training.backprop import Backprop

Names = dict[str, Any]
CLASSES = ("a", "b", "c")


class Made(Dataset, tag="made"):
    """Random samples: numbers or tokens of any shape, with a class each, one a step, or numbers."""

    title = "Made"
    shape: tuple[int, ...] = (4,)
    vocabulary: int = 0
    steps: int = 0
    classes: int = 3
    count: int = 24

    @property
    def signature(self) -> Signature:
        names = CLASSES[: self.classes]
        numbers = 0 if self.classes else 3
        return Signature(self.shape, names, numbers, vocabulary=self.vocabulary, steps=self.steps)

    def load(self, seed: int) -> Data:
        random = np.random.default_rng(seed)
        size = (self.count, *self.shape)
        inputs: Any = random.normal(0, 1, size).astype(np.float32)
        if self.vocabulary:
            inputs = random.integers(0, self.vocabulary, size)
        marks = (self.count, self.steps) if self.steps else (self.count,)
        targets: Any = random.integers(0, max(self.classes, 1), marks)
        targets.flat[: self.classes] = range(self.classes)
        if not self.classes:
            shares = random.uniform(0.1, 1, (self.count, 3)).astype(np.float32)
            targets = shares / shares.sum(1, keepdims=True)
        both = Samples(inputs, targets)
        return Data(self.signature, both, both[:0], both)

    def write(self, folder: Path, seed: int = 1) -> None:
        """Saves the arrays as the command ``data`` does."""
        data = self.load(seed)
        names = {"x_train": data.train.inputs, "y_train": data.train.targets}
        names |= {"x_test": data.test.inputs, "y_test": data.test.targets}
        with (folder / "made.npz").open("wb") as file:
            np.savez(file, allow_pickle=False, **names)


def made_project(*layers: Layer, data: Made, **training: Any) -> Project:
    """A project of a stack; training: settings of ``Backprop``."""
    trainer = Backprop(loss=CategoricalCrossEntropy(), epochs=1, batch_size=8)
    trainer = msgspec.structs.replace(trainer, **training)
    return Project(network=stack(*layers), dataset=data, trainer=trainer)


def with_learning(project: Project, **learning: Any) -> Project:
    """The project with settings of learning for its first layer."""
    first, *others = project.network
    nodes = (msgspec.structs.replace(first, learning=Learning(**learning)), *others)
    return msgspec.structs.replace(project, network=NetworkSpec(nodes))


def project_around(layer: Layer, shape: Any, vocabulary: int = 0) -> Project:
    """A project that can be trained with a layer in it; ``shape``: its input's, or several."""
    if layer.takes_several:
        return _joined_project(layer, shape)
    if isinstance(layer, Dense) and len(shape) == 2:
        data = Made(shape=shape, steps=shape[0])
        return made_project(layer, Dense(3, Softmax()), data=data)
    data = Made(shape=shape, vocabulary=vocabulary)
    return made_project(layer, Flatten(), Dense(3, Softmax()), data=data)


def _joined_project(layer: Layer, shapes: tuple[Shape, ...]) -> Project:
    nodes = []
    for number, shape in enumerate(shapes, 1):
        nodes.append(Node(f"dense-{number}", Dense(int(np.prod(shape)))))
        text = "×".join(map(str, shape))
        nodes.append(Node(f"reshape-{number}", Reshape(text), (nodes[-1].id,)))
    joined = tuple(node.id for node in nodes[1::2])
    last = Dense(3, Softmax())
    nodes += [Node("join", layer, joined), Node("flatten-1", Flatten(), ("join",))]
    nodes.append(Node("dense-0", last, ("flatten-1",)))
    trainer = Backprop(loss=CategoricalCrossEntropy(), epochs=1, batch_size=8)
    return Project(network=NetworkSpec(tuple(nodes)), dataset=Made(), trainer=trainer)


def run_script(script: str, folder: Path) -> tuple[str, Names]:
    """Runs a script in a folder; what it printed, and the names it made."""
    names: Names = {"__name__": "script", "__file__": str(folder / "script.py")}
    printed = io.StringIO()
    before = Path.cwd()
    os.chdir(folder)
    try:
        with contextlib.redirect_stdout(printed):
            exec(compile(script, "script.py", "exec"), names)
    finally:
        os.chdir(before)
    return printed.getvalue(), names


def run_project(project: Project, script: str, folder: Path) -> tuple[str, Names]:
    """Writes the project's data beside its script, and runs it."""
    assert isinstance(project.dataset, Made)
    project.dataset.write(folder)
    return run_script(script, folder)
