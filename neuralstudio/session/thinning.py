"""Keeps a bounded number of things that lie along a line, evenly spaced, the latest closer together."""

from collections import deque
from copy import copy
from typing import Generic, TypeVar

T = TypeVar("T")
RECENT = 8
"""One in so many of all things are the latest, which are kept as they come."""


class Thinned(Generic[T]):
    """At most ``capacity`` things by their place, a whole number that grows; the first and the last stay.

    When they are too many, the spacing doubles: of those that lie within one spacing, the first stays.
    """

    def __init__(self, capacity: int) -> None:
        if capacity < 2:
            raise ValueError(f"Expected room for the first and the last. Received: {capacity}")
        self._capacity = capacity
        self._most_recent = max(1, capacity // RECENT)
        self.spacing = 1
        self._settled: list[tuple[int, T]] = []
        self._recent: deque[tuple[int, T]] = deque()

    def __len__(self) -> int:
        return len(self._settled) + len(self._recent)

    @property
    def items(self) -> tuple[T, ...]:
        """All that are kept, in order."""
        return (*(item for _, item in self._settled), *(item for _, item in self._recent))

    def copy(self) -> "Thinned[T]":
        """The same things; what is added to one is not in the other."""
        twin = copy(self)
        twin._settled, twin._recent = list(self._settled), deque(self._recent)
        return twin

    def add(self, place: int, item: T) -> None:
        """Takes in the next one; it replaces those at the same place or beyond."""
        self.cut(place)
        self._recent.append((place, item))
        if len(self._recent) > self._most_recent:
            self._settle(*self._recent.popleft())
        while len(self) > self._capacity:
            self._thin()

    def cut(self, place: int) -> None:
        """Takes away what lies at this place or beyond."""
        while self._recent and self._recent[-1][0] >= place:
            self._recent.pop()
        while not self._recent and self._settled and self._settled[-1][0] >= place:
            self._settled.pop()

    def _settle(self, place: int, item: T) -> None:
        if not self._settled or self._cell(place) > self._cell(self._settled[-1][0]):
            self._settled.append((place, item))

    def _thin(self) -> None:
        self.spacing *= 2
        settled, self._settled = self._settled, []
        for place, item in settled:
            self._settle(place, item)

    def _cell(self, place: int) -> int:
        return (place - self._settled[0][0]) // self.spacing
