"""Strokes as a hand draws them, for the pad."""

from math import cos, pi, sin


def three() -> list[tuple[float, float]]:
    """A 3 in one stroke: two bows, one above the other."""
    upper = [(0.46 + 0.2 * cos(t), 0.33 + 0.15 * sin(t)) for t in _turns(-0.8 * pi, 0.5 * pi)]
    lower = [(0.46 + 0.23 * cos(t), 0.67 + 0.19 * sin(t)) for t in _turns(-0.5 * pi, 0.8 * pi)]
    return upper + lower


def _turns(start: float, end: float, count: int = 24) -> list[float]:
    return [start + (end - start) * step / (count - 1) for step in range(count)]
