"""A layer's weights go out into a file and come back; whatever does not fit is told in a sentence."""

from collections.abc import Mapping
from pathlib import Path
from zipfile import ZipFile

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import array_shapes, arrays

from neuralstudio.engine.graph import Array, Shape
from neuralstudio.schema.problem import ProblemError
from neuralstudio.session.layer_weights import MOST_CELLS, export_weights, read_weights

KERNEL: Mapping[str, Shape] = {"kernel": (3, 2)}
WEIGHTS: dict[str, Array] = {
    "kernel": np.arange(6, dtype=np.float32).reshape(3, 2) / 7,
    "bias": np.array([0.1, -2e-30], np.float32),
}
SHAPES: dict[str, Shape] = {name: array.shape for name, array in WEIGHTS.items()}


def refusal(path: Path, wanted: Mapping[str, Shape] = KERNEL) -> str:
    """The sentence with which a file is refused."""
    with pytest.raises(ProblemError) as caught:
        read_weights(path, wanted)
    assert caught.value.problems[0].where == path.name
    return caught.value.problems[0].what


finite = st.floats(width=32, allow_nan=False, allow_infinity=False)


@settings(deadline=None, max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    array=arrays(np.float32, array_shapes(min_dims=1, max_dims=4, max_side=5), elements=finite),
    suffix=st.sampled_from([".npy", ".npz", ".csv", ".CSV"]),
)
def test_any_weight_comes_back_bit_for_bit_from_any_kind_of_file(
    tmp_path: Path, array: Array, suffix: str
) -> None:
    path = tmp_path / f"w{suffix}"
    export_weights(path, {"kernel": array})
    back = read_weights(path, {"kernel": array.shape})["kernel"]
    assert back.dtype == np.float32
    assert np.array_equal(back.view(np.uint32) & 0x7FFFFFFF, array.view(np.uint32) & 0x7FFFFFFF)
    np.testing.assert_array_equal(back, array)


def test_an_archive_has_all_weights_of_the_layer_and_may_have_some(tmp_path: Path) -> None:
    export_weights(tmp_path / "all.npz", WEIGHTS)
    back = read_weights(tmp_path / "all.npz", SHAPES)
    assert back.keys() == WEIGHTS.keys()
    np.testing.assert_array_equal(back["bias"], WEIGHTS["bias"])
    export_weights(tmp_path / "one.npz", {"bias": WEIGHTS["bias"]})
    assert list(read_weights(tmp_path / "one.npz", SHAPES)) == ["bias"]


def test_a_text_has_a_line_for_each_row_and_its_shape_in_the_first(tmp_path: Path) -> None:
    export_weights(tmp_path / "k.csv", {"kernel": np.array([[1, 2], [0.5, -3]], np.float32)})
    assert (tmp_path / "k.csv").read_text() == "# kernel 2×2\n1,2\n0.5,-3\n"
    export_weights(tmp_path / "c.csv", {"kernel": np.zeros((2, 2, 1, 3), np.float32)})
    lines = (tmp_path / "c.csv").read_text().splitlines()
    assert lines == ["# kernel 2×2×1×3", *4 * ["0,0,0"]]


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("1,2\n3,4\n5,6\n", (3, 2)),
        ("\ufeff1;2\r\n3;4\r\n5;6,0\r\n", (3, 2)),
        ("# anything\n1, 2\n\n3, 4\n5, 6", (3, 2)),
        ("1\n2\n3\n4\n5\n6\n", (6,)),
        ("1,2,3,4,5,6", (6,)),
        ("1,2\n3,4\n5,6\n", (1, 3, 2)),
    ],
)
def test_texts_of_other_programs_are_understood(tmp_path: Path, text: str, wanted: Shape) -> None:
    (tmp_path / "k.csv").write_text(text, encoding="utf-8", newline="")
    back = read_weights(tmp_path / "k.csv", {"kernel": wanted})["kernel"]
    np.testing.assert_array_equal(back, np.arange(1, 7).reshape(wanted))


def test_a_wrong_shape_is_told_with_both_shapes(tmp_path: Path) -> None:
    for suffix in (".npy", ".npz", ".csv"):
        path = tmp_path / f"k{suffix}"
        export_weights(path, {"kernel": np.zeros((10, 10), np.float32)})
        assert refusal(path) == "kernel is 3×2, the file has 10×10"
    export_weights(tmp_path / "c.csv", {"kernel": np.zeros((3, 1, 2), np.float32)})
    assert refusal(tmp_path / "c.csv") == "kernel is 3×2, the file has 3×1×2"


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("1,2\n3,x4\n5,6\n", "Line 2 has “x4”, which is no number"),
        ("# k\n1,2\n3,\n5,6\n", "Line 3 has “”, which is no number"),
        ("1,2\n3,4,5\n5,6\n", "Line 2 has 3 numbers, the lines before have 2"),
        ("1,2\n3,nan\n5,6\n", "kernel has numbers that are not finite, or too large"),
        ("1,2\n3,1e39\n5,6\n", "kernel has numbers that are not finite, or too large"),
        ("", "kernel is 3×2, the file has 0×1"),
    ],
)
def test_a_text_that_is_wrong_is_refused_with_its_line(tmp_path: Path, text: str, sentence: str) -> None:
    (tmp_path / "k.csv").write_text(text)
    assert refusal(tmp_path / "k.csv") == sentence


def test_a_file_that_is_much_too_large_is_not_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "k.csv").write_text("0," * 5000)
    monkeypatch.setattr(Path, "read_text", lambda *_a, **_k: pytest.fail("it was read"))
    assert "far more than kernel (3×2) can need" in refusal(tmp_path / "k.csv")
    header = b"{'descr': '<f8', 'fortran_order': False, 'shape': (1000000, 1000000), }\n"
    (tmp_path / "k.npy").write_bytes(b"\x93NUMPY\x01\x00" + len(header).to_bytes(2, "little") + header)
    assert refusal(tmp_path / "k.npy") == "kernel is 3×2, the file has 1000000×1000000"


def test_pickled_objects_are_never_loaded(tmp_path: Path) -> None:
    for suffix, save in ((".npy", np.save), (".npz", lambda path, array: np.savez(path, kernel=array))):
        path = tmp_path / f"k{suffix}"
        save(path, np.full((3, 2), Trap(), object))
        assert refusal(path) == "kernel has Python objects, which are not read"
    assert not Trap.sprung


class Trap:
    """Tells when somebody unpickles it."""

    sprung = False

    def __reduce__(self) -> tuple[object, ...]:
        return _spring, ()


def _spring() -> Trap:
    Trap.sprung = True
    return Trap()


def test_broken_and_foreign_files_are_refused(tmp_path: Path) -> None:
    npy, npz, csv = (tmp_path / f"k.{suffix}" for suffix in ("npy", "npz", "csv"))
    npy.write_bytes(b"no numbers at all")
    npz.write_bytes(b"PK\x03\x04 and no more")
    csv.write_bytes(b"\xff\xfe\x00")
    assert refusal(npy) == "kernel is not in NumPy's format"
    assert refusal(npz) == "It is no .npz file, or a damaged one"
    assert refusal(csv) == "It is no text"
    np.save(npy, np.zeros((3, 2)))
    npy.write_bytes(npy.read_bytes()[:-8])
    assert refusal(npy) == "It ends in the middle of kernel"
    np.save(npy, np.full((3, 2), 1j))
    assert refusal(npy) == "kernel has values of the kind complex128, which are not read"
    np.savez(npz, weights=np.zeros(3))
    assert refusal(npz) == "It holds weights"
    with ZipFile(npz, "w"):
        pass
    assert refusal(npz) == "It holds no weights"
    assert "cannot be read" in refusal(tmp_path / "none.npy")
    assert refusal(tmp_path / "k.h5") == "Weights are kept as .npy, .npz or .csv"


def test_whole_and_double_numbers_and_columns_first_are_taken(tmp_path: Path) -> None:
    np.save(tmp_path / "k.npy", np.asfortranarray(np.arange(6).reshape(3, 2)))
    back = read_weights(tmp_path / "k.npy", KERNEL)["kernel"]
    np.testing.assert_array_equal(back, np.arange(6).reshape(3, 2))


def test_what_cannot_be_written_is_told_and_the_old_file_stays(tmp_path: Path) -> None:
    def told(path: Path, named: Mapping[str, Array]) -> str:
        with pytest.raises(ProblemError) as caught:
            export_weights(path, named)
        return caught.value.problems[0].what

    assert told(tmp_path / "w.npy", WEIGHTS) == "A .npy file holds one weight, not 2"
    assert "1,000,001 numbers" in told(tmp_path / "w.csv", {"bias": np.zeros(MOST_CELLS + 1, np.float32)})
    assert "cannot be saved" in told(tmp_path / "no folder" / "w.npy", {"bias": WEIGHTS["bias"]})
    (tmp_path / "folder.npy").mkdir()
    assert "cannot be saved" in told(tmp_path / "folder.npy", {"bias": WEIGHTS["bias"]})
    assert [path.name for path in tmp_path.iterdir()] == ["folder.npy"], "nothing half-written is left"
