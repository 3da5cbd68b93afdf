"""The set-up scripts on pretended machines: every command that would touch the real one is a stand-in."""

import os
import re
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
SCRIPTS = ("setup.sh", "run.sh", "test.sh")

pytestmark = pytest.mark.skipif(os.name != "posix", reason="the scripts are for POSIX shells")

# A Python that knows only what the scripts ask of one. PIP_SAYS makes its pip fail with that message.
PYTHON = """\
case "$*" in
    -c*) exit "${PYTHON_IS_OLD:-0}" ;;
    --version) echo "Python 3.9.2" ;;
    "-m venv .venv") mkdir -p .venv/bin && cp "$0" .venv/bin/python ;;
    "-m pip --version") ;;
    "-m pip install"*)
        shift 3
        echo "$*" >>pip-calls
        case "$*" in *${PIP_FAILS_ON:-torch==}*)
            [ -z "${PIP_SAYS:-}" ] || { echo "$PIP_SAYS"; exit 1; } ;;
        esac
        touch .venv/bin/neuralstudio && chmod +x .venv/bin/neuralstudio ;;
esac
"""

STAND_INS = {
    "python3": PYTHON,
    "python3.13": PYTHON,
    "python3.12": PYTHON,
    "python3.11": PYTHON,
    # Says that whatever is asked for is installed, but for MISSING.
    "dpkg-query": """\
for name; do case $name in -*|"${MISSING:-}") ;; *) echo "ii $name" ;; esac; done
""",
    "apt-get": "exit 1\n",
    "apt-cache": 'for name; do case $name in *t64) echo "Package: $name" ;; esac; done\n',
    "sudo": "exit 1\n",
    "id": "echo 1000\n",
    "df": 'echo "Filesystem 1024-blocks Used Available"; echo "a b 9 9 ${FREE:-99999999} 12% /x y"\n',
}

NO_NETWORK = "NewConnectionError: Failed to establish a new connection: Temporary failure in name resolution"


@dataclass
class Machine:
    """A folder with the project's scripts, and the stand-ins that they find first on the PATH."""

    project: Path
    commands: Path

    def sh(self, script: str, *arguments: str, **variables: str) -> subprocess.CompletedProcess[str]:
        """Run one of the packaging scripts from another folder, with a bare environment."""
        return subprocess.run(
            ["/bin/sh", str(self.project / "packaging" / script), *arguments],
            cwd=self.commands,
            env={"PATH": f"{self.commands}:/usr/bin:/bin", "HOME": str(self.commands), **variables},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=30,
            check=False,
        )

    def pip_calls(self) -> list[str]:
        """The arguments of each ``pip install`` so far."""
        calls = self.project / "pip-calls"
        return calls.read_text().splitlines() if calls.exists() else []

    def place(self, path: Path, body: str) -> None:
        """Write an executable shell script."""
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("#!/bin/sh\n" + body)
        path.chmod(0o755)


@pytest.fixture
def machine(tmp_path: Path) -> Machine:
    made = Machine(tmp_path / "a b" / "neural studio", tmp_path / "bin")
    shutil.copytree(ROOT / "packaging", made.project / "packaging")
    shutil.copy(ROOT / "pyproject.toml", made.project)
    for name, body in STAND_INS.items():
        made.place(made.commands / name, body)
    return made


def refusal(result: subprocess.CompletedProcess[str]) -> str:
    """The one sentence a failed script ends with."""
    assert result.returncode == 1, result
    (line,) = result.stderr.splitlines()
    assert line.startswith("NeuralStudio: ")
    assert line.endswith(".")
    return line


@pytest.mark.parametrize("script", SCRIPTS)
def test_script_is_valid_shell(script: str) -> None:
    checked = subprocess.run(
        ["/bin/sh", "-n", str(ROOT / "packaging" / script)], capture_output=True, check=False
    )
    assert (checked.returncode, checked.stderr) == (0, b"")


def test_set_up_makes_an_environment_in_a_folder_with_blanks(machine: Machine) -> None:
    result = machine.sh("setup.sh")
    assert (result.returncode, result.stderr) == (0, "")
    assert machine.pip_calls() == ["--progress-bar off -e ."]


def test_second_set_up_does_nothing(machine: Machine) -> None:
    machine.sh("setup.sh")
    again = machine.sh("setup.sh", PIP_SAYS="never asked", PIP_FAILS_ON="-e")
    assert (again.returncode, again.stdout, again.stderr) == (0, "", "")
    assert len(machine.pip_calls()) == 1


def test_test_mode_adds_tools_and_pytorch_and_serves_run_mode_too(machine: Machine) -> None:
    machine.sh("setup.sh")
    assert machine.sh("setup.sh", "test").returncode == 0
    assert machine.pip_calls()[1].endswith("-e .[test]")
    assert re.search(r" torch==[\d.]+(\+cpu)?$", machine.pip_calls()[2])
    assert re.search(r" keras==[\d.]+$", machine.pip_calls()[3])
    machine.sh("setup.sh")
    machine.sh("setup.sh", "test")
    assert len(machine.pip_calls()) == 4


def test_changed_pins_are_installed(machine: Machine) -> None:
    machine.sh("setup.sh")
    with (machine.project / "packaging" / "constraints.txt").open("a") as pins:
        pins.write("one-more==1.0\n")
    machine.sh("setup.sh")
    assert len(machine.pip_calls()) == 2


def test_missing_pytorch_is_told_and_tried_once(machine: Machine) -> None:
    for _ in range(2):
        result = machine.sh("setup.sh", "test", PIP_SAYS="No matching distribution found")
        assert result.returncode == 0
        assert "the tests that compare with it are skipped." in result.stdout
    assert len(machine.pip_calls()) == 2


def test_pytorch_is_tried_again_after_a_network_failure(machine: Machine) -> None:
    result = machine.sh("setup.sh", "test", PIP_SAYS=NO_NETWORK)
    assert result.returncode == 0
    assert "because there is no network" in result.stdout
    machine.sh("setup.sh", "test")
    assert len([call for call in machine.pip_calls() if "torch" in call]) == 2


@pytest.mark.parametrize(
    ("said", "because"),
    [
        (NO_NETWORK, "because there is no network; "),
        ("OSError: [Errno 28] No space left on device", "because the disk is full; "),
        ("error: metadata-generation-failed", "because of an error; "),
    ],
)
def test_failed_download_is_one_sentence_that_names_cause_and_log(
    machine: Machine, said: str, because: str
) -> None:
    sentence = refusal(machine.sh("setup.sh", PIP_SAYS=said, PIP_FAILS_ON="-e"))
    assert because in sentence
    log = re.search(r"details are in (.*)\.$", sentence)
    assert log is not None
    assert said in Path(log[1]).read_text()


def test_failed_download_is_made_good_by_the_next_run(machine: Machine) -> None:
    machine.sh("setup.sh", PIP_SAYS=NO_NETWORK, PIP_FAILS_ON="-e")
    assert machine.sh("setup.sh").returncode == 0
    assert (machine.project / ".venv" / "bin" / "neuralstudio").exists()


@pytest.mark.parametrize("damage", ["empty", "interrupted", "moved"])
def test_broken_environment_is_made_anew(machine: Machine, damage: str) -> None:
    machine.sh("setup.sh")
    environment = machine.project / ".venv"
    leftover = environment / "leftover"
    leftover.touch()
    if damage == "empty":
        shutil.rmtree(environment / "bin")
    elif damage == "interrupted":
        (environment / "unfinished").touch()
    else:
        moved = machine.project.with_name("elsewhere")
        machine.project.rename(moved)
        machine.project, leftover = moved, moved / ".venv" / "leftover"
    result = machine.sh("setup.sh")
    assert result.returncode == 0
    assert "Repairing" in result.stdout
    assert not leftover.exists()


def test_old_python_is_refused_before_anything_is_made(machine: Machine) -> None:
    sentence = refusal(machine.sh("setup.sh", PYTHON_IS_OLD="1"))
    assert "Python 3.11 or newer is needed, and this machine has Python 3.9.2" in sentence
    assert not (machine.project / ".venv").exists()


@pytest.mark.parametrize(("mode", "needed"), [("run", "2 GB"), ("test", "4 GB")])
def test_full_disk_is_refused_before_anything_is_made(machine: Machine, mode: str, needed: str) -> None:
    sentence = refusal(machine.sh("setup.sh", mode, FREE="1048576"))
    assert needed in sentence
    assert "only 1024 MB" in sentence
    assert not (machine.project / ".venv").exists()


def test_user_who_is_no_administrator_is_told_the_command(machine: Machine) -> None:
    sentence = refusal(machine.sh("setup.sh", MISSING="libxcb-cursor0"))
    assert '"apt-get update && apt-get install -y libxcb-cursor0"' in sentence


def test_renamed_library_counts_under_either_name(machine: Machine) -> None:
    assert machine.sh("setup.sh", MISSING="libglib2.0-0").returncode == 0
    neither = "for name; do case $name in -*|libglib*) ;; *) echo ii $name ;; esac; done\n"
    machine.place(machine.commands / "dpkg-query", neither)
    assert "apt-get install -y libglib2.0-0t64" in refusal(machine.sh("setup.sh"))


def test_unknown_mode_is_refused(machine: Machine) -> None:
    assert '"run" and "test", not "tests"' in refusal(machine.sh("setup.sh", "tests"))


@pytest.fixture
def finished(machine: Machine) -> Machine:
    """A machine that is set up, with a program that only writes down how it was called."""
    machine.place(machine.project / "packaging" / "setup.sh", "")
    machine.place(machine.project / ".venv" / "bin" / "neuralstudio", 'printf "<%s>" "$@"; echo\n')
    return machine


def test_run_hands_its_arguments_to_the_window_where_there_is_a_display(finished: Machine) -> None:
    result = finished.sh("run.sh", "my net.nstudio", DISPLAY=":7")
    assert (result.returncode, result.stdout) == (0, "<my net.nstudio>\n")


@pytest.mark.skipif(sys.platform == "darwin", reason="macOS always has a display")
def test_run_without_a_display_trains_digits_and_saves_a_picture(finished: Machine) -> None:
    result = finished.sh("run.sh")
    build = finished.project / "build"
    assert result.returncode == 0
    said = result.stdout
    assert "no display" in said
    assert f"<train><digits-mlp><--out><{build}/digits-mlp.nstudio>\n" in said
    assert f"<picture><--out><{build}/window.png><{build}/digits-mlp.nstudio>\n" in said
    assert said.endswith(f"{build}/window.png\n")


def test_run_stops_where_set_up_fails(finished: Machine) -> None:
    finished.place(finished.project / "packaging" / "setup.sh", "exit 1\n")
    result = finished.sh("run.sh", DISPLAY=":7")
    assert (result.returncode, result.stdout) == (1, "")
