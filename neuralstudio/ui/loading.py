"""Loads the document's data set away from the window's thread, and keeps it until another is wanted."""

import logging
from collections.abc import Callable

from PySide6.QtCore import QObject, QThread, Signal

from neuralstudio.data._base import Data, Dataset
from neuralstudio.schema.problem import ProblemError

_log = logging.getLogger(__name__)


class _Job(QThread):
    """Loads one data set."""

    def __init__(self, dataset: Dataset, seed: int, parent: QObject) -> None:
        super().__init__(parent)
        self.dataset, self.seed = dataset, seed
        self.data: Data | None = None
        self.problem = ""

    def run(self) -> None:
        try:
            self.data = self.dataset.load(self.seed)
        except ProblemError as error:
            self.problem = str(error)
        except Exception as error:  # noqa: BLE001 - nothing may escape a thread
            _log.exception("loading %s", self.dataset)
            self.problem = f"{self.dataset.title} could not be loaded: {error}"


class DataLoader(QObject):
    """The data of one data set at a time. ``data`` is None while loading and after a failure."""

    changed = Signal()
    """Loading began, ended or failed."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.data: Data | None = None
        self.problem = ""
        self._wanted: tuple[Dataset, int] | None = None
        self._job: _Job | None = None
        self._is_over = False
        self._waiting: tuple[Callable[[], None], Callable[[str], None]] | None = None

    @property
    def is_loading(self) -> bool:
        return self._job is not None

    def want(self, dataset: Dataset, seed: int) -> None:
        """Starts loading unless this very data set is loaded or on its way."""
        if self._wanted == (dataset, seed) and not (self.problem and self._job is None):
            return
        if self._wanted != (dataset, seed):
            self._waiting = None
        self._wanted = (dataset, seed)
        self.data = None
        self.problem = ""
        if self._job is None:
            self._start()
        self.changed.emit()

    def when_ready(self, then: Callable[[], None], failed: Callable[[str], None]) -> None:
        """Calls ``then`` once the wanted data are there (now, if they are), or ``failed`` with a sentence.

        Who asked last is told; nobody is when other data are wanted meanwhile.
        """
        if self.data is not None:
            then()
        else:
            self._waiting = (then, failed)

    def finish(self) -> None:
        """Waits for a load under way and starts no other; called before the window goes."""
        self._waiting = None
        self._is_over = True
        job, self._job = self._job, None
        if job is not None:
            job.wait()

    def _start(self) -> None:
        assert self._wanted is not None
        self._job = _Job(*self._wanted, self)
        self._job.finished.connect(self._on_finished)
        self._job.start()

    def _on_finished(self) -> None:
        job, self._job = self._job, None
        if job is None or self._is_over:
            return
        job.deleteLater()
        if (job.dataset, job.seed) != self._wanted:
            self._start()
            return
        self.data, self.problem = job.data, job.problem
        waiting, self._waiting = self._waiting, None
        self.changed.emit()
        if waiting is not None:
            then, failed = waiting
            then() if self.data is not None else failed(self.problem)
