"""Colours and fonts that cards and wires are painted with, measured once for all of them."""

from PySide6.QtGui import QFont, QFontMetricsF

from neuralstudio.ui.theme import Theme, scaled

PLAIN_BELOW = 0.4
"""Below this zoom small print cannot be read, and is not drawn."""
COLOUR_BELOW = 0.12
"""Below this zoom a card is nothing but its colour."""


class Look:
    """The theme, and the fonts of the canvas with their metrics."""

    def __init__(self, theme: Theme, font: QFont) -> None:
        self.theme = theme
        self.text = scaled(font, 0.96)
        self.title = scaled(font, 1.0, bold=True)
        self.small = scaled(font, 0.86)
        self.large = scaled(font, 1.15, bold=True)
        self.text_metrics = QFontMetricsF(self.text)
        self.title_metrics = QFontMetricsF(self.title)
        self.small_metrics = QFontMetricsF(self.small)
        self.large_metrics = QFontMetricsF(self.large)

    @property
    def em(self) -> float:
        """Height of a line of text: what paddings and widths grow with."""
        return self.text_metrics.height()
