"""Every layer in an exported script: written and right, or refused in words."""

import ast
import tempfile
from pathlib import Path

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from neuralstudio.engine.activations import Sigmoid, Softmax
from neuralstudio.export._base import Script
from neuralstudio.export.registry import SCRIPTS
from neuralstudio.layers._base import Layer
from neuralstudio.layers.add import Add
from neuralstudio.layers.average_pool1d import AveragePool1D
from neuralstudio.layers.batch_norm import BatchNorm
from neuralstudio.layers.concatenate import Concatenate
from neuralstudio.layers.conv1d import Conv1D
from neuralstudio.layers.conv2d import Conv2D
from neuralstudio.layers.conv_transpose2d import ConvTranspose2D
from neuralstudio.layers.dense import Dense
from neuralstudio.layers.dropout import Dropout
from neuralstudio.layers.embedding import Embedding
from neuralstudio.layers.flatten import Flatten
from neuralstudio.layers.gaussian_noise import GaussianNoise
from neuralstudio.layers.global_average_pool import GlobalAveragePool
from neuralstudio.layers.global_max_pool import GlobalMaxPool
from neuralstudio.layers.gru import GRU
from neuralstudio.layers.layer_norm import LayerNorm
from neuralstudio.layers.lstm import LSTM
from neuralstudio.layers.max_pool2d import MaxPool2D
from neuralstudio.layers.multiply import Multiply
from neuralstudio.layers.rbf import RBF
from neuralstudio.layers.registry import LAYERS
from neuralstudio.layers.reshape import Reshape
from neuralstudio.layers.up_sampling2d import UpSampling2D
from neuralstudio.network.spec import NetworkSpec, Node
from neuralstudio.project.document import Project
from neuralstudio.schema.problem import ProblemError
from tests.contracts.peers import INDEX_INPUTS, SETTINGS
from tests.export.comparisons import assert_numpy_is_ours, assert_torch_predicts_as_ours
from tests.export.scripts import Made, made_project, project_around, run_project

every_target = pytest.mark.parametrize("target", SCRIPTS.kinds, ids=lambda kind: kind.tag())
every_layer = pytest.mark.parametrize("kind", LAYERS.kinds, ids=lambda kind: kind.tag())
few = settings(max_examples=12, deadline=None, suppress_health_check=list(HealthCheck))


def some_projects(kind: type[Layer]) -> st.SearchStrategy[Project]:
    usual = st.tuples(st.builds(kind), st.sampled_from([(5,), (4, 3), (6, 5, 2)]))
    return SETTINGS.get(kind, usual).map(lambda pair: project_around(*pair, INDEX_INPUTS.get(kind, 0)))


@every_target
@every_layer
@few
@given(data=st.data())
def test_every_layer_is_written_or_refused_in_words(
    target: type[Script], kind: type[Layer], data: st.DataObject
) -> None:
    project = data.draw(some_projects(kind))
    assert project.check().can_train
    try:
        script = target().script(project)
    except ProblemError as error:
        what = str(error)
        assert f"{target.title} has no such layer" in what or "cannot be written" in what
    else:
        ast.parse(script)


@pytest.mark.peers
@every_layer
@few
@given(data=st.data())
def test_every_layer_of_a_pytorch_script_predicts_what_ours_does(
    kind: type[Layer], data: st.DataObject
) -> None:
    torch = pytest.importorskip("torch")
    project = data.draw(some_projects(kind))
    with tempfile.TemporaryDirectory() as folder:
        _, names = run_project(project, SCRIPTS["pytorch"]().script(project), Path(folder))
    assert_torch_predicts_as_ours(torch, project, names)


@every_layer
@few
@given(data=st.data())
def test_every_layer_of_a_numpy_script_has_our_outputs_and_gradients(
    kind: type[Layer], data: st.DataObject
) -> None:
    project = data.draw(some_projects(kind))
    script = SCRIPTS["numpy"]().script(project)
    assert_numpy_is_ours(project, script, is_random=kind in (Dropout, GaussianNoise))


IMAGES, TEXT = Made(shape=(9, 9)), Made(shape=(6,), vocabulary=5, steps=6)


def _joined(*nodes: Node) -> Project:
    project = made_project(Dense(3, Softmax()), data=IMAGES)
    return msgspec.structs.replace(project, network=NetworkSpec(nodes))


NETWORKS: dict[str, Project] = {
    "images": made_project(
        Conv2D(4, padding="same"),
        BatchNorm(),
        MaxPool2D(),
        Dropout(0.2),
        Conv2D(3, stride=2, padding="same"),
        Flatten(),
        Dense(3, Softmax()),
        data=IMAGES,
    ),
    "there and back": made_project(
        Conv2D(4), LayerNorm(), ConvTranspose2D(2), GlobalMaxPool(), Dense(3, Softmax()), data=IMAGES
    ),
    "softmax of channels": made_project(
        Conv2D(3), Reshape("7×7×3"), Conv2D(3, 7, activation=Softmax()), Flatten(), data=IMAGES
    ),
    "images as sequences": made_project(
        Conv1D(5), AveragePool1D(), GRU(4, direction="both"), Dense(3, Softmax()), data=IMAGES
    ),
    "text": made_project(
        Embedding(5, 3), LSTM(4, returns="all"), LayerNorm(), Dense(3, Softmax()), data=TEXT
    ),
    "text by convolution": made_project(
        Embedding(5, 3), Conv1D(4, padding="same"), Conv1D(3, 1, activation=Softmax()), data=TEXT
    ),
    "shortcuts": _joined(
        Node("conv2d-1", Conv2D(4, padding="same")),
        Node("batch-norm-1", BatchNorm(), ("conv2d-1",)),
        Node("conv2d-2", Conv2D(4, padding="same", groups=2), ("batch-norm-1",)),
        Node("add-1", Add(), ("conv2d-2", "batch-norm-1")),
        Node("conv2d-3", Conv2D(4, 1, activation=Sigmoid()), ("add-1",)),
        Node("multiply-1", Multiply(), ("add-1", "conv2d-3")),
        Node("global-average-pool-1", GlobalAveragePool(), ("multiply-1",)),
        Node("global-max-pool-1", GlobalMaxPool(), ("add-1",)),
        Node("concatenate-1", Concatenate(), ("global-average-pool-1", "global-max-pool-1")),
        Node("rbf-1", RBF(6), ("concatenate-1",)),
        Node("dense-1", Dense(3, Softmax()), ("rbf-1",)),
    ),
    "smaller and larger": made_project(
        Conv2D(3, stride=2, padding="same"),
        UpSampling2D(),
        ConvTranspose2D(2, 2, padding="valid"),
        Flatten(),
        Dense(3, Softmax()),
        data=IMAGES,
    ),
}
every_network = pytest.mark.parametrize("project", NETWORKS.values(), ids=NETWORKS)


@pytest.mark.peers
@every_network
def test_a_network_of_many_layers_is_the_same_in_pytorch(project: Project, tmp_path: Path) -> None:
    torch = pytest.importorskip("torch")
    _, names = run_project(project, SCRIPTS["pytorch"]().script(project), tmp_path)
    assert_torch_predicts_as_ours(torch, project, names)


@every_network
def test_a_network_of_many_layers_is_the_same_in_numpy(project: Project) -> None:
    is_random = any(isinstance(node.layer, Dropout) for node in project.network)
    assert_numpy_is_ours(project, SCRIPTS["numpy"]().script(project), is_random=is_random)


def test_stacked_convolutions_stay_plain_modules_in_pytorch() -> None:
    script = SCRIPTS["pytorch"]().script(NETWORKS["images"])
    assert "ChannelsFirst" not in script
    assert script.count("ChannelsLast()") == 1
