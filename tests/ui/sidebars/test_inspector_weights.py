"""The weights of a layer in the inspector: figures, live gradients, drawing anew, files."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PySide6.QtWidgets import QComboBox, QFileDialog, QLabel, QPushButton, QWidget
from pytestqt.qtbot import QtBot

from neuralstudio.engine.graph import Array
from neuralstudio.network.edits import set_fields, set_learning
from neuralstudio.network.learning import Learning
from neuralstudio.project.examples import example
from neuralstudio.ui.forms.weight_files import WeightFiles
from neuralstudio.ui.forms.weights import WeightsSection
from neuralstudio.ui.panels.inspector import InspectorPanel
from neuralstudio.ui.studio import Studio


@pytest.fixture
def inspector(qtbot: QtBot, studio: Studio) -> InspectorPanel:
    studio.document.open(example("xor"))
    panel = InspectorPanel(studio)
    panel.resize(300, 1000)
    qtbot.addWidget(panel)
    panel.show()
    studio.document.select("dense-1")
    return panel


def said(panel: QWidget, name: str) -> str:
    label = panel.findChild(QLabel, name)
    assert label is not None, name
    return label.text()


def figure(panel: QWidget) -> Any:
    found = panel.findChild(QWidget, "inspector-weights")
    assert found is not None
    return found.figure  # type: ignore[attr-defined]


def number(text: str) -> float:
    return float(text.replace("−", "-").replace(",", ""))


def present(studio: Studio, name: str) -> Array:
    assert studio.training.predictor is not None
    return studio.training.predictor.model.parameters.value(name)


def selector(panel: QWidget) -> QComboBox:
    found = panel.findChild(QComboBox, "inspector-weight")
    assert found is not None
    return found


def files(panel: QWidget) -> WeightFiles:
    found = panel.findChild(WeightFiles)
    assert found is not None
    return found


def press(panel: QWidget, name: str) -> None:
    button = panel.findChild(QPushButton, name)
    assert button is not None
    button.click()


def learn(qtbot: QtBot, studio: Studio) -> None:
    """One epoch; afterwards the window has the weights it led to."""
    studio.training.step_epoch()
    qtbot.waitUntil(lambda: studio.training.last_epoch is not None, timeout=10000)
    qtbot.waitUntil(lambda: studio.training.state == "paused", timeout=10000)
    assert studio.training.saved_run() is not None, "it stands still, and what it told has been heard"


def test_the_figures_are_those_of_the_weight_chosen(
    qtbot: QtBot, studio: Studio, inspector: InspectorPanel
) -> None:
    box = selector(inspector)
    assert [box.itemText(row) for row in range(box.count())] == ["Kernel", "Bias"]
    kernel = present(studio, "dense-1/kernel")
    bias = present(studio, "dense-1/bias")
    bias[...] = np.linspace(-1, 3, bias.size)
    qtbot.waitUntil(lambda: said(inspector, "inspector-weights-count") == f"{kernel.size}")
    wanted = {"mean": kernel.mean(), "std": kernel.std(), "min": kernel.min(), "max": kernel.max()}
    for name, value in wanted.items():
        assert number(said(inspector, f"inspector-weights-{name}")) == pytest.approx(value, rel=0.03), name
    assert figure(inspector).counts.sum() == kernel.size
    box.setCurrentIndex(1)
    qtbot.waitUntil(lambda: figure(inspector).counts.sum() == bias.size)
    assert number(said(inspector, "inspector-weights-max")) == 3
    assert number(said(inspector, "inspector-weights-mean")) == pytest.approx(1, rel=0.01)
    assert said(inspector, "inspector-weights-gradient") == "–", "nothing was learnt yet"


def test_the_gradient_is_told_while_it_trains_and_frozen_weights_have_none(
    qtbot: QtBot, studio: Studio, inspector: InspectorPanel
) -> None:
    studio.training.step_epoch()
    qtbot.waitUntil(lambda: said(inspector, "inspector-weights-gradient") not in ("", "–"), timeout=10000)
    qtbot.waitUntil(lambda: studio.training.state == "paused", timeout=10000)
    assert studio.training.predictor is not None
    norm = studio.training.predictor.gradient_norms["dense-1/kernel"]
    qtbot.waitUntil(
        lambda: number(said(inspector, "inspector-weights-gradient")) == pytest.approx(norm, rel=0.05)
    )
    frozen = set_learning(studio.document.network, "dense-1", Learning(is_frozen=True))
    studio.document.edit_network("freeze", frozen)
    qtbot.waitUntil(lambda: said(inspector, "inspector-weights-gradient") == "frozen")


def test_what_nobody_sees_is_not_worked_out_and_comes_when_it_is_seen(
    qtbot: QtBot, studio: Studio, inspector: InspectorPanel
) -> None:
    qtbot.waitUntil(lambda: figure(inspector) is not None)
    inspector.hide()
    before = figure(inspector)
    learn(qtbot, studio)
    assert figure(inspector) is before
    inspector.resize(300, 200)
    inspector.show()
    qtbot.waitExposed(inspector)
    section = inspector.findChild(WeightsSection)
    assert section is not None
    assert section.visibleRegion().isEmpty(), "it has to be scrolled to"
    assert figure(inspector) is before
    inspector.resize(300, 1000)
    qtbot.waitUntil(lambda: figure(inspector) is not before)


def test_weights_drawn_anew_are_others_and_undo_brings_the_first_ones_back(
    qtbot: QtBot, studio: Studio, inspector: InspectorPanel
) -> None:
    first, other = present(studio, "dense-1/kernel").copy(), present(studio, "dense-2/kernel").copy()
    assert said(inspector, "inspector-start").startswith("Drawn from: ")
    assert said(inspector, "inspector-start").endswith(
        f"seed {studio.document.project.seeds.weights} · draw 1"
    )
    press(inspector, "inspector-draw")
    assert studio.document.undo_stack.undoText() == "draw weights of Dense 1 anew"
    assert not np.array_equal(present(studio, "dense-1/kernel"), first)
    np.testing.assert_array_equal(present(studio, "dense-2/kernel"), other)
    assert said(inspector, "inspector-start").endswith("draw 2")
    studio.document.undo_stack.undo()
    np.testing.assert_array_equal(present(studio, "dense-1/kernel"), first)


def test_after_training_only_the_layer_drawn_anew_begins_again(
    qtbot: QtBot, studio: Studio, inspector: InspectorPanel
) -> None:
    learn(qtbot, studio)
    learnt = {name: present(studio, name).copy() for name in ("dense-1/kernel", "dense-2/kernel")}
    press(inspector, "inspector-draw")
    np.testing.assert_array_equal(present(studio, "dense-2/kernel"), learnt["dense-2/kernel"])
    assert not np.array_equal(present(studio, "dense-1/kernel"), learnt["dense-1/kernel"])


@pytest.mark.parametrize("ending", [".npy", ".csv", ".npz"])
def test_weights_saved_and_taken_back_are_the_same_and_training_goes_on_from_them(
    qtbot: QtBot, studio: Studio, inspector: InspectorPanel, tmp_path: Path, ending: str
) -> None:
    path = tmp_path / f"w{ending}"
    saved = present(studio, "dense-1/kernel").copy()
    files(inspector).export_to(path)
    assert said(inspector, "inspector-weights-told") == f"Saved as w{ending}."
    learn(qtbot, studio)
    assert not np.array_equal(present(studio, "dense-1/kernel"), saved)
    bias = present(studio, "dense-1/bias").copy()
    files(inspector).import_from(path)
    taken = "kernel, bias" if ending == ".npz" else "kernel"
    assert said(inspector, "inspector-weights-told") == f"Taken from w{ending}: {taken}."
    np.testing.assert_array_equal(present(studio, "dense-1/kernel"), saved)
    assert np.array_equal(present(studio, "dense-1/bias"), bias) == (ending != ".npz")
    assert studio.document.is_dirty
    run = studio.training.saved_run()
    assert run is not None
    np.testing.assert_array_equal(run.weights["dense-1/kernel"], saved)


def test_an_import_is_one_undo_step(studio: Studio, inspector: InspectorPanel, tmp_path: Path) -> None:
    before = present(studio, "dense-1/kernel").copy()
    np.save(tmp_path / "k.npy", before + 1)
    files(inspector).import_from(tmp_path / "k.npy")
    stack = studio.document.undo_stack
    assert (stack.count(), stack.undoText()) == (1, "import weights of Dense 1")
    stack.undo()
    np.testing.assert_array_equal(present(studio, "dense-1/kernel"), before)
    stack.redo()
    np.testing.assert_array_equal(present(studio, "dense-1/kernel"), before + 1)


def test_a_file_that_does_not_fit_is_refused_in_a_sentence_and_nothing_changes(
    studio: Studio, inspector: InspectorPanel, tmp_path: Path
) -> None:
    before = present(studio, "dense-1/kernel").copy()
    shape = "×".join(map(str, before.shape))
    np.save(tmp_path / "k.npy", np.zeros((10, 10)))
    files(inspector).import_from(tmp_path / "k.npy")
    told = said(inspector, "inspector-weights-told")
    assert told.startswith(f"k.npy: kernel is {shape}, the file has 10×10. ")
    files(inspector).export_to(tmp_path / "no" / "k.npy")
    assert "cannot be saved" in said(inspector, "inspector-weights-told")
    np.testing.assert_array_equal(present(studio, "dense-1/kernel"), before)
    assert not studio.document.is_dirty


@pytest.mark.parametrize(
    ("name", "kind", "written"),
    [
        ("dense-1-kernel.npy", ".npy", "dense-1-kernel.npy"),
        ("dense-1-kernel.npy", ".csv", "dense-1-kernel.csv"),
        ("mine", ".npz", "mine.npz"),
        ("layer.v2", ".csv", "layer.v2.csv"),
        ("mine.csv", ".npy", "mine.csv"),
    ],
)
def test_the_dialogue_gives_a_file_the_ending_of_its_kind(
    studio: Studio,
    inspector: InspectorPanel,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    name: str,
    kind: str,
    written: str,
) -> None:
    def chosen(_parent: object, _title: str, _name: str, kinds: str) -> tuple[str, str]:
        return str(tmp_path / name), next(each for each in kinds.split(";;") if kind in each)

    monkeypatch.setattr(QFileDialog, "getSaveFileName", chosen)
    press(inspector, "inspector-export")
    assert {path.name for path in tmp_path.iterdir()} - {"settings.ini"} == {written}
    monkeypatch.setattr(QFileDialog, "getOpenFileName", lambda *_: (str(tmp_path / written), ""))
    press(inspector, "inspector-import")
    assert said(inspector, "inspector-weights-told").startswith(f"Taken from {written}: kernel")


def test_without_a_working_network_there_are_no_weights_to_save(
    studio: Studio, inspector: InspectorPanel
) -> None:
    def buttons() -> list[bool]:
        found = (inspector.findChild(QPushButton, f"inspector-{name}") for name in ("export", "import"))
        return [button is not None and button.isVisible() and button.isEnabled() for button in found]

    studio.document.open(example("digits-mlp"))
    studio.document.select("dense-2")
    assert buttons() == [True, True]
    studio.document.edit_network("x", set_fields(studio.document.network, "dense-2", units=12))
    assert not studio.document.report.can_train
    assert buttons() == [False, False]
    assert said(inspector, "inspector-start") == "Weights appear once the network has no problems."
    assert not selector(inspector).isVisible()
    studio.document.undo_stack.undo()
    assert buttons() == [True, True]
    assert selector(inspector).isVisible()
