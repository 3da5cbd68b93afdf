"""The PyTorch script runs unchanged in several processes, and learns what it learns in one."""

import os
import re
import subprocess
import sys
from pathlib import Path

import msgspec
import psutil
import pytest

from neuralstudio.data.sets.pen_digits import PenDigits
from neuralstudio.export.registry import SCRIPTS
from neuralstudio.project.document import Project
from neuralstudio.project.examples import example
from neuralstudio.project.file import save
from tests.cli.conftest import environment

pytestmark = [pytest.mark.peers, pytest.mark.timeout(240)]
TORCHRUN = ("-m", "torch.distributed.run", "--standalone", "--nproc_per_node", "2")


def digits() -> Project:
    project = example("digits-mlp")
    trainer = msgspec.structs.replace(project.trainer, epochs=3)
    return msgspec.structs.replace(project, dataset=PenDigits(count=6000, test=1 / 3), trainer=trainer)


def run(folder: Path, *arguments: str) -> str:
    """What a Python process prints; it and all it started are gone afterwards."""
    settings = environment() | {"OMP_NUM_THREADS": "1", "CUDA_VISIBLE_DEVICES": ""}
    process = subprocess.Popen(
        [sys.executable, *arguments],
        cwd=folder,
        env=settings,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        encoding="utf-8",
    )
    try:
        printed, _ = process.communicate(timeout=200)
    finally:
        for each in (process, *_started_in(folder)):
            if each is not process or process.poll() is None:
                each.kill()
    assert process.returncode == 0, printed
    return printed


def _started_in(folder: Path) -> list[psutil.Process]:
    """Processes that work in a folder of this test's own."""
    found = []
    for each in psutil.process_iter():
        try:
            if each.pid != os.getpid() and Path(each.cwd()) == folder.resolve():
                found.append(each)
        except (psutil.Error, OSError):
            continue
    return found


def accuracies(printed: str) -> list[float]:
    return [float(number) for number in re.findall(r"accuracy (\d\.\d+)", printed)]


def test_two_processes_learn_the_digits_as_well_as_one(tmp_path: Path) -> None:
    pytest.importorskip("torch")
    (tmp_path / "digits.py").write_text(SCRIPTS["pytorch"]().script(digits()), encoding="utf-8")
    project = tmp_path / "digits.nstudio"
    save(project, digits(), None)
    run(tmp_path, "-m", "neuralstudio", "data", str(project), "--out", "pen-digits.npz")
    alone = accuracies(run(tmp_path, "digits.py"))
    together = accuracies(run(tmp_path, *TORCHRUN, "digits.py"))
    assert len(alone) == len(together) == 3  # printed by one of the two
    assert alone[-1] > 0.9
    assert abs(alone[-1] - together[-1]) <= 0.005
    assert not _started_in(tmp_path)
