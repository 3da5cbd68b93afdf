"""Operations of ONNX that multiply with weights: dense layers, and radial units."""

from dataclasses import replace

import numpy as np

from neuralstudio.engine.graph import Array
from neuralstudio.layers.dense import Dense
from neuralstudio.layers.rbf import RBF
from neuralstudio.project.foreign.draft import layer
from neuralstudio.project.foreign.elementwise import X
from neuralstudio.project.foreign.onnx_model import Node
from neuralstudio.project.foreign.onnx_reader import Reader, number, reads, real
from neuralstudio.project.foreign.onnx_signals import BATCH, Signal, back_in_order, fresh, places

_LINEAR = {"activation": {"kind": "linear"}}


@reads("Gemm")
def gemm(reader: Reader, node: Node) -> None:
    x, kernel = reader.signal(node), reader.weight(node, 1, 2)
    if number(node.attributes.get("transA")):
        raise reader.refusal(node, "it turns its input")
    if number(node.attributes.get("transB")):
        kernel = kernel.T
    bias: Array = np.zeros(kernel.shape[1], np.float32)
    if reader.has(node, 2):
        given = reader.array(node, 2)
        if given.size not in (1, bias.size) or given.dtype.kind != "f":
            raise reader.refusal(node, "its bias does not fit")
        bias = bias + given.ravel() * np.float32(real(node.attributes.get("beta"), 1.0))
    _dense(reader, node, x, kernel * np.float32(real(node.attributes.get("alpha"), 1.0)), bias)


@reads("MatMul")
def product(reader: Reader, node: Node) -> None:
    kernel = reader.weight(node, 1, 2)
    _dense(reader, node, reader.signal(node), kernel, np.zeros(kernel.shape[1], np.float32))


def _dense(reader: Reader, node: Node, x: Signal, kernel: Array, bias: Array) -> None:
    rank = len(x.axes)
    if rank not in (2, 3) or x.axes[-1] == (BATCH,):
        raise reader.refusal(
            node, "only rows of numbers, or sequences of them, can be multiplied with weights"
        )
    order = [0 if place == x.batch else x.others.index(place) + 1 for place in range(rank)]
    rows = places(x, 1) if rank == 2 and not x.is_in_order else None
    if rows is not None:  # a picture that was flattened in another order: so are its weights
        if len(rows) != len(kernel):
            raise reader.refusal(node, f"it reads {len(rows)} numbers, but has weights for {len(kernel)}")
        kernel = back_in_order(kernel, rows)
        x = reader.settled(x)
        x = replace(x, axes=((BATCH,), x.atoms))
    source, shape = reader.feed(x, x.others)
    if shape[-1] != len(kernel):
        raise reader.refusal(node, f"it reads {shape[-1]} numbers, but has weights for {len(kernel)}")
    kind = layer(Dense, units=len(bias), **_LINEAR)
    name = reader.draft.add(kind, (source,), {"kernel": kernel, "bias": bias}, reader.owner(node))
    if rank == 3:
        reader.by_step.add(name)
    reader.put(node, fresh(name, (*shape[:-1], len(bias)), order))


# ── radial units ───────────────────────────────────────────────────────────────────────────────────────


@reads("ReduceSumSquare")
def squares(reader: Reader, node: Node) -> None:
    raise reader.refusal(node, "it is not part of a layer of radial units")


def radial(reader: Reader, node: Node, x: Signal, centres: Array) -> bool:
    """Recognises exp(scale·Σ(x − c)²), the row of operations that radial units are written as."""
    chain = [node]
    for op in ("ReduceSumSquare", "Mul", "Exp"):
        following = reader.readers.get(chain[-1].outputs[0], [])
        if len(following) != 1 or following[0].op != op:
            return False
        chain.append(following[0])
    _, squares, scaling, _ = chain
    if centres.ndim != 2 or len(x.axes) != 3 or x.axes[1] or x.tree != X or x.batch:
        return False
    scales = reader.value(next(name for name in scaling.inputs if name != squares.outputs[0]))
    axes = reader.integers(squares, 1, "axes")
    if isinstance(scales, Signal) or scales.shape != (len(centres),) or not (scales < 0).all():
        return False
    if axes not in ([2], [-1]) or number(squares.attributes.get("keepdims"), 1):
        return False
    source, (_, inputs) = reader.feed(replace(x, shape=(1, *x.shape)), [1, 2])
    if inputs != centres.shape[1]:
        raise reader.refusal(node, "its weights do not fit together")
    weights = {"centres": centres, "log_widths": -0.5 * np.log(-2 * scales.astype(np.float64))}
    kind = layer(RBF, units=len(centres), start="random")
    name = reader.draft.add(kind, (source,), weights, reader.owner(node))
    made = fresh(name, (len(centres),), (0, 1))
    for each in chain:
        reader.values[each.outputs[0]] = made
    reader.done.update(id(each) for each in chain)
    return True
