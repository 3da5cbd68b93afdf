"""The project file: a zip of one JSON text and three blocks of numbers. It holds data only, never code."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from neuralstudio.engine.graph import Array, Shape
from neuralstudio.project.archive import Archive, open_for_reading, write_members
from neuralstudio.project.arrays import packed, unpacked
from neuralstudio.project.document import Project, SavedRun
from neuralstudio.project.manifest import MOST_BYTES as MOST_TEXT
from neuralstudio.project.manifest import decode, encode
from neuralstudio.project.replacing import replace_file
from neuralstudio.schema.problem import Problem, ProblemError
from neuralstudio.training._base import Position
from neuralstudio.training.history import History

SUFFIX = ".nstudio"
_TEXT = "project.json"
_WEIGHTS = "weights.safetensors"
_OPTIMISER = "optimiser.safetensors"
_HISTORY = "history.safetensors"
_PREVIEW = "preview.png"
_MEMBERS = (_TEXT, _WEIGHTS, _OPTIMISER, _HISTORY, _PREVIEW)
_MOST_PREVIEW = 16 * 1024 * 1024
_PNG = b"\x89PNG\r\n\x1a\n"


@dataclass(frozen=True)
class Opened:
    """What a file held: the project, its run if it was trained, and a small PNG picture if it has one."""

    project: Project
    run: SavedRun | None = None
    preview: bytes | None = None


def save(path: Path, project: Project, run: SavedRun | None, preview: bytes | None = None) -> None:
    """Saves everything or nothing: the old file stays until the new one is whole and was read back.

    preview: a PNG. The last two versions stay beside it as ``name.nstudio~1`` and ``~2``.
    Raises ``ProblemError``.
    """
    members = {_TEXT: encode(project, run.position if run else Position())}
    if run is not None:
        members[_WEIGHTS] = packed(run.weights)
        members[_OPTIMISER] = packed(run.optimiser)
        members[_HISTORY] = packed(run.history)
    if preview is not None:
        members[_PREVIEW] = preview

    def write(stream: IO[bytes]) -> None:
        write_members(stream, members)

    def check(temporary: Path) -> None:
        if load(temporary, name=path.name).project != project:
            what = "What was written does not read back the same"
            raise ProblemError(Problem(path.name, what, "Save it under another name, on another disk."))

    replace_file(path, write, check)


def load(path: Path, *, name: str = "") -> Opened:
    """Reads a project file. Raises ``ProblemError`` for anything but a whole and sound one.

    name: what to call the file in messages, if not by its own name.
    """
    name = name or path.name
    with open_for_reading(path) as file:
        archive = Archive(file, name)
        if _TEXT not in archive.names:
            remedy = "Choose a file ending in .nstudio."
            raise archive.problem("It is a zip file, but not a NeuralStudio project", remedy)
        # The text first: a newer version may have parts this one does not know.
        manifest = decode(archive.read(_TEXT, MOST_TEXT), name)
        unknown = next((member for member in archive.names if member not in _MEMBERS), None)
        if unknown is not None:
            what = f"It holds a part that does not belong there: {unknown[:40]!r}"
            raise archive.problem(what, "Choose a project that NeuralStudio saved.")
        run = _read_run(archive, manifest.project, manifest.position)
        preview = archive.read(_PREVIEW, _MOST_PREVIEW) if _PREVIEW in archive.names else None
    if preview is not None and not preview.startswith(_PNG):
        raise archive.problem("Its part preview.png is no PNG picture", "Open a backup of it.")
    return Opened(manifest.project, run, preview)


def _read_run(archive: Archive, project: Project, position: Position) -> SavedRun | None:
    blocks = {
        member: unpacked(archive.read(member), archive.name, member, is_state=member != _HISTORY)
        for member in (_WEIGHTS, _OPTIMISER, _HISTORY)
        if member in archive.names
    }
    if not blocks:
        return None
    if _WEIGHTS not in blocks:
        what = f"It holds {next(iter(blocks))}, but no weights"
        raise archive.problem(what, "Open a backup of it, or train the network again.")
    weights, history = blocks[_WEIGHTS], blocks.get(_HISTORY, {})
    _check_weights(archive, project, weights)
    _check_history(archive, history)
    return SavedRun(weights, blocks.get(_OPTIMISER, {}), position, history)


def _check_weights(archive: Archive, project: Project, weights: Mapping[str, Array]) -> None:
    """Names and shapes must be those of the network; found from its declaration, nothing is allocated.

    A network with a problem may have kept weights from before: it is not known what would fit.
    """
    report = project.check()
    wanted: dict[str, Shape] = {}
    for node in report.nodes.values():
        wanted |= node.weight_shapes | node.state_shapes
    found = {name: array.shape for name, array in weights.items()}
    if wanted == found or not report.can_train:
        return
    odd = next(name for name in sorted(wanted | found) if wanted.get(name) != found.get(name))
    if odd not in found:
        reason = f"{odd} is missing"
    elif odd not in wanted:
        reason = f"it has no {odd[:40]!r}"
    else:
        numbers = ("×".join(map(str, shape)) or "1" for shape in (found[odd], wanted[odd]))
        reason = "{} is {} where {} is needed".format(odd, *numbers)
    what = f"Its weights do not fit its network ({reason})"
    raise archive.problem(what, "Open a backup of it, or train the network again.")


def _check_history(archive: Archive, history: dict[str, Array]) -> None:
    if not history:
        return
    try:
        History().restore(history)
    except (KeyError, ValueError, OverflowError):
        what = "Its part history.safetensors holds no curves of a run"
        raise archive.problem(what, "Open a backup of it, or train the network again.") from None
