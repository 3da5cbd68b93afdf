"""The same numbers in another shape: a row becomes an image."""

import re
from math import prod
from typing import Annotated

from msgspec import Meta

from neuralstudio.engine.graph import Shape, Tensor, apply, dimensions
from neuralstudio.engine.ops.shape import Reshape as ReshapeOp
from neuralstudio.layers._base import Emitter, Layer, Scope
from neuralstudio.schema.problem import Problem, ProblemError

_LONGEST = 6
"""Axes: more than any layer takes."""


class Reshape(Layer, tag="reshape"):
    """Gives each sample another shape of the same size, in row-major order; nothing is computed.

    Shapes: (batch, a, b, …) → (batch, *shape).
    """

    title = "Reshape"
    group = "Shape"
    shape: Annotated[
        str,
        Meta(
            title="Shape",
            description='Lengths such as "7×7×64" or "7, 7, 64"; one may be "?", which is whatever is left.',
        ),
    ] = "?"

    @property
    def caption(self) -> str:
        return self.shape

    @property
    def formula(self) -> str:
        return f"y = the numbers of x as {self.shape}"

    def build(self, x: Tensor, scope: Scope) -> Tensor:  # noqa: ARG002
        lengths = _filled(_read(self.shape), x.shape[1:])
        return apply(ReshapeOp((x.shape[0], *lengths)), x)

    def check(self) -> None:
        _read(self.shape)

    def emit(self, to: Emitter) -> None:
        to.reshape(self.shape)


def _read(text: str) -> tuple[int | None, ...]:
    """The lengths in a text; None for "?" or "-1". Raises ``ProblemError``."""
    words = [word for word in re.split(r"[\s×xX*,;()\[\]]+", text) if word]
    lengths = [None if word in ("?", "-1") else _length(word) for word in words]
    if not words or 0 in lengths or len(words) > _LONGEST:
        raise _refusal(
            f'"{text}" is not a shape of up to {_LONGEST} lengths', 'Write it like "7×7×64" or "7, 7, 64".'
        )
    if lengths.count(None) > 1:
        raise _refusal(f'"{text}" leaves more than one length open', 'Write "?" only once.')
    return tuple(lengths)


def _length(word: str) -> int:
    # ASCII digits only: int() also takes "²" to pieces, "1_000" and numerals of other scripts.
    return int(word) if re.fullmatch("[0-9]{1,9}", word) else 0


def _filled(lengths: tuple[int | None, ...], given: Shape) -> Shape:
    """The shape with the open length worked out for an input. Raises ``ProblemError``."""
    size, known = prod(given), prod(length for length in lengths if length is not None)
    if (None in lengths and size % known) or (None not in lengths and size != known):
        wanted = "×".join("?" if length is None else str(length) for length in lengths)
        count = f"a multiple of {known}" if None in lengths else str(known)
        raise _refusal(
            f"{dimensions(given)} has {size} numbers, but {wanted} needs {count}",
            "Choose lengths whose product is the number of inputs.",
        )
    return tuple(size // known if length is None else length for length in lengths)


def _refusal(what: str, remedy: str) -> ProblemError:
    return ProblemError(Problem("Reshape · Shape", what, remedy, field="shape"))
