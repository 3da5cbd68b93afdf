"""A trained network is measured on its test samples, and what it says of each can be kept in a file."""

import csv
import json
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
import pytest

from neuralstudio.cli.app import run
from neuralstudio.cli.outputs import write_predictions
from neuralstudio.data._base import Samples, Signature
from neuralstudio.engine.losses import MeanSquaredError
from neuralstudio.engine.metrics import fitting_metrics
from neuralstudio.layers.dense import Dense
from neuralstudio.network.evaluate import Evaluator
from neuralstudio.network.model import Model
from neuralstudio.network.spec import stack
from neuralstudio.project.document import Project
from neuralstudio.project.examples import example
from neuralstudio.project.file import load, save
from tests.cli.conftest import plain
from tests.cli.test_commands import RecordingWindow

TEXT = "abracadabra! " * 120


def measured(capsys: pytest.CaptureFixture[str], *arguments: str | Path) -> dict[str, Any]:
    capsys.readouterr()
    assert run(["evaluate", *map(str, arguments), "--json"], RecordingWindow()) == 0
    printed = capsys.readouterr()
    assert printed.err == ""
    assert printed.out.count("\n") == 1
    found: dict[str, Any] = json.loads(printed.out)
    return found


def in_words(capsys: pytest.CaptureFixture[str], *arguments: str | Path) -> list[str]:
    capsys.readouterr()
    assert run(["evaluate", *map(str, arguments)], RecordingWindow()) == 0
    return capsys.readouterr().out.splitlines()


def rows(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def mnist(folder: Path, images: np.ndarray, labels: list[int]) -> Path:
    """A folder of MNIST files, the same samples to train and to test with."""
    folder.mkdir()
    sides = b"".join(side.to_bytes(4, "big") for side in images.shape)
    for part in ("train", "t10k"):
        (folder / f"{part}-images-idx3-ubyte").write_bytes(b"\0\0\x08\x03" + sides + images.tobytes())
        (folder / f"{part}-labels-idx1-ubyte").write_bytes(
            b"\0\0\x08\x01" + len(labels).to_bytes(4, "big") + bytes(labels)
        )
    return folder


@pytest.fixture
def rows_of_ink(tmp_path: Path) -> Path:
    """Twenty images with ink in one row each, which the network of ``digits_project`` calls row·10 // 28.

    All but the last one are labelled so; that one says 9 and is taken for a 0.
    """
    images = np.zeros((20, 28, 28), np.uint8)
    images[np.arange(19), np.arange(19), 4:24] = 255
    images[19, 0, 4:24] = 255
    return mnist(tmp_path / "ink", images, [*(row * 10 // 28 for row in range(19)), 9])


@pytest.fixture
def points(tmp_path: Path) -> Path:
    out = tmp_path / "xor.nstudio"
    assert run(["train", "xor", "--epochs", "3", "--out", str(out)], RecordingWindow()) == 0
    return out


@pytest.fixture
def letters(tmp_path: Path) -> Path:
    (tmp_path / "own.txt").write_text(TEXT)
    out = tmp_path / "own.nstudio"
    arguments = ["train", "shakespeare-lstm", "--data", str(tmp_path / "own.txt"), "--epochs", "1"]
    assert run([*arguments, "--out", str(out)], RecordingWindow()) == 0
    return out


def test_the_counts_say_which_class_was_taken_for_which(
    capsys: pytest.CaptureFixture[str], digits_project: Path, rows_of_ink: Path
) -> None:
    found = measured(capsys, digits_project, "--data", rows_of_ink)
    assert found["samples"] == 20
    assert found["classes"] == list("0123456789")
    expected = np.diag(np.bincount([row * 10 // 28 for row in range(19)], minlength=10))
    expected[9, 0] = 1
    assert np.array_equal(found["confusion"], expected)
    metrics = found["test_metrics"]
    assert list(metrics) == ["accuracy", "top-k", "precision", "recall", "f1"]
    assert metrics["accuracy"] == pytest.approx(19 / 20)
    assert metrics["recall"] == pytest.approx(7 / 8)  # of the eight digits there are, all but the 9
    assert metrics["precision"] == pytest.approx((6 + 3 / 4) / 8)  # the classes 0 to 6, and 9


def test_in_words_there_is_a_line_for_each_metric_and_a_table(
    capsys: pytest.CaptureFixture[str], digits_project: Path, rows_of_ink: Path
) -> None:
    lines = in_words(capsys, digits_project, "--data", rows_of_ink)
    assert lines[0].endswith("20 test samples")
    assert [line.split("  ")[0] for line in lines[2:8]] == [
        "loss",
        "accuracy",
        "top-5 accuracy",
        "precision",
        "recall",
        "F1 score",
    ]
    assert "95.00 %" in lines[3]
    assert lines[-11].split() == list("0123456789")
    assert lines[-1].split() == ["9", "1", *"000000000"]


def test_what_training_told_at_its_end_is_measured_again(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "spirals.nstudio"
    assert run(["train", "two-spirals", "--epochs", "2", "--json", "--out", str(out)], RecordingWindow()) == 0
    told = json.loads(capsys.readouterr().out.splitlines()[-1])
    found = measured(capsys, out)
    assert found["test_loss"] == told["test_loss"]
    assert found["test_metrics"] == told["test_metrics"]


def test_the_predictions_of_points_are_rows_that_agree_with_the_metrics(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], points: Path
) -> None:
    out = tmp_path / "new" / "said.csv"
    found = measured(capsys, points, "--out", out)
    assert found["saved"] == str(out)
    said = rows(out)
    assert [row["index"] for row in said] == [str(number) for number in range(found["samples"])]
    right = [row["true"] == row["predicted"] for row in said]
    assert np.mean(right) == pytest.approx(found["test_metrics"]["accuracy"])
    assert all((float(row["output"]) > 0.5) == (row["predicted"] == found["classes"][1]) for row in said)


def test_an_output_from_minus_one_to_one_is_decided_at_nought(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    text = plain(example("xor"))
    text["network"]["nodes"][-1]["layer"]["activation"] = {"kind": "tanh"}
    text["trainer"] |= {"loss": {"kind": "mean-squared-error"}, "epochs": 2}
    source, trained, out = (tmp_path / name for name in ("tanh.nstudio", "trained.nstudio", "said.npz"))
    save(source, msgspec.convert(text, Project), None)
    assert run(["train", str(source), "--out", str(trained)], RecordingWindow()) == 0
    found = measured(capsys, trained, "--out", out)
    with np.load(out, allow_pickle=False) as arrays:
        assert np.array_equal(arrays["predicted"], arrays["outputs"][:, 0] > 0)
        assert arrays["outputs"].min() < 0
        accuracy = np.mean(arrays["predicted"] == arrays["true"])
    assert accuracy == pytest.approx(found["test_metrics"]["accuracy"])


def test_a_text_has_a_prediction_for_every_step(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], letters: Path
) -> None:
    arrays_file, rows_file = tmp_path / "said.npz", tmp_path / "said.csv"
    found = measured(capsys, letters, "--out", arrays_file)
    in_words(capsys, letters, "--out", rows_file)
    steps = load(letters).project.dataset.signature.steps
    with np.load(arrays_file, allow_pickle=False) as arrays:
        assert arrays["predicted"].shape == arrays["true"].shape == (found["samples"], steps)
        assert arrays["outputs"].shape == (found["samples"], steps, len(found["classes"]))
        assert list(arrays["classes"]) == found["classes"]
        predicted = arrays["classes"][arrays["predicted"]].reshape(-1)
    assert np.sum(found["confusion"]) == found["samples"] * steps
    said = rows(rows_file)
    assert [row["predicted"] for row in said] == list(predicted)
    assert [int(row["step"]) for row in said[: steps + 1]] == [*range(steps), 0]
    assert float(said[0]["output ␣"]) >= 0


def test_a_text_with_other_characters_is_refused_in_words(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], letters: Path
) -> None:
    same, other = tmp_path / "same.txt", tmp_path / "other.txt"
    same.write_text(TEXT[::-1])
    other.write_text(TEXT.replace("c", "k"))
    assert measured(capsys, letters, "--data", same)["samples"] > 0
    assert run(["evaluate", str(letters), "--data", str(other)], RecordingWindow()) == 2
    assert "other.txt: This text has other characters" in capsys.readouterr().err


def test_data_of_another_shape_are_refused_in_words(
    capsys: pytest.CaptureFixture[str], points: Path, rows_of_ink: Path
) -> None:
    assert run(["evaluate", str(points), "--data", str(rows_of_ink)], RecordingWindow()) == 2
    printed = capsys.readouterr().err
    assert "trained for 2 inputs and 2 classes, but MNIST has 28×28 inputs and 10 classes" in printed


def test_numbers_are_measured_by_their_distance_while_progress_is_told() -> None:
    signature = Signature((2,), numbers=1)
    model = Model(stack(Dense(units=1)), signature, MeanSquaredError())
    inputs = np.random.default_rng(3).normal(size=(1200, 2)).astype(np.float32)
    outputs = model.predict(inputs)
    samples = Samples(inputs, outputs + np.float32(0.5))
    shares: list[float] = []
    found = Evaluator(model, samples, fitting_metrics(0)).run(shares.append)
    assert found.metrics["mean-absolute-error"] == pytest.approx(0.5, rel=1e-5)
    assert found.metrics["root-mean-squared-error"] == pytest.approx(0.5, rel=1e-5)
    assert found.metrics["r-squared"] == pytest.approx(1 - 0.25 / outputs.var(), rel=1e-4)
    assert found.confusion is None
    assert shares == sorted(shares)
    assert (len(shares) > 1, shares[-1]) == (True, 1.0)


@pytest.mark.parametrize(("classes", "guesses"), [(2, None), (3, 2), (6, 5), (100, 5)])
def test_as_many_guesses_are_allowed_as_leave_a_class_out(classes: int, guesses: int | None) -> None:
    top = [metric.caption for metric in fitting_metrics(classes) if metric.tag() == "top-k"]
    assert top == ([] if guesses is None else [f"Top-{guesses} accuracy"])


@pytest.mark.parametrize("count", [1, 2])
def test_numbers_are_written_beside_those_predicted(tmp_path: Path, count: int) -> None:
    truth = np.arange(3 * count, dtype=np.float32).reshape(3, count)
    out = tmp_path / "said.csv"
    write_predictions(out, Signature((1,), numbers=count), truth, truth + 0.5, truth + 0.5)
    columns = ("true", "predicted") if count == 1 else ("true 2", "predicted 2")
    last = rows(out)[-1]
    assert (last["index"], *(float(last[name]) for name in columns)) == (
        "2",
        truth[2, -1],
        truth[2, -1] + 0.5,
    )
