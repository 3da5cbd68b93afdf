"""Every example keeps its promise: it opens without a problem, says what it is, and learns at once."""

from functools import cache

import numpy as np
import pytest
from msgspec.structs import replace

from neuralstudio.data._base import Data, Dataset
from neuralstudio.network.evaluate import Evaluation, evaluate
from neuralstudio.project.document import Project
from neuralstudio.project.examples import example, example_groups, example_names
from neuralstudio.schema.assets import asset
from neuralstudio.schema.fields import replaced
from neuralstudio.schema.problem import ProblemError
from neuralstudio.session.run import Run

EXPECTED = {
    "perceptron", "xor", "digits-mlp", "digits-cnn", "residual-cnn", "autoencoder", "rbf", "apartments",
    "curve", "shakespeare-lstm", "sine-rnn", "circle", "two-spirals",
    "playground",
}  # fmt: skip

QUICK: dict[str, tuple[int, int]] = {
    "digits-mlp": (3000, 3),
    "digits-cnn": (1200, 2),
    "residual-cnn": (1800, 2),
    "autoencoder": (1500, 8),
    "shakespeare-lstm": (0, 1),
    "apartments": (1500, 20),
    "curve": (0, 400),
    "sine-rnn": (600, 15),
    "two-spirals": (0, 200),
    "rbf": (0, 200),
    "circle": (0, 60),
    "playground": (0, 200),
    "xor": (0, 150),
    "perceptron": (0, 100),
}
"""Samples (0: as many as the example has) and epochs that take a second or two."""
ACCURACY = {
    "digits-mlp": 0.7,
    "digits-cnn": 0.6,
    "residual-cnn": 0.4,
    "two-spirals": 0.97,
    "rbf": 0.75,
    "circle": 0.85,
    "playground": 0.85,
    "xor": 0.85,
    "perceptron": 0.9,
    "shakespeare-lstm": 0.15,
}
EXPLAINED = {"apartments": 0.9, "curve": 0.6, "sine-rnn": 0.9, "autoencoder": 0.35}
"""Least share of the variance that the network explains."""

every_example = pytest.mark.parametrize("name", example_names())


@cache
def data_of(dataset: Dataset, seed: int) -> Data:
    return dataset.load(seed)


def trained(name: str) -> tuple[Run, Evaluation]:
    """The example after its quick run, and how good it is on its test data."""
    project = example(name)
    count, epochs = QUICK[name]
    dataset = replaced(project.dataset, count=count) if count else project.dataset
    project = replace(project, dataset=dataset, trainer=replaced(project.trainer, epochs=epochs))
    data = data_of(dataset, project.seeds.data)
    run = Run(project, data)
    run.control.threads = 1
    run.train(lambda _event: None, run.goal)
    return run, evaluate(run.learner.model, data.test)


def test_all_the_lessons_are_there_and_each_in_one_group() -> None:
    assert set(example_names()) == EXPECTED
    grouped = [name for names in example_groups().values() for name in names]
    assert sorted(grouped) == sorted(path.stem for path in asset("examples").glob("*.json"))
    assert next(iter(example_groups().values())) == example_names()[:5]
    assert example_names()[0] == "digits-mlp"


def test_an_unknown_example_is_refused_with_those_there_are() -> None:
    with pytest.raises(ProblemError, match="digits-mlp, two-spirals"):
        example("no-such-thing")


@every_example
def test_an_example_says_what_it_is_and_asks_something(name: str) -> None:
    project = example(name)
    assert project.title
    assert project.about.endswith(".")
    assert "?" in project.question
    for text in (project.about, project.question):
        assert 30 <= len(text) <= 130, text
        assert text[0].isupper()
    others = [example(other) for other in example_names() if other != name]
    assert project.title not in [other.title for other in others]
    assert project.about not in [other.about for other in others]


@every_example
def test_an_example_has_no_problem(name: str) -> None:
    assert example(name).check().problems == ()


@every_example
def test_an_example_learns_better_than_chance_at_once(name: str) -> None:
    run, found = trained(name)
    if name in ACCURACY:
        assert found.metric >= ACCURACY[name]
        return
    targets = run.data.test.targets
    explained = 1 - found.loss / float(np.mean((targets - targets.mean(axis=0)) ** 2))
    assert explained >= EXPLAINED[name]


def test_apartments_are_priced_in_units_people_know() -> None:
    run, found = trained("apartments")
    (price,) = run.data.signature.predicted
    assert price.unit == "thousand €"
    assert found.metric * price.spread < 60, "off by less than 60,000 € on average"


def test_an_example_is_read_anew_each_time_and_equal() -> None:
    assert example("xor") == example("xor")
    assert isinstance(example("xor"), Project)
