"""Features of a point as code: the same in all libraries, which have sines and cosines by the same names."""

from collections.abc import Mapping, Sequence

from neuralstudio.layers.features import FEATURES

_COLUMNS: Mapping[str, str] = {
    "x1": "x1",
    "x2": "x2",
    "x1-squared": "x1 * x1",
    "x2-squared": "x2 * x2",
    "x1-x2": "x1 * x2",
    "sin-x1": "{m}.sin(x1)",
    "sin-x2": "{m}.sin(x2)",
    "cos-x1": "{m}.cos(x1)",
    "cos-x2": "{m}.cos(x2)",
}
_SLOPES: Mapping[str, tuple[str, str]] = {
    "x1": ("1", ""),
    "x2": ("", "1"),
    "x1-squared": ("2 * x1", ""),
    "x2-squared": ("", "2 * x2"),
    "x1-x2": ("x2", "x1"),
    "sin-x1": ("{m}.cos(x1)", ""),
    "sin-x2": ("", "{m}.cos(x2)"),
    "cos-x1": ("-{m}.sin(x1)", ""),
    "cos-x2": ("", "-{m}.sin(x2)"),
}
"""Of each by x1 and x2; nothing where it is 0."""


def _picked(chosen: Sequence[str]) -> list[str]:
    return [each for each in FEATURES if each in chosen]


def columns(chosen: Sequence[str], module: str) -> list[str]:
    """The features as code, in their order, from the columns ``x1`` and ``x2``."""
    return [_COLUMNS[each].format(m=module) for each in _picked(chosen)]


def slopes(chosen: Sequence[str], module: str) -> tuple[str, str]:
    """Code for the slopes by x1 and x2, from ``d``, a column for the slope by each feature."""
    found: tuple[list[str], list[str]] = ([], [])
    for place, each in enumerate(_picked(chosen)):
        for terms, slope in zip(found, _SLOPES[each], strict=True):
            if slope:
                part = f"d[:, {place} : {place + 1}]"
                terms.append(part if slope == "1" else f"{part} * {slope.format(m=module)}")
    by_x1, by_x2 = (" + ".join(terms) or "0 * x1" for terms in found)
    return by_x1, by_x2
