"""What a point of the plane looks like to a network: its coordinates, and simple functions of them."""

from collections.abc import Callable, Mapping
from typing import Annotated, Literal, get_args

from msgspec import Meta

from neuralstudio.engine.graph import ShapeError, Tensor, apply, dimensions
from neuralstudio.engine.ops.elementwise import Cos, Sin, Square
from neuralstudio.engine.ops.joining import Concatenate, Part
from neuralstudio.layers._base import Emitter, Layer, Scope

Feature = Literal[
    "x1", "x2", "x1-squared", "x2-squared", "x1-x2", "sin-x1", "sin-x2", "cos-x1", "cos-x2"
]  # fmt: skip
FEATURES: tuple[Feature, ...] = get_args(Feature)
SYMBOLS: Mapping[Feature, str] = {
    "x1": "x₁",
    "x2": "x₂",
    "x1-squared": "x₁²",
    "x2-squared": "x₂²",
    "x1-x2": "x₁x₂",
    "sin-x1": "sin x₁",
    "sin-x2": "sin x₂",
    "cos-x1": "cos x₁",
    "cos-x2": "cos x₂",
}
"""As they are written in mathematics."""
_MEANINGS: Mapping[Feature, Callable[[Tensor, Tensor], Tensor]] = {
    "x1": lambda x1, _: x1,
    "x2": lambda _, x2: x2,
    "x1-squared": lambda x1, _: apply(Square(), x1),
    "x2-squared": lambda _, x2: apply(Square(), x2),
    "x1-x2": lambda x1, x2: x1 * x2,
    "sin-x1": lambda x1, _: apply(Sin(), x1),
    "sin-x2": lambda _, x2: apply(Sin(), x2),
    "cos-x1": lambda x1, _: apply(Cos(), x1),
    "cos-x2": lambda _, x2: apply(Cos(), x2),
}


class Features(Layer, tag="features"):
    """Hands on chosen functions of two inputs, so that simple layers can do with bent boundaries.

    Nothing is learnt here, and nothing is scaled. The outputs come in the order of the list, each once.

    Shapes: (batch, 2) → (batch, features).
    """

    title = "Features"
    chosen: Annotated[
        tuple[Feature, ...],
        Meta(
            min_length=1,
            title="Features",
            description="What the next layer gets to see of x₁ and x₂.",
            extra={"labels": SYMBOLS},
        ),
    ] = ("x1", "x2")

    @property
    def picked(self) -> tuple[Feature, ...]:
        """The chosen ones as they come out: in the order of the list, each once."""
        return tuple(each for each in FEATURES if each in self.chosen)

    @property
    def caption(self) -> str:
        symbols = [SYMBOLS[each] for each in self.picked]
        return ", ".join(symbols) if len(symbols) <= 3 else f"{len(symbols)} features"

    @property
    def formula(self) -> str:
        return f"y = ({', '.join(SYMBOLS[each] for each in self.picked)})"

    def build(self, x: Tensor, scope: Scope) -> Tensor:  # noqa: ARG002
        if x.shape[1:] != (2,):
            raise ShapeError(
                f"Features needs two inputs, x₁ and x₂, but gets {dimensions(x.shape[1:])}",
                "Put it right behind data with two inputs, or remove it.",
            )
        if self.picked == ("x1", "x2"):
            return x
        x1, x2 = (apply(Part(place, place + 1), x) for place in (0, 1))
        return apply(Concatenate(), *(_MEANINGS[each](x1, x2) for each in self.picked))

    def emit(self, to: Emitter) -> None:
        to.features(self.chosen)
