"""The command export writes a network for other programs, or says in one sentence why not."""

import csv
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from neuralstudio.export.registry import SCRIPTS, TARGETS
from neuralstudio.project.arrays import unpacked
from neuralstudio.project.examples import example
from neuralstudio.project.file import load
from tests.cli.conftest import Command, Result, environment

TAGS = [kind.tag() for kind in TARGETS]


def assert_refused(result: Result, *words: str) -> None:
    """One sentence or two on stderr, on one line, and nothing else."""
    assert result.returncode == 2
    assert result.stdout == ""
    assert len(result.stderr.splitlines()) == 1
    for word in words:
        assert word in result.stderr


@pytest.mark.parametrize("tag", TAGS)
def test_everything_there_is_can_be_written_from_a_trained_project(
    studio_command: Command, digits_project: Path, tmp_path: Path, tag: str
) -> None:
    suffix = TARGETS[tag].suffix
    result = studio_command("export", digits_project, "--to", tag, "--out", f"made/digits{suffix}")
    assert result.returncode == 0, result.stderr
    assert result.stdout == f"Saved {Path('made', f'digits{suffix}')}.\n"
    assert (tmp_path / "made" / f"digits{suffix}").stat().st_size > 50
    assert len(list((tmp_path / "made").iterdir())) == 1


def test_onnx_has_the_trained_weights_or_says_that_it_has_not(
    studio_command: Command, digits_project: Path, tmp_path: Path
) -> None:
    asked = studio_command("export", digits_project, "--to", "onnx", "--weights", "--out", "a.onnx")
    assert asked.stdout == "Saved a.onnx.\n"
    assert (
        studio_command("export", digits_project, "--to", "onnx", "--out", "b.onnx").stdout
        == "Saved b.onnx.\n"
    )
    assert (tmp_path / "a.onnx").read_bytes() == (tmp_path / "b.onnx").read_bytes()
    untrained = studio_command("export", "digits-mlp", "--to", "onnx", "--out", "c.onnx")
    assert untrained.stdout == "Saved c.onnx with untrained weights.\n"


def test_the_help_names_everything_there_is(studio_command: Command) -> None:
    told = " ".join(studio_command("export", "--help").stdout.split())
    for tag in TAGS:
        assert tag in told


@pytest.mark.parametrize("tag", [kind.tag() for kind in SCRIPTS])
def test_a_script_goes_to_a_file_or_to_standard_output(
    studio_command: Command, tmp_path: Path, tag: str
) -> None:
    expected = SCRIPTS[tag]().script(example("digits-mlp"))
    assert studio_command("export", "digits-mlp", "--to", tag, "--out", "-").stdout == expected
    assert studio_command("export", "digits-mlp", "--to", tag, "--out", "digits.py").returncode == 0
    assert (tmp_path / "digits.py").read_text(encoding="utf-8") == expected


def test_a_script_with_weights_has_them_beside_it_and_uses_them(
    studio_command: Command, digits_project: Path, tmp_path: Path
) -> None:
    result = studio_command("export", digits_project, "--to", "numpy", "--out", "digits.py", "--weights")
    assert result.stdout == "Saved digits.py and digits.safetensors.\n"
    stored = unpacked((tmp_path / "digits.safetensors").read_bytes(), "digits", "weights")
    run = load(digits_project).run
    assert run is not None
    assert stored.keys() == run.weights.keys()
    assert all(np.array_equal(stored[name], run.weights[name]) for name in stored)
    studio_command("data", digits_project, "--out", "pen-digits.npz")
    ran = subprocess.run(
        [sys.executable, "digits.py"], cwd=tmp_path, env=environment(), capture_output=True, check=False
    )
    assert ran.returncode == 0, ran.stderr
    assert ran.stdout.decode().startswith("test loss ")


def test_a_file_that_was_there_is_replaced_and_named(studio_command: Command, tmp_path: Path) -> None:
    (tmp_path / "xor.py").write_text("mine")
    result = studio_command("export", "xor", "--to", "keras", "--out", "xor.py")
    assert result.stdout == "Saved xor.py (replaced the xor.py of before).\n"


@pytest.mark.parametrize("to", [("keras", "--weights"), ("pytorch", "--weights"), ("safetensors",)])
def test_weights_of_what_was_never_trained_are_refused(
    studio_command: Command, tmp_path: Path, to: tuple[str, ...]
) -> None:
    out = f"xor{TARGETS[to[0]].suffix}"
    result = studio_command("export", "xor", "--out", out, "--to", *to)
    assert_refused(result, "not trained yet", "neuralstudio train xor")
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("xor", "--to", "kerass", "--out", "x.py"), "Did you mean keras?"),
        (("xor", "--to", "tensorflow", "--out", "x.py"), "keras, pytorch, numpy"),
        (("xorr", "--to", "keras", "--out", "x.py"), "Did you mean xor?"),
        (("xor", "--to", "keras", "--out", "x.txt"), "End its name in .py."),
        (("xor", "--to", "onnx", "--out", "-"), "ONNX cannot be printed"),
        (("xor", "--to", "summary-csv", "--out", "x.csv", "--weights"), "no place for weights"),
        (("missing.nstudio", "--to", "keras", "--out", "x.py"), "missing.nstudio"),
        (("xor", "--to", "keras"), "--out"),
        (("xor", "--out", "x.py"), "--to"),
    ],
)
def test_bad_input_gets_one_sentence(
    studio_command: Command, tmp_path: Path, arguments: tuple[str, ...], words: str
) -> None:
    assert_refused(studio_command("export", *arguments), words)
    assert not list(tmp_path.iterdir())


def test_weights_cannot_be_printed(studio_command: Command, digits_project: Path) -> None:
    result = studio_command("export", digits_project, "--to", "keras", "--weights", "--out", "-")
    assert_refused(result, "Weights cannot be printed")


def test_a_folder_is_no_file(studio_command: Command, tmp_path: Path) -> None:
    (tmp_path / "x.py").mkdir()
    result = studio_command("export", "xor", "--to", "keras", "--out", "x.py")
    assert_refused(result, "This is a folder")


def test_the_summary_has_a_row_for_each_layer(studio_command: Command) -> None:
    printed = studio_command("export", "digits-mlp", "--to", "summary-csv", "--out", "-").stdout
    rows = list(csv.reader(printed.splitlines()))
    assert rows[0] == ["Layer", "Kind", "Reads", "Output shape", "Weights", "FLOPs per sample"]
    assert [row[0] for row in rows[1:]] == ["Flatten 1", "Dense 1", "Dense 2", "Total"]
    assert rows[2][2:5] == ["Flatten 1", "128", str(784 * 128 + 128)]
    assert int(rows[-1][4]) == sum(int(row[4]) for row in rows[1:-1])
