"""Runs that edits have ended, kept with the document they belong to, so that undo brings them back."""

from dataclasses import dataclass

from neuralstudio.project.document import Project, SavedRun
from neuralstudio.session.changes import is_live_change

MOST, MOST_BYTES = 16, 2**29


@dataclass(frozen=True)
class Shelved:
    """A run as it was left, and the document it is a run of."""

    project: Project
    run: SavedRun

    @property
    def bytes(self) -> int:
        run = self.run
        return sum(
            array.nbytes for named in (run.weights, run.optimiser, run.history) for array in named.values()
        )


class Shelf:
    """The latest runs. Many small ones or a few large ones fit; the very latest always does."""

    def __init__(self) -> None:
        self._runs: list[Shelved] = []

    def put(self, project: Project, run: SavedRun) -> None:
        """Takes a run; one of the same document makes room for it."""
        others = [each for each in self._runs if not is_live_change(each.project, project)]
        self._runs = [*others, Shelved(project, run)][-MOST:]
        while len(self._runs) > 1 and sum(each.bytes for each in self._runs) > MOST_BYTES:
            del self._runs[0]

    @property
    def latest(self) -> Shelved | None:
        return self._runs[-1] if self._runs else None

    def run_of(self, project: Project) -> SavedRun | None:
        """The run of this very document (but for what may change while a run is on)."""
        return next((each.run for each in self._runs if is_live_change(each.project, project)), None)

    def clear(self) -> None:
        """Forgets all."""
        self._runs.clear()
