"""How fast a run goes: from slow motion, where each sample can be followed, to as fast as it can."""

from dataclasses import dataclass
from math import inf
from typing import Literal

SLOW = 10.0
"""Steps a second up to which somebody can follow what comes next."""


@dataclass(frozen=True)
class Speed:
    """So many samples, batches or epochs a second. ``label`` says it in words."""

    label: str
    count: float = inf
    of: Literal["samples", "batches", "epochs"] = "epochs"

    def steps_per_second(self, batch_size: int, steps_per_epoch: int) -> float:
        """Of a run with batches of this size; infinite for as fast as it goes."""
        return self.count * {"samples": 1 / batch_size, "batches": 1, "epochs": steps_per_epoch}[self.of]

    @property
    def is_full(self) -> bool:
        """As fast as it goes."""
        return self.count == inf


FULL = Speed("full")
SPEEDS = (
    Speed("1 sample/s", 1, "samples"),
    Speed("10 samples/s", 10, "samples"),
    Speed("1 batch/s", 1, "batches"),
    Speed("10 batches/s", 10, "batches"),
    Speed("1 epoch/s", 1),
    Speed("10 epochs/s", 10),
    Speed("60 epochs/s", 60),
    FULL,
)
"""From slow motion up. Sixty epochs a second are one for each frame of the screen."""
