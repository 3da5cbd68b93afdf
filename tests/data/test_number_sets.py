"""The sets with numbers to predict: as declared, the same for the same seed, true to their formulas."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from neuralstudio.data._base import Data, Dataset, Quantity
from neuralstudio.data.sets.apartments import COLUMNS, PRICE, Apartments, worth
from neuralstudio.data.sets.curve import FUNCTIONS, Curve
from neuralstudio.data.sets.pen_digits import PenDigits
from neuralstudio.data.sets.sine_wave import SineWave
from neuralstudio.schema.fields import fields, replaced

SETS: list[Dataset] = [Apartments(count=300), Curve(), SineWave(count=300)]
SETS.append(PenDigits(count=120, target="image"))
every_set = pytest.mark.parametrize("dataset", SETS, ids=lambda each: each.title)


def real(data: Data) -> NDArray[np.float64]:
    """The training table in its units."""
    columns = enumerate(data.signature.columns)
    return np.stack([column.real(data.train.inputs[:, place]) for place, column in columns], axis=1)


@every_set
def test_shapes_and_types_are_those_of_the_signature(dataset: Dataset) -> None:
    data = dataset.load(1)
    assert data.signature == dataset.signature
    assert data.signature.task == "regression"
    for part in (data.train, data.test):
        assert len(part)
        assert part.inputs.shape[1:] == data.signature.input_shape
        assert part.scaled().dtype == np.float32
        assert part.targets.shape == (len(part), data.signature.numbers)
        assert part.targets.dtype == np.float32
        assert np.isfinite(part.targets).all()
    assert len(data.validation) == 0


@every_set
def test_the_same_seed_gives_the_same_bits_and_another_does_not(dataset: Dataset) -> None:
    first, again, other = (dataset.load(seed) for seed in (5, 5, 6))
    assert first.train.inputs.tobytes() == again.train.inputs.tobytes()
    assert first.test.targets.tobytes() == again.test.targets.tobytes()
    assert first.train.inputs.tobytes() != other.train.inputs.tobytes()


@every_set
def test_inputs_and_targets_are_about_as_large_as_networks_like_them(dataset: Dataset) -> None:
    data = dataset.load(1)
    for numbers in (data.train.scaled(), data.train.targets):
        assert np.abs(numbers.mean()) < 1.2
        assert 0.2 < numbers.std() < 2


@settings(deadline=None, max_examples=30)
@given(count=st.integers(100, 400), length=st.integers(2, 256), test=st.floats(0.05, 0.5))
def test_a_wave_has_as_many_windows_as_asked_for(count: int, length: int, test: float) -> None:
    data = SineWave(count=count, length=length, test=test).load(0)
    assert len(data.train) + len(data.test) == count
    assert len(data.test) == pytest.approx(count * test, abs=1.01)


@pytest.mark.parametrize("kind", [Apartments, Curve])
def test_the_test_share_is_kept_back(kind: type[Apartments] | type[Curve]) -> None:
    data = kind(count=200, test=0.25).load(0)
    assert (len(data.train), len(data.test)) == (150, 50)


# ── quantities ───────────────────────────────────────────────────────────────────────────────────────


@settings(deadline=None)
@given(value=st.floats(-1e4, 1e4), centre=st.floats(-1e3, 1e3), spread=st.floats(0.1, 1e3))
def test_a_quantity_comes_back_from_its_scale(value: float, centre: float, spread: float) -> None:
    quantity = Quantity("x", centre=centre, spread=spread)
    assert quantity.real(quantity.scaled(value)) == pytest.approx(value, rel=1e-4, abs=1e-5 * 1e4)


def test_only_what_is_there_or_not_is_a_switch() -> None:
    assert [column.name for column in COLUMNS if column.is_switch] == ["Lift", "Balcony"]
    assert not Quantity("x").is_switch


# ── apartments ───────────────────────────────────────────────────────────────────────────────────────


def test_apartments_stay_within_their_ranges_and_are_scaled_by_about_mean_and_deviation() -> None:
    data = Apartments(count=5000).load(2)
    table = real(data)
    for place, column in enumerate(COLUMNS):
        values = table[:, place]
        assert values.min() >= column.low - 1e-4
        assert values.max() <= column.high + 1e-4
        assert np.abs(data.train.inputs[:, place].mean()) < 0.3, column.name
        assert 0.7 < data.train.inputs[:, place].std() < 1.4, column.name
        if column.is_whole:
            np.testing.assert_allclose(values, values.round(), atol=1e-3)
    assert PRICE.low < PRICE.real(data.train.targets.min())
    assert PRICE.real(data.train.targets.max()) < PRICE.high


def test_the_price_is_that_of_the_formula_without_noise() -> None:
    data = Apartments(count=300, noise=0).load(3)
    np.testing.assert_allclose(Apartments().truth(data.train.inputs), data.train.targets, atol=1e-4)
    # 100 m² · (2.2 + 5·exp(−1)) · 1 (built 1970) · (1 + 0.012·5) · 1.05 + 8·4
    row = np.array([[100, 4, 5, 1, 1, 6, 1970]], dtype=np.float64)
    assert worth(row) == pytest.approx(100 * (2.2 + 5 * np.exp(-1)) * 1.06 * 1.05 + 32)


def test_a_lift_is_worth_nothing_on_the_first_floor_and_a_third_on_the_eighth() -> None:
    def gain(floor: int) -> float:
        without, with_lift = worth(np.array([[80, 3, floor, lift, 0, 7, 1970] for lift in (0, 1)], float))
        return float(with_lift / without - 1)

    assert abs(gain(1)) < 0.01
    assert gain(8) > 0.3


def test_a_straight_line_prices_apartments_badly() -> None:
    data = Apartments(noise=0).load(4)
    inputs, prices = (np.asarray(each, np.float64) for each in (data.train.inputs, data.train.targets))
    design = np.column_stack((inputs, np.ones(len(inputs))))
    weights = np.linalg.lstsq(design, prices, rcond=None)[0]
    error = np.abs(design @ weights - prices).mean() * PRICE.spread
    assert 20 < error < 100, "thousand €: there is something for hidden layers to learn"


def test_noise_moves_prices_by_its_share() -> None:
    data = Apartments(count=5000, noise=20).load(5)
    right = PRICE.real(Apartments().truth(data.train.inputs))
    ratio = PRICE.real(data.train.targets) / right
    assert ratio.mean() == pytest.approx(1, abs=0.02)
    assert ratio.std() == pytest.approx(0.2, rel=0.1)


# ── curves ───────────────────────────────────────────────────────────────────────────────────────────


def test_every_curve_that_can_be_chosen_has_a_formula_within_its_height() -> None:
    (choice,) = (field for field in fields(Curve) if field.name == "function")
    assert set(choice.choices) == set(FUNCTIONS)
    x = np.linspace(-3, 3, 1001)
    for name, function in FUNCTIONS.items():
        y = function(x)
        assert np.abs(y).max() <= 1 + 1e-9, name
        assert np.ptp(y) > 1.5, name


@pytest.mark.parametrize("name", FUNCTIONS)
def test_points_lie_on_the_curve_and_stray_with_noise(name: str) -> None:
    curve = replaced(Curve(noise=0, count=1000), function=name)
    data = curve.load(1)
    np.testing.assert_allclose(data.train.targets, curve.truth(data.train.inputs), atol=1e-4)
    noisy = replaced(curve, noise=20).load(1)
    np.testing.assert_array_equal(noisy.train.inputs, data.train.inputs)
    assert (noisy.train.targets - data.train.targets).std() == pytest.approx(0.2, rel=0.15)
    assert np.abs(data.train.inputs).max() <= 3


# ── the wave ─────────────────────────────────────────────────────────────────────────────────────────


def test_the_target_is_the_value_after_the_window() -> None:
    data = SineWave(count=200, length=7).load(1)
    for part in (data.train, data.test):
        np.testing.assert_array_equal(part.inputs[1:, -1], part.targets[:-1])
        np.testing.assert_array_equal(part.inputs[1:, :-1], part.inputs[:-1, 1:])


def test_the_test_shares_no_value_with_the_training() -> None:
    data = SineWave(count=200, length=9, noise=5).load(1)
    seen = set(data.train.inputs.ravel().tolist()) | set(data.train.targets.ravel().tolist())
    assert not seen & set(data.test.inputs.ravel().tolist())


def test_one_wave_comes_again_after_its_period_and_two_do_not() -> None:
    def repetition(waves: str) -> float:
        data = replaced(SineWave(count=500, noise=0), waves=waves).load(1)
        values = data.train.targets[:, 0]
        return float(np.abs(values[25:] - values[:-25]).max())

    assert repetition("one") < 1e-4
    assert repetition("two") > 0.3


# ── images to rebuild ────────────────────────────────────────────────────────────────────────────────


def test_the_image_to_predict_is_the_image_as_the_network_sees_it() -> None:
    data = PenDigits(count=120, target="image").load(2)
    np.testing.assert_array_equal(data.train.targets, data.train.scaled().reshape(len(data.train), -1))
    assert data.train.targets.min() == 0
    assert data.train.targets.max() <= 1
    digits = PenDigits(count=120).load(2)
    np.testing.assert_array_equal(digits.train.inputs, data.train.inputs)
