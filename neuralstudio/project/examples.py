"""The examples shipped with the application: one JSON file each, read like any project."""

import msgspec

from neuralstudio.project.document import Project
from neuralstudio.schema.assets import asset
from neuralstudio.schema.problem import Problem, ProblemError


def example_names() -> tuple[str, ...]:
    """Names of all examples, in the order of their files."""
    return tuple(sorted(path.stem for path in asset("examples").glob("*.json")))


def example(name: str) -> Project:
    """The example of this name. Raises ``ProblemError`` for a name that is none."""
    if name not in example_names():
        known = ", ".join(example_names())
        raise ProblemError(Problem(name, "There is no example of this name", f"Known are: {known}."))
    return msgspec.json.decode(asset("examples", f"{name}.json").read_bytes(), type=Project)
