"""Starts the application: settings, log, fonts, window."""

import faulthandler
import gc
import logging
import sys
import tempfile
from logging.handlers import RotatingFileHandler
from pathlib import Path
from types import TracebackType

from platformdirs import user_log_path
from PySide6.QtCore import QMessageLogContext, QSettings, Qt, QTimer, QtMsgType, qInstallMessageHandler
from PySide6.QtWidgets import QApplication, QMessageBox

from neuralstudio.schema.problem import Problem, ProblemError
from neuralstudio.ui.icons import icon
from neuralstudio.ui.picture import picture as take_picture
from neuralstudio.ui.theme import MODES, named_theme
from neuralstudio.ui.window import StudioWindow

_log = logging.getLogger(__name__)
_COLLECT = 2000
"""Milliseconds between garbage collections."""
_FULL = 15
"""Every so many of them look at all objects."""


def open_window(path: Path | None = None, link: str = "") -> int:
    """Opens the window, with a project file or a Playground link if one is given; returns the exit code."""
    app = application()
    _start_log()
    sys.excepthook = _on_exception
    settings = QSettings("NeuralStudio", "NeuralStudio")
    window = StudioWindow(settings)
    window.show()
    is_open = window.links.open_link(link) if link else path is not None and window.files.open(path)
    if not is_open:
        window.show_gallery()
    return app.exec()


def picture(path: Path | None, out: Path, size: tuple[int, int], theme: str = "dark") -> None:
    """Saves a picture of the window as it would look with a project open, with a digit drawn on the pad.

    Raises ``ProblemError`` where the picture cannot be written.
    """
    qInstallMessageHandler(_pass_on)
    application()
    with tempfile.TemporaryDirectory() as folder:
        window = StudioWindow(QSettings(str(Path(folder, "settings.ini")), QSettings.Format.IniFormat))
        window.studio.theme.set_mode(next(mode for mode in MODES if mode == theme))
        window.setWindowState(Qt.WindowState.WindowNoState)
        window.resize(*size)
        window.show()
        if path is not None:
            window.files.open(path)
        is_written = take_picture(window).save(str(out))
        window.studio.document.mark_saved(path or out)
        window.close()
    if not is_written:
        raise ProblemError(Problem(str(out), "The picture cannot be written there", "Choose another place."))


def _pass_on(_kind: QtMsgType, _context: QMessageLogContext, message: str) -> None:
    """Qt's own messages go to standard error, but for one that every offscreen window gives rise to."""
    if "propagateSizeHints" not in message:
        sys.stderr.write(message + "\n")


def application() -> QApplication:
    """The application object, with BLAS held to one thread: two are slower at small batches."""
    existing = QApplication.instance()
    if isinstance(existing, QApplication):
        return existing
    app = QApplication(sys.argv[:1])
    app.setApplicationName("NeuralStudio")
    app.setOrganizationName("NeuralStudio")
    app.setDesktopFileName("neuralstudio")
    app.setWindowIcon(icon("app", named_theme("light")))
    sys.setswitchinterval(2e-4)
    # A collection in the training thread could delete Qt objects there and crash.
    gc.disable()
    _Collector(app).start()
    return app


class _Collector(QTimer):
    """Collects garbage on the window's thread: young objects often, all seldom.

    What start-up made stays, so it is frozen out of the rounds: looking through it takes longer than a frame.
    """

    def __init__(self, parent: QApplication) -> None:
        super().__init__(parent)
        self._rounds = 0
        self.setInterval(_COLLECT)
        self.timeout.connect(self._on_timeout)

    def _on_timeout(self) -> None:
        if not self._rounds:
            gc.collect()
            gc.freeze()
        self._rounds += 1
        gc.collect(2 if self._rounds % _FULL == 0 else 1)


def _start_log() -> None:
    folder = user_log_path("NeuralStudio", appauthor=False, ensure_exists=True)
    handler = RotatingFileHandler(
        folder / "neuralstudio.log", maxBytes=500_000, backupCount=2, encoding="utf-8"
    )
    handler.setFormatter(logging.Formatter("%(asctime)s %(levelname)s %(name)s: %(message)s"))
    logging.basicConfig(level=logging.INFO, handlers=[handler])
    if sys.stderr is not None:
        faulthandler.enable()


def _on_exception(kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
    """A bug must not end the application without a word: log it and say so."""
    _log.critical("uncaught", exc_info=(kind, error, trace))
    sys.__excepthook__(kind, error, trace)
    box = QMessageBox(QMessageBox.Icon.Critical, "NeuralStudio", f"Something went wrong: {error}")
    box.setInformativeText("Your work is still here; save it under a new name to be safe.")
    box.exec()
