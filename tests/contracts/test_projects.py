"""A run of any layer can be saved, opened and gone on with: it ends as if it had never been stopped."""

from functools import cache
from itertools import islice
from math import prod
from pathlib import Path

import numpy as np
import pytest

from neuralstudio.data._base import Data, Dataset
from neuralstudio.data.sets.text import Text
from neuralstudio.data.sets.xor import Xor
from neuralstudio.engine.activations import Sigmoid, Softmax
from neuralstudio.engine.graph import Shape
from neuralstudio.engine.losses import BinaryCrossEntropy
from neuralstudio.layers._base import Layer
from neuralstudio.layers.dense import Dense
from neuralstudio.layers.embedding import Embedding
from neuralstudio.layers.flatten import Flatten
from neuralstudio.layers.lstm import LSTM
from neuralstudio.layers.registry import LAYERS
from neuralstudio.layers.reshape import Reshape
from neuralstudio.network.spec import NetworkSpec, Node, stack
from neuralstudio.project.document import Project
from neuralstudio.project.file import load, save
from neuralstudio.schema.fields import replaced
from neuralstudio.session.run import Run
from neuralstudio.training.backprop import Backprop
from tests.contracts.test_layers import LAYER_VARIANTS, SIZES

POINTS = Xor(count=100)
LINES = Text(length=6, tested=5)
STEPS = 2
"""After which a run is stopped; its epoch has more."""


@cache
def data(of: Dataset) -> Data:
    return of.load(1)


def on_points(layer: Layer, size: Shape) -> Project:
    """The layer on as many inputs as it takes, each the output of a Dense layer brought into a shape."""
    nodes: list[Node] = []
    count = 2 if layer.takes_several else 1
    for number in range(1, count + 1):
        shape = Reshape(shape="×".join(map(str, size)))
        nodes.append(Node(f"dense-{number}", Dense(units=prod(size))))
        nodes.append(Node(f"reshape-{number}", shape, (f"dense-{number}",)))
    nodes.append(Node("layer-1", layer, tuple(f"reshape-{number}" for number in range(1, count + 1))))
    nodes.append(Node("flatten-1", Flatten(), ("layer-1",)))
    nodes.append(Node("last-1", Dense(units=1, activation=Sigmoid()), ("flatten-1",)))
    trainer = Backprop(loss=BinaryCrossEntropy(), batch_size=12)
    return Project(network=NetworkSpec(tuple(nodes)), dataset=POINTS, trainer=trainer)


def on_tokens(*layers: Layer) -> Project:
    """The layers read a text, with a character to predict at every step."""
    last = Dense(units=len(LINES.signature.classes), activation=Softmax())
    return Project(network=stack(*layers, last), dataset=LINES, trainer=Backprop(batch_size=300))


def projects(layer: Layer) -> list[Project]:
    """A small project with the layer, for each usual shape of input that it takes."""
    if isinstance(layer, Embedding):
        return [on_tokens(replaced(layer, vocabulary=0), LSTM(units=4, returns="all"))]
    return [project for project in (on_points(layer, size) for size in SIZES) if project.check().can_train]


def begun(project: Project) -> Run:
    run = Run(project, data(project.dataset))
    run.control.threads = 1
    return run


def assert_goes_on(project: Project, path: Path) -> None:
    """Whole epoch in one go, against two steps, a file, and the rest."""
    straight, stopped = begun(project), begun(project)
    straight.train(lambda _event: None, 1)
    for event in islice(stopped.learner.run(1), 1 + STEPS):
        stopped.history.record(event)
    assert stopped.learner.position.batch == STEPS

    save(path, project, stopped.saved())
    opened = load(path)
    assert opened.project == project
    assert opened.run is not None
    resumed = begun(opened.project)
    resumed.restore(opened.run)
    resumed.train(lambda _event: None, 1)

    assert resumed.learner.position.epoch == 1
    assert resumed.weights.tobytes() == straight.weights.tobytes()
    assert resumed.weights.tobytes() != stopped.weights.tobytes()
    for name, state in straight.learner.state().items():
        np.testing.assert_array_equal(resumed.learner.state()[name], state)
    ours, theirs = (
        run.learner.model.predict(data(project.dataset).test.scaled()) for run in (resumed, straight)
    )
    np.testing.assert_array_equal(ours, theirs)


@pytest.mark.parametrize("layer", LAYER_VARIANTS, ids=repr)
def test_a_saved_run_of_any_layer_goes_on_as_if_it_had_never_stopped(layer: Layer, tmp_path: Path) -> None:
    found = projects(layer)
    assert found
    for project in found:
        assert_goes_on(project, tmp_path / "a.nstudio")


READERS = [kind for kind in LAYERS if kind.group == "Recurrent" and not kind.reads_tokens]


@pytest.mark.parametrize("kind", READERS, ids=lambda kind: kind.__name__)
def test_a_saved_run_on_a_text_goes_on_as_if_it_had_never_stopped(kind: type[Layer], tmp_path: Path) -> None:
    reader = replaced(kind(), units=5, returns="all")
    assert_goes_on(on_tokens(Embedding(dimensions=4), reader), tmp_path / "a.nstudio")
