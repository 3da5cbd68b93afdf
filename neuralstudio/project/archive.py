"""Reads and writes the zip a project is kept in, trusting nothing the zip says about itself."""

import os
import struct
import zipfile
import zlib
from collections.abc import Mapping
from pathlib import Path
from typing import IO

from neuralstudio.schema.problem import Problem, ProblemError

MOST_MEMBERS = 64
MOST_BYTES = 2 * 1024**3
"""Bytes of all members together, unpacked."""

MOST_RATIO = 200
"""Times a member may grow when it is unpacked."""

_FREE = 64 * 1024
"""Bytes a member may have whatever its ratio: small texts of one letter pack better than any limit."""

_CHUNK = 1024 * 1024
_START = b"PK\x03\x04"
_END = b"PK\x05\x06"
_END_SIZE = 22
_LARGE_END = b"PK\x06\x07"
_LARGE_END_SIZE = 20
_MOST_DIRECTORY = 64 * 1024
_ENCRYPTED = 1
COPY_AGAIN = "Open a backup of it, or copy the file again."
_DAMAGES = (
    zipfile.BadZipFile,
    zipfile.LargeZipFile,
    zlib.error,
    struct.error,
    EOFError,
    NotImplementedError,
    OverflowError,
    RuntimeError,
    ValueError,
)


def write_members(stream: IO[bytes], members: Mapping[str, bytes]) -> None:
    """Writes members into a zip as they are: weights hardly pack, and what is not packed is no bomb."""
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_STORED) as archive:
        for name, content in members.items():
            # A fixed date: the same project makes the same bytes.
            archive.writestr(zipfile.ZipInfo(name, (1980, 1, 1, 0, 0, 0)), content)


class Archive:
    """An open project file. Every failure is a ``ProblemError`` that names the file.

    ``names``: the members it says it has, each once, none of them a path.
    """

    def __init__(self, file: IO[bytes], name: str) -> None:
        self.name = name
        self._size = file.seek(0, os.SEEK_END)
        self._left = MOST_BYTES
        self._check_ends(file)
        try:
            self._zip = zipfile.ZipFile(file)
        except (*_DAMAGES, OSError):
            raise self.problem("Its table of contents is damaged", COPY_AGAIN) from None
        self.names = self._checked_names()

    def problem(self, what: str, remedy: str) -> ProblemError:
        """Something is wrong with this file."""
        return ProblemError(Problem(self.name, what, remedy))

    def read(self, member: str, limit: int = MOST_BYTES) -> bytes:
        """A member unpacked. What comes out is counted, whatever the zip says of its size."""
        info = self._zip.getinfo(member)
        packed = min(info.compress_size, self._size)
        by_ratio = max(_FREE, packed * MOST_RATIO)
        allowed = min(limit, by_ratio, self._left)
        content = bytearray()
        try:
            with self._zip.open(info) as stream:
                while chunk := stream.read(min(_CHUNK, allowed + 1 - len(content))):
                    content += chunk
                    if len(content) > allowed:
                        raise self._too_much(member, allowed, by_ratio, limit)
        except (*_DAMAGES, OSError):
            raise self.problem(f"Its part {member} is damaged", COPY_AGAIN) from None
        self._left -= len(content)
        return bytes(content)

    def _too_much(self, member: str, allowed: int, by_ratio: int, limit: int) -> ProblemError:
        remedy = "Do not trust this file; NeuralStudio does not write such files."
        if allowed == by_ratio:
            return self.problem(f"Its part {member} unpacks to over {MOST_RATIO} times its size", remedy)
        bound = limit if allowed == limit else MOST_BYTES
        return self.problem(f"Its part {member} is larger than the {_size(bound)} that can be read", remedy)

    def _check_ends(self, file: IO[bytes]) -> None:
        """The start and the end of the file, before zipfile allocates what its directory asks for."""
        if self._size > MOST_BYTES + MOST_MEMBERS * 1024:
            raise self.problem(f"The file is larger than {_size(MOST_BYTES)}", "Choose a smaller file.")
        file.seek(0)
        if file.read(len(_START)) != _START:
            what = "The file is empty" if not self._size else "It is not a NeuralStudio project"
            raise self.problem(what, "Choose a file ending in .nstudio.")
        file.seek(max(0, self._size - _END_SIZE - _LARGE_END_SIZE))
        tail = file.read()
        end = tail[-_END_SIZE:]
        if not end.startswith(_END) or end[-2:] != b"\0\0" or len(end) < _END_SIZE:
            raise self.problem("The file ends too early, or was changed by another program", COPY_AGAIN)
        count, directory = struct.unpack("<HI", end[10:16])
        if count > MOST_MEMBERS or directory > _MOST_DIRECTORY or tail.startswith(_LARGE_END):
            what = f"It holds {count} parts, more than the {MOST_MEMBERS} that can be read"
            raise self.problem(what, "Choose a project that NeuralStudio saved.")

    def _checked_names(self) -> tuple[str, ...]:
        infos = self._zip.infolist()
        seen: set[str] = set()
        for info in infos:
            parts = info.orig_filename.replace("\\", "/").split("/")
            if len(parts) > 1 or ".." in parts or ":" in info.orig_filename or "\0" in info.orig_filename:
                raise self.problem(f"Its part {info.orig_filename[:40]!r} has a path for a name", COPY_AGAIN)
            if info.filename in seen:
                raise self.problem(f"It holds {info.filename[:40]!r} twice", COPY_AGAIN)
            is_readable = info.compress_type in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)
            if info.flag_bits & _ENCRYPTED or not is_readable:
                raise self.problem(f"Its part {info.filename[:40]!r} is packed in another way", COPY_AGAIN)
            seen.add(info.filename)
        if len(infos) > MOST_MEMBERS:
            what = f"It holds {len(infos)} parts, more than the {MOST_MEMBERS} that can be read"
            raise self.problem(what, "Choose a project that NeuralStudio saved.")
        return tuple(info.filename for info in infos)


def open_for_reading(path: Path) -> IO[bytes]:
    """The file, open. Raises ``ProblemError`` where there is none to read."""
    try:
        if path.is_dir():
            raise ProblemError(Problem(path.name, "This is a folder, not a project", "Choose a file in it."))
        return path.open("rb")
    except FileNotFoundError:
        what, remedy = "There is no such file", "Check the name and the folder."
        raise ProblemError(Problem(path.name, what, remedy)) from None
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        what, remedy = f"The file cannot be read ({reason})", "Check that you may read it."
        raise ProblemError(Problem(path.name, what, remedy)) from None


def _size(count: int) -> str:
    for unit, step in (("GB", 1024**3), ("MB", 1024**2), ("kB", 1024)):
        if count >= step:
            return f"{count // step} {unit}"
    return f"{count} bytes"
