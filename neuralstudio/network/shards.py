"""Into how many shards a batch is cut: a matter of the network and the batch alone, never of the computer.

Each shard's gradient has its place in a fixed sum, so the result is the same for any number of threads.
"""

from dataclasses import dataclass

from neuralstudio.engine.graph import Leaf, Tensor, topological
from neuralstudio.network.trace import Trace

_CACHE = 8 * 2**20
"""Bytes of activations and gradients worked on at a time, as if all were kept. A core's own cache holds about

2 MB, but memory is used again, and kernels work in blocks of their own: measured on a convolution network.
"""
_LARGE_STEP = 30e6
"""Floating-point operations of a step, forwards and backwards, above which several threads pay."""
_WORTH = 200
"""A shard is worth its own gradient (a pass over all weights) from so many operations a weight on."""


@dataclass(frozen=True)
class SampleCost:
    """What one sample takes on its way forwards. ``least_rows``: samples that kernels want at a time.

    ``is_chatty``: much of the time goes by between NumPy calls instead of inside them.
    """

    flops: int
    bytes: int
    weights: int
    least_rows: int = 1
    is_whole_batch: bool = False
    is_chatty: bool = False


def sample_cost(traced: Trace) -> SampleCost:
    """The cost of a network traced for a batch of one."""
    nodes = topological(traced.tensors.values())
    computed = [node for node in nodes if not isinstance(node.op, Leaf) and not node.op.is_view]
    return SampleCost(
        sum(node.op.flops(node) for node in computed),
        4 * sum(node.size + _sides(node) for node in computed),
        sum(weight.size for weight in traced.weights.values()),
        max((node.op.least_rows for node in computed), default=1),
        traced.is_whole_batch,
        any(node.op.is_chatty for node in computed),
    )


def _sides(node: Tensor) -> int:
    sizes = 0
    for shape in node.op.side_shapes(*node.inputs):
        size = 1
        for length in shape:
            size *= length
        sizes += size
    return sizes


def shard_count(batch: int, cost: SampleCost) -> int:
    """Shards of a training batch; 1 where cutting does not pay or is not allowed."""
    if cost.is_whole_batch or not is_large(batch, cost):
        return 1
    least = max(cost.least_rows, -(-_WORTH * cost.weights // cost.flops))
    size = max(least, min(fitting_rows(cost), batch // 2))
    count = max(1, batch // size)
    # Shards of one size for all, and an even number of them, so that two threads have the same to do.
    alike = [more for more in range(count, 1 + count * 3 // 2) if batch % more == 0 and more % 2 == 0]
    if alike and count > 2:
        return alike[0]
    return count + count % 2 if count > 2 else count


def is_large(batch: int, cost: SampleCost) -> bool:
    """Whether a step over a batch has so much to do that several threads may pay."""
    return 3 * cost.flops * batch >= _LARGE_STEP


def fitting_rows(cost: SampleCost) -> int:
    """Samples whose activations and gradients fit a core's cache."""
    return max(1, _CACHE // max(1, 2 * cost.bytes))
