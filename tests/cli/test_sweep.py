"""The command sweep prints a row for each combination, and refuses what makes none."""

import json

import pytest

from neuralstudio.cli.app import run
from tests.cli.test_commands import RecordingWindow

RATES, ACTIVATIONS = "learning-rate=0.01,10", "activation=tanh,relu"


def test_each_combination_is_a_row_and_the_best_is_marked(capsys: pytest.CaptureFixture[str]) -> None:
    code = run(
        ["sweep", "xor", "--over", RATES, "--over", ACTIVATIONS, "--epochs", "3"], window=RecordingWindow()
    )
    assert code == 0
    head, *rows = capsys.readouterr().out.splitlines()
    assert head.split("  ")[0] == "Learning rate"
    assert [row.split()[:2] for row in rows] == [
        ["0.01", "Tanh"],
        ["0.01", "ReLU"],
        ["10", "Tanh"],
        ["10", "ReLU"],
    ]
    assert sum(row.endswith("best") for row in rows) == 1


def test_figures_come_as_json_lines(capsys: pytest.CaptureFixture[str]) -> None:
    arguments = [
        "sweep",
        "xor",
        "--over",
        "units=2,3",
        "--over",
        "seeds/weights=1,2",
        "--epochs",
        "2",
        "--json",
    ]
    assert run(arguments, window=RecordingWindow()) == 0
    cells = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert [(cell["dense-1/units"], cell["seeds/weights"]) for cell in cells] == [
        ("2", "1"),
        ("2", "2"),
        ("3", "1"),
        ("3", "2"),
    ]
    assert all(0 < cell["test_loss"] < 10 and 0 <= cell["accuracy"] <= 1 for cell in cells)


@pytest.mark.parametrize(
    ("overs", "said"),
    [
        ([RATES], "Expected two settings. Received: 1"),
        ([RATES, RATES], "Both settings are “Learning rate”"),
        ([RATES, "activation"], "Expected a setting and its values. Received: activation"),
        ([RATES, "activations=tanh"], "Did you mean activation?"),
        ([RATES, "nonsense=1"], "Settings are: optimiser/learning-rate, batch-size"),
        ([RATES, "activation=cosine"], "Received: cosine"),
    ],
)
def test_what_cannot_be_swept_is_one_sentence(
    capsys: pytest.CaptureFixture[str], overs: list[str], said: str
) -> None:
    arguments = ["sweep", "xor", *(word for over in overs for word in ("--over", over))]
    assert run(arguments, window=RecordingWindow()) == 2
    told = capsys.readouterr()
    assert said in told.err
    assert told.err.count("\n") == 1
    assert not told.out
