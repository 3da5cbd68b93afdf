"""Making images larger, and the sums that are the gradient of it."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np

from neuralstudio.engine.graph import Array, Call, Op, Shape, ShapeError, Tensor, Workspace, apply, dimensions


@dataclass(frozen=True)
class Enlarge(Op):
    """Every pixel ``factor`` × ``factor`` times (nearest neighbour): (batch, height, width, channels)."""

    factor: int

    def infer(self, *inputs: Tensor) -> Shape:
        batch, height, width, channels = _image(inputs[0])
        return batch, height * self.factor, width * self.factor, channels

    def calls(self, inputs: Sequence[Array], out: Array, work: Workspace) -> Iterable[Call]:  # noqa: ARG002
        x = inputs[0]
        yield np.copyto, (_tiles(out, self.factor), x[:, :, None, :, None])

    def gradient(self, node: Tensor, grad: Tensor) -> Sequence[Tensor]:  # noqa: ARG002 - it is linear
        return [apply(Shrink(self.factor), grad)]

    def flops(self, node: Tensor) -> int:  # noqa: ARG002
        return 0

    def formula(self, *names: str) -> str:
        return f"each pixel of {names[0]}, {self.factor}×{self.factor} times"


@dataclass(frozen=True)
class Shrink(Op):
    """Sums of tiles of ``factor`` × ``factor`` pixels: the gradient of enlarging."""

    factor: int

    def infer(self, *inputs: Tensor) -> Shape:
        batch, height, width, channels = _image(inputs[0])
        if height % self.factor or width % self.factor:
            raise ShapeError(
                f"an image of {height}×{width} cannot be cut into tiles of {self.factor}×{self.factor}"
            )
        return batch, height // self.factor, width // self.factor, channels

    def calls(self, inputs: Sequence[Array], out: Array, work: Workspace) -> Iterable[Call]:  # noqa: ARG002
        every = slice(None, None, self.factor)
        yield np.copyto, (out, inputs[0][:, every, every])
        for place in range(1, self.factor**2):
            down, across = divmod(place, self.factor)
            part = inputs[0][:, down :: self.factor, across :: self.factor]
            yield np.add, (out, part, out)

    def gradient(self, node: Tensor, grad: Tensor) -> Sequence[Tensor]:  # noqa: ARG002 - it is linear
        return [apply(Enlarge(self.factor), grad)]

    def flops(self, node: Tensor) -> int:
        return node.inputs[0].size

    def formula(self, *names: str) -> str:
        return f"Σ over {self.factor}×{self.factor} tiles of {names[0]}"


def _image(x: Tensor) -> Shape:
    if len(x.shape) != 4:
        raise ShapeError(f"an image (batch, height, width, channels) is needed, not {dimensions(x.shape)}")
    return x.shape


def _tiles(image: Array, factor: int) -> Array:
    """(batch, height, factor, width, factor, channels): every pixel of the small image with its tile."""
    batch, height, width, channels = image.shape
    return image.reshape(batch, height // factor, factor, width // factor, factor, channels, copy=False)
