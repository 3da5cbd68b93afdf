"""The scenes whose pictures are kept: what they show, at which sizes, in which themes."""

import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import numpy as np
from PySide6.QtCore import QEventLoop, QSettings, Qt, QTimer
from PySide6.QtGui import QImage
from PySide6.QtWidgets import QCheckBox

from neuralstudio.data.sets.function import Function
from neuralstudio.data.sets.painted import Painted
from neuralstudio.data.sets.pen_digits import PenDigits
from neuralstudio.engine.activations import Softmax
from neuralstudio.layers.add import Add
from neuralstudio.layers.dense import Dense
from neuralstudio.layers.dropout import Dropout
from neuralstudio.layers.flatten import Flatten
from neuralstudio.network.edits import add_unwired, append, connect
from neuralstudio.network.spec import stack
from neuralstudio.project.document import Project
from neuralstudio.project.examples import example
from neuralstudio.project.playground.setup import with_dataset
from neuralstudio.schema.fields import replaced
from neuralstudio.ui.panels.sweep import SweepPanel
from neuralstudio.ui.picture import picture
from neuralstudio.ui.theme import MODES
from neuralstudio.ui.window import StudioWindow

FOLDER = Path(__file__).parent
SIZES = ((1440, 900), (1024, 700))
THEMES = ("dark", "light")


@dataclass(frozen=True)
class Scene:
    """A window with a document trained for some epochs, a panel in front, and what is done there then.

    Without a document it is the start page.
    """

    name: str
    project: Callable[[], Project] | None = None
    epochs: int = 0
    panel: str = "build"
    then: Callable[[StudioWindow], object] = lambda _window: None


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
        if scene.project is None:
            window.show_gallery()
        else:
            window.studio.document.open(scene.project())
            window.files.opened.emit()
            window.build.scene.finish_moving()
            if scene.epochs:
                _train(window, scene.epochs)
            window.show_panel(scene.panel)
            scene.then(window)
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


def three_colours() -> Project:
    """Three painted clouds, and a network for them."""
    random = np.random.default_rng(1)
    middles = ((-3.0, -2.0), (3.0, -2.5), (0.0, 3.0))
    points = tuple(
        (round(float(x), 2), round(float(y), 2), colour)
        for colour, middle in enumerate(middles)
        for x, y in np.clip(random.normal(middle, 1.1, (60, 2)), -6, 6)
    )
    return with_dataset(example("playground"), Painted(points))


def one_dimension() -> Project:
    """A function of one number, fitted by two small layers."""
    return with_dataset(example("two-spirals"), Function("sin(2*x) + x/3"))


def _in_space(window: StudioWindow) -> None:
    box = window.findChild(QCheckBox, "playground-3d")
    assert box is not None
    box.click()


def _sweep(window: StudioWindow) -> None:
    """The sweep that is suggested, with few epochs."""
    panel = window.panels["sweep"]
    assert isinstance(panel, SweepPanel)
    panel.epochs.setValue(20)
    panel.start()
    loop, timer = QEventLoop(), QTimer()
    timer.timeout.connect(lambda: None if panel.sweeping.is_running else loop.quit())
    timer.start(20)
    loop.exec()


SCENES = (
    Scene("digits", partial(example, "digits-mlp"), 2),
    Scene("digits-network", partial(example, "digits-mlp"), 2, "network"),
    Scene("cnn-network", partial(example, "digits-cnn"), 1, "network"),
    Scene("spirals", partial(example, "two-spirals"), 60),
    Scene("start"),
    Scene("residual", partial(example, "residual-cnn"), 1),
    Scene("cards-5", partial(branched, 5)),
    Scene("cards-20", partial(branched, 20)),
    Scene("cards-200", partial(branched, 200)),
    Scene("problems", partial(branched, -5)),
    Scene("playground", partial(example, "playground"), 300, "playground"),
    Scene("playground-spirals", partial(example, "two-spirals"), 60, "playground"),
    Scene("playground-painted", three_colours, 150, "playground"),
    Scene("playground-3d", partial(example, "two-spirals"), 60, "playground", _in_space),
    Scene("sweep", partial(example, "playground"), 0, "sweep", _sweep),
    Scene("playground-fit", one_dimension, 200, "playground"),
)
