"""Which columns a network has: the input, layers that weigh, and layers that gather; all others vanish."""

from collections import Counter
from dataclasses import dataclass, replace
from math import prod

from neuralstudio.data._base import Signature
from neuralstudio.engine.graph import Shape
from neuralstudio.layers.concatenate import Concatenate
from neuralstudio.layers.features import SYMBOLS
from neuralstudio.network.model import Model
from neuralstudio.network.spec import DATA, Node, display_name
from neuralstudio.network.trace import Trace, trace
from neuralstudio.views._base import LayerKind
from neuralstudio.views.network.kernels import Kernel, Link, features_of, kernel_of


@dataclass(frozen=True)
class Column:
    """Neurons of one layer. ``tap``: the node whose output is theirs, behind its activation; ``shape``: that
    output's, the units last. ``bias``: the name of their biases, where each has one.
    """

    id: str
    tap: str
    title: str
    units: int
    shape: Shape
    kind: LayerKind
    depth: int = 0
    lane: int = 0
    lanes: int = 1
    kernel: Kernel | None = None
    bias: str = ""
    names: tuple[str, ...] = ()
    is_recurrent: bool = False
    shows: int = -1
    """For pictures of weights: the column of pixels they go to or come from."""


@dataclass(frozen=True)
class Choice:
    """The columns of a network and what connects them. Kept over many frames: only weights change."""

    columns: tuple[Column, ...]
    links: tuple[Link, ...]

    def into(self, column: int) -> list[Link]:
        """The links by which a column reads."""
        return [link for link in self.links if link.target == column]

    def out_of(self, column: int) -> list[Link]:
        """The links by which a column is read."""
        return [link for link in self.links if link.source == column]


def choose(model: Model) -> Choice:
    """The columns of a model, from the input to the output.

    A layer vanishes if it leaves the numbers where they are (an activation, dropout, flattening): the layer
    before shows what comes out of it.
    """
    traced = trace(model.spec, model.signature, 1, is_training=False)
    reads: dict[str, int] = {DATA: 0}
    kept = [node for node in model.spec if not _vanishes(node, traced)]
    depths = [0]
    pairs: list[tuple[int, str, Node]] = []
    for node in model.spec:
        if node not in kept:
            reads[node.id] = reads[node.inputs[0]]
            continue
        reads[node.id] = 1 + kept.index(node)
        pairs += [(reads[source], source, node) for source in node.inputs]
        depths.append(1 + max(depths[reads[source]] for source in node.inputs))
    kernels = [kernel_of(node, traced) for node in kept]
    columns = [_input(model, [kernels[kept.index(node)] for source, _, node in pairs if source == 0])]
    for node, kernel, depth in zip(kept, kernels, depths[1:], strict=True):
        columns.append(replace(_column(model, node, kernel, traced), depth=depth))
    links = [_link(source, reads[node.id], name, node, columns, traced) for source, name, node in pairs]
    return Choice(tuple(_in_lanes(_pictured(columns, links, model.signature))), tuple(links))


def _vanishes(node: Node, traced: Trace) -> bool:
    """Whether the numbers stay where they are: no kernel, one source, as many as before."""
    if len(node.inputs) > 1 or kernel_of(node, traced) is not None or features_of(node):
        return False
    return traced.tensors[node.id].size == traced.tensors[node.inputs[0]].size


def _tap(node: Node, model: Model, traced: Trace) -> str:
    """The last of the layers behind a column that only change its numbers one by one."""
    tap = node.id
    while len(readers := model.spec.readers(tap)) == 1:
        reader = readers[0]
        if not _vanishes(reader, traced) or traced.tensors[reader.id].shape != traced.tensors[tap].shape:
            break
        tap = reader.id
    return tap


def _column(model: Model, node: Node, kernel: Kernel | None, traced: Trace) -> Column:
    tap = _tap(node, model, traced)
    shape = traced.tensors[node.id].shape[1:]
    units = shape[-1]
    bias = f"{node.id}/bias"
    has_bias = bias in traced.weights and traced.weights[bias].shape == (units,)
    is_last = _leads_to_output(tap, model, traced)
    names = tuple(SYMBOLS[each] for each in features_of(node))  # type: ignore[index]
    return Column(
        node.id,
        tap,
        "Output" if is_last else display_name(node),
        units,
        shape,
        ("circles", "strips", "maps")[min(len(shape), 3) - 1],
        kernel=kernel,
        bias=bias if has_bias else "",
        names=_class_names(model.signature, units) if is_last else names,
        is_recurrent=any("recurrent" in name for name in traced.weights_of(node.id)),
    )


def _leads_to_output(tap: str, model: Model, traced: Trace) -> bool:
    """Whether nothing but vanishing layers come behind."""
    while tap != model.output_id:
        readers = model.spec.readers(tap)
        if len(readers) != 1 or not _vanishes(readers[0], traced):
            return False
        tap = readers[0].id
    return True


def _input(model: Model, readers: list[Kernel | None]) -> Column:
    """All numbers of a sample where a layer reads them all (or nobody weighs them), else the channels."""
    signature = model.signature
    shape = signature.input_shape
    numbers = prod(shape)
    if signature.vocabulary:
        names = signature.classes if len(signature.classes) == signature.vocabulary else ()
        units = signature.vocabulary
        return Column(DATA, DATA, "Token", units, (*shape, units), "strips", names=names)
    widths = [kernel.inputs for kernel in readers if kernel is not None]
    if numbers in widths or not widths:
        if is_picture(shape):
            return Column(DATA, DATA, "Input", numbers, shape, "pixels")
        names = signature.features if len(signature.features) == numbers else ()
        names = names or tuple(f"x{index + 1}" for index in range(numbers))
        return Column(DATA, DATA, "Input", numbers, (numbers,), "circles", names=names)
    units = widths[0]
    lead = shape[:-1] if shape[-1] == units else shape
    title = "Input" if units == 1 else "Feature" if len(shape) == 2 else "Channel"
    kind: LayerKind = "maps" if len(lead) == 2 else "strips" if lead else "circles"
    return Column(DATA, DATA, title, units, (*lead, units), kind)


def is_picture(shape: Shape) -> bool:
    """Grey (rows, columns), or with one channel or three."""
    return (len(shape) == 2 and shape[1] > 1) or (len(shape) == 3 and shape[2] in (1, 3))


def _link(source: int, target: int, name: str, node: Node, columns: list[Column], traced: Trace) -> Link:
    column, count = columns[target], columns[source].units
    kernel = column.kernel
    if kernel is not None:
        is_mean = kernel.is_mean or kernel.inputs != count
        total = (count if is_mean else kernel.inputs) * column.units // kernel.groups
        return Link(source, target, count, kernel, total=total)
    length, start = traced.tensors[name].shape[-1], 0
    if isinstance(node.layer, Concatenate):
        before = node.inputs[: node.inputs.index(name)]
        start = sum(traced.tensors[each].shape[-1] for each in before)
    return Link(source, target, count, None, start, length, features_of(node))


def _pictured(columns: list[Column], links: list[Link], signature: Signature) -> list[Column]:
    """Circles become pictures where there is something to be seen: answers over the plane, or pixels."""
    last = columns[-1]
    is_image = is_picture(signature.input_shape)
    if is_image and last.shape == (signature.numbers,) and last.units == prod(signature.input_shape):
        columns[-1] = replace(last, kind="pixels", shape=signature.input_shape)
    for place, column in enumerate(columns):
        if column.kind != "circles":
            continue
        if signature.input_shape == (2,) and not signature.vocabulary:
            columns[place] = replace(column, kind="plane")
            continue
        near = [link.source for link in links if link.target == place and link.kernel]
        near += [link.target for link in links if link.source == place and link.kernel]
        pixels = [each for each in near if columns[each].kind == "pixels"]
        if pixels and column.units > 1:
            columns[place] = replace(column, kind="weights", shows=pixels[0])
    return columns


def _in_lanes(columns: list[Column]) -> list[Column]:
    """Columns of the same depth one above the other."""
    lanes = Counter(column.depth for column in columns)
    used: Counter[int] = Counter()
    placed = []
    for column in columns:
        placed.append(replace(column, lane=used[column.depth], lanes=lanes[column.depth]))
        used[column.depth] += 1
    return placed


def _class_names(signature: Signature, units: int) -> tuple[str, ...]:
    """A single output stands for the second of two classes."""
    classes = signature.classes
    if units == 1 and len(classes) == 2:
        return (classes[1],)
    if len(classes) == units:
        return classes
    return tuple(each.name for each in signature.predicted) if len(signature.predicted) == units else ()
