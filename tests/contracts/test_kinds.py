"""What every kind promises, whoever adds one: sound defaults, refusals in words, a file format, a help text.

Parametrised over the registries and families: a new file is tested without a test being written for it.
"""

from typing import Any

import msgspec
import pytest

from neuralstudio.data.registry import DATASETS
from neuralstudio.engine.activations import ACTIVATIONS
from neuralstudio.engine.clipping import CLIPPINGS
from neuralstudio.engine.initialisers import INITIALISERS
from neuralstudio.engine.losses import LOSSES
from neuralstudio.engine.metrics import METRICS
from neuralstudio.engine.optimisers import OPTIMISERS
from neuralstudio.engine.schedules import SCHEDULES
from neuralstudio.engine.shrinking import SHRINKINGS
from neuralstudio.engine.stopping import Stopping
from neuralstudio.layers.registry import LAYERS
from neuralstudio.network.learning import Learning
from neuralstudio.schema.fields import Field, fields, replaced
from neuralstudio.schema.kind import Kind
from neuralstudio.schema.problem import ProblemError
from neuralstudio.training.registry import TRAINERS

FAMILIES: dict[str, tuple[type[Kind], ...]] = {
    "layer": LAYERS.kinds,
    "data set": DATASETS.kinds,
    "trainer": TRAINERS.kinds,
    "activation": ACTIVATIONS,
    "loss": LOSSES,
    "optimiser": OPTIMISERS,
    "initialiser": INITIALISERS,
    "metric": METRICS,
    "schedule": SCHEDULES,
    "clipping": CLIPPINGS,
    "shrinking": SHRINKINGS,
    "stopping": (Stopping,),
    "learning": (Learning,),
}
KINDS = [kind for family in FAMILIES.values() for kind in family]
FIELDS = [(kind, field) for kind in KINDS for field in fields(kind)]
BEYOND = 1e-6
"""How far beyond a limit a number is tried."""

kinds = pytest.mark.parametrize("kind", KINDS, ids=lambda kind: f"{kind.__name__}")
each_field = pytest.mark.parametrize(
    ("kind", "field"), FIELDS, ids=[f"{kind.__name__}.{field.name}" for kind, field in FIELDS]
)


def bad_values(field: Field) -> list[Any]:
    """Values just outside what is allowed, and values of another sort altogether."""
    match field.editor:
        case "integer":
            beyond: list[Any] = ["many", 1.5, None, True]
            beyond += [] if field.minimum is None else [int(field.minimum) - (not field.excludes_minimum)]
            return beyond + (
                [] if field.maximum is None else [int(field.maximum) + (not field.excludes_maximum)]
            )
        case "number":
            beyond = ["much", None, True, float("nan")]
            if field.minimum is not None:
                beyond.append(field.minimum if field.excludes_minimum else field.minimum - BEYOND)
            if field.maximum is not None:
                beyond.append(field.maximum if field.excludes_maximum else field.maximum + BEYOND)
            return beyond
        case "switch":
            return ["on", 2, None]
        case "points":
            return [[[0.0, 0.0]], [[0.0, 0.0, -1]], [[99.0, 0.0, 0]], "many", None]
        case "choice" | "kind":
            return ["no such thing", 3, None]
        case "several":
            return [("no such thing",), (), "x1", 3, None]
        case _:
            return [3, None]


def good_values(field: Field) -> list[Any]:
    """The limits themselves, where they belong to what is allowed; every choice; every kind."""
    match field.editor:
        case "integer" | "number":
            limits = [
                (field.minimum, field.excludes_minimum),
                (field.maximum, field.excludes_maximum),
            ]
            found = [limit for limit, is_excluded in limits if limit is not None and not is_excluded]
            return [int(limit) for limit in found] if field.editor == "integer" else found
        case "switch":
            return [True, False]
        case "points":
            return [((0.5, -1.25, 0), (6.0, -6.0, 9))]
        case "choice":
            return list(field.choices)
        case "several":
            return [field.choices, field.choices[:1]]
        case "kind":
            return [kind() for kind in field.kinds]
        case _:
            return ["some text"]


@pytest.mark.parametrize("family", FAMILIES)
def test_a_family_has_members_with_names_of_their_own(family: str) -> None:
    members = FAMILIES[family]
    assert members
    for names in ([kind.tag() for kind in members], [kind.title for kind in members]):
        assert len(set(names)) == len(names)


@kinds
def test_defaults_are_allowed(kind: type[Kind]) -> None:
    value = kind()
    assert msgspec.convert(msgspec.to_builtins(value), kind) == value


@kinds
def test_json_round_trip_keeps_the_value(kind: type[Kind]) -> None:
    values = [kind(), *(replaced(kind(), **{f.name: v}) for f in fields(kind) for v in good_values(f))]
    for value in values:
        data = msgspec.json.encode(value)
        assert msgspec.json.decode(data, type=kind) == value
        assert msgspec.json.decode(data)["kind"] == kind.tag()


@kinds
def test_an_unknown_field_is_refused(kind: type[Kind]) -> None:
    with pytest.raises(msgspec.ValidationError, match="no_such_field"):
        msgspec.convert(msgspec.to_builtins(kind()) | {"no_such_field": 1}, kind)


@kinds
def test_a_kind_is_a_value(kind: type[Kind]) -> None:
    assert kind() == kind()
    assert hash(kind()) == hash(kind())
    for field in fields(kind)[:1]:
        with pytest.raises(AttributeError):
            setattr(kind(), field.name, field.default)


@kinds
def test_title_and_summary_are_there_for_people(kind: type[Kind]) -> None:
    assert kind.title
    assert kind.title[0] == kind.title[0].upper()
    assert len(kind.summary().split()) >= 3
    assert len(kind.summary()) <= 110
    assert kind.summary().endswith(".")


@each_field
def test_a_field_is_described(kind: type[Kind], field: Field) -> None:
    assert field.title, kind
    assert field.description.endswith("."), "a description is a sentence"


@each_field
def test_what_a_number_may_be_has_limits(kind: type[Kind], field: Field) -> None:
    if field.editor in ("integer", "number"):
        assert field.minimum is not None, f"{kind.__name__}.{field.name} has no lower limit"
        assert field.maximum is not None, f"{kind.__name__}.{field.name} has no upper limit"
        assert field.scale == "linear" or field.minimum >= 0


@each_field
def test_the_limits_themselves_are_allowed(kind: type[Kind], field: Field) -> None:
    for value in good_values(field):
        assert getattr(replaced(kind(), **{field.name: value}), field.name) == value


@each_field
def test_a_value_that_is_not_allowed_is_refused_in_words(kind: type[Kind], field: Field) -> None:
    for value in bad_values(field):
        with pytest.raises(ProblemError) as refusal:
            replaced(kind(), **{field.name: value})
        (problem,) = refusal.value.problems
        assert problem.field == field.name
        assert field.title in problem.where
        assert kind.title in problem.where
        assert field.allowed in problem.what
        assert repr(value) in problem.what
