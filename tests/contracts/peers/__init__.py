"""The layers PyTorch has, written in PyTorch, with settings and shapes to compare on: found by looking."""

from collections.abc import Callable
from importlib import import_module
from pkgutil import iter_modules
from typing import Any

from hypothesis.strategies import SearchStrategy

from neuralstudio.engine.graph import Shape
from neuralstudio.layers._base import Layer

Peer = Callable[[Any, Any, Any, dict[str, Any], bool], Any]
"""(torch, layer, x, weights by short name, is_training) → output, differentiable."""

PEERS: dict[type[Layer], Peer] = {}
WITHOUT_PEER: set[type[Layer]] = set()
"""Layers PyTorch does not have."""
SETTINGS: dict[type[Layer], SearchStrategy[tuple[Layer, Any]]] = {}
"""A layer with an input shape that fits it (a tuple of shapes where it joins several)."""
INDEX_INPUTS: dict[type[Layer], int] = {}
"""Layers that read token numbers, with how many different ones to try."""

for _module in (import_module(f"{__name__}.{each.name}") for each in iter_modules(__path__)):
    PEERS |= getattr(_module, "PEERS", {})
    WITHOUT_PEER |= getattr(_module, "WITHOUT_PEER", set())
    SETTINGS |= getattr(_module, "SETTINGS", {})
    INDEX_INPUTS |= getattr(_module, "INDEX_INPUTS", {})

__all__ = ["INDEX_INPUTS", "PEERS", "SETTINGS", "WITHOUT_PEER", "Peer", "Shape"]
