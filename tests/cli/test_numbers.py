"""Numbers to predict on the command line: trained, measured, saved and asked for in units people know."""

import csv
import json
from pathlib import Path

import msgspec
import numpy as np
import pytest
from msgspec.structs import replace

from neuralstudio.cli.app import run
from neuralstudio.data.sets.apartments import COLUMNS, PRICE, Apartments, worth
from neuralstudio.data.sets.pen_digits import PenDigits
from neuralstudio.project.document import Project
from neuralstudio.project.examples import example
from neuralstudio.project.file import save
from neuralstudio.schema.fields import replaced
from tests.cli.test_commands import RecordingWindow

ROW = ["area=90", "rooms=3", "floor=4", "lift=1", "balcony=1", "to-the-centre=7", "year-built=1970"]
TABLE = np.array([[90, 3, 4, 1, 1, 7, 1970]], dtype=np.float64)


@pytest.fixture(scope="module")
def trained(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A project that knows what apartments cost."""
    folder = tmp_path_factory.mktemp("apartments")
    project = replace(example("apartments"), dataset=Apartments(count=1500))
    project = replace(project, trainer=replaced(project.trainer, epochs=40))
    save(folder / "untrained.nstudio", project, None)
    out = folder / "flat.nstudio"
    assert run(["train", str(folder / "untrained.nstudio"), "--out", str(out)], RecordingWindow()) == 0
    return out


def test_the_error_is_told_in_the_unit_of_the_price(
    trained: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["evaluate", str(trained)], RecordingWindow()) == 0
    line = next(line for line in capsys.readouterr().out.splitlines() if line.startswith("mean absolute"))
    scaled = float(line.split()[3])
    assert line.endswith(f"that is {scaled * PRICE.spread:.0f} thousand €")
    assert run(["train", str(trained), "--epochs", "1"], RecordingWindow()) == 0
    assert "thousand € off on average." in capsys.readouterr().out


def test_predictions_are_saved_in_thousands_of_euros(trained: Path, tmp_path: Path) -> None:
    out = tmp_path / "prices.csv"
    assert run(["evaluate", str(trained), "--out", str(out)], RecordingWindow()) == 0
    with out.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    data = Apartments(count=1500).load(example("apartments").seeds.data)
    true = np.array([float(row["true"]) for row in rows])
    np.testing.assert_allclose(true, PRICE.real(data.test.targets[:, 0]), rtol=1e-4)
    assert np.abs(true - [float(row["predicted"]) for row in rows]).mean() < 60


def test_an_apartment_is_priced_on_the_command_line(
    trained: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    capsys.readouterr()
    assert run(["predict", str(trained), *ROW, "--json"], RecordingWindow()) == 0
    said = json.loads(capsys.readouterr().out)
    assert said["units"] == {"Price": "thousand €"}
    assert said["predicted"]["Price"] == pytest.approx(worth(TABLE)[0], rel=0.25)
    assert run(["predict", str(trained), *reversed(ROW)], RecordingWindow()) == 0
    assert capsys.readouterr().out == f"Price: {said['predicted']['Price']:.0f} thousand €\n"


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["area=90"], "6 of 7 numbers are missing. Add, for example: rooms=3"),
        ([*ROW[1:], "area=9000"], "area: Expected a number from 25 to 160. Received: 9000"),
        ([*ROW[1:], "area=much"], "Received: much"),
        ([*ROW[1:], "area"], "Received: nothing"),
        ([*ROW[1:], "area=nan"], "Received: nan"),
        ([*ROW, "aera=3"], "Did you mean area?"),
        (["picture.png"], "Columns are: area, rooms"),
    ],
)
def test_a_row_that_is_none_is_refused_in_a_sentence(
    trained: Path, capsys: pytest.CaptureFixture[str], words: list[str], told: str
) -> None:
    assert run(["predict", str(trained), *words], RecordingWindow()) == 2
    printed = capsys.readouterr().err
    assert told in printed
    assert printed.count("\n") == 1


def test_an_autoencoder_is_not_asked_which_digit_it_is(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    project = replace(example("autoencoder"), dataset=PenDigits(count=120, target="image"))
    project = replace(project, trainer=replaced(project.trainer, epochs=1))
    path, out = tmp_path / "a.nstudio", tmp_path / "b.nstudio"
    save(path, project, None)
    assert run(["train", str(path), "--out", str(out)], RecordingWindow()) == 0
    assert run(["predict", str(out), "digit.png"], RecordingWindow()) == 2
    assert "rebuilds pictures" in capsys.readouterr().err


@pytest.mark.parametrize("name", ["apartments", "curve", "sine-rnn", "autoencoder"])
def test_the_data_of_every_regression_can_be_saved(tmp_path: Path, name: str) -> None:
    count = {"autoencoder": 120}.get(name, 200)
    project: Project = replace(example(name), dataset=replaced(example(name).dataset, count=count))
    save(tmp_path / "a.nstudio", project, None)
    out = tmp_path / "x.npz"
    assert run(["data", str(tmp_path / "a.nstudio"), "--out", str(out)], RecordingWindow()) == 0
    with np.load(out, allow_pickle=False) as arrays:
        assert len(arrays["x_train"]) + len(arrays["x_test"]) == count
        assert arrays["x_train"].shape[1:] == project.dataset.signature.input_shape
        assert arrays["y_train"].shape[1:] == (project.dataset.signature.numbers,)
        assert arrays["y_train"].dtype == np.float32


def test_what_the_table_holds_is_in_the_list_of_data_sets(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["list", "datasets", "--json"], RecordingWindow()) == 0
    listed = {entry["name"]: entry for entry in msgspec.json.decode(capsys.readouterr().out)}
    assert {"apartments", "curve", "sine-wave"} <= set(listed)
    assert len(COLUMNS) == 7
