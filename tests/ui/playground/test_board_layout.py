"""Where things lie on the board, and that links look like what they stand for."""

import numpy as np
import pytest
from PySide6.QtCore import QPointF

from neuralstudio.layers.features import FEATURES
from neuralstudio.network.spec import DATA
from neuralstudio.project.playground import setup as playground
from neuralstudio.project.playground.setup import Setup
from neuralstudio.ui.playground.board_layout import HEADER, Places, Spot, lay_out, least_width, neuron_name
from neuralstudio.ui.playground.board_links import (
    NEGATIVE,
    NEUTRAL,
    PERIOD,
    POSITIVE,
    LinkPicture,
    colour_tables,
)
from neuralstudio.ui.theme import named_theme

SHOWN = FEATURES[:7]


def _setup(*units: int) -> Setup:
    project = playground.classic()
    while len(playground.read(project).hidden) < len(units):
        project = playground.add_layer(project)
    while len(playground.read(project).hidden) > len(units):
        project = playground.remove_layer(project)
    for column, count in zip(playground.read(project).hidden, units, strict=True):
        project = playground.with_units(project, column.id, count)
    return playground.read(project)


def _places(setup: Setup, width: float = 800, height: float = 600) -> Places:
    return lay_out(setup, SHOWN, width, height)


@pytest.mark.parametrize("size", [(520, 312), (576, 480), (850, 700), (1600, 1200)])
@pytest.mark.parametrize("units", [(), (1,), (4, 2), (8,) * 6, (40, 3)])
def test_tiles_lie_within_the_board_and_apart_from_each_other(
    size: tuple[int, int], units: tuple[int, ...]
) -> None:
    setup = _setup(*units)
    width = max(size[0], least_width(setup))
    places = _places(setup, width, size[1])
    tiles = [tile for column in places.columns for tile in column.tiles]
    for place, tile in enumerate(tiles):
        assert tile.top() >= HEADER
        assert tile.bottom() <= size[1]
        assert tile.left() > 0
        assert tile.right() < width
        assert not any(tile.intersects(other) for other in tiles[:place])


def test_every_weight_in_view_has_a_link() -> None:
    places = _places(_setup(4, 2))
    assert [gap.count for gap in places.gaps] == [2 * 4, 4 * 2, 2 * 1]
    assert places.gaps[0].inputs == (0, 1)


def test_links_begin_at_the_active_features() -> None:
    project = playground.with_features(playground.classic(), ("x2", "sin-x1"))
    places = _places(playground.read(project))
    tiles = places.columns[0].tiles
    assert places.gaps[0].starts.tolist() == [tiles[1].center().y(), tiles[5].center().y()]


def test_a_column_that_does_not_fit_says_how_many_are_out_of_view() -> None:
    setup = _setup(120, 2)
    column = _places(setup).columns[1]
    assert column.more is not None
    assert column.total == 120
    assert 5 < len(column.tiles) < 30
    end = lay_out(setup, SHOWN, 800, 600, {setup.hidden[0].id: 500}).columns[1]
    assert end.units.stop == 120


def test_what_is_under_a_point_is_found() -> None:
    setup = _setup(4, 2)
    places = _places(setup)
    node = setup.hidden[0].id
    tile = places.columns[1].tiles[2]
    assert places.spot_at(tile.center()) == Spot(node, 2)
    assert places.spot_at(places.columns[0].tiles[3].center()) == Spot(DATA, 3)
    assert places.spot_at(QPointF(1, 1)) is None
    assert places.bias_at(tile.bottomLeft()) == Spot(node, 2)
    assert places.bias_at(tile.center()) is None


def test_neurons_are_called_by_layer_and_number() -> None:
    setup = _setup(4, 2)
    assert neuron_name(setup, Spot(setup.hidden[1].id, 0)) == "h2·1"
    assert neuron_name(setup, Spot(setup.output.id, 0)) == "output"


# ── the picture of the links ─────────────────────────────────────────────────────────────────────────


def _picture(widths: list[float], styles: list[int]) -> LinkPicture:
    places = lay_out(_setup(1), FEATURES[:2], 500, 400)
    picture = LinkPicture(places.gaps, 500, 400)
    assert picture.count == 3
    picture.draw(np.array(widths, dtype=np.float32), np.array(styles, dtype=np.uint8))
    return picture


def _pixels(picture: LinkPicture, step: int = 0) -> np.ndarray[tuple[int, ...], np.dtype[np.uint32]]:
    theme = named_theme("light")
    image = picture.image(colour_tables(theme, theme.window)[step])
    return np.frombuffer(image.constBits(), dtype=np.uint32).reshape(400, 500).copy()


def test_a_stronger_link_is_thicker() -> None:
    places = lay_out(_setup(1), FEATURES[:2], 500, 400)
    column = round((places.gaps[1].left + places.gaps[1].right) / 2)
    ground = _pixels(_picture([1, 1, 1], [NEUTRAL] * 3))[0, 0]
    for width in (1, 4, 10):
        pixels = _pixels(_picture([1, 1, width], [POSITIVE, POSITIVE, NEUTRAL]))
        covered = int((pixels[:, column] != ground).sum())
        assert width <= covered <= width + 2


def test_signs_differ_in_colour_and_in_their_dashes() -> None:
    shares = {}
    for style in (POSITIVE, NEGATIVE, NEUTRAL):
        index = _picture([4, 4, 4], [style] * 3)
        pixels = _pixels(index)
        ground = pixels[0, 0]
        shares[style] = int((pixels != ground).sum())
    assert shares[NEUTRAL] > shares[POSITIVE] > shares[NEGATIVE] > 0.5 * shares[NEUTRAL]


def test_dashes_flow_and_come_back_after_a_period() -> None:
    picture = _picture([4, 4, 4], [POSITIVE, NEGATIVE, POSITIVE])
    steps = [_pixels(picture, step) for step in range(PERIOD)]
    assert not np.array_equal(steps[0], steps[1])
    assert not np.array_equal(steps[0], steps[6])
    picture.draw(np.full(3, 4, np.float32), np.array([NEUTRAL] * 3, dtype=np.uint8))
    assert np.array_equal(_pixels(picture, 0), _pixels(picture, 5))
