"""What a person types finds names: the beginning before a word's beginning before letters in order."""

import pytest

from neuralstudio.ui.matching import rank

NAMES = ("Dense", "Add Dense", "Condense", "Drop every nth sample", "Undo", "Reset")


def found(typed: str) -> list[str]:
    ranked = [(place, name) for name in NAMES if (place := rank(typed, name)) is not None]
    return [name for _, name in sorted(ranked)]


def test_the_beginning_comes_first_then_words_then_parts_then_letters() -> None:
    assert found("dense") == ["Dense", "Add Dense", "Condense", "Drop every nth sample"]


def test_several_words_are_beginnings_of_words_in_any_order() -> None:
    assert found("den add") == ["Add Dense"]


@pytest.mark.parametrize("typed", ["", "   "])
def test_nothing_typed_finds_all(typed: str) -> None:
    assert len(found(typed)) == len(NAMES)


def test_letters_that_lie_close_together_are_the_better_match() -> None:
    near, far = rank("abc", "xaxbxc"), rank("abc", "xaxxxbxxxc")
    assert near is not None
    assert far is not None
    assert near < far


def test_what_has_not_all_the_letters_is_not_found() -> None:
    assert found("dez") == []
    assert rank("aa", "a") is None


def test_other_words_find_a_name_too_but_later() -> None:
    by_name, by_other = rank("step", "Step"), rank("step", "Learn one batch", "step")
    assert by_name is not None
    assert by_other is not None
    assert by_name < by_other


@pytest.mark.parametrize("typed", ["*", "(", "[a", "\\", "é", "日本"])
def test_any_sign_may_be_typed(typed: str) -> None:
    assert found(typed) == []
