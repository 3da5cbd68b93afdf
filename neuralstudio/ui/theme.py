"""Colours and type of the window, read from resources/themes, and how they get onto the application."""

import re
from functools import cache
from typing import Annotated, Literal, get_args

import msgspec
from PySide6.QtCore import QObject, QSettings, Qt, Signal
from PySide6.QtGui import QColor, QFont, QFontDatabase, QGuiApplication, QPalette
from PySide6.QtWidgets import QApplication

from neuralstudio.schema.assets import asset

Colour = Annotated[str, msgspec.Meta(pattern="^#[0-9a-f]{6}$")]
Mode = Literal["system", "light", "dark", "contrast"]
MODES: tuple[Mode, ...] = get_args(Mode)

_MODE_KEY = "window/theme"
_FONTS = (
    "Inter",
    "Segoe UI Variable Text",
    "Segoe UI",
    "SF Pro Text",
    "Helvetica Neue",
    "Noto Sans",
    "DejaVu Sans",
)
_POINT_SIZE = 10.0


class Families(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The colour of each family of cards: the bar on a card and the sign in the palette."""

    core: Colour
    convolution: Colour
    pooling: Colour
    recurrent: Colour
    normalise: Colour
    regularise: Colour
    merge: Colour
    shape: Colour
    maps: Colour
    data: Colour
    loss: Colour


class Theme(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Named colours, each ``#rrggbb``; ``QColor(theme.text)`` makes one usable.

    ``window`` lies behind everything, ``panel`` under docks, ``raised`` under buttons and cards, ``field``
    under editors; ``neutral`` is the zero between ``negative`` and ``positive``; ``ink`` on ``pad`` is the
    drawing pad.
    """

    name: Literal["light", "dark", "high-contrast"]
    dark: bool
    window: Colour
    panel: Colour
    raised: Colour
    field: Colour
    hover: Colour
    selection: Colour
    border: Colour
    grid: Colour
    text: Colour
    muted: Colour
    accent: Colour
    accent_strong: Colour
    on_accent: Colour
    positive: Colour
    negative: Colour
    neutral: Colour
    good: Colour
    warning: Colour
    warning_ground: Colour
    danger: Colour
    train: Colour
    test: Colour
    ink: Colour
    pad: Colour
    families: Families

    def family(self, group: str) -> str:
        """Colour of a layer group by its title ("Core", "Maps & energy"); an unknown group is grey."""
        words = group.lower().split()
        return str(getattr(self.families, words[0], self.families.merge)) if words else self.families.merge


@cache
def named_theme(name: Literal["light", "dark", "high-contrast"]) -> Theme:
    """The shipped theme of that name."""
    return msgspec.json.decode(asset("themes", f"{name}.json").read_bytes(), type=Theme)


def blend(under: str, over: str, share: float) -> QColor:
    """``over`` laid on ``under`` with opacity ``share`` (0–1): opaque, so that painting stays fast."""
    a, b = QColor(under), QColor(over)
    return QColor(
        *(
            round(p + (q - p) * share)
            for p, q in ((a.red(), b.red()), (a.green(), b.green()), (a.blue(), b.blue()))
        )
    )


def contrast(one: str, other: str) -> float:
    """Contrast ratio of two colours, 1–21. Source: WCAG 2.2, "contrast ratio" and "relative luminance"."""
    darker, lighter = sorted((_luminance(QColor(one)), _luminance(QColor(other))))
    return (lighter + 0.05) / (darker + 0.05)


def _luminance(colour: QColor) -> float:
    def linear(channel: float) -> float:
        return channel / 12.92 if channel <= 0.04045 else float(((channel + 0.055) / 1.055) ** 2.4)

    return 0.2126 * linear(colour.redF()) + 0.7152 * linear(colour.greenF()) + 0.0722 * linear(colour.blueF())


def ui_font(point_size: float = _POINT_SIZE) -> QFont:
    """The first sans at hand of a short list, its figures all of one width so that numbers do not dance."""
    families = set(QFontDatabase.families())
    font = QFont(next((name for name in _FONTS if name in families), QFont().defaultFamily()))
    font.setStyleHint(QFont.StyleHint.SansSerif)
    font.setPointSizeF(point_size)
    font.setFeature(QFont.Tag("tnum"), 1)
    return font


def scaled(font: QFont, factor: float, *, bold: bool = False) -> QFont:
    """A copy of ``font``, larger or smaller."""
    copy = QFont(font)
    if font.pointSizeF() > 0:
        copy.setPointSizeF(font.pointSizeF() * factor)
    else:
        copy.setPixelSize(max(1, round(font.pixelSize() * factor)))
    if bold:
        copy.setWeight(QFont.Weight.DemiBold)
    return copy


def palette(theme: Theme) -> QPalette:
    """The same colours for everything the style sheet does not name."""
    role = QPalette.ColorRole
    result = QPalette()
    colours = {
        role.Window: theme.panel,
        role.WindowText: theme.text,
        role.Base: theme.field,
        role.AlternateBase: theme.raised,
        role.ToolTipBase: theme.raised,
        role.ToolTipText: theme.text,
        role.PlaceholderText: theme.muted,
        role.Text: theme.text,
        role.Button: theme.raised,
        role.ButtonText: theme.text,
        role.BrightText: theme.danger,
        role.Light: theme.hover,
        role.Midlight: theme.hover,
        role.Mid: theme.border,
        role.Dark: theme.border,
        role.Shadow: theme.border,
        role.Highlight: theme.accent,
        role.HighlightedText: theme.on_accent,
        role.Accent: theme.accent,
        role.Link: theme.accent,
        role.LinkVisited: theme.accent,
    }
    for which, colour in colours.items():
        result.setColor(which, QColor(colour))
    for which in (role.WindowText, role.Text, role.ButtonText, role.HighlightedText):
        result.setColor(QPalette.ColorGroup.Disabled, which, disabled(theme))
    result.setColor(QPalette.ColorGroup.Disabled, role.Highlight, QColor(theme.border))
    return result


def disabled(theme: Theme) -> QColor:
    """Text and icons of what cannot be used now: fainter than muted, still to be read."""
    return blend(theme.panel, theme.muted, 0.65)


def style_sheet(theme: Theme) -> str:
    """The application style sheet with every ``@name`` replaced by the theme's colour or icon file."""
    shade = "dark" if theme.dark else "light"
    values = {field: getattr(theme, field) for field in theme.__struct_fields__ if field != "families"}
    values |= {"disabled": disabled(theme).name(), "scroll": blend(theme.panel, theme.muted, 0.4).name()}
    values |= {
        mark: asset("themes", f"{mark}-{shade}.svg").as_posix()
        for mark in ("up", "down", "close", "float", "check")
    }
    source = asset("themes", "studio.qss").read_text(encoding="utf-8")
    source = re.sub(r"/\*.*?\*/", "", source, flags=re.DOTALL)
    return re.sub(r"@([a-z_]+)", lambda match: str(values[match[1]]), source)


class ThemeController(QObject):
    """Which theme is on. Follows the desktop in mode "system"; remembers the mode in ``settings``."""

    theme_changed = Signal(object)

    def __init__(self, settings: QSettings, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._settings = settings
        remembered = str(settings.value(_MODE_KEY, "system"))
        self._mode: Mode = next((mode for mode in MODES if mode == remembered), "system")
        self._applied: Theme | None = None
        QGuiApplication.styleHints().colorSchemeChanged.connect(self._on_scheme_changed)

    @property
    def mode(self) -> Mode:
        return self._mode

    @property
    def theme(self) -> Theme:
        """The theme that the mode and the desktop ask for now."""
        if self._mode == "contrast":
            return named_theme("high-contrast")
        if self._mode == "system":
            scheme = QGuiApplication.styleHints().colorScheme()
            return named_theme("dark" if scheme == Qt.ColorScheme.Dark else "light")
        return named_theme(self._mode)

    def set_mode(self, mode: Mode) -> None:
        """Choose, remember and apply."""
        self._mode = mode
        self._settings.setValue(_MODE_KEY, mode)
        self.apply()

    def apply(self) -> None:
        """Put the theme on the application, unless it is on already; then emit ``theme_changed``."""
        wanted = self.theme
        if wanted is self._applied:
            return
        self._applied = wanted
        app = QApplication.instance()
        if isinstance(app, QApplication):
            app.setStyle("Fusion")
            app.setFont(ui_font())
            app.setPalette(palette(wanted))
            app.setStyleSheet(style_sheet(wanted))
        self.theme_changed.emit(wanted)

    def _on_scheme_changed(self) -> None:
        if self._mode == "system":
            self.apply()
