"""IDX files: good ones are read exactly, bad ones are refused with a sentence."""

import contextlib
import gzip
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import array_shapes, arrays
from numpy.typing import NDArray

from neuralstudio.data import idx
from neuralstudio.data.idx import find_digit_files, read_digits, read_images, read_labels
from neuralstudio.schema.problem import Problem, ProblemError

same_folder = settings(
    suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None, max_examples=60
)
images = arrays(np.uint8, array_shapes(min_dims=3, max_dims=3, min_side=1, max_side=6))


def packed(array: NDArray[np.uint8]) -> bytes:
    """An array as the bytes of an IDX file, written here by the format's definition."""
    header = bytes((0, 0, 8, array.ndim)) + b"".join(side.to_bytes(4, "big") for side in array.shape)
    return header + array.tobytes()


def write(folder: Path, content: bytes, name: str = "digits") -> Path:
    path = folder / name
    path.write_bytes(content)
    return path


def problem_of(path: Path) -> Problem:
    with pytest.raises(ProblemError) as raised:
        read_images(path)
    (problem,) = raised.value.problems
    assert problem.where == path.name
    assert problem.remedy
    assert "\n" not in str(problem)
    return problem


@same_folder
@given(array=images, is_packed=st.booleans())
def test_images_come_back_as_written(tmp_path: Path, array: NDArray[np.uint8], is_packed: bool) -> None:
    content = packed(array)
    read = read_images(write(tmp_path, gzip.compress(content, mtime=0) if is_packed else content))
    assert read.dtype == np.uint8
    np.testing.assert_array_equal(read, array)


@same_folder
@given(array=arrays(np.uint8, st.integers(1, 40), elements=st.integers(0, 9)), is_packed=st.booleans())
def test_labels_come_back_as_written(tmp_path: Path, array: NDArray[np.uint8], is_packed: bool) -> None:
    content = packed(array)
    read = read_labels(write(tmp_path, gzip.compress(content, mtime=0) if is_packed else content))
    np.testing.assert_array_equal(read, array)


@pytest.mark.parametrize("is_packed", [False, True])
def test_every_truncation_is_a_problem(tmp_path: Path, is_packed: bool) -> None:
    array = np.random.default_rng(0).integers(0, 256, (3, 5, 4), dtype=np.uint8)
    content = gzip.compress(packed(array), mtime=0) if is_packed else packed(array)
    for length in range(len(content)):
        problem_of(write(tmp_path, content[:length]))


@same_folder
@given(array=images, flip=st.integers(1, 255))
def test_every_changed_header_byte_is_a_problem(tmp_path: Path, array: NDArray[np.uint8], flip: int) -> None:
    for at in range(16):
        content = bytearray(packed(array))
        content[at] ^= flip
        problem_of(write(tmp_path, bytes(content)))
        problem_of(write(tmp_path, gzip.compress(bytes(content), mtime=0)))


@same_folder
@given(array=images, flip=st.integers(1, 255))
def test_a_changed_gzip_byte_is_a_problem_or_harmless(
    tmp_path: Path, array: NDArray[np.uint8], flip: int
) -> None:
    intact = gzip.compress(packed(array), mtime=0)
    for at in range(len(intact)):
        content = bytearray(intact)
        content[at] ^= flip
        with contextlib.suppress(ProblemError):
            np.testing.assert_array_equal(read_images(write(tmp_path, bytes(content))), array)


@same_folder
@given(content=st.binary(max_size=64))
def test_random_content_gives_an_array_or_a_problem(tmp_path: Path, content: bytes) -> None:
    for each in (content, b"\x1f\x8b" + content, b"\0\0\x08\x03" + content):
        path = write(tmp_path, each)
        for read in (read_images, read_labels):
            with contextlib.suppress(ProblemError):
                assert read(path).size > 0


def test_a_short_file_is_told_with_numbers(tmp_path: Path) -> None:
    header = bytes((0, 0, 8, 3)) + b"".join(side.to_bytes(4, "big") for side in (60000, 28, 28))
    path = write(tmp_path, header + bytes(1234), "train-images")
    assert str(problem_of(path)) == (
        "train-images: The file says 60000 images of 28×28 (47040000 bytes), but holds 1234 bytes. "
        "Download or copy the file again."
    )
    assert (
        "but holds 1234 bytes"
        in problem_of(write(tmp_path, gzip.compress(header + bytes(1234), mtime=0))).what
    )


@pytest.mark.parametrize("is_packed", [False, True])
def test_hostile_sizes_neither_overflow_nor_take_memory(tmp_path: Path, is_packed: bool) -> None:
    sides = (2**31, 2**31, 4)  # wraps to 0 in 64 bits
    content = bytes((0, 0, 8, 3)) + b"".join(side.to_bytes(4, "big") for side in sides) + bytes(8)
    problem = problem_of(write(tmp_path, gzip.compress(content, mtime=0) if is_packed else content))
    assert str(2**64) in problem.what


def test_a_gzip_bomb_is_not_unpacked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(idx, "_CHUNK", 4096)
    bomb = gzip.compress(packed(np.zeros((1, 2, 2), dtype=np.uint8)) + bytes(64 * 1024 * 1024))
    taken = 0
    read = gzip.GzipFile.read

    def counted(self: gzip.GzipFile, size: int | None = -1) -> bytes:
        nonlocal taken
        chunk = read(self, size)
        taken += len(chunk)
        return chunk

    monkeypatch.setattr(gzip.GzipFile, "read", counted)
    assert "holds more than that" in problem_of(write(tmp_path, bomb)).what
    assert taken < 100


def test_more_than_the_limit_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(idx, "LIMIT", 100)
    within, beyond = (packed(np.zeros((count, 2, 2), dtype=np.uint8)) for count in (25, 26))
    assert len(read_images(write(tmp_path, within))) == 25
    assert "more than the 100 bytes" in problem_of(write(tmp_path, beyond)).what
    assert "more than the 100 bytes" in problem_of(write(tmp_path, gzip.compress(beyond, mtime=0))).what


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "is empty"),
        (gzip.compress(b"", mtime=0), "is empty"),
        (b"\x89PNG and so on", "starts with 89 50 4e 47"),
        (packed(np.zeros(5, dtype=np.uint8)), "holds labels where images are expected"),
        (packed(np.zeros((2, 3, 3), dtype=np.uint8)) + b"x", "(18 bytes), but holds 19 bytes"),
        (packed(np.zeros((0, 28, 28), dtype=np.uint8)), "says 0 images"),
        (packed(np.zeros((1, 513, 1), dtype=np.uint8)), "513×1 pixels"),
        (gzip.compress(packed(np.zeros((2, 3, 3), dtype=np.uint8)), mtime=0)[:-9], "packing is damaged"),
    ],
)
def test_what_is_wrong_is_said(tmp_path: Path, content: bytes, words: str) -> None:
    assert words in problem_of(write(tmp_path, content)).what


def test_a_missing_file_or_a_folder_is_a_problem(tmp_path: Path) -> None:
    assert "cannot be read" in problem_of(tmp_path / "nowhere").what
    assert "cannot be read" in problem_of(tmp_path).what


def test_a_label_that_is_no_class_is_named(tmp_path: Path) -> None:
    path = write(tmp_path, packed(np.array([1, 9, 10, 3], dtype=np.uint8)))
    with pytest.raises(ProblemError, match="Label number 3 is 10, but only 0 to 9 are allowed"):
        read_labels(path)


def test_different_counts_name_both_files(tmp_path: Path) -> None:
    pictures = write(tmp_path, packed(np.zeros((3, 2, 2), dtype=np.uint8)), "a")
    labels = write(tmp_path, packed(np.zeros(2, dtype=np.uint8)), "b")
    with pytest.raises(ProblemError, match="a: The file holds 3 images, but b holds 2 labels"):
        read_digits(pictures, labels)


@pytest.mark.parametrize("joint", ["-", "."])
@pytest.mark.parametrize("ending", ["", ".gz"])
def test_the_four_files_are_found_under_their_usual_names(tmp_path: Path, joint: str, ending: str) -> None:
    names = [
        f"{part}-{content}{joint}{kind}-ubyte{ending}"
        for part in ("train", "t10k")
        for content, kind in (("images", "idx3"), ("labels", "idx1"))
    ]
    for name in names:
        write(tmp_path, b"", name)
    files = find_digit_files(tmp_path)
    found = (files.train_images, files.train_labels, files.test_images, files.test_labels)
    assert [path.name for path in found] == names


def test_a_folder_with_none_of_the_files_is_said_to_have_no_mnist(tmp_path: Path) -> None:
    write(tmp_path, b"", "notes.txt")
    with pytest.raises(ProblemError) as raised:
        find_digit_files(tmp_path)
    words = str(raised.value)
    assert words.startswith(f"There are no MNIST files in {tmp_path}. ")
    assert "train-images-idx3-ubyte" in words
    assert "t10k" in words


def test_missing_files_and_folders_are_named(tmp_path: Path) -> None:
    write(tmp_path, b"", "train-images-idx3-ubyte")
    write(tmp_path, b"", "t10k-labels.idx1-ubyte.gz")
    with pytest.raises(ProblemError, match="no train-labels-idx1-ubyte and no t10k-images-idx3-ubyte"):
        find_digit_files(tmp_path)
    with pytest.raises(ProblemError, match="no such folder"):
        find_digit_files(tmp_path / "nowhere")
    with pytest.raises(ProblemError, match="a file, not a folder"):
        find_digit_files(tmp_path / "train-images-idx3-ubyte")
