"""From a graph to a program: make the graph smaller, plan the memory, bind instructions to arrays once."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import prod
from typing import Any

import numpy as np

from neuralstudio.engine.fuse import Graph, fused
from neuralstudio.engine.graph import Array, Constant, Dtype, Leaf, Shape, Side, Tensor, topological
from neuralstudio.engine.memory import aligned_zeros
from neuralstudio.engine.merge import merged_nodes
from neuralstudio.engine.ops.shape import Reshape, View
from neuralstudio.engine.program import Instruction, Program


def compile_program(
    outputs: Mapping[str, Tensor],
    weights: Mapping[int, Array] | None = None,
    destinations: Sequence[tuple[Tensor, Array]] = (),
    *,
    dtype: type[np.floating[Any]] = np.float32,
    noise: np.random.Generator | None = None,
    is_plain: bool = False,
) -> Program:
    """Compiles the graph behind ``outputs`` and ``destinations`` into a program without allocations.

    ``weights`` gives the array of each parameter node by ``id(node)``; ``destinations`` are nodes (gradients)
    with the array that each is to be written into. Inputs become arrays of ``program.inputs`` by name.
    ``is_plain``: small layers stay as they were described, for people to follow, instead of being fused.
    """
    merged = merged_nodes([*outputs.values(), *(node for node, _ in destinations)])
    roots = [merged[id(node)] for node in outputs.values()]
    targets = [(merged[id(node)], array) for node, array in destinations]
    graph = Graph(roots, targets, dict(weights or {}))
    if not is_plain:
        graph = fused(graph, np.dtype(dtype))
    merged = merged_nodes([*graph.roots, *(node for node, _ in graph.targets)])
    roots = [merged[id(node)] for node in graph.roots]
    targets = [(merged[id(node)], array) for node, array in graph.targets]
    order = topological([*roots, *(node for node, _ in targets)])
    binder = _Binder(order, roots, targets, np.dtype(dtype), noise or np.random.default_rng(0))
    given = {id(merged[key]): array for key, array in graph.given.items() if key in merged}
    instructions = binder.bind(given)
    arrays = {name: binder.arrays[id(node)] for name, node in zip(outputs, roots, strict=True)}
    inputs = {node.name: binder.arrays[id(node)] for node in order if node.name in binder.input_names}
    return Program(instructions, inputs, arrays, binder.bytes, binder.noise_used)


@dataclass
class _Slot:
    """A stretch of memory that several values share, one after the other."""

    bytes: int
    readers: int = 0


class _Binder:
    """Gives every node its array and every op its calls. Also the ``Workspace`` that ops see."""

    def __init__(
        self,
        order: list[Tensor],
        roots: list[Tensor],
        targets: list[tuple[Tensor, Array]],
        dtype: np.dtype[Any],
        noise: np.random.Generator,
    ) -> None:
        self.dtype = dtype
        self.noise_used: np.random.Generator | None = None
        self._noise = noise
        self.sides: list[Array] = []
        self.arrays: dict[int, Array] = {}
        self.input_names: set[str] = set()
        self.bytes = 0
        self._order = order
        self._kept = {id(node) for node in roots}
        self._targets = targets
        self._numbers: dict[float, Array] = {}
        self._side_arrays: dict[int, list[Array]] = {}
        self._copies: list[tuple[Tensor, Array]] = []
        self._direct: dict[int, Array] = {}
        self._demand = 0
        self._arena_bytes = _bytes(0)
        self._measuring = False

    # ── what an op may ask for ───────────────────────────────────────────────────────────────────

    def number(self, value: float) -> Array:
        if value not in self._numbers:
            self._numbers[value] = np.array(value, dtype=self.dtype)
        return self._numbers[value]

    @property
    def noise(self) -> np.random.Generator:
        self.noise_used = self._noise
        return self._noise

    def scratch(self, *shapes: Shape, dtype: Dtype = "float") -> list[Array]:
        # Scratch arrays of one instruction lie behind one another in an arena that all instructions share.
        return [self._arena(shape, dtype) for shape in shapes]

    def _arena(self, shape: Shape, dtype: Dtype) -> Array:
        kind = self._numpy(dtype)
        bytes_needed = _aligned(prod(shape) * kind.itemsize)
        start = self._demand
        self._demand += bytes_needed
        if self._measuring:
            return np.empty(shape, kind)
        return self._arena_bytes[start : start + prod(shape) * kind.itemsize].view(kind).reshape(shape)

    # ── memory plan ──────────────────────────────────────────────────────────────────────────────

    def bind(self, given: Mapping[int, Array]) -> list[Instruction]:
        """Plans, allocates and binds; ``given`` holds the arrays of the weights."""
        slots = self._plan()
        buffers = {
            id(slot): _bytes(slot.bytes) for slot in {id(each): each for each in slots.values()}.values()
        }
        self.bytes = sum(buffer.nbytes for buffer in buffers.values())
        self._place(given, slots, buffers)
        self._measure()
        self.bytes += self._arena_bytes.nbytes
        instructions = []
        for node in self._order:
            calls = self._calls(node)
            if calls:
                read = tuple(self.arrays[id(source)] for source in node.inputs)
                instructions.append(Instruction(node, self.arrays[id(node)], tuple(calls), read))
        for node, array in self._copies:
            copy = (np.copyto, (array, self.arrays[id(node)]))
            instructions.append(Instruction(node, array, (copy,), (self.arrays[id(node)],)))
        return instructions

    def _plan(self) -> dict[int, _Slot]:
        """Decides which nodes share memory: a slot is free once the last reader of its value has run."""
        home = {id(node): self._home(node) for node in self._order}
        reads: dict[int, int] = {}
        for node in self._order:
            for source in node.inputs:
                reads[id(home[id(source)])] = reads.get(id(home[id(source)]), 0) + 1
        kept = {id(home[key]) for key in self._kept if key in home}
        kept |= {id(home[id(node)]) for node, _ in self._targets}
        self._sort_targets()
        slots: dict[int, _Slot] = {}
        free: list[_Slot] = []
        for node in self._order:
            is_given = isinstance(node.op, Leaf | Side) or id(node) in self._direct
            if home[id(node)] is node and not is_given:
                need = prod(node.shape) * self._numpy(node.dtype).itemsize
                slot = self._overwritten(node, home, reads, kept, slots, need)
                if slot is None:
                    slot = _take(free, need)
                slots[id(node)] = slot
                slot.readers = reads.get(id(node), 0)
            for source in node.inputs:
                base = home[id(source)]
                reads[id(base)] -= 1
                freed = slots.get(id(base))
                # A slot taken over in place now counts the readers of its new value.
                is_current = freed is not None and not (freed is slots.get(id(node)) and base is not node)
                if freed is not None and is_current and reads[id(base)] == 0 and id(base) not in kept:
                    free.append(freed)
            if id(node) in slots and reads.get(id(node), 0) == 0 and id(node) not in kept:
                free.append(slots[id(node)])
        return slots

    def _overwritten(
        self,
        node: Tensor,
        home: Mapping[int, Tensor],
        reads: Mapping[int, int],
        kept: set[int],
        slots: Mapping[int, _Slot],
        need: int,
    ) -> _Slot | None:
        for position in node.op.overwrites:
            source = node.inputs[position]
            base = home[id(source)]
            uses = sum(home[id(each)] is base for each in node.inputs)
            is_last_reader = reads[id(base)] == uses == 1
            is_plain = source.shape == node.shape and _is_plain_view(source, base)
            if is_last_reader and is_plain and id(base) in slots and id(base) not in kept:
                slot = slots[id(base)]
                if slot.bytes >= need:
                    return slot
        return None

    def _sort_targets(self) -> None:
        """Targets are computed straight into their array; views, leaves and repeated ones are copied."""
        for node, array in self._targets:
            is_computed = self._home(node) is node and not isinstance(node.op, Leaf | Side)
            if is_computed and id(node) not in self._direct:
                self._direct[id(node)] = array
            else:
                self._copies.append((node, array))

    def _home(self, node: Tensor) -> Tensor:
        while node.op.is_view:
            if isinstance(node.op, Side):
                return node  # memory of its own, filled by its input's kernel
            node = node.inputs[0]
        return node

    # ── arrays ───────────────────────────────────────────────────────────────────────────────────

    def _place(
        self, given: Mapping[int, Array], slots: Mapping[int, _Slot], buffers: Mapping[int, Array]
    ) -> None:
        views: dict[tuple[int, np.dtype[Any], Shape], Array] = {}
        for node in self._order:
            key = id(node)
            if key in given:
                array = given[key]
            elif isinstance(node.op, Constant):
                array = self.number(node.op.value)
            elif isinstance(node.op, Leaf):
                array = np.zeros(node.shape, self._numpy(node.dtype))
                self.input_names.add(node.name)
                self.bytes += array.nbytes
            elif key in self._direct:
                array = self._direct[key]
            elif isinstance(node.op, Side):
                array = self._side_arrays[id(node.inputs[0])][node.op.index]
            elif key in slots:
                kind = self._numpy(node.dtype)
                # The same array where a slot is taken over in place: NumPy then need not find out how two
                # arrays overlap, which takes as long as a small operation.
                at = id(slots[key]), kind, node.shape
                if at not in views:
                    buffer = buffers[id(slots[key])]
                    views[at] = buffer[: prod(node.shape) * kind.itemsize].view(kind).reshape(node.shape)
                array = views[at]
            else:
                assert isinstance(node.op, View)
                array = node.op.view(self.arrays[id(node.inputs[0])])
            self.arrays[key] = array
            shapes = node.op.side_shapes(*node.inputs)
            self._side_arrays[key] = [np.zeros(shape, self.dtype) for shape in shapes]
            self.bytes += sum(side.nbytes for side in self._side_arrays[key])

    def _measure(self) -> None:
        """Runs all bindings once to learn the largest scratch any instruction wants, then allocates it."""
        self._measuring = True
        largest = 0
        for node in self._order:
            self._calls(node)
            largest = max(largest, self._demand)
        self._arena_bytes = _bytes(largest)
        self._measuring = False

    def _calls(self, node: Tensor) -> list[Any]:
        self._demand = 0
        self.sides = self._side_arrays[id(node)]
        inputs = [self.arrays[id(source)] for source in node.inputs]
        return list(node.op.calls(inputs, self.arrays[id(node)], self))

    def _numpy(self, dtype: Dtype) -> np.dtype[Any]:
        return self.dtype if dtype == "float" else np.dtype(np.int64 if dtype == "index" else np.bool_)


def _is_plain_view(source: Tensor, base: Tensor) -> bool:
    while source is not base:
        if not isinstance(source.op, Reshape):
            return False
        source = source.inputs[0]
    return True


def _take(free: list[_Slot], need: int) -> _Slot:
    """The free slot that fits best; the largest grows when none is large enough; else a new one."""
    fitting = [slot for slot in free if slot.bytes >= need]
    if fitting:
        slot = min(fitting, key=lambda each: each.bytes)
    elif free:
        slot = max(free, key=lambda each: each.bytes)
        slot.bytes = need
    else:
        return _Slot(need)
    free.remove(slot)
    return slot


def _aligned(count: int) -> int:
    return -(-count // 64) * 64


def _bytes(count: int) -> Array:
    return aligned_zeros(count, np.uint8)
