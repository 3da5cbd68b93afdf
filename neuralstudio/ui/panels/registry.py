"""The panels there are: found by looking at the files of this folder."""

import importlib
import pkgutil

from neuralstudio.ui import panels
from neuralstudio.ui.panels._base import Panel


def panel_types() -> list[type[Panel]]:
    """All panels, sorted by area and order."""
    found: list[type[Panel]] = []
    for info in pkgutil.iter_modules(panels.__path__):
        if info.name.startswith("_") or info.name == "registry":
            continue
        module = importlib.import_module(f"{panels.__name__}.{info.name}")
        found += [
            value
            for value in vars(module).values()
            if isinstance(value, type) and issubclass(value, Panel) and value.__module__ == module.__name__
        ]
    return sorted(found, key=lambda panel: (panel.area, panel.order, panel.tag))
