"""Simple functions of the two numbers of a point, side by side: a features layer, spread over operations."""

from typing import get_args

import msgspec

from neuralstudio.layers.features import FEATURES, Feature, Features
from neuralstudio.project.foreign.onnx_model import Node
from neuralstudio.project.foreign.onnx_reader import Reader, number
from neuralstudio.project.foreign.onnx_signals import BATCH, Signal, fresh

_OF_ONE = {"Identity": "{}", "Sin": "sin-{}", "Cos": "cos-{}"}
_NAMES = ("x1", "x2")


def features(reader: Reader, node: Node, x: Signal) -> bool:
    """Takes a ``Gather`` and what follows as a features layer; False where they are something else."""
    if x.shape != (2,) or len(x.axes) != 2 or x.axes[0] != (BATCH,):
        return False
    picked = {
        each.outputs[0]: _NAMES[place]
        for each in reader.readers[node.inputs[0]]
        if (place := _place(reader, each)) is not None
    }
    found: dict[str, str] = {}
    between: list[Node] = []
    for name in picked:
        for each in reader.readers.get(name, []):
            feature = _feature(each, picked)
            if feature not in get_args(Feature):
                return False
            found[each.outputs[0]] = feature
            between.append(each)
    ends = [each for name in found for each in reader.readers.get(name, [])]
    if not ends or any(each is not ends[0] for each in ends) or ends[0].op != "Concat":
        return False
    end = ends[0]
    chosen = tuple(found.get(name, "") for name in end.inputs)
    in_order = tuple(each for each in FEATURES if each in chosen)
    if chosen != in_order or number(end.attributes.get("axis"), -1) not in (1, -1):
        return False
    gathers = [each for each in reader.readers[node.inputs[0]] if each.outputs[0] in picked]
    reader.done.update(id(each) for each in (*gathers, *between, end))
    source, _ = reader.feed(x, x.others)
    kind = msgspec.structs.replace(Features(), chosen=in_order)
    name = reader.draft.add(kind, (source,), name=reader.owner(end))
    reader.put(end, fresh(name, (len(in_order),), (0, 1)))
    return True


def _place(reader: Reader, node: Node) -> int | None:
    """Which number of a point a ``Gather`` picks out, as a column; None for anything else."""
    if node.op != "Gather" or number(node.attributes.get("axis")) != 1 or not reader.has(node, 1):
        return None
    index = reader.value(node.inputs[1])
    if isinstance(index, Signal) or index.shape != (1,) or index.dtype.kind not in "iu":
        return None
    return int(index[0]) if index[0] in (0, 1) else None


def _feature(node: Node, picked: dict[str, str]) -> str:
    """What an operation makes of the numbers that were picked; "" for no feature."""
    names = [picked.get(name, "") for name in node.inputs]
    if node.op in _OF_ONE and len(names) == 1:
        return _OF_ONE[node.op].format(*names)
    if node.op == "Mul" and len(names) == 2 and all(names):
        return f"{names[0]}-squared" if names[0] == names[1] else "x1-x2"
    return ""
