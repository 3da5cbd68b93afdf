"""How declared fields are read, checked and told, and how kinds are found."""

from typing import Annotated, Any, Literal

import msgspec
import pytest
from msgspec import Meta

from neuralstudio.layers.dense import Dense
from neuralstudio.layers.registry import LAYERS
from neuralstudio.schema.fields import fields, replaced
from neuralstudio.schema.kind import Kind
from neuralstudio.schema.problem import Problem, ProblemError, errors


class Inner(Kind, tag="inner"):
    """A kind within a kind."""

    title = "Inner"


class Sample(Kind, tag="sample"):
    """One field of every sort. And a second sentence."""

    title = "Sample"
    count: Annotated[int, Meta(ge=1, le=9, title="Count", extra={"unit": "%", "step": 2})] = 3
    rate: Annotated[float, Meta(gt=0, lt=1, extra={"scale": "log"})] = 0.5
    above: Annotated[float, Meta(ge=0)] = 0.0
    is_on: bool = True
    name: str = "x"
    mode: Literal["fast", "slow"] = "fast"
    inner: Inner = Inner()


def test_fields_are_read_from_the_declaration_in_its_order() -> None:
    found = {field.name: field for field in fields(Sample)}
    assert list(found) == ["count", "rate", "above", "is_on", "name", "mode", "inner"]
    assert [field.editor for field in found.values()] == [
        "integer",
        "number",
        "number",
        "switch",
        "text",
        "choice",
        "kind",
    ]
    assert (found["count"].title, found["count"].unit, found["count"].step) == ("Count", "%", 2)
    assert (found["rate"].title, found["rate"].scale, found["rate"].default) == ("Rate", "log", 0.5)
    assert found["is_on"].title == "Is on"
    assert found["inner"].kinds == (Inner,)


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("count", "a whole number from 1 to 9"),
        ("rate", "a number from above 0 to below 1"),
        ("above", "a number from 0 up"),
        ("is_on", "on or off"),
        ("name", "text"),
        ("mode", "one of fast, slow"),
        ("inner", "one of Inner"),
    ],
)
def test_what_is_allowed_is_said_in_words(name: str, words: str) -> None:
    assert next(field for field in fields(Sample) if field.name == name).allowed == words


def test_replaced_changes_several_fields_and_leaves_the_original() -> None:
    before = Sample()
    after = replaced(before, count=9, mode="slow")
    assert (after.count, after.mode, after.rate) == (9, "slow", 0.5)
    assert before == Sample()


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("count", 0),
        ("count", 10),
        ("rate", 0.0),
        ("rate", 1.0),
        ("mode", "medium"),
        ("is_on", 1),
        ("name", 5),
    ],
)
def test_a_refusal_names_the_field_what_is_allowed_and_what_was_received(name: str, value: Any) -> None:
    with pytest.raises(ProblemError) as refusal:
        replaced(Sample(), **{name: value})
    (problem,) = refusal.value.problems
    assert problem.where.startswith("Sample · ")
    assert problem.field == name
    assert problem.what.startswith("Expected ")
    assert problem.what.endswith(f"Received: {value!r}")


def test_tag_and_summary_come_from_the_declaration() -> None:
    assert Sample.tag() == "sample"
    assert Sample.summary() == "One field of every sort. And a second sentence."


def test_a_registry_finds_the_kinds_by_the_files() -> None:
    assert Dense in LAYERS.kinds
    assert LAYERS["dense"] is Dense
    assert LAYERS.decode({"kind": "dense", "units": 10}) == Dense(units=10)


def test_an_unknown_tag_is_told_with_those_there_are() -> None:
    with pytest.raises(ProblemError, match=r"There is no layer of this name\. Known are: .*dense"):
        LAYERS["danse"]


def test_decoding_checks_the_declaration() -> None:
    with pytest.raises(msgspec.ValidationError, match="units"):
        LAYERS.decode({"kind": "dense", "units": 0})


def test_a_problem_is_one_sentence_and_a_remedy() -> None:
    problem = Problem("Dense 1", "It needs a flat input.", "Insert Flatten.")
    assert str(problem) == "Dense 1: It needs a flat input. Insert Flatten."
    assert str(Problem("", "There are no layers yet")) == "There are no layers yet."


def test_warnings_do_not_prevent_a_run() -> None:
    warning, error = Problem("a", "b", severity="warning"), Problem("c", "d")
    assert errors([warning, error]) == (error,)
    assert str(ProblemError(warning, error)) == "a: b. c: d."
