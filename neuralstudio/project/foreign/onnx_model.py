"""What an ONNX file says, as plain values (onnx.proto)."""

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np

from neuralstudio.engine.graph import Array

PRODUCER = "NeuralStudio"

TYPES: Mapping[int, type[np.generic]] = {
    1: np.float32,
    6: np.int32,
    7: np.int64,
    9: np.bool_,
    10: np.float16,
    11: np.float64,
}
FLOAT, INT64 = 1, 7


@dataclass(frozen=True)
class Subgraph:
    """Stands for a graph within a node: seen, not read."""


Attribute = int | float | str | Array | tuple[int | float, ...] | tuple[str, ...] | Subgraph


@dataclass(frozen=True)
class Node:
    """An operation: the names of the tensors it reads ("" where one is left out) and makes."""

    op: str
    inputs: tuple[str, ...]
    outputs: tuple[str, ...]
    attributes: Mapping[str, Attribute] = field(default_factory=dict)
    name: str = ""
    domain: str = ""


@dataclass(frozen=True)
class Port:
    """An input or output of the graph. ``shape``: None where a length is open; all None: nothing is said."""

    name: str
    shape: tuple[int | None, ...] | None
    type: int = FLOAT
    batch: str = "batch"


@dataclass(frozen=True)
class Graph:
    """Operations in order, and the numbers they begin with."""

    nodes: tuple[Node, ...]
    tensors: Mapping[str, Array]
    inputs: tuple[Port, ...]
    outputs: tuple[Port, ...]
    name: str = "network"


@dataclass(frozen=True)
class OnnxModel:
    """A whole file. ``metadata`` is a list of texts under names."""

    graph: Graph
    opset: int
    producer: str = ""
    doc: str = ""
    metadata: Mapping[str, str] = field(default_factory=dict)
