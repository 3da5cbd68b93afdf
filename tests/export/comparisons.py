"""Compares what a script computes with what we compute, given the same weights."""

import tempfile
from pathlib import Path
from typing import Any

import numpy as np

from neuralstudio.engine.graph import Array
from neuralstudio.network.model import Model
from neuralstudio.network.targets import class_counts
from neuralstudio.project.document import Project
from tests.export.scripts import run_project
from tests.export.torch_weights import take_weights, weights_of


def model_of(project: Project) -> Model:
    """Our model in float64, its loss resolved for the data."""
    signature = project.dataset.signature
    loss: Any = project.loss
    if signature.classes:
        loss = loss.resolved(class_counts(project.dataset.load(1).train.targets, len(signature.classes)))
    return Model(project.network, signature, loss, dtype=np.float64)


def trained(model: Model, x: Array, target: Array) -> float:
    """Runs a training step without the optimiser; the loss. Gradients, with penalties, stay in the model."""
    program = model.training_program(len(x))
    program.inputs["x"][...], program.inputs["target"][...] = x, target
    program.run()
    model.penalty.add()
    return float(program.outputs["loss"])


def assert_torch_predicts_as_ours(torch: Any, project: Project, names: dict[str, Any]) -> None:
    """The trained model of a script, whose softmax is in its loss, and ours with its weights."""
    model = model_of(project)
    torch_model = names["model"].double().eval()
    take_weights(model, torch_model)
    x = names["x_test"]
    x = x.double() if x.is_floating_point() else x
    with torch.no_grad():
        expected = torch_model(x).softmax(-1).numpy()
    np.testing.assert_allclose(model.predict(x.numpy()), expected, rtol=1e-5, atol=1e-6)


def assert_torch_learns_as_ours(torch: Any, project: Project, names: dict[str, Any]) -> None:
    """Loss and gradients of a script without random layers are ours."""
    model, torch_model = model_of(project), names["model"].double().train()
    take_weights(model, torch_model)
    x, target = names["x_train"], names["y_train"]
    x = x.double() if x.is_floating_point() else x
    torch_model.zero_grad()
    if "cross_entropy" in names:  # it may hold weights of classes
        names["cross_entropy"].double()
    target = target.double() if target.is_floating_point() else target
    found = names["loss_of"](torch_model(x), target)
    np.testing.assert_allclose(found.item(), trained(model, x.numpy(), target.numpy()), rtol=1e-6)
    (found + names["penalty"]() if "penalty" in names else found).backward()
    for weight in torch_model.parameters():
        weight.data = torch.zeros_like(weight) if weight.grad is None else weight.grad
    gradients = weights_of(model, torch_model)
    for name in model.parameters.trained:
        is_frozen = project.network[name.rpartition("/")[0]].learning.is_frozen
        expected = model.parameters.gradient(name) * (not is_frozen)
        np.testing.assert_allclose(gradients[name], expected, rtol=1e-5, atol=1e-8)


def assert_numpy_is_ours(project: Project, script: str, *, is_random: bool = False) -> None:
    """Runs a NumPy script, then compares its predictions and gradients with ours, in float64."""
    with tempfile.TemporaryDirectory() as folder:
        _, names = run_project(project, script, Path(folder))
    assert_numpy_names_are_ours(project, names, is_random=is_random)


def assert_numpy_names_are_ours(project: Project, names: dict[str, Any], *, is_random: bool = False) -> None:
    """Likewise for the names that a script has made."""
    model = model_of(project)
    states = [name for name in model.parameters.shapes if name not in model.parameters.trained]
    for mine, theirs in ((model.parameters.trained, names["weights"]), (states, names.get("running", {}))):
        assert len(mine) == len(theirs)
        for name, key in zip(mine, list(theirs), strict=True):
            theirs[key] = theirs[key].astype(np.float64)
            model.parameters.value(name)[...] = theirs[key].reshape(model.parameters.shapes[name])
    x, target = names["x_train"], names["y_train"]
    x = x.astype(np.float64) if x.dtype == np.float32 else x
    np.testing.assert_allclose(names["forward"](x, False)[0][-1], model.predict(x), rtol=1e-9, atol=1e-9)
    if is_random:
        return
    loss = trained(model, x, target)
    outputs, kept = names["forward"](x, True)
    measured = names["loss_of"](outputs[-1], target)
    np.testing.assert_allclose(measured, loss, rtol=1e-6)
    gradients = names["backward"](outputs, kept, target)
    for name, key in zip(model.parameters.trained, names["weights"], strict=True):
        if key in gradients:
            expected = model.parameters.gradient(name).reshape(gradients[key].shape)
            np.testing.assert_allclose(gradients[key], expected, rtol=1e-6, atol=1e-8)
        else:
            owner = name.rpartition("/")[0]
            assert project.network[owner].learning.is_frozen
