"""Every layer in an exported script: written and right, or refused in words."""

import ast
import tempfile
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from neuralstudio.export._base import Target
from neuralstudio.export.registry import TARGETS
from neuralstudio.layers._base import Layer
from neuralstudio.layers.registry import LAYERS
from neuralstudio.network.model import Model
from neuralstudio.project.document import Project
from neuralstudio.schema.problem import ProblemError
from tests.contracts.peers import INDEX_INPUTS, SETTINGS
from tests.export.scripts import project_around, run_project
from tests.export.torch_weights import take_weights

every_target = pytest.mark.parametrize("target", TARGETS.kinds, ids=lambda kind: kind.tag())
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
    target: type[Target], kind: type[Layer], data: st.DataObject
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
        _, names = run_project(project, TARGETS["pytorch"]().script(project), Path(folder))
    assert_same_predictions(torch, project, names)


def assert_same_predictions(torch: Any, project: Project, names: dict[str, Any]) -> None:
    """The trained model of a script, whose softmax is in its loss, and ours with its weights."""
    model = Model(project.network, project.dataset.signature, project.loss, dtype=np.float64)
    torch_model = names["model"].double().eval()
    take_weights(model, torch_model)
    x = names["x_test"]
    x = x.double() if x.is_floating_point() else x
    with torch.no_grad():
        expected = torch_model(x).softmax(-1).numpy()
    np.testing.assert_allclose(model.predict(x.numpy()), expected, rtol=1e-5, atol=1e-6)


@every_layer
@few
@given(data=st.data())
def test_every_layer_of_a_numpy_script_has_our_outputs_and_gradients(
    kind: type[Layer], data: st.DataObject
) -> None:
    project = data.draw(some_projects(kind))
    try:
        script = TARGETS["numpy"]().script(project)
    except ProblemError:
        return
    assert_numpy_is_ours(project, script)


def assert_numpy_is_ours(project: Project, script: str) -> None:
    """Runs a NumPy script, then compares its predictions and gradients with ours, in float64."""
    with tempfile.TemporaryDirectory() as folder:
        _, names = run_project(project, script, Path(folder))
    loss = project.loss.resolved(
        np.bincount(names["y_train"].ravel()) if project.dataset.signature.classes else np.zeros(0)
    )
    model = Model(project.network, project.dataset.signature, loss, dtype=np.float64)
    states = [name for name in model.parameters.shapes if name not in model.parameters.trained]
    for mine, theirs in ((model.parameters.trained, names["weights"]), (states, names.get("running", {}))):
        assert len(mine) == len(theirs)
        for name, key in zip(mine, list(theirs), strict=True):
            theirs[key] = theirs[key].astype(np.float64)
            model.parameters.value(name)[...] = theirs[key].reshape(model.parameters.shapes[name])
    x, target = names["x_train"], names["y_train"]
    x = x.astype(np.float64) if x.dtype == np.float32 else x
    np.testing.assert_allclose(names["forward"](x, False)[0][-1], model.predict(x), rtol=1e-9, atol=1e-9)
    program = model.training_program(len(x))
    program.inputs["x"][...], program.inputs["target"][...] = x, target
    program.run()
    model.penalty.add()
    outputs, kept = names["forward"](x, True)
    measured = names["loss_of"](outputs[-1], target)
    np.testing.assert_allclose(measured, program.outputs["loss"], rtol=1e-6)
    gradients = names["backward"](outputs, kept, target)
    for name, key in zip(model.parameters.trained, names["weights"], strict=True):
        if key in gradients:
            expected = model.parameters.gradient(name).reshape(gradients[key].shape)
            np.testing.assert_allclose(gradients[key], expected, rtol=1e-6, atol=1e-8)
        else:
            owner = name.rpartition("/")[0]
            assert project.network[owner].learning.is_frozen
