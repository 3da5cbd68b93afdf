"""Axis ranges with round ends that move seldom, so that a growing curve does not make the plot jump."""

import itertools
import math

_STEPS = (1.0, 1.5, 2.0, 3.0, 4.0, 5.0, 6.0, 8.0, 10.0)


def round_up(value: float) -> float:
    """The next round number at or above ``value`` (> 0): 1, 1.5, 2, 3, 4, 5, 6 or 8 times a power of ten."""
    if not (value > 0 and math.isfinite(value)):
        return 1.0
    power = 10.0 ** math.floor(math.log10(value))
    return next(
        step * power for step in (*_STEPS, 10.0) if step * power >= value * (1 - 1e-9) or step == 10.0
    )


def settled(before: tuple[float, float] | None, low: float, high: float) -> tuple[float, float]:
    """The range to show for data in low…high: ``before`` while the data fits it and fills more than 40 %."""
    if before is not None:
        floor, ceiling = before
        fits = floor <= low + 1e-12 and high <= ceiling + 1e-12
        if fits and (high - low) > 0.4 * (ceiling - floor):
            return before
    return _round_range(low, high)


def tick_values(low: float, high: float, most: int = 5) -> list[float]:
    """Round values from low to high, at most ``most`` + 1 of them, evenly spaced."""
    span = high - low
    if not (span > 0 and math.isfinite(span)):
        return [low]
    step = _step(span, most)
    first, last = math.ceil(low / step - 1e-6), math.floor(high / step + 1e-6)
    return [index * step for index in range(first, last + 1)]


def log_tick_values(low: float, high: float) -> list[float]:
    """Round values from 10^low to 10^high: 1, 2 and 5 times each power; past 3 decades the powers alone."""
    factors = (1, 2, 5) if high - low <= 3 else (1,)
    powers = range(math.floor(low), math.ceil(high) + 1)
    values = [factor * 10.0**power for power in powers for factor in factors]
    return [value for value in values if 10**low * 0.999 <= value <= 10**high * 1.001]


def tick_texts(values: list[float], *, percent: bool = False) -> list[str]:
    """The values as text, all with the same number of decimals."""
    shown = [value * 100 for value in values] if percent else values
    gap = min((b - a for a, b in itertools.pairwise(shown)), default=1.0)
    decimals = next((count for count in range(7) if _is_whole(gap * 10**count)), 7)
    return [f"{value + 0.0:,.{decimals}f}{'%' if percent else ''}" for value in shown]


def short_texts(values: list[float]) -> list[str]:
    """As ``tick_texts``, with a proper minus; large and tiny numbers as 5e7 and 2e−6."""
    most = max(map(abs, values), default=0.0)
    if most and not 1e-3 <= most < 1e5:
        texts = [_scientific(value) for value in values]
    else:
        texts = tick_texts(values)
    return [text.replace("-", "−") for text in texts]


def _scientific(value: float) -> str:
    mantissa, _, power = f"{value:.2e}".partition("e")
    return f"{float(mantissa):g}e{int(power)}" if value else "0"


def _step(span: float, most: int) -> float:
    """The smallest round step that divides ``span`` into at most ``most`` parts."""
    power = 10.0 ** math.floor(math.log10(span / most))
    return next(
        factor * power for factor in (1, 2, 2.5, 5, 10) if span / (factor * power) <= most * (1 + 1e-9)
    )


def _is_whole(value: float) -> bool:
    return abs(value - round(value)) < 1e-6 * max(1.0, abs(value)) and round(value) != 0


def _round_range(low: float, high: float) -> tuple[float, float]:
    span = high - low
    if span <= 0:
        span = abs(high) or 1.0
    if 0 <= low <= 1.5 * span:
        return 0.0, round_up(high * 1.03 if high > 0 else 1.0)
    step = _step(span, 4)
    return math.floor((low - 0.02 * span) / step) * step, math.ceil((high + 0.02 * span) / step) * step
