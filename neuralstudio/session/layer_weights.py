"""One layer's weights as a file of its own: .npy and .csv hold one weight, .npz all of a layer."""

import re
import warnings
import zlib
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from math import prod
from pathlib import Path
from secrets import token_hex
from typing import IO, Any
from zipfile import BadZipFile, ZipFile

import numpy as np

from neuralstudio.engine.graph import Array, Shape, dimensions
from neuralstudio.schema.problem import Problem, ProblemError

SUFFIXES = (".npy", ".npz", ".csv")
MOST_CELLS = 1_000_000
"""Numbers a .csv may hold: text takes thirty times as long to read as .npy."""
_LONGEST_NUMBER = 64
"""Characters for a number with its comma."""
_HEADER = re.compile(r"#.* (\d+(?:×\d+)+)")


def export_weights(path: Path, named: Mapping[str, Array]) -> None:
    """Writes weights, named within their layer ("kernel"). Raises ``ProblemError``.

    A matrix is one line of a .csv for each of its rows; what has more axes is laid out as a matrix with the
    same last axis. A first line "# kernel 3×3×1×16" keeps the shape.
    """
    suffix = _suffix(path)
    if suffix == ".npz":
        _write(path, lambda stream: _to_archive(stream, named))
        return
    if len(named) != 1:
        raise _problem(
            path, f"A {suffix} file holds one weight, not {len(named)}", "Choose .npz for all of them."
        )
    ((name, array),) = named.items()
    if suffix == ".npy":
        _write(path, lambda stream: np.save(stream, array, allow_pickle=False))
        return
    _check_cells(path, name, array.size)
    matrix, title = array.reshape(_matrix_shape(array.shape)), f"{name} {dimensions(array.shape)}"
    _write(path, lambda stream: np.savetxt(stream, matrix, "%.9g", ",", header=title, encoding="utf-8"))


def read_weights(path: Path, wanted: Mapping[str, Shape]) -> dict[str, Array]:
    """The weights of a file by name, as float32; each has the shape that ``wanted`` has for it.

    A .npz may hold some of the weights; a .npy or .csv holds the one weight there is in ``wanted``. Nothing
    is read before its size is known to be right, and nothing that is read is executed. Raises
    ``ProblemError``.
    """
    suffix = _suffix(path)
    try:
        if suffix == ".npz":
            found = _from_archive(path, wanted)
        else:
            ((name, shape),) = wanted.items()
            found = {name: (_from_npy if suffix == ".npy" else _from_csv)(path, name, shape)}
    except OSError as error:
        raise _problem(
            path, f"It cannot be read ({error.strerror or error})", "Choose another file."
        ) from None
    weights = {}
    for name, array in found.items():
        with np.errstate(over="ignore"):
            weights[name] = array.astype(np.float32)
        if not np.isfinite(weights[name]).all():
            raise _problem(
                path, f"{name} has numbers that are not finite, or too large", "Choose a file without them."
            )
    return weights


def _write(path: Path, write: Callable[[IO[bytes]], Any]) -> None:
    """Writes beside the file first, so that what it replaces is not lost when the disk is full."""
    temporary = path.with_name(f".{path.name[:100]}.{token_hex(4)}.tmp")
    try:
        with temporary.open("xb") as stream:
            write(stream)
        temporary.replace(path)
    except OSError as error:
        what = f"The file cannot be saved ({error.strerror or error})"
        remedy = "Check that the folder exists, that you may write there and that the disk is not full."
        raise _problem(path, what, remedy) from None
    finally:
        with suppress(OSError):
            temporary.unlink(missing_ok=True)


def _to_archive(stream: IO[bytes], named: Mapping[str, Array]) -> None:
    with ZipFile(stream, "w") as archive:
        for name, array in named.items():
            with archive.open(f"{name}.npy", "w", force_zip64=True) as member:
                np.save(member, array, allow_pickle=False)


# ── NumPy's formats ──────────────────────────────────────────────────────────────────────────────────────


def _from_npy(path: Path, name: str, shape: Shape) -> Array:
    with path.open("rb") as stream:
        return _array(path, stream, name, shape)


def _from_archive(path: Path, wanted: Mapping[str, Shape]) -> dict[str, Array]:
    try:
        with ZipFile(path) as archive:
            members = {each.removesuffix(".npy"): each for each in archive.namelist()}
            foreign = [name for name in members if name not in wanted]
            if foreign or not members:
                what = f"It holds {_listed(foreign)}" if foreign else "It holds no weights"
                raise _problem(path, what, f"This layer has {_listed(wanted)}.")
            found = {}
            for name, member in members.items():
                with archive.open(member) as stream:
                    found[name] = _array(path, stream, name, wanted[name])
            return found
    except (
        BadZipFile,
        NotImplementedError,
        RuntimeError,
        EOFError,
        zlib.error,
    ):  # broken, or packed or locked in a way
        raise _problem(path, "It is no .npz file, or a damaged one", "Choose another file.") from None


def _array(path: Path, stream: IO[bytes], name: str, shape: Shape) -> Array:
    """One array of NumPy's own format, checked by its header before any of its numbers are read."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of headers that Python 2 has written
            version = np.lib.format.read_magic(stream)
            header = {
                (1, 0): np.lib.format.read_array_header_1_0,
                (2, 0): np.lib.format.read_array_header_2_0,
            }[version]
            given, is_columnwise, dtype = header(stream)
    except (ValueError, KeyError, SyntaxError, EOFError, UnicodeError):
        raise _problem(path, f"{name} is not in NumPy's format", "Choose another file.") from None
    if dtype.kind not in "fiu":
        what = "Python objects" if dtype.hasobject else f"values of the kind {dtype}"
        raise _problem(path, f"{name} has {what}, which are not read", "Save it as an array of numbers.")
    _check_shape(path, name, shape, given)
    content = stream.read(prod(shape) * dtype.itemsize)
    if len(content) < prod(shape) * dtype.itemsize:
        raise _problem(path, f"It ends in the middle of {name}", "Copy or export it again.")
    return np.frombuffer(content, dtype).reshape(shape, order="F" if is_columnwise else "C")


# ── text ─────────────────────────────────────────────────────────────────────────────────────────────────


def _from_csv(path: Path, name: str, shape: Shape) -> Array:
    _check_cells(path, name, prod(shape))
    size, most = path.stat().st_size, _LONGEST_NUMBER * (prod(shape) + 16)
    if size > most:
        what = f"It has {size:,} bytes, far more than {name} ({dimensions(shape)}) can need"
        raise _problem(path, what, "Choose another file.")
    try:
        lines = path.read_text(encoding="utf-8-sig").splitlines()
    except UnicodeDecodeError:
        raise _problem(path, "It is no text", "Choose a .csv file.") from None
    rows = {number: line for number, line in enumerate(lines, 1) if line.strip() and line[0] != "#"}
    first = next(iter(rows.values()), "")
    given = (len(rows), len(_cells(first)))
    told = next((match[1] for line in lines if (match := _HEADER.fullmatch(line))), dimensions(given))
    is_vector = len(shape) < 2 and sorted(given) == sorted(_matrix_shape(shape))
    if (given != _matrix_shape(shape) and not is_vector) or told not in (
        dimensions(given),
        dimensions(shape),
    ):
        raise _wrong_shape(path, name, shape, told)
    return np.array(list(_numbers(path, rows, given[1]))).reshape(shape)


def _cells(line: str) -> list[str]:
    """Semicolons may part the numbers of a line; commas are then decimal."""
    return line.replace(",", ".").split(";") if ";" in line else line.split(",")


def _numbers(path: Path, rows: Mapping[int, str], width: int) -> Iterator[list[float]]:
    for number, line in rows.items():
        cells = _cells(line)
        if len(cells) != width:
            what = f"Line {number} has {len(cells):,} numbers, the lines before have {width:,}"
            raise _problem(path, what, "Give all lines the same length.")
        try:
            yield list(map(float, cells))
        except ValueError:
            wrong = next(cell.strip() for cell in cells if not _is_number(cell))
            what = f"Line {number} has “{wrong[:40]}”, which is no number"
            raise _problem(path, what, "Correct it.") from None


def _is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True


# ── shapes ───────────────────────────────────────────────────────────────────────────────────────────────


def _matrix_shape(shape: Shape) -> Shape:
    return (1, prod(shape)) if len(shape) < 2 else (prod(shape[:-1]), shape[-1])


def _check_shape(path: Path, name: str, wanted: Shape, given: Shape) -> None:
    if given != wanted:
        raise _wrong_shape(path, name, wanted, dimensions(given))


def _check_cells(path: Path, name: str, cells: int) -> None:
    if cells > MOST_CELLS:
        what = f"{name} has {cells:,} numbers, more than the {MOST_CELLS:,} a .csv may hold"
        raise _problem(path, what, "Choose .npy or .npz.")


def _wrong_shape(path: Path, name: str, wanted: Shape, given: str) -> ProblemError:
    what = f"{name} is {dimensions(wanted)}, the file has {given}"
    return _problem(path, what, "Choose a file of the same shape, or change the layer.")


def _suffix(path: Path) -> str:
    suffix = path.suffix.lower()
    if suffix not in SUFFIXES:
        raise _problem(path, "Weights are kept as .npy, .npz or .csv", "Give the file one of these endings.")
    return suffix


def _listed(names: Mapping[str, object] | list[str]) -> str:
    return ", ".join(name[:40] for name in list(names)[:4]) + (" …" if len(names) > 4 else "")


def _problem(path: Path, what: str, remedy: str) -> ProblemError:
    return ProblemError(Problem(path.name, what, remedy))
