"""Networks as ONNX files: other programs accept them and predict what we predict."""

from typing import Any

import msgspec
import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from neuralstudio.engine.activations import ACTIVATIONS, ActivationFunction, Formula, Softmax
from neuralstudio.engine.graph import Array
from neuralstudio.export.onnx import Onnx
from neuralstudio.layers._base import Layer
from neuralstudio.layers.activation import Activation
from neuralstudio.layers.conv2d import Conv2D
from neuralstudio.layers.dense import Dense
from neuralstudio.layers.flatten import Flatten
from neuralstudio.layers.lstm import LSTM
from neuralstudio.layers.max_pool2d import MaxPool2D
from neuralstudio.network.model import Model
from neuralstudio.project.document import Project
from neuralstudio.project.examples import example, example_names
from neuralstudio.project.foreign.onnx_decoding import decoded
from neuralstudio.schema.problem import ProblemError
from tests.export.scripts import Made, made_project
from tests.export.test_every_layer import NETWORKS, every_layer, some_projects

onnx: Any = pytest.importorskip("onnx")
runtime: Any = pytest.importorskip("onnxruntime")

few = settings(max_examples=12, deadline=None, suppress_health_check=list(HealthCheck))


def shaken_model(project: Project, seed: int = 0) -> Model:
    """A model whose weights are all random, states and biases too, as after a training."""
    model = Model(project.network, project.dataset.signature, project.loss, project.seeds)
    random = np.random.default_rng(seed)
    for name in model.parameters:
        weight = model.parameters.value(name)
        weight += random.uniform(0.01, 0.3, weight.shape).astype(np.float32)
    return model


def some_inputs(project: Project, count: int = 5) -> Array:
    """Random samples that fit the project's data."""
    signature, random = project.dataset.signature, np.random.default_rng(1)
    size = (count, *signature.input_shape)
    if signature.vocabulary:
        return random.integers(0, signature.vocabulary, size)
    return random.normal(0, 1, size).astype(np.float32)


def run(content: bytes, x: Array) -> Array:
    """What another program makes of the file."""
    options = runtime.SessionOptions()
    options.intra_op_num_threads = 1
    options.log_severity_level = 3
    session = runtime.InferenceSession(content, options, providers=["CPUExecutionProvider"])
    (y,) = session.run(["y"], {"x": x})
    return np.asarray(y)


def assert_runs_as_ours(project: Project, tolerance: float = 1e-5) -> bytes:
    model, x = shaken_model(project), some_inputs(project)
    content = Onnx().content(project, model.parameters.named())
    onnx.checker.check_model(content, full_check=True)
    np.testing.assert_allclose(run(content, x), model.predict(x), rtol=1e-4, atol=tolerance)
    return content


@pytest.mark.parametrize("name", example_names())
def test_every_example_predicts_the_same_elsewhere(name: str) -> None:
    assert_runs_as_ours(example(name))


@pytest.mark.parametrize("project", NETWORKS.values(), ids=NETWORKS)
def test_networks_of_many_layers_predict_the_same_elsewhere(project: Project) -> None:
    assert_runs_as_ours(project)


@every_layer
@few
@given(data=st.data())
def test_every_layer_predicts_the_same_elsewhere(kind: type[Layer], data: st.DataObject) -> None:
    assert_runs_as_ours(data.draw(some_projects(kind)), 1e-4)


@pytest.mark.parametrize("kind", ACTIVATIONS, ids=lambda kind: kind.tag())
def test_every_activation_is_the_same_elsewhere(kind: type[ActivationFunction]) -> None:
    function: Any = kind()
    layers = Conv2D(2, activation=function), Flatten(), Dense(3, Softmax())
    assert_runs_as_ours(made_project(*layers, data=Made(shape=(6, 6))))


@pytest.mark.parametrize(
    "expression",
    [
        "x^3 - 2*x",
        "exp(-x^2)",
        "sin(x) + cos(2*x)/3",
        "max(x, 0.1*x)",
        "min(abs(x), 1) * sign(x)",
        "step(x) - -x",
        "softplus(x) * tanh(x)",
        "relu(x)^0.5 + log(1 + x*x)",
        "tan(x/10)",
        "sqrt(abs(x))",
        "2^x",
    ],
)
def test_a_formula_is_the_same_elsewhere(expression: str) -> None:
    assert_runs_as_ours(made_project(Dense(3, Formula(expression)), Dense(3, Softmax()), data=Made()))


def test_without_weights_the_initial_ones_are_written() -> None:
    project = example("xor")
    model = Model(project.network, project.dataset.signature, project.loss, project.seeds)
    x = some_inputs(project)
    np.testing.assert_allclose(run(Onnx().content(project), x), model.predict(x), atol=1e-6)


def test_weights_of_another_network_are_refused() -> None:
    weights = shaken_model(example("circle")).parameters.named()
    with pytest.raises(ProblemError, match=r"The weights do not fit the network: .* another shape"):
        Onnx().content(example("two-spirals"), weights)


def test_all_numbers_are_in_the_file_itself() -> None:
    model = onnx.load_from_string(assert_runs_as_ours(example("digits-cnn")))
    assert len(model.graph.initializer) >= 4
    assert all(each.data_location == 0 and not each.external_data for each in model.graph.initializer)


def test_the_file_says_what_it_is() -> None:
    project = msgspec.structs.replace(example("digits-mlp"), title='It\'s "mine"\n', about="Reads digits.")
    model = onnx.load_from_string(assert_runs_as_ours(project))
    assert (model.ir_version, model.opset_import[0].version) == (9, 20)
    assert model.producer_name == "NeuralStudio"
    assert model.doc_string == "Reads digits."
    texts = {each.key: each.value for each in model.metadata_props}
    assert texts["title"] == 'It\'s "mine"\n'
    assert texts["classes"] == '["0","1","2","3","4","5","6","7","8","9"]'
    (given,), (made,) = model.graph.input, model.graph.output
    assert (given.name, made.name) == ("x", "y")
    assert [each.dim_param or each.dim_value for each in given.type.tensor_type.shape.dim] == [
        "batch",
        28,
        28,
    ]


def test_names_of_operations_begin_with_the_layer() -> None:
    model = onnx.load_from_string(Onnx().content(example("digits-cnn")))
    ids = {node.id for node in example("digits-cnn").network}
    assert {node.name.partition("/")[0] for node in model.graph.node} <= ids
    assert "conv2d-1/kernel" in {each.name for each in model.graph.initializer}


@given(st.text(st.characters(), max_size=20))
@settings(max_examples=20, deadline=None)
def test_any_title_makes_a_sound_file(title: str) -> None:
    project = msgspec.structs.replace(example("xor"), title=title)
    onnx.checker.check_model(Onnx().content(project), full_check=True)


def test_images_are_turned_once_on_the_way_in_and_once_on_the_way_out() -> None:
    layers = Conv2D(4), Activation(Softmax()), MaxPool2D(), Conv2D(4), Flatten(), Dense(3, Softmax())
    project = made_project(*layers, data=Made(shape=(9, 9, 2)))
    model = onnx.load_from_string(Onnx().content(project))
    assert [node.op_type for node in model.graph.node].count("Transpose") == 2


def test_recurrent_layers_on_top_of_each_other_are_not_turned_between() -> None:
    project = made_project(LSTM(4, returns="all"), LSTM(4), Dense(3, Softmax()), data=Made(shape=(5, 2)))
    ops = [node.op_type for node in onnx.load_from_string(Onnx().content(project)).graph.node]
    assert ops[:5] == ["Transpose", "LSTM", "Squeeze", "LSTM", "Squeeze"]


def test_tokens_are_whole_numbers() -> None:
    model = onnx.load_from_string(Onnx().content(example("shakespeare-lstm")))
    assert model.graph.input[0].type.tensor_type.elem_type == onnx.TensorProto.INT64


def test_a_network_with_a_problem_is_refused() -> None:
    with pytest.raises(ProblemError, match="no layers yet"):
        Onnx().content(Project())


@pytest.mark.parametrize("name", example_names())
def test_our_reader_and_that_of_onnx_see_the_same(name: str) -> None:
    content = Onnx().content(example(name))
    theirs, ours = onnx.load_from_string(content), decoded(content)
    assert [node.op_type for node in theirs.graph.node] == [node.op for node in ours.graph.nodes]
    for each in theirs.graph.initializer:
        np.testing.assert_array_equal(onnx.numpy_helper.to_array(each), ours.graph.tensors[each.name])
