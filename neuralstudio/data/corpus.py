"""Reads text files as numbered characters, and says in a sentence what is wrong with one that is no text."""

from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from neuralstudio.schema.problem import Problem, ProblemError

LIMIT = 16 * 1024 * 1024
"""Bytes a text file may have."""

MOST_CHARACTERS = 256
"""Different characters a text may have: each is a class to predict."""

_NAMES = {"\n": "↵", " ": "␣", "\t": "⇥"}
_CHOOSE_ANOTHER = "Choose a plain text file (UTF-8)."


@dataclass(frozen=True)
class Corpus:
    """A text. ``characters`` are the different ones, sorted; ``tokens`` (length,) uint8 their positions."""

    characters: str
    tokens: NDArray[np.uint8]

    def __len__(self) -> int:
        return len(self.tokens)

    @property
    def names(self) -> tuple[str, ...]:
        """A printable name for each character: itself, "↵", "␣", "⇥", or its code point."""
        return tuple(
            _NAMES.get(character, character if character.isprintable() else f"U+{ord(character):04X}")
            for character in self.characters
        )


def read_corpus(path: Path) -> Corpus:
    """The text in a file, line ends unified to a line feed. Raises ``ProblemError``.

    The last few files are remembered and read again only when they have changed.
    """
    try:
        about = path.stat()
    except OSError:
        raise _problem(path, "There is no such file", "Choose a text file.") from None
    if path.is_dir():
        raise _problem(path, "This is a folder, not a file", "Choose a text file in it.")
    found = _read(path, about.st_mtime_ns, about.st_size)
    if isinstance(found, Problem):
        raise ProblemError(found)
    return found


@lru_cache(maxsize=4)
def _read(path: Path, _changed: int, size: int) -> Corpus | Problem:
    """A problem is returned, not raised, so that it is remembered, too."""
    if size == 0:
        return Problem(path.name, "The file is empty", _CHOOSE_ANOTHER)
    if size > LIMIT:
        what = f"The file has {size:,} bytes, more than the {LIMIT:,} that can be read"
        return Problem(path.name, what, "Choose a shorter text, or a part of this one.")
    try:
        with path.open("rb") as file:
            content = file.read(LIMIT + 1)[:LIMIT]
    except OSError as error:
        what = f"The file cannot be read ({error.strerror or error})"
        return Problem(path.name, what, "Check that you may read it.")
    if b"\0" in content:
        return Problem(path.name, "The file holds bytes that no text has", _CHOOSE_ANOTHER)
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        return Problem(path.name, f"Line {line} is not UTF-8 text", "Save it as UTF-8 in a text editor.")
    return _numbered(path.name, text.replace("\r\n", "\n").replace("\r", "\n"))


def _numbered(name: str, text: str) -> Corpus | Problem:
    if not text:
        return Problem(name, "The file is empty", _CHOOSE_ANOTHER)
    codes = np.frombuffer(text.encode("utf-32-le"), dtype=np.uint32)
    different, tokens = np.unique(codes, return_inverse=True)
    if len(different) > MOST_CHARACTERS:
        what = f"The text has {len(different):,} different characters, more than {MOST_CHARACTERS}"
        return Problem(name, what, "Choose a text in an alphabet with fewer letters.")
    characters = "".join(map(chr, different.tolist()))
    return Corpus(characters, tokens.reshape(-1).astype(np.uint8))


def _problem(path: Path, what: str, remedy: str) -> ProblemError:
    return ProblemError(Problem(path.name or str(path), what, remedy))
