"""Values of a setting are read as a person types them, and refused in one sentence."""

import pytest

from neuralstudio.engine.activations import ReLU, Tanh
from neuralstudio.project.examples import example, example_names
from neuralstudio.schema.problem import ProblemError
from neuralstudio.session.sweep_values import MOST, at_first, text_of, values_in
from neuralstudio.session.sweepable import Sweepable, settings_of

SETTINGS = {each.key: each for each in settings_of(example("xor"))}
RATE, UNITS, LAYERS = (
    SETTINGS["optimiser/learning_rate"],
    SETTINGS["dense-1/units"],
    SETTINGS["hidden-layers"],
)
ACTIVATION = SETTINGS["activation"]


@pytest.mark.parametrize("text", ["0.01, 0.1", "0.01,0.1", " 0.01 0.1 ", "1e-2; .1", "0.01, 0.1, 0.010,"])
def test_numbers_may_be_typed_in_many_ways(text: str) -> None:
    assert values_in(text, RATE) == (0.01, 0.1)


def test_kinds_are_known_by_their_titles_in_any_case() -> None:
    assert values_in("tanh, RELU", ACTIVATION) == (Tanh(), ReLU())


def test_whole_numbers_stay_whole() -> None:
    assert values_in("4, 1024", UNITS) == (4, 1024)
    assert all(isinstance(value, int) for value in values_in("4, 1024", UNITS))


@pytest.mark.parametrize(
    ("text", "setting", "said"),
    [
        ("0.1, fast", RATE, "Learning rate: Expected a number from above 0 to 10. Received: fast"),
        ("-1", RATE, "Received: -1"),
        ("nan", RATE, "Received: nan"),
        ("inf", RATE, "Received: inf"),
        ("2.5", UNITS, "Expected a whole number from 1"),
        ("0", UNITS, "Received: 0"),
        ("-1", LAYERS, "Expected a whole number from 0 to 12. Received: -1"),
        ("1000", LAYERS, "Received: 1000"),
        ("99999999999", SETTINGS["seeds/data"], "Received: 99999999999"),
        ("tanh, cosine", ACTIVATION, "Expected one of Tanh, ReLU, Sigmoid, Linear. Received: cosine"),
        (" , ", RATE, "No values are named. For example: 0.0"),
        ("", ACTIVATION, "No values are named. For example: Tanh, ReLU"),
        ("x" * 5000, UNITS, "Received: xxx"),
        ("9" * 5000, UNITS, "Received: 999"),
        (" ".join(str(each) for each in range(1, MOST + 2)), UNITS, f"{MOST + 1} values are too many"),
    ],
)
def test_a_wrong_value_is_refused_in_one_sentence(text: str, setting: Sweepable, said: str) -> None:
    with pytest.raises(ProblemError) as refused:
        values_in(text, setting)
    sentence = str(refused.value)
    assert said in sentence
    assert len(sentence) < 200
    assert "\n" not in sentence


@pytest.mark.parametrize("name", example_names())
def test_what_is_suggested_can_be_read_and_holds_the_present_value(name: str) -> None:
    for setting in settings_of(example(name)):
        first = at_first(setting)
        assert values_in(text_of(first), setting) == first
        assert setting.present is None or setting.present not in setting.values or setting.present in first
        every = setting.values[:MOST]
        assert values_in(text_of(every), setting) == every
