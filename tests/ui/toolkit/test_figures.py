"""Every figure widget shows its kind of figure, says so when there is none, and can be saved."""

import csv
from pathlib import Path
from typing import Any, Protocol

import numpy as np
import pytest
from PySide6.QtGui import QGuiApplication
from pytestqt.qtbot import QtBot

from neuralstudio.schema.problem import ProblemError
from neuralstudio.ui.figures import FigureWidget, figure_widget, saving
from neuralstudio.ui.theme import named_theme, style_sheet
from neuralstudio.views._base import Curve, Curves, Figure, Graph, Scatter

DARK, LIGHT = named_theme("dark"), named_theme("light")


class Sample(Protocol):
    @property
    def typical(self) -> Figure: ...
    @property
    def empty(self) -> Figure: ...


def _widget(qtbot: QtBot, figure: Figure) -> FigureWidget[Any]:
    widget = figure_widget(type(figure), DARK)
    qtbot.addWidget(widget)
    widget.setStyleSheet(style_sheet(DARK))
    widget.resize(480, 320)
    widget.show_figure(figure)
    return widget


def test_typical_and_empty_figure_look_different(qtbot: QtBot, sample: Sample) -> None:
    widget = _widget(qtbot, sample.typical)
    full, was_empty = widget.to_image(), widget.is_empty
    widget.show_figure(sample.empty)
    assert (was_empty, widget.is_empty) == (False, True)
    assert widget.to_image() != full


def test_empty_figure_shows_a_sentence(qtbot: QtBot, sample: Sample) -> None:
    widget = _widget(qtbot, sample.empty)
    image = widget.to_image()
    ground = image.pixelColor(1, 1)
    row = range(image.height() // 2 - 20, image.height() // 2 + 20)
    assert any(image.pixelColor(x, y) != ground for y in row for x in range(0, image.width(), 2))


def test_figure_after_an_empty_one_looks_as_if_it_came_first(qtbot: QtBot, sample: Sample) -> None:
    fresh = _widget(qtbot, sample.typical).to_image()
    widget = _widget(qtbot, sample.empty)
    widget.show_figure(sample.typical)
    assert widget.to_image() == fresh


def test_theme_changes_the_picture(qtbot: QtBot, sample: Sample) -> None:
    widget = _widget(qtbot, sample.typical)
    before = widget.to_image()
    widget.set_theme(LIGHT)
    assert widget.to_image() != before


def test_menu_offers_csv_for_numbers_only(qtbot: QtBot, sample: Sample) -> None:
    menu = _widget(qtbot, sample.typical).context_menu()
    texts = [action.text() for action in menu.actions()]
    assert {"Copy image", "Save as PNG…", "Save as SVG…", "Save as PDF…"} <= set(texts)
    assert ("Save as CSV…" in texts) == (not isinstance(sample.typical, Graph | Scatter))


def test_copied_image_is_on_the_clipboard(qtbot: QtBot, sample: Sample) -> None:
    widget = _widget(qtbot, sample.typical)
    actions = {action.text(): action for action in widget.context_menu().actions()}
    actions["Copy image"].trigger()
    assert QGuiApplication.clipboard().image().size() == widget.to_image().size()


def test_saved_files_are_what_they_say(qtbot: QtBot, sample: Sample, tmp_path: Path) -> None:
    widget = _widget(qtbot, sample.typical)
    saving.save_png(widget.to_image(), tmp_path / "a.png")
    saving.save_svg(widget, tmp_path / "a.svg")
    saving.save_pdf(widget, tmp_path / "a.pdf")
    assert (tmp_path / "a.png").read_bytes().startswith(b"\x89PNG")
    assert b"<svg" in (tmp_path / "a.svg").read_bytes()
    assert (tmp_path / "a.pdf").read_bytes().startswith(b"%PDF")


def test_csv_has_one_heading_and_as_many_cells_in_every_row(sample: Sample, tmp_path: Path) -> None:
    rows = saving.rows_of(sample.typical)
    assert (rows is None) == isinstance(sample.typical, Graph | Scatter)
    if rows is None:
        return
    saving.save_csv(rows, tmp_path / "a.csv")
    with (tmp_path / "a.csv").open(encoding="utf-8", newline="") as file:
        read = list(csv.reader(file))
    assert read == rows
    assert len(rows) > 1
    assert len({len(row) for row in rows}) == 1


def test_file_that_cannot_be_written_is_a_problem_in_words(qtbot: QtBot, tmp_path: Path) -> None:
    curve = Curve("train", np.arange(3.0), np.arange(3.0))
    widget = _widget(qtbot, Curves("Loss", "epoch", (curve,)))
    nowhere = tmp_path / "missing" / "a.svg"
    for save in (saving.save_svg, saving.save_pdf):
        with pytest.raises(ProblemError, match="cannot be written"):
            save(widget, nowhere)
    with pytest.raises(ProblemError, match="cannot be written"):
        saving.save_csv([["a"]], nowhere)
    with pytest.raises(ProblemError, match="cannot be written"):
        saving.save_png(widget.to_image(), nowhere.with_suffix(".png"))
