"""The kinds of figure a view can compute: the window paints, the command line writes them."""

from dataclasses import dataclass, field
from typing import Literal

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64] | NDArray[np.float32]


@dataclass(frozen=True)
class Curve:
    """One line of a plot. ``x`` and ``y`` have the same length; ``role`` picks the colour.

    ``dashed``: drawn in dashes, to be told apart from another line of the same colour. ``is_cloud``: points
    without a line between them.
    """

    name: str
    x: Floats
    y: Floats
    role: Literal["train", "test", "faint"] = "train"
    marks: bool = False
    dashed: bool = False
    is_cloud: bool = False


@dataclass(frozen=True)
class Curves:
    """Lines over one horizontal axis. ``percent``: y runs 0–1 and is shown as 0–100 %.

    ``x_limit``: how far the axis reaches at least, so that a run shows how much is still to come.
    """

    title: str
    x_title: str
    curves: tuple[Curve, ...]
    percent: bool = False
    x_limit: float | None = None
    empty: str = ""


@dataclass(frozen=True)
class Bars:
    """A bar for each label: class percentages (``percent``), histogram counts. ``values``: (n,)."""

    title: str
    labels: tuple[str, ...]
    values: Floats
    percent: bool = False
    strongest: int | None = None
    empty: str = ""


@dataclass(frozen=True)
class Histogram:
    """Counts between edges; signed: bars left of zero take the negative colour. ``edges``: (n + 1,)."""

    title: str
    edges: Floats
    counts: Floats
    note: str = ""
    signed: bool = True
    empty: str = ""


@dataclass(frozen=True)
class Heatmap:
    """A matrix, row 0 on top. ``signed`` maps −limit…+limit to orange…blue, else 0…limit to the accent."""

    title: str
    values: Floats
    limit: float
    signed: bool = False
    row_labels: tuple[str, ...] = ()
    column_labels: tuple[str, ...] = ()
    row_title: str = ""
    column_title: str = ""
    cell_texts: tuple[tuple[str, ...], ...] = ()
    empty: str = ""


@dataclass(frozen=True)
class Scatter:
    """Points over a map of the network's answer on a square.

    points: (n, 2); classes: (n,) indices; is_test: (n,) bool; field: (rows, columns) in −1…1, row 0 on top,
    or (rows, columns, 3) uint8 colours for more than two classes; reach: half the side of the square.
    """

    title: str
    points: Floats
    classes: NDArray[np.int64]
    is_test: NDArray[np.bool_]
    background: Floats | NDArray[np.uint8]
    reach: float
    empty: str = ""


@dataclass(frozen=True)
class Layer:
    """One column of a network graph: ``shown`` of ``total`` neurons, names and activations where known."""

    title: str
    total: int
    shown: NDArray[np.int64]
    names: tuple[str, ...] = ()
    activations: Floats | None = None


@dataclass(frozen=True)
class Edges:
    """Weights between column ``source`` and column ``target``: the strongest of ``total``.

    starts, ends: (n,) positions within the columns' ``shown``; weights: (n,) signed values.
    """

    source: int
    target: int
    starts: NDArray[np.int64]
    ends: NDArray[np.int64]
    weights: Floats
    total: int


@dataclass(frozen=True)
class Graph:
    """Neurons in columns, and weights between them. ``limit`` is the |weight| drawn thickest."""

    title: str
    layers: tuple[Layer, ...]
    edges: tuple[Edges, ...]
    limit: float
    note: str = ""
    empty: str = ""


@dataclass(frozen=True)
class Table:
    """Rows of text under column titles."""

    title: str
    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...] = field(default=())
    empty: str = ""


Figure = Curves | Bars | Histogram | Heatmap | Scatter | Graph | Table
