"""The help pages: those written by hand, and one for each family of kinds, read from the declarations."""

import inspect
from collections.abc import Iterable

from neuralstudio.data.registry import DATASETS
from neuralstudio.engine.activations import ACTIVATIONS
from neuralstudio.engine.clipping import CLIPPINGS
from neuralstudio.engine.initialisers import INITIALISERS
from neuralstudio.engine.losses import LOSSES
from neuralstudio.engine.metrics import METRICS
from neuralstudio.engine.optimisers import OPTIMISERS
from neuralstudio.engine.schedules import SCHEDULES
from neuralstudio.engine.stopping import Stopping
from neuralstudio.layers.registry import LAYERS
from neuralstudio.schema.assets import asset
from neuralstudio.schema.fields import fields
from neuralstudio.schema.kind import Kind


def help_pages() -> dict[str, str]:
    """Markdown by title, in the order of the contents."""
    written = [path.read_text(encoding="utf-8") for path in sorted(asset("help").glob("*.md"))]
    pages = {text.partition("\n")[0].lstrip("# "): text for text in written}
    families: dict[str, Iterable[type[Kind]]] = {
        "Layers": LAYERS,
        "Activations": ACTIVATIONS,
        "Losses": LOSSES,
        "Optimisers": OPTIMISERS,
        "Schedules": SCHEDULES,
        "Clipping and stopping": (*CLIPPINGS, Stopping),
        "Metrics": METRICS,
        "Initialisers": INITIALISERS,
        "Data sets": DATASETS,
    }
    return pages | {title: _family(title, kinds) for title, kinds in families.items()}


def _family(title: str, kinds: Iterable[type[Kind]]) -> str:
    return f"# {title}\n\n" + "\n\n".join(_kind(kind) for kind in kinds)


def _kind(kind: type[Kind]) -> str:
    words = (inspect.getdoc(kind) or "").replace("``", "`")
    paragraphs = [f"## {kind.title}", *words.split("\n\n")]
    rows = [
        f"- **{field.title}**: {field.description} {field.allowed[0].upper()}{field.allowed[1:]}."
        for field in fields(kind)
    ]
    return "\n\n".join([*paragraphs, "\n".join(rows)]).rstrip()
