"""A watched run tells how long the gradients of the weights are, whenever it tells of the weights."""

import numpy as np
from msgspec.structs import replace

from neuralstudio.network.edits import set_learning
from neuralstudio.network.learning import Learning
from neuralstudio.project.document import Project
from neuralstudio.project.examples import example
from neuralstudio.session.predict import Predictor
from neuralstudio.session.run import Run
from neuralstudio.training.backprop import Backprop
from neuralstudio.training.events import Event, Snapshot


def run_of(project: Project) -> Run:
    return Run(project, project.dataset.load(project.seeds.data))


def snapshots(run: Run, epochs: int) -> list[Snapshot]:
    seen: list[Event] = []
    run.train(seen.append, epochs, is_watched=True)
    return [event for event in seen if isinstance(event, Snapshot)]


def test_a_snapshot_has_the_length_of_every_gradient_of_its_step() -> None:
    run = run_of(example("xor"))
    last = snapshots(run, 1)[-1]
    parameters = run.learner.model.parameters
    assert list(last.gradient_norms) == list(parameters.trained)
    for name, norm in last.gradient_norms.items():
        assert norm > 0
        np.testing.assert_allclose(norm, np.sqrt((parameters.gradient(name) ** 2).sum()), rtol=1e-5)


def test_before_the_first_step_nothing_is_known_of_gradients_also_when_a_run_goes_on() -> None:
    project = example("xor")
    run = run_of(project)
    first = snapshots(run, 1)[0]
    assert (first.step, first.gradient_norms) == (0, {})
    later = run_of(project)
    later.restore(run.saved())
    assert later.snapshot().step > 0
    assert later.snapshot().gradient_norms == {}


def test_a_frozen_layer_has_no_gradient() -> None:
    project = example("xor")
    node = next(iter(project.network))
    frozen = replace(project, network=set_learning(project.network, node.id, Learning(is_frozen=True)))
    norms = snapshots(run_of(frozen), 1)[-1].gradient_norms
    assert norms
    assert not any(name.startswith(f"{node.id}/") for name in norms)


def test_a_penalty_is_part_of_the_gradient_that_is_told() -> None:
    project = example("xor")
    assert isinstance(project.trainer, Backprop)
    node = next(iter(project.network))
    heavy = replace(project, network=set_learning(project.network, node.id, Learning(l2=100.0)))
    kernel = f"{node.id}/kernel"
    assert (
        snapshots(run_of(heavy), 1)[-1].gradient_norms[kernel]
        > snapshots(run_of(project), 1)[-1].gradient_norms[kernel]
    )


def test_a_predictor_knows_the_gradients_of_the_weights_it_has() -> None:
    project = example("xor")
    predictor = Predictor(project)
    assert predictor.gradient_norms == {}
    last = snapshots(run_of(project), 1)[-1]
    predictor.load(last.weights, last.gradient_norms)
    assert predictor.gradient_norms == last.gradient_norms
    predictor.load(last.weights)
    assert predictor.gradient_norms == {}, "not those of other weights"
