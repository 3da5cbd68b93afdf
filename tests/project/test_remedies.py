"""Every problem has a remedy for a click, and remedies one after another make any network sound."""

import ast
import pkgutil
import sys
from collections.abc import Iterator
from importlib import import_module
from inspect import getsource
from itertools import chain
from types import ModuleType
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

import neuralstudio.layers
from neuralstudio.data._base import Dataset
from neuralstudio.data.registry import DATASETS as DATASET_KINDS
from neuralstudio.data.sets.apartments import Apartments
from neuralstudio.data.sets.circle import Circle
from neuralstudio.data.sets.pen_digits import PenDigits
from neuralstudio.data.sets.plane import Plane
from neuralstudio.data.sets.text import Text
from neuralstudio.engine import losses
from neuralstudio.engine.activations import Linear, Sigmoid, Tanh
from neuralstudio.engine.losses import (
    LOSSES,
    BinaryCrossEntropy,
    HalfSquaredError,
    LossFunction,
    MeanSquaredError,
)
from neuralstudio.layers._base import Layer
from neuralstudio.layers.add import Add
from neuralstudio.layers.concatenate import Concatenate
from neuralstudio.layers.flatten import Flatten
from neuralstudio.layers.multiply import Multiply
from neuralstudio.network import check, doubts, ending, trace, wiring
from neuralstudio.network.doubts import activation_of
from neuralstudio.network.edits import add_unwired
from neuralstudio.network.spec import NetworkSpec
from neuralstudio.project.document import Project, training_count
from neuralstudio.project.examples import example, example_names
from neuralstudio.project.remedies import remedies
from neuralstudio.schema.problem import Problem, errors
from neuralstudio.training.backprop import Backprop
from tests.project.problems import PROBLEMS, SEVERAL, SINGLE, dense, project
from tests.project.random_networks import networks

STEPS = 20
LAYERS = [
    import_module(each.name)
    for each in pkgutil.iter_modules(neuralstudio.layers.__path__, "neuralstudio.layers.")
]
TELLING = [check, doubts, ending, trace, wiring, losses, *LAYERS]
"""Where it is said what is wrong with a network."""
MAKERS = ("Problem", "ShapeError", "_misfit", "_refusal")


def by_clicks(project: Project) -> list[Project]:
    """What a project becomes by the best remedy of the first problem that has any, again and again."""
    way = [project]
    while len(way) <= STEPS + 1:
        project = way[-1]
        found = project.check().problems
        ranked = (*errors(found), *(each for each in found if each.severity == "warning"))
        offered = chain.from_iterable(remedies(project, problem) for problem in ranked)
        remedy = next(iter(offered), None)
        if remedy is None:
            return way
        way.append(remedy.project)
    raise AssertionError(f"no end after {STEPS} remedies: {way[-1].check().problems}")


@pytest.mark.parametrize("project", SINGLE.values(), ids=SINGLE)
def test_the_first_remedy_of_a_single_problem_leaves_none(project: Project) -> None:
    (problem,) = project.check().problems
    best, *others = remedies(project, problem)
    assert best.project.check().problems == ()
    assert len(others) < 3
    titles = [each.title for each in (best, *others)]
    assert len(set(titles)) == len(titles)
    assert all(title[0].isupper() and title.isprintable() and len(title) <= 80 for title in titles)


@pytest.mark.parametrize("project", PROBLEMS.values(), ids=PROBLEMS)
def test_every_problem_has_remedies_that_take_it_away_and_bring_no_new_one_before_it(
    project: Project,
) -> None:
    before = project.check()
    for problem in before.problems:
        offered = remedies(project, problem)
        assert offered, f"no remedy for: {problem}"
        assert len({each.title for each in offered}) == len(offered)
        for remedy in offered:
            after = remedy.project.check()
            assert problem not in after.problems
            known = {node for node, figures in before.nodes.items() if figures.output_shape is not None}
            new = [each for each in errors(after.problems) if each not in before.problems]
            assert not [each for each in new if each.node in known], remedy.title


@pytest.mark.parametrize("project", SEVERAL.values(), ids=SEVERAL)
def test_several_problems_go_one_after_another(project: Project) -> None:
    way = [each.check().problems for each in by_clicks(project)]
    assert len(set(chain.from_iterable(way))) > 1
    assert way[-1] == ()


@pytest.mark.parametrize("name", example_names())
def test_an_example_has_nothing_to_remedy(name: str) -> None:
    project = example(name)
    assert project.check().problems == ()
    assert remedies(project, Problem("Dense 1", "It is too plain", node="dense-1")) == ()


IN_REACH = {
    "sigmoid for images": project(
        PenDigits(target="image"), MeanSquaredError(), Flatten(), dense(784, Sigmoid())
    ),
    "ReLU for images": project(PenDigits(target="image"), MeanSquaredError(), Flatten(), dense(784)),
    "tanh for numbers from −1 to 1": project(Plane(), MeanSquaredError(), dense(4), dense(1, Tanh())),
    "tanh with half squared error": project(Circle(), HalfSquaredError(), dense(4), dense(1, Tanh())),
}


@pytest.mark.parametrize("name", IN_REACH)
def test_an_output_that_can_say_what_is_to_be_said_is_no_problem(name: str) -> None:
    assert IN_REACH[name].check().problems == ()


@pytest.mark.parametrize("kind", list(DATASET_KINDS), ids=lambda kind: kind.tag())
def test_the_training_samples_that_settings_tell_are_those_that_are_loaded(kind: type[Dataset]) -> None:
    told = training_count(kind())
    assert told == 0 or told == len(kind().load(1).train)


def test_too_large_a_last_layer_is_made_smaller_and_nothing_else() -> None:
    large = project(Circle(), BinaryCrossEntropy(), dense(65536), dense(65536), dense(1, Sigmoid()))
    (problem,) = large.check().problems
    assert [each.title for each in remedies(large, problem)] == ["Set units to 8,192", "Remove Dense 2"]
    last = project(Circle(), BinaryCrossEntropy(), dense(65536), dense(65536, Sigmoid()))
    (problem,) = (each for each in last.check().problems if "training would take" in each.what)
    assert [each.title for each in remedies(last, problem)] == ["Set units to 8,192"]


@pytest.mark.parametrize("name", ["digits-mlp", "digits-cnn", "residual-cnn", "xor", "sine-rnn"])
@pytest.mark.parametrize("merge", [Add(), Multiply(), Concatenate()])
def test_a_merge_without_wires_is_offered_a_place_in_the_network(name: str, merge: Layer) -> None:
    start = example(name)
    added = replace(start, network=add_unwired(start.network, merge)[0])
    (problem,) = added.check().problems
    best = remedies(added, problem)[0]
    assert best.title.startswith("Wire it after ")
    assert best.project.check().problems == ()


@pytest.mark.parametrize("name", ["cross-entropy for numbers", "binary cross-entropy for numbers"])
def test_numbers_are_to_be_answered_by_linear_units_and_squares(name: str) -> None:
    (problem,) = PROBLEMS[name].check().problems
    best = remedies(PROBLEMS[name], problem)[0].project
    assert best.loss == MeanSquaredError()
    assert activation_of(best.network.nodes[-1].layer) == Linear()


DATASETS: list[Dataset] = [PenDigits(), PenDigits(target="image"), Circle(), Apartments(), Text(length=5)]


@settings(max_examples=60, deadline=None)
@given(networks(most=6), st.sampled_from(DATASETS), st.sampled_from(LOSSES))
def test_remedies_make_any_network_sound(
    network: NetworkSpec, dataset: Dataset, loss: type[LossFunction]
) -> None:
    trainer: Any = Backprop(loss=loss())  # type: ignore[arg-type]
    way = by_clicks(Project(network=network, dataset=dataset, trainer=trainer))
    assert errors(way[-1].check().problems) == ()


# ── every problem that can be told is among these projects ───────────────────────────────────────────


def sites(module: ModuleType) -> Iterator[tuple[str, range]]:
    """Where a module's functions say that something is wrong: the word they use, and the lines."""
    functions = [each for each in ast.walk(ast.parse(getsource(module))) if isinstance(each, ast.FunctionDef)]
    for node in chain.from_iterable(map(ast.walk, functions)):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in MAKERS:
            yield node.func.id, range(node.lineno, (node.end_lineno or node.lineno) + 1)


def test_these_projects_have_every_problem_that_can_be_told(monkeypatch: pytest.MonkeyPatch) -> None:
    seen: set[tuple[str, int]] = set()

    def watch(module: ModuleType, word: str) -> None:
        real = getattr(module, word)

        def recorded(*args: Any, **more: Any) -> Any:
            seen.add((module.__name__, sys._getframe(1).f_lineno))
            return real(*args, **more)

        monkeypatch.setattr(module, word, recorded)

    told = {(module, word, lines) for module in TELLING for word, lines in sites(module)}
    for module, word in {(module, word) for module, word, _ in told}:
        watch(module, word)
    for each in PROBLEMS.values():
        each.check()
    untold = [
        f"{module.__name__}:{lines[0]}"
        for module, _, lines in told
        if not any((module.__name__, line) in seen for line in lines)
    ]
    assert len(told) > 40
    assert not untold, f"no project has the problems of {sorted(untold)}"
