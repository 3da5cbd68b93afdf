"""Takes all pictures anew, to be looked at and committed: python -m tests.pictures.approve

Run it with QT_QPA_PLATFORM=offscreen, where fonts and window frames are the same everywhere.
"""

import shutil

from neuralstudio.schema.assets import asset
from neuralstudio.ui.app import application
from tests.pictures.scenes import SCENES, SIZES, THEMES, path_of, taken


def main() -> None:
    """Writes every scene in every theme and size, and the README's pictures."""
    application()
    for scene in SCENES:
        for theme in THEMES:
            for size in SIZES:
                path = path_of(scene, theme, size)
                taken(scene, theme, size).save(str(path))
                print(path.name)
    asset("pictures").mkdir(exist_ok=True)
    for theme in THEMES:
        for name, of in (("window", "digits"), ("playground", "playground-spirals")):
            shown = next(each for each in SCENES if each.name == of)
            shutil.copy(path_of(shown, theme, SIZES[0]), asset("pictures", f"{name}-{theme}.png"))


if __name__ == "__main__":
    main()
