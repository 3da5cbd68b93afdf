"""The runs that are kept for comparison: what each was a run of, its curves, and what it came to."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from neuralstudio.network.difference import in_words
from neuralstudio.network.spec import Node
from neuralstudio.project.document import Project, SavedRun
from neuralstudio.session.comparison import comparison
from neuralstudio.training.backprop import Backprop
from neuralstudio.training.history import History

MOST, MOST_BYTES = 20, 2**29
COLOURS = 8
"""How many colours kept runs may have; the window knows which."""
_IN_TITLE = 3
_WORDS = ("Project", "Group")
"""Changes of these are no settings of a run."""


@dataclass(frozen=True)
class Figures:
    """What a run came to: the means over its last epoch, and how long it took."""

    epochs: int
    seconds: float
    train_loss: float
    train_metric: float
    test_loss: float
    test_metric: float


@dataclass(frozen=True)
class KeptRun:
    """One run of the ledger. ``number`` never changes; ``run`` has all that is needed to go on with it."""

    number: int
    title: str
    project: Project
    run: SavedRun
    history: History
    figures: Figures
    colour: int
    is_pinned: bool = False
    is_shown: bool = False

    @property
    def bytes(self) -> int:
        run = self.run
        return sum(
            array.nbytes for named in (run.weights, run.optimiser, run.history) for array in named.values()
        )


@dataclass(frozen=True)
class Differences:
    """A table of the settings in which runs differ: for each run a column, for each setting a row."""

    titles: tuple[str, ...]
    rows: tuple[tuple[str, tuple[str, ...]], ...] = field(default=())


class Ledger:
    """The kept runs, oldest first. Beyond ``MOST`` or ``MOST_BYTES`` the oldest that is not pinned goes."""

    def __init__(self) -> None:
        self._runs: tuple[KeptRun, ...] = ()
        self._next = 1

    @property
    def runs(self) -> tuple[KeptRun, ...]:
        return self._runs

    @property
    def shown(self) -> tuple[KeptRun, ...]:
        """Those whose curves are to be seen beside the present run's."""
        return tuple(run for run in self._runs if run.is_shown)

    def keep(self, project: Project, run: SavedRun | None) -> KeptRun | None:
        """Keeps a run of at least one epoch; None where there is no such run, or it is kept already."""
        if run is None or run.position.epoch < 1 or not run.history or self._has(project, run):
            return None
        history = History()
        history.restore(run.history)
        if not len(history.epochs):
            return None
        _, train_loss, train_metric, test_loss, test_metric = map(float, history.epochs.rows[-1])
        at = run.position
        figures = Figures(at.epoch, at.seconds, train_loss, train_metric, test_loss, test_metric)
        kept = KeptRun(self._next, self._title(project), project, run, history, figures, self._colour())
        self._next += 1
        self._runs = (*self._runs, kept)
        self._make_room(kept)
        return kept

    def remove(self, number: int) -> None:
        """Forgets a run."""
        self._runs = tuple(run for run in self._runs if run.number != number)

    def rename(self, number: int, title: str) -> None:
        """Gives a run another title; an empty one changes nothing."""
        if title.strip():
            self._change(number, title=title.strip())

    def pin(self, number: int, on: bool) -> None:
        """A pinned run stays until it is removed."""
        self._change(number, is_pinned=on)

    def show(self, number: int, on: bool) -> None:
        """Whether a run's curves are to be seen."""
        self._change(number, is_shown=on)

    def _change(self, number: int, **changes: object) -> None:
        self._runs = tuple(
            replace(run, **changes) if run.number == number else run  # type: ignore[arg-type]
            for run in self._runs
        )

    def _has(self, project: Project, run: SavedRun) -> bool:
        same = (each for each in self._runs if each.project == project)
        return any(each.run.position == run.position for each in same)

    def _make_room(self, newest: KeptRun) -> None:
        while len(self._runs) > MOST or sum(run.bytes for run in self._runs) > MOST_BYTES:
            loose = [run for run in self._runs if not run.is_pinned and run is not newest]
            if not loose:
                return
            self.remove(loose[0].number)

    def _colour(self) -> int:
        """The one that fewest runs have."""
        used = [run.colour for run in self._runs]
        return min(range(COLOURS), key=lambda colour: (used.count(colour), colour))

    def _title(self, project: Project) -> str:
        """What the run is, and what makes it another than those before: "4-2 tanh, rate 0.03"."""
        title, taken = summary(project), {run.title for run in self._runs}
        alike = [run for run in self._runs if summary(run.project) == title]
        if not alike:
            return title
        told = (
            f"{change.what.lower()} {change.after}".strip()
            for change in comparison(alike[-1].project, project)
            if change.where not in _WORDS and change.what != "Group"
        )
        parts = [title, *dict.fromkeys(told)][: 1 + _IN_TITLE]
        full = ", ".join(parts)
        number = 2
        while full in taken:
            full, number = f"{', '.join(parts)} ({number})", number + 1
        return full


def summary(project: Project) -> str:
    """A network and its training in a few words: "4-2 tanh, rate 0.03"."""
    hidden = [node for node in project.network if hasattr(node.layer, "units")][:-1]
    sizes = "-".join(str(_units(node)) for node in hidden)
    kinds = {in_words(node.layer.activation) for node in hidden if hasattr(node.layer, "activation")}
    shape = f"{sizes} {'/'.join(sorted(kinds)).lower()}".strip() or "no hidden layer"
    trainer = project.trainer
    assert isinstance(trainer, Backprop)
    return f"{shape}, rate {trainer.optimiser.learning_rate:g}"


def _units(node: Node) -> int:
    return int(getattr(node.layer, "units", 0))


def differences(runs: Sequence[KeptRun]) -> Differences:
    """The settings in which some runs differ, in the words of forms and messages."""
    titles = tuple(run.title for run in runs)
    if len(runs) < 2:
        return Differences(titles)
    first, *others = runs
    before: dict[str, str] = {}
    after: dict[str, dict[int, str]] = {}
    for column, run in enumerate(others, 1):
        for change in comparison(first.project, run.project):
            if change.where in _WORDS or change.what == "Group":
                continue
            setting = f"{change.where} · {change.what}"
            before.setdefault(setting, change.before)
            after.setdefault(setting, {})[column] = change.after
    rows = (
        (
            setting,
            (before[setting], *(found.get(at, before[setting]) or "–" for at in range(1, len(runs)))),
        )
        for setting, found in after.items()
    )
    return Differences(titles, tuple((setting, (cells[0] or "–", *cells[1:])) for setting, cells in rows))
