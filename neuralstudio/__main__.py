"""The door: a command goes to the command line, anything else opens the window."""

import sys
from pathlib import Path

from neuralstudio.cli.app import run


class _Window:
    """The window, whose code is loaded only when it is wanted."""

    def open(self, path: Path | None) -> int:
        from neuralstudio.ui.app import open_window

        return open_window(path)

    def picture(self, path: Path | None, out: Path, size: tuple[int, int], theme: str) -> None:
        from neuralstudio.ui.app import picture

        picture(path, out, size, theme)


def main() -> int:
    """Runs the program; returns its exit code."""
    return run(sys.argv[1:], _Window())


if __name__ == "__main__":
    sys.exit(main())
