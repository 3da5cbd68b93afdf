"""How a network's health is judged: gradients on their way, and units that tell nothing."""

import numpy as np
import pytest

from neuralstudio.views import health

LAYERS = ("a", "b", "c")
SIZES = {f"{name}/kernel": 4 for name in LAYERS}


def flow(*norms: float) -> str:
    named = {f"{name}/kernel": norm for name, norm in zip(LAYERS, norms, strict=False)}
    return health.compute(named, SIZES, LAYERS, []).flow


@pytest.mark.parametrize(
    ("norms", "wanted"),
    [
        ((), "unknown"),
        ((0.1, 0.2, 0.1), "healthy"),
        ((1e-9, 1e-9, 1e-9), "healthy"),
        ((1e-6, 1e-3, 0.1), "vanishing"),
        ((0.0, 0.0, 0.1), "vanishing"),
        ((500.0, 1.0, 0.1), "exploding"),
        ((1.0, 1.0, 1e5), "exploding"),
        ((float("inf"), 1.0, 1.0), "exploding"),
    ],
)
def test_gradients_are_judged_by_what_reaches_the_first_layer(norms: tuple[float, ...], wanted: str) -> None:
    assert flow(*norms) == wanted


def test_a_unit_that_says_the_same_of_all_points_is_dead() -> None:
    alive = np.array([[0.0, 1.0, 0.0], [0.5, 1.0, 0.0]], dtype=np.float32)
    found = health.compute({}, {}, ("a", "b"), [alive, alive[:, :1]])
    assert (found.dead, found.units) == (2, 4)


def test_a_frozen_layer_has_no_say() -> None:
    assert health.compute({"b/kernel": 1.0}, SIZES, LAYERS, []).flow == "healthy"
