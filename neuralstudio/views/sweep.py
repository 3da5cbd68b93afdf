"""A sweep as a table of figures, and which of its cells is the best."""

from collections.abc import Callable, Iterable, Sequence
from math import isfinite
from typing import Protocol

from neuralstudio.views._base import Table


class Cell(Protocol):
    """What came of one combination of two settings."""

    @property
    def row(self) -> int: ...

    @property
    def column(self) -> int: ...

    @property
    def train_loss(self) -> float: ...

    @property
    def test_loss(self) -> float: ...

    @property
    def metric(self) -> float: ...

    @property
    def problem(self) -> str: ...


def best(cells: Iterable[Cell]) -> tuple[int, int] | None:
    """Row and column of the least test loss; None where no cell came to one."""
    sound = [cell for cell in cells if not cell.problem and isfinite(cell.test_loss)]
    if not sound:
        return None
    least = min(sound, key=lambda cell: (cell.test_loss, cell.row, cell.column))
    return least.row, least.column


def compute(
    titles: tuple[str, str],
    rows: Sequence[str],
    columns: Sequence[str],
    cells: Iterable[Cell],
    metric: str,
    in_words: Callable[[float], str] = lambda value: f"{value:.4g}",
) -> Table:
    """A row for each cell that was found: its two settings, losses, metric, and what went wrong."""
    found = list(cells)
    winner = best(found)
    return Table(
        "Sweep",
        (*titles, "Train loss", "Test loss", metric, "Note"),
        tuple(
            (
                rows[cell.row],
                columns[cell.column],
                number(cell.train_loss),
                number(cell.test_loss),
                in_words(cell.metric) if isfinite(cell.metric) else "",
                cell.problem or ("best" if (cell.row, cell.column) == winner else ""),
            )
            for cell in found
        ),
    )


def number(value: float) -> str:
    """A loss; "" where there is none."""
    return f"{value:.4g}" if isfinite(value) else ""
