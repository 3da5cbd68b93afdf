"""How well a name fits what was typed: its beginning, its words' beginnings, a part, or letters in order."""

import re

Rank = tuple[int, int]
"""Smaller is better: how it fits, then how much of the name is left over."""

_WORDS = re.compile(r"[^\w]+")


def rank(typed: str, name: str, more: str = "") -> Rank | None:
    """The rank of a name; ``more`` are words it is found by as well. None: it does not fit at all."""
    wanted, text = typed.lower().strip(), name.lower()
    if not wanted:
        return 0, 0
    if text.startswith(wanted):
        return 0, len(text)
    words = wanted.split()
    if _begin(words, text):
        return 1, len(text)
    if wanted in text:
        return 2, text.index(wanted)
    if _begin(words, f"{text} {more.lower()}"):
        return 3, len(text)
    span = _span("".join(words), text)
    return None if span is None else (4, span)


def _begin(words: list[str], text: str) -> bool:
    """Each word begins a word of the text."""
    parts = _WORDS.split(text)
    return all(any(part.startswith(word) for part in parts) for word in words)


def _span(letters: str, text: str) -> int | None:
    """How far the letters lie apart in a text that has them in this order."""
    at = first = text.find(letters[0])
    for letter in letters[1:]:
        at = text.find(letter, at + 1) if at >= 0 else -1
    return None if at < 0 else at - first
