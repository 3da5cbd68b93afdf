"""Formulas that compare: read where they are asked for, true where they say so, else refused in words."""

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from neuralstudio.schema.expression import Call, Number, Variable, computed
from neuralstudio.schema.formula import PLANE_NAMES, read
from neuralstudio.schema.problem import ProblemError

X1 = np.array([-5.0, -1.0, 0.0, 0.5, 2.0, 4.0])
X2 = np.array([3.0, -2.0, 0.0, 0.5, -1.0, 6.0])


def found(text: str) -> list[float]:
    """What a formula says at six places."""
    values = computed(read(text, PLANE_NAMES, compares=True), {"x1": X1, "x2": X2})
    return [float(each) for each in np.broadcast_to(values, X1.shape)]


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ("x1 > 0", X1 > 0),
        ("x1 >= 0", X1 >= 0),
        ("x1 ≥ x2", X1 >= X2),
        ("x1 < x2", X1 < X2),
        ("x1 <= 0", X1 <= 0),
        ("x1 ≤ 0", X1 <= 0),
        ("-1 <= x1 < 2", (X1 >= -1) & (X1 < 2)),
        ("x1 > 0 and x2 > 0", (X1 > 0) & (X2 > 0)),
        ("x1 > 0 or x2 > 2 and x1 < -9", (X1 > 0) | ((X2 > 2) & (X1 < -9))),
        ("(x1 > 0 or x2 > 2) and x1 < 3", ((X1 > 0) | (X2 > 2)) & (X1 < 3)),
        ("((x1)) > (0)", X1 > 0),
        ("x1 + x2 > 2*x1 - 1", X1 + X2 > 2 * X1 - 1),
        ("1 < 2 and x1 > 0", X1 > 0),
    ],
)
def test_a_comparison_is_one_where_it_is_true(text: str, meant: np.ndarray) -> None:
    assert found(text) == meant.astype(float).tolist()
    tree = read(text, PLANE_NAMES, compares=True)
    assert isinstance(tree, Call)
    assert tree.is_condition


@pytest.mark.parametrize("name", ["x1", "X1", "x₁", "X₁", "x_1", "x", "X"])
def test_the_first_input_may_be_written_in_many_ways(name: str) -> None:
    assert read(f"2*{name}²", PLANE_NAMES) == read("2*x1²", ("x1",))


def test_the_second_input_may_be_called_y() -> None:
    assert read("y - x", PLANE_NAMES) == Call("-", (Variable("x2"), Variable("x1")))


def test_what_is_not_finite_is_neither_true_nor_false() -> None:
    assert np.isnan(found("1/x1 > 0")[2])
    assert np.isnan(found("1/x1 > 0 and x2 > 5")[2])
    assert np.isnan(found("log(x1) < 9 or x2 > -9")[0])


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("x1 > 0", "At character 4 there is “>”, but an operator or the end was expected"),
        ("x1 ≥ 0", "At character 4 there is “≥”, but an operator or the end was expected"),
        ("x1 and 2", "At character 4 there is “and”, but an operator or the end was expected"),
    ],
)
def test_comparisons_are_refused_where_nobody_asked_for_them(text: str, sentence: str) -> None:
    with pytest.raises(ProblemError, match=sentence):
        read(text, PLANE_NAMES)


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("x1 >", "It ends at character 5, where a number, x1, x2 or a function was expected"),
        ("x1 = 3", "At character 4 there is “=”"),
        ("x1 => 3", "At character 4 there is “=”"),
        ("x1 > > 3", "At character 6 there is “>”"),
        ("(x1 > 1) + 2", "A comparison with “>” is true or false, and cannot be reckoned with"),
        ("2*(x1 > 1)", "A comparison with “>” is true or false"),
        ("-(x1 > 1)", "A comparison with “>” is true or false"),
        ("(x1 > 1)^2", "A comparison with “>” is true or false"),
        ("(x1 > 1) > 0", "A comparison with “>” is true or false"),
        ("sin((x1 > 1))", "A comparison with “>” is true or false"),
        ("max(x1 > 0, 1)", "At character 8 there is “>”"),
        ("x1 and x2 > 1", "“and” joins two comparisons, and beside it there is only a number"),
        ("x1 > 1 or x2", "“or” joins two comparisons"),
        ("and x1 > 1", "At character 1 there is “and”, but a number, x1, x2 or a function was expected"),
    ],
)
def test_what_is_wrong_with_a_comparison_is_said_in_words(text: str, sentence: str) -> None:
    with pytest.raises(ProblemError) as refusal:
        read(text, PLANE_NAMES, compares=True)
    (problem,) = refusal.value.problems
    assert problem.what.startswith(sentence)
    assert problem.field == "expression"


def test_a_formula_without_comparison_means_the_same_either_way() -> None:
    for text in ("x1*x2 - 3", "2", "sin(x1)/x2", "min(x1, (x2))"):
        assert read(text, PLANE_NAMES, compares=True) == read(text, PLANE_NAMES)
    assert read("2 + 3", compares=True) == Number(5.0)


@settings(deadline=None, max_examples=300)
@given(text=st.text("x12 y<>=≤≥andor()+-*/^.sqrt₁,", max_size=40) | st.text(max_size=20))
@example("(" * 90 + "x1>1" + ")" * 90)
@example("x1" + ">1" * 90)
@example("x1>0 and " * 20 + "x1>0")
def test_any_text_is_read_or_refused_in_words(text: str) -> None:
    refusals: list[ProblemError] = []
    try:
        computed(read(text, PLANE_NAMES, compares=True), {"x1": X1, "x2": X2})
    except ProblemError as error:
        refusals.append(error)
    assert all(problem.where == "Formula" for error in refusals for problem in error.problems)
