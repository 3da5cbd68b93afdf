"""Two columns of a table of one's own, and a third to predict from them."""

from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path
from typing import Annotated, ClassVar, Literal

import numpy as np
from msgspec import Meta
from numpy.typing import NDArray

from neuralstudio.data._base import Data, Dataset, Quantity, Samples, Signature
from neuralstudio.data.sets._base import COLOURS, FEATURES
from neuralstudio.data.sets._settings import Share
from neuralstudio.data.split import split, split_by_class
from neuralstudio.data.table import Column, Table, read_table
from neuralstudio.schema.problem import Problem, ProblemError

REACH = 5.0
"""The network gets both columns from −5 to 5."""
LONGEST_NAME = 30
"""Letters of a class that are shown."""
FEWEST = 4
"""Complete rows there have to be."""


class Columns(Dataset, tag="columns"):
    """Two columns of your own table (CSV or TSV) as the plane, and a third to predict.

    Rows in which one of the three has no value are left out. The columns reach from −5 to 5 for the network:
    (value − centre)·5/half the range. A target of words has a class for each, ten at most; a target of
    numbers is predicted as (value − centre)/half the range, or is taken for classes if you say so.
    """

    title: ClassVar[str] = "Table"
    group: ClassVar[str] = "Points in the plane"

    file: Annotated[
        str,
        Meta(
            title="Table file",
            description="Columns divided by commas, semicolons or tabs, with their names in the first line.",
            extra={"role": "file"},
        ),
    ] = ""
    across: Annotated[
        str,
        Meta(
            title="X₁",
            description="The column that goes across. Left empty: the first with numbers.",
            extra={"role": "column"},
        ),
    ] = ""
    up: Annotated[
        str,
        Meta(
            title="X₂",
            description="The column that goes up. Left empty: the second with numbers.",
            extra={"role": "column"},
        ),
    ] = ""
    target: Annotated[
        str,
        Meta(
            title="To predict",
            description="The column with classes or numbers to predict. Left empty: the last of the others.",
            extra={"role": "column"},
        ),
    ] = ""
    task: Annotated[
        Literal["automatic", "classes", "numbers"],
        Meta(
            title="Kind of target",
            description="Automatic: words are classes, and numbers are numbers.",
        ),
    ] = "automatic"
    share: Share = 50

    @property
    def signature(self) -> Signature:
        """Two numbers in, with their names; classes or a number out.

        The table is read once to know them, and again when the file has changed. Of a table that cannot be
        used nothing is known: two classes are taken for granted, and ``load`` says what is wrong.
        """
        try:
            return self._read()[0]
        except ProblemError:
            return Signature((2,), classes=COLOURS[:2], features=FEATURES)

    def load(self, seed: int) -> Data:
        """Shuffles and splits the complete rows; there is no validation part. Raises ``ProblemError``."""
        signature, samples, note = self._read()
        order = np.random.default_rng(np.random.SeedSequence(seed).spawn(2)[1])
        if signature.classes:
            return Data(signature, *split_by_class(samples, self.share / 100, order), note=note)
        return Data(signature, *split(samples, self.share / 100, 0.0, order), note=note)

    def _read(self) -> tuple[Signature, Samples, str]:
        """What the table is, all its complete rows, and a note on the others."""
        if not self.file:
            raise _refused("Table", "No table is chosen yet", "Choose a CSV or TSV file.", "file")
        table = read_table(Path(self.file).expanduser())
        return _digested(table, self.across, self.up, self.target, self.task)


Chosen = Mapping[str, Column]
"""A column for each of the fields "across", "up" and "target"."""


@lru_cache(maxsize=8)
def _digested(table: Table, across: str, up: str, target: str, task: str) -> tuple[Signature, Samples, str]:
    chosen = _chosen(table, {"across": across, "up": up, "target": target})
    has_classes = task == "classes" or (task == "automatic" and bool(chosen["target"].words))
    for field, column in chosen.items():
        if column.words and not (field == "target" and has_classes):
            row, word = column.cells.index(column.words[0]) + 1, _cut(column.words[0])
            what = f"“{column.name}” should hold numbers, but row {row} has “{word}”"
            raise _refused(table.name, what, "Choose a column of numbers.", field)
    is_complete = ~np.any([column.is_missing for column in chosen.values()], axis=0)
    count = int(is_complete.sum())
    if count < FEWEST:
        what = f"It has {count} complete rows in these columns, and a network needs at least {FEWEST}"
        raise _refused(table.name, what, "Choose other columns, or a longer table.", "file")
    columns = tuple(_quantity(table, chosen, field, is_complete, REACH) for field in ("across", "up"))
    numbers = (chosen[field].numbers[is_complete] for field in ("across", "up"))
    inputs = np.stack([each.scaled(some) for each, some in zip(columns, numbers, strict=True)], axis=1)
    left_out = len(table) - count
    rows = "1 row is" if left_out == 1 else f"{left_out:,} rows are"
    note = f"{rows} left out because a value is missing." if left_out else ""
    features = (columns[0].name, columns[1].name)
    if has_classes:
        classes, indices = _classes(table, chosen["target"], is_complete)
        return Signature((2,), classes, features=features, columns=columns), Samples(inputs, indices), note
    wanted = _quantity(table, chosen, "target", is_complete, 1.0)
    targets = wanted.scaled(chosen["target"].numbers[is_complete])
    signature = Signature((2,), numbers=1, features=features, columns=columns, predicted=(wanted,))
    return signature, Samples(inputs, targets[:, np.newaxis]), note


def _chosen(table: Table, names: Mapping[str, str]) -> Chosen:
    """The three columns; those not named are the first with numbers, and the last that is left."""
    if len(table.columns) < len(names):
        what = f"It has {len(table.columns)} of the three columns needed"
        raise _refused(table.name, what, "Columns are divided by commas, semicolons or tabs.", "file")
    for field, name in names.items():
        if name and name not in table.names:
            known = f"{', '.join(table.names[:12])}{', …' * (len(table.names) > 12)}"
            raise _refused(table.name, f"It has no column “{name}”", f"Its columns are {known}.", field)
        if name and list(names.values()).count(name) > 1:
            raise _refused(table.name, f"“{name}” is chosen twice", "Choose three different columns.", field)
    free = [column for column in table.columns if column.name not in names.values()]
    chosen = {}
    for field, name in names.items():
        if name:
            chosen[field] = table.columns[table.names.index(name)]
        elif field == "target":
            chosen[field] = free[-1]
        else:
            found = next((column for column in free if column.is_numeric), None)
            if found is None:
                raise _refused(
                    table.name, "It has too few columns of numbers", "Choose another table.", "file"
                )
            free.remove(found)
            chosen[field] = found
    return chosen


def _quantity(
    table: Table, chosen: Chosen, field: str, is_complete: NDArray[np.bool_], reach: float
) -> Quantity:
    """What a column means, scaled to −reach … reach."""
    column = chosen[field]
    values = column.numbers[is_complete]
    low, high = float(values.min()), float(values.max())
    half = high / 2 - low / 2
    if not half:
        what = f"“{column.name}” is {low:g} in every row, so there is nothing to learn from it"
        raise _refused(table.name, what, "Choose another column.", field)
    is_whole = bool((values == values.round()).all())
    return Quantity(column.name, "", low, high, low / 2 + high / 2, half / reach, is_whole)


def _classes(
    table: Table, column: Column, is_complete: NDArray[np.bool_]
) -> tuple[tuple[str, ...], NDArray[np.int64]]:
    """Names of the classes, numbers by size and words by the alphabet, and the class of each complete row."""
    cells = [column.cells[row] for row in np.flatnonzero(is_complete)]
    sizes = dict(zip(cells, np.nan_to_num(column.numbers[is_complete], nan=np.inf), strict=True))
    if len(sizes) == 1:
        what = f"“{column.name}” is “{_cut(cells[0])}” in every row, so there is only one class"
        raise _refused(table.name, what, "Choose another column to predict.", "target")
    if len(sizes) > len(COLOURS):
        what = (
            f"“{column.name}” has {len(sizes):,} different values, and at most {len(COLOURS)} can be classes"
        )
        raise _refused(table.name, what, "Choose another column to predict.", "target")
    names = sorted(sizes, key=lambda cell: (sizes[cell], cell))
    places = {name: place for place, name in enumerate(names)}
    return tuple(_cut(name) for name in names), np.array([places[cell] for cell in cells], dtype=np.int64)


def _cut(word: str) -> str:
    return word if len(word) <= LONGEST_NAME else f"{word[: LONGEST_NAME - 1]}…"


def _refused(where: str, what: str, remedy: str, field: str) -> ProblemError:
    return ProblemError(Problem(where, what, remedy, field=field))
