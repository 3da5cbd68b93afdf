"""Figures of every kind, one typical and one empty, for the tests of the widgets that show them."""

from dataclasses import dataclass

import numpy as np
import pytest

from neuralstudio.views._base import (
    Bars,
    Curve,
    Curves,
    Edges,
    Figure,
    Graph,
    Heatmap,
    Histogram,
    Layer,
    Scatter,
    Table,
)


@dataclass(frozen=True)
class Sample:
    """A figure with something to see, and one of the same kind without."""

    typical: Figure
    empty: Figure


def _curves() -> Sample:
    x = np.linspace(0.0, 3.0, 400)
    marks = np.array([0.0, 1.0, 2.0])
    curves = (
        Curve("train", x, np.exp(-x) + 0.02 * np.sin(60 * x), "faint"),
        Curve("train", x, np.exp(-x)),
        Curve("test", marks, np.exp(-marks) + 0.1, "test", marks=True),
    )
    return Sample(Curves("Loss", "epoch", curves), Curves("Loss", "epoch", (), empty="Press Train."))


def _bars() -> Sample:
    values = np.array([0.01, 0.02, 0.9, 0.07])
    labels = ("zero", "one", "two", "three")
    full = Bars("Classes", labels, values, percent=True, strongest=2)
    return Sample(full, Bars("Classes", (), np.zeros(0), empty="Draw a digit."))


def _histogram() -> Sample:
    edges = np.linspace(-1.0, 1.0, 21)
    full = Histogram("Weights", edges, 10 - np.abs(np.arange(20) - 9.5), note="mean 0.00")
    return Sample(full, Histogram("Weights", edges, np.zeros(20)))


def _heatmap() -> Sample:
    values = np.array([[980.0, 3.0], [8.0, 1120.0]])
    texts = tuple(tuple(f"{value:.0f}" for value in row) for row in values)
    names = ("0", "1")
    full = Heatmap("Confusion", values, 1120.0, False, names, names, "true", "answer", texts)
    return Sample(full, Heatmap("Confusion", np.zeros((0, 0)), 1.0, empty="Train first."))


def _scatter() -> Sample:
    points = np.array([[-3.0, 2.0], [4.0, -1.0], [0.0, 5.0]])
    field = np.linspace(-1.0, 1.0, 400).reshape(20, 20)
    full = Scatter("Output", points, np.array([0, 1, 1]), np.array([False, True, False]), field, 6.0)
    nothing = np.zeros((0, 0))
    none = np.zeros(0, dtype=np.int64)
    return Sample(
        full, Scatter("Output", np.zeros((0, 2)), none, none.astype(bool), nothing, 6.0, "No data.")
    )


def _graph() -> Sample:
    said = np.array([0.0, 0.5, 1.0]), np.array([-0.5, 0.7])
    layers = (
        Layer("Inputs", 784, np.array([390, 391, 392]), activations=said[0], first=390),
        Layer("Dense", 2, np.array([0, 1]), names=("yes", "no"), activations=said[1], depth=1),
    )
    weights = np.array([0.9, -0.8, 0.1, -0.2, 0.5, 0.4])
    edges = Edges(0, 1, np.repeat(np.arange(3), 2), np.tile(np.arange(2), 3), weights, 1568)
    full = Graph("", layers, (edges,), note="showing 6 of 1,568 weights")
    return Sample(full, Graph("", (), (), empty="Add a layer."))


def _table() -> Sample:
    rows = (("Flatten", "784", "0"), ("Dense 1", "128", "100,480"), ("Dense 2", "10", "1,290"))
    columns = ("Layer", "Output", "Weights")
    return Sample(Table("Layers", columns, rows), Table("Layers", columns, empty="No layers."))


_SAMPLES = {
    "curves": _curves,
    "bars": _bars,
    "histogram": _histogram,
    "heatmap": _heatmap,
    "scatter": _scatter,
    "graph": _graph,
    "table": _table,
}


@pytest.fixture(params=sorted(_SAMPLES))
def sample(request: pytest.FixtureRequest) -> Sample:
    """A sample of each kind of figure in turn."""
    return _SAMPLES[str(request.param)]()


@pytest.fixture
def graph() -> Graph:
    figure = _graph().typical
    assert isinstance(figure, Graph)
    return figure


@pytest.fixture
def curves() -> Curves:
    figure = _curves().typical
    assert isinstance(figure, Curves)
    return figure
