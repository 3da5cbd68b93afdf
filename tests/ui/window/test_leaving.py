"""Before unsaved work is left, a person is asked; nothing is lost without a yes."""

from collections.abc import Callable
from pathlib import Path

import pytest
from PySide6.QtWidgets import QFileDialog

from neuralstudio.project.document import Project
from neuralstudio.project.examples import example
from neuralstudio.project.file import load, save
from neuralstudio.ui.files import Files
from neuralstudio.ui.studio import Studio
from tests.ui.window.conftest import Answer, Told
from tests.ui.window.runs import ENDLESS, Trained, edit, project

Leave = Callable[[Files, Path], object]
LEAVE: dict[str, Leave] = {
    "new": lambda files, _path: files.new(),
    "example": lambda files, _path: files.open_example("two-spirals"),
    "open": lambda files, path: files.open(path),
}


@pytest.mark.parametrize("way", LEAVE)
def test_nothing_is_asked_while_nothing_is_unsaved(
    studio: Studio, files: Told, tmp_path: Path, answer: Answer, way: str
) -> None:
    save(tmp_path / "other.nstudio", example("two-spirals"), None)
    asked = answer("Cancel")
    studio.document.open(project())
    LEAVE[way](files, tmp_path / "other.nstudio")
    assert not asked
    assert studio.document.project != project()


@pytest.mark.parametrize("way", LEAVE)
def test_cancel_stays(studio: Studio, files: Told, tmp_path: Path, answer: Answer, way: str) -> None:
    save(tmp_path / "other.nstudio", example("two-spirals"), None)
    asked = answer("Cancel")
    studio.document.open(project())
    edit(studio)
    edited = studio.document.project
    LEAVE[way](files, tmp_path / "other.nstudio")
    (question,) = asked
    assert "“Small” has changes that are not saved." in question
    assert studio.document.project is edited
    assert studio.document.is_dirty


@pytest.mark.parametrize("way", LEAVE)
def test_discard_leaves_and_writes_nothing(
    studio: Studio, files: Told, tmp_path: Path, answer: Answer, way: str
) -> None:
    other = tmp_path / "other.nstudio"
    save(other, example("two-spirals"), None)
    answer("Discard")
    studio.document.open(project())
    edit(studio)
    LEAVE[way](files, other)
    assert studio.document.project in (Project(), example("two-spirals"))
    assert not studio.document.is_dirty
    assert [path.name for path in tmp_path.glob("*.nstudio")] == ["other.nstudio"]


@pytest.mark.parametrize("way", LEAVE)
def test_save_saves_and_leaves(studio: Studio, files: Told, tmp_path: Path, answer: Answer, way: str) -> None:
    other, mine = tmp_path / "other.nstudio", tmp_path / "mine.nstudio"
    save(other, example("two-spirals"), None)
    answer("Save")
    studio.document.open(project())
    assert files.save_to(mine)
    edit(studio)
    edited = studio.document.project
    LEAVE[way](files, other)
    assert load(mine).project == edited
    assert studio.document.project in (Project(), example("two-spirals"))


def test_a_save_given_up_stays(
    studio: Studio, files: Told, answer: Answer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *_: ("", ""))
    answer("Save")
    studio.document.open(project())
    edit(studio)
    edited = studio.document.project
    files.new()
    assert studio.document.project is edited


def test_a_running_run_may_be_kept_running(trained: Trained, files: Told, answer: Answer) -> None:
    trained.document.open(project(ENDLESS))
    trained.run_for(steps=1)
    trained.wait(lambda: trained.document.is_dirty)
    asked = answer("Keep training")
    assert not files.may_leave()
    (question,) = asked
    assert "still training" in question
    assert trained.training.state == "running"


def test_a_running_run_may_be_stopped_and_saved(
    trained: Trained, files: Told, answer: Answer, tmp_path: Path
) -> None:
    trained.document.open(project(ENDLESS))
    assert files.save_to(tmp_path / "a.nstudio")
    trained.run_for(steps=1)
    trained.wait(lambda: trained.document.is_dirty)
    answer("Stop and save")
    assert files.may_leave()
    assert trained.training.state == "idle"
    saved = load(tmp_path / "a.nstudio").run
    assert saved is not None
    assert saved.position.step == trained.step
    assert not trained.document.is_dirty


def test_a_running_run_may_be_lost(trained: Trained, files: Told, answer: Answer) -> None:
    trained.document.open(project(ENDLESS))
    trained.run_for(steps=1)
    trained.wait(lambda: trained.document.is_dirty)
    answer("Discard")
    files.new()
    assert trained.training.state == "idle"
    assert trained.document.project == Project()
