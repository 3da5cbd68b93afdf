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
    without a line between them. ``colour``: the number of a kept run, each of which has a colour of its own.
    """

    name: str
    x: Floats
    y: Floats
    role: Literal["train", "test", "faint"] = "train"
    marks: bool = False
    dashed: bool = False
    is_cloud: bool = False
    colour: int | None = None


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
class Axis:
    """One side of a square: what it is called, and from where to where it goes."""

    name: str
    low: float
    high: float


@dataclass(frozen=True)
class Scatter:
    """Points over a map of the network's answer on a square.

    points: (n, 2); classes: (n,) indices; is_test: (n,) bool; background: (rows, columns) in −1…1, row 0 on
    top, or (rows, columns, 3) uint8 colours for more than two classes; reach: half the side of the square;
    values: (n,) in −1…1, which colour the points instead of classes; axes: across and up, where they have
    names and units of their own.
    """

    title: str
    points: Floats
    classes: NDArray[np.int64]
    is_test: NDArray[np.bool_]
    background: Floats | NDArray[np.uint8]
    reach: float
    empty: str = ""
    values: Floats | None = None
    axes: tuple[Axis, Axis] | None = None


@dataclass(frozen=True)
class Surface:
    """The network's answer as heights over a square, to be turned in space.

    heights: (rows, columns), row 0 farthest up the second axis; colours: (rows, columns) in −1…1, or
    (rows, columns, 3) uint8. axes: across, up and height.
    """

    title: str
    heights: Floats
    colours: Floats | NDArray[np.uint8]
    axes: tuple[Axis, Axis, Axis]
    empty: str = ""


LayerKind = Literal["circles", "maps", "strips", "weights", "plane", "pixels"]
"""How the neurons of a column look: circles; or small pictures of what each says all over an image, over the
steps of a sequence or over the plane, or of its weights to the pixels; or as the pixels of one picture."""


@dataclass(frozen=True)
class Layer:
    """One column of a network graph: of its ``total`` neurons the window ``shown``, from ``first`` on.

    names, texts, activations, errors (∂loss/∂activation): one for each shown neuron, where known. tiles and
    error_tiles: (shown, rows, columns) in −1…1; for "pixels" (1, rows, columns) or (1, rows, columns, 3), in
    0…1. Columns of one ``depth`` lie above one another, each in its ``lane`` of ``lanes``.
    """

    title: str
    total: int
    shown: NDArray[np.int64]
    names: tuple[str, ...] = ()
    activations: Floats | None = None
    kind: LayerKind = "circles"
    caption: str = ""
    first: int = 0
    depth: int = 0
    lane: int = 0
    lanes: int = 1
    texts: tuple[str, ...] = ()
    tiles: Floats | None = None
    errors: Floats | None = None
    error_tiles: Floats | None = None
    strongest: int | None = None
    """The neuron that says most, of several that answer."""
    is_recurrent: bool = False


@dataclass(frozen=True)
class Edges:
    """Weights between column ``source`` and column ``target``: the strongest of ``total``.

    starts, ends: (n,) positions within the columns' ``shown``; weights: (n,) signed values; gradients: (n,)
    ∂loss/∂weight where known. ``limit`` is the |weight| drawn thickest. ``is_band``: there are too many to be
    told apart, so that a band stands for all but these, the strongest (if any). Not ``is_weighted``: neurons
    are handed on one by one.
    """

    source: int
    target: int
    starts: NDArray[np.int64]
    ends: NDArray[np.int64]
    weights: Floats
    total: int
    limit: float = 1.0
    gradients: Floats | None = None
    is_band: bool = False
    is_weighted: bool = True


@dataclass(frozen=True)
class Graph:
    """Neurons in columns, and weights between them."""

    title: str
    layers: tuple[Layer, ...]
    edges: tuple[Edges, ...]
    note: str = ""
    empty: str = ""


@dataclass(frozen=True)
class Table:
    """Rows of text under column titles."""

    title: str
    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...] = field(default=())
    empty: str = ""


Figure = Curves | Bars | Histogram | Heatmap | Scatter | Surface | Graph | Table
