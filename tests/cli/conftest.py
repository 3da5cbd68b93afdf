"""What command-line tests share: commands run for real, and a small trained project of digits."""

import os
import subprocess
import sys
from pathlib import Path
from typing import Any, Protocol

import msgspec
import numpy as np
import pytest

from neuralstudio.project.document import Project, SavedRun
from neuralstudio.project.examples import example
from neuralstudio.project.file import save

ROOT = Path(__file__).resolve().parents[2]
Result = subprocess.CompletedProcess[str]


class Command(Protocol):
    def __call__(self, *arguments: str | Path) -> Result: ...


def environment() -> dict[str, str]:
    """This environment, such that the package is found and no terminal is pretended."""
    path = os.pathsep.join(filter(None, (str(ROOT), os.environ.get("PYTHONPATH"))))
    return os.environ | {"PYTHONPATH": path, "PYTHONIOENCODING": "utf-8", "NO_COLOR": "1"}


def plain(project: Project) -> dict[str, Any]:
    """A project as the plain data of its file, to be spoilt."""
    data: dict[str, Any] = msgspec.json.decode(msgspec.json.encode(project))
    return data


@pytest.fixture
def studio_command(tmp_path: Path) -> Command:
    """Runs ``python -m neuralstudio …`` in an empty folder."""

    def run(*arguments: str | Path) -> Result:
        return subprocess.run(
            [sys.executable, "-m", "neuralstudio", *map(str, arguments)],
            cwd=tmp_path,
            env=environment(),
            capture_output=True,
            encoding="utf-8",
            timeout=120,
            check=False,
        )

    return run


@pytest.fixture
def digits_project(tmp_path: Path) -> Path:
    """A "trained" project of digits whose answer is the pixel row with most ink: rows 0–1 are 0, 2–4 are 1 …

    Its weights are made by hand, so that what it must say about a picture is known.
    """
    text = plain(example("digits-mlp"))
    del text["network"]["nodes"][1]
    text["network"]["nodes"][1]["inputs"] = ["flatten-1"]
    project = msgspec.convert(text, Project)
    kernel = np.zeros((28, 28, 10), np.float32)
    for row in range(28):
        kernel[row, :, row * 10 // 28] = 2.0
    weights = {"dense-2/kernel": kernel.reshape(784, 10), "dense-2/bias": np.zeros(10, np.float32)}
    path = tmp_path / "digits.nstudio"
    save(path, project, SavedRun(weights))
    return path
