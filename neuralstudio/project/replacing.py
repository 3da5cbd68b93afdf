"""Puts a file in the place of another so that at every moment one whole version of it is there."""

import os
import shutil
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from secrets import token_hex
from typing import IO

from neuralstudio.schema.problem import Problem, ProblemError

BACKUPS = 2


def backup(path: Path, number: int) -> Path:
    """Where an earlier version lies: ``name.nstudio~1`` is the last, ``~2`` the one before."""
    return path.with_name(f"{path.name}~{number}")


def replace_file(
    path: Path,
    write: Callable[[IO[bytes]], object],
    check: Callable[[Path], None] = lambda _path: None,
    *,
    keeps_backups: bool = True,
) -> None:
    """Writes a temporary file beside ``path``, makes sure it is on the disk and right, then renames it.

    Two versions are kept as backups, or none. Raises ``ProblemError`` and leaves the old file as it was.
    """
    target = path.resolve()
    temporary = target.with_name(f".{target.name[:100]}.{token_hex(4)}.tmp")
    try:
        if target.is_dir():
            raise IsADirectoryError(0, "there is a folder of this name")
        with temporary.open("xb") as stream:
            write(stream)
            stream.flush()
            os.fsync(stream.fileno())
        check(temporary)
        if target.exists():
            shutil.copymode(target, temporary)
            if keeps_backups:
                _keep(target)
        temporary.replace(target)
        _sync_folder(target.parent)
    except OSError as error:
        what = f"The file cannot be saved ({error.strerror or error})"
        remedy = "Check that the folder exists, that you may write there and that the disk is not full."
        raise ProblemError(Problem(path.name, what, remedy)) from None
    finally:
        # Where the disk or the folder is gone, so is the temporary file.
        with suppress(OSError):
            temporary.unlink(missing_ok=True)


def _keep(target: Path) -> None:
    """Moves the backups on by one, oldest first; the target itself stays in its place meanwhile."""
    for number in range(BACKUPS, 1, -1):
        if backup(target, number - 1).exists():
            backup(target, number - 1).replace(backup(target, number))
    try:
        backup(target, 1).hardlink_to(target)
    except OSError:  # a file system without links
        shutil.copy2(target, backup(target, 1))


def _sync_folder(folder: Path) -> None:
    """The new name itself must survive a power cut; Windows has no such call and needs none."""
    if os.name == "nt":
        return
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
