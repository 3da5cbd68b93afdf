"""The scenes whose pictures are kept: what they show, at which sizes, in which themes."""

import tempfile
from dataclasses import dataclass
from pathlib import Path

from PySide6.QtCore import QEventLoop, QSettings, Qt
from PySide6.QtGui import QImage

from neuralstudio.data.sets.pen_digits import PenDigits
from neuralstudio.engine.activations import Softmax
from neuralstudio.layers.add import Add
from neuralstudio.layers.dense import Dense
from neuralstudio.layers.dropout import Dropout
from neuralstudio.layers.flatten import Flatten
from neuralstudio.network.edits import add_unwired, append, connect
from neuralstudio.network.spec import stack
from neuralstudio.project.document import Project
from neuralstudio.schema.fields import replaced
from neuralstudio.ui.picture import picture
from neuralstudio.ui.theme import MODES
from neuralstudio.ui.window import StudioWindow

FOLDER = Path(__file__).parent
SIZES = ((1440, 900), (1024, 700))
THEMES = ("dark", "light")


@dataclass(frozen=True)
class Scene:
    """A window with an example trained for some epochs and a panel in front, or with ``cards`` layers.

    A negative number of cards has problems.
    """

    name: str
    example: str
    epochs: int
    panel: str = "build"
    cards: int = 0


SCENES = (
    Scene("digits", "digits-mlp", 2),
    Scene("digits-network", "digits-mlp", 2, "network"),
    Scene("spirals", "two-spirals", 60),
    Scene("start", "", 0),
    Scene("residual", "residual-cnn", 1),
    Scene("cards-5", "", 0, cards=5),
    Scene("cards-20", "", 0, cards=20),
    Scene("cards-200", "", 0, cards=200),
    Scene("problems", "", 0, cards=-5),
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
        elif scene.cards:
            window.studio.document.open(branched(scene.cards))
            window.files.opened.emit()
            window.build.scene.finish_moving()
        else:
            window.show_gallery()
        image = picture(window).toImage()
        window.studio.document.mark_saved(Path(folder, "none.nstudio"))
        window.close()
        window.deleteLater()
    return image


def branched(cards: int) -> Project:
    """A network of so many layers with a shortcut every few; of a negative number one with problems."""
    network = stack(Flatten())
    while len(network) < abs(cards) - 1:
        if len(network) % 6 == 5:
            network, joined = append(network, Add())
            network = connect(network, network.nodes[-3].id, joined)
        else:
            network, _ = append(network, Dense(units=16 if cards > 0 or len(network) < 3 else 12))
    if cards > 0:
        network, _ = append(network, Dense(units=10, activation=Softmax()))
    else:
        network, joined = append(network, Add())
        network = connect(network, network.nodes[1].id, joined)
        network, _ = add_unwired(network, Dropout())
    return Project(title=f"{abs(cards)} layers", network=network, dataset=PenDigits(count=400))


def _train(window: StudioWindow, epochs: int) -> None:
    """Trains that many epochs, so that the run stands at the very same place each time."""
    document, training = window.studio.document, window.studio.training
    document.edit_trainer("epochs", replaced(document.project.trainer, epochs=epochs))
    loop = QEventLoop()
    training.finished.connect(loop.quit)
    training.train()
    loop.exec()
