"""Features of a point as ONNX operations."""

from collections.abc import Sequence

from neuralstudio.export._onnx_graph import GraphBuilder


def featured(graph: GraphBuilder, x: str, chosen: Sequence[str]) -> str:
    """The chosen features of a value (batch, 2), side by side: the name of the result."""
    x1, x2 = (graph.add("Gather", x, graph.integers("column", place), axis=1) for place in (0, 1))
    calls: dict[str, tuple[str, ...]] = {
        "x1": ("Identity", x1),
        "x2": ("Identity", x2),
        "x1-squared": ("Mul", x1, x1),
        "x2-squared": ("Mul", x2, x2),
        "x1-x2": ("Mul", x1, x2),
        "sin-x1": ("Sin", x1),
        "sin-x2": ("Sin", x2),
        "cos-x1": ("Cos", x1),
        "cos-x2": ("Cos", x2),
    }
    return graph.add("Concat", *(graph.add(*call) for name, call in calls.items() if name in chosen), axis=1)
