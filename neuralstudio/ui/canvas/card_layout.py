"""Measures a card: which lines it has, where each lies, and how large the card becomes."""

import re
from dataclasses import dataclass
from math import ceil
from typing import Literal

from PySide6.QtCore import QRectF, QSizeF, Qt
from PySide6.QtGui import QFont, QFontMetricsF

from neuralstudio.schema.problem import Problem
from neuralstudio.ui.canvas.content import CardContent, sentence
from neuralstudio.ui.canvas.look import Look

STRIP = 5.0
_LOCK_GAP = 4
_USUAL, _MOST = 11.0, 16.0
"""How wide words may make a card, and how wide what must not be broken may, in heights of a line."""
_BREAK = re.compile(r"(?<![0-9→]) (?!→)")
"""Where a long part may be broken: not behind a number, nor in "26×26×8 → 13×13×8"."""
WRAP = int(Qt.TextFlag.TextWordWrap | Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignTop)


@dataclass(frozen=True)
class TextBox:
    """A text at its place on the card."""

    rect: QRectF
    text: str
    font: QFont
    role: Literal["text", "muted", "danger", "warning"]
    flags: int = int(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)


@dataclass(frozen=True)
class CardLayout:
    """Everything on a card with its place, relative to the card's top left corner."""

    size: QSizeF
    texts: tuple[TextBox, ...]
    icons: tuple[tuple[QRectF, Problem], ...] = ()
    picture: QRectF | None = None
    bars: QRectF | None = None
    note: QRectF | None = None
    lock: QRectF | None = None


def lay_out(content: CardContent, look: Look, figure: str, has_bars: bool) -> CardLayout:
    """A card's layout. ``figure`` is a large number (the loss); ``has_bars`` leaves room for a histogram."""
    em = look.em
    pad = round(em * 0.75)
    inner = _inner_width(content, look, has_bars)
    texts: list[TextBox] = []
    top = STRIP + pad * 0.8
    row = look.title_metrics.height()
    corner = look.text_metrics.horizontalAdvance(content.corner)
    right = int(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
    room = inner - (corner + 8 if corner else 0)
    side = round(em * 0.85)
    room -= side + _LOCK_GAP if content.is_frozen else 0
    title = look.title_metrics.elidedText(content.title, Qt.TextElideMode.ElideRight, room + 1)
    texts.append(TextBox(QRectF(pad, top, room + 2, row), title, look.title, "text"))
    lock = None
    if content.is_frozen:
        left = pad + look.title_metrics.horizontalAdvance(title) + _LOCK_GAP
        lock = QRectF(left, top + (row - side) / 2, side, side)
    if corner:
        texts.append(TextBox(QRectF(pad, top, inner, row), content.corner, look.text, "muted", right))
    top += row + 4
    for parts in content.lines:
        for text in _packed(parts, look.text_metrics, inner):
            texts.append(TextBox(QRectF(pad, top, inner + 2, em), text, look.text, "muted"))
            top += em
    if figure:
        high = look.large_metrics.height()
        texts.append(TextBox(QRectF(pad, top + 4, inner, high), figure, look.large, "text"))
        top += high + 4
    picture = bars = note = None
    if content.picture is not None:
        size = content.picture.deviceIndependentSize()
        picture = QRectF(pad, top + pad * 0.6, size.width(), size.height())
        top = picture.bottom()
    if has_bars:
        bars = QRectF(pad, top + pad * 0.6, inner, round(em * 2.3))
        note = QRectF(pad, bars.bottom() + 3, inner, look.small_metrics.height())
        top = note.bottom()
    icons: list[tuple[QRectF, Problem]] = []
    for problem in content.problems:
        top += pad * 0.5
        side = round(em * 0.9)
        words = sentence(problem)
        wide = inner - side - 6
        high = look.small_metrics.boundingRect(QRectF(0, 0, wide, 1000), WRAP, words).height()
        icons.append((QRectF(pad, top, side, side), problem))
        role: Literal["danger", "warning"] = "danger" if problem.severity == "error" else "warning"
        texts.append(TextBox(QRectF(pad + side + 6, top, wide + 2, high), words, look.small, role, WRAP))
        top += max(high, side)
    return CardLayout(
        QSizeF(inner + 2 * pad, round(top + pad * 0.9)), tuple(texts), tuple(icons), picture, bars, note, lock
    )


def _inner_width(content: CardContent, look: Look, has_bars: bool) -> float:
    """As wide as the longest text, within limits; a sentence gets a wider card than a number."""
    em = look.em
    head = look.title_metrics.horizontalAdvance(content.title)
    if content.is_frozen:
        head += _LOCK_GAP + round(em * 0.85)
    if content.corner:
        head += 12 + look.text_metrics.horizontalAdvance(content.corner)
    width = look.text_metrics.horizontalAdvance
    pieces = [piece for parts in content.lines for part in parts for piece in _BREAK.split(part)]
    most = min(em * _MOST, max([em * _USUAL, *map(width, pieces)]))
    lines = [text for parts in content.lines for text in _packed(parts, look.text_metrics, most)]
    natural = max([head, *map(width, lines)])
    # Bars are wide enough for the words below them, "activations" and "100 % zero".
    least = em * (9.0 if has_bars else 6.2)
    if content.picture is not None:
        least = max(least, content.picture.deviceIndependentSize().width())
    if content.problems:
        least = max(least, em * 10.5)
    # Never a fraction less than the text wants: it would be broken for that.
    return float(ceil(max(least, min(natural, max(least, most)))))


def _packed(parts: tuple[str, ...], metrics: QFontMetricsF, width: float) -> list[str]:
    """Parts joined by dots as long as they fit; a long one is broken, and what cannot be is shortened."""
    lines: list[str] = []
    for part in parts:
        is_long = metrics.horizontalAdvance(part) > width
        for place, word in enumerate(_BREAK.split(part) if is_long else [part]):
            joined = f"{lines[-1]}{' ' if place else ' · '}{word}" if lines else word
            if lines and metrics.horizontalAdvance(joined) <= width:
                lines[-1] = joined
            else:
                lines.append(word)
    return [metrics.elidedText(line, Qt.TextElideMode.ElideRight, width + 1) for line in lines]
