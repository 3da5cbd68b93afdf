"""Data from typed formulas: in the plane and on a line; what makes no data is said in one sentence."""

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from neuralstudio.data._base import Data, Dataset
from neuralstudio.data.sets.formula import Formula
from neuralstudio.data.sets.function import Function
from neuralstudio.schema.problem import ProblemError
from tests.data.test_plane_sets import whole


def refusal(dataset: Dataset) -> str:
    """What ``check`` and ``load`` say alike."""
    with pytest.raises(ProblemError) as at_check:
        dataset.check()
    with pytest.raises(ProblemError) as at_load:
        dataset.load(0)
    assert str(at_check.value) == str(at_load.value)
    return str(at_check.value)


def whole_places(data: Data) -> NDArray[np.float32]:
    return np.concatenate((data.train.scaled(), data.test.scaled()))


# ── in the plane ─────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    "text", ["x1^2 + x2^2 < 9", "X₁² + X₂² < 9", "x*x + y*y < 9", "(x1 > -3 and x1 < 3) and x1²+x2² < 9"]
)
def test_points_are_blue_where_the_formula_is_true(text: str) -> None:
    data = Formula(expression=text, count=400).load(1)
    assert data.signature.classes == ("orange", "blue")
    samples = whole(data)
    assert len(samples) == 400
    np.testing.assert_array_equal(samples.targets, np.square(samples.inputs).sum(axis=1) < 9)


def test_noise_changes_colours_but_not_places() -> None:
    clean, noisy = (
        whole(Formula(expression="x1 > x2", count=1000, noise=noise).load(1)) for noise in (0, 40)
    )
    assert np.abs(noisy.inputs).max() <= 6
    is_wrong = noisy.targets != (noisy.inputs[:, 0] > noisy.inputs[:, 1])
    assert 0.05 < is_wrong.mean() < 0.4
    assert not (clean.targets != (clean.inputs[:, 0] > clean.inputs[:, 1])).any()


def test_a_value_is_predicted_scaled_from_minus_one_to_one() -> None:
    dataset = Formula(expression="x1*x2 + 4", count=1000)
    data = dataset.load(1)
    (value,) = data.signature.predicted
    assert (value.low, value.high) == pytest.approx((-32, 40))
    assert data.signature.task == "regression"
    for part in (data.train, data.test):
        assert part.targets.shape == (len(part), 1)
        assert np.abs(part.targets).max() <= 1
        np.testing.assert_allclose(value.real(part.targets[:, 0]), part.inputs.prod(axis=1) + 4, atol=1e-4)
        truth = dataset.truth(part.inputs)
        assert truth is not None
        assert np.abs(truth - part.targets).max() < 1e-5
    assert data.note == ""


def test_points_are_left_out_where_the_formula_has_no_value_and_a_note_says_where() -> None:
    data = Formula(expression="log(x1) > x2", count=300).load(1)
    assert len(whole(data)) == 300
    assert whole(data).inputs[:, 0].min() > 0
    assert (
        data.note
        == "“log(x1) > x2” is not a finite number at x1 = 0, x2 = 0; points lie only where it is one."
    )


def test_beside_a_pole_the_formula_is_cut_off_and_a_note_says_so() -> None:
    data = Formula(expression="1/(x1*x2)", count=300).load(1)
    (value,) = data.signature.predicted
    assert value.high < 50
    assert "it is too steep beyond" in data.note
    assert np.abs(data.train.targets).max() <= 1


def test_noise_does_not_drive_points_from_the_border() -> None:
    data = Formula(expression="x1", noise=50, count=4000).load(1)
    beyond = np.abs(whole_places(data)[:, 0]) > 5
    assert beyond.mean() == pytest.approx(1 / 6, abs=0.02)


def test_a_narrow_bump_is_no_pole() -> None:
    (value,) = Formula(expression="exp(-5*(x1²+x2²))").signature.predicted
    assert (value.low, value.high) == pytest.approx((0, 1), abs=1e-6)


def test_each_colour_is_learnt_from_however_rare() -> None:
    data = Formula(expression="x1 > 5.9", count=500, share=10).load(1)
    assert set(data.train.targets.tolist()) == {0, 1}


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("x1 > 100", "“x1 > 100” is false everywhere, so there is only one class. x1 goes from −6 to 6; x2"),
        ("x1^2 >= 0", "“x1^2 >= 0” is true everywhere, so there is only one class"),
        ("log(x1-5)", "“log(x1-5)” is at most places not a finite number, for example at x1 = 0, x2 = 0"),
        ("sqrt(-1-x1²) > 0", "“sqrt(-1-x1²) > 0” is at most places not a finite number"),
        ("x1/(x2-x2)", "“x1/(x2-x2)” is at most places not a finite number"),
        ("3", "“3” does not depend on x1 or x2: it is 3 everywhere"),
        ("x1 - x1", "“x1 - x1” is 0 everywhere, so there is nothing to learn"),
        ("1e308*x1", "“1e308*x1” is at most places not a finite number"),
        ("x1 +", "It ends at character 5"),
        (
            "x1 > 1 > 2",
            "Of its comparisons in a row, one has a number on both sides. Join two comparisons with “and”",
        ),
        ("0 < 1 < x1", "Of its comparisons in a row, one has a number on both sides"),
        ("__import__('os')", "At character 1 there is “__import__”"),
        ("", "It ends at character 1"),
    ],
)
def test_a_formula_that_makes_no_data_is_refused_in_a_sentence(text: str, sentence: str) -> None:
    said = refusal(Formula(expression=text))
    assert said.startswith(f"Formula: {sentence}")
    assert "\n" not in said
    assert Formula(expression=text).signature.classes == ("orange", "blue")


def test_a_colour_too_rare_to_be_drawn_is_told() -> None:
    with pytest.raises(ProblemError, match="so rarely true that it is nowhere among the 10 points"):
        Formula(expression="x1 > 5.9 and x2 > 5.9", count=10).load(0)


def test_a_formula_with_a_value_on_the_lattice_only_does_not_hang() -> None:
    trap = "x1 + sqrt(1e-9 - sin(10*pi*x1)^2)"
    with pytest.raises(ProblemError, match="has a value at hardly any place"):
        Formula(expression=trap).load(0)


@settings(deadline=None, max_examples=60)
@given(
    text=st.sampled_from(
        ["x1 > x2", "sin(x1)*x2", "1/x1 < x2", "sqrt(x1)", "x1*x2 > 3 or y < -5", "abs(x)/y"]
    ),
    count=st.integers(10, 300),
    noise=st.integers(0, 50),
    share=st.integers(10, 90),
    seed=st.integers(0, 2**32),
)
def test_counts_and_types_are_as_declared(text: str, count: int, noise: int, share: int, seed: int) -> None:
    dataset = Formula(expression=text, count=count, noise=noise, share=share)
    try:
        data = dataset.load(seed)
    except ProblemError:
        assume(False)  # of ten points all may have one colour
    assert len(data.train) + len(data.test) == count
    assert len(data.train) in (count * share // 100, count * share // 100 + 1), "one of each colour at least"
    assert data.train.inputs.dtype == np.float32
    assert data.signature == dataset.signature
    assert all(
        np.isfinite(part.inputs).all() and np.isfinite(part.targets).all() for part in (data.train, data.test)
    )
    again = dataset.load(seed)
    assert again.train.inputs.tobytes() == data.train.inputs.tobytes()
    assert again.test.targets.tobytes() == data.test.targets.tobytes()


# ── on a line ────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("text", "low", "high"), [("sin(2*x)", -3, 3), ("x^3 - X", 0, 10), ("exp(-x)", -8, -2)]
)
def test_points_lie_on_the_function(text: str, low: float, high: float) -> None:
    function = Function(expression=text, low=low, high=high, count=300)
    data = function.load(1)
    (x,), (y,) = data.signature.columns, data.signature.predicted
    assert (x.low, x.high) == (low, high)
    across = x.real(data.train.inputs[:, 0])
    assert np.abs(data.train.inputs).max() <= 3.0001
    assert low - 1e-4 <= across.min() < across.max() <= high + 1e-4
    meant = {"s": np.sin(2 * across), "x": across**3 - across, "e": np.exp(-across)}[text[0]]
    np.testing.assert_allclose(y.real(data.train.targets[:, 0]), meant, rtol=1e-4, atol=1e-3 * y.spread)
    np.testing.assert_allclose(function.truth(data.train.inputs), data.train.targets, atol=1e-4)
    assert np.abs(data.train.targets).max() <= 1.001


def test_noise_is_in_hundredths_of_the_half_height() -> None:
    function = Function(expression="100*sin(x)", noise=20, count=3000)
    data = function.load(1)
    strayed = data.train.targets - function.truth(data.train.inputs)
    assert strayed.std() == pytest.approx(0.2, rel=0.1)


def test_an_interval_may_be_given_backwards_but_not_be_empty() -> None:
    one, other = Function(low=-1, high=2).load(1), Function(low=2, high=-1).load(1)
    np.testing.assert_array_equal(one.train.inputs, other.train.inputs)
    assert (
        refusal(Function(low=2, high=2))
        == "Function: The interval from 2 to 2 is empty. Let it end elsewhere."
    )


def test_points_are_drawn_only_where_the_function_has_a_value() -> None:
    function = Function(expression="sqrt(x)", count=200)
    data = function.load(1)
    assert len(data.train) + len(data.test) == 200
    assert data.signature.columns[0].real(data.train.inputs).min() >= -1e-6
    assert data.note.startswith("“sqrt(x)” is not a finite number at x = −0.005")


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("log(x-2.9)", "“log(x-2.9)” is at most places not a finite number, for example at x = 0"),
        ("3*x^0", "“3*x^0” does not depend on x: it is 3 everywhere"),
        ("x > 1", "At character 3 there is “>”"),
        ("y", "At character 1 there is “y”, but a number, x or a function was expected"),
    ],
)
def test_a_function_that_makes_no_data_is_refused_in_a_sentence(text: str, sentence: str) -> None:
    assert refusal(Function(expression=text)).startswith(f"Formula: {sentence}")
    assert Function(expression=text).signature.numbers == 1
