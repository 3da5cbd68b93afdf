"""The thread a run trains in."""

import logging

from PySide6.QtCore import QObject, QThread

from neuralstudio.engine.program import InstructionError
from neuralstudio.network.spec import display_name
from neuralstudio.project.document import Project
from neuralstudio.session.inbox import Inbox
from neuralstudio.session.run import Gate, Run

_log = logging.getLogger(__name__)


class Worker(QThread):
    """Runs a training run until it ends or is stopped; a bug in it becomes a sentence, not a crash."""

    def __init__(self, run: Run, inbox: Inbox, epochs: int, gate: Gate, parent: QObject) -> None:
        super().__init__(parent)
        self._run, self._inbox, self._epochs, self._gate = run, inbox, epochs, gate
        self.failure = ""

    def run(self) -> None:
        try:
            self._run.train(self._inbox.post, self._epochs, self._gate, is_watched=True)
        except Exception as error:  # noqa: BLE001 - nothing may escape a thread
            _log.exception("training")
            step = self._run.learner.position.step + 1
            self.failure = f"Training stopped in step {step}: {_at_layer(error, self._run.project)}{error}"


def _at_layer(error: Exception, project: Project) -> str:
    owner = error.owner if isinstance(error, InstructionError) else ""
    return f"{display_name(project.network[owner])}: " if owner in project.network else ""
