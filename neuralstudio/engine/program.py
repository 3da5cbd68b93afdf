"""A straight list of NumPy calls on arrays bound once: what a network is when it runs."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from neuralstudio.engine.graph import Array, Call, Side, Tensor
from neuralstudio.engine.ops.shape import Transpose


@dataclass(frozen=True)
class Instruction:
    """One op bound to its arrays. ``result`` holds its value until a later instruction reuses the memory."""

    node: Tensor
    result: Array
    calls: tuple[Call, ...]
    arguments: tuple[Array, ...] = ()
    """The arrays it reads."""

    @property
    def name(self) -> str:
        """For people: the op and the shape of its result."""
        return f"{type(self.node.op).__name__} → {'×'.join(map(str, self.node.shape)) or 'number'}"

    @property
    def formula(self) -> str:
        """One line of mathematics with the names of the inputs."""
        return self.formula_with({})

    def formula_with(self, names: Mapping[int, str]) -> str:
        """The same with better names of some nodes, by id."""
        if isinstance(self.node.op, Side):
            return called(self.node, names)
        return self.node.op.formula(*(called(source, names) for source in self.node.inputs))

    def run(self) -> None:
        """Computes ``result``."""
        for function, arguments in self.calls:
            function(*arguments)


def called(node: Tensor, names: Mapping[int, str]) -> str:
    """What people call a value: by ``names`` (by id), "kernel", "x", "2.5", or by its op: "mat mul"."""
    if id(node) in names:
        return names[id(node)]
    if node.name:
        return node.name.rpartition("/")[2] or node.name
    if isinstance(node.op, Side):
        return f"side {node.op.index + 1} of {_words(node.inputs[0])}"
    if node.op.is_view and len(node.inputs) == 1:
        return called(node.inputs[0], names) + ("ᵀ" if isinstance(node.op, Transpose) else "")
    return _words(node)


def _words(node: Tensor) -> str:
    return re.sub(r"(?<=[a-z])(?=[A-Z])", " ", type(node.op).__name__).lower()


class InstructionError(Exception):
    """An instruction raised: a bug, with the instruction and the layer (``owner``, a node's id) at fault."""

    def __init__(self, instruction: Instruction, cause: Exception) -> None:
        super().__init__(f"{instruction.name}: {cause}")
        self.owner = instruction.node.owner


@dataclass(frozen=True)
class Cost:
    """What one run of a program takes."""

    instructions: int
    calls: int
    flops: int
    bytes: int


class Program:
    """Instructions in order. Write ``inputs``, ``run()``, read ``outputs``; nothing is allocated."""

    def __init__(
        self,
        instructions: Sequence[Instruction],
        inputs: Mapping[str, Array],
        outputs: Mapping[str, Array],
        memory: int,
        noise: np.random.Generator | None = None,
    ) -> None:
        self.instructions = tuple(instructions)
        self.inputs = inputs
        self.outputs = outputs
        self.noise = noise
        """Where its random numbers come from; None where it draws none."""
        self._memory = memory
        self._calls = tuple(call for instruction in self.instructions for call in instruction.calls)

    def run(self) -> None:
        """All instructions, in order. Raises ``InstructionError`` for whatever one of them raises."""
        try:
            for function, arguments in self._calls:
                function(*arguments)
        except Exception as error:
            raise InstructionError(self._failing(), error) from error

    def _failing(self) -> Instruction:
        """Runs again, one instruction at a time, to find the one that raises."""
        for instruction in self.instructions:
            try:
                instruction.run()
            except Exception:  # noqa: BLE001 - whatever it is, this is the place
                return instruction
        return self.instructions[-1]

    def steps(self) -> Iterator[Instruction]:
        """Runs one instruction at a time, handing over each after it has run."""
        for instruction in self.instructions:
            instruction.run()
            yield instruction

    def first_non_finite(self) -> Instruction | None:
        """Runs again and finds the first instruction that makes a NaN or an infinity, if any does."""
        with np.errstate(all="ignore"):
            for instruction in self.steps():
                if not np.isfinite(instruction.result).all():
                    return instruction
        return None

    def describe(self) -> Cost:
        """Instructions, NumPy calls, floating-point operations and bytes of memory (weights not counted)."""
        flops = sum(step.node.op.flops(step.node) for step in self.instructions)
        return Cost(len(self.instructions), len(self._calls), flops, self._memory)
