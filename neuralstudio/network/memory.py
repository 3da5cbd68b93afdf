"""How much memory a network may take on this computer."""

import os

_UNKNOWN = 8 * 2**30
"""Bytes assumed where the system does not tell."""


def memory_limit() -> int:
    """Bytes a training run may take: half of what the computer has."""
    try:
        installed = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    except (AttributeError, ValueError, OSError):
        installed = 2 * _UNKNOWN
    return installed // 2


def in_words(count: int) -> str:
    """A number of bytes for people: "1.6 MB"."""
    return f"{count / 2**30:,.1f} GB" if count >= 2**30 else f"{count / 2**20:,.1f} MB"
