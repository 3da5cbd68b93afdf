"""What all figure widgets share: ground, title, legend, the sentence for an empty figure, and saving."""

from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Generic, TypeVar

from PySide6.QtCore import QPoint, QRectF, QSize, Qt
from PySide6.QtGui import (
    QAction,
    QColor,
    QContextMenuEvent,
    QFont,
    QFontMetricsF,
    QGuiApplication,
    QImage,
    QPainter,
    QPaintEvent,
)
from PySide6.QtWidgets import QMenu, QMessageBox, QWidget

from neuralstudio.schema.problem import ProblemError
from neuralstudio.ui.asking import ask_save
from neuralstudio.ui.figures import saving
from neuralstudio.ui.theme import Theme, scaled
from neuralstudio.views._base import Figure

F = TypeVar("F", bound=Figure)

PADDING = 10
_WRAPPED = int(Qt.AlignmentFlag.AlignCenter | Qt.TextFlag.TextWordWrap)


class FigureWidget(QWidget, Generic[F]):
    """Shows one figure at a time; ``show_figure`` may be called many times a second.

    A leaf widget says what counts as content (``has_content``) and either paints below the title
    (``paint_content``) or fills a child widget (``refresh``).
    """

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.theme = theme
        self.figure: F | None = None
        self.setMouseTracking(True)
        # The ground is filled below: nothing behind has to be painted first.
        self.setAttribute(Qt.WidgetAttribute.WA_OpaquePaintEvent)
        self.setMinimumSize(150, 80)

    # What a leaf widget provides

    def has_content(self, figure: F) -> bool:
        """Whether there is anything to see in ``figure``."""
        raise NotImplementedError

    def paint_content(self, painter: QPainter, figure: F, area: QRectF) -> None:
        """Paint the figure into ``area``, the part of the widget below title and legend."""

    def refresh(self) -> None:
        """The figure, the theme or the size has changed: renew what is kept between paints."""

    def is_dashed(self, text: str) -> bool:  # noqa: ARG002
        """Whether the chip of this text stands for a dashed line."""
        return False

    def legend(self) -> list[tuple[str, QColor]]:
        """Names and colours for the chips at the right of the title; no colour means plain text."""
        return []

    def extra_actions(self) -> list[QAction]:
        """Actions of this kind of figure, on top of the context menu."""
        return []

    def settle(self) -> None:
        """Finish what is put off for speed, before a picture is taken."""

    def ground(self) -> str:
        """Colour behind the figure."""
        return self.theme.panel

    # What the window calls

    def show_figure(self, figure: F) -> None:
        """Show ``figure`` in place of the one before."""
        self.figure = figure
        self.setAccessibleName(figure.title)
        self.refresh()
        self.update()

    def set_theme(self, theme: Theme) -> None:
        self.theme = theme
        self.refresh()
        self.update()

    @property
    def is_empty(self) -> bool:
        return self.figure is None or not self.has_content(self.figure)

    def to_image(self) -> QImage:
        """The figure as it is on the screen, at the screen's resolution."""
        self.settle()
        return saving.image_of(self)

    def context_menu(self) -> QMenu:
        """Copy image; save as PNG, SVG, PDF, and CSV where the figure is a table of numbers."""
        menu = QMenu(self)
        for action in self.extra_actions():
            menu.addAction(action)
        if menu.actions():
            menu.addSeparator()
        menu.addAction(self.tr("Copy image"), self._on_copy)
        menu.addSeparator()
        kinds: list[tuple[str, Callable[[Path], None]]] = [
            ("PNG", lambda path: saving.save_png(self.to_image(), path)),
            ("SVG", lambda path: saving.save_svg(self, path)),
            ("PDF", lambda path: saving.save_pdf(self, path)),
        ]
        rows = saving.rows_of(self.figure) if self.figure is not None else None
        if rows is not None:
            kinds.append(("CSV", lambda path: saving.save_csv(rows, path)))
        for kind, save in kinds:
            menu.addAction(self.tr("Save as {kind}…").format(kind=kind), partial(self._save, kind, save))
        menu.setEnabled(not self.is_empty)
        return menu

    # Painting

    def paintEvent(self, event: QPaintEvent) -> None:
        super().paintEvent(event)
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.fillRect(self.rect(), QColor(self.ground()))
        self._paint_header(painter)
        if self.figure is not None and self.has_content(self.figure):
            self.paint_content(painter, self.figure, self.content_area())
        else:
            self._paint_empty(painter)
        painter.end()

    @property
    def header_height(self) -> int:
        has_header = self.figure is not None and (self.figure.title or self.legend())
        return round(self.fontMetrics().height() * 1.35) + PADDING // 2 if has_header else PADDING

    def content_area(self) -> QRectF:
        return QRectF(self.rect()).adjusted(PADDING, self.header_height, -PADDING, -PADDING // 2)

    def small_font(self) -> QFont:
        return scaled(self.font(), 0.85)

    def _paint_header(self, painter: QPainter) -> None:
        if self.figure is None or self.header_height <= PADDING:
            return
        area = QRectF(PADDING, PADDING // 2, self.width() - 2 * PADDING, self.header_height - PADDING // 2)
        bold = scaled(self.font(), 1.0, bold=True)
        metrics = QFontMetricsF(bold)
        title = metrics.elidedText(self.figure.title, Qt.TextElideMode.ElideRight, area.width())
        painter.setFont(bold)
        painter.setPen(QColor(self.theme.text))
        painter.drawText(area, Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter, title)
        painter.setFont(self.small_font())
        left, right = area.left() + metrics.horizontalAdvance(title), area.right()
        for text, colour in reversed([] if self.is_empty else self.legend()):
            width = painter.fontMetrics().horizontalAdvance(text)
            if right - width - 14 < left:
                continue  # the title stands there; a shorter one may have room
            where = QRectF(right - width, area.top(), width + 1, area.height())
            painter.setPen(QColor(self.theme.muted))
            painter.drawText(where, Qt.AlignmentFlag.AlignVCenter, text)
            right -= width
            if colour.isValid():
                painter.setPen(Qt.PenStyle.NoPen)
                painter.setBrush(colour)
                middle = area.center().y()
                if self.is_dashed(text):
                    painter.drawRect(QRectF(right - 19, middle - 1, 6, 2))
                    painter.drawRect(QRectF(right - 11, middle - 1, 6, 2))
                    right -= 7
                else:
                    painter.drawEllipse(QRectF(right - 12, middle - 3.5, 7, 7))
                right -= 12
            right -= 14

    def _paint_empty(self, painter: QPainter) -> None:
        sentence = "" if self.figure is None else self.figure.empty
        painter.setPen(QColor(self.theme.muted))
        font, text = self.fitted(sentence or self.tr("Nothing to show yet."))
        painter.setFont(font)
        painter.drawText(self.content_area(), _WRAPPED, text)

    def fitted(self, text: str) -> tuple[QFont, str]:
        """The font, and as much of the text, with which it fits into the figure's place."""
        area = self.content_area()

        def fits(font: QFont, text: str) -> bool:
            return QFontMetricsF(font).boundingRect(area, _WRAPPED, text).height() <= area.height()

        if fits(self.font(), text):
            return self.font(), text
        font, shown = self.small_font(), text
        while not fits(font, shown) and " " in text:
            text = text.rpartition(" ")[0]
            shown = f"{text}…"
        return font, shown

    # Menu

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        self.popup_menu(event.globalPos())

    def popup_menu(self, where: QPoint) -> None:
        menu = self.context_menu()
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        menu.popup(where)

    def sizeHint(self) -> QSize:
        return QSize(320, 200)

    def _on_copy(self) -> None:
        QGuiApplication.clipboard().setImage(self.to_image())

    def _save(self, kind: str, save: Callable[[Path], None]) -> None:
        title = self.figure.title if self.figure is not None else ""
        name = "".join(letter if letter.isalnum() else "-" for letter in title.lower()).strip("-") or "figure"
        start = Path.home() / f"{name}.{kind.lower()}"
        path = ask_save(self, self.tr("Save as {kind}").format(kind=kind), start, {start.suffix: kind})
        if path is None:
            return
        try:
            save(path)
        except ProblemError as error:
            QMessageBox.warning(self, self.tr("Not saved"), str(error))
