"""The one door to shipped files: icons, themes, examples, help and pictures."""

from pathlib import Path

_PACKAGE = Path(__file__).resolve().parent.parent


def asset(*parts: str) -> Path:
    """Path of a shipped file, for example ``asset("icons", "play.svg")``.

    An installed package carries ``resources`` inside itself; a source checkout has it beside the package.
    """
    inside = _PACKAGE / "resources"
    root = inside if inside.is_dir() else _PACKAGE.parent / "resources"
    return root.joinpath(*parts)
