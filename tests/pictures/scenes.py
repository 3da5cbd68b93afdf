"""The scenes whose pictures are kept: what they show, at which sizes, in which themes."""

import tempfile
from dataclasses import dataclass
from pathlib import Path

from PySide6.QtCore import QEventLoop, QSettings, Qt
from PySide6.QtGui import QImage

from neuralstudio.schema.fields import replaced
from neuralstudio.ui.picture import picture
from neuralstudio.ui.theme import MODES
from neuralstudio.ui.window import StudioWindow

FOLDER = Path(__file__).parent
SIZES = ((1440, 900), (1024, 700))
THEMES = ("dark", "light")


@dataclass(frozen=True)
class Scene:
    """A window with an example trained for some epochs and a panel in front."""

    name: str
    example: str
    epochs: int
    panel: str = "build"


SCENES = (
    Scene("digits", "digits-mlp", 2),
    Scene("digits-network", "digits-mlp", 2, "network"),
    Scene("spirals", "two-spirals", 60),
    Scene("start", "", 0),
)


def path_of(scene: Scene, theme: str, size: tuple[int, int]) -> Path:
    """Where the approved picture lies."""
    return FOLDER / f"{scene.name}-{theme}-{size[0]}x{size[1]}.png"


def taken(scene: Scene, theme: str, size: tuple[int, int]) -> QImage:
    """The scene as it looks now."""
    with tempfile.TemporaryDirectory() as folder:
        settings = QSettings(str(Path(folder, "settings.ini")), QSettings.Format.IniFormat)
        window = StudioWindow(settings)
        window.studio.theme.set_mode(next(mode for mode in MODES if mode == theme))
        window.setWindowState(Qt.WindowState.WindowNoState)
        window.resize(*size)
        window.show()
        if scene.example:
            window.files.open_example(scene.example)
            _train(window, scene.epochs)
            window.show_panel(scene.panel)
        else:
            window.show_gallery()
        image = picture(window).toImage()
        window.studio.document.mark_saved(Path(folder, "none.nstudio"))
        window.close()
        window.deleteLater()
    return image


def _train(window: StudioWindow, epochs: int) -> None:
    """Trains that many epochs, so that the run stands at the very same place each time."""
    document, training = window.studio.document, window.studio.training
    document.edit_trainer("epochs", replaced(document.project.trainer, epochs=epochs))
    loop = QEventLoop()
    training.finished.connect(loop.quit)
    training.train()
    loop.exec()
