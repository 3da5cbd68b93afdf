"""``neuralstudio data``: any data set with its settings goes into a file, or a sentence says why not."""

from pathlib import Path

import numpy as np
import pytest

from neuralstudio.cli.data import save_data
from neuralstudio.data.sets.circle import Circle
from neuralstudio.project.examples import example
from neuralstudio.schema.problem import ProblemError
from tests.cli.conftest import Command


def saved(source: str, out: Path, *settings: str) -> dict[str, np.ndarray]:
    save_data(source, out, list(settings))
    with np.load(out) as file:
        return dict(file)


def test_a_formula_on_the_command_line_makes_data(studio_command: Command, tmp_path: Path) -> None:
    out = tmp_path / "a.npz"
    settings = ("--set", "expression=log(x1) > x2", "--set", "count=200", "--set", "share=60")
    result = studio_command("data", "formula", *settings, "--out", out)
    assert result.returncode == 0, result.stderr
    assert result.stdout.splitlines()[0] == f"Saved 120 samples to train with and 80 to test with in {out}."
    assert "“log(x1) > x2” is not a finite number at x1 = 0, x2 = 0" in result.stdout
    with np.load(out) as file:
        x, y = file["x_train"].astype(np.float64), file["y_train"]
    np.testing.assert_array_equal(y, np.log(x[:, 0]) > x[:, 1])


def test_a_formula_that_cannot_be_read_is_told_in_one_line(studio_command: Command, tmp_path: Path) -> None:
    result = studio_command("data", "formula", "--set", "expression=x1 >", "--out", tmp_path / "a.npz")
    assert result.returncode == 2
    said = "Formula: It ends at character 5, where a number, x1, x2 or a function was expected.\n"
    assert (result.stdout, result.stderr) == ("", said)
    assert not (tmp_path / "a.npz").exists()


def test_an_example_goes_before_a_data_set_of_its_name(tmp_path: Path) -> None:
    found = saved("circle", tmp_path / "a.npz", "count=20")
    assert len(found["x_train"]) + len(found["x_test"]) == 20
    np.testing.assert_array_equal(
        found["x_train"], Circle(count=20).load(example("circle").seeds.data).train.inputs
    )


def test_points_are_given_as_a_list(tmp_path: Path) -> None:
    found = saved("painted", tmp_path / "a.npz", "points=[[0, 0, 0], [1, 1, 1], [0, 1, 0], [1, 0.5, 1]]")
    assert sorted(found["y_train"].tolist()) == [0, 1]


@pytest.mark.parametrize(
    ("source", "setting", "sentence"),
    [
        ("plane", "noise=99", "Plane · Noise: Expected a whole number from 0 to 50. Received: 99"),
        ("plane", "noise=much", "Plane · Noise: Expected a whole number from 0 to 50. Received: 'much'"),
        ("plane", "noize=5", "noize: Plane has no setting of this name. Did you mean noise?"),
        ("plane", "noise", "noise: A setting is written as NAME=VALUE"),
        ("columns", "task=maybe", "Table · Kind of target: Expected one of automatic, classes, numbers"),
        ("painted", "points=[[0, 0", "Painted points · Points: Expected at most 5,000 points"),
        ("painted", "share=50", "Painted points: No points are painted yet"),
        ("formla", "noise=5", "formla: There is no example and no file of this name"),
    ],
)
def test_a_wrong_setting_is_told_in_a_sentence(
    source: str, setting: str, sentence: str, tmp_path: Path
) -> None:
    with pytest.raises(ProblemError) as refusal:
        save_data(source, tmp_path / "a.npz", [setting])
    assert str(refusal.value).startswith(sentence)
    assert not list(tmp_path.iterdir())
