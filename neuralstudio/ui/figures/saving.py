"""Writes what a figure widget shows to a file: pictures as they are painted, numbers as CSV."""

import csv
import io
import itertools
from pathlib import Path

from PySide6.QtCore import QByteArray, QMarginsF, QPoint, QSizeF
from PySide6.QtGui import QImage, QImageWriter, QPageSize, QPainter, QPdfWriter
from PySide6.QtSvg import QSvgGenerator
from PySide6.QtWidgets import QWidget

from neuralstudio.schema.problem import Problem, ProblemError
from neuralstudio.views._base import Bars, Curves, Figure, Heatmap, Histogram, Table

Rows = list[list[str]]


def image_of(widget: QWidget) -> QImage:
    """A picture of ``widget`` at the resolution of its screen."""
    ratio = widget.devicePixelRatioF()
    image = QImage(widget.size() * ratio, QImage.Format.Format_RGB32)
    image.setDevicePixelRatio(ratio)
    image.fill(widget.palette().window().color())
    widget.render(image)
    return image


def save_png(image: QImage, path: Path) -> None:
    if not QImageWriter(str(path), QByteArray(b"png")).write(image):
        raise _unwritable(path)


def save_svg(widget: QWidget, path: Path) -> None:
    _check_writable(path)
    generator = QSvgGenerator()
    generator.setFileName(str(path))
    generator.setSize(widget.size())
    generator.setViewBox(widget.rect())
    _render(widget, generator)


def save_pdf(widget: QWidget, path: Path) -> None:
    """One page of the widget's size, a pixel being 1/96 inch."""
    _check_writable(path)
    writer = QPdfWriter(str(path))
    points = 72.0 / 96.0
    size = QSizeF(widget.width() * points, widget.height() * points)
    writer.setPageSize(QPageSize(size, QPageSize.Unit.Point))
    writer.setPageMargins(QMarginsF(0, 0, 0, 0))
    writer.setResolution(96)
    _render(widget, writer)


def save_csv(rows: Rows, path: Path) -> None:
    text = io.StringIO(newline="")
    csv.writer(text).writerows(rows)
    try:
        path.write_text(text.getvalue(), encoding="utf-8", newline="")
    except OSError as error:
        raise _unwritable(path) from error


def rows_of(figure: Figure) -> Rows | None:
    """The figure's numbers as rows under a heading, or None for a figure that is a picture."""
    match figure:
        case Curves(x_title=x_title, curves=curves):
            heads = itertools.chain.from_iterable((f"{curve.name} {x_title}", curve.name) for curve in curves)
            columns = itertools.chain.from_iterable((curve.x.tolist(), curve.y.tolist()) for curve in curves)
            return [list(heads), *(_texts(row) for row in itertools.zip_longest(*columns, fillvalue=""))]
        case Bars(labels=labels, values=values):
            return [["label", "value"], *(_texts(row) for row in zip(labels, values.tolist(), strict=True))]
        case Histogram(edges=edges, counts=counts):
            bins = zip(edges[:-1].tolist(), edges[1:].tolist(), counts.tolist(), strict=True)
            return [["from", "to", "count"], *(_texts(row) for row in bins)]
        case Heatmap(values=values, row_labels=row_labels, column_labels=column_labels):
            titles = column_labels or tuple(str(index) for index in range(values.shape[1]))
            names = row_labels or tuple(str(index) for index in range(values.shape[0]))
            return [
                ["", *titles],
                *([name, *_texts(row)] for name, row in zip(names, values.tolist(), strict=True)),
            ]
        case Table(columns=columns, rows=rows):
            return [list(columns), *(list(row) for row in rows)]
    return None


def _texts(row: tuple[object, ...] | list[object]) -> list[str]:
    return [f"{cell:.9g}" if isinstance(cell, float) else str(cell) for cell in row]


def _render(widget: QWidget, device: QSvgGenerator | QPdfWriter) -> None:
    painter = QPainter(device)
    widget.render(painter, QPoint(0, 0))
    painter.end()


def _check_writable(path: Path) -> None:
    """Qt's writers only print a warning where a file cannot be made; a person needs a sentence."""
    try:
        path.touch()
    except OSError as error:
        raise _unwritable(path) from error


def _unwritable(path: Path) -> ProblemError:
    return ProblemError(
        Problem(path.name, f"the file cannot be written in {path.parent}", "Choose another folder or name")
    )
