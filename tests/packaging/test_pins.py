"""What the repository promises about itself: pinned versions and a tidy top level."""

import re
import shutil
import subprocess
import tomllib
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
TOP_LEVEL = {
    "pyproject.toml",
    "README.md",
    "LICENSE",
    "CHANGELOG.md",
    "neuralstudio",
    "resources",
    "tests",
    "packaging",
}
MADE_HERE = {"build", "dist"}


def canonical(name: str) -> str:
    """A package's name as the packaging rules compare names (PEP 503)."""
    return re.sub(r"[-_.]+", "-", name).lower()


def pins() -> dict[str, str]:
    """Package name to pinned version, from the constraints file; fails on any other kind of line."""
    found: dict[str, str] = {}
    for line in (ROOT / "packaging" / "constraints.txt").read_text(encoding="utf-8").splitlines():
        if line and not line.startswith("#"):
            pin = re.fullmatch(r"([A-Za-z0-9._-]+)==([0-9][A-Za-z0-9.]*)", line)
            assert pin is not None, f"not a name==version line: {line}"
            assert canonical(pin[1]) not in found, f"pinned twice: {pin[1]}"
            found[canonical(pin[1])] = pin[2]
    return found


def test_every_dependency_is_pinned() -> None:
    with (ROOT / "pyproject.toml").open("rb") as stream:
        declared = tomllib.load(stream)
    project = declared["project"]
    wanted = [
        *declared["build-system"]["requires"],
        *project["dependencies"],
        *(name for extra in project["optional-dependencies"].values() for name in extra),
    ]
    names = {canonical(re.split(r"[^A-Za-z0-9._-]", entry)[0]) for entry in wanted}
    assert names - pins().keys() == set()


def test_constraints_name_no_address() -> None:
    text = (ROOT / "packaging" / "constraints.txt").read_text(encoding="utf-8")
    assert not re.search(r"://|@|--", text)


def test_top_level_holds_only_the_known_names() -> None:
    names = {path.name for path in ROOT.iterdir()} - MADE_HERE
    if shutil.which("git") and (ROOT / ".git").exists():
        listed = subprocess.run(
            ["git", "ls-files", "--cached", "--others", "--exclude-standard"],
            cwd=ROOT,
            capture_output=True,
            text=True,
            check=False,
        )
        if listed.returncode == 0:
            names = {line.split("/")[0] for line in listed.stdout.splitlines()}
    assert {name for name in names if not name.startswith(".")} - TOP_LEVEL == set()
