"""The ports of a card: where a hand takes hold of a wire."""

from dataclasses import dataclass
from typing import ClassVar, Literal

from PySide6.QtCore import QPointF

from neuralstudio.network.spec import DATA, LOSS
from neuralstudio.ui.canvas.arrangement import Arrangement
from neuralstudio.ui.canvas.content import CardContent


@dataclass(frozen=True)
class Port:
    """A place at the edge of a card: its output, an input wired to ``source``, or one that is free ("")."""

    card: str
    side: Literal["output", "input"]
    at: QPointF
    source: str = ""
    takes_more: bool = False

    RADIUS: ClassVar[float] = 5.5
    REACH: ClassVar[float] = 14.0
    """How far from its middle one may press and still mean it (manhattan)."""


def ports_of(content: CardContent, arrangement: Arrangement) -> tuple[Port, ...]:
    """The output of a card, its wired inputs, and the free one where it takes one more."""
    name = content.id
    ports = [] if name == LOSS else [Port(name, "output", arrangement.output_port(name))]
    if name == DATA:
        return tuple(ports)
    wired = arrangement.input_ports(name)
    ports += [Port(name, "input", at, source) for source, at in wired.items()]
    if content.takes_several or (not wired and name != LOSS):
        ports.append(Port(name, "input", arrangement.free_port(name), takes_more=content.takes_several))
    return tuple(ports)
