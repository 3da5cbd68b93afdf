"""Text is cut into sequences with the next character as target; a file that is no text is told in words."""

import os
from pathlib import Path

import numpy as np
import pytest

from neuralstudio.data._base import Samples
from neuralstudio.data.batches import Gather
from neuralstudio.data.corpus import LIMIT, read_corpus
from neuralstudio.data.sets.text import Text
from neuralstudio.schema.problem import ProblemError


def written(folder: Path, content: str | bytes, name: str = "own.txt") -> str:
    path = folder / name
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return str(path)


def read_back(samples: Samples, classes: tuple[str, ...]) -> list[str]:
    return ["".join(classes[token] for token in row) for row in samples.inputs.tolist()]


def test_each_target_is_the_next_character() -> None:
    data = Text(length=7).load(seed=0)
    for part in (data.train, data.test):
        assert part.inputs.dtype == part.targets.dtype == np.int64
        assert part.inputs.shape == part.targets.shape == (len(part), 7)
        np.testing.assert_array_equal(part.inputs[:, 1:], part.targets[:, :-1])


def test_the_signature_is_known_before_loading_and_is_that_of_the_data() -> None:
    text = Text(length=20)
    signature, data = text.signature, text.load(seed=1)
    assert signature == data.signature
    assert signature.input_shape == (20,)
    assert signature.steps == 20
    assert signature.vocabulary == len(signature.classes) == len(set(signature.classes))
    assert {"↵", "␣", "e"} < set(signature.classes)
    assert max(data.train.inputs.max(), data.test.targets.max()) < signature.vocabulary


def test_a_long_text_lies_side_by_side_and_its_end_is_held_out(tmp_path: Path) -> None:
    random = np.random.default_rng(0)
    text = "".join(random.choice(list("abcd"), 50_000))
    data = Text(file=written(tmp_path, text), length=10, test=0.2).load(seed=0)
    train, test = (read_back(part, data.signature.classes) for part in (data.train, data.test))
    assert "".join(train) == text[: 10 * len(train)]
    assert 10 * len(train) > 40_000 - 20
    assert len(test) == 999  # of 10,000 characters the last has no successor
    assert "".join(test) == text[40_000 : 40_000 + 9_990]


def test_a_short_text_is_cut_with_overlaps_into_enough_sequences(tmp_path: Path) -> None:
    text = "To be, or not to be; " * 100
    data = Text(file=written(tmp_path, text), length=50).load(seed=0)
    assert 1000 <= len(data.train) <= 2000
    assert all(row in text[:1890] for row in read_back(data.train, tuple(sorted(set(text)))))


def test_at_most_as_many_sequences_are_tested_as_asked_for_spread_evenly(tmp_path: Path) -> None:
    file = written(tmp_path, "".join(np.random.default_rng(0).choice(list("xyz"), 5000)))
    everything = Text(file=file, length=10, test=0.5).load(seed=0).test
    few = Text(file=file, length=10, test=0.5, tested=5).load(seed=0).test
    assert len(everything) == 249
    np.testing.assert_array_equal(few.inputs, everything.inputs[[0, 62, 124, 186, 248]])


@pytest.mark.parametrize("content", ["ab\r\nc", "ab\rc", "\ufeffab\nc"])
def test_line_ends_are_unified_and_a_byte_order_mark_is_no_character(tmp_path: Path, content: str) -> None:
    corpus = read_corpus(Path(written(tmp_path, content)))
    assert corpus.characters == "\nabc"
    assert corpus.tokens.tolist() == [1, 2, 0, 3]
    assert corpus.names == ("↵", "a", "b", "c")


def test_characters_without_a_picture_are_named_by_their_code_point(tmp_path: Path) -> None:
    corpus = read_corpus(Path(written(tmp_path, "\x07\té\u200b😀")))
    assert corpus.names == ("U+0007", "⇥", "é", "U+200B", "😀")


def test_a_changed_file_has_another_signature(tmp_path: Path) -> None:
    text = Text(file=written(tmp_path, "aab" * 100))
    assert text.signature.classes == ("a", "b")
    written(tmp_path, "aac" * 101)
    os.utime(text.file, ns=(1, 1))
    assert text.signature.classes == ("a", "c")


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "own.txt: The file is empty"),
        (b"\xef\xbb\xbf", "own.txt: The file is empty"),
        (b"\x7fELF\0\0", "The file holds bytes that no text has"),
        (b"good\nb\xe4d\n", "Line 2 is not UTF-8 text"),
        ("".join(map(chr, range(0x4E00, 0x4F01))).encode(), "has 257 different characters, more than 256"),
        (b"x" * 129, "The text has 129 characters, too few for sequences of 64"),
    ],
)
def test_a_file_that_cannot_be_learnt_from_is_told_in_words(
    tmp_path: Path, content: bytes, words: str
) -> None:
    text = Text(file=written(tmp_path, content))
    assert text.signature.vocabulary > 0
    with pytest.raises(ProblemError, match=words) as raised:
        text.load(seed=0)
    assert raised.value.problems[0].remedy
    assert raised.value.problems[0].field in ("file", "length")


def test_a_file_that_is_too_large_is_not_read(tmp_path: Path) -> None:
    path = tmp_path / "large.txt"
    with path.open("wb") as file:
        file.truncate(LIMIT + 1)
    with pytest.raises(ProblemError, match="16,777,217 bytes, more than the 16,777,216"):
        Text(file=str(path)).load(seed=0)


@pytest.mark.parametrize(("path", "words"), [("no/where.txt", "no such file"), ("", "This is a folder")])
def test_what_is_no_file_is_refused(tmp_path: Path, path: str, words: str) -> None:
    with pytest.raises(ProblemError, match=words):
        Text(file=str(tmp_path / path)).load(seed=0)


def test_the_shortest_text_gives_one_sequence_to_learn_and_one_to_test(tmp_path: Path) -> None:
    data = Text(file=written(tmp_path, "ab" * 65), length=64).load(seed=0)
    assert (len(data.train), len(data.validation), len(data.test)) == (1, 0, 1)


def test_token_numbers_are_gathered_as_they_are() -> None:
    samples = Text(length=16).load(seed=0).train
    inputs, targets = np.full((3, 16), -1, np.int64), np.full((3, 16), -1, np.int64)
    Gather(samples, 4)(np.array([5, 0, 9]), inputs, targets)
    np.testing.assert_array_equal(inputs, samples.inputs[[5, 0, 9]])
    np.testing.assert_array_equal(targets, samples.targets[[5, 0, 9]])
    assert samples.scaled(slice(0, 2)).dtype == np.int64


def test_the_shared_shakespeare_has_its_65_characters(shared_data: Path) -> None:
    data = Text(file=str(shared_data / "text" / "tinyshakespeare.txt")).load(seed=0)
    assert data.signature.vocabulary == 65
    assert data.signature.classes == Text().signature.classes  # so one network fits both
    assert (len(data.train), len(data.test)) == (15_685, 1000)
