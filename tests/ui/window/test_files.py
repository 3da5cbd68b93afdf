"""Opening, saving and recent files: what cannot be read or written is told of and changes nothing."""

import json
import os
import shutil
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest
from msgspec.structs import replace
from PySide6.QtCore import QSettings
from PySide6.QtWidgets import QFileDialog, QMessageBox, QWidget

from neuralstudio.project.document import Project
from neuralstudio.project.examples import example
from neuralstudio.project.file import load, save
from neuralstudio.project.foreign import SUFFIXES, Foreign
from neuralstudio.ui import files as files_module
from neuralstudio.ui.files import Files
from neuralstudio.ui.studio import Studio
from tests.ui.window.conftest import Told
from tests.ui.window.runs import ENDLESS, STEPS, Trained, bits, edit, headless, project

# ── there and back ───────────────────────────────────────────────────────────────────────────────────


def test_weights_curves_and_place_come_back_and_the_run_goes_on(
    trained: Trained, files: Told, tmp_path: Path
) -> None:
    trained.step_epoch()
    trained.step_batches(2)
    trained.training.stop()
    trained.breathe()
    learnt, curve = trained.weights(), trained.curve()
    path = tmp_path / "small.nstudio"
    assert files.save_to(path)
    assert trained.document.path == path
    assert not trained.document.is_dirty
    files.new()
    assert trained.document.project == Project()
    assert trained.step == 0
    assert files.open(path)
    assert not files.said
    assert trained.document.project == project()
    assert trained.document.path == path
    assert not trained.document.is_dirty
    assert trained.step == STEPS + 2
    assert trained.weights() == trained.shown() == learnt
    assert trained.curve() == curve
    trained.finish()
    assert trained.weights() == bits(headless(project(), 3).saved().weights)


def test_a_project_is_saved_while_it_trains(trained: Trained, files: Told, tmp_path: Path) -> None:
    trained.document.open(project(ENDLESS))
    trained.run_for(steps=3)
    path = tmp_path / "running.nstudio"
    assert files.save_to(path)
    assert trained.training.state == "running"
    saved = load(path).run
    assert saved is not None
    assert (len(saved.history["steps"]) - 1) * STEPS == saved.position.step >= 3


def test_a_project_without_a_run_comes_back_without_one(studio: Studio, files: Told, tmp_path: Path) -> None:
    studio.document.open(project())
    assert files.save_to(tmp_path / "a.nstudio")
    files.new()
    assert files.open(tmp_path / "a.nstudio")
    assert studio.training.saved_run() is None


@pytest.mark.parametrize("typed", ["digits", "digits.v2"])
def test_a_name_without_the_ending_gets_it(
    studio: Studio, files: Told, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, typed: str
) -> None:
    monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *_: (str(tmp_path / typed), ""))
    studio.document.open(project())
    assert files.save_as()
    assert studio.document.path == tmp_path / f"{typed}.nstudio"
    assert load(tmp_path / f"{typed}.nstudio").project == project()


def test_a_file_the_dialog_did_not_ask_about_is_replaced_only_if_wanted(
    studio: Studio, files: Told, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "a.nstudio"
    save(path, example("xor"), None)
    monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *_: (str(tmp_path / "a"), ""))
    studio.document.open(project())
    monkeypatch.setattr(QMessageBox, "question", lambda *_: QMessageBox.StandardButton.No)
    assert not files.save_as()
    assert load(path).project == example("xor")
    monkeypatch.setattr(QMessageBox, "question", lambda *_: QMessageBox.StandardButton.Yes)
    assert files.save_as()
    assert load(path).project == project()


def test_save_asks_for_a_file_only_while_there_is_none(
    studio: Studio, files: Told, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[str] = []
    chosen = [""]

    def ask(_window: QWidget, _title: str, start: str, _filter: str) -> tuple[str, str]:
        asked.append(start)
        return chosen[0], ""

    monkeypatch.setattr(QFileDialog, "getSaveFileName", ask)
    studio.document.open(project())
    assert not files.save()
    assert studio.document.path is None
    chosen[0] = str(tmp_path / "a.nstudio")
    assert files.save()
    assert files.save()
    assert len(asked) == 2
    assert asked[0].endswith("Small.nstudio")


def test_the_open_dialog_opens_what_was_chosen(
    studio: Studio, files: Told, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    save(tmp_path / "a.nstudio", project(), None)
    monkeypatch.setattr(QFileDialog, "getOpenFileName", lambda *_: ("", ""))
    files.ask_open()
    assert studio.document.project == Project()
    monkeypatch.setattr(QFileDialog, "getOpenFileName", lambda *_: (str(tmp_path / "a.nstudio"), ""))
    files.ask_open()
    assert studio.document.project == project()


# ── what cannot be opened or saved ───────────────────────────────────────────────────────────────────


def newer(path: Path) -> None:
    text = json.dumps({"version": 99, "project": {}})
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("project.json", text)


def truncated(path: Path) -> None:
    save(path, project(), headless(project(), 1).saved())
    path.write_bytes(path.read_bytes()[:-200])


def foreign(path: Path) -> None:
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("readme.txt", "hello")


def text(path: Path) -> None:
    path.write_text("this is no project")


def missing(path: Path) -> None:
    path.unlink(missing_ok=True)


@pytest.mark.parametrize("spoil", [newer, truncated, foreign, text, missing])
def test_a_file_that_cannot_be_read_is_told_of_and_changes_nothing(
    trained: Trained, files: Told, tmp_path: Path, spoil: Callable[[Path], None]
) -> None:
    good = tmp_path / "good.nstudio"
    trained.document.open(project(ENDLESS))
    trained.run_for(steps=2)
    assert files.save_to(good)
    before, recent, stood = trained.document.project, files.recent, trained.step
    bad = tmp_path / "bad.nstudio"
    spoil(bad)
    assert not files.open(bad)
    ((title, sentence),) = files.said
    assert title == "The project could not be opened"
    assert "bad.nstudio" in sentence
    assert trained.document.project is before
    assert trained.document.path == good
    assert trained.training.state == "running"
    trained.wait(lambda: trained.step > stood)
    assert files.recent == recent


@pytest.mark.skipif(os.name == "nt", reason="folders have no such permission there")
def test_a_save_that_fails_is_told_of_and_leaves_the_star(
    studio: Studio, files: Told, tmp_path: Path
) -> None:
    folder = tmp_path / "closed"
    folder.mkdir()
    studio.document.open(project())
    edit(studio)
    target = folder / "a.nstudio"
    if os.geteuid() == 0:  # root may write anywhere; a folder that is gone refuses everybody
        shutil.rmtree(folder)
    else:
        folder.chmod(0o500)
    assert not files.save_to(target)
    ((title, _),) = files.said
    assert title == "The project could not be saved"
    assert studio.document.is_dirty
    assert studio.document.path is None
    assert files.recent == []


# ── recent files ─────────────────────────────────────────────────────────────────────────────────────


def test_recent_files_are_eight_the_latest_first_and_each_once(files: Told, tmp_path: Path) -> None:
    paths = [tmp_path / f"{number}.nstudio" for number in range(10)]
    for path in paths:
        assert files.save_to(path)
    assert files.recent == paths[:1:-1]
    files.open(paths[4])
    assert files.recent[0] == paths[4]
    assert len(files.recent) == len(set(files.recent)) == 8


def test_files_that_are_gone_are_not_recent(files: Told, tmp_path: Path) -> None:
    for name in ("a", "b"):
        assert files.save_to(tmp_path / f"{name}.nstudio")
    (tmp_path / "b.nstudio").unlink()
    assert files.recent == [tmp_path / "a.nstudio"]


def test_recent_files_are_remembered_by_the_settings(files: Told, studio: Studio, tmp_path: Path) -> None:
    for name in ("a", "b"):
        assert files.save_to(tmp_path / f"{name}.nstudio")
    studio.settings.sync()
    reread = QSettings(studio.settings.fileName(), QSettings.Format.IniFormat)
    again = Files(QWidget(files.parent()), studio.document, studio.training, reread)  # type: ignore[arg-type]
    assert [path.name for path in again.recent] == ["b.nstudio", "a.nstudio"]


def test_a_project_with_idx_in_its_name_is_a_project(studio: Studio, files: Told, tmp_path: Path) -> None:
    save(tmp_path / "idx-train.nstudio", project(), None)
    assert files.open(tmp_path / "idx-train.nstudio")
    assert studio.document.project == project()


def test_a_trained_network_is_saved_after_an_edit_with_the_weights_that_fit(
    trained: Trained, files: Told, tmp_path: Path
) -> None:
    trained.step_batches(4)
    edit(trained.studio)
    trained.breathe()
    kept = trained.shown()
    assert files.save_to(tmp_path / "a.nstudio"), files.said
    files.new()
    assert files.open(tmp_path / "a.nstudio")
    assert trained.shown() == kept
    assert trained.step == 0


# ── networks of other programs ───────────────────────────────────────────────────────────────────────


@pytest.fixture
def stranger(monkeypatch: pytest.MonkeyPatch) -> Foreign:
    """What every foreign file holds, as its reader would find it."""
    weights = headless(project(), 1).saved().weights
    found = Foreign(replace(project(), title="Stranger"), weights, ("Dropout was kept.",))
    monkeypatch.setattr(files_module, "read_foreign", lambda _path: found)
    return found


@pytest.mark.parametrize("name", [f"net{suffix}" for suffix in SUFFIXES] + [f"net{SUFFIXES[0].upper()}"])
def test_a_network_of_another_program_opens_with_its_weights_and_notes(
    trained: Trained, files: Told, stranger: Foreign, name: str
) -> None:
    told: list[str] = []
    files.told.connect(told.append)
    trained.step_batches(2)
    trained.document.mark_saved(Path("old.nstudio"))
    assert files.open(Path(name))
    assert trained.document.project == stranger.project
    assert trained.document.path is None
    assert stranger.weights is not None
    assert trained.shown() == bits(stranger.weights)
    assert trained.step == 0
    assert told == [f"Imported {name}. Dropout was kept."]
    trained.step_batches()
    assert trained.step == 1


def test_an_imported_network_is_saved_with_its_weights(
    trained: Trained, files: Told, stranger: Foreign, tmp_path: Path
) -> None:
    assert files.open(Path("net.onnx"))
    assert files.save_to(tmp_path / "a.nstudio")
    files.new()
    assert files.open(tmp_path / "a.nstudio")
    assert stranger.weights is not None
    assert trained.shown() == bits(stranger.weights)


@pytest.mark.parametrize("name", [f"a{suffix}" for suffix in SUFFIXES])
def test_a_foreign_file_of_nonsense_is_one_sentence_and_changes_nothing(
    trained: Trained, files: Told, tmp_path: Path, name: str
) -> None:
    trained.step_batches(2)
    before = trained.document.project
    for content in (b"nonsense", b"", None):
        path = tmp_path / name
        path.unlink(missing_ok=True)
        if content is not None:
            path.write_bytes(content)
        files.said.clear()
        assert not files.open(path)
        ((title, sentence),) = files.said
        assert title == "The network could not be imported"
        assert name in sentence
        assert "Traceback" not in sentence
    assert trained.document.project is before
    assert trained.step == 2


def test_the_import_dialog_opens_what_was_chosen(
    trained: Trained, files: Told, stranger: Foreign, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[str] = []

    def choose(_window: QWidget, _title: str, _folder: str, kinds: str) -> tuple[str, str]:
        asked.append(kinds)
        return "x.onnx", ""

    monkeypatch.setattr(QFileDialog, "getOpenFileName", choose)
    files.ask_import()
    assert trained.document.project == stranger.project
    assert all(f"*{suffix}" in asked[0] for suffix in SUFFIXES)
