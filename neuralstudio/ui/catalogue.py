"""The layers in the groups and the order people look for them in, and the search among them."""

from collections.abc import Sequence

from neuralstudio.layers._base import Layer
from neuralstudio.layers.registry import LAYERS

GROUPS = ("Core", "Convolution", "Pooling", "Recurrent", "Normalise", "Regularise", "Merge", "Shape")
_NOTHING = 5


def grouped() -> dict[str, tuple[type[Layer], ...]]:
    """The layers by group, in the order of the groups; groups nobody foresaw come last."""
    groups: dict[str, list[type[Layer]]] = {}
    for kind in LAYERS:
        groups.setdefault(kind.group, []).append(kind)
    order = sorted(groups, key=lambda group: GROUPS.index(group) if group in GROUPS else len(GROUPS))
    return {group: tuple(groups[group]) for group in order}


def matches(kind: type[Layer], text: str) -> bool:
    """Each word of ``text`` is found in title, tag, summary or group."""
    return _rank(kind, text.lower().split()) < _NOTHING


def found(text: str) -> list[type[Layer]]:
    """The layers that match, the likeliest first: by title, then by tag or group, then by summary."""
    words = text.lower().split()
    kinds: Sequence[type[Layer]] = [kind for kinds in grouped().values() for kind in kinds]
    return sorted(
        (kind for kind in kinds if _rank(kind, words) < _NOTHING), key=lambda kind: _rank(kind, words)
    )


def _rank(kind: type[Layer], words: list[str]) -> int:
    """0 for the best match; ``_NOTHING`` for none."""
    if not words:
        return 0
    title, names = kind.title.lower(), f"{kind.title} {kind.tag()} {kind.group}".lower()
    whole = f"{names} {kind.summary()}".lower()
    if title.startswith(" ".join(words)):
        return 0
    for rank, text in ((1, title), (2, names), (3, whole)):
        if all(any(part.startswith(word) for part in text.split()) for word in words):
            return rank
    return 4 if all(word in whole for word in words) else _NOTHING


__all__ = ["GROUPS", "found", "grouped", "matches"]
