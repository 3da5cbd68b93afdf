"""Colours of classes and values, the map with points, and data sets as stamps."""

from itertools import combinations
from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import QSize
from PySide6.QtGui import QColor, QImage
from pytestqt.qtbot import QtBot

from neuralstudio.data._base import Data
from neuralstudio.data.registry import DATASETS
from neuralstudio.data.sets.columns import Columns
from neuralstudio.data.sets.multi_gaussian import MultiGaussian
from neuralstudio.data.sets.painted import Painted
from neuralstudio.ui.canvas.thumbnails import thumbnails
from neuralstudio.ui.figures import figure_widget
from neuralstudio.ui.figures.colours import class_colours, class_pixels, signed_pixels
from neuralstudio.ui.figures.scatter import ScatterWidget
from neuralstudio.ui.theme import Theme, named_theme
from neuralstudio.ui.thumbnails import dataset_thumbnail
from neuralstudio.views import plane
from neuralstudio.views._base import Scatter

DARK, LIGHT = named_theme("dark"), named_theme("light")
both = pytest.mark.parametrize("theme", [DARK, LIGHT], ids=lambda theme: theme.name)
POINTS = tuple((float(number - 4), 0.0, number % 4) for number in range(8))

DEUTERANOPIA = np.array([[0.367, 0.861, -0.228], [0.280, 0.673, 0.047], [-0.012, 0.043, 0.969]])
PROTANOPIA = np.array([[0.152, 1.053, -0.205], [0.115, 0.786, 0.099], [-0.004, -0.048, 1.052]])
"""Linear RGB as people without one sort of cone see it. Source: Machado, Oliveira, Fernandes, 2009."""
TO_CONES = np.array([[0.4122, 0.5363, 0.0514], [0.2119, 0.6807, 0.1074], [0.0883, 0.2817, 0.6300]])
TO_LAB = np.array([[0.2105, 0.7936, -0.0041], [1.9780, -2.4286, 0.4506], [0.0259, 0.7828, -0.8087]])
"""OKLab, in which distances are as large as they look. Source: Ottosson, 2020."""


def seen(names: tuple[str, ...], sight: np.ndarray) -> np.ndarray:
    """Colours in OKLab as a person of this sight sees them: (n, 3)."""
    colours = (QColor(name) for name in names)
    rgb = np.array([(each.redF(), each.greenF(), each.blueF()) for each in colours])
    linear = np.where(rgb <= 0.04045, rgb / 12.92, ((rgb + 0.055) / 1.055) ** 2.4)
    lab: np.ndarray = np.cbrt(np.clip(linear @ sight.T, 0, 1) @ TO_CONES.T) @ TO_LAB.T
    return lab


@both
@pytest.mark.parametrize(
    ("sight", "least"),
    [(np.eye(3), 0.12), (DEUTERANOPIA, 0.07), (PROTANOPIA, 0.07)],
    ids=["all", "no-green", "no-red"],
)
def test_ten_classes_are_told_apart(theme: Theme, sight: np.ndarray, least: float) -> None:
    colours = seen(class_colours(theme, 10), sight)
    assert min(float(np.linalg.norm(a - b)) for a, b in combinations(colours, 2)) > least


@both
def test_the_first_two_classes_have_the_colours_of_minus_and_plus(theme: Theme) -> None:
    assert class_colours(theme, 2) == (theme.negative, theme.positive)
    assert len(class_colours(theme, 13)) == 13
    assert class_pixels(theme, 10).shape == (10, 3)


def test_values_are_mixed_between_their_ends() -> None:
    found = signed_pixels(np.array([-1, -0.5, 0, 0.5, 1, 7, np.nan]), "#000000", "#0000fe", "#fe0000")
    meant = [[254, 0, 0], [127, 0, 0], [0, 0, 0], [0, 0, 127], [0, 0, 254], [0, 0, 254], [0, 0, 0]]
    assert np.abs(found.astype(int) - meant).max() <= 1


def widget_of(qtbot: QtBot, figure: Scatter) -> ScatterWidget:
    widget = figure_widget(Scatter, DARK)
    assert isinstance(widget, ScatterWidget)
    qtbot.addWidget(widget)
    widget.resize(300, 320)
    widget.show_figure(figure)
    return widget


def pixels(image: QImage) -> set[str]:
    return {image.pixelColor(x, y).name() for x in range(image.width()) for y in range(image.height())}


def test_points_have_the_colours_of_their_classes(qtbot: QtBot) -> None:
    data = Painted(points=POINTS).load(0)
    found = pixels(widget_of(qtbot, plane.compute(np.empty(0), data)).to_image())
    assert set(class_colours(DARK, 4)) <= found


def test_points_with_numbers_have_the_colours_of_their_values(qtbot: QtBot) -> None:
    points = np.array([[-3.0, 0], [0, 0], [3.0, 0]])
    none, nothing = np.zeros(3, bool), np.zeros((0, 0))
    values = np.array([-1.0, 0.5, 1.0])
    widget = widget_of(qtbot, Scatter("", points, np.zeros(3, np.int64), none, nothing, 6.0, values=values))
    half = signed_pixels(np.array(0.5), DARK.neutral, DARK.positive, DARK.negative)
    found = pixels(widget.to_image())
    assert {DARK.negative, DARK.positive, QColor(*half.tolist()).name()} <= found


def test_only_the_background_is_painted_anew_while_the_points_stay(qtbot: QtBot) -> None:
    data = Painted(points=POINTS).load(0)
    grid = plane.grid(20)
    widget = widget_of(qtbot, plane.compute(grid[:, 0], data))
    first = widget.to_image()
    kept = widget._overlay
    widget.show_figure(plane.compute(grid[:, 1], data))
    assert widget.to_image() != first
    assert widget._overlay is kept
    widget.show_figure(plane.compute(grid[:, 1], data, has_test=False))
    widget.to_image()
    assert widget._overlay is not kept
    widget.set_theme(LIGHT)
    assert LIGHT.negative in pixels(widget.to_image())


def test_the_card_of_the_data_shows_every_class_and_every_number(qtbot: QtBot) -> None:
    def card(data: Data) -> QImage:
        picture = thumbnails(data, DARK, 12, 1.0)
        assert picture is not None
        return picture.toImage()

    assert set(class_colours(DARK, 4)) <= pixels(card(Painted(points=POINTS).load(0)))
    assert len(pixels(card(MultiGaussian().load(0)))) > 50


@pytest.mark.parametrize("tag", [kind.tag() for kind in DATASETS if kind.group == "Points in the plane"])
def test_every_set_of_the_plane_has_a_stamp_of_its_own(qtbot: QtBot, tag: str) -> None:
    size = QSize(60, 48)
    stamp = dataset_thumbnail(tag, DARK, size, 2.0)
    assert stamp.size() == size * 2
    assert len(pixels(stamp.toImage())) > 4
    assert dataset_thumbnail(tag, DARK, size, 2.0) is stamp, "it is painted once"
    others = [kind.tag() for kind in DATASETS if kind.group == "Points in the plane" and kind.tag() != tag]
    assert all(dataset_thumbnail(other, DARK, size, 2.0).toImage() != stamp.toImage() for other in others)


def test_the_axes_of_a_table_have_its_names_and_units(qtbot: QtBot, tmp_path: Path) -> None:
    file = tmp_path / "table.csv"
    file.write_text("length,width,c\n100,1,a\n200,3,b\n150,2,a\n180,2,b\n")
    figure = plane.compute(np.empty(0), Columns(file=str(file)).load(0))
    assert figure.axes is not None
    across, up = figure.axes
    assert (across.name, up.name) == ("length", "width")
    assert (across.low, across.high) == pytest.approx((90, 210))
    assert (up.low, up.high) == pytest.approx((0.8, 3.2))
    plain = plane.compute(np.empty(0), MultiGaussian(count=20).load(0))
    assert plain.axes is None
    assert widget_of(qtbot, figure).to_image() != widget_of(qtbot, plain).to_image()
