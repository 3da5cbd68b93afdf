"""Runs that edits have ended, kept with the document they belong to, so that undo brings them back."""

from dataclasses import dataclass, field, replace

from neuralstudio.project.document import Project, SavedRun
from neuralstudio.session.changes import is_live_change
from neuralstudio.session.timeline import Timeline

MOST, MOST_BYTES = 16, 2**29


@dataclass(frozen=True)
class Shelved:
    """A run as it was left, with its moments, and the document it is a run of."""

    project: Project
    run: SavedRun
    timeline: Timeline = field(default_factory=Timeline)

    @property
    def bytes(self) -> int:
        run = self.run
        arrays = (array for named in (run.weights, run.optimiser, run.history) for array in named.values())
        return sum(array.nbytes for array in arrays) + self.timeline.bytes


class Shelf:
    """The latest runs. Many small ones or a few large ones fit; the very latest always does."""

    def __init__(self) -> None:
        self._runs: list[Shelved] = []

    def put(self, shelved: Shelved) -> None:
        """Takes a run; one of the same document makes room for it.

        Where they are too large, the oldest lose their moments, then the oldest go.
        """
        others = [each for each in self._runs if not is_live_change(each.project, shelved.project)]
        self._runs = [*others, shelved][-MOST:]
        for number, each in enumerate(self._runs[:-1]):
            if self._is_too_large:
                self._runs[number] = replace(each, timeline=Timeline())
        while len(self._runs) > 1 and self._is_too_large:
            del self._runs[0]

    @property
    def _is_too_large(self) -> bool:
        return sum(each.bytes for each in self._runs) > MOST_BYTES

    @property
    def latest(self) -> Shelved | None:
        return self._runs[-1] if self._runs else None

    def of(self, project: Project) -> Shelved | None:
        """The run of this very document (but for what may change while a run is on)."""
        return next((each for each in self._runs if is_live_change(each.project, project)), None)

    def clear(self) -> None:
        """Forgets all."""
        self._runs.clear()
