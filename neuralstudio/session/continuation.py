"""What the next run begins with: weights that were learnt, or a run that was left; and what edits leave."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Literal

from neuralstudio.data._base import Data
from neuralstudio.engine.graph import Array
from neuralstudio.engine.parameters import Parameters
from neuralstudio.network.check import Report
from neuralstudio.project.document import Project, SavedRun
from neuralstudio.session.changes import goes_on, kept, looks_the_same, weight_shapes, with_batches_of
from neuralstudio.session.run import Run
from neuralstudio.session.shelf import Shelf, Shelved
from neuralstudio.session.timeline import Moment, Timeline
from neuralstudio.training._base import Position
from neuralstudio.training.backprop import Backprop

Way = Literal["halted", "back", "goes on", "anew"]
"""What became of a run: the network has errors now; an older run is there again; it is the same run; a new
run begins, with the weights that fit."""


class Continuation:
    """``saved`` is a run that can go on as it is; else a run begins with the ``weights`` that fit."""

    def __init__(self) -> None:
        self.saved: SavedRun | None = None
        self.weights: dict[str, Array] = {}
        self.timeline = Timeline()
        """The moments of the present run."""
        self._shelf = Shelf()
        self._halted: Shelved | None = None
        """The run of a network that has errors now."""

    @property
    def position(self) -> Position:
        """Where the run stands that goes on, perhaps when the errors are mended."""
        saved = self.saved or (self._halted.run if self._halted else None)
        return saved.position if saved else Position()

    def clear(self) -> None:
        """Nothing was learnt."""
        self.timeline = Timeline()
        self.saved, self.weights, self._halted = None, {}, None
        self._shelf.clear()

    def take_up(self, saved: SavedRun, timeline: Timeline | None = None) -> None:
        """The run to go on with, and its moments."""
        self.timeline = Timeline() if timeline is None else timeline
        self.saved, self.weights, self._halted = saved, saved.weights, None

    def branch(self, project: Project, left: SavedRun | None, saved: SavedRun, moment: Moment) -> None:
        """Another run to go on with, of the same document; the one that is left goes on the shelf."""
        if left is not None and left.position.step:
            self._shelf.put(Shelved(project, left, self.timeline))
        self.take_up(saved, self.timeline.up_to(moment))

    def put(self, named: Mapping[str, Array]) -> None:
        """Some weights are others now."""
        self.weights = {**self.weights, **named}
        if self.saved is not None:
            self.saved = replace(self.saved, weights={**self.saved.weights, **named})

    def to_save(self, present: Parameters | None) -> SavedRun | None:
        """What a file keeps while no run is on: the run that goes on, or ``present`` weights if learnt."""
        if self.saved is None and self.weights:
            return SavedRun(present.named() if present is not None else self.weights)
        return self.saved

    def run(self, project: Project, data: Data) -> Run:
        """A run at where the last one stood, or at its start. Raises ``ProblemError`` as ``Run`` does."""
        run = Run(project, data)
        if self.saved is not None and self.saved.position.step:
            run.restore(self.saved)
        else:
            run.learner.model.parameters.load(self.weights)
        return run

    def follow(self, before: Project | None, left: SavedRun | None, after: Project, report: Report) -> Way:
        """The document has become another (``report`` is its check); ``left`` is what the last run left."""
        last = self._halted
        if last is None and before is not None and left is not None and left.position.step:
            last = Shelved(before, left, self.timeline.copy())
            self._shelf.put(last)
        last = last or self._shelf.latest
        if before is None or not looks_the_same(before, after):
            self.timeline = Timeline()
        self.saved = None
        self.weights = left.weights if left is not None else self.weights
        self.weights = kept(self.weights, before, after) if before is not None else {}
        if not report.can_train:
            self._halted = self._halted or (last if left is not None and left.position.step else None)
            return "halted"
        self._halted = None
        found = self._shelf.of(after)
        if found is not None:
            self.take_up(found.run, found.timeline.copy())
            return "back"
        if last is not None and goes_on(last.project, last.run, after, weight_shapes(report)):
            looks_back = looks_the_same(last.project, after)
            self.take_up(_in_batches_of(last, after), last.timeline.copy() if looks_back else None)
            return "goes on"
        self.timeline = Timeline()
        return "anew"


def _in_batches_of(last: Shelved, after: Project) -> SavedRun:
    old, new = last.project.trainer, after.trainer
    assert isinstance(old, Backprop)
    assert isinstance(new, Backprop)
    return with_batches_of(last.run, old.batch_size, new.batch_size)
