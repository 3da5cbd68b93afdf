"""Writes a picture of the whole canvas to a file, also of what is out of sight."""

from pathlib import Path

from PySide6.QtCore import QByteArray, QMarginsF, QRectF, QSize
from PySide6.QtGui import QColor, QFont, QGuiApplication, QImage, QImageWriter, QPainter
from PySide6.QtSvg import QSvgGenerator
from PySide6.QtWidgets import QGraphicsScene

from neuralstudio.schema.problem import Problem, ProblemError
from neuralstudio.ui.canvas.content import CardTexts
from neuralstudio.ui.canvas.look import Look
from neuralstudio.ui.canvas.scene import CanvasScene
from neuralstudio.ui.canvas.thumbnails import thumbnails
from neuralstudio.ui.files import Files
from neuralstudio.ui.panels.build import BuildPanel
from neuralstudio.ui.studio import Studio

SUFFIXES = (".svg", ".png")
_MARGIN = 24.0
_SHARP, _LONGEST = 2.0, 16_000
"""A PNG has so many pixels for one of the canvas, unless a side would become longer than this."""


def ask_drawing(build: BuildPanel, files: Files) -> Path | None:
    """Asks for a file and draws the canvas into it; the file, or None if that was not to be."""
    kinds = {".svg": build.tr("Drawing that stays sharp"), ".png": build.tr("Picture of dots")}
    path = files.ask_save(build.tr("Save a picture of the network"), kinds)
    if path is None:
        return None
    try:
        save_drawing(canvas_of(build.studio, build.font()), build.studio.theme.theme.window, path)
    except ProblemError as error:
        files.tell(build.tr("The picture could not be saved"), str(error))
        return None
    return path


def canvas_of(studio: Studio, font: QFont) -> CanvasScene:
    """The network on a canvas of its own: nothing is selected there, and there is nothing to click."""
    project, data = studio.document.project, studio.loader.data
    look, texts = Look(studio.theme.theme, font), CardTexts()
    if data is not None and data.signature != project.dataset.signature:
        data = None
    samples = thumbnails(data, look.theme, look.em, _SHARP) if data is not None else None
    scene = CanvasScene(look)
    scene.show_outline(
        texts.outline(project, studio.document.report, texts.data_card(project, data, picture=samples))
    )
    scene.settle()
    scene.finish_moving()
    for wire in scene.wires.values():
        wire.has_plus = False
    return scene


def save_drawing(scene: QGraphicsScene, ground: str, path: Path) -> None:
    """Draws all cards and wires on a plain ground into an SVG or PNG file. Raises ``ProblemError``."""
    if path.suffix.lower() not in SUFFIXES:
        raise ProblemError(
            Problem(path.name, "A picture is a .svg or a .png file", "Choose a name that ends so.")
        )
    around = QMarginsF(_MARGIN, _MARGIN, _MARGIN, _MARGIN)
    area = scene.itemsBoundingRect().marginsAdded(around)
    try:
        path.touch()  # Qt's writers say nothing where they cannot write
    except OSError as error:
        raise _unwritable(path) from error
    if path.suffix.lower() == ".svg":
        _draw_svg(scene, area, ground, path)
    elif not QImageWriter(str(path), QByteArray(b"png")).write(_image(scene, area, ground)):
        raise _unwritable(path)


def _image(scene: QGraphicsScene, area: QRectF, ground: str) -> QImage:
    scale = min(_SHARP, _LONGEST / max(area.width(), area.height()))
    size = QSize(max(1, round(area.width() * scale)), max(1, round(area.height() * scale)))
    image = QImage(size, QImage.Format.Format_RGB32)
    image.fill(QColor(ground))
    painter = QPainter(image)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
    scene.render(painter, QRectF(image.rect()), area)
    painter.end()
    return image


def _draw_svg(scene: QGraphicsScene, area: QRectF, ground: str, path: Path) -> None:
    size = area.size().toSize()
    generator = QSvgGenerator()
    generator.setFileName(str(path))
    generator.setSize(size)
    generator.setViewBox(QRectF(0, 0, size.width(), size.height()))
    generator.setResolution(round(QGuiApplication.primaryScreen().logicalDotsPerInch()))  # else texts shrink
    generator.setTitle(path.stem)
    painter = QPainter(generator)
    painter.fillRect(QRectF(0, 0, size.width(), size.height()), QColor(ground))
    scene.render(painter, QRectF(0, 0, size.width(), size.height()), area)
    painter.end()


def _unwritable(path: Path) -> ProblemError:
    return ProblemError(
        Problem(path.name, f"the file cannot be written in {path.parent}", "Choose another folder or name.")
    )
