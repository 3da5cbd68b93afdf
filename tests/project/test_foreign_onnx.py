"""Networks from ONNX files: ours come back as they were, those of others predict what they predicted."""

import contextlib
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from neuralstudio.data._base import Signature
from neuralstudio.engine.graph import Array
from neuralstudio.export.onnx import Onnx
from neuralstudio.layers._base import Layer
from neuralstudio.layers.gaussian_noise import GaussianNoise
from neuralstudio.network.model import Model
from neuralstudio.project.document import Project
from neuralstudio.project.examples import example, example_names
from neuralstudio.project.foreign import Foreign, read_foreign
from neuralstudio.schema.problem import ProblemError
from tests.export.test_every_layer import NETWORKS, every_layer, some_projects
from tests.export.test_onnx import run, shaken_model, some_inputs

onnx: Any = pytest.importorskip("onnx")
few = settings(max_examples=12, deadline=None, suppress_health_check=list(HealthCheck))


def read(content: bytes, folder: Path, name: str = "model.onnx") -> Foreign:
    (folder / name).write_bytes(content)
    return read_foreign(folder / name)


def predicted(foreign: Foreign, project: Project, x: Array) -> Array:
    """What the network that was read predicts, on the data of another project."""
    model = Model(foreign.project.network, project.dataset.signature, project.loss)
    assert foreign.weights is not None
    assert set(model.parameters.load(foreign.weights)) == set(model.parameters)
    return model.predict(x)


def assert_comes_back(project: Project, folder: Path, tolerance: float = 1e-5) -> Foreign:
    model, x = shaken_model(project), some_inputs(project)
    foreign = read(Onnx().content(project, model.parameters.named()), folder)
    np.testing.assert_allclose(predicted(foreign, project, x), model.predict(x), rtol=1e-4, atol=tolerance)
    return foreign


def outline(project: Project) -> list[tuple[str, tuple[str, ...], str]]:
    """Ids, wires and kinds; noise is not exported."""
    nodes = [node for node in project.network if not isinstance(node.layer, GaussianNoise)]
    return [(node.id, node.inputs, node.layer.tag()) for node in nodes]


@pytest.mark.parametrize("name", example_names())
def test_every_example_comes_back_from_onnx(name: str, tmp_path: Path) -> None:
    project = example(name)
    foreign = assert_comes_back(project, tmp_path)
    assert outline(foreign.project) == outline(project)
    assert foreign.project.title == project.title


@pytest.mark.parametrize("project", NETWORKS.values(), ids=NETWORKS)
def test_networks_of_many_layers_come_back_from_onnx(project: Project, tmp_path: Path) -> None:
    foreign = assert_comes_back(project, tmp_path)
    kinds = {node.layer.tag() for node in foreign.project.network}
    idle = {problem.node for problem in project.check().problems}
    assert kinds == {node.layer.tag() for node in project.network if node.id not in idle}


@every_layer
@few
@given(data=st.data())
def test_every_layer_comes_back_from_onnx(
    kind: type[Layer], data: st.DataObject, tmp_path_factory: pytest.TempPathFactory
) -> None:
    project = data.draw(some_projects(kind))
    assert_comes_back(project, tmp_path_factory.mktemp("onnx"), 1e-4)


# ── files of others ──────────────────────────────────────────────────────────────────────────────────


def crafted(nodes: list[Any], weights: dict[str, Array], shape: list[Any]) -> bytes:
    """An ONNX file as another program would write it; x goes in, y comes out."""
    helper, kind = onnx.helper, onnx.TensorProto.FLOAT
    tensors = [onnx.numpy_helper.from_array(array, name) for name, array in weights.items()]
    given = [helper.make_tensor_value_info("x", kind, shape)]
    made = [helper.make_tensor_value_info("y", kind, None)]
    graph = helper.make_graph(nodes, "main", given, made, tensors)
    opset = [helper.make_opsetid("", 17)]
    return bytes(helper.make_model(graph, opset_imports=opset, ir_version=8).SerializeToString())


def test_a_network_with_its_channels_first_predicts_the_same(tmp_path: Path) -> None:
    random, node = np.random.default_rng(0), onnx.helper.make_node
    shapes = {"k": (4, 2, 3, 3), **dict.fromkeys("bgsm", (4,)), "w": (3, 36), "c": (3,)}
    weights = {name: random.normal(0, 0.5, shape).astype(np.float32) for name, shape in shapes.items()}
    weights["v"] = random.uniform(0.5, 2, 4).astype(np.float32)
    nodes = [
        node("Conv", ["x", "k", "b"], ["1"], pads=[1, 1, 1, 1], strides=[1, 1], kernel_shape=[3, 3]),
        node("BatchNormalization", ["1", "g", "s", "m", "v"], ["2"], epsilon=1e-5, momentum=0.9),
        node("Relu", ["2"], ["3"]),
        node("MaxPool", ["3"], ["4"], kernel_shape=[2, 2], strides=[2, 2]),
        node("Flatten", ["4"], ["5"]),
        node("Gemm", ["5", "w", "c"], ["6"], transB=1),
        node("Softmax", ["6"], ["y"], axis=-1),
    ]
    content = crafted(nodes, weights, ["n", 2, 6, 7])
    foreign = read(content, tmp_path)
    kinds = [each.layer.tag() for each in foreign.project.network]
    assert kinds == ["conv2d", "batch-norm", "activation", "max-pool2d", "flatten", "dense"]
    x = random.normal(0, 1, (5, 6, 7, 2)).astype(np.float32)
    model = Model(foreign.project.network, Signature((6, 7, 2), ("a", "b", "c")), foreign.project.loss)
    assert foreign.weights is not None
    assert len(model.parameters.load(foreign.weights)) == 8
    np.testing.assert_allclose(model.predict(x), run(content, x.transpose(0, 3, 1, 2)), rtol=1e-4, atol=1e-5)


def test_unknown_operations_are_listed_in_one_sentence(tmp_path: Path) -> None:
    names = ("NonZero", "Einsum", "Det", "Loop", "Scan")
    row = ["x", *map(str, range(len(names) - 1)), "y"]
    nodes = [onnx.helper.make_node(op, [row[at]], [row[at + 1]]) for at, op in enumerate(names)]
    with pytest.raises(ProblemError) as error:
        read(crafted(nodes, {}, ["n", 4]), tmp_path)
    named = "does not know: NonZero, Einsum, Det (and 2 more)."
    assert f"model.onnx: It has layers NeuralStudio {named}" in str(error.value)


def test_weights_in_another_file_are_refused(tmp_path: Path) -> None:
    nodes = [onnx.helper.make_node("MatMul", ["x", "w"], ["y"])]
    model = onnx.load_from_string(crafted(nodes, {"w": np.ones((4, 3), np.float32)}, ["n", 4]))
    tensor = model.graph.initializer[0]
    tensor.ClearField("raw_data")
    tensor.data_location = onnx.TensorProto.EXTERNAL
    tensor.external_data.add(key="location", value="/etc/passwd")
    with pytest.raises(ProblemError, match="weights lie in another file"):
        read(model.SerializeToString(), tmp_path)


@pytest.mark.parametrize("dims", [[2**40, 2**40], [-1, 4], [4, 2**31 - 1], [2**63 - 1]])
def test_sizes_that_do_not_fit_the_bytes_are_refused(dims: list[int], tmp_path: Path) -> None:
    nodes = [onnx.helper.make_node("MatMul", ["x", "w"], ["y"])]
    model = onnx.load_from_string(crafted(nodes, {"w": np.ones((4, 3), np.float32)}, ["n", 4]))
    del model.graph.initializer[0].dims[:]
    model.graph.initializer[0].dims.extend(dims)
    with pytest.raises(ProblemError, match="damaged"):
        read(model.SerializeToString(), tmp_path)


@pytest.mark.parametrize("wires", [(["a", "b"], ["y"]), (["y"], ["y"]), (["nothing"], ["y"])])
def test_circles_and_missing_inputs_are_refused(wires: tuple[list[str], list[str]], tmp_path: Path) -> None:
    with pytest.raises(ProblemError, match="nothing before it makes"):
        read(crafted([onnx.helper.make_node("Add", *wires)], {}, ["n", 4]), tmp_path)


@pytest.mark.parametrize("content", [b"", b"\0", b"no model at all", b"\x0a" * 1000, b"\xff" * 100])
def test_other_bytes_are_refused(content: bytes, tmp_path: Path) -> None:
    with pytest.raises(ProblemError, match="no ONNX file"):
        read(content, tmp_path)


SEEDS = [Onnx().content(example(name)) for name in ("xor", "rbf", "sine-rnn")]


@settings(max_examples=300, deadline=None, suppress_health_check=list(HealthCheck))
@given(
    seed=st.sampled_from(SEEDS),
    changes=st.lists(st.tuples(st.integers(0, 10**6), st.binary(max_size=3)), max_size=4),
)
def test_changed_bytes_give_a_network_or_a_problem(
    seed: bytes, changes: list[tuple[int, bytes]], tmp_path_factory: pytest.TempPathFactory
) -> None:
    content = bytearray(seed)
    for place, new in changes:
        at = place % len(content)
        content[at : at + 1] = new
    with contextlib.suppress(ProblemError):
        assert read(bytes(content), tmp_path_factory.getbasetemp()).project.network.nodes
