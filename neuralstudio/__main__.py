"""The door: a command goes to the command line, anything else opens the window."""

import os
import sys
from pathlib import Path

from neuralstudio.cli.app import run
from neuralstudio.network.crew import FROZEN_WORKER
from neuralstudio.schema.problem import Problem, ProblemError

_PLATFORM = "QT_QPA_PLATFORM"
_ALWAYS_WITH_DISPLAY = ("win32", "cygwin", "darwin")


def _has_display() -> bool:
    """Whether Qt can be started: it ends the whole program where it finds no display."""
    names = ("DISPLAY", "WAYLAND_DISPLAY", _PLATFORM)
    return sys.platform in _ALWAYS_WITH_DISPLAY or any(os.environ.get(name) for name in names)


class _Window:
    """The window, whose code is loaded only when it is wanted."""

    def open(self, path: Path | None, link: str = "") -> int:
        if not _has_display():
            what = "There is no display, so the window cannot open"
            raise ProblemError(Problem("", what, "This works without one: neuralstudio train digits-mlp"))
        from neuralstudio.ui.app import open_window

        return open_window(path, link)

    def open_link(self, text: str) -> int:
        return self.open(None, text)

    def picture(self, path: Path | None, out: Path, size: tuple[int, int], theme: str) -> None:
        if not _has_display():
            os.environ[_PLATFORM] = "offscreen"
        from neuralstudio.ui.app import picture

        picture(path, out, size, theme)


def main() -> int:
    """Runs the program; returns its exit code."""
    if sys.argv[1:] == [FROZEN_WORKER]:  # a packaged program has no other interpreter to start one with
        from neuralstudio.network import worker

        worker.main()
    return run(sys.argv[1:], _Window())


if __name__ == "__main__":
    sys.exit(main())
