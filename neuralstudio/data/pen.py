"""Turns pen strokes into 28×28 images the way MNIST was made, for drawn digits and generated ones alike.

A digit is fitted into 20×20 pixels keeping its proportions, ink included, and placed so that its centre of
mass is the middle of 28×28 (LeCun et al. 1998, §III.A). Ink is white (255) on black (0), antialiased.
"""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

Image = NDArray[np.uint8]
Strokes = Sequence[NDArray[np.float64] | NDArray[np.float32]]

SIDE = 28
BOX = 20
MIDDLE = 14
"""Pixel the centre of mass comes to, as measured on MNIST."""

WIDTH = 2.4
"""Pen width in pixels of the 28×28 image: about that of MNIST."""

_SPACING = 0.4
_MOST_SEGMENTS = 360
_BLOCK = 128


def digit_from_strokes(strokes: Strokes, width: float = WIDTH) -> Image:
    """What a network sees of a drawn digit: (28, 28) uint8.

    strokes: one (n, 2) array of x, y for each time the pen was down, y downwards, in any coordinates;
    width: pen width in pixels of the image. Without any point the image is black. Takes about 1 ms.
    """
    points = _cleaned(strokes)
    if not points:
        return np.zeros((SIDE, SIDE), dtype=np.uint8)
    every = np.concatenate(points)
    low, extent = every.min(axis=0), np.ptp(every, axis=0)
    longest = float(extent.max())
    scale = (BOX - width) / longest if longest > 1e-9 else 1.0
    margin = (BOX - extent * scale) / 2
    box = render([(stroke - low) * scale + margin for stroke in points], BOX, width)
    image: Image = place(box[np.newaxis])[0]
    return image


def render(strokes: Strokes, size: int = SIDE, width: float = WIDTH) -> Image:
    """Strokes drawn with a round pen into a (size, size) uint8 image.

    strokes: (n, 2) arrays of x, y in pixels, (0, 0) the outer corner of the top left pixel; width in pixels.
    """
    points = _cleaned(strokes)
    if not points:
        return np.zeros((size, size), dtype=np.uint8)
    length = sum(float(np.hypot(*np.diff(stroke, axis=0).T).sum()) for stroke in points)
    spacing = max(_SPACING, length / _MOST_SEGMENTS)
    thinned = [_thinned(stroke, spacing) for stroke in points]
    starts = np.concatenate([stroke[:-1] if len(stroke) > 1 else stroke for stroke in thinned])
    ends = np.concatenate([stroke[1:] if len(stroke) > 1 else stroke for stroke in thinned])
    radii = np.full((1, len(starts)), width / 2)
    image: Image = draw(starts[np.newaxis], ends[np.newaxis], radii, size)[0]
    return image


def draw(
    starts: NDArray[np.floating], ends: NDArray[np.floating], radii: NDArray[np.floating], size: int
) -> Image:
    """Images of straight pen segments: (images, size, size) uint8.

    starts, ends: (images, segments, 2) in pixels; radii: (images, segments) in pixels, varying gently.
    A pixel's ink is 1 inside the pen, 0 outside, and falls over one pixel at the rim; its distance to a
    segment of half length h is √(max(|a| − h, 0)² + b²) with a along the segment and b across it, both
    measured from its middle.
    """
    count, segments = radii.shape
    images = np.empty((count, size, size), dtype=np.uint8)
    grid = np.arange(size, dtype=np.float32) + np.float32(0.5)
    # Blocks small enough for the processor's cache make this several times faster than one pass over all.
    block = max(1, _BLOCK // segments)
    for at in range(0, count, block):
        rows = slice(at, at + block)
        images[rows] = _draw_block(starts[rows], ends[rows], radii[rows], grid)
    return images


def _draw_block(
    starts: NDArray[np.floating],
    ends: NDArray[np.floating],
    radii: NDArray[np.floating],
    grid: NDArray[np.float32],
) -> Image:
    way = ends - starts
    length = np.hypot(way[..., 0], way[..., 1])
    is_dot = length < 1e-9
    ux = np.where(is_dot, 1.0, way[..., 0] / np.where(is_dot, 1.0, length))
    uy = np.where(is_dot, 0.0, way[..., 1] / np.where(is_dot, 1.0, length))
    middle = (starts + ends) / 2
    # Distances are taken in units of the radius, so that the nearest segment is also the one with most ink.
    ux, uy, half = ((value / radii).astype(np.float32) for value in (ux, uy, length / 2))
    x = grid - middle[..., 0, np.newaxis].astype(np.float32)
    y = grid - middle[..., 1, np.newaxis].astype(np.float32)
    ux, uy = ux[..., np.newaxis], uy[..., np.newaxis]
    along = (uy * y)[..., :, np.newaxis] + (ux * x)[..., np.newaxis, :]
    across = (ux * y)[..., :, np.newaxis] - (uy * x)[..., np.newaxis, :]
    np.abs(along, out=along)
    np.subtract(along, half[..., np.newaxis, np.newaxis], out=along)
    np.maximum(along, 0, out=along)
    np.multiply(along, along, out=along)
    np.multiply(across, across, out=across)
    np.add(along, across, out=along)
    ink = np.sqrt(along.min(axis=1))
    radius = radii.mean(axis=1, dtype=np.float32)[:, np.newaxis, np.newaxis]
    np.subtract(1, ink, out=ink)
    np.multiply(ink, radius, out=ink)
    np.add(ink, np.float32(0.5), out=ink)
    np.clip(ink, 0, 1, out=ink)
    images: Image = np.rint(ink * 255).astype(np.uint8)
    return images


def place(boxes: Image) -> Image:
    """Puts images (count, height ≤ 28, width ≤ 28) into (count, 28, 28), each centre of mass to the middle.

    The move is by whole pixels and never cuts anything off.
    """
    count, height, width = boxes.shape
    mass = np.maximum(boxes.sum(axis=(1, 2), dtype=np.float64), 1)
    down = (boxes.sum(axis=2, dtype=np.float64) @ np.arange(height)) / mass
    right = (boxes.sum(axis=1, dtype=np.float64) @ np.arange(width)) / mass
    tops = np.clip(np.rint(MIDDLE - down), 0, SIDE - height).astype(np.intp)
    lefts = np.clip(np.rint(MIDDLE - right), 0, SIDE - width).astype(np.intp)
    images = np.zeros((count, SIDE, SIDE), dtype=np.uint8)
    for image, box, top, left in zip(images, boxes, tops.tolist(), lefts.tolist(), strict=True):
        image[top : top + height, left : left + width] = box
    return images


def centred(image: Image) -> Image:
    """A picture of a white digit on black, of any size, brought into the form of MNIST: (28, 28) uint8.

    image: (height, width) uint8. The inked part is scaled to fit 20×20, averaging over the pixels it covers
    (a triangle filter), and placed by its centre of mass. A black picture stays black.
    """
    rows, columns = np.nonzero(image.any(axis=1))[0], np.nonzero(image.any(axis=0))[0]
    if not len(rows):
        return np.zeros((SIDE, SIDE), dtype=np.uint8)
    inked = image[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1].astype(np.float32)
    scale = BOX / max(inked.shape)
    height, width = (max(1, round(side * scale)) for side in inked.shape)
    scaled = _filter(inked.shape[0], height) @ inked @ _filter(inked.shape[1], width).T
    box = np.rint(np.clip(scaled, 0, 255)).astype(np.uint8)
    placed: Image = place(box[np.newaxis])[0]
    return placed


def _filter(source: int, target: int) -> NDArray[np.float32]:
    """Weights (target, source) that resample a line of pixels; each row sums to 1."""
    step = source / target
    centres = (np.arange(target) + 0.5) * step - 0.5
    distance = np.abs(np.arange(source) - centres[:, np.newaxis]) / max(step, 1.0)
    weights = np.maximum(1 - distance, 0)
    shares: NDArray[np.float32] = (weights / weights.sum(axis=1, keepdims=True)).astype(np.float32)
    return shares


def _cleaned(strokes: Strokes) -> list[NDArray[np.float64]]:
    """The strokes in float64, without points that are no numbers and strokes without points."""
    every = [np.asarray(stroke, dtype=np.float64).reshape(-1, 2) for stroke in strokes]
    finite = [points[np.isfinite(points).all(axis=1)] for points in every]
    return [points for points in finite if len(points)]


def _thinned(stroke: NDArray[np.float64], spacing: float) -> NDArray[np.float64]:
    """The same line with points about ``spacing`` apart: a mouse reports far more than an image can show."""
    along = np.concatenate(([0.0], np.cumsum(np.hypot(*np.diff(stroke, axis=0).T))))
    count = int(np.ceil(along[-1] / spacing)) + 1
    if len(stroke) <= count:
        return stroke
    at = np.linspace(0, along[-1], count)
    return np.stack((np.interp(at, along, stroke[:, 0]), np.interp(at, along, stroke[:, 1])), axis=1)
