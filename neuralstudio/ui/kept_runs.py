"""The ledger of kept runs, as panels see it: a signal tells them when it is another."""

from PySide6.QtCore import QObject, Signal

from neuralstudio.project.document import Project, SavedRun
from neuralstudio.session.ledger import KeptRun, Ledger


class KeptRuns(QObject):
    """Keeps, renames, pins, shows and removes runs."""

    changed = Signal()

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._ledger = Ledger()

    @property
    def runs(self) -> tuple[KeptRun, ...]:
        """Oldest first."""
        return self._ledger.runs

    @property
    def shown(self) -> tuple[KeptRun, ...]:
        """Those whose curves are to be seen beside the present run's."""
        return self._ledger.shown

    def keep(self, project: Project, run: SavedRun | None) -> KeptRun | None:
        """Keeps a run of at least one epoch, unless it is kept already."""
        kept = self._ledger.keep(project, run)
        if kept is not None:
            self.changed.emit()
        return kept

    def remove(self, number: int) -> None:
        """Forgets a run."""
        self._ledger.remove(number)
        self.changed.emit()

    def rename(self, number: int, title: str) -> None:
        """Gives a run another title; an empty one changes nothing."""
        self._ledger.rename(number, title)
        self.changed.emit()

    def pin(self, number: int, on: bool) -> None:
        """A pinned run stays until it is removed."""
        self._ledger.pin(number, on)
        self.changed.emit()

    def show(self, number: int, on: bool) -> None:
        """Shows a run's curves, or no longer."""
        self._ledger.show(number, on)
        self.changed.emit()

    def show_none(self) -> None:
        """Hides all curves: beside another project's they say nothing."""
        for run in self.shown:
            self._ledger.show(run.number, on=False)
        self.changed.emit()
