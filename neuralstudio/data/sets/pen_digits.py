"""Pen digits: as many handwritten-looking digits as wanted, drawn on the spot from jittered strokes."""

from typing import Annotated, ClassVar, Literal

import numpy as np
from msgspec import Meta
from numpy.typing import NDArray

from neuralstudio.data._base import Data, Dataset, Samples, Signature, with_image_targets
from neuralstudio.data.glyphs import GLYPHS, Glyph
from neuralstudio.data.pen import BOX, SIDE, WIDTH, draw, place
from neuralstudio.data.sets._settings import TestShare
from neuralstudio.data.split import split

Floats = NDArray[np.float64]


class PenDigits(Dataset, tag="pen-digits"):
    """Digits as a pen writes them, made on this computer: learn to read handwriting without a download.

    Every image is one of several shapes of its digit with its points moved, bent, slanted, turned, stretched
    and drawn with a pen of random width and pressure, then fitted into 28×28 as MNIST is. Each digit is as
    common as any other.
    """

    title: ClassVar[str] = "Pen digits"
    group: ClassVar[str] = "Images"

    count: Annotated[
        int,
        Meta(ge=100, le=100000, title="Images", description="Digits drawn, for training and test together."),
    ] = 12000
    test: Annotated[TestShare, Meta(description="Part of the images kept to test the network with.")] = 1 / 6
    jitter: Annotated[
        float,
        Meta(
            ge=0,
            le=1,
            title="Jitter",
            description="How differently the digits are written: 0 is print, 0.5 a school class, 1 a scrawl.",
        ),
    ] = 0.5
    target: Annotated[
        Literal["digit", "image"],
        Meta(
            title="To predict",
            description="Which digit it is; or the image itself, for an autoencoder.",
        ),
    ] = "digit"

    @property
    def signature(self) -> Signature:
        """28×28 pixels in; one of ten digits out, or all pixels again, from 0 to 1."""
        if self.target == "image":
            return Signature((SIDE, SIDE), numbers=SIDE * SIDE)
        return Signature(input_shape=(SIDE, SIDE), classes=tuple("0123456789"))

    def load(self, seed: int) -> Data:
        """Draws the digits and splits them; there is no validation part. 12,000 take about 1 s."""
        shapes, hand, order = (
            np.random.default_rng(stream) for stream in np.random.SeedSequence(seed).spawn(3)
        )
        chosen = _choose(self.count, shapes)
        images = np.empty((self.count, SIDE, SIDE), dtype=np.uint8)
        for number, glyph in enumerate(GLYPHS):
            rows = np.nonzero(chosen == number)[0]
            images[rows] = _write(glyph, len(rows), 2 * self.jitter, hand)
        digits = np.array([glyph.digit for glyph in GLYPHS], dtype=np.int64)[chosen]
        samples = Samples(images, digits, scale=1 / 255)
        if self.target == "image":
            samples = with_image_targets(samples)
        # Rounded to a whole number of test images first: 1 − 1/6 of 12,000 must be exactly 10,000.
        train, validation, test = split(samples, 1 - round(self.count * self.test) / self.count, 0.0, order)
        return Data(self.signature, train, validation, test)


def _choose(count: int, random: np.random.Generator) -> NDArray[np.int64]:
    """A shape for each image, (count,) positions in ``GLYPHS``: digits in turn, their shapes by weight."""
    chosen = np.empty(count, dtype=np.int64)
    for digit in range(10):
        numbers = [number for number, glyph in enumerate(GLYPHS) if glyph.digit == digit]
        weights = np.array([GLYPHS[number].weight for number in numbers])
        rows = slice(digit, None, 10)
        chosen[rows] = random.choice(numbers, len(chosen[rows]), p=weights / weights.sum())
    return chosen


def _write(glyph: Glyph, count: int, amount: float, random: np.random.Generator) -> NDArray[np.uint8]:
    """One shape written ``count`` times with more or less jitter: (count, 28, 28) uint8."""
    starts, ends = [], []
    for stroke in glyph.strokes:
        points = _moved(np.array(stroke.points), count, amount, random)
        line = stroke.samples() @ points
        starts.append(line[:, :-1])
        ends.append(line[:, 1:])
    segments = np.stack((np.concatenate(starts, axis=1), np.concatenate(ends, axis=1)), axis=1)
    bend = _bend(count, amount, random)
    hand = _hand(glyph, count, amount, random)
    shaped = _bent(segments - 0.5, bend) @ hand[:, np.newaxis]
    radii = _pressed(shaped.shape[2], count, amount, random)
    fitted = _fitted(shaped, radii.max(axis=1))
    return place(draw(fitted[:, 0], fitted[:, 1], radii, BOX))


def _moved(points: Floats, count: int, amount: float, random: np.random.Generator) -> Floats:
    """Control points (count, points, 2): each moved a little, the stroke moved and scaled a little."""
    middle = points.mean(axis=0)
    scale = np.exp(random.normal(0, 0.09 * amount, (count, 1, 2)))
    shift = random.normal(0, 0.03 * amount, (count, 1, 2))
    single = random.normal(0, 0.035 * amount, (count, *points.shape))
    moved: Floats = (points - middle) * scale + middle + shift + single
    return moved


def _bend(count: int, amount: float, random: np.random.Generator) -> Floats:
    """Coefficients (count, 1, 1, 5, 2) of the five terms that bend a whole digit."""
    return random.normal(0, 0.2 * amount, (count, 1, 1, 5, 2))


def _bent(points: Floats, bend: Floats) -> Floats:
    """Points (count, 2, segments, 2) moved by polynomials of second and third degree: p + Σ cᵢ·fᵢ(x, y)."""
    x, y = points[..., 0], points[..., 1]
    terms = np.stack((x * x, x * y, y * y, y * (y * y - 0.15), x * (y * y - 0.1)), axis=-1)
    return points + (terms[..., np.newaxis, :] @ bend)[..., 0, :]


def _hand(glyph: Glyph, count: int, amount: float, random: np.random.Generator) -> Floats:
    """Matrices (count, 2, 2) that slant, turn and stretch: points (…, 2) are multiplied from the left."""
    slant = random.normal(0.12 * min(amount, 1), 0.22 * amount * glyph.slant, count)
    turn = random.normal(0, 0.12 * amount, count)
    width = np.exp(random.normal(0, 0.18 * amount, count))
    cos, sin, one, zero = np.cos(turn), np.sin(turn), np.ones(count), np.zeros(count)
    stretch = np.stack((width, zero, zero, one), axis=-1).reshape(count, 2, 2)
    shear = np.stack((one, zero, -slant, one), axis=-1).reshape(count, 2, 2)
    rotation = np.stack((cos, sin, -sin, cos), axis=-1).reshape(count, 2, 2)
    matrices: Floats = stretch @ shear @ rotation
    return matrices


def _pressed(segments: int, count: int, amount: float, random: np.random.Generator) -> Floats:
    """Pen radius in pixels, (count, segments): a width for each image, pressure in slow waves."""
    radius = WIDTH / 2 * np.exp(random.normal(0, 0.25 * amount, (count, 1)))
    wave = random.normal(0, 0.1 * amount, (count, 1))
    phase = random.uniform(0, 2 * np.pi, (count, 1))
    along = np.linspace(0, 2 * np.pi, segments)
    return np.clip(radius * np.exp(wave * np.sin(along + phase)), 0.6, 2.6)


def _fitted(points: Floats, radii: Floats) -> Floats:
    """Points (count, 2, segments, 2) scaled and centred in the 20×20 box, the pen's width included."""
    low = points.min(axis=(1, 2))
    extent = points.max(axis=(1, 2)) - low
    scale = (BOX - 2 * radii) / extent.max(axis=1)
    margin = (BOX - extent * scale[:, np.newaxis]) / 2
    at = (slice(None), np.newaxis, np.newaxis)
    fitted: Floats = (points - low[at]) * scale[at][..., np.newaxis] + margin[at]
    return fitted
