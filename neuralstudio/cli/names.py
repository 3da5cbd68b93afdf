"""What to say about a name that is none: the one that was probably meant, or else all there are."""

from collections.abc import Collection
from difflib import get_close_matches

_ALIKE = 0.7
"""Share of letters in common, from which on a name was probably meant."""


def did_you_mean(name: str, known: Collection[str]) -> str:
    """A question for the name that is most like this one; nothing where none is."""
    alike = get_close_matches(name.lower(), known, n=1, cutoff=_ALIKE)
    return f"Did you mean {alike[0]}?" if alike else ""


def instead_of(name: str, known: Collection[str], title: str) -> str:
    """The name that was probably meant, or all of them. ``title``: what they are, such as "Examples"."""
    return did_you_mean(name, known) or f"{title} are: {', '.join(known)}."
