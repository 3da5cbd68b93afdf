"""What window tests share: a studio with nothing but an empty document, and settings of its own."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import QSettings
from pytestqt.qtbot import QtBot

from neuralstudio.ui.document import Document
from neuralstudio.ui.loading import DataLoader
from neuralstudio.ui.studio import Studio
from neuralstudio.ui.theme import ThemeController
from neuralstudio.ui.training import TrainingController


@pytest.fixture
def studio(qtbot: QtBot, tmp_path: Path) -> Iterator[Studio]:
    """A studio as panels get it. Its run and its loads are ended afterwards."""
    settings = QSettings(str(tmp_path / "settings.ini"), QSettings.Format.IniFormat)
    document = Document()
    loader = DataLoader()
    training = TrainingController(document, loader)
    theme = ThemeController(settings)
    theme.set_mode("dark")
    yield Studio(document, loader, training, theme, settings, {})
    training.stop()
    loader.finish()
