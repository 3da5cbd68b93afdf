"""How recurrent layers are put together: token tables, refusals, where outputs stand, wide products."""

import numpy as np
import pytest

from neuralstudio.engine.compile import compile_program
from neuralstudio.engine.graph import Array, ShapeError, Tensor, parameter, placeholder
from neuralstudio.engine.recurrence import Direction, sequences
from neuralstudio.layers._base import Scope
from neuralstudio.layers.embedding import Embedding
from neuralstudio.layers.gru import GRU
from neuralstudio.layers.lstm import LSTM
from tests.engine.gradients import gradient_errors

BATCH, STEPS = 3, 5


def drawn(scope: Scope) -> dict[Tensor, Array]:
    random = np.random.default_rng(4)
    return {weight: random.normal(0, 0.6, weight.shape) for weight in scope.weights.values()}


@pytest.mark.parametrize("vocabulary", [7, 40])
@pytest.mark.parametrize("direction", ["forward", "backward", "both"])
def test_gradients_through_an_embedding_equal_finite_differences(
    vocabulary: int, direction: Direction
) -> None:
    tokens = placeholder("tokens", (BATCH, STEPS), "index")
    scope = Scope("layer", is_training=True)
    rows = Embedding(vocabulary=vocabulary, dimensions=2).build(tokens, scope)
    y = LSTM(units=2, returns="all", direction=direction).build(rows, scope)
    weights = drawn(scope)
    values = weights | {tokens: np.random.default_rng(1).integers(0, vocabulary, tokens.shape)}
    errors = gradient_errors(y, values, tuple(weights), np.random.default_rng(2))
    assert max(errors.values()) <= 1e-6, errors


@pytest.mark.parametrize("units", [96, 144])
def test_wide_cells_compute_what_their_rows_give_one_by_one(units: int) -> None:
    results = []
    given_x = np.random.default_rng(3).normal(0, 1, (64, 2, 3))
    for rows in (64, 1):  # products of 64 rows are cut into pieces, those of one are not
        part = placeholder("x", (rows, 2, 3))
        scope = Scope("layer", is_training=False)
        y = GRU(units=units).build(part, scope)
        arrays = {id(weight): array for weight, array in drawn(scope).items()}
        program = compile_program({"y": y}, arrays, dtype=np.float64)
        program.inputs["x"][...] = given_x[:rows]
        program.run()
        results.append(program.outputs["y"][0].copy())
    np.testing.assert_allclose(results[0], results[1], 1e-12, 1e-14)


def test_tokens_without_an_embedding_and_images_are_refused() -> None:
    with pytest.raises(ShapeError, match="Embedding"):
        sequences(placeholder("x", (2, 5), "index"), "LSTM")
    with pytest.raises(ShapeError, match="4×4×3"):
        sequences(placeholder("x", (2, 4, 4, 3)), "LSTM")


def test_an_embedding_refuses_decimal_numbers_and_too_large_a_vocabulary() -> None:
    with pytest.raises(ShapeError, match="whole numbers"):
        Embedding().build(parameter("x", (2, 5)), Scope("layer", is_training=True))
    tokens = placeholder("x", (2, 5), "index")
    with pytest.raises(ShapeError, match="90 different tokens"):
        Embedding(vocabulary=65).build(tokens, Scope("layer", is_training=True, vocabulary=90))
