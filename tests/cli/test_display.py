"""Without a display, the window is refused in a sentence; a picture of it can be taken all the same."""

import subprocess
import sys
from pathlib import Path

import pytest

from tests.cli.conftest import Result, environment

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="Only there is a display a matter of setting")
_DISPLAY = ("DISPLAY", "WAYLAND_DISPLAY", "QT_QPA_PLATFORM")


def without_display(folder: Path, *arguments: str) -> Result:
    return subprocess.run(
        [sys.executable, "-m", "neuralstudio", *arguments],
        cwd=folder,
        env={name: value for name, value in environment().items() if name not in _DISPLAY},
        capture_output=True,
        encoding="utf-8",
        timeout=120,
        check=False,
    )


@pytest.mark.parametrize("arguments", [[], ["my.nstudio"]])
def test_without_a_display_the_window_says_what_works_instead(tmp_path: Path, arguments: list[str]) -> None:
    result = without_display(tmp_path, *arguments)
    assert (result.returncode, result.stdout) == (2, "")
    assert result.stderr == (
        "There is no display, so the window cannot open. "
        "This works without one: neuralstudio train digits-mlp\n"
    )


def test_a_picture_needs_no_display(tmp_path: Path) -> None:
    result = without_display(tmp_path, "picture", "--out", "window.png", "--size", "640x480")
    assert (result.returncode, result.stderr) == (0, "")
    assert (tmp_path / "window.png").read_bytes().startswith(b"\x89PNG")
