"""Turns any picture of a digit into what a network sees: 28×28, white on black, centred as in MNIST."""

import struct
import warnings
import zlib
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageOps, UnidentifiedImageError

from neuralstudio.data.pen import SIDE, centred
from neuralstudio.schema.problem import Problem, ProblemError

MOST_PIXELS = 50_000_000
_FORMATS = ("PNG", "JPEG", "GIF", "BMP", "TIFF", "WEBP", "PPM")
"""Formats whose readers only read: others (EPS) would start programs."""

_WORKING_SIDE = 1024
_DARK = 16
_FAINT = 40
"""Of 255: what remains of paper and of JPEG's ringing is fainter than this."""

_FAULTS = (OSError, SyntaxError, ValueError, EOFError, LookupError, TypeError, ArithmeticError)
_STRAY = 64
"""Of 255: a border pixel that differs more from the rest of the border is not the same plain paper."""

_MOST_STRAY = 0.25
"""Share of the border that a digit may cross."""

_MOST_INK = 0.5
"""Share of the picture that a digit may cover."""

_WIDEST = 2.0
"""A digit is at most so many times as wide as high; wider are several in a row."""

Pixels = NDArray[np.uint8]


@dataclass(frozen=True)
class Digit:
    """The digit in a picture: (28, 28) uint8, white on black; ``doubt``: why it may be none."""

    pixels: Pixels
    doubt: str = ""


def read_digit(path: Path) -> Digit:
    """The digit in a picture file. Raises ``ProblemError``, also where nothing is drawn."""
    grey = _read_grey(path)
    is_ready = grey.shape == (SIDE, SIDE) and _border(grey).max() <= _DARK
    ink = grey if is_ready else _ink(grey)
    if ink.max() <= _FAINT:
        what = "The picture is of one colour, so there is no digit to see"
        raise ProblemError(Problem(path.name, what, "Choose a picture with a digit on it."))
    return Digit(grey) if is_ready else Digit(centred(ink), _doubt(grey, ink))


def _doubt(grey: Pixels, ink: Pixels) -> str:
    """Why this is hardly one digit on plain paper; empty where it may well be one."""
    border = _border(grey).astype(np.float64)
    if np.mean(np.abs(border - np.median(border)) > _STRAY) > _MOST_STRAY:
        return "its edges are not plain"
    is_ink = ink > 127
    if is_ink.mean() > _MOST_INK:
        return "most of it is ink"
    rows, columns = (np.flatnonzero(is_ink.any(axis=axis)) for axis in (1, 0))
    if len(rows) and np.ptp(columns) + 1 > _WIDEST * (np.ptp(rows) + 1):
        return "what is drawn is much wider than high"
    return ""


def _read_grey(path: Path) -> Pixels:
    """Brightness 0–255, (height, width); transparent parts become background."""
    if not path.is_file():
        is_there = path.exists()
        what = "This is a folder, not a picture" if is_there else "There is no such file"
        raise ProblemError(Problem(path.name, what, "Check the name and the folder."))
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error", Image.DecompressionBombWarning)
            warnings.filterwarnings("ignore", module="PIL")
            with Image.open(path, formats=_FORMATS) as image:
                if image.width * image.height > MOST_PIXELS:
                    raise _too_large(path)
                upright = ImageOps.exif_transpose(image)
                return _grey(upright)
    except (Image.DecompressionBombWarning, Image.DecompressionBombError):
        raise _too_large(path) from None
    except (*_FAULTS, struct.error, zlib.error) as error:
        is_known = not isinstance(error, UnidentifiedImageError)
        what = "The picture is damaged" if is_known else "This is no picture that can be read"
        remedy = f"Choose a picture in one of the formats {', '.join(_FORMATS)}."
        raise ProblemError(Problem(path.name, what, remedy)) from None


def _too_large(path: Path) -> ProblemError:
    what = f"The picture has more than the {MOST_PIXELS // 1_000_000} million pixels that can be read"
    return ProblemError(Problem(path.name, what, "Make it smaller first."))


def _grey(image: Image.Image) -> Pixels:
    if image.mode in ("F", "I") or image.mode.startswith("I;16"):
        values = np.asarray(image, dtype=np.float64)
        largest = max(float(values.max()), 1.0)
        top = 255.0 if largest <= 255 else 65535.0 if largest <= 65535 else largest
        image = Image.fromarray((np.clip(values / top, 0, 1) * 255).astype(np.uint8))
    coloured = image.convert("RGBA")
    coloured.thumbnail((_WORKING_SIDE, _WORKING_SIDE))
    alpha = np.asarray(coloured.getchannel("A"), dtype=np.float64) / 255
    light = np.asarray(coloured.convert("RGB").convert("L"), dtype=np.float64)
    # Ink on a transparent ground: the ground becomes what the ink is not.
    ink_is_light = float((light * alpha).sum()) > 127.5 * max(float(alpha.sum()), 1e-9)
    ground = 0.0 if ink_is_light else 255.0
    grey: Pixels = np.rint(light * alpha + ground * (1 - alpha)).astype(np.uint8)
    return grey


def _ink(grey: Pixels) -> Pixels:
    """White on black: what differs from the border, which shows the paper, at full contrast."""
    values = grey.astype(np.float64)
    if np.median(_border(grey)) > 127:
        values = 255 - values
    paper = float(np.median(_border(values)))
    values = np.clip(values - paper, 0, None)
    if values.max() <= _FAINT:
        return np.zeros(grey.shape, dtype=np.uint8)
    # The median of the dark half, not the darkest pixel, which may be a speck, becomes full ink.
    values *= 255 / np.median(values[values > values.max() / 2])
    values[values < _FAINT] = 0
    ink: Pixels = np.rint(np.minimum(values, 255)).astype(np.uint8)
    return ink


def _border(image: NDArray[np.uint8] | NDArray[np.float64]) -> NDArray[np.uint8] | NDArray[np.float64]:
    return np.concatenate((image[0], image[-1], image[:, 0], image[:, -1]))
