"""Matrix products, handed to BLAS."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from neuralstudio.engine.graph import Array, Call, Op, Shape, ShapeError, Tensor, Workspace, apply, dimensions
from neuralstudio.engine.ops.shape import Transpose


@dataclass(frozen=True)
class MatMul(Op):
    """a · b for matrices (rows, inner) and (inner, columns)."""

    def infer(self, *inputs: Tensor) -> Shape:
        a, b = inputs
        if len(a.shape) != 2 or len(b.shape) != 2 or a.shape[1] != b.shape[0]:
            shapes = " and ".join(dimensions(each.shape) for each in inputs)
            raise ShapeError(f"matrices of shapes {shapes} cannot be multiplied")
        return a.shape[0], b.shape[1]

    def calls(self, inputs: Sequence[Array], out: Array, work: Workspace) -> Iterable[Call]:  # noqa: ARG002
        yield inputs[0].dot, (inputs[1], out)  # the method: np.dot's wrapper costs as much as a tiny product

    def gradient(self, node: Tensor, grad: Tensor) -> Sequence[Tensor]:
        a, b = node.inputs
        return [grad @ apply(Transpose(), b), apply(Transpose(), a) @ grad]

    def flops(self, node: Tensor) -> int:
        return 2 * node.size * node.inputs[0].shape[1]

    def formula(self, *names: str) -> str:
        return f"{names[0]}·{names[1]}"
