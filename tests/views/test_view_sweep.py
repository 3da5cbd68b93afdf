"""The table of a sweep: the least test loss is the best, and what came to nothing is never it."""

from dataclasses import dataclass
from math import nan

from neuralstudio.views.sweep import best, compute


@dataclass(frozen=True)
class Found:
    row: int
    column: int
    train_loss: float = nan
    test_loss: float = nan
    metric: float = nan
    problem: str = ""


CELLS = (
    Found(0, 0, 0.3, 0.4, 0.9),
    Found(0, 1, 0.1, 0.2, 0.95),
    Found(1, 0, 0.01, 0.02, 0.99, problem="it diverged"),
    Found(1, 1, problem="no such layer"),
)


def test_the_least_test_loss_of_a_whole_run_is_the_best() -> None:
    assert best(CELLS) == (0, 1)


def test_of_equals_the_first_is_the_best() -> None:
    assert best((Found(1, 0, 1, 0.5), Found(0, 1, 1, 0.5))) == (0, 1)


def test_where_nothing_came_out_nothing_is_the_best() -> None:
    assert best(CELLS[2:]) is None
    assert best((Found(0, 0, 0.1),)) is None, "without test samples there is no telling"
    assert best(()) is None


def test_the_table_has_a_row_for_each_cell_with_gaps_where_nothing_is_known() -> None:
    table = compute(
        ("Rate", "Units"), ("0.1", "1"), ("2", "4"), CELLS, "Accuracy", lambda value: f"{value:.0%}"
    )
    assert table.columns == ("Rate", "Units", "Train loss", "Test loss", "Accuracy", "Note")
    assert table.rows == (
        ("0.1", "2", "0.3", "0.4", "90%", ""),
        ("0.1", "4", "0.1", "0.2", "95%", "best"),
        ("1", "2", "0.01", "0.02", "99%", "it diverged"),
        ("1", "4", "", "", "", "no such layer"),
    )
