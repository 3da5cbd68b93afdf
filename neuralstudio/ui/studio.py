"""What every panel is given: the document, its data and training, the look, and the actions."""

from dataclasses import dataclass

from PySide6.QtCore import QSettings
from PySide6.QtGui import QAction

from neuralstudio.ui.document import Document
from neuralstudio.ui.estimate import Estimate
from neuralstudio.ui.loading import DataLoader
from neuralstudio.ui.theme import ThemeController
from neuralstudio.ui.training import TrainingController


@dataclass(frozen=True)
class Studio:
    """The parts of a working window that panels talk to; panels do not know one another."""

    document: Document
    loader: DataLoader
    training: TrainingController
    theme: ThemeController
    settings: QSettings
    actions: dict[str, QAction]
    estimate: Estimate | None = None
    """How long an epoch takes; None where nobody tries."""
