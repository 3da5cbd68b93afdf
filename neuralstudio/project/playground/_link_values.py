"""Reads the values of a link. None may be trusted: what is wrong becomes the usual value and a note."""

import re
from collections.abc import Mapping
from typing import TypeVar
from urllib.parse import unquote

from neuralstudio.project.playground._link_words import COMMON, KEYS, LONGEST, ON_PAGE, SWITCHES
from neuralstudio.schema.fields import Field
from neuralstudio.schema.problem import Problem, ProblemError

T = TypeVar("T")

_NUMBER = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d{1,4})?", re.ASCII)
_SPOKEN = re.compile(r"[^\w.,:+*/ -]")
"""What is not repeated in a message: signs that could mean something to whoever shows it."""
_MOST_SHOWN = 24
_WHOLE_ADDRESS = "Copy the whole address of the page, with all that comes after the #."


def pairs(text: str) -> dict[str, str]:
    """The keys and values of a link, unescaped; empty values are left out, as by the page.

    Raises ``ProblemError`` where the text is no such link.
    """
    if len(text) > LONGEST:
        what = f"It has {len(text):,} characters, and a Playground link at most {LONGEST:,}"
        raise ProblemError(Problem("Link", what, _WHOLE_ADDRESS))
    address, settings, is_bare = _cut(text.strip().strip("<>\"'").strip())
    values = {}
    for pair in settings.split("&"):
        key, _, rest = pair.partition("=")
        value = unquote(rest.partition("=")[0]).strip()
        key = unquote(key).strip()
        if key and (value or key == "networkShape"):
            values[key] = value
    is_meant = _is_plainly_one(settings, values) if is_bare else bool(values.keys() & KEYS)
    is_page = ON_PAGE.fullmatch(address.partition("?")[0].rstrip("/")) is not None
    if not is_meant and not is_page:
        what = f"“{shown(text)}” is no Playground link"
        raise ProblemError(Problem("Link", what, _WHOLE_ADDRESS))
    return values


def is_link(text: str) -> bool:
    """Whether a text that was pasted or dropped is meant as a link; quick for a text of any size."""
    try:
        pairs(text)
    except ProblemError:
        return ON_PAGE.match(text) is not None
    return True


def shown(text: str) -> str:
    """A piece of a link that can stand in a sentence, whatever it is."""
    start = text[: 4 * _MOST_SHOWN].strip()
    spoken = _SPOKEN.sub("?", start)
    return spoken if len(spoken) <= _MOST_SHOWN else f"{spoken[:_MOST_SHOWN]}…"


def _cut(text: str) -> tuple[str, str, bool]:
    """The address and the settings behind its #; and whether there is neither address nor #."""
    address, sign, settings = text.partition("#")
    is_web = address.lower().startswith(("http://", "https://"))
    if (not sign and not is_web) or re.search(r"\s", address):
        return "", text, True
    scheme = address.partition(":")[0].lower()
    if ("://" in address and not is_web) or scheme in ("javascript", "data"):
        raise ProblemError(Problem("Link", f"“{shown(text)}” is no address of a page", _WHOLE_ADDRESS))
    return address, settings, False


def _is_plainly_one(text: str, values: Mapping[str, str]) -> bool:
    """Whether settings alone are a link's, and not a formula or a line of code such as "x = 3"."""
    switches = (values[key] for key in SWITCHES & values.keys())
    return (
        bool(values.keys() & (KEYS - COMMON))
        and not re.search(r"\s=|=\s", text)
        and all(value in ("true", "false") for value in switches)
    )


class Values:
    """The values of a link, one by one. ``notes`` says what could not be taken as it was."""

    def __init__(self, values: Mapping[str, str]) -> None:
        self.values = values
        self.notes: list[str] = []

    def choice(self, key: str, known: Mapping[str, T], usual: str) -> T:
        """One of the words this key may have."""
        value = self.values.get(key, usual)
        if value not in known:
            self._tell(key, f"is not known, so it is {usual}")
        return known.get(value, known[usual])

    def switch(self, key: str, usual: bool = False) -> bool:
        """On for any value but "false", as on the page."""
        value = self.values.get(key)
        if value not in (None, "true", "false"):
            self._tell(key, "counts as true, as it does on the page")
        return usual if value is None else value != "false"

    def number(self, key: str, field: Field, usual: float) -> float:
        """A number within the bounds of a declared field; one that is too small or too large is the bound."""
        value = self.values.get(key)
        if value is None:
            return usual
        if not _NUMBER.fullmatch(value):
            self._tell(key, f"is no number, so it is {usual:g}")
            return usual
        number = float(value)  # at worst infinite, which is beyond any bound
        least, most = field.minimum, field.maximum
        assert least is not None
        assert most is not None
        if number <= least and field.excludes_minimum:
            self._tell(key, f"is not above {least:g}, so it is {usual:g}")
            return usual
        kept = min(max(number, least), most)
        kept = round(kept) if field.editor == "integer" else kept
        if kept != number:
            self._tell(key, f"becomes {kept:g}")
        return kept

    def whole_numbers(self, key: str, most: int, longest: int) -> tuple[int, ...] | None:
        """Up to ``longest`` numbers from 1 to ``most``; () for an empty text, None where it has others."""
        value = self.values.get(key)
        if value is None:
            return None
        texts = value.split(",") if value else []
        if len(texts) > longest:
            self._tell(key, f"has {len(texts):,} numbers, more than {longest}, so it is left out")
            return None
        numbers = tuple(int(text) if re.fullmatch(r" ?\d{1,9}", text, re.ASCII) else 0 for text in texts)
        if not all(1 <= number <= most for number in numbers):
            self._tell(key, f"is no list of whole numbers from 1 to {most:,}, so it is left out")
            return None
        return numbers

    def seeds(self, key: str, count: int) -> tuple[int, ...] | None:
        """So many whole numbers from 0 to 2³¹ − 1; None if there are none, or others."""
        value = self.values.get(key)
        if value is None:
            return None
        texts = value.split(",")
        if len(texts) == count and all(re.fullmatch(r"\d{1,10}", text, re.ASCII) for text in texts):
            numbers = tuple(map(int, texts))
            if max(numbers) < 2**31:
                return numbers
        self._tell(key, f"is no list of {count} seeds, so it is left out")
        return None

    def tell(self, sentence: str) -> None:
        """Adds a note."""
        self.notes.append(sentence)

    def _tell(self, key: str, what: str) -> None:
        self.notes.append(f"{key}={shown(self.values[key])} {what}.")
