"""How metrics are written for people: names, figures, and the table of which class was taken for which."""

from collections.abc import Iterator, Sequence

from neuralstudio.engine.graph import Array
from neuralstudio.engine.metrics import MetricFunction

MOST_CLASSES = 16
"""A table of more classes is too wide to be read."""

_WIDEST = 12


def named(metric: MetricFunction) -> str:
    """What a metric is called within a sentence."""
    caption = metric.caption
    is_word = caption[1:2].islower()  # F1 and R² keep their capital
    return caption[0].lower() + caption[1:] if is_word else caption


def figure(metric: MetricFunction, value: float) -> str:
    """A metric's value: in per cent where it is a share."""
    return f"{100 * value:.2f} %" if metric.is_share else f"{value:.4g}"


def table(counts: Array, classes: Sequence[str]) -> Iterator[str]:
    """Lines with the counts of (true, said) class, (classes, classes): a row for each true class."""
    names = [name if len(name) <= _WIDEST else f"{name[: _WIDEST - 1]}…" for name in classes]
    cells = [[f"{count:,}" for count in row] for row in counts.tolist()]
    width = max(len(text) for text in (*names, *(cell for row in cells for cell in row)))
    first = max(len(name) for name in names)
    yield "  ".join((" " * first, *(f"{name:>{width}}" for name in names)))
    for name, row in zip(names, cells, strict=True):
        yield "  ".join((f"{name:>{first}}", *(f"{cell:>{width}}" for cell in row)))
