"""What one sample makes neurons say, as single numbers and as small pictures."""

from collections.abc import Mapping
from typing import Literal, Protocol

import numpy as np
from numpy.typing import NDArray

from neuralstudio.engine.graph import Array
from neuralstudio.network.model import Model
from neuralstudio.views._base import Floats
from neuralstudio.views.network.columns import Choice, Column
from neuralstudio.views.network.kernels import Indices

Pictures = Literal["outputs", "kernels"]
"""What the tiles of convolutions show: their feature maps, or what their filters look for."""

SIDE = 24
"""Cells along a side of a neuron's answer over the plane."""
_REACH, _STANDARD_REACH = 6.0, 3.0
"""Half the side of the plane: for points as they are, and for columns scaled to a spread of one."""
_LARGEST_TILE = 64
_BRIGHT_SHARE = 0.99


class Values(Protocol):
    """What one sample does: outputs and errors by node id, gradients by the name of the weight."""

    @property
    def outputs(self) -> Mapping[str, Array]: ...
    @property
    def errors(self) -> Mapping[str, Array]: ...
    @property
    def gradients(self) -> Mapping[str, Array]: ...


def places(column: Column, value: Array) -> Array:
    """A node's output for one sample as (units, …): a number, a row of steps or a picture for each neuron."""
    if value.dtype.kind in "iu":
        tokens = np.arange(column.units)[:, None]
        said: Array = (value.reshape(1, -1) == tokens).astype(np.float32)
        return said
    if column.kind == "pixels":
        return value.reshape(-1)
    return np.moveaxis(value.reshape(*column.shape[:-1], column.units), -1, 0)


def numbers(column: Column, value: Array) -> Floats:
    """One number for each neuron: of a sequence that of the last step, of a picture the mean. (units,)"""
    each = places(column, value)
    if each.ndim == 2:
        each = each[:, -1]
    elif each.ndim > 2:
        each = each.mean(axis=tuple(range(1, each.ndim)))
    return np.nan_to_num(np.asarray(each, dtype=np.float32))


def of_sample(column: Column, value: Array, shown: Indices) -> Floats | None:
    """Pictures of what neurons say about a sample, in −1…1 of the largest in the column; None for circles."""
    if column.kind == "pixels":
        return _picture(column, value)
    each = places(column, value)
    if each.ndim < 2:
        return None
    limit = float(np.abs(np.nan_to_num(each)).max()) or 1.0
    tiles = each[shown].reshape(len(shown), -1, each.shape[-1])
    return _small(tiles) / np.float32(limit)


def of_errors(column: Column, error: Array, shown: Indices) -> Floats | None:
    """The same of the error that comes back; of pixels in −1…1, too."""
    if column.kind == "pixels":
        picture: Array = np.nan_to_num(error.reshape((*column.shape[:2], -1)).mean(axis=-1))
        return picture[None] / np.float32(np.abs(picture).max() or 1.0)
    return of_sample(column, error, shown)


def of_weights(model: Model, choice: Choice, place: int, shown: Indices) -> Floats | None:
    """The weights of neurons to the pixels they read or paint, as pictures; None where there are no such."""
    column = choice.columns[place]
    for link in choice.links:
        read = model.parameters.value
        if (link.source, link.target) == (column.shows, place):
            rows = np.arange(link.count)
            matrix = link.weights(read, rows, shown).T
        elif (link.source, link.target) == (place, column.shows):
            columns = np.arange(choice.columns[column.shows].units)
            matrix = link.weights(read, shown, columns)
        else:
            continue
        tiles = matrix.reshape(len(shown), *choice.columns[column.shows].shape)
        tiles = tiles.mean(axis=-1) if tiles.ndim > 3 else tiles
        limit = float(np.quantile(np.abs(tiles), _BRIGHT_SHARE)) if tiles.size else 1.0
        return np.clip(_small(tiles) / np.float32(limit or 1.0), -1, 1)
    return None


def of_kernels(model: Model, column: Column, shown: Indices) -> Floats | None:
    """What filters look for, (shown, rows, columns): the mean over the channels they read."""
    patterns = column.kernel.patterns(model.parameters.value) if column.kernel else None
    if patterns is None:
        return None
    tiles = patterns[shown].mean(axis=1)
    limit = np.abs(tiles).max(axis=(1, 2), keepdims=True)
    scaled: Array = tiles / np.where(limit > 0, limit, 1)
    return scaled


def over_plane(model: Model, choice: Choice, shown: Mapping[int, Indices]) -> dict[int, Floats]:
    """For networks on two numbers: what every shown neuron says all over the plane, by column."""
    taps = {place: choice.columns[place].tap for place in shown if place}
    inputs = _grid(_STANDARD_REACH if model.signature.columns else _REACH)
    program = model.prediction_program(len(inputs), tuple(taps.values()))
    program.inputs["x"][...] = inputs
    with np.errstate(all="ignore"):
        program.run()
    found = {}
    for place, units in shown.items():
        answers = program.outputs[taps[place]] if place else inputs
        answers = np.nan_to_num(answers.reshape(len(inputs), -1)[:, units])
        if choice.columns[place].tap == model.output_id and model.encoding in ("binary", "index", "one_hot"):
            answers = answers * 2 - 1  # a share of one half is undecided
        limit = np.maximum(np.abs(answers).max(axis=0), 1.0)
        found[place] = (answers / limit).T.reshape(len(units), SIDE, SIDE)
    return found


def _grid(reach: float) -> NDArray[np.float32]:
    """Middles of the cells, (SIDE², 2): row by row from the top left, the second number upwards."""
    middles = (np.arange(SIDE) + 0.5) * (2 * reach / SIDE) - reach
    across, up = np.meshgrid(middles, middles[::-1])
    return np.stack((across.ravel(), up.ravel()), axis=1).astype(np.float32)


def _picture(column: Column, value: Array) -> Floats:
    """The picture itself, in 0…1: (1, rows, columns), or with three channels."""
    picture = np.clip(np.nan_to_num(value.reshape(column.shape).astype(np.float32)), 0, 1)
    if picture.ndim == 3 and picture.shape[2] == 1:
        picture = picture[:, :, 0]
    return picture[None]


def _small(tiles: Array) -> Array:
    """No more pixels than are seen."""
    rows, columns = (max(1, -(-side // _LARGEST_TILE)) for side in tiles.shape[1:])
    return np.nan_to_num(tiles[:, ::rows, ::columns])
