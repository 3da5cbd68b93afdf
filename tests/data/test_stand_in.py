"""Random numbers in the place of data that are still to come."""

import numpy as np
import pytest

from neuralstudio.data.sets.stand_in import StandIn
from neuralstudio.schema.problem import ProblemError


def test_samples_have_the_shape_and_the_answers_that_are_asked_for() -> None:
    data = StandIn("5×7×3", classes=4, count=40).load(1)
    assert data.train.inputs.shape == (20, 5, 7, 3)
    assert set(np.concatenate((data.train.targets, data.test.targets))) <= set(range(4))
    numbers = StandIn("6", classes=0, numbers=2, count=40).load(1)
    assert numbers.signature.task == "regression"
    assert numbers.test.targets.shape == (20, 2)
    tokens = StandIn("9", vocabulary=11, count=40).load(1)
    assert tokens.train.inputs.dtype == np.int64
    assert tokens.train.inputs.max() < 11


def test_large_inputs_come_in_small_numbers() -> None:
    assert len(StandIn("1000×1000×3", count=10000).load(1).train) == 5


@pytest.mark.parametrize("shape", ["", "x", "0", "4×", "1×2×3×4×5", "-3", "4x4"])
def test_a_text_that_is_no_shape_is_refused_in_words(shape: str) -> None:
    with pytest.raises(ProblemError, match="is not a shape"):
        StandIn(shape).load(1)
