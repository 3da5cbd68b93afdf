"""Every weight of a network is a view into one flat vector; so are gradients and the optimiser's state."""

from collections.abc import Iterator, Mapping
from math import prod
from typing import Any

import numpy as np

from neuralstudio.engine.graph import Array, Shape
from neuralstudio.engine.memory import aligned_zeros

_ALIGNMENT = 16
"""Numbers: each weight starts at a multiple of 64 bytes (float32), which BLAS and the vector units like."""
_PACKED = 4096
"""Numbers below which all weights lie close together: a bias then follows its kernel (see ``fuse``)."""


class Parameters:
    """Named weights laid out one after the other in ``values`` and ``gradients``.

    values, gradients: (size,) of ``dtype``. ``size`` includes a little padding, which stays zero (behind each
    weight where there are many numbers, else behind the last). ``states``
    are further numbers that are kept but not trained, such as running means; they lie behind the weights.
    """

    def __init__(
        self,
        shapes: Mapping[str, Shape],
        dtype: type[np.floating[Any]] = np.float32,
        states: Mapping[str, Shape] | None = None,
    ) -> None:
        self.trained = tuple(shapes)
        self.shapes = {**shapes, **(states or {})}
        self._places: dict[str, slice] = {}
        start = 0
        self._stretches: dict[str, slice] = {}
        is_packed = sum(map(prod, self.shapes.values())) < _PACKED
        for number, (name, shape) in enumerate(self.shapes.items(), 1):
            self._places[name] = slice(start, start + prod(shape))
            step = 1 if is_packed and number < len(self.shapes) else _ALIGNMENT
            end = -(-(start + prod(shape)) // step) * step
            self._stretches[name] = slice(start, end)
            start = end
        self.values: Array = aligned_zeros(start, dtype)
        self.gradients: Array = aligned_zeros(start, dtype)

    @property
    def count(self) -> int:
        """Number of weights, states and padding not counted."""
        return sum(prod(self.shapes[name]) for name in self.trained)

    def stretch(self, name: str) -> slice:
        """Where a weight lies in the flat vectors, up to the start of the next."""
        return self._stretches[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self.shapes)

    def value(self, name: str) -> Array:
        """The weight of this name, as a view."""
        return self.view(self.values, name)

    def gradient(self, name: str) -> Array:
        """Its gradient, as a view."""
        return self.view(self.gradients, name)

    def view(self, flat: Array, name: str) -> Array:
        """The part of a flat vector laid out like ``values`` that belongs to one weight."""
        return flat[self._places[name]].reshape(self.shapes[name])

    def load(self, arrays: Mapping[str, Array]) -> tuple[str, ...]:
        """Copies the arrays that fit by name and shape; returns the names of the weights that got one."""
        fitting = [
            name for name, shape in self.shapes.items() if name in arrays and arrays[name].shape == shape
        ]
        for name in fitting:
            self.value(name)[...] = arrays[name]
        return tuple(fitting)

    def named(self, flat: Array | None = None) -> dict[str, Array]:
        """Copies of all weights by name (of ``values``, or of another vector of the same layout)."""
        source = self.values if flat is None else flat
        return {name: self.view(source, name).copy() for name in self.shapes}
