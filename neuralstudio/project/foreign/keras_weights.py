"""Reads the weights of a Keras model from its HDF5 part: plain arrays in it, of the shapes expected."""

import importlib
import re
from collections.abc import Mapping, Sequence
from io import BytesIO
from typing import Any

import numpy as np

from neuralstudio.engine.graph import Array, Shape
from neuralstudio.layers._base import Layer
from neuralstudio.layers.batch_norm import BatchNorm
from neuralstudio.layers.embedding import Embedding
from neuralstudio.layers.gru import GRU
from neuralstudio.layers.layer_norm import LayerNorm
from neuralstudio.layers.lstm import LSTM
from neuralstudio.layers.simple_rnn import SimpleRNN
from neuralstudio.project.foreign.refusal import RefusalError, shown


def folders(classes: Sequence[str]) -> list[str]:
    """Where Keras keeps each layer: by its class, numbered from the second one on."""
    counts: dict[str, int] = {}
    found = []
    for name in classes:
        words = re.sub("(.)([A-Z][a-z]+)", r"\1_\2", name)
        words = re.sub("([a-z])([A-Z])", r"\1_\2", words).lower()
        number = counts[words] = counts.get(words, -1) + 1
        found.append(f"layers/{words}_{number}" if number else f"layers/{words}")
    return found


def places(kind: Layer, folder: str) -> dict[str, Sequence[str]]:
    """Our names of the arrays at each place; several are the rows of one array."""
    match kind:
        case SimpleRNN() | LSTM() | GRU() if kind.direction == "both":
            return _cell(kind, f"{folder}/forward_layer", "") | _cell(
                kind, f"{folder}/backward_layer", "backward_"
            )
        case SimpleRNN() | LSTM() | GRU():
            return _cell(kind, folder, "")
        case BatchNorm():
            names = ["gamma", "beta", "moving_mean", "moving_variance"]
        case LayerNorm():
            names = ["gamma", "beta"]
        case Embedding():
            names = ["table"]
        case _:
            names = ["kernel", "bias"]
    return {f"{folder}/vars/{number}": [name] for number, name in enumerate(names)}


def _cell(kind: Layer, folder: str, prefix: str) -> dict[str, Sequence[str]]:
    bias = ["bias", "recurrent_bias"] if isinstance(kind, GRU) else ["bias"]
    arrays = [["kernel"], ["recurrent_kernel"], bias]
    return {
        f"{folder}/cell/vars/{number}": [prefix + name for name in names]
        for number, names in enumerate(arrays)
    }


class WeightFile:
    """The open HDF5 part. Raises ``RefusalError`` for what is no plain array of numbers in it."""

    def __init__(self, content: bytes) -> None:
        try:
            self._h5: Any = importlib.import_module("h5py")
        except ImportError:
            self._h5 = None
            return
        try:
            self._file = self._h5.File(BytesIO(content), "r")
        except (OSError, ValueError, RuntimeError, KeyError):
            raise RefusalError("Its weights are damaged", "Save the model again from Keras.") from None

    @property
    def is_readable(self) -> bool:
        return self._h5 is not None

    def arrays(self, wanted: Mapping[str, Sequence[str]], shapes: Mapping[str, Shape]) -> dict[str, Array]:
        """The arrays at some places, by the names they are wanted under."""
        found: dict[str, Array] = {}
        for place, names in wanted.items():
            if not all(name in shapes for name in names):
                continue
            try:
                whole = self._array(place, [shapes[name] for name in names])
            except (OSError, ValueError, RuntimeError, KeyError, TypeError, AttributeError):
                raise RefusalError(f"Its weights are damaged at {shown(place)}") from None
            rows = [whole] if len(names) == 1 else list(whole)
            found |= {name: row.reshape(shapes[name]) for name, row in zip(names, rows, strict=True)}
        return found

    def _array(self, place: str, shapes: Sequence[Shape]) -> Array:
        at: Any = self._file
        for step in place.split("/"):
            link = at.get(step, getlink=True) if isinstance(at, self._h5.Group) and step in at else None
            if not isinstance(link, self._h5.HardLink):
                missing = link is None
                raise RefusalError(
                    f"It has no weights at {shown(place)}"
                    if missing
                    else f"Its weights at {shown(place)} lie in another place or file"
                )
            at = at[step]
        own = shapes[0] if len(shapes) == 1 else (len(shapes), *shapes[0])
        # A dense layer for each step is a convolution of length 1 here, whose kernel has one axis more.
        allowed = [own, own[1:]] if own[0] == 1 else [own]
        if not isinstance(at, self._h5.Dataset) or at.shape not in allowed or at.dtype.kind != "f":
            raise RefusalError(f"Its weights do not fit its layers ({shown(place)})")
        if at.external or at.is_virtual or at.id.get_create_plist().get_nfilters():
            raise RefusalError(f"Its weights at {shown(place)} are not stored as Keras does")
        array = np.asarray(at[()], dtype=np.float32)
        if not np.isfinite(array).all():
            raise RefusalError(f"Its weights at {shown(place)} are not all finite numbers")
        return array
