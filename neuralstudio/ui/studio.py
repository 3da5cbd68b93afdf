"""What every panel is given: the document, its data and training, the look, and the actions."""

from dataclasses import dataclass
from functools import cached_property

from PySide6.QtCore import QSettings
from PySide6.QtGui import QAction

from neuralstudio.ui.document import Document
from neuralstudio.ui.estimate import Estimate
from neuralstudio.ui.kept_runs import KeptRuns
from neuralstudio.ui.loading import DataLoader
from neuralstudio.ui.playground.options import Options
from neuralstudio.ui.replay import ReplayController
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

    @cached_property
    def replay(self) -> ReplayController:
        """Looks back at the moments of the run."""
        return ReplayController(self.training)

    @cached_property
    def options(self) -> Options:
        """What the playground shows and hides beyond the document."""
        return Options()

    @property
    def kept(self) -> KeptRuns:
        """The runs that were left, to be compared."""
        return self.training.kept
