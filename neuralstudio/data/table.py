"""Reads tables of text (CSV, TSV) into columns, and says in a sentence what is wrong with one."""

import csv
import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache
from io import StringIO
from math import isfinite, nan
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from neuralstudio.schema.problem import Problem, ProblemError

LIMIT = 8 * 1024 * 1024
"""Bytes a table may have."""
MOST_ROWS = 50_000
MOST_COLUMNS = 500
_BEGINNING = 64 * 1024
"""Bytes that are read to learn the names of the columns."""
_MISSING = {"", "-", "–", "?", "na", "n/a", "nan", "null", "none", "#n/a"}
"""What stands in a cell without a value, in small letters."""
_SEPARATORS = (";", "\t", ",", "|")
_NUMBER = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?")
_SAVE_AGAIN = "Save it again as CSV in the encoding UTF-8."


@dataclass(frozen=True, eq=False)
class Column:
    """A column of a table. What its cells mean is worked out only when it is asked for."""

    name: str
    raw: tuple[str, ...]
    has_decimal_comma: bool

    @cached_property
    def cells(self) -> tuple[str, ...]:
        """The cells as they were written, blanks around them removed."""
        return tuple(cell.strip() for cell in self.raw)

    @cached_property
    def numbers(self) -> NDArray[np.float64]:
        """The cells as numbers, (rows,); NaN where a cell is missing or is no number."""
        return np.array([_number(cell, self.has_decimal_comma) for cell in self.cells])

    @cached_property
    def is_missing(self) -> NDArray[np.bool_]:
        """Where there is no value, (rows,)."""
        return np.array([cell.casefold() in _MISSING for cell in self.cells], dtype=np.bool_)

    @property
    def words(self) -> tuple[str, ...]:
        """The different values that are no numbers, in the order in which they come."""
        is_word = ~np.isfinite(self.numbers) & ~self.is_missing
        return tuple(dict.fromkeys(self.cells[row] for row in np.flatnonzero(is_word)))

    @property
    def is_numeric(self) -> bool:
        """There are numbers in it, and nothing else."""
        return not self.words and bool(np.isfinite(self.numbers).any())


@dataclass(frozen=True, eq=False)
class Table:
    """Columns of one length, with names of their own. Two tables are equal if they are the same object."""

    name: str
    columns: tuple[Column, ...]

    @property
    def names(self) -> tuple[str, ...]:
        return tuple(column.name for column in self.columns)

    def __len__(self) -> int:
        return len(self.columns[0].raw)


def read_table(path: Path) -> Table:
    """The table in a file. Raises ``ProblemError`` (field "file").

    The separator (comma, semicolon, tab or bar), the decimal comma beside a semicolon or tab, and whether the
    first row has names are found out. The last few files are remembered until they have changed.
    """
    found = _read(path, *_version(path))
    if isinstance(found, Problem):
        raise ProblemError(found)
    return found


def column_names(path: Path) -> tuple[str, ...]:
    """The names of a table's columns, from the beginning of its file. Raises ``ProblemError``."""
    found = _read_names(path, *_version(path))
    if isinstance(found, Problem):
        raise ProblemError(found)
    return found


def _version(path: Path) -> tuple[int, int]:
    """When a file was changed, and its size. Raises ``ProblemError`` where there is none."""
    try:
        about = path.stat()
    except OSError:
        raise ProblemError(_problem(path, "There is no such file", "Choose a table (CSV or TSV).")) from None
    if path.is_dir():
        raise ProblemError(_problem(path, "This is a folder, not a file", "Choose a table in it."))
    return about.st_mtime_ns, about.st_size


@lru_cache(maxsize=16)
def _read_names(path: Path, _changed: int, size: int) -> tuple[str, ...] | Problem:
    try:
        with path.open("rb") as file:
            raw = file.read(_BEGINNING)
    except OSError as error:
        return _problem(path, f"The file cannot be read ({error.strerror or error})", "Choose another file.")
    if size > len(raw):
        raw = raw[: raw.rfind(b"\n") + 1]
    found = _parsed(path, raw)
    return found if isinstance(found, Problem) else found.names


@lru_cache(maxsize=4)
def _read(path: Path, _changed: int, size: int) -> Table | Problem:
    """A problem is returned, not raised, so that it is remembered, too."""
    if size > LIMIT:
        what = f"The file has {size / 1024**2:,.0f} MB, but at most {LIMIT // 1024**2} MB are read"
        return _problem(path, what, "Leave out rows or columns.")
    try:
        raw = path.read_bytes()
    except OSError as error:
        return _problem(path, f"The file cannot be read ({error.strerror or error})", "Choose another file.")
    return _parsed(path, raw)


def _parsed(path: Path, raw: bytes) -> Table | Problem:
    is_wide = raw.startswith((b"\xff\xfe", b"\xfe\xff"))
    try:
        text = raw.decode("utf-16" if is_wide else "utf-8-sig")
    except UnicodeDecodeError as error:
        line = raw.count(b"\n", 0, error.start) + 1
        return _problem(path, f"The file is not text in UTF-8: line {line} has other bytes", _SAVE_AGAIN)
    if "\0" in text:
        return _problem(path, "This is no table of text", "Choose a CSV or TSV file.")
    separator = _separator(text)
    try:
        rows = _rows(text, separator)
    except csv.Error as error:
        return _problem(path, f"The table cannot be read ({error})", "Check its quotation marks.")
    wrong = _misshapen(path, rows)
    return wrong or _table(path, [cells for _, cells in rows], separator)


def _separator(text: str) -> str:
    """The sign that divides the first lines most evenly, or else the commonest."""
    lines = [line for line in text[:20_000].splitlines() if line.strip()][:20]

    def evenness(sign: str) -> tuple[bool, int]:
        counts = [line.count(sign) for line in lines]
        is_even = bool(counts) and counts[0] > 0 and min(counts) == max(counts)
        return is_even, counts[0] if counts else 0

    return max(_SEPARATORS, key=evenness)


def _rows(text: str, separator: str) -> list[tuple[int, list[str]]]:
    """Rows that are not empty, with the line where each ends; one more than are allowed at most."""
    reader = csv.reader(StringIO(text, newline=""), delimiter=separator, skipinitialspace=True)
    rows: list[tuple[int, list[str]]] = []
    for row in reader:
        if any(cell.strip() for cell in row):
            rows.append((reader.line_num, row))
        if len(rows) > MOST_ROWS + 1:
            break
    return rows


def _misshapen(path: Path, rows: Sequence[tuple[int, list[str]]]) -> Problem | None:
    """Why some rows make no table."""
    if not rows:
        return _problem(path, "The file is empty", "Choose a table with some rows.")
    if len(rows) > MOST_ROWS + 1:
        return _problem(path, f"The table has more than {MOST_ROWS:,} rows", "Leave some out.")
    width = len(rows[0][1])
    if width > MOST_COLUMNS:
        return _problem(path, f"The table has more than {MOST_COLUMNS} columns", "Leave some out.")
    for line, cells in rows:
        if len(cells) != width:
            what = f"Line {line} has {_counted(len(cells))}, but the first has {width}"
            return _problem(path, what, "Every line of a table has the same number of cells.")
    return None


def _table(path: Path, rows: list[list[str]], separator: str) -> Table:
    has_decimal_comma = separator != ","
    first = [cell.strip() for cell in rows[0]]
    has_names = all(cell and not _is_number(cell, has_decimal_comma) for cell in first)
    names = _unique(first if has_names else [f"Column {place + 1}" for place in range(len(first))])
    body = rows[1:] if has_names else rows
    cells = list(zip(*body, strict=True)) if body else [()] * len(names)
    columns = (Column(name, each, has_decimal_comma) for name, each in zip(names, cells, strict=True))
    return Table(path.name, tuple(columns))


def _unique(names: Sequence[str]) -> list[str]:
    """The names; one that comes again gets a number."""
    found: list[str] = []
    for name in names:
        count, own = 1, name
        while own in found:
            count += 1
            own = f"{name} ({count})"
        found.append(own)
    return found


def _number(cell: str, has_decimal_comma: bool) -> float:
    if has_decimal_comma and cell.count(",") == 1:
        cell = cell.replace(".", "").replace(",", ".")
    cell = cell.replace("−", "-")
    if not _NUMBER.fullmatch(cell):
        return nan
    value = float(cell)
    return value if isfinite(value) else nan


def _is_number(cell: str, has_decimal_comma: bool) -> bool:
    return isfinite(_number(cell, has_decimal_comma))


def _counted(cells: int) -> str:
    return f"{cells} cell" + "s" * (cells != 1)


def _problem(path: Path, what: str, remedy: str) -> Problem:
    return Problem(path.name, what, remedy, field="file")
