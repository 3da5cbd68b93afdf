"""Choosing a data set, its preview, and the import of MNIST."""

import gzip
import shutil
from pathlib import Path

import pytest
from PySide6.QtWidgets import QAbstractButton, QLabel, QWidget
from pytestqt.qtbot import QtBot

from neuralstudio.data._base import Dataset
from neuralstudio.data.sets.columns import Columns
from neuralstudio.data.sets.formula import Formula
from neuralstudio.data.sets.function import Function
from neuralstudio.data.sets.mnist import Mnist
from neuralstudio.data.sets.multi_gaussian import MultiGaussian
from neuralstudio.data.sets.painted import Painted
from neuralstudio.data.sets.pen_digits import PenDigits
from neuralstudio.data.sets.spiral import Spiral
from neuralstudio.project.document import Project
from neuralstudio.project.examples import example
from neuralstudio.schema.fields import replaced
from neuralstudio.ui.forms.numbers import NumberBox
from neuralstudio.ui.panels.data import DataPanel
from neuralstudio.ui.studio import Studio
from tests.ui.forms.kinds import control, enter


def digits() -> Project:
    return example("digits-mlp")


def text(panel: QWidget, name: str) -> str:
    label = panel.findChild(QLabel, name)
    assert label is not None, name
    return "" if label.isHidden() else label.text()


def box(panel: QWidget, name: str) -> NumberBox:
    found = panel.findChild(NumberBox, f"field-{name}")
    assert found is not None, name
    return found


@pytest.fixture
def data_panel(qtbot: QtBot, studio: Studio) -> DataPanel:
    studio.document.edit_dataset("choose", PenDigits(count=120))
    panel = DataPanel(studio)
    qtbot.addWidget(panel)
    panel.resize(208, 700)
    panel.show()
    return panel


def test_the_data_panel_loads_and_counts_the_chosen_set(
    qtbot: QtBot, studio: Studio, data_panel: DataPanel
) -> None:
    qtbot.waitUntil(lambda: studio.loader.data is not None, timeout=10000)
    assert text(data_panel, "data-counts") == "100 train · 20 test\n28×28 · 10 classes"
    picture = data_panel.findChild(QWidget, "samples-picture")
    assert picture is not None
    assert picture.isVisible()


def test_choosing_another_set_keeps_the_network_and_comes_back_with_its_settings(
    qtbot: QtBot, studio: Studio, data_panel: DataPanel
) -> None:
    studio.document.edit_network("n", digits().network)
    chosen = studio.document.project.dataset
    data_panel.findChild(QAbstractButton, "data-spiral").click()  # type: ignore[union-attr]
    assert studio.document.project.dataset == Spiral()
    assert studio.document.network == digits().network
    assert studio.document.report.problems, "two classes do not fit ten units"
    qtbot.waitUntil(lambda: "250 train" in text(data_panel, "data-counts"), timeout=10000)
    data_panel.findChild(QAbstractButton, "data-pen-digits").click()  # type: ignore[union-attr]
    assert studio.document.project.dataset == chosen
    studio.document.undo_stack.undo()
    assert data_panel.findChild(QAbstractButton, "data-spiral").isChecked()  # type: ignore[union-attr]
    box(data_panel, "noise").stepBy(3)
    assert studio.document.project.dataset == Spiral(noise=15)
    qtbot.waitUntil(lambda: not studio.loader.is_loading, timeout=10000)


def test_mnist_without_a_folder_says_what_to_do(qtbot: QtBot, studio: Studio, data_panel: DataPanel) -> None:
    data_panel.findChild(QAbstractButton, "data-mnist").click()  # type: ignore[union-attr]
    qtbot.waitUntil(lambda: bool(studio.loader.problem), timeout=10000)
    assert "No folder is chosen" in text(data_panel, "data-problem")


def test_a_folder_of_mnist_files_is_imported(
    qtbot: QtBot, studio: Studio, data_panel: DataPanel, mnist_folder: Path
) -> None:
    with qtbot.waitSignal(studio.document.changed, timeout=30000):
        data_panel.import_folder(mnist_folder)
        assert not data_panel.import_button.isEnabled()
    assert studio.document.project.dataset == Mnist(folder=str(mnist_folder))
    assert studio.document.undo_stack.undoText() == "import MNIST"
    assert data_panel.import_button.isEnabled()
    qtbot.waitUntil(lambda: studio.loader.data is not None, timeout=30000)
    assert text(data_panel, "data-counts") == "60,000 train · 10,000 test\n28×28 · 10 classes"


def test_a_folder_without_the_files_is_refused_in_words(
    studio: Studio, data_panel: DataPanel, tmp_path: Path
) -> None:
    before = studio.document.project
    for folder, words in (
        (tmp_path, "There are no MNIST files"),
        (tmp_path / "none", "There is no such folder"),
    ):
        data_panel.import_folder(folder)
        assert words in text(data_panel, "import-problem")
    assert studio.document.project == before


def test_a_folder_with_a_bad_file_leaves_document_and_data_as_they_were(
    qtbot: QtBot, studio: Studio, data_panel: DataPanel, mnist_folder: Path, tmp_path: Path
) -> None:
    qtbot.waitUntil(lambda: studio.loader.data is not None, timeout=10000)
    before, loaded = studio.document.project, studio.loader.data
    for file in mnist_folder.glob("*.gz"):
        shutil.copy(file, tmp_path)
    images = next(tmp_path.glob("train-images*"))
    images.write_bytes(gzip.compress(b"not an IDX file"))
    data_panel.import_folder(tmp_path)
    qtbot.waitUntil(data_panel.import_button.isEnabled, timeout=30000)
    assert images.name in text(data_panel, "import-problem")
    assert studio.document.project == before
    assert studio.loader.data is loaded


@pytest.mark.parametrize(
    ("name", "count", "words"),
    [
        ("apartments", 100, "80 train · 20 test\n7 numbers · Price in thousand € to predict"),
        ("curve", 100, "50 train · 50 test\n1 number · y to predict"),
        ("sine-rnn", 100, "80 train · 20 test\n20 values in a row · Next value to predict"),
        ("autoencoder", 120, "100 train · 20 test\n28×28 · the image itself to predict"),
    ],
)
def test_numbers_to_predict_are_named_and_drawn(
    qtbot: QtBot, studio: Studio, data_panel: DataPanel, name: str, count: int, words: str
) -> None:
    studio.document.open(example(name))
    studio.document.edit_dataset("fewer", replaced(studio.document.project.dataset, count=count))
    qtbot.waitUntil(lambda: text(data_panel, "data-counts") == words, timeout=10000)
    picture = data_panel.findChild(QWidget, "samples-picture")
    assert picture is not None
    assert picture.isVisible()
    image = picture.grab().toImage()
    colours = {image.pixel(x, y) for x in range(image.width()) for y in range(image.height())}
    assert len(colours) > 4


def test_an_autoencoder_stays_one_on_imported_images(
    qtbot: QtBot, studio: Studio, data_panel: DataPanel, mnist_folder: Path
) -> None:
    studio.document.open(example("autoencoder"))
    with qtbot.waitSignal(studio.document.changed, timeout=30000):
        data_panel.import_folder(mnist_folder)
    assert studio.document.project.dataset == Mnist(folder=str(mnist_folder), target="image")
    assert not studio.document.report.problems
    qtbot.waitUntil(lambda: studio.loader.data is not None, timeout=30000)


POINTS = tuple((float(place % 5), float(place // 5), place % 3) for place in range(20))


@pytest.mark.parametrize(
    ("dataset", "words"),
    [
        (MultiGaussian(count=100), "50 train · 50 test\n2 numbers · Value to predict"),
        (Painted(points=POINTS), "10 train · 10 test\n2 numbers · 3 classes"),
        (Formula(expression="x1 > 0", count=100), " test\n2 numbers · 2 classes"),
        (Formula(expression="log(x1)", count=100), "points lie only where it is one."),
        (Function(count=100), "50 train · 50 test\n1 number · y to predict"),
    ],
)
def test_points_of_every_sort_are_counted_and_drawn(
    qtbot: QtBot, studio: Studio, data_panel: DataPanel, dataset: Dataset, words: str
) -> None:
    studio.document.edit_dataset("choose", dataset)
    qtbot.waitUntil(lambda: text(data_panel, "data-counts").endswith(words), timeout=10000)
    picture = data_panel.findChild(QWidget, "samples-picture")
    assert picture is not None
    assert picture.isVisible()


def test_a_table_of_ones_own_is_counted_with_what_was_left_out(
    qtbot: QtBot, studio: Studio, data_panel: DataPanel, tmp_path: Path
) -> None:
    file = tmp_path / "flowers.csv"
    file.write_text("length,width,colour\n1,2,red\n2,4,blue\n3,1,red\n4,4,blue\n,4,blue\n")
    data_panel.findChild(QAbstractButton, "data-columns").click()  # type: ignore[union-attr]
    qtbot.waitUntil(lambda: "No table is chosen yet" in text(data_panel, "data-problem"), timeout=10000)
    enter(qtbot, control(data_panel, "file"), str(file))
    qtbot.waitUntil(lambda: studio.document.project.dataset == Columns(file=str(file)), timeout=10000)
    counted = "2 train · 2 test\nlength and width · 2 classes\n1 row is left out because a value is missing."
    qtbot.waitUntil(lambda: text(data_panel, "data-counts") == counted, timeout=10000)


def test_painted_points_that_do_not_suffice_are_told_and_stay(
    qtbot: QtBot, studio: Studio, data_panel: DataPanel
) -> None:
    painted = Painted(points=((0.0, 0.0, 0), (1.0, 1.0, 0), (2.0, 1.0, 0), (3.0, 1.0, 0)))
    studio.document.edit_dataset("paint", painted)
    qtbot.waitUntil(lambda: "All 4 points are orange" in text(data_panel, "data-problem"), timeout=10000)
    assert studio.document.project.dataset == painted
