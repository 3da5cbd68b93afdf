"""Reads IDX files, the format MNIST is published in, and says in a sentence what is wrong with a bad one."""

import gzip
import math
import os
import zlib
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from neuralstudio.schema.problem import Problem, ProblemError

LIMIT = 512 * 1024 * 1024
"""Bytes of samples a file may hold, counted unpacked."""

LARGEST_SIDE = 512
"""Pixels an image may be wide or high."""

_CHUNK = 1024 * 1024
_UNSIGNED_BYTE = 8
_IMAGES, _LABELS = 3, 1
_DOWNLOAD_AGAIN = "Download or copy the file again."


class _Readable(Protocol):
    def read(self, size: int, /) -> bytes: ...


@dataclass(frozen=True)
class DigitFiles:
    """The four files of an MNIST-like data set."""

    train_images: Path
    train_labels: Path
    test_images: Path
    test_labels: Path


def find_digit_files(folder: Path) -> DigitFiles:
    """The four files in a folder, by the names MNIST has.

    These are ``train-images-idx3-ubyte``, ``train-labels-idx1-ubyte``, and the same with ``t10k`` for the
    test part; a dot before ``idx`` and ``.gz`` at the end are accepted as well.
    Raises ``ProblemError`` naming the folder, or every file that is missing where some are there.
    """
    if not folder.is_dir():
        is_there = folder.exists()
        raise ProblemError(
            Problem(
                str(folder),
                "This is a file, not a folder" if is_there else "There is no such folder",
                "Choose the folder that holds the four IDX files of the data set.",
            )
        )
    found = {
        (part, content): _find(folder, part, content)
        for part in ("train", "t10k")
        for content in ("images-idx3", "labels-idx1")
    }
    missing = [f"{part}-{content}-ubyte" for (part, content), path in found.items() if path is None]
    if len(missing) == len(found):
        raise ProblemError(
            Problem(
                "",
                f"There are no MNIST files in {folder}",
                "Choose the folder that holds train-images-idx3-ubyte, train-labels-idx1-ubyte and the same "
                "two with t10k, each with or without .gz.",
            )
        )
    if missing:
        raise ProblemError(
            Problem(
                str(folder),
                f"The folder holds no {' and no '.join(missing)} (with or without .gz)",
                "Choose the folder that holds all four IDX files, or copy the missing ones there.",
            )
        )
    train_images, train_labels, test_images, test_labels = (path for path in found.values() if path)
    return DigitFiles(train_images, train_labels, test_images, test_labels)


def _find(folder: Path, part: str, content: str) -> Path | None:
    for joint in (content, content.replace("-", ".")):
        for ending in ("-ubyte", "-ubyte.gz"):
            path = folder / f"{part}-{joint}{ending}"
            if path.is_file():
                return path
    return None


def read_digits(images: Path, labels: Path, classes: int = 10) -> tuple[NDArray[np.uint8], NDArray[np.int64]]:
    """Images (count, height, width) uint8 and the class index of each, (count,) int64.

    Raises ``ProblemError`` if a file is bad, the counts differ or a label is no class index.
    """
    pictures, names = read_images(images), read_labels(labels, classes)
    if len(pictures) != len(names):
        raise ProblemError(
            Problem(
                images.name,
                f"The file holds {len(pictures)} images, but {labels.name} holds {len(names)} labels",
                "Choose two files of the same data set.",
            )
        )
    return pictures, names.astype(np.int64)


def read_images(path: Path) -> NDArray[np.uint8]:
    """The images of an IDX file, gzipped or not: (count, height, width) uint8. Raises ``ProblemError``."""
    images = _read(path, _IMAGES)
    height, width = images.shape[1:]
    if max(height, width) > LARGEST_SIDE:
        raise _problem(
            path,
            f"The images are {height}×{width} pixels, but at most {LARGEST_SIDE}×{LARGEST_SIDE} can be read",
            "Choose a file of smaller images.",
        )
    return images


def read_labels(path: Path, classes: int = 10) -> NDArray[np.uint8]:
    """The labels of an IDX file, gzipped or not: (count,) uint8, < ``classes``. Raises ``ProblemError``."""
    labels = _read(path, _LABELS)
    wrong = labels >= classes
    if wrong.any():
        first = int(np.argmax(wrong))
        raise _problem(
            path,
            f"Label number {first + 1} is {labels[first]}, but only 0 to {classes - 1} are allowed",
            "Choose the labels that belong to the images.",
        )
    return labels


def _read(path: Path, dimensions: int) -> NDArray[np.uint8]:
    """The array in the file. Everything that can be wrong with a file ends as a ``ProblemError``."""
    try:
        with path.open("rb") as file:
            is_packed = file.read(2) == b"\x1f\x8b"
            size = os.fstat(file.fileno()).st_size
            file.seek(0)
            if not is_packed:
                return _parse(path, file, dimensions, size)
            with gzip.GzipFile(fileobj=file) as unpacked:
                return _parse(path, unpacked, dimensions, None)
    except (EOFError, zlib.error, gzip.BadGzipFile) as error:
        raise _problem(path, f"The gzip packing is damaged ({_in_words(error)})", _DOWNLOAD_AGAIN) from None
    except OSError as error:
        reason = error.strerror or str(error)
        raise _problem(path, f"The file cannot be read ({reason})", "Check that you may read it.") from None


def _parse(path: Path, stream: _Readable, dimensions: int, size: int | None) -> NDArray[np.uint8]:
    """Checks the header, then reads what it promises. ``size``: bytes in the file, None where packed."""
    magic = stream.read(4)
    if len(magic) < 4:
        what = f"The file ends after {len(magic)} bytes, within its header" if magic else "The file is empty"
        raise _problem(path, what, _DOWNLOAD_AGAIN)
    wanted = bytes((0, 0, _UNSIGNED_BYTE, dimensions))
    noun = "images" if dimensions == _IMAGES else "labels"
    if magic != wanted:
        raise _wrong_magic(path, magic, wanted, noun)
    header = stream.read(4 * dimensions)
    if len(header) < 4 * dimensions:
        raise _problem(
            path, f"The file ends after {4 + len(header)} bytes, within its header", _DOWNLOAD_AGAIN
        )
    shape = tuple(int.from_bytes(header[at : at + 4], "big") for at in range(0, len(header), 4))
    expected = math.prod(shape)
    sides = "" if dimensions == _LABELS else f" of {shape[1]}×{shape[2]}"
    claim = f"The file says {shape[0]} {noun}{sides} ({expected} bytes)"
    if size is not None and size - 4 - len(header) != expected:
        raise _problem(path, f"{claim}, but holds {size - 4 - len(header)} bytes", _DOWNLOAD_AGAIN)
    if expected > LIMIT:
        raise _problem(
            path, f"{claim}, more than the {LIMIT} bytes that can be read", "Choose a smaller file."
        )
    if expected == 0:
        raise _problem(path, claim, f"Choose a file with {noun} in it.")
    return np.frombuffer(_body(path, stream, expected, claim), dtype=np.uint8).reshape(shape)


def _wrong_magic(path: Path, magic: bytes, wanted: bytes, noun: str) -> ProblemError:
    if magic[:3] == wanted[:3] and magic[3] in (_IMAGES, _LABELS):
        other = "labels" if noun == "images" else "images"
        return _problem(
            path,
            f"The file holds {other} where {noun} are expected",
            "Check whether the names of two files were swapped.",
        )
    return _problem(
        path,
        f"The file starts with {magic.hex(' ')}, but an IDX file of {noun} starts with {wanted.hex(' ')}",
        f"Choose an IDX file of {noun}.",
    )


def _body(path: Path, stream: _Readable, expected: int, claim: str) -> bytearray:
    """Exactly ``expected`` bytes up to the end of the stream, taking memory only as they arrive.

    One byte more is asked for: it tells a longer file, and at the end makes gzip compare its checksum.
    """
    body = bytearray()
    while len(body) <= expected:
        chunk = stream.read(min(_CHUNK, expected + 1 - len(body)))
        if not chunk:
            break
        body += chunk
    if len(body) < expected:
        raise _problem(path, f"{claim}, but holds {len(body)} bytes", _DOWNLOAD_AGAIN)
    if len(body) > expected:
        raise _problem(path, f"{claim}, but holds more than that", _DOWNLOAD_AGAIN)
    return body


def _problem(path: Path, what: str, remedy: str) -> ProblemError:
    return ProblemError(Problem(path.name, what, remedy))


def _in_words(error: Exception) -> str:
    """A few words for a reader instead of what zlib says."""
    if isinstance(error, EOFError):
        return "it ends too early"
    return "its checksum is wrong" if "check failed" in str(error) else "its content makes no sense"
