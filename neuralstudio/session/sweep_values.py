"""Values of a setting as a person types them, "0.01, 0.1" or "Tanh, ReLU", and which to begin with."""

import re
from math import inf

from neuralstudio.schema.fields import Field
from neuralstudio.schema.kind import Kind
from neuralstudio.schema.problem import Problem, ProblemError
from neuralstudio.session.sweepable import Sweepable, Value

MOST = 24
"""Values of one setting."""
_AT_FIRST = 4
_LONGEST = 30
_WHOLE = {"hidden-layers": (0, 12)}
"""Least and greatest whole number of settings that declare no field; any other goes as far as a seed."""
_SEED = (0, 2**31 - 1)


def values_in(text: str, setting: Sweepable) -> tuple[Value, ...]:
    """The values named in a text, each once. Raises ``ProblemError`` for a word that is none of them."""
    is_kind = any(isinstance(value, Kind) for value in setting.values)
    words = [word.strip() for word in re.split(r"[,;]" if is_kind else r"[,;\s]+", text)]
    values: list[Value] = []
    for word in filter(None, words):
        value = _kind(word, setting) if is_kind else _number(word, setting)
        if value not in values:
            values.append(value)
    if not values:
        remedy = f"For example: {text_of(at_first(setting)[:2])}"
        raise ProblemError(Problem(setting.title, "No values are named", remedy))
    if len(values) > MOST:
        what = f"{len(values)} values are too many"
        raise ProblemError(Problem(setting.title, what, f"Name at most {MOST}."))
    return tuple(values)


def text_of(values: tuple[Value, ...]) -> str:
    """Values as ``values_in`` reads them."""
    return ", ".join(map(plain, values))


def plain(value: Value) -> str:
    """One value without thousands separators, and with all its figures."""
    if isinstance(value, Kind):
        return value.title
    short = f"{value:g}"
    return short if float(short) == value and isinstance(value, float) else str(value)


def at_first(setting: Sweepable) -> tuple[Value, ...]:
    """A few values around the present one."""
    values = setting.values
    count = min(_AT_FIRST, len(values))
    is_known = setting.present is not None and setting.present in values
    place = values.index(setting.present) if is_known and setting.present is not None else 0
    start = min(max(0, place - (count - 1) // 2), len(values) - count)
    return values[start : start + count]


def _kind(word: str, setting: Sweepable) -> Value:
    named = {value.title.casefold(): value for value in setting.values if isinstance(value, Kind)}
    found = named.get(word.casefold())
    if found is None:
        titles = ", ".join(plain(value) for value in setting.values)
        raise _refused(word, setting, f"one of {titles}")
    return found


def _number(word: str, setting: Sweepable) -> Value:
    field = setting.field or Field("", "", "", "integer", 0, *_WHOLE.get(setting.key, _SEED))
    try:
        value: int | float = int(word) if field.editor == "integer" else float(word)
    except ValueError:
        raise _refused(word, setting, field.allowed) from None
    if not _is_allowed(value, field):
        raise _refused(word, setting, field.allowed)
    return value


def _is_allowed(value: float, field: Field) -> bool:
    low = -inf if field.minimum is None else field.minimum
    high = inf if field.maximum is None else field.maximum
    at_end = (field.excludes_minimum and value == low) or (field.excludes_maximum and value == high)
    return low <= value <= high and abs(value) < inf and not at_end


def _refused(word: str, setting: Sweepable, allowed: str) -> ProblemError:
    shown = word if len(word) <= _LONGEST else f"{word[:_LONGEST]}…"
    return ProblemError(Problem(setting.title, f"Expected {allowed}. Received: {shown}"))
