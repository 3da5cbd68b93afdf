"""The commands of the command line, run as a person or a program runs them."""

import json
import re
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
import pytest

from neuralstudio.cli.app import run
from neuralstudio.cli.progress import Bar, Outcome
from neuralstudio.project.document import Project
from neuralstudio.project.examples import example, example_names
from neuralstudio.project.file import load, save
from neuralstudio.schema.problem import Problem, ProblemError
from tests.cli.conftest import Command, environment, plain

FAMILIES = (
    "layers datasets examples losses optimisers activations initialisers metrics trainers".split()  # noqa: SIM905
)


class RecordingWindow:
    """Stands for the window: notes what it was asked for."""

    def __init__(self) -> None:
        self.asked: list[Any] = []

    def open(self, path: Path | None) -> int:
        self.asked.append(path)
        return 0

    def open_link(self, text: str) -> int:
        self.asked.append(text)
        return 0

    def picture(self, path: Path | None, out: Path, size: tuple[int, int], theme: str) -> None:
        self.asked.append((path, out, size, theme))
        out.write_bytes(b"a picture")


def lines(text: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in text.splitlines()]


def test_training_an_example_tells_every_event_as_a_line_of_json(studio_command: Command) -> None:
    result = studio_command("train", "xor", "--epochs", "2", "--seed", "7", "--json")
    assert (result.returncode, result.stderr) == (0, "")
    events = lines(result.stdout)
    assert [each["event"] for each in events] == ["started", "step", "epoch", "epoch", "finished"]
    assert events[0]["epochs"] == 2
    assert events[1]["samples_per_second"] > 0
    last = events[-1]
    assert {"event", "test_accuracy", "test_loss", "epochs", "seconds", "seconds_per_epoch"} <= last.keys()
    assert last["epochs"] == 2
    assert last["is_complete"] is True
    assert last["test_accuracy"] == events[-2]["test_accuracy"] == last["test_metrics"]["accuracy"]
    assert last["test_metrics"].keys() == {"accuracy", "precision", "recall", "f1"}
    assert all(0 <= value <= 1 for value in last["test_metrics"].values())
    assert last["seconds_per_epoch"] == pytest.approx(last["seconds"] / 2)


def test_the_same_seed_trains_the_same_network(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    runs = []
    for name, seed in (("a", "7"), ("b", "7"), ("c", "8")):
        path = tmp_path / f"{name}.nstudio"
        arguments = ["train", "xor", "--epochs", "2", "--seed", seed, "--out", str(path)]
        assert run(arguments, RecordingWindow()) == 0
        opened = load(path).run
        assert opened is not None
        runs.append(opened.weights["dense-1/kernel"].tobytes())
    assert runs[0] == runs[1]
    assert runs[0] != runs[2]


def test_training_in_words_ends_with_accuracy_and_file(studio_command: Command, tmp_path: Path) -> None:
    result = studio_command("train", "xor", "--epochs", "1", "--out", "new/folder/xor.nstudio")
    assert (result.returncode, result.stderr) == (0, "")
    assert "Epoch 1/1" in result.stdout
    assert "Trained 1 epoch in " in result.stdout
    assert "test accuracy" in result.stdout.splitlines()[-3]
    assert re.search(
        r"^On the test data: precision [\d.]+ %, recall .*, F1 score", result.stdout, re.MULTILINE
    )
    assert result.stdout.splitlines()[-1] == "Saved to new/folder/xor.nstudio."
    opened = load(tmp_path / "new" / "folder" / "xor.nstudio")
    assert opened.run is not None
    assert opened.run.position.epoch == 1
    assert opened.project.trainer == msgspec.structs.replace(example("xor").trainer, epochs=1)


def test_a_resumed_run_ends_where_one_without_a_break_does(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    half, whole, at_once = (str(tmp_path / f"{name}.nstudio") for name in ("half", "whole", "once"))
    window = RecordingWindow()
    assert run(["train", "xor", "--epochs", "1", "--out", half], window) == 0
    assert run(["train", half, "--resume", "--epochs", "2", "--out", whole], window) == 0
    assert run(["train", "xor", "--epochs", "2", "--out", at_once], window) == 0
    first, second = load(Path(whole)).run, load(Path(at_once)).run
    assert first is not None
    assert second is not None
    assert all(np.array_equal(first.weights[name], array) for name, array in second.weights.items())
    assert run(["train", whole, "--resume", "--json"], window) == 0
    last = lines(capsys.readouterr().out.strip().splitlines()[-1])[0]
    assert last["epochs"] == 4  # a finished run goes on for as long again


def test_a_resumed_run_tells_what_was_trained_now_and_what_overall(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    first, second = tmp_path / "a.nstudio", tmp_path / "b.nstudio"
    window = RecordingWindow()
    assert run(["train", "xor", "--epochs", "2", "--out", str(first)], window) == 0
    assert "Trained 2 epochs in " in capsys.readouterr().out
    assert run(["train", str(first), "--resume", "--epochs", "1"], window) == 0
    assert "Trained 1 epoch now, 3 overall, in " in capsys.readouterr().out
    resume = ["train", str(first), "--resume", "--epochs", "4", "--json", "--out", str(second)]
    assert run(resume, window) == 0
    last = lines(capsys.readouterr().out)[-1]
    assert (last["epochs"], last["epochs_now"]) == (4, 2)
    assert last["seconds_per_epoch"] == pytest.approx(last["seconds"] / 2)
    before, after = load(first).run, load(second).run
    assert before is not None
    assert after is not None
    assert last["seconds"] == pytest.approx(after.position.seconds - before.position.seconds)


def test_hours_are_told_in_whole_seconds(capsys: pytest.CaptureFixture[str]) -> None:
    Bar("accuracy").finish(Outcome("finished", "", True, 5, 5, 0.1, 0.9, 6172.0, 1234.4, None))
    assert "Trained 5 epochs in 6,172 s (1,234 s an epoch): test accuracy 90.00 %" in capsys.readouterr().out


def test_without_resume_a_project_trains_from_its_start(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    first, second = tmp_path / "a.nstudio", tmp_path / "b.nstudio"
    assert run(["train", "xor", "--epochs", "1", "--out", str(first)], RecordingWindow()) == 0
    assert run(["train", str(first), "--out", str(second)], RecordingWindow()) == 0
    one, other = load(first).run, load(second).run
    assert one is not None
    assert other is not None
    assert np.array_equal(one.weights["dense-1/kernel"], other.weights["dense-1/kernel"])


def test_an_interrupt_saves_what_was_learnt(tmp_path: Path) -> None:
    out = tmp_path / "spirals.nstudio"
    command = [sys.executable, "-m", "neuralstudio", "train", "two-spirals", "--epochs", "1000000"]
    with subprocess.Popen(
        [*command, "--json", "--out", str(out)],
        cwd=tmp_path,
        env=environment(),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        encoding="utf-8",
    ) as process:
        assert process.stdout is not None
        while '"epoch"' not in process.stdout.readline():
            assert process.poll() is None
        process.send_signal(signal.SIGINT)
        rest, errors = process.communicate(timeout=60)
    assert (process.returncode, errors) == (130, "")
    last = lines(rest)[-1]
    assert last["event"] == "interrupted"
    assert last["is_complete"] is False
    assert 0 <= last["test_accuracy"] <= 1
    saved = load(out).run
    assert saved is not None
    assert saved.position.step > 0
    assert saved.position.epoch == last["epochs"]


def test_a_diverging_run_says_so_and_keeps_the_last_good_weights(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    text = plain(example("xor"))
    for node in text["network"]["nodes"]:
        node["layer"]["activation"] = {"kind": "linear"}
    text["trainer"] |= {
        "loss": {"kind": "mean-squared-error"},
        "optimiser": {"kind": "sgd", "learning_rate": 10.0},
    }
    source, out = tmp_path / "wild.nstudio", tmp_path / "out.nstudio"
    save(source, msgspec.convert(text, Project), None)
    assert run(["train", str(source), "--json", "--out", str(out)], RecordingWindow()) == 3
    printed = capsys.readouterr()
    events = lines(printed.out)
    assert [each["event"] for each in events[-2:]] == ["warning", "finished"]
    assert events[-2]["is_fatal"] is True
    assert events[-1]["is_complete"] is False
    assert printed.err.count("\n") == 1
    assert "Lower the learning rate" in printed.err
    saved = load(out).run
    assert saved is not None
    assert all(np.isfinite(array).all() for array in saved.weights.values())


@pytest.mark.parametrize("family", FAMILIES)
def test_every_family_is_listed(family: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["list", family, "--json"], RecordingWindow()) == 0
    printed = capsys.readouterr().out
    assert printed.count("\n") == 1
    entries = json.loads(printed)
    assert entries
    for entry in entries:
        assert entry.keys() == {"name", "title", "summary", "fields"}
        assert entry["name"]
        assert entry["title"]
        for field in entry["fields"]:
            assert field.keys() == {"name", "title", "type", "allowed", "default"}
    assert run(["list", family], RecordingWindow()) == 0
    words = capsys.readouterr().out
    assert all(entry["title"] in words for entry in entries)


def test_dense_is_listed_with_what_its_units_may_be(capsys: pytest.CaptureFixture[str]) -> None:
    run(["list", "layers", "--json"], RecordingWindow())
    dense = next(each for each in json.loads(capsys.readouterr().out) if each["name"] == "dense")
    units = next(field for field in dense["fields"] if field["name"] == "units")
    assert units["allowed"] == "a whole number from 1 to 65536"
    assert units["default"] == 32


@pytest.mark.parametrize("name", example_names())
def test_every_example_passes_its_check(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["check", name], RecordingWindow()) == 0
    printed = capsys.readouterr()
    assert "The network can be trained." in printed.out
    assert printed.err == ""


def test_a_check_shows_shapes_and_weights_and_names_what_is_wrong(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["check", "digits-mlp"], RecordingWindow()) == 0
    words = capsys.readouterr().out
    assert "101,770 weights" in words
    assert "100,480" in words
    text = plain(example("digits-mlp"))
    text["network"]["nodes"].pop(0)
    text["network"]["nodes"][0]["inputs"] = ["data"]
    save(tmp_path / "flat.nstudio", msgspec.convert(text, Project), None)
    assert run(["check", str(tmp_path / "flat.nstudio")], RecordingWindow()) == 2
    assert "Insert Flatten" in capsys.readouterr().err


def test_the_data_of_a_project_become_arrays_in_a_file(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "deeper" / "xor.npz"
    assert run(["data", "xor", "--out", str(out)], RecordingWindow()) == 0
    data = example("xor").dataset.load(1)
    with np.load(out, allow_pickle=False) as arrays:
        assert sorted(arrays) == ["x_test", "x_train", "y_test", "y_train"]
        assert np.array_equal(arrays["x_train"], data.train.inputs)
        assert np.array_equal(arrays["y_test"], data.test.targets)


def test_without_a_command_the_window_opens(tmp_path: Path) -> None:
    window = RecordingWindow()
    assert run([], window) == 0
    assert run([str(tmp_path / "a.nstudio")], window) == 0
    assert window.asked == [None, tmp_path / "a.nstudio"]


def test_a_picture_is_asked_of_the_window(tmp_path: Path, digits_project: Path) -> None:
    window, out = RecordingWindow(), tmp_path / "new" / "window.png"
    arguments = ["picture", "--out", str(out), "--size", "800x600", "--theme", "light", str(digits_project)]
    assert run(arguments, window) == 0
    assert run(["picture", "--out", str(out)], window) == 0
    assert window.asked == [(digits_project, out, (800, 600), "light"), (None, out, (1440, 900), "dark")]


def test_a_problem_in_the_window_is_one_sentence_too(capsys: pytest.CaptureFixture[str]) -> None:
    class BrokenWindow(RecordingWindow):
        def open(self, path: Path | None) -> int:  # noqa: ARG002
            raise ProblemError(Problem("window", "It\ncannot open", "Try again."))

    assert run([], BrokenWindow()) == 2
    assert capsys.readouterr().err == "window: It cannot open. Try again.\n"


def test_the_version_is_told(studio_command: Command) -> None:
    result = studio_command("--version")
    assert (result.returncode, result.stderr) == (0, "")
    assert result.stdout.startswith("NeuralStudio ")


def test_no_command_imports_qt(tmp_path: Path, digits_project: Path) -> None:
    from PIL import Image

    digit = Image.new("L", (28, 28))
    digit.paste(255, (12, 4, 16, 24))
    digit.save(tmp_path / "one.png")
    script = """
import sys
from pathlib import Path
from neuralstudio.__main__ import _Window
from neuralstudio.cli.app import run

commands = [
    ["list", "layers"], ["check", "xor"], ["train", "xor", "--epochs", "1"],
    ["data", "xor", "--out", "xor.npz"], ["predict", "digits.nstudio", "one.png"], ["--help"],
    ["evaluate", "digits.nstudio", "--out", "said.npz"],
]
for command in commands:
    assert run(command, _Window()) == 0, command
    found = [name for name in sys.modules if name.split(".")[0] in ("PySide6", "pyqtgraph", "shiboken6")]
    assert not found, (command, found)
"""
    result = subprocess.run(
        [sys.executable, "-c", script],
        cwd=tmp_path,
        env=environment(),
        capture_output=True,
        encoding="utf-8",
        timeout=120,
        check=False,
    )
    assert result.returncode == 0, result.stderr
