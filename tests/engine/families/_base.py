"""How an op is tried: cases of small random inputs, and the usual ways to draw them."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from neuralstudio.engine.graph import Array, Op, Shape

Random = np.random.Generator
Draw = Callable[[Random], "Case"]


@dataclass
class Case:
    """An op with inputs; ``asked`` are the places of those it has a gradient for."""

    op: Op
    inputs: list[Array]
    asked: tuple[int, ...] = ()


def lengths(random: Random, count: int) -> Shape:
    """Some small axis lengths."""
    return tuple(int(length) for length in random.integers(1, 6, count))


def apart(random: Random, size: Shape) -> Array:
    """Numbers of both signs that keep away from 0, where some functions have a kink or a pole."""
    return np.asarray(random.uniform(0.3, 2.0, size) * random.choice([-1.0, 1.0], size))


def unit(random: Random, size: Shape) -> Array:
    """Numbers between 0 and 1."""
    return np.asarray(random.uniform(0, 1, size))


def pair(op: Op, draw: Callable[[Random, Shape], Array] = apart) -> Draw:
    """Two inputs that broadcast: axes of length 1, and fewer axes on one side."""

    def case(random: Random) -> Case:
        full = lengths(random, int(random.integers(0, 4)))

        def part() -> Shape:
            cut = full[int(random.integers(0, len(full) + 1)) :]
            return tuple(1 if random.random() < 0.3 else length for length in cut)

        return Case(op, [draw(random, part()), draw(random, part())], (0, 1))

    return case


def single(op: Op, draw: Callable[[Random, Shape], Array] = apart) -> Draw:
    """One input of any shape."""
    return lambda random: Case(op, [draw(random, lengths(random, int(random.integers(0, 4))))], (0,))
