"""Some steps done in one go, told of in one event: a tiny network takes fifty thousand a second."""

from dataclasses import dataclass, field

import numpy as np

from neuralstudio.engine.graph import Array


@dataclass
class Burst:
    """Steps done in one go: sums over them, and the number in the epoch of the last one."""

    number: int = -1
    steps: int = 0
    samples: int = 0
    loss_sum: float = 0.0
    sums: Array = field(default_factory=lambda: np.zeros(()))
    penalty: float = 0.0
    seconds: float = 0.0
    is_broken: bool = False

    def add(self, number: int, count: int, loss: float, sums: Array) -> None:
        """Takes in one step."""
        self.number = number
        self.samples += count
        self.loss_sum += loss * count
        # The first step's sums are only looked at: most bursts have no second.
        self.sums = sums if not self.steps else self.sums + sums
        self.steps += 1
