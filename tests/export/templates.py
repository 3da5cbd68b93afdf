"""The templates on a few samples, and models as training leaves them: for running their exported scripts."""

from functools import cache
from pathlib import Path

import msgspec
import numpy as np
from safetensors.numpy import save_file

from neuralstudio.data._base import Data
from neuralstudio.engine.graph import Array
from neuralstudio.network.model import Model
from neuralstudio.project.document import Project
from neuralstudio.project.examples import example
from neuralstudio.training.backprop import Backprop

COUNT = 48
WEIGHTS = 'template\'s "weights".safetensors'
"""A name with quotes in it: they must stay text."""


def short_template(name: str) -> Project:
    """The template as it is, but for its data and epochs: they are few."""
    project = example(name)
    dataset, trainer = project.dataset, project.trainer
    assert isinstance(trainer, Backprop)
    if hasattr(dataset, "count"):
        dataset = msgspec.structs.replace(dataset, count=200)
    trainer = msgspec.structs.replace(trainer, epochs=1, batch_size=min(trainer.batch_size, COUNT // 3))
    return msgspec.structs.replace(project, dataset=dataset, trainer=trainer)


@cache
def _loaded(name: str) -> Data:
    project = short_template(name)
    return project.dataset.load(project.seeds.data)


def few_samples(name: str) -> tuple[Array, Array]:
    """Scaled test inputs of a template, and their targets as they are in the data set."""
    samples = _loaded(name).test[:COUNT]
    return samples.scaled(), samples.targets


def write_samples(name: str, folder: Path) -> None:
    """Saves a few samples as the command ``data`` saves all of them."""
    data = _loaded(name)
    parts = {"train": data.train[:COUNT], "test": data.test[:COUNT]}
    arrays = {f"x_{part}": samples.scaled() for part, samples in parts.items()}
    arrays |= {f"y_{part}": samples.targets for part, samples in parts.items()}
    with (folder / f"{short_template(name).dataset.tag()}.npz").open("wb") as file:
        np.savez(file, allow_pickle=False, **arrays)


def moved_model(project: Project) -> Model:
    """A model in float32 in which no weight is where it started, as after a training."""
    model = Model(project.network, project.dataset.signature, project.loss, project.seeds)
    random = np.random.default_rng(5)
    for name, shape in model.parameters.shapes.items():
        moves = random.normal(0, 0.03, shape)
        model.parameters.value(name)[...] += np.abs(moves) if "variance" in name else moves
    return model


def save_weights(model: Model, folder: Path) -> None:
    """Writes all weights, states included, beside the script."""
    save_file(model.parameters.named(), folder / WEIGHTS)
