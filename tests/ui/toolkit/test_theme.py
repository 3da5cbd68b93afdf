"""Colours can be read, and the theme follows what the user chose."""

import itertools
from collections.abc import Iterator
from pathlib import Path
from typing import Literal

import msgspec
import pytest
from PySide6.QtCore import QSettings
from PySide6.QtGui import QFontMetricsF, QPalette
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from neuralstudio.schema.assets import asset
from neuralstudio.ui.theme import (
    Theme,
    ThemeController,
    contrast,
    disabled,
    named_theme,
    palette,
    style_sheet,
    ui_font,
)

Name = Literal["light", "dark", "high-contrast"]
NAMES: tuple[Name, ...] = ("light", "dark", "high-contrast")
GROUNDS = ("window", "panel", "raised", "field", "hover", "selection")
TEXTS = ("text", "muted")
SIGNALS = ("accent", "good", "warning", "danger")
PAIRS = (
    *itertools.product(TEXTS, GROUNDS),
    *itertools.product(SIGNALS, ("window", "panel", "raised")),
    ("text", "warning_ground"),
    ("warning", "warning_ground"),
    ("on_accent", "accent"),
    ("on_accent", "accent_strong"),
    ("ink", "pad"),
)


@pytest.fixture
def settings(tmp_path: Path) -> QSettings:
    return QSettings(str(tmp_path / "settings.ini"), QSettings.Format.IniFormat)


@pytest.fixture
def application(qapp: QApplication) -> Iterator[QApplication]:
    """The application, its looks put back afterwards."""
    before = QPalette(qapp.palette())
    font = qapp.font()
    yield qapp
    qapp.setStyleSheet("")
    qapp.setPalette(before)
    qapp.setFont(font)


def test_contrast_of_black_on_white_is_21() -> None:
    assert contrast("#000000", "#ffffff") == pytest.approx(21.0)
    assert contrast("#777777", "#777777") == pytest.approx(1.0)


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize(("text", "ground"), PAIRS)
def test_text_contrast_is_at_least_four_and_a_half(name: Name, text: str, ground: str) -> None:
    theme = named_theme(name)
    assert contrast(getattr(theme, text), getattr(theme, ground)) >= 4.5


@pytest.mark.parametrize("name", NAMES)
def test_curves_and_families_stand_out_from_the_panel(name: Name) -> None:
    theme = named_theme(name)
    families = [getattr(theme.families, field) for field in theme.families.__struct_fields__]
    for colour in (theme.train, theme.test, theme.positive, theme.accent, *families):
        assert contrast(colour, theme.panel) >= 3.0


@pytest.mark.parametrize("name", NAMES)
def test_disabled_text_is_fainter_than_muted_text(name: Name) -> None:
    theme = named_theme(name)
    assert contrast(disabled(theme).name(), theme.panel) < contrast(theme.muted, theme.panel)


@pytest.mark.parametrize("name", NAMES)
def test_style_sheet_has_no_open_names_and_its_pictures_exist(name: Name) -> None:
    sheet = style_sheet(named_theme(name))
    assert "@" not in sheet
    pictures = [part.split('"')[0] for part in sheet.split('url("')[1:]]
    assert pictures
    assert all(Path(picture).is_file() for picture in pictures)


def test_theme_with_an_unknown_or_malformed_colour_is_refused() -> None:
    text = asset("themes", "dark.json").read_text(encoding="utf-8")
    with pytest.raises(msgspec.ValidationError, match="sparkle"):
        msgspec.json.decode(text.replace('"grid"', '"sparkle"'), type=Theme)
    with pytest.raises(msgspec.ValidationError):
        msgspec.json.decode(text.replace("#14171c", "black"), type=Theme)


def test_family_of_a_group_title_has_its_colour_and_an_unknown_group_is_grey() -> None:
    theme = named_theme("dark")
    assert theme.family("Maps & energy") == theme.families.maps
    assert theme.family("Core") == theme.families.core
    assert theme.family("Something new") == theme.family("") == theme.families.merge


def test_figures_of_the_font_are_all_of_one_width(qapp: QApplication) -> None:
    metrics = QFontMetricsF(ui_font())
    assert len({round(metrics.horizontalAdvance(figure), 3) for figure in "0123456789"}) == 1


def test_palette_text_can_be_read_on_its_base() -> None:
    colours = palette(named_theme("light"))
    assert contrast(colours.text().color().name(), colours.base().color().name()) >= 4.5


def test_chosen_theme_is_applied_and_remembered(
    application: QApplication, settings: QSettings, qtbot: QtBot
) -> None:
    controller = ThemeController(settings)
    with qtbot.waitSignal(controller.theme_changed) as signal:
        controller.set_mode("dark")
    assert signal.args == [named_theme("dark")]
    assert application.palette().window().color().name() == named_theme("dark").panel
    assert ThemeController(settings).mode == "dark"


def test_applying_the_same_theme_again_is_silent(
    application: QApplication, settings: QSettings, qtbot: QtBot
) -> None:
    controller = ThemeController(settings)
    controller.set_mode("contrast")
    with qtbot.assertNotEmitted(controller.theme_changed):
        controller.apply()
    assert controller.theme.name == "high-contrast"


def test_unknown_remembered_mode_means_system(qapp: QApplication, settings: QSettings) -> None:
    settings.setValue("window/theme", "mauve")
    controller = ThemeController(settings)
    assert controller.mode == "system"
    assert controller.theme.name in ("light", "dark")
