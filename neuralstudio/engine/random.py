"""Separate seeded streams for data, weights, order and noise: changing one leaves the others as they were."""

from functools import cached_property
from typing import Annotated, Any
from zlib import crc32

import msgspec
import numpy as np
from msgspec import Meta

_Seed = Annotated[int, Meta(ge=0, le=2**31 - 1)]


class Seeds(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The seeds of a run. The same seeds give the same run, bit for bit."""

    data: _Seed = 1
    weights: _Seed = 1
    order: _Seed = 1
    noise: _Seed = 1

    @classmethod
    def all(cls, seed: int) -> "Seeds":
        """One seed for everything."""
        return cls(seed, seed, seed, seed)


def stream(seed: int, name: str) -> np.random.Generator:
    """The stream of random numbers for one named use of a seed (PCG64).

    The name is mixed in, so each weight has a stream of its own: adding a layer does not change the
    initial weights of the others.
    """
    return np.random.Generator(_bits(seed, name))


def _bits(seed: int, name: str) -> np.random.PCG64:
    return np.random.PCG64(np.random.SeedSequence([seed, crc32(name.encode())]))


class Chapters:
    """A named stream in numbered chapters, so far apart (2⁶⁴ numbers) that none reaches into the next."""

    def __init__(self, seed: int, name: str) -> None:
        self._seed, self._name = seed, name

    @cached_property
    def _start(self) -> Any:
        return _bits(self._seed, self._name).state  # late: most networks draw nothing

    def open(self, noise: np.random.Generator, number: int) -> None:
        """Sets a generator (of ``stream``) to the beginning of a chapter."""
        bits = noise.bit_generator
        assert isinstance(bits, np.random.PCG64)
        bits.state = self._start
        bits.advance(number << 64)
