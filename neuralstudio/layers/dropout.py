"""Switches random inputs off while training, so that no unit can rely on a single other one."""

from typing import Annotated

from msgspec import Meta

from neuralstudio.engine.graph import Tensor, apply
from neuralstudio.engine.ops.noise import KeepMask
from neuralstudio.layers._base import Emitter, Layer, Scope


class Dropout(Layer, tag="dropout"):
    """While training, a share of the inputs is zero and the others are scaled up; else y = x.

    Shapes: unchanged.   Source: Srivastava et al. 2014 (inverted dropout).
    """

    title = "Dropout"
    group = "Regularise"
    rate: Annotated[
        float, Meta(ge=0, lt=1, title="Rate", description="Share of the inputs switched off in each step.")
    ] = 0.5

    @property
    def caption(self) -> str:
        return f"rate {self.rate:g}"

    @property
    def formula(self) -> str:
        return f"y = x·m / {1 - self.rate:g}, m = 0 with probability {self.rate:g}"

    def build(self, x: Tensor, scope: Scope) -> Tensor:
        if not scope.is_training or self.rate == 0:
            return x
        return x * apply(KeepMask(self.rate), x)

    def emit(self, to: Emitter) -> None:
        to.dropout(self.rate)
