"""What a layer computes, told with the shapes it really has: "(32, 784)·(784, 128) + (128) → (32, 128)"."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from neuralstudio.engine.graph import Shape
from neuralstudio.layers._base import Layer

SYMBOLS = {
    "kernel": "W",
    "recurrent_kernel": "U",
    "bias": "b",
    "recurrent_bias": "c",
    "gamma": "γ",
    "beta": "β",
    "centres": "c",
    "log_widths": "log s",
    "table": "table",
}
"""What weights are called in formulas."""
_BACKWARD = "backward_"
_STATE = "y₋₁"
_SUBSCRIPTS = str.maketrans("0123456789", "₀₁₂₃₄₅₆₇₈₉")
_SIGNS = "·|∗ᵀ|∗|\\+|,"
_NO_BREAK = "\u00a0"


@dataclass(frozen=True)
class Computation:
    """``formula``; the same with shapes; and what each symbol stands for: (symbol, shape, name)."""

    formula: str
    shapes: str
    symbols: tuple[tuple[str, str, str], ...]


def computation(
    layer: Layer,
    batch: int,
    inputs: Sequence[tuple[str, Shape | None]],
    weights: Mapping[str, Shape],
    output: Shape | None,
) -> Computation:
    """``inputs`` are the sources' names and shapes, without the batch; ``weights`` go by short name."""
    names, formula = ["x" for _ in inputs], layer.formula
    if layer.takes_several:
        names = [_numbered("x", place) for place in range(1, len(inputs) + 1)]
        formula = _with_inputs(formula, names)
    symbols = [
        (name, text(shape, batch), source) for name, (source, shape) in zip(names, inputs, strict=True)
    ]
    known = {name: shape for name, shape, _ in symbols}
    for name, shape in weights.items():
        symbol = SYMBOLS.get(name.removeprefix(_BACKWARD), name) + ("′" if name.startswith(_BACKWARD) else "")
        symbols.append((symbol, text(shape), name.replace("_", " ")))
        known[symbol] = text(shape)
    result = text(output, batch)
    if "recurrent_kernel" in weights:  # the formula is one step's
        steps, units = inputs[0][1] if inputs else None, weights["recurrent_kernel"][0]
        known |= {"x": text(steps[-1:] if steps else None, batch), _STATE: text((units,), batch)}
        of_formula = text(weights["kernel"][-1:], batch)
    else:
        of_formula = result
    found = _with_shapes(formula, known)
    given = ", ".join(shape for _, shape, _ in symbols[: len(inputs)]) or text(None)
    shapes = f"{found} → {of_formula}" if found else f"{given} → {result}"
    return Computation(formula, shapes, (*symbols, ("y", result, "")))


def text(shape: Shape | None, batch: int | None = None) -> str:
    """A shape as (32, 784), which is not broken at the end of a line."""
    if shape is None:
        return "(?)"
    lengths = shape if batch is None else (batch, *shape)
    return f"({f',{_NO_BREAK}'.join(map(str, lengths))})"


def _numbered(symbol: str, number: int) -> str:
    return symbol + str(number).translate(_SUBSCRIPTS)


def _with_inputs(formula: str, names: Sequence[str]) -> str:
    """A formula of "x₁ + x₂ + …" with as many inputs as there are."""
    match = re.search("x₁(.+?)x₂(.*?)…", formula)
    if match is None or not names:
        return formula
    return formula[: match.start()] + match[1].join(names) + formula[match.end() :]


def _with_shapes(formula: str, known: Mapping[str, str]) -> str:
    """The longest run of products and sums in a formula whose shapes are all known, "" if there is none."""
    if not known:
        return ""
    symbol = "|".join(re.escape(each) for each in sorted(known, key=len, reverse=True))
    one = f"(?<![\\w₋])(?:{symbol})(?![\\w₋₀-₉ᵀ(])"
    runs = re.findall(f"{one}(?: ?(?:{_SIGNS}) ?{one})+", formula)
    if not runs:
        return ""
    return re.sub(one, lambda match: known[match[0]], max(runs, key=len))
