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

import neuralstudio.layers
from neuralstudio.data._base import Dataset
from neuralstudio.data.sets.apartments import Apartments
from neuralstudio.data.sets.circle import Circle
from neuralstudio.data.sets.pen_digits import PenDigits
from neuralstudio.data.sets.text import Text
from neuralstudio.engine import losses
from neuralstudio.engine.losses import LOSSES, LossFunction
from neuralstudio.network import check, doubts, ending, trace, wiring
from neuralstudio.network.spec import NetworkSpec
from neuralstudio.project.document import Project
from neuralstudio.project.examples import example, example_names
from neuralstudio.project.remedies import remedies
from neuralstudio.schema.problem import Problem, errors
from neuralstudio.training.backprop import Backprop
from tests.project.problems import PROBLEMS, SEVERAL, SINGLE
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
    for project in PROBLEMS.values():
        project.check()
    untold = [
        f"{module.__name__}:{lines[0]}"
        for module, _, lines in told
        if not any((module.__name__, line) in seen for line in lines)
    ]
    assert len(told) > 40
    assert not untold, f"no project has the problems of {sorted(untold)}"
