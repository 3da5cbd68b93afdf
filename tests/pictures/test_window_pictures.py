"""The window looks as it did when its pictures were approved."""

import numpy as np
import pytest
from numpy.typing import NDArray
from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QFontInfo, QGuiApplication, QImage, qGray
from pytestqt.qtbot import QtBot

from neuralstudio.ui.theme import ui_font
from tests.pictures.scenes import SCENES, SIZES, THEMES, Scene, path_of, taken

CELLS = QSize(72, 45)
"""Pictures are compared as coarse as this: a moved panel shows, another letter does not."""
MOST_DIFFERENT = 30.0
"""Largest difference of a cell's brightness (of 255) that figures and fonts may make."""
DIFFERENT_CELLS = 0.02


def coarse(image: QImage) -> NDArray[np.float64]:
    """Brightness of the picture in cells."""
    small = image.scaled(
        CELLS, Qt.AspectRatioMode.IgnoreAspectRatio, Qt.TransformationMode.SmoothTransformation
    )
    columns, rows = range(CELLS.width()), range(CELLS.height())
    return np.array([[qGray(small.pixel(x, y)) for x in columns] for y in rows], dtype=np.float64)


@pytest.mark.parametrize("scene", SCENES, ids=lambda scene: scene.name)
@pytest.mark.parametrize("theme", THEMES)
@pytest.mark.parametrize("size", SIZES, ids=lambda size: f"{size[0]}x{size[1]}")
def test_the_window_looks_like_its_approved_picture(
    qtbot: QtBot, scene: Scene, theme: str, size: tuple[int, int]
) -> None:
    if QGuiApplication.platformName() != "offscreen":
        pytest.skip("the approved pictures were taken offscreen")
    if QFontInfo(ui_font()).family() != "DejaVu Sans":
        pytest.skip("the approved pictures show DejaVu Sans, which is not the font here")
    approved = QImage(str(path_of(scene, theme, size)))
    assert not approved.isNull()
    now = taken(scene, theme, size)
    assert now.size() == approved.size()
    difference = np.abs(coarse(now) - coarse(approved))
    assert (difference > MOST_DIFFERENT).mean() <= DIFFERENT_CELLS
