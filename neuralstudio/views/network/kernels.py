"""The weights between two columns as one matrix, whatever sort of layer they belong to."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from neuralstudio.engine.graph import Array
from neuralstudio.layers._base import Layer as LayerKind
from neuralstudio.layers.conv_transpose2d import ConvTranspose2D
from neuralstudio.layers.features import Features
from neuralstudio.layers.rbf import RBF
from neuralstudio.network.spec import Node
from neuralstudio.network.trace import Trace

Indices = NDArray[np.int64]
Read = Callable[[str], Array]
"""Looks up an array by the full name of a weight: its values, or its gradient."""

_UNITS_FIRST: tuple[type[LayerKind], ...] = (ConvTranspose2D, RBF)
"""Layers whose kernels have the units on the last axis but one."""


@dataclass(frozen=True)
class Kernel:
    """The weights of a column: full names of arrays that lie side by side, (…, inputs, gates·units) each."""

    node: Node
    names: tuple[str, ...]
    inputs: int
    units: int
    gates: int
    groups: int
    is_mean: bool
    """A connection stands for several weights: a pattern of a filter, or the gates of a unit."""

    def matrix(self, read: Read, units: Indices) -> Array:
        """One number for each input and some units, (inputs, len(units)): the weight, or the mean |w|."""
        if len(self.names) == 1 and self.gates == 1 and self.groups == 1:
            kernel = read(self.names[0])
            is_turned = isinstance(self.node.layer, _UNITS_FIRST)
            kernel = np.swapaxes(kernel, -1, -2)[..., units] if is_turned else kernel[..., units]
            if self.is_mean:
                kernel = np.abs(kernel)
            mean: Array = kernel.mean(axis=tuple(range(kernel.ndim - 2)))
            return mean
        return np.concatenate([self._part(read(name)) for name in self.names], axis=1)[:, units]

    def _part(self, kernel: Array) -> Array:
        if self.is_mean:
            kernel = np.abs(kernel)
        if kernel.ndim > 2:
            kernel = kernel.mean(axis=tuple(range(kernel.ndim - 2)))
        if self.gates > 1:
            kernel = kernel.reshape(len(kernel), self.gates, -1).mean(axis=1)
        if self.groups == 1:
            return kernel
        rows, units = len(kernel), kernel.shape[1] // self.groups
        whole = np.zeros((rows * self.groups, kernel.shape[1]), kernel.dtype)
        for group in range(self.groups):
            columns = slice(group * units, (group + 1) * units)
            whole[group * rows : (group + 1) * rows, columns] = kernel[:, columns]
        return whole

    def patterns(self, read: Read) -> Array | None:
        """What each filter looks for in each channel, (units, inputs, rows, columns); None for no images."""
        kernel = read(self.names[0])
        if kernel.ndim != 4 or self.groups > 1:
            return None
        order = (2, 3, 0, 1) if isinstance(self.node.layer, _UNITS_FIRST) else (3, 2, 0, 1)
        patterns: Array = kernel.transpose(order)
        return patterns


@dataclass(frozen=True)
class Link:
    """Connections from column ``source`` (of ``count`` neurons) to column ``target``.

    Without a kernel the neurons are handed on one by one, from place ``start`` of the target on, ``length``
    of them.
    """

    source: int
    target: int
    count: int
    kernel: Kernel | None = None
    start: int = 0
    length: int = 0
    features: tuple[str, ...] = ()
    total: int = 0
    """How many weights there are, or pairs where a connection stands for several."""

    @property
    def is_mean(self) -> bool:
        """A connection stands for several weights: the mean of their sizes is shown."""
        return self.kernel is not None and (self.kernel.is_mean or self.kernel.inputs > self.count)

    def weights(self, read: Read, rows: Indices, units: Indices) -> Array:
        """(len(rows), len(units)); zero where there is no connection.

        Images and sequences are flattened with the channels last, so every place has each channel once.
        """
        if self.kernel is None:
            return self._handed_on(rows, units)
        matrix = self.kernel.matrix(read, units)
        if len(matrix) == self.count:
            return matrix[rows]
        if len(matrix) % self.count == 0:
            means: Array = np.abs(matrix).reshape(-1, self.count, len(units)).mean(axis=0)[rows]
            return means
        if self.count % len(matrix) == 0:
            return matrix[rows % len(matrix)]
        return np.zeros((len(rows), len(units)), matrix.dtype)

    def _handed_on(self, rows: Indices, units: Indices) -> Array:
        if self.features:
            wanted = [[f"x{row + 1}" in self.features[unit] for unit in units] for row in rows.tolist()]
            return np.array(wanted, dtype=np.float32).reshape(len(rows), len(units))
        place = units - self.start
        period = min(self.count, self.length) or 1
        is_within = (place >= 0) & (place < self.length)
        pairs = (rows[:, None] % period == place[None, :] % period) & is_within[None, :]
        handed: Array = pairs.astype(np.float32)
        return handed


def kernel_of(node: Node, traced: Trace) -> Kernel | None:
    """What a layer multiplies its input with; None for layers that have nothing of the kind."""
    shapes = {name: weight.shape for name, weight in traced.weights_of(node.id).items()}
    names = tuple(name for name, shape in shapes.items() if len(shape) > 1 and "recurrent" not in name)
    if not names:
        return None
    units = traced.tensors[node.id].shape[-1]
    shape = shapes[names[0]]
    rows, columns = shape[-2:] if not isinstance(node.layer, _UNITS_FIRST) else (shape[-1], shape[-2])
    each = units // len(names)
    if not each or columns % each:
        return None
    groups = int(getattr(node.layer, "groups", 1))
    is_mean = columns > each or any(length > 1 for length in shape[:-2])
    return Kernel(node, names, rows * groups, units, columns // each, groups, is_mean)


def features_of(node: Node) -> tuple[str, ...]:
    """The features a layer hands on, by tag; none for other layers."""
    return tuple(node.layer.chosen) if isinstance(node.layer, Features) else ()
