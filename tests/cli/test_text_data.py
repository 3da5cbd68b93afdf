"""A network for text is trained on a text file, whatever characters it has."""

from pathlib import Path

import pytest

from neuralstudio.cli.app import run
from neuralstudio.data.sets.text import Text
from neuralstudio.layers.dense import Dense
from neuralstudio.layers.embedding import Embedding
from neuralstudio.project.file import load
from tests.cli.test_commands import RecordingWindow


def test_a_network_for_text_is_fitted_to_the_characters_of_a_file(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    text, out = tmp_path / "own.txt", tmp_path / "own.nstudio"
    text.write_text("abracadabra! " * 20)
    arguments = ["train", "shakespeare-lstm", "--data", str(text), "--epochs", "1", "--out", str(out)]
    assert run(arguments, RecordingWindow()) == 0
    assert "test accuracy" in capsys.readouterr().out
    project = load(out).project
    assert project.dataset == Text(file=str(text))
    layers = [node.layer for node in project.network]
    assert isinstance(layers[0], Embedding)
    assert isinstance(layers[-1], Dense)
    assert layers[0].vocabulary == layers[-1].units == len(set("abracadabra! "))


@pytest.mark.parametrize(
    ("path", "words"),
    [("nowhere.txt", "nowhere.txt: There is no such file"), (".", "This is a folder, not a file")],
)
def test_a_path_that_is_no_text_file_is_refused_in_words(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], path: str, words: str
) -> None:
    assert run(["train", "shakespeare-lstm", "--data", str(tmp_path / path)], RecordingWindow()) != 0
    assert words in capsys.readouterr().err
