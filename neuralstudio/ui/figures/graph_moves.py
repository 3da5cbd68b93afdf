"""Where the keyboard and the wheel lead in a network graph."""

from PySide6.QtCore import Qt

from neuralstudio.views._base import Graph

_KEYS = {
    Qt.Key.Key_Up, Qt.Key.Key_Down, Qt.Key.Key_Left, Qt.Key.Key_Right,
    Qt.Key.Key_PageUp, Qt.Key.Key_PageDown, Qt.Key.Key_Home, Qt.Key.Key_End,
}  # fmt: skip

Neuron = tuple[int, int]
"""(column, index)."""


def scrolled_to(first: int, count: int, total: int) -> int:
    """Where a window of ``count`` may begin in a column of ``total`` neurons."""
    return max(0, min(first, total - count))


def moved(figure: Graph, place: Neuron | None, key: int) -> Neuron | None:
    """Where a key leads from a neuron (from nowhere: to the first in view); None for other keys."""
    keys = Qt.Key
    if key not in _KEYS:
        return None
    if place is None:
        shown = figure.layers[0].shown
        return (0, int(shown[0])) if len(shown) else None
    match key:
        case keys.Key_Up | keys.Key_Down:
            return stepped(figure, place, 1 if key == keys.Key_Down else -1)
        case keys.Key_Left | keys.Key_Right:
            return beside(figure, place, 1 if key == keys.Key_Right else -1)
        case keys.Key_PageUp | keys.Key_PageDown:
            return paged(figure, place, 1 if key == keys.Key_PageDown else -1)
    return place[0], figure.layers[place[0]].total - 1 if key == keys.Key_End else 0


def stepped(figure: Graph, place: Neuron, step: int) -> Neuron:
    """The next neuron of the column, or the one before; of a picture the pixel below or above."""
    column, index = place
    layer = figure.layers[column]
    moved = index + step * _row(figure, column)
    return column, moved if 0 <= moved < layer.total else index


def beside(figure: Graph, place: Neuron, step: int) -> Neuron:
    """The neuron as far down in the column at the right or left; within a picture the pixel beside."""
    column, index = place
    layer = figure.layers[column]
    row = _row(figure, column)
    if layer.kind == "pixels" and 0 <= index % row + step < row:
        return column, index + step
    depths = [each.depth for each in figure.layers]
    wanted = layer.depth + step
    if wanted not in depths:
        return place
    other = depths.index(wanted)
    target = figure.layers[other]
    down = (index - layer.first) / max(1, len(layer.shown) - 1)
    if target.kind == "pixels":
        columns = _row(figure, other)
        rows = target.total // columns
        at = min(rows - 1, round(down * (rows - 1)))
        return other, at * columns + (columns - 1 if step < 0 else 0)
    count = len(target.shown)
    return other, target.first + min(max(0, count - 1), max(0, round(down * (count - 1))))


def paged(figure: Graph, place: Neuron, pages: int) -> Neuron:
    """A window further down or up in the column."""
    column, index = place
    layer = figure.layers[column]
    step = _row(figure, column) * 5 if layer.kind == "pixels" else max(1, len(layer.shown))
    return column, max(0, min(layer.total - 1, index + pages * step))


def _row(figure: Graph, column: int) -> int:
    """How far the neuron below is: a row of pixels, or one."""
    layer = figure.layers[column]
    if layer.kind != "pixels" or layer.tiles is None:
        return 1
    return max(1, layer.total // int(layer.tiles.shape[1]))
