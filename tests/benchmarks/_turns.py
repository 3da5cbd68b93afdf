"""Measures ours and each peer in turns, round after round in one process, so that a busy moment hits all.

The first round warms up. What counts are medians; of a peer measured in several ways, the best.
"""

import argparse
import json
import statistics
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from importlib.util import find_spec
from typing import Any

Measure = Callable[[], float]
"""Does one round of work and returns its figure: seconds, milliseconds a step, steps a second."""

OURS = "ours"


@dataclass(frozen=True)
class Side:
    """One way of doing the work. ``peer`` is whose it is ("ours", "pytorch"), ``name`` which way it is."""

    peer: str
    name: str
    measure: Measure


def options(about: str | None, rounds: int = 5) -> argparse.Namespace:
    """The command line all benchmarks share: --rounds and --json."""
    parser = argparse.ArgumentParser(description=about, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=rounds, help="measured rounds, after one to warm up")
    parser.add_argument("--json", action="store_true", help="print the last line only")
    return parser.parse_args()


def is_installed(*modules: str) -> bool:
    """Whether a peer can be had; one that is missing is left out."""
    return all(find_spec(module) is not None for module in modules)


def take_turns(sides: Sequence[Side], rounds: int) -> dict[str, list[float]]:
    """The figures of each side by its name, without those of the first round."""
    figures: dict[str, list[float]] = {side.name: [] for side in sides}
    for turn in range(rounds + 1):
        for side in sides:
            figure = side.measure()
            if turn:
                figures[side.name].append(figure)
    return figures


def medians_by_peer(
    sides: Sequence[Side], figures: Mapping[str, Sequence[float]], *, more_is_better: bool = False
) -> dict[str, float]:
    """The median figure of ours and of each peer at its best."""
    best = max if more_is_better else min
    found: dict[str, float] = {}
    for side in sides:
        median = statistics.median(figures[side.name])
        found[side.peer] = best(found.get(side.peer, median), median)
    return found


def report(
    name: str,
    unit: str,
    sides: Sequence[Side],
    asked: argparse.Namespace,
    more: Callable[[], Mapping[str, Any]] | None = None,
) -> None:
    """Takes the turns and prints what came of it; the last line is JSON.

    ``ratio`` is ours ÷ the best peer that is installed (smaller is better), None without any. ``more`` is
    asked afterwards for further figures.
    """
    figures = take_turns(sides, asked.rounds)
    if not asked.json:
        print_figures(unit, figures)
    medians = medians_by_peer(sides, figures)
    ours = medians.pop(OURS, None)
    ratio = round(ours / min(medians.values()), 3) if ours and medians else None
    result = {
        "name": name,
        "unit": unit,
        "ours": ours and round(ours, 4),
        "peers": {peer: round(median, 4) for peer, median in medians.items()},
        "ratio": ratio,
    }
    print(json.dumps(result | dict(more() if more else {})), flush=True)


def print_figures(unit: str, figures: Mapping[str, Sequence[float]]) -> None:
    """A line for each side: its median and all its figures."""
    for name, each in figures.items():
        rounds = ", ".join(f"{figure:,.3f}" for figure in each)
        print(f"{name:24} {statistics.median(each):,.3f} {unit}   ({rounds})")
