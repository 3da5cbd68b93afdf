"""Playground links on the command line: printed for a project, taken as one, and opened in the window."""

from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import replace

from neuralstudio.cli.app import run
from neuralstudio.project.examples import example
from neuralstudio.project.file import load, save
from neuralstudio.project.playground.link import parse, share
from neuralstudio.project.playground.setup import classic
from tests.cli.conftest import Command

LINK = "https://playground.tensorflow.org/#dataset=xor&networkShape=3&noise=10"


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


@pytest.mark.parametrize("text", [LINK, "#activation=relu", "x=true&dataset=xor"])
def test_a_link_opens_the_window_on_it(text: str) -> None:
    window = RecordingWindow()
    assert run([text], window) == 0
    assert window.asked == [text]


def test_a_link_too_long_is_told_and_no_window_opens(capsys: pytest.CaptureFixture[str]) -> None:
    window = RecordingWindow()
    assert run([LINK + "0" * 30_000], window) == 2
    assert window.asked == []
    told = capsys.readouterr().err
    assert told.startswith("Link: It has 30,0")
    assert told.count("\n") == 1


def test_a_file_whose_name_looks_like_a_link_is_a_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    save(Path("x=1"), example("xor"), None)
    window = RecordingWindow()
    assert run(["x=1"], window) == 0
    assert window.asked == [Path("x=1")]
    assert run(["link", "x=1"], window) == 0
    assert "dataset=xor" in capsys.readouterr().out


def test_a_name_too_long_for_a_file_is_told(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["link", "a" * 5000], RecordingWindow()) == 2
    assert "There is no example and no file of this name" in capsys.readouterr().err


def test_the_link_of_a_project_is_printed_alone_where_it_can_hold_all(studio_command: Command) -> None:
    result = studio_command("link", "playground")
    assert (result.returncode, result.stderr) == (0, "")
    assert result.stdout.strip() == share(classic()).url
    assert replace(parse(result.stdout).project, about="", question="") == replace(
        classic(), about="", question=""
    )


def test_what_a_link_cannot_hold_is_told_beside_it(studio_command: Command) -> None:
    result = studio_command("link", "circle")
    assert result.returncode == 0
    assert result.stdout.startswith("https://playground.tensorflow.org/#")
    assert result.stdout.count("\n") == 1
    assert result.stderr.startswith("The link cannot hold: ")
    assert "the optimiser Adam" in result.stderr


def test_a_trained_project_is_told_to_leave_its_weights_behind(
    studio_command: Command, tmp_path: Path
) -> None:
    assert studio_command("train", LINK, "--epochs", "1", "--out", "xor.nstudio").returncode == 0
    result = studio_command("link", str(tmp_path / "xor.nstudio"))
    assert result.returncode == 0
    assert "the trained or edited weights" in result.stderr


def test_a_project_that_is_no_playground_has_no_link(studio_command: Command) -> None:
    result = studio_command("link", "digits-mlp")
    assert (result.returncode, result.stdout) == (2, "")
    assert "one or two numbers" in result.stderr
    assert result.stderr.count("\n") == 1


def test_a_link_is_trained_like_a_project_and_its_notes_are_told(
    studio_command: Command, tmp_path: Path
) -> None:
    link = LINK.replace("noise=10", "noise=99")
    result = studio_command("train", link, "--epochs", "2", "--json", "--out", "xor.nstudio")
    assert (result.returncode, result.stderr) == (0, "noise=99 becomes 50.\n")
    opened = load(tmp_path / "xor.nstudio")
    assert opened.project.network == parse(link).project.network
    assert opened.run is not None


def test_a_wrong_link_is_one_sentence(studio_command: Command) -> None:
    result = studio_command("train", "https://playground.tensorflow.org.example.com/#a=b")
    assert (result.returncode, result.stdout) == (2, "")
    assert result.stderr.count("\n") == 1
    assert "Traceback" not in result.stderr
