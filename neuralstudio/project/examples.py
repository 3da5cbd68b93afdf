"""The examples shipped with the application: one JSON file each, read like any project."""

from collections.abc import Mapping
from functools import cache

import msgspec

from neuralstudio.project.document import Project
from neuralstudio.schema.assets import asset
from neuralstudio.schema.problem import Problem, ProblemError

_GROUPS: Mapping[str, tuple[str, ...]] = {
    "Begin here": ("digits-mlp", "two-spirals", "xor", "apartments", "curve"),
    "One layer, two layers": ("perceptron", "playground", "circle", "rbf"),
    "Images": ("digits-cnn", "residual-cnn", "autoencoder"),
    "Sequences": ("sine-rnn", "shakespeare-lstm"),
}
_OTHERS = "More"


def example_groups() -> dict[str, tuple[str, ...]]:
    """Names of all examples by group, easy ones first; files that no group knows come last."""
    there = {path.stem for path in asset("examples").glob("*.json")}
    groups = {title: tuple(name for name in names if name in there) for title, names in _GROUPS.items()}
    others = there.difference(*groups.values())
    return groups | ({_OTHERS: tuple(sorted(others))} if others else {})


@cache
def example_names() -> tuple[str, ...]:
    """Names of all examples, easy ones first."""
    return tuple(name for names in example_groups().values() for name in names)


def example(name: str) -> Project:
    """The example of this name. Raises ``ProblemError`` for a name that is none."""
    if name not in example_names():
        known = ", ".join(example_names())
        raise ProblemError(Problem(name, "There is no example of this name", f"Known are: {known}."))
    return msgspec.json.decode(asset("examples", f"{name}.json").read_bytes(), type=Project)
