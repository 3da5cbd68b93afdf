"""Formulas are read as written, give the numbers meant, have exact gradients, and are refused in words."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pytest
from hypothesis import assume, example, given, settings
from hypothesis import strategies as st
from hypothesis.strategies import DrawFn, SearchStrategy

from neuralstudio.engine.compile import compile_program
from neuralstudio.engine.formula import parse
from neuralstudio.engine.graph import Array, placeholder
from neuralstudio.schema.formula import DEEPEST, FUNCTIONS, LONGEST, evaluate, read
from neuralstudio.schema.problem import ProblemError
from tests.engine.gradients import gradient_errors

X = np.array([-2.5, -1.0, -0.3, 0.0, 0.4, 1.0, 1.7, 3.0])
Y = np.array([0.5, 2.0, -1.5, 0.25, 1.0, -2.0, 3.0, 0.75])


Point = Mapping[str, Array]


@dataclass(frozen=True)
class Sample:
    """A formula as a person might write it, how tightly its outermost sign binds, and its meaning."""

    text: str
    binding: int
    value: Callable[[Point], Any]

    def inside(self, binding: int) -> str:
        """The text where a sign that binds as tightly as ``binding`` stands next to it."""
        return self.text if self.binding > binding else f"({self.text})"


SMOOTH: dict[str, Callable[[Array], Any]] = {
    "sin": np.sin,
    "cos": np.cos,
    "tanh": np.tanh,
    "sigmoid": lambda a: 1 / (1 + np.exp(-a)),
    "softplus": lambda a: np.log(1 + np.exp(-np.abs(a))) + np.where(a > 0, a, 0),
    "exp": np.exp,
}
OTHERS: dict[str, Callable[[Array], Any]] = {
    "log": np.log,
    "ln": np.log,
    "sqrt": np.sqrt,
    "abs": np.abs,
    "tan": np.tan,
    "relu": lambda a: np.where(a > 0, a, 0 * a),
    "step": lambda a: np.where(a >= 0, 1 + 0 * a, 0 * a),
    "sign": np.sign,
}
SUMS: dict[str, Callable[[Any, Any], Any]] = {
    "+": lambda a, b: a + b,
    "-": lambda a, b: a - b,
    "−": lambda a, b: a - b,
}
PRODUCTS: dict[str, Callable[[Any, Any], Any]] = {
    "*": lambda a, b: a * b,
    "·": lambda a, b: a * b,
    "/": lambda a, b: a / b,
    "÷": lambda a, b: a / b,
}
numbers = st.sampled_from(["2", "0.5", "1.75", ".3", "4.", "12e-1", "pi", "e"])
MEANT = {"pi": np.pi, "e": np.e}


def leaf(text: str) -> Sample:
    number = MEANT.get(text) or float(text)
    return Sample(text, 9, lambda _: np.float64(number))


def variable(name: str) -> Sample:
    return Sample(name, 9, lambda at: at[name])


leaves = st.sampled_from(["x", "y"]).map(variable) | numbers.map(leaf)


def joined(
    sign: str, left: Sample, right: Sample, binding: int, meaning: Callable[[Any, Any], Any]
) -> Sample:
    text = f"{left.inside(binding - 1)}{sign}{right.inside(binding)}"
    return Sample(text, binding, lambda at: meaning(left.value(at), right.value(at)))


@st.composite
def compound(draw: DrawFn, parts: SearchStrategy[Sample], is_smooth: bool) -> Sample:
    a, b = draw(parts), draw(parts)
    gap = draw(st.sampled_from(["", " "]))
    match draw(st.sampled_from(["sum", "product", "function", "minus", "square", "power", "two"])):
        case "sum":
            sign = draw(st.sampled_from(list(SUMS)))
            return joined(f"{gap}{sign}{gap}", a, b, 1, SUMS[sign])
        case "product":
            sign = draw(st.sampled_from(["*", "·"] if is_smooth else list(PRODUCTS)))
            return joined(f"{gap}{sign}{gap}", a, b, 2, PRODUCTS[sign])
        case "function":
            known = SMOOTH if is_smooth else SMOOTH | OTHERS
            name = draw(st.sampled_from(list(known)))
            return Sample(f"{name}({gap}{a.text})", 9, lambda at: known[name](a.value(at)))
        case "minus":
            return Sample(f"-{gap}{a.inside(2)}", 3, lambda at: -a.value(at))
        case "square":
            return Sample(f"{a.inside(5)}²", 4, lambda at: a.value(at) ** 2)
        case "power":
            base, sign = f"(1 + {a.inside(5)}²)", draw(st.sampled_from(["^", "**"]))
            return Sample(f"{base}{sign}{b.inside(2)}", 4, lambda at: (1 + a.value(at) ** 2) ** b.value(at))
        case _ if is_smooth:
            return joined("+", a, b, 1, SUMS["+"])
        case _:
            name = draw(st.sampled_from(["min", "max"]))
            lower, upper = np.minimum, np.maximum
            meaning = lower if name == "min" else upper
            return Sample(f"{name}({a.text},{gap}{b.text})", 9, lambda at: meaning(a.value(at), b.value(at)))


def samples(is_smooth: bool) -> SearchStrategy[Sample]:
    return st.recursive(leaves, lambda parts: compound(parts, is_smooth), max_leaves=6)


def run(text: str) -> Array:
    """The formula's values at X and Y by a compiled program."""
    x, y = (placeholder(name, X.shape) for name in "xy")
    program = compile_program({"z": parse(text, {"x": x, "y": y})}, dtype=np.float64)
    for name, values in (("x", X), ("y", Y)):
        if name in program.inputs:
            program.inputs[name][...] = values
    with np.errstate(all="ignore"):
        program.run()
    return np.broadcast_to(program.outputs["z"], X.shape)


@settings(deadline=None, max_examples=300)
@given(sample=samples(is_smooth=False))
def test_a_formula_gives_the_numbers_it_says(sample: Sample) -> None:
    assume(len(sample.text) <= LONGEST)
    with np.errstate(all="ignore"):
        meant = np.broadcast_to(sample.value({"x": X, "y": Y}), X.shape)
    try:
        results = evaluate(sample.text, {"x": X, "y": Y}), run(sample.text)
    except ProblemError:
        assume(False)  # it is constant, or a constant part of it is not a number
    # Subtracting large numbers loses digits, so only numbers of a usual size are compared.
    usual = np.isfinite(meant) & (np.abs(meant) < 1e6)
    for found in results:
        np.testing.assert_allclose(np.broadcast_to(found, X.shape)[usual], meant[usual], 1e-6, 1e-6)


@settings(deadline=None, max_examples=150)
@given(sample=samples(is_smooth=True), seed=st.integers(0, 2**32 - 1))
def test_gradients_of_a_formula_equal_finite_differences(sample: Sample, seed: int) -> None:
    assume(len(sample.text) <= LONGEST)
    assume("x" in sample.text.replace("exp", ""))
    random = np.random.default_rng(seed)
    values = {name: random.uniform(-1.5, 1.5, (2, 3)) for name in "xy"}
    with np.errstate(all="ignore"):
        # Where a formula is steep or bends sharply, finite differences are not exact themselves.
        assume(np.all(np.abs(sample.value(values)) < 30))
        assume(np.all(np.abs(sample.value(values | {"x": values["x"] + 0.3})) < 30))
    leaves = {name: placeholder(name, (2, 3)) for name in "xy"}
    try:
        output = parse(sample.text, leaves)
    except ProblemError:
        assume(False)
    # The slope of the line keeps the gradient from being 0, next to which rounding errors look large.
    output = output + 1.2345 * leaves["x"]
    arrays = {leaves[name]: values[name] for name in "xy"}
    with np.errstate(all="ignore"):
        errors = gradient_errors(output, arrays, (leaves["x"],), random)
    assert max(errors.values()) <= 1e-5, errors


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("-2^2", -4),
        ("2^3^2", 512),
        ("2**-1", 0.5),
        ("2^-1^2", 0.5),
        ("6/2*3", 9),
        ("2 - 3 - 4", -5),
        ("− 2 · 3 ÷ 4", -1.5),
        ("3²", 9),
        ("-3²^2", -81),
        ("2²²", 16),
        ("--+-2", -2),
        ("1.5e2+1e-1", 150.1),
        ("2*e", 2 * np.e),
        ("2*π - 2*pi", 0),
        ("pow(2, 5) + min(1, max(3, 2))", 33),
        ("ln(e) + σ(0)", 1.5),
        ("  ((  7 ) ) ", 7),
        ("8 : 2", 4),
        ("5^0", 1),
    ],
)
def test_signs_bind_as_in_mathematics(text: str, value: float) -> None:
    assert float(evaluate(text, {})) == pytest.approx(value, rel=1e-12, abs=1e-12)


OPERAND = "a number, x or a function was expected"
FURTHER = "an operator or the end was expected"


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("2 * (x+)", f"Formula: At character 8 there is “)”, but {OPERAND}."),
        ("", f"Formula: It ends at character 1, where {OPERAND}."),
        ("x * ", f"Formula: It ends at character 4, where {OPERAND}."),
        ("(x + 1", "Formula: It ends at character 7, where “)” was expected."),
        ("x)", f"Formula: At character 2 there is “)”, but {FURTHER}."),
        ("2x", f"Formula: At character 2 there is “x”, but {FURTHER}."),
        ("sin x", "Formula: At character 5 there is “x”, but “(” was expected."),
        ("max(x)", "Formula: At character 6 there is “)”, but “,” was expected."),
        ("exp(x, 2)", "Formula: At character 6 there is “,”, but “)” was expected."),
        ("x & 1", f"Formula: At character 3 there is “&”, but {FURTHER}."),
        ("__import__(x)", f"Formula: At character 1 there is “__import__”, but {OPERAND}."),
        ("x.real", f"Formula: At character 2 there is “.”, but {FURTHER}."),
        ("1 + 2", "Formula: “1 + 2” does not depend on x: it is 3 whatever comes in."),
        ("3*x^0", "Formula: “3*x^0” does not depend on x: it is 3 whatever comes in."),
        ("x + 1/0", "Formula: “1 / 0” in it is not a finite number."),
        ("x + log(0-1)", "Formula: “log(-1)” in it is not a finite number."),
        ("x * 1e999", "Formula: It has a number too large for a computer."),
        ("x" + " " * 200, "Formula: It has 201 characters, but at most 200 are read."),
        (
            "(" * 100 + "x" + ")" * 99,
            "Formula: Too many parentheses, signs or powers stand inside one another.",
        ),
    ],
)
def test_what_is_wrong_is_said_in_words(text: str, sentence: str) -> None:
    with pytest.raises(ProblemError) as refusal:
        parse(text, {"x": placeholder("x", (2,))})
    (problem,) = refusal.value.problems
    assert str(problem).startswith(sentence)
    assert problem.field == "expression"


def test_a_name_nobody_knows_brings_the_list_of_functions() -> None:
    with pytest.raises(ProblemError, match="“sinh”, but a number, x1, x2 or a function") as refusal:
        read("2 * sinh(x1)", ("x1", "x2"))
    assert all(name in refusal.value.problems[0].remedy for name in FUNCTIONS)


ALPHABET = "x y 12.e+-*/^²³()−·÷,:πσ" + "sincoxpmalgqrtbhudf" + "ä\t\n\0_'\"[]{}|\u0665\u00bd"


@settings(deadline=None, max_examples=500)
@given(text=st.text(ALPHABET, max_size=40) | st.text(max_size=30) | st.text("x(-^", max_size=LONGEST))
@example("x" + "+x" * 99)
@example("-" * DEEPEST + "x")
@example("1e400")
@example("0^-1*x")
@example("9^9^9^9*x")
@example("x^1e300")
def test_any_text_is_read_or_refused_never_an_exception_of_another_kind(text: str) -> None:
    refusals: list[ProblemError] = []
    try:
        evaluate(text, {"x": X})
        parse(text, {"x": placeholder("x", (2,)), "y": placeholder("y", (2,))})
    except ProblemError as error:
        refusals.append(error)
    assert all(problem.where == "Formula" for error in refusals for problem in error.problems)


def test_a_formula_may_be_long_but_not_deep() -> None:
    long = "x" + "+x" * 99
    assert evaluate(long, {"x": np.array(2.0)}) == 200
    depth = DEEPEST - 1
    assert evaluate("(" * depth + "x" + ")" * depth, {"x": np.array(2.0)}) == 2


def test_names_of_variables_are_free() -> None:
    found = evaluate("x1 - 2*x2", {"x1": np.array([[1.0], [2.0]]), "x2": np.array([10.0, 20.0])})
    np.testing.assert_array_equal(found, [[-19, -39], [-18, -38]])


def test_numbers_without_a_meaning_are_nan_and_do_not_warn() -> None:
    np.testing.assert_array_equal(evaluate("log(x) + sqrt(x)", {"x": np.array([-1.0, 1.0])}), [np.nan, 1])


def test_whole_powers_of_negative_numbers_are_right_with_their_gradients() -> None:
    for text in ("x^3", "x^4", "x^5", "x^-2", "pow(x, 7)"):
        x = placeholder("x", (3,))
        values = np.array([-1.5, -0.7, 1.2])
        errors = gradient_errors(parse(text, {"x": x}), {x: values}, (x,), np.random.default_rng(0))
        assert errors["x"] <= 1e-6, text
