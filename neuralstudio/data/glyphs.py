"""How people write the ten digits: a few shapes of each, as pen strokes on a square, y downwards."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

_SPACING = 0.085


@dataclass(frozen=True)
class Stroke:
    """A smooth line through points; at a corner (a position in ``points``) the line may turn sharply."""

    points: tuple[tuple[float, float], ...]
    corners: frozenset[int] = frozenset()

    def samples(self) -> Floats:
        """Weights (samples, points): multiplied with any similar control points they give the line.

        Catmull-Rom interpolation (Catmull and Rom 1974, tension ½); beyond an end or a corner the
        neighbour is mirrored. The samples of the stroke itself lie about 0.085 apart.
        """
        count = len(self.points)
        control, every = np.array(self.points), np.eye(count)
        rows = []
        for at in range(count - 1):
            here, there = every[at], every[at + 1]
            before = every[at - 1] if at > 0 and at not in self.corners else 2 * here - there
            is_smooth = at + 2 < count and at + 1 not in self.corners
            after = every[at + 2] if is_smooth else 2 * there - here
            length = float(np.hypot(*(control[at + 1] - control[at])))
            t = np.linspace(0, 1, max(1, round(length / _SPACING)), endpoint=False)[:, np.newaxis]
            rows.append(
                here
                + 0.5 * t * (there - before)
                + t**2 * (before - 2.5 * here + 2 * there - 0.5 * after)
                + t**3 * (1.5 * (here - there) + 0.5 * (after - before))
            )
        return np.concatenate((*rows, every[-1:]))


@dataclass(frozen=True)
class Glyph:
    """One way to write a digit, how common it is among the ways, and how much its slant varies."""

    digit: int
    strokes: tuple[Stroke, ...]
    weight: float
    slant: float


def _glyph(digit: int, path: str, weight: float = 1.0, slant: float = 1.0) -> Glyph:
    """Reads a path: points "x,y" in percent of the square, "!" after a corner, "|" between strokes."""
    return Glyph(digit, tuple(_stroke(part.split()) for part in path.split("|")), weight, slant)


def _stroke(words: list[str]) -> Stroke:
    pairs = [word.rstrip("!").split(",") for word in words]
    corners = frozenset(at for at, word in enumerate(words) if word.endswith("!"))
    return Stroke(tuple((float(x) / 100, float(y) / 100) for x, y in pairs), corners)


GLYPHS: tuple[Glyph, ...] = (
    # 0: round, narrow, not quite closed, closed with a hook inwards
    _glyph(0, "57,1 33,5 16,28 13,60 25,87 47,100 70,92 85,68 87,36 73,10 50,0", 1.2),
    _glyph(0, "50,0 33,10 24,36 24,68 35,92 52,100 68,87 77,60 75,28 62,5 45,1"),
    _glyph(0, "73,10 46,4 20,15 6,39 8,67 26,89 52,96 78,86 93,63 92,35 76,12", 0.7),
    _glyph(0, "38,3 60,2 78,21 85,51 77,81 58,99 36,96 20,75 15,43 25,15 45,0", 0.5),
    _glyph(0, "55,5 25,20 12,60 35,98 72,85 85,45 70,10 42,12 50,30", 0.5),
    # 1: a bare line, with a flag, with flag and foot
    _glyph(1, "50,0 50,35 50,70 50,100", 3.0, slant=2.0),
    _glyph(1, "30,22 42,14 54,0! 53,50 52,100", 0.8, slant=1.2),
    _glyph(1, "30,20 50,0! 50,50 50,100 | 22,100 50,99 80,98", 0.5),
    # 2: pointed foot, looped foot, small hook at the start, flat and wide
    _glyph(2, "17,24 30,6 55,0 76,14 74,38 50,68 16,97! 50,95 88,96", 1.2),
    _glyph(2, "20,20 42,2 70,7 74,33 55,65 30,92 10,93 12,76 32,76 55,93 92,94", 1.3),
    _glyph(2, "30,30 22,14 45,0 72,12 72,38 45,75 10,100! 40,88 65,94 95,86", 0.7),
    _glyph(2, "12,10 45,2 72,12 68,36 40,66 8,92! 45,98 90,90", 0.6),
    _glyph(2, "20,12 36,3 46,14 38,45 18,84 12,97! 50,90 98,82", 0.6),
    _glyph(2, "10,16 35,0 66,10 74,40 60,74 34,96 10,92 8,72 30,62 55,74 90,98", 0.6),
    # 3: two bowls with a point between, smooth between, looped between, flat top
    _glyph(3, "18,12 42,0 70,8 70,32 40,47! 72,56 80,80 50,100 15,92", 1.4),
    _glyph(3, "20,10 48,0 70,14 62,36 50,45 66,55 74,76 50,97 16,98", 0.8),
    _glyph(3, "20,14 48,0 72,12 66,36 42,50 36,43 55,46 80,66 68,93 38,100 14,88", 0.7),
    _glyph(3, "18,3 45,2 78,0! 60,20 40,40! 70,48 80,74 55,98 15,96", 0.4),
    _glyph(3, "30,12 50,0 72,10 64,28 46,38! 66,46 74,68 60,92 40,100", 0.8),
    _glyph(3, "14,20 40,2 66,6 62,24 40,34! 70,38 88,60 70,90 30,100 6,86", 0.8),
    # 4: open, closed, round in one go with a short stem, angular
    _glyph(4, "20,4 15,30 20,52 48,55 78,48 | 80,2 76,35 70,70 68,100", 1.6),
    _glyph(4, "25,5 18,30 12,52! 50,52 90,50 | 66,8 64,50 62,100", 1.2),
    _glyph(4, "62,0 38,32 8,64! 50,65 92,63 | 64,2 63,50 61,100", 0.6),
    _glyph(4, "30,0 16,30 26,50 52,46 74,22 84,0! 76,35 66,70 60,100", 0.5),
    _glyph(4, "12,2 10,25 20,42 50,42 86,36 | 90,0 80,32 70,66 62,100", 0.6),
    # 5: bar, neck and belly; bar drawn last and apart; smooth; long slanting bar
    _glyph(5, "82,2 55,3 30,3! 26,22 22,43! 50,36 78,50 78,80 48,100 12,92"),
    _glyph(5, "30,6 28,25 26,42! 52,42 74,58 70,86 42,100 12,92 | 30,6 60,3 92,0"),
    _glyph(5, "86,0 60,2 38,10 30,28 42,42 62,56 66,80 42,98 10,93"),
    _glyph(5, "98,2 70,6 42,8! 34,26 30,42 50,44 62,62 52,86 30,98 5,90"),
    _glyph(5, "34,22 28,36 20,50! 50,44 74,60 68,88 38,100 10,94 | 34,10 62,5 96,2", 0.6),
    # 6: bent stem, straight stem with small loop, curled, wide loop
    _glyph(6, "66,0 42,16 24,46 22,80 45,100 72,88 74,64 52,54 28,70", 1.3),
    _glyph(6, "50,0 36,30 27,62 30,90 48,100 66,90 66,72 50,66 32,84", 1.2),
    _glyph(6, "78,8 60,0 35,16 20,50 24,84 50,100 76,84 70,60 45,56 24,70", 0.7),
    _glyph(6, "45,0 20,35 12,70 35,98 72,95 90,74 70,58 42,66 26,86", 0.7),
    # 7: straight, curved, with a bar, with a serif, with a wavy roof
    _glyph(7, "14,6 48,5 82,3! 60,48 45,100", 1.4),
    _glyph(7, "15,12 42,6 70,2 82,16 72,50 62,100", 1.2),
    _glyph(7, "14,5 48,5 82,3! 58,48 42,100 | 30,52 55,50 82,47", 0.6),
    _glyph(7, "14,22 16,4! 50,6 86,2! 66,46 52,100", 0.6),
    _glyph(7, "10,20 30,6 55,14 85,4! 60,45 38,100", 0.6),
    # 8: in one go from the top right, from the middle of the top, two rings, open at the top
    _glyph(8, "74,12 50,0 28,14 36,36 60,56 72,80 50,100 26,82 40,56 66,34 74,12", 1.4),
    _glyph(8, "56,4 30,8 26,30 50,46 74,66 68,94 40,100 24,78 44,52 68,32 70,10 50,3"),
    _glyph(
        8,
        "54,48 30,38 28,12 46,0 64,4 75,20 70,38 54,48 | 47,48 76,62 72,91 51,100 30,93 21,75 29,56 50,48",
        0.8,
    ),
    _glyph(8, "80,6 50,2 22,16 36,38 56,56 60,84 40,100 22,86 36,60 62,36 86,16", 0.9),
    # 9: straight stem, bent stem, closed from the right, stem apart from the ring, small ring, big ring
    _glyph(9, "74,14 50,0 25,16 26,40 50,46 72,28 76,10! 72,50 66,100", 1.4),
    _glyph(9, "74,20 52,0 25,15 26,42 54,50 74,30 76,12! 74,60 56,94 20,96", 0.8),
    _glyph(9, "68,10 42,6 20,28 34,46 60,32 72,10 66,40 54,72 44,100", 1.2),
    _glyph(9, "70,16 57,2 37,2 22,14 22,34 35,48 55,48 70,36 70,16 | 74,10 72,55 70,100", 0.7),
    _glyph(9, "80,6 45,2 16,22 28,42 60,36 84,8! 62,50 40,100", 0.6),
    _glyph(9, "66,10 48,0 32,12 38,28 56,28 66,8! 62,50 56,100", 0.7),
    _glyph(9, "70,12 40,4 10,30 16,60 45,62 70,35 76,6! 76,50 80,100", 0.7),
    _glyph(9, "72,22 50,2 24,14 24,42 50,52 72,40 74,20! 78,60 64,92 36,100 14,86", 0.6),
)
"""All shapes, grouped by digit."""
