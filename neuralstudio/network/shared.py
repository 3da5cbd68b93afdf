"""Arrays side by side in memory that several processes see, without a file that could be left behind."""

import mmap
import os
import sys
import tempfile
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from math import prod
from pathlib import Path
from typing import IO, Any

import numpy as np

from neuralstudio.engine.graph import Array, Shape
from neuralstudio.engine.memory import ALIGNMENT

_IN_MEMORY = Path("/dev/shm")
"""Where a file never reaches a disk; containers often have little of it, or none."""


@dataclass(frozen=True)
class Place:
    """Where an array lies: its first byte, shape and dtype."""

    start: int
    shape: Shape
    dtype: str

    @property
    def stop(self) -> int:
        return self.start + prod(self.shape) * np.dtype(self.dtype).itemsize


@dataclass(frozen=True)
class Plan:
    """What another process must know to find the arrays. ``handle`` is a file's number or a map's name."""

    places: Mapping[str, Place]
    bytes: int
    handle: int | str

    def arrays(self) -> dict[str, Array]:
        """The arrays by name. The memory is given back when the last of them is gone, in every process."""
        memory = _mapped(self.handle, self.bytes)
        return {
            name: np.frombuffer(memory, place.dtype, prod(place.shape), place.start).reshape(place.shape)
            for name, place in self.places.items()
        }


class Shared:
    """New shared memory for arrays like the given ones, all zero: ``arrays`` here, by ``plan`` elsewhere.

    ``inherited`` are files a process must be started with; ``close`` when it has been. Raises ``OSError``.
    """

    def __init__(self, wanted: Mapping[str, tuple[Shape, np.dtype[Any]]]) -> None:
        places: dict[str, Place] = {}
        size = 0
        for name, (shape, dtype) in wanted.items():
            places[name] = Place(size, shape, dtype.str)
            size = -(-places[name].stop // ALIGNMENT) * ALIGNMENT
        size = max(size, mmap.PAGESIZE)
        self._file: IO[bytes] | None = None
        handle: int | str
        if sys.platform == "win32":
            handle = f"neuralstudio-{os.getpid()}-{os.urandom(8).hex()}"
        else:
            self._file = _file(size)
            handle = self._file.fileno()
        self.plan = Plan(places, size, handle)
        self.arrays = self.plan.arrays()

    @property
    def inherited(self) -> tuple[int, ...]:
        return () if self._file is None else (self._file.fileno(),)

    def close(self) -> None:
        """Closes the file; the memory stays as long as there are arrays in it."""
        if self._file is not None:
            self._file.close()


def _mapped(handle: int | str, size: int) -> mmap.mmap:
    if sys.platform == "win32":
        return mmap.mmap(-1, size, str(handle))
    return mmap.mmap(int(handle), size)


def _file(size: int) -> IO[bytes]:
    """A nameless file whose bytes are all there: what is missing later would kill the process."""
    with suppress(OSError):
        return _sized(_IN_MEMORY, size)
    return _sized(Path(tempfile.gettempdir()), size)


def _sized(folder: Path, size: int) -> IO[bytes]:
    file = tempfile.TemporaryFile(dir=folder)  # noqa: SIM115 - the caller closes it
    try:
        if hasattr(os, "posix_fallocate"):
            os.posix_fallocate(file.fileno(), 0, size)
        else:
            file.truncate(size)
    except OSError:
        file.close()
        raise
    return file
