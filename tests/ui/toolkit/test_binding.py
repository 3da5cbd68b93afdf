"""The Qt binding in use does not lose references to None, as one release did on one Python."""

import sys

from PySide6.QtGui import QImage, QPainter
from PySide6.QtWidgets import QApplication


def test_painting_leaves_the_references_to_none_alone(qapp: QApplication) -> None:
    painter = QPainter(image := QImage(8, 8, QImage.Format.Format_RGB32))
    before = sys.getrefcount(None)
    for _ in range(200_000):
        painter.setOpacity(0.5)
    after = sys.getrefcount(None)
    painter.end()
    assert not image.isNull()
    assert abs(after - before) < 1000
